"""Folding: what was journalled awake becomes rows, and what agents recorded becomes pre-answers pinned to their sources.

How journalled lines reach the tables exactly once is `store/fold.py`; here is what follows from them. Everything is worked out
from the stored queries anew, so a shift that died half-way is simply repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sleep.answer import Embeds
from sleep.predict import not_useful
from sleep.report import ShiftReport
from store.recorded import preanswer_of
from store.words import Asked, PreAnswer

if TYPE_CHECKING:
    from store.tables import Store


async def keep_recorded(store: Store, asked: Iterable[Asked], embedder: Embeds, report: ShiftReport) -> None:
    """Store the recorded answers that are not stored yet; drop the rows of keys that were called useless."""
    asked = list(asked)
    stored = await store.preanswers()
    unwanted = not_useful(asked)
    useless = [row for row in stored if row.key in unwanted]
    if useless:
        await store.drop_preanswers(row.variant for row in useless)
        report.answers_dropped += len(useless)
    known = {row.variant for row in stored}
    rows = {row.variant: row for row in recorded(asked) if row.key not in unwanted}
    fresh = [(row, embedder.embed([row.question])[0]) for name, row in rows.items() if name not in known]
    if fresh:
        await store.put_preanswers(fresh)
        report.answers_recorded = len(fresh)


def recorded(asked: Iterable[Asked]) -> list[PreAnswer]:
    """The pre-answers that were handed in with their sources, oldest first."""
    return [row for one in sorted(asked, key=lambda a: a.at) if (row := preanswer_of(one))]
