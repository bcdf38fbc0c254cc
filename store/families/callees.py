"""What X calls: resolved targets here, then what it takes from outside, then names that could not be resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, names_of
from store.places import place
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources

_LISTED = 20


def answer(sources: Sources, query: Query) -> Answer | None:
    return by_entity(sources, query, _callees)


def _callees(draft: Draft, entity: str) -> str:
    if draft.view.symbol(entity) is None:
        return ""
    calls = [e for e in draft.view.edges(entity) if e.kind in ("call", "decorate")]
    here = [t for t in dict.fromkeys(e.target for e in calls) if "::" in t and t != entity]
    outside = [t.removeprefix("ext:") for t in dict.fromkeys(e.target for e in calls) if t.startswith("ext:")]
    by_name = [t.removeprefix("?") for t in dict.fromkeys(e.target for e in calls) if t.startswith("?")]
    if here:
        draft.say(f"{called(entity)} {place(entity)} calls {len(here)} in this repository:")
        more = [f"- and {len(here) - _LISTED} more"] if len(here) > _LISTED else []
        draft.say("\n".join([*(f"- {called(t)} {place(t)}" for t in here[:_LISTED]), *more]))
    else:
        draft.say(f"{called(entity)} {place(entity)} calls nothing of this repository that could be resolved.")
    if outside:
        draft.say("From outside: " + ", ".join(f"`{t}`" for t in outside[:12]) + ".")
    if by_name:
        draft.say("By name only (receiver unknown): " + ", ".join(f"`.{t}`" for t in by_name[:12]) + ".")
    return f"{called(entity)} calls {names_of(here, 5) or 'nothing here'}"
