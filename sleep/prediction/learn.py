"""Learning: what was asked since last time is held against what had been expected; the forecast moves, the ledger gets its lines.

The past is replayed: features as they were when the last shift ended, over the index of now. What the models are is
`sleep/prediction/model.py`; what is kept, `sleep/prediction/forecast.py`; what counts as asked, `sleep/prediction/demand.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sleep.desk import Desk
from sleep.limits import Limits
from sleep.prediction.demand import of_their_own
from sleep.prediction.features import table_of
from sleep.prediction.forecast import FORECAST, Forecast, repeat_features
from sleep.prediction.predict import predict
from sleep.prediction.signals import Signals, as_of
from store.ledger import saved_by
from store.words import Asked, Spend, Trace, now

if TYPE_CHECKING:
    from store.source.git import Git

_COUNTED = "served_until"
_TRACES = 5_000


class Lesson(NamedTuple):
    """What came of holding the new questions against the old expectations."""

    forecast: Forecast
    spends: list[Spend]
    expected: int
    came: int


async def learn(desk: Desk, signals: Signals, git: Git) -> Forecast:
    """The forecast after what was asked since last time; kept, with a line in the ledger for each question."""
    known = Forecast.restored(await desk.store.meta_get(FORECAST))
    at = now()
    lesson = lesson_of(known, signals, git, desk.limits, at)
    if lesson.spends:
        await desk.store.add("ledger", lesson.spends)
    desk.report.learned_from, desk.report.expected, desk.report.came = len(lesson.spends), lesson.expected, lesson.came
    after = lesson.forecast.model_copy(
        update={
            "until": at,
            "work": tuple(sorted(signals.work)),
            "unfinished": tuple(sorted(signals.touches.work)),
            "branch": tuple(sorted(signals.branch)),
        }
    )
    await desk.store.meta_set(FORECAST, after.model_dump_json())
    return after


def lesson_of(known: Forecast, signals: Signals, git: Git, limits: Limits, at: datetime) -> Lesson:
    """What the questions since `known.until` teach. Pure, but for reading git."""
    new = [a for a in of_their_own(signals.asked) if known.until is None or a.at > known.until]
    if not new:
        return Lesson(known, [], 0, 0)
    then = as_of(known.until or new[0].at, signals, git, known.work, known.branch, known.unfinished)
    expected = {p.query.key for p in predict(then, limits, known)}
    spends = [_spend(one, expected) for one in new]
    learned = _taught(known, then, new)
    anticipated = sum(s.anticipated for s in spends)
    learned = learned.model_copy(
        update={"asked": known.asked + len(new), "anticipated": known.anticipated + anticipated}
    )
    return Lesson(learned, spends, len(expected), len({s.key for s in spends if s.anticipated}))


def _taught(known: Forecast, then: Signals, new: Sequence[Asked]) -> Forecast:
    """The models after these questions, with what was known before them."""
    table = table_of(then)
    queries = [a.query for a in new if a.query is not None]
    wanted = {entity for q in queries for entity in q.entities}
    came = np.array([s.entity in wanted for s in table.subjects], dtype=np.float64)
    subjects = known.subjects.learned(table.rows, came) if came.any() else known.subjects
    before, keys = list(then.demand.keys.values()), {q.key for q in queries}
    repeats = known.repeats
    if before:
        repeats = repeats.learned(
            repeat_features(before), np.array([b.query.key in keys for b in before], dtype=np.float64)
        )
    families: Counter[str] = Counter(known.families)
    families.update(q.kind for q in queries if not q.entities[0].startswith("text:"))
    return known.model_copy(update={"subjects": subjects, "repeats": repeats, "families": dict(families)})


def _spend(one: Asked, expected: set[str]) -> Spend:
    tokens, calls = saved_by(one.status)
    key = one.query.key if one.query is not None else ""
    return Spend(
        id=f"query-{one.id}", at=one.at, what="query", key=key, status=one.status, anticipated=key in expected,
        saved_tokens=tokens, saved_calls=calls,
    )  # fmt: skip


async def count_served(desk: Desk) -> None:
    """Add to each stored answer how often it was served since last time, by the traces."""
    since, until = await desk.store.meta_get(_COUNTED), now()
    traces = await desk.store.entries("traces", Trace, _TRACES)
    served = Counter(
        t.variant
        for t in traces
        if t.status == "hit" and t.at <= until and (since is None or t.at > datetime.fromisoformat(since))
    )
    if served:
        keys = {variant.rpartition("@")[0] for variant in served}
        rows = [row for row in await desk.store.preanswers_of(sorted(keys)) if row.variant in served]
        counted = [row.model_copy(update={"served": row.served + served[row.variant]}) for row in rows]
        await desk.store.put_preanswers([(row, desk.vector(row.question)) for row in counted])
    await desk.store.meta_set(_COUNTED, until.isoformat())
