"""What inherits from X, and, for a method, what overrides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, count, names_of
from store.families.usage import overridden_by, overrides, subclasses_of
from store.places import place
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources

_LISTED = 24


def answer(sources: Sources, query: Query) -> Answer | None:
    return by_entity(sources, query, _heirs)


def _heirs(draft: Draft, entity: str) -> str:
    symbol = draft.view.symbol(entity)
    if symbol is None:
        return ""
    return _overrides(draft, entity) if symbol.kind in ("method", "attribute") else _children(draft, entity)


def _children(draft: Draft, entity: str) -> str:
    children = subclasses_of(draft.view, entity)
    direct = set(subclasses_of(draft.view, entity, deep=False))
    if not children:
        draft.say(f"Nothing in this repository inherits from {called(entity)} {place(entity)}.")
    else:
        draft.say(f"{count(len(children), 'class inherits', 'classes inherit')} from {called(entity)} {place(entity)}:")
        lines = [f"- {called(c)} {place(c)}{'' if c in direct else ' (indirectly)'}" for c in children[:_LISTED]]
        draft.say("\n".join(lines))
        if len(children) > _LISTED:
            draft.say(f"And {len(children) - _LISTED} more.")
    if bases := draft.view.bases(entity):
        draft.say(f"{called(entity)} itself inherits from {names_of(bases)}.")
    return f"{called(entity)} has {count(len(children), 'subclass', 'subclasses')}: {names_of(children, 5)}".rstrip(
        ": "
    )


def _overrides(draft: Draft, entity: str) -> str:
    below, above = overridden_by(draft.view, entity), overrides(draft.view, entity)
    if below:
        draft.say(f"{called(entity)} {place(entity)} is overridden by:")
        draft.say("\n".join(f"- {called(m)} {place(m)}" for m in below[:_LISTED]))
    else:
        draft.say(f"Nothing in this repository overrides {called(entity)} {place(entity)}.")
    if above:
        draft.say("It overrides " + ", ".join(f"{called(m)} {place(m)}" for m in above) + ".")
    return f"{called(entity)} is overridden by {names_of(below, 4) or 'nothing'}"
