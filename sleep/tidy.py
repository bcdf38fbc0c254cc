"""Tidying: rows beyond the cap go, tables with many commits are compacted. Work that only the sleeper may do.

Freshness plays no part here: a row that is stale on this branch is fresh on another, so age and use alone decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sleep.desk import Desk
from sleep.limits import Limits
from store.words import ANALYSER_VERSION, PreAnswer

if TYPE_CHECKING:
    from store.schema import TableName
    from store.tables import Store

_OPTIMIZED = "optimized"
_CLEARED = "cleared_of_analysers_before"


async def tidy(desk: Desk) -> None:
    """Bring the store back within its bounds."""
    store = desk.store
    worthless = surplus(await store.preanswers(), desk.limits)
    if worthless:
        await store.drop_preanswers(row.variant for row in worthless)
        desk.report.answers_dropped += len(worthless)
    if await store.meta_get(_CLEARED) != str(ANALYSER_VERSION):
        await _clear_older(store)
        await store.meta_set(_CLEARED, str(ANALYSER_VERSION))
    commits = sum((await store.versions()).values())
    last = await store.meta_get(_OPTIMIZED)
    if commits - int(last or 0) >= desk.limits.optimize_after:
        await store.optimize()
        await store.meta_set(_OPTIMIZED, str(sum((await store.versions()).values())))


async def _clear_older(store: Store) -> None:
    """Delete what older analysers computed: nobody reads it any more. Rows of a newer one, on a shared store, are left alone."""
    names: tuple[TableName, ...] = ("files", "cards", "preanswers")
    for name in names:
        await store.table(name).delete(f"analyser < {ANALYSER_VERSION}")


def surplus(rows: Iterable[PreAnswer], limits: Limits) -> list[PreAnswer]:
    """The rows to drop: too many of one key (the oldest), or too many in all (the least used, the easiest to make again)."""
    kept: dict[str, list[PreAnswer]] = defaultdict(list)
    for row in rows:
        kept[row.key].append(row)
    dropped: list[PreAnswer] = []
    remaining: list[PreAnswer] = []
    for variants in kept.values():
        variants.sort(key=lambda r: r.created, reverse=True)
        remaining += variants[: limits.variants]
        dropped += variants[limits.variants :]
    remaining.sort(key=lambda r: (r.served > 0, r.origin != "structural", r.created), reverse=True)
    return dropped + remaining[limits.rows :]
