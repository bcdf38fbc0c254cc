"""Folding: what was journalled awake becomes rows, and what agents recorded becomes pre-answers pinned to their sources.

How journalled lines reach the tables exactly once is `store/fold.py`, and what a recorded answer becomes `store/recorded.py`.
The rest is worked out anew from the stored queries each time, so a shift that died half-way is simply repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sleep.desk import Desk
from sleep.prediction.demand import Blame, blame
from store.fold import fold as fold_journal
from store.recorded import rows_of
from store.words import Asked, PreAnswer

_QUERIES = 5_000
"""How far back what was asked still counts."""


async def fold(desk: Desk) -> list[Asked]:
    """Empty the journal into the tables; what was asked, newest first."""
    folded = await fold_journal(desk.store)
    desk.report.queries_folded = folded.added.get("queries", 0)
    if folded.damaged:
        desk.report.notices.append(
            f"{folded.damaged} journalled lines could not be read; they are kept in damaged.jsonl"
        )
    asked = await desk.store.queries(_QUERIES)
    await _keep_recorded(desk, asked)
    return asked


async def _keep_recorded(desk: Desk, asked: list[Asked]) -> None:
    """Store the recorded answers that are not stored as they are now; drop those that were called useless."""
    stored = {row.variant: row for row in await desk.store.preanswers()}
    held = blame(asked)
    useless = [name for name, row in stored.items() if _dropped(row, held)]
    if useless:
        await desk.store.drop_preanswers(useless)
        desk.report.answers_dropped += len(useless)
    rows = {row.variant: _doubted(row, held) for row in recorded(asked) if not _dropped(row, held)}
    new = [row for name, row in rows.items() if name not in stored or _newer(row, stored[name])]
    if new:
        await desk.store.put_preanswers([(row, desk.vector(row.question)) for row in new])
        desk.report.answers_recorded = len(new)


def _dropped(row: PreAnswer, held: Mapping[str, Blame]) -> bool:
    return any(held[key].drops(row.created) for key in {row.key, row.query.key} & held.keys())


def _doubted(row: PreAnswer, held: Mapping[str, Blame]) -> PreAnswer:
    doubted = any(held[key].doubts(row.created) for key in {row.key, row.query.key} & held.keys())
    return row.model_copy(update={"confidence": row.confidence / 2}) if doubted else row


def _newer(row: PreAnswer, stored: PreAnswer) -> bool:
    """Whether it was recorded again since, over the same sources, or is thought of otherwise now."""
    return stored.origin == row.origin and (row.created > stored.created or row.confidence != stored.confidence)


def recorded(asked: Iterable[Asked]) -> list[PreAnswer]:
    """The pre-answers that were handed in with their sources, oldest first."""
    return [row for one in sorted(asked, key=lambda a: a.at) for row in rows_of(one)]
