"""Tidying: rows beyond the cap go, tables with many commits are compacted. Work that only the sleeper may do.

Freshness plays no part here: a row that is stale on this branch is fresh on another, so age and use alone decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sleep.desk import Desk
from sleep.limits import Limits
from store.words import ANALYSER_VERSION, PreAnswer

_OPTIMIZED = "optimized"


async def tidy(desk: Desk) -> None:
    """Bring the store back within its bounds."""
    store = desk.store
    worthless = surplus(await store.preanswers(), desk.limits)
    if worthless:
        await store.drop_preanswers(row.variant for row in worthless)
        desk.report.answers_dropped += len(worthless)
    commits = sum((await store.versions()).values())
    last = await store.meta_get(_OPTIMIZED)
    if commits - int(last or 0) >= desk.limits.optimize_after:
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
