"""Which tests reach X: tests that refer to it, and those one hop away. Static: "refer to", never "cover"."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, count, names_of
from store.families.usage import tests_of, tests_through, users_of
from store.places import place
from store.source.record import split_id
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources

_LISTED = 14


def answer(sources: Sources, query: Query) -> Answer | None:
    return by_entity(sources, query, _tests, 0.9)


def _tests(draft: Draft, entity: str) -> str:
    view = draft.view
    if view.symbol(entity) is None:
        return _tests_of_file(draft, entity) if entity in view else ""
    direct = tests_of(view, entity)
    if direct:
        draft.say(f"{count(len(direct), 'test refers', 'tests refer')} to {called(entity)} {place(entity)}:")
        draft.say("\n".join(f"- {called(t)} {place(t)}" for t in direct[:_LISTED]))
        _rest(draft, direct[_LISTED:])
    else:
        draft.say(f"No test refers to {called(entity)} {place(entity)} by name. That does not mean it is untested.")
    if len(direct) < _LISTED:
        _by_name(draft, entity, direct)
        _one_hop(draft, entity)
    return f"{count(len(direct), 'test refers', 'tests refer')} to {called(entity)}"


def _rest(draft: Draft, tests: list[str]) -> None:
    if tests:
        files = Counter(split_id(t)[0] for t in tests)
        draft.say("And more: " + ", ".join(f"{path} ({n})" for path, n in files.items()) + ".")


def _by_name(draft: Draft, entity: str, direct: list[str]) -> None:
    """Tests that call something of the same name on a receiver whose type is not known: they may be among them."""
    if "." not in split_id(entity)[1]:
        return
    sites = users_of(draft.view, entity, loose=True).tests
    found = [t for t in dict.fromkeys(s.id for s in sites) if t not in direct]
    if found:
        name = called(entity).strip("`").rsplit(".", 1)[-1]
        draft.say(f"By name only (`.{name}`, receiver unknown, so not certain): {names_of(found)}.")


def _one_hop(draft: Draft, entity: str) -> None:
    """Tests that reach it through one library function."""
    through: dict[str, list[str]] = defaultdict(list)
    for test, middle in tests_through(draft.view, entity).items():
        through[middle].append(test)
    if not through:
        return
    parts = []
    for middle, tests in list(through.items())[:4]:
        shown = ", ".join(f"{called(t)} {place(t)}" for t in tests[:3])
        parts.append(f"through {called(middle)}: {shown}" + (f" and {len(tests) - 3} more" if len(tests) > 3 else ""))
    draft.say("One call away, " + "; ".join(parts) + ".")


def _tests_of_file(draft: Draft, path: str) -> str:
    """For a file: the test files that refer to it or to anything in it."""
    files = [p for p in draft.view.importers(path) if draft.view.is_test(p)]
    if files:
        draft.say(f"Test files that refer to `{path}`:")
        draft.say("\n".join(f"- `{p}`" for p in files[:_LISTED]))
    else:
        draft.say(f"No test file refers to `{path}` by name. That does not mean it is untested.")
    return f"{count(len(files), 'test file refers', 'test files refer')} to `{path}`"
