"""Distillation: the cards of what changed and of what stands above it, and those whose evidence no longer holds.

Not here: what a card says (`store/cards.py`), what changed (`sleep/study.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from sleep.desk import Desk
from sleep.prediction.centrality import file_graph, rank
from sleep.prediction.features import folders_above
from sleep.study import Studied
from store.cards import card_of, with_inferred
from store.errors import NoSuchFile, OutsideRepo
from store.evidence import Sources
from store.graph.index import Index
from store.steady import Moved
from store.words import ANALYSER_VERSION, Card

_EMBEDDED = 160
"""Characters of a card that its vector is made from: embedding costs by length, and the first facts say what it is about."""


async def distil(desk: Desk, studied: Studied) -> None:
    """Have a fresh card stored for every subject worth one; cards of what is no more are dropped."""
    sources, touched = studied
    sources.tree.git.read_ahead()
    stored = {card.subject: card for card in await desk.store.cards()}
    wanted = subjects(sources.index, desk.limits.cards)
    moved = {s for path in touched for s in (path, *folders_above(path), ".")}
    stale = [s for s in wanted if s not in stored or s in moved or not holds(sources, stored[s])]
    desk.report.cards_fresh = len(wanted) - len(stale)
    desk.progress.stage("distil", len(stale))
    desk.report.left["cards"] = len(stale)
    for some in _batches(stale, desk.limits.batch):
        await _write(desk, sources, some, stored)
    gone = [s for s in stored if s not in wanted]
    if gone:
        await desk.store.drop_cards(gone)
        desk.report.cards_dropped = len(gone)


async def _write(desk: Desk, sources: Sources, some: list[str], stored: dict[str, Card]) -> None:
    rows: list[tuple[Card, list[float] | None]] = []
    for subject in some:
        if not await desk.pace.turn():
            break
        desk.progress.step()
        desk.report.left["cards"] -= 1
        try:
            card = with_inferred(card_of(sources, subject), stored.get(subject), sources)
        except (Moved, NoSuchFile, OutsideRepo):
            desk.report.files_moved += 1
            continue
        if card is not None:
            rows.append((card, desk.vector(_gist(card))))
    if rows:
        await desk.store.put_cards(rows)
        desk.report.cards_written += len(rows)


def subjects(index: Index, most: int) -> dict[str, None]:
    """Everything that is to have a card, most important first: the repo, folders, then files by rank."""
    ranked = rank(file_graph(index))
    files = heapq.nlargest(most, ranked, key=lambda p: (ranked[p], p))
    folders = {folder for path in index.paths() for folder in folders_above(path)}
    return dict.fromkeys([".", *sorted(folders), *files])


def holds(sources: Sources, card: Card) -> bool:
    """Whether everything that a card rests on is what it was."""
    return card.analyser == ANALYSER_VERSION and all(
        sources.verdict(e).fresh for fact in card.facts for e in fact.evidence
    )


def _gist(card: Card) -> str:
    text = " ".join([card.subject, card.prose, *(f.text for f in card.facts)])
    return text.replace("⟦", "").replace("⟧", "")[:_EMBEDDED]


def _batches(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
