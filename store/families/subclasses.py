"""What inherits from X or implements it; for a method, what overrides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, count, names_of
from store.families.usage import overridden_by, overrides, subclasses_of
from store.graph.satisfying import is_open
from store.places import place
from store.source.record import split_id
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
    if symbol.kind in ("method", "attribute"):
        return _overrides(draft, entity)
    return _implementers(draft, entity) if is_open(symbol, split_id(entity)[0]) else _children(draft, entity)


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


def _implementers(draft: Draft, entity: str) -> str:
    """The types that have what an interface wants; and, apart, what names it as its base."""
    wanted, types = draft.view.satisfying(entity)
    children = subclasses_of(draft.view, entity)
    known = f"by method name{'s' * (len(wanted.methods) > 1)}, types of parameters are not compared"
    asks = f"{called(entity)} {place(entity)} asks for " + (
        ", ".join(f"`{m}`" for m in wanted.methods[:8]) or "no method"
    )
    if wanted.unknown:
        asks += f", and for what is in {', '.join(f'`{u}`' for u in wanted.unknown[:4])} from outside, which is not known here"
    draft.say(asks + ".")
    library = [t for t in types if t not in children and not draft.view.is_test(split_id(t)[0])]
    tests = [t for t in types if t not in children and t not in library]
    if library:
        draft.say(f"{count(len(library), 'type has', 'types have')} all of that ({known}):")
        draft.say("\n".join(f"- {called(t)} {place(t)}" for t in library[:_LISTED]))
        if len(library) > _LISTED:
            draft.say(f"And {len(library) - _LISTED} more.")
    elif wanted.methods:
        draft.say(f"No type of the library has all of that ({known}).")
    if tests:
        draft.say(f"In tests: {names_of(tests)}.")
    if children:
        draft.say(f"Named as its base by {names_of(children, _LISTED)}.")
    draft.sure = 0.9
    return f"{called(entity)} is implemented by {names_of([*children, *library, *tests], 5) or 'nothing here'}, by method names"


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
