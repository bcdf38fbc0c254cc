"""What the documents say: the section, quoted, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, first_sentence, headline
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources


def answer(sources: Sources, query: Query) -> Answer | None:
    """Sections (or whole documents) as they stand; anything else is not for this family."""
    return by_entity(sources, query, _section)


def _section(draft: Draft, entity: str) -> str:
    symbol = draft.view.symbol(entity)
    head = None if symbol else draft.view.head(entity)
    if symbol is None and head is None:
        return ""
    doc = first_sentence(symbol.doc if symbol else head.doc if head else "")
    draft.say(headline(entity, symbol) if symbol else f"{called(entity)}: {doc}")
    draft.quote(entity, draft.view.source(entity))
    return f"{called(entity)}: {doc}"
