"""Distillation: the cards of what changed and of what stands above it, and those whose evidence no longer holds.

Not here: what a card says (`store/cards.py`), what changed (`sleep/study.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sleep.answer import Embeds
from sleep.centrality import file_graph, rank
from sleep.limits import Limits
from sleep.pace import Pace
from sleep.predict import folders_above
from sleep.progress import Progress
from sleep.report import ShiftReport
from store.steady import Moved
from store.cards import card_of
from store.errors import NoSuchFile, OutsideRepo
from store.evidence import Sources
from store.graph.index import Index
from store.words import ANALYSER_VERSION, Card

if TYPE_CHECKING:
    from store.tables import Store

_EMBEDDED = 240
"""Characters of a card that its vector is made from: embedding costs by length, and the first facts say what it is about."""


async def distil(
    store: Store, sources: Sources, touched: Iterable[str], embedder: Embeds,
    *, pace: Pace, limits: Limits, progress: Progress, report: ShiftReport,
) -> None:  # fmt: skip
    """Have a fresh card stored for every subject worth one; cards of what is no more are dropped."""
    stored = {card.subject: card for card in await store.cards()}
    wanted = subjects(sources.index, limits.cards)
    moved = {s for path in touched for s in (path, *folders_above(path))} | {"."}
    gone = [s for s in stored if s not in wanted]
    stale = [s for s in wanted if s not in stored or (s in moved and touched) or not holds(sources, stored[s])]
    report.cards_fresh = len(wanted) - len(stale)
    progress.stage("distil", len(stale))
    for some in _batches(stale, limits.batch):
        if not await _write(store, sources, some, embedder, pace, progress, report):
            return
    if gone:
        await store.drop_cards(gone)
        report.cards_dropped = len(gone)


async def _write(
    store: Store, sources: Sources, some: list[str], embedder: Embeds, pace: Pace, progress: Progress, report: ShiftReport
) -> bool:
    rows: list[tuple[Card, list[float] | None]] = []
    for subject in some:
        if not await pace.turn():
            break
        progress.step()
        try:
            card = card_of(sources, subject)
        except (Moved, NoSuchFile, OutsideRepo):
            report.files_moved += 1
            continue
        if card is not None:
            rows.append((card, embedder.embed([_gist(card)])[0]))
    if rows:
        await store.put_cards(rows)
        report.cards_written += len(rows)
    return pace.over is None


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
