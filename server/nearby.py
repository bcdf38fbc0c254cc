"""What to offer where nothing answers: stored free-form answers to questions like this one, and the cards to begin with.

Proposals only: the asker judges. A vector is used only if the model is already in memory; nobody waits for it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from anyio import to_thread

from server import present
from server.results import Candidate, HeadStart
from store.cards import card_of, render_card, with_inferred
from store.errors import ForethoughtError
from store.evidence import check, fresh
from store.question.gate import offered
from store.source.record import split_id
from store.words import ANALYSER_VERSION

if TYPE_CHECKING:
    from server.live import Live
    from server.shelf import Shelf
    from store.embed import Embedder
    from store.evidence import Sources
    from store.words import Card

log = logging.getLogger("forethought.lookup")

OFFERED = 3
LOOKED_AT = 12
LIKE = 0.55
"""Cosine below which a stored question is not worth showing. It proposes only: see DESIGN.md, "The gate"."""

CARD_TOKENS = 120


class Nearby:
    """Proposals for questions that nothing answers."""

    def __init__(self, shelf: Shelf, embedder: Embedder | None) -> None:
        self._shelf = shelf
        self._embedder = embedder

    async def answers(self, question: str, sources: Sources, live: Live) -> tuple[list[Candidate], float | None]:
        """Fresh stored answers that somebody worded, to the nearest questions; and how near the nearest is."""
        vector = await self._vector(question)
        if vector is None:
            return [], None
        try:
            near = await self._shelf.store.nearest_preanswers(vector, question, LOOKED_AT)
        except ForethoughtError as problem:
            log.warning("%s", problem)
            return [], None
        with live.lock:
            free = [(row, score) for row, score in near if row.origin != "structural" and score >= LIKE]
            free = [(row, score) for row, score in free if fresh(row, check(sources, row))]
            offers = offered(question, [(row.question, score) for row, score in free], OFFERED)
            index = sources.index
            found = [
                Candidate(question=present.one_line(row.question, index), answer=present.one_line(row.brief, index))
                for row, _ in (free[offer.number] for offer in offers)
            ]
        return found, max((round(score, 3) for _, score in near), default=None)

    async def cards(self, question: str, sources: Sources, live: Live) -> list[HeadStart]:
        """The cards of the files that the question's words point at."""
        subjects = await to_thread.run_sync(self._subjects, question, live)
        stored = {s: await self._stored(s) for s in subjects}
        return await to_thread.run_sync(self._shown, stored, sources, live)

    def _subjects(self, question: str, live: Live) -> list[str]:
        with live.lock:
            found = live.finder.find(question, 12) if live.finder else []
        return list(dict.fromkeys(split_id(f.entity)[0] for f in found if f.covered >= 0.15))[:OFFERED]

    async def _stored(self, subject: str) -> Card | None:
        try:
            return await self._shelf.card(subject)
        except ForethoughtError as problem:
            log.warning("%s", problem)
            return None

    def _shown(self, stored: dict[str, Card | None], sources: Sources, live: Live) -> list[HeadStart]:
        with live.lock:
            cards = [
                card if card and holds(card, sources) else with_inferred(card_of(sources, s), card, sources)
                for s, card in stored.items()
            ]
            return [
                HeadStart(subject=card.subject, summary=present.clean(render_card(card, sources.index, CARD_TOKENS)))
                for card in cards
                if card
            ]

    async def _vector(self, question: str) -> list[float] | None:
        if self._embedder is None or not self._embedder.ready():
            return None
        vectors = await to_thread.run_sync(self._embedder.embed, [question])
        return vectors[0]


def holds(card: Card, sources: Sources) -> bool:
    """Whether every fact of a card still rests on what it rested on."""
    return (
        card.analyser == ANALYSER_VERSION
        and bool(card.facts)
        and all(sources.verdict(e).fresh for fact in card.facts for e in fact.evidence)
    )
