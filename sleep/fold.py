"""Folding: what was journalled awake becomes rows, and what agents recorded becomes pre-answers pinned to their sources.

How journalled lines reach the tables exactly once is `store/fold.py`, and what a recorded answer becomes `store/recorded.py`.
The rest is worked out anew from the stored queries each time, so a shift that died half-way is simply repeated.
"""

from __future__ import annotations

from collections.abc import Iterable

from sleep.desk import Desk
from sleep.prediction.demand import not_useful
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
    """Store the recorded answers that are not stored yet; drop the rows of keys that were called useless."""
    stored = await desk.store.preanswers()
    unwanted = not_useful(asked)
    useless = [row.variant for row in stored if {row.key, row.query.key} & unwanted]
    if useless:
        await desk.store.drop_preanswers(useless)
        desk.report.answers_dropped += len(useless)
    known = {row.variant for row in stored}
    rows = {row.variant: row for row in recorded(asked) if not {row.key, row.query.key} & unwanted}
    new = [(row, desk.vector(row.question)) for name, row in rows.items() if name not in known]
    if new:
        await desk.store.put_preanswers(new)
        desk.report.answers_recorded = len(new)


def recorded(asked: Iterable[Asked]) -> list[PreAnswer]:
    """The pre-answers that were handed in with their sources, oldest first."""
    return [row for one in sorted(asked, key=lambda a: a.at) for row in rows_of(one)]
