"""Tidying: rows beyond the cap go, tables with many commits are compacted. Work that only the sleeper may do.

Freshness plays no part here: a row that is stale on this branch is fresh on another, so age and use alone decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sleep.limits import Limits
from sleep.report import ShiftReport
from store.words import ANALYSER_VERSION, PreAnswer

if TYPE_CHECKING:
    from store.tables import Store

_OPTIMIZED = "optimized"


async def tidy(store: Store, *, limits: Limits, report: ShiftReport) -> None:
    """Bring the store back within its bounds."""
    worthless = surplus(await store.preanswers(), limits)
    if worthless:
        await store.drop_preanswers(worthless)
        report.answers_dropped += len(worthless)
    commits = sum((await store.versions()).values())
    last = await store.meta_get(_OPTIMIZED)
    if commits - int(last or 0) >= limits.optimize_after:
        await store.optimize()
        await store.meta_set(_OPTIMIZED, str(sum((await store.versions()).values())))


def surplus(rows: Iterable[PreAnswer], limits: Limits) -> list[PreAnswer]:
    """The rows to drop: of another analyser, too many of one key (the oldest), or too many in all (the least worth)."""
    kept: dict[str, list[PreAnswer]] = defaultdict(list)
    dropped: list[PreAnswer] = []
    for row in rows:
        (dropped if row.analyser != ANALYSER_VERSION else kept[row.key]).append(row)
    remaining: list[PreAnswer] = []
    for variants in kept.values():
        variants.sort(key=lambda r: r.created, reverse=True)
        remaining += variants[: limits.variants]
        dropped += variants[limits.variants :]
    remaining.sort(key=lambda r: (r.served > 0, r.origin != "structural", r.created), reverse=True)
    return dropped + remaining[limits.rows :]
