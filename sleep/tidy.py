"""Tidying: rows beyond the cap go, tables with many commits are compacted. Work that only the sleeper may do.

Freshness plays no part here: a row that is stale on this branch is fresh on another, so age, use and origin decide.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sleep.desk import Desk
from sleep.limits import Limits
from store.words import ANALYSER_VERSION, PreAnswer, now

EVICTED = "evicted"
"""The name in `meta` of the count of answers that ever had to go."""

_OPTIMIZED = "optimized"
_CLEARED = "cleared_of_analysers_before"


async def tidy(desk: Desk) -> None:
    """Bring the store back within its bounds."""
    store = desk.store
    await _evict(desk, surplus(await store.preanswers(), desk.limits))
    for log, kept in (("traces", desk.limits.traces), ("ledger", desk.limits.ledger)):
        await store.trim(log, kept)  # type: ignore[arg-type]
    if await store.meta_get(_CLEARED) != str(ANALYSER_VERSION):
        await store.drop_outdated()
        await store.meta_set(_CLEARED, str(ANALYSER_VERSION))
    commits = sum((await store.versions()).values())
    last = await store.meta_get(_OPTIMIZED)
    if commits - int(last or 0) >= desk.limits.optimize_after:
        await store.optimize()
        await store.meta_set(_OPTIMIZED, str(sum((await store.versions()).values())))
    await _fit(desk)


async def _fit(desk: Desk) -> None:
    """Keep within the disk budget: compact first, and only then let the answers that are worth least go."""
    store, budget = desk.store, desk.limits.disk_mb * 2**20
    if store.home.remote or (size := await asyncio.to_thread(size_of, Path(store.uri))) <= budget:
        return
    await store.optimize()
    size = await asyncio.to_thread(size_of, Path(store.uri))
    if size <= budget:
        return
    rows = await store.preanswers()
    kept = int(len(rows) * max(0.1, 0.9 * budget / size))
    await _evict(desk, surplus(rows, desk.limits.model_copy(update={"rows": kept})))
    await store.optimize()
    desk.report.notices.append(
        f"The store took {size / 2**20:.0f} MB of the {desk.limits.disk_mb:.0f} it may: {len(rows) - kept} answers had to go."
    )


async def _evict(desk: Desk, rows: list[PreAnswer]) -> None:
    """Drop answers, and count them for `status`."""
    if not rows:
        return
    await desk.store.drop_preanswers(row.variant for row in rows)
    desk.report.answers_dropped += len(rows)
    await desk.store.meta_set(EVICTED, str(int(await desk.store.meta_get(EVICTED) or 0) + len(rows)))


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for above, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(above, name)).st_size
    return total


def retention(row: PreAnswer, at: datetime) -> float:
    """What a row is worth keeping for: how often it was served, how hard it is to make again, how young it is."""
    age = (at - row.created).total_seconds() / 86_400
    return 2.0 * math.log1p(row.served) + (1.5 if row.origin != "structural" else 0.0) - age / 30.0


def surplus(rows: Iterable[PreAnswer], limits: Limits) -> list[PreAnswer]:
    """The rows to drop: too many of one key (the oldest), or too many in all (those worth keeping least)."""
    kept: dict[tuple[str, str], list[PreAnswer]] = defaultdict(list)
    for row in rows:
        kept[row.key, row.query.key].append(row)
    dropped: list[PreAnswer] = []
    remaining: list[PreAnswer] = []
    for variants in kept.values():
        variants.sort(key=lambda r: r.created, reverse=True)
        remaining += variants[: limits.variants]
        dropped += variants[limits.variants :]
    at = now()
    remaining.sort(key=lambda r: (retention(r, at), r.created), reverse=True)
    return dropped + remaining[limits.rows :]
