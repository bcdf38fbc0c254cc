"""What the documents say: the section, quoted, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, called, first_sentence, headline
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources


def answer(sources: Sources, query: Query) -> Answer | None:
    """Sections (or whole documents) as they stand; anything else is not for this family."""
    draft = Draft(sources, query)
    briefs = []
    for entity in query.entities:
        symbol = draft.view.symbol(entity)
        head = None if symbol else draft.view.head(entity)
        if symbol is None and head is None:
            continue
        draft.say(
            headline(entity, symbol) if symbol else f"{called(entity)}: {first_sentence(head.doc) if head else ''}"
        )
        draft.quote(entity, draft.view.source(entity))
        briefs.append(f"{called(entity)}: {first_sentence(symbol.doc if symbol else head.doc if head else '')}")
    return draft.answer("; ".join(briefs)) if briefs else None
