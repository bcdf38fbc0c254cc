"""Tidying: rows beyond the cap go, tables with many commits are compacted. Work that only the sleeper may do.

Freshness plays no part here: a row that is stale on this branch is fresh on another, so age, use and origin decide.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sleep.desk import Desk
from sleep.limits import Limits
from store.noted import EVICTED
from store.words import ANALYSER_VERSION, PreAnswer, now

_ROOM = "room"
"""The name in `meta` of the answers that a disk budget had room for, with that budget."""

_KEPT = timedelta(seconds=10)
"""Older versions of a table, kept for who reads them at this moment, where the disk is short."""

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


async def with_room(desk: Desk) -> Desk:
    """The desk with no more answers to hold ready than the disk budget last had room for."""
    found = (await desk.store.meta_get(_ROOM) or "").split()
    if len(found) != 2 or float(found[0]) != desk.limits.disk_mb:
        return desk
    answers = min(desk.limits.answers, int(found[1]))
    return desk._replace(limits=desk.limits.model_copy(update={"answers": answers}))


async def fit(desk: Desk, expected: Sequence[str]) -> None:
    """Keep within the disk budget: compact first, and only then let the answers that are worth least go.

    Of two that are otherwise worth the same, the one goes whose key is later among the `expected`, or not there at all. Not for
    shifts that have to end at once.
    """
    store, budget = desk.store, desk.limits.disk_mb * 2**20
    if store.home.remote or await asyncio.to_thread(size_of, Path(store.uri)) <= budget:
        return
    await store.optimize(_KEPT)
    # What counts is what the rows take: versions that were left just now are on the disk a little longer.
    sizes = await store.sizes()
    total, answers = sum(sizes.values()), sizes["preanswers"]
    if total <= budget or not answers:
        return
    rows = await store.preanswers()
    room = (budget - (total - answers)) / answers
    kept = int(len(rows) * max(0.1, 0.9 * room))
    await _evict(desk, surplus(rows, desk.limits.model_copy(update={"rows": kept}), expected))
    await store.meta_set(_ROOM, f"{desk.limits.disk_mb:g} {kept}")
    await store.optimize(_KEPT)
    took, gone = f"{total / 2**20:.1f} MB of the {desk.limits.disk_mb:g} it may", len(rows) - kept
    desk.report.notices.append(f"The store took {took}: {gone} answers had to go, {kept} stay.")


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


def surplus(rows: Iterable[PreAnswer], limits: Limits, expected: Sequence[str] = ()) -> list[PreAnswer]:
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
    at, likely = now(), {key: 1.0 - rank / len(expected) for rank, key in enumerate(expected)}
    remaining.sort(key=lambda r: (retention(r, at) + likely.get(r.key, 0.0), r.created), reverse=True)
    return dropped + remaining[limits.rows :]
