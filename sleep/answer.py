"""Answering ahead: for the best predictions, keep what is stored and still fresh, work out the rest, store it with its vector.

Not here: what is worth answering (`sleep/predict.py`), how a family answers (`store/families/`), freshness (`store/evidence.py`).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from sleep.limits import Limits
from sleep.pace import Pace
from sleep.predict import Prediction
from sleep.progress import Progress
from sleep.report import ShiftReport
from store.steady import Moved
from sleep.wording import question_of
from store.errors import NoSuchFile, OutsideRepo
from store.evidence import Sources, check, fresh
from store.families import answer
from store.words import Answer, PreAnswer

if TYPE_CHECKING:
    from store.tables import Store


class Embeds(Protocol):
    """What turns texts into vectors, one at a time."""

    def embed(self, texts: list[str]) -> list[list[float]]: ...


async def answer_ahead(
    store: Store, sources: Sources, predictions: list[Prediction], embedder: Embeds,
    *, pace: Pace, limits: Limits, progress: Progress, report: ShiftReport,
) -> None:  # fmt: skip
    """Have a fresh pre-answer stored for every prediction that a family can answer, best first, a batch at a time."""
    stored = _by_key(await store.preanswers())
    progress.stage("answer", len(predictions))
    batch: list[PreAnswer] = []
    for prediction in predictions:
        if not await pace.turn():
            break
        progress.step()
        variants = stored.get(prediction.query.key, [])
        if any(fresh(row, check(sources, row)) for row in variants):
            report.answers_kept += 1
            continue
        row = work_out(sources, prediction, report)
        if row is None:
            continue
        batch.append(row)
        if len(batch) >= limits.batch:
            await _put(store, batch, embedder, pace, report)
            batch = []
    await _put(store, batch, embedder, pace, report)


def work_out(sources: Sources, prediction: Prediction, report: ShiftReport) -> PreAnswer | None:
    """The pre-answer for a prediction; None where the family has nothing to say, or a file moved meanwhile."""
    began = time.perf_counter()
    try:
        found = answer(sources, prediction.query)
    except (Moved, NoSuchFile, OutsideRepo):
        report.files_moved += 1
        return None
    if found is None or not found.evidence:
        report.answers_none += 1
        return None
    return _preanswer(found, prediction, time.perf_counter() - began)


def _preanswer(found: Answer, prediction: Prediction, seconds: float) -> PreAnswer:
    return PreAnswer(
        **dict(found),
        key=prediction.query.key,
        question=question_of(prediction.query),
        because=prediction.because,
        cost_seconds=round(seconds, 6),
    )


async def _put(store: Store, batch: list[PreAnswer], embedder: Embeds, pace: Pace, report: ShiftReport) -> None:
    """Store a batch. What was worked out is kept even when the shift has to end: then without vectors, found by key alone."""
    rows: list[tuple[PreAnswer, list[float] | None]] = []
    for row in batch:
        vector = embedder.embed([row.question])[0] if await pace.turn() else None
        rows.append((row, vector))
    if rows:
        await store.put_preanswers(rows)
        report.answers_computed += len(rows)


def _by_key(rows: Iterable[PreAnswer]) -> dict[str, list[PreAnswer]]:
    found: dict[str, list[PreAnswer]] = defaultdict(list)
    for row in rows:
        found[row.key].append(row)
    return found
