"""Who calls X, what uses X: exact callers first, then mentions, then what only shares the name, labelled as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, count, listing, names_of
from store.families.usage import by_name_only, callers_in, gives_out, overrides, users_of
from store.places import place
from store.source.record import split_id
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.graph.index import Site


def answer(sources: Sources, query: Query) -> Answer | None:
    """Callers of each entity. "Nobody" is an answer: it rests on the set being empty."""
    return by_entity(sources, query, _callers)


def _callers(draft: Draft, entity: str) -> str:
    view = draft.view
    symbol = view.symbol(entity)
    if symbol is None:
        whole = entity == "." or entity.endswith("/")
        return _importers(draft, entity) if whole or entity.startswith("ext:") or entity in view else ""
    users = users_of(view, entity)
    scoped = _in_scope(users.library, draft.query.scope)
    calls, mentions = callers_in(scoped, symbol)
    verb = "called" if symbol.kind in ("function", "method", "macro") else "used"
    callers = list(dict.fromkeys(s.id for s in calls))
    if callers:
        draft.say(f"{called(entity)} {place(entity)} is {verb} by {len(callers)}:")
        draft.say("\n".join(listing(calls, entity)))
    else:
        none = "no callers in this repository" if not by_name_only(view, entity) else "no caller that could be resolved"
        draft.say(f"{called(entity)} {place(entity)} has {none}{_outside_tests(users.tests)}.")
    if mentions:
        draft.say(f"Referred to without a call in {names_of([s.id for s in mentions])}.")
    if exported := [p for p in sorted({s.path for s in users.imports}) if gives_out(view, p, entity)]:
        draft.say(f"Re-exported by {', '.join(exported)}.")
    _tests(draft, users.tests)
    certain = _by_name(draft, entity, bool(callers))
    if callers:
        return f"{called(entity)} is {verb} by {names_of(callers, 4)}"
    return (
        f"Nothing{_outside_tests(users.tests)} calls {called(entity)}"
        + ("" if certain else " as far as receivers are known")
        + (f"; in tests, {count(len({s.id for s in users.tests}), 'place does', 'places do')}" if users.tests else "")
    )


def _outside_tests(tests: list[Site]) -> str:
    return " outside the tests" if tests else ""


def _in_scope(sites: list[Site], scope: str | None) -> list[Site]:
    return [s for s in sites if s.path.startswith(scope)] if scope and scope != "library" else sites


def _importers(draft: Draft, subject: str) -> str:
    """Who imports a file, a folder, or a package from outside. In Go, packages are imported: a file is with its folder."""
    name = subject.removeprefix("ext:")
    if subject.endswith(".go"):
        subject = f"{subject.rpartition('/')[0] or '.'}/"
        draft.say(f"`{name}` is imported with its package, `{subject}`.")
        name = subject
    importers = _in_folder(draft.view.importing("./" if subject == "." else subject), draft.query.scope)
    if subject.startswith("ext:") and not importers:
        return ""
    library = [p for p in importers if not draft.view.is_test(p)]
    tests = len(importers) - len(library)
    where = f" in `{draft.query.scope}`" if draft.query.scope and draft.query.scope != "library" else ""
    draft.say(
        f"`{name}` is imported by {count(len(library), 'file')}{where}{f' and {tests} of the tests' if tests else ''}"
        + (":" if library else ".")
    )
    more = [f"- and {len(library) - 16} more"] if len(library) > 16 else []
    if library:
        draft.say("\n".join([*(f"- `{p}`" for p in library[:16]), *more]))
    return f"`{name}` is imported by {names_of(library, 4) or 'nothing'}"


def _in_folder(paths: list[str], scope: str | None) -> list[str]:
    return [p for p in paths if p.startswith(scope)] if scope and scope.endswith("/") else paths


def _tests(draft: Draft, tests: list[Site]) -> None:
    if not tests or draft.query.scope:
        return
    functions = {s.id for s in tests}
    files = sorted({s.path for s in tests})
    draft.say(f"In tests: {count(len(functions), 'place')} in {', '.join(files[:4])}{' …' if len(files) > 4 else ''}.")


def _by_name(draft: Draft, entity: str, certain: bool) -> bool:
    """What an unknown receiver may hide: calls through a base's method, and same-name calls. True where there is none."""
    _, qual = split_id(entity)
    if "." not in qual:
        return True
    name = qual.rsplit(".", 1)[-1].split("#")[0]
    silent = True
    for base in overrides(draft.view, entity):
        if through := users_of(draft.view, base).library:
            draft.say(f"Calls through {called(base)}, which it overrides: {names_of([s.id for s in through])}.")
            silent = False
    loose = by_name_only(draft.view, entity)
    if loose and not (certain and len(loose) > 12):
        draft.say(f"By name only (`.{name}`, receiver unknown, so not certain): {names_of(loose)}.")
        silent = False
    return silent
