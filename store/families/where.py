"""Where X is: place, signature, first sentence; for a class its members in a row. Short on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families import contents
from store.families.draft import Draft, by_entity, called, first_sentence, headline
from store.places import place
from store.source.record import split_id
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.source.record import Symbol

_MEMBERS = 14


def answer(sources: Sources, query: Query) -> Answer | None:
    """One line per symbol, then its signature or members. Files and folders are answered by their contents."""
    return by_entity(sources, query, _place) or contents.answer(sources, query)


def _place(draft: Draft, entity: str) -> str:
    symbol = draft.view.symbol(entity)
    if symbol is None:
        return ""
    draft.say(headline(entity, symbol))
    if symbol.signature:
        draft.say(f"`{symbol.signature}`" if "`" not in symbol.signature else symbol.signature)
    _members(draft, entity, symbol)
    _namesakes(draft, entity, symbol)
    return f"{called(entity)} {place(entity)}: {first_sentence(symbol.doc) or symbol.signature or symbol.kind}"


def _members(draft: Draft, entity: str, symbol: Symbol) -> None:
    if symbol.kind not in ("class", "interface", "struct", "trait", "enum"):
        return
    path, qual = split_id(entity)
    inside = [
        s for q, s in draft.view.symbols(path).items() if q.startswith(qual + ".") and "." not in q[len(qual) + 1 :]
    ]
    methods = [s.name for s in inside if s.kind in ("method", "function")]
    if methods:
        more = f" and {len(methods) - _MEMBERS} more" if len(methods) > _MEMBERS else ""
        draft.say("Members: " + ", ".join(f"`{m}`" for m in methods[:_MEMBERS]) + more)


def _namesakes(draft: Draft, entity: str, symbol: Symbol) -> None:
    """Others that go by the same name: said, so that nobody takes one for the other."""
    others = [e for e in draft.view.named(symbol.name) if e != entity and e not in draft.query.entities]
    others = [e for e in others if (s := draft.view.symbol(e)) and s.kind == symbol.kind]
    if others and symbol.kind in ("class", "function"):
        draft.say("Also called so: " + ", ".join(f"{called(e)} {place(e)}" for e in others[:3]))
