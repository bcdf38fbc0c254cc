"""What a change of X can break: callers, overriding methods, tests that refer to it, files that usually change with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, count, listing, names_of
from store.families.usage import by_name_only, callers_in, overridden_by, overrides, subclasses_of, tests_of, users_of
from store.places import place
from store.source.record import split_id
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources


def answer(sources: Sources, query: Query) -> Answer | None:
    return by_entity(sources, query, _impact, 0.9)


def _impact(draft: Draft, entity: str) -> str:
    view = draft.view
    path, qual = split_id(entity)
    symbol = view.symbol(entity)
    if symbol is None:
        return _impact_of_file(draft, path) if not qual and path in view else ""
    calls, mentions = callers_in(users_of(view, entity).library, symbol)
    callers = list(dict.fromkeys(s.id for s in calls))
    if callers:
        draft.say(f"A change of {called(entity)} {place(entity)} directly affects {count(len(callers), 'caller')}:")
        draft.say("\n".join(listing(calls, entity)))
    else:
        draft.say(f"A change of {called(entity)} {place(entity)} affects no caller that could be resolved.")
    if not callers and (loose := by_name_only(view, entity)):
        draft.say(f"By name only (receiver unknown, so not certain), it is used in {names_of(loose)}.")
    if mentions:
        draft.say(f"Also refers to it: {names_of([s.id for s in mentions])}.")
    if related := [*overridden_by(view, entity), *overrides(view, entity)]:
        draft.say(f"The same method elsewhere in the hierarchy: {names_of(related)}.")
    if symbol and symbol.kind == "class" and (children := subclasses_of(view, entity)):
        draft.say(f"Subclasses: {names_of(children)}.")
    if tests := tests_of(view, entity):
        draft.say(f"{count(len(tests), 'test refers', 'tests refer')} to it: {names_of(tests, 5)}.")
    _partners(draft, path)
    return f"A change of {called(entity)} affects {names_of(callers, 4) or 'no resolved caller'}"


def _impact_of_file(draft: Draft, path: str) -> str:
    importers = draft.view.importers(path)
    library = [p for p in importers if not draft.view.is_test(p)]
    draft.say(f"`{path}` is used by {count(len(library), 'file')}: {names_of(library, 10)}".rstrip(": ") + ".")
    if tests := [p for p in importers if p not in library]:
        draft.say(f"Tests that refer to it: {names_of(tests, 8)}.")
    _partners(draft, path)
    return f"A change of `{path}` affects {count(len(library), 'file')}"


def _partners(draft: Draft, path: str) -> None:
    """Files that changed in the same commits, from git's log: what tends to be forgotten."""
    if partners := draft.view.partners(path):
        shown = ", ".join(f"`{other}` ({n}×)" for other, n in partners)
        draft.say(f"Usually changes together with: {shown}.")
