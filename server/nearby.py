"""What to offer where nothing answers: stored free-form answers to questions like this one, and the cards to begin with.

Proposals only: the asker judges. A vector is used only if the model is already in memory; nobody waits for it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from anyio import to_thread

from server import present
from server.results import Candidate, HeadStart
from store.cards import card_of, render_card, with_inferred
from store.errors import ForethoughtError
from store.evidence import check, fresh
from store.question.gate import offered, vetoes
from store.source.record import split_id
from store.words import ANALYSER_VERSION, TIERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.live import Live
    from server.shelf import Shelf
    from store.embed import Embedder
    from store.evidence import Sources
    from store.words import Card, PreAnswer

log = logging.getLogger("forethought.lookup")

OFFERED = 3
LOOKED_AT = 12
LIKE = 0.55
"""Cosine below which a stored question is not worth showing. It proposes only: see DESIGN.md, "The gate"."""

CARD_TOKENS = 120
NEAR_ENOUGH = 0.3
"""How much of a question's weight a file must cover to be worth beginning with; less is a coincidence of words."""


class Refused(NamedTuple):
    """A stored question that was looked at and kept back, and why."""

    question: str
    nearness: float
    why: str


class Proposals(NamedTuple):
    """What to offer, how near the nearest stored question is, and which were kept back."""

    offered: list[Candidate]
    similarity: float | None
    refused: list[Refused]


class Nearby:
    """Proposals for questions that nothing answers."""

    def __init__(self, shelf: Shelf, embedder: Embedder | None) -> None:
        self._shelf = shelf
        self._embedder = embedder
        self._given: dict[str, list[float]] = {}

    async def answers(self, question: str, sources: Sources, live: Live, same: Sequence[PreAnswer] = ()) -> Proposals:
        """Fresh stored answers that somebody worded, to the nearest questions. `same` have the asked one's stated key."""
        near = await self._near(question, {row.question: row for row in same})
        with live.lock:
            like = [(row, score) for row, score in near if score >= LIKE or row in same]
            free = _freshest(like, sources)
            known = {row.question for row, _ in free}
            stale = {row.question: score for row, score in reversed(like) if row.question not in known}
            refused = [Refused(words, round(score, 3), "its sources changed") for words, score in stale.items()]
            offers = offered(question, [(row.question, score) for row, score in free], OFFERED)
            refused += [
                Refused(row.question, round(s, 3), "; ".join(why))
                for row, s in free
                if (why := vetoes(question, row.question))
            ]
            index = sources.index
            found = [
                Candidate(question=present.one_line(row.question, index), answer=present.one_line(row.brief, index))
                for row, _ in (free[offer.number] for offer in offers)
            ]
        return Proposals(found, max((round(score, 3) for _, score in near), default=None), refused)

    async def _near(self, question: str, same: dict[str, PreAnswer]) -> list[tuple[PreAnswer, float]]:
        """The nearest of what is stored and of what this process was given, nearest first: each question as often as answered."""
        vector = await self._vector(question)
        if vector is None:
            return [(row, 0.0) for row in same.values()]
        try:
            near = await self._shelf.nearest(vector, question, 2 * LOOKED_AT)
        except ForethoughtError as problem:
            log.warning("%s", problem)
            near = []
        given = {row.question: row for row in (*same.values(), *self._shelf.given)}
        vectors = await to_thread.run_sync(self._vectors, list(given))
        near += [(row, _product(vector, vectors[words])) for words, row in given.items()]
        near.sort(key=lambda pair: (-pair[1], TIERS.index(pair[0].tier)))
        looked_at = {*list(dict.fromkeys(row.question for row, _ in near))[:LOOKED_AT], *same}
        return [pair for pair in near if pair[0].question in looked_at]

    def _vectors(self, questions: list[str]) -> dict[str, list[float]]:
        """Of what the sleeper has yet to embed; remembered as long as it has to."""
        assert self._embedder is not None
        missing = [words for words in questions if words not in self._given]
        known = self._given | dict(zip(missing, self._embedder.embed(missing), strict=True)) if missing else self._given
        self._given = {words: known[words] for words in questions}
        return self._given

    async def cards(self, question: str, sources: Sources, live: Live) -> list[HeadStart]:
        """The cards of the files that the question's words point at."""
        subjects = await to_thread.run_sync(self._subjects, question, live)
        stored = {s: await self._stored(s) for s in subjects}
        return await to_thread.run_sync(self._shown, stored, sources, live)

    def _subjects(self, question: str, live: Live) -> list[str]:
        with live.lock:
            found = live.finder.find(question, 12) if live.finder else []
        return list(dict.fromkeys(split_id(f.entity)[0] for f in found if f.covered >= NEAR_ENOUGH))[:OFFERED]

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


def _freshest(near: Sequence[tuple[PreAnswer, float]], sources: Sources) -> list[tuple[PreAnswer, float]]:
    """Of each question the nearest answer that holds here: it may be another branch's, or somebody else's."""
    found: dict[str, tuple[PreAnswer, float]] = {}
    for row, score in near:
        if row.question not in found and fresh(row, check(sources, row)):
            found[row.question] = (row, score)
    return list(found.values())


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def holds(card: Card, sources: Sources) -> bool:
    """Whether every fact of a card still rests on what it rested on."""
    return (
        card.analyser == ANALYSER_VERSION
        and bool(card.facts)
        and all(sources.verdict(e).fresh for fact in card.facts for e in fact.evidence)
    )
