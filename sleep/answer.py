"""Answering ahead: for the best predictions, keep what is stored and still fresh, work out the rest, store it with its vector.

Not here: what is worth answering (`sleep/prediction/predict.py`), how a family answers (`store/families/`), freshness
(`store/evidence.py`).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable

from sleep.desk import Desk
from sleep.prediction.predict import Prediction
from sleep.prediction.wording import question_of
from sleep.report import ShiftReport
from store.errors import NoSuchFile, OutsideRepo
from store.evidence import Sources, check, fresh
from store.families import answer
from store.steady import Moved
from store.words import Answer, PreAnswer


async def answer_ahead(desk: Desk, sources: Sources, predictions: list[Prediction]) -> None:
    """Have a fresh pre-answer stored for every prediction that a family can answer, best first, a batch at a time."""
    stored = _by_key(await desk.store.preanswers())
    desk.progress.stage("answer", len(predictions))
    batch: list[PreAnswer] = []
    began = time.process_time()
    desk.report.left["answers"] = len(predictions)
    for prediction in predictions:
        if time.process_time() - began > desk.limits.cpu_seconds:
            desk.report.notices.append(
                f"{desk.limits.cpu_seconds:g} s of the processor went into working out answers, which is the most for one shift:"
                f" {desk.report.left['answers']:,} are left for the next"
            )
            break
        if not await desk.pace.turn():
            break
        desk.progress.step()
        desk.report.left["answers"] -= 1
        variants = stored.get(prediction.query.key, [])
        if any(fresh(row, check(sources, row)) for row in variants):
            desk.report.answers_kept += 1
            continue
        row = work_out(sources, prediction, desk.report)
        if row is None:
            continue
        batch.append(row)
        if len(batch) >= desk.limits.batch:
            await _put(desk, batch)
            batch = []
    await _put(desk, batch)


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


async def _put(desk: Desk, batch: list[PreAnswer]) -> None:
    """Store a batch. What was worked out is kept even when the shift has to end: then without vectors, found by key alone."""
    rows: list[tuple[PreAnswer, list[float] | None]] = []
    for row in batch:
        vector = desk.vector(row.question) if await desk.pace.turn() else None
        rows.append((row, vector))
    if rows:
        await desk.store.put_preanswers(rows)
        desk.report.answers_computed += len(rows)


def _by_key(rows: Iterable[PreAnswer]) -> dict[str, list[PreAnswer]]:
    found: dict[str, list[PreAnswer]] = defaultdict(list)
    for row in rows:
        found[row.key].append(row)
    return found
