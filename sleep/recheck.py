"""Verify mode: a sample of what was served from the store is worked out again from scratch, and compared.

Nothing of the shift's own index is used: every file is read and resolved anew, so that a fault in following changes would
show. A row that differs is quarantined (it is never served again) and the difference is told loudly. How the sample is drawn:
`serve --verify-sample`, `server/trace.py`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sleep.desk import Desk
from sleep.readers import read_all
from store.evidence import check, fresh
from store.families import answer
from store.graph.index import Index
from store.noted import DIVERGED
from store.source.record import FileRecord
from store.source.tree import Tree
from store.steady import Moved, SteadySources
from store.words import PreAnswer, Trace, now

RECHECKED = "rechecked"
"""The name in `meta` of the time up to which the traces were looked at."""


class Rechecked(NamedTuple):
    """How many sampled hits were compared, and the rows that said something else than the sources."""

    compared: int
    diverged: list[PreAnswer]


async def recheck(desk: Desk, tree: Tree) -> None:
    """Compare the sampled hits since last time, quarantine what differs, and say so."""
    since, began = await desk.store.meta_get(RECHECKED), now()
    traces = await desk.store.entries("traces", Trace, 5_000)
    sampled = {
        t.variant: t.key for t in traces if t.sampled and (since is None or t.at > datetime.fromisoformat(since))
    }
    if not sampled:
        return
    rows = [row for row in await desk.store.preanswers_of(sorted(set(sampled.values()))) if row.variant in sampled]
    found = compare(await _from_scratch(desk, tree.root), rows)
    bad = [
        row.model_copy(update={"quarantined": f"differed from its sources on {now():%Y-%m-%d}"})
        for row in found.diverged
    ]
    if bad:
        await desk.store.put_preanswers([(row, None) for row in bad])
        ever = int(await desk.store.meta_get(DIVERGED) or 0) + len(bad)
        await desk.store.meta_set(DIVERGED, str(ever))
    desk.report.rechecked, desk.report.diverged = found.compared, len(bad)
    desk.report.notices += [
        f"A served answer differed from what its sources say and is quarantined: {row.question} ({row.key}). "
        "This must not happen: please report it."
        for row in bad
    ]
    await desk.store.meta_set(RECHECKED, began.isoformat())


def compare(scratch: SteadySources, rows: list[PreAnswer]) -> Rechecked:
    """Work each structural row out again over sources built from scratch. What is not fresh there cannot be compared: skip it."""
    compared, diverged = 0, []
    for row in rows:
        try:
            if row.origin != "structural" or not fresh(row, check(scratch, row)):
                continue
            true = answer(scratch, row.query)
        except (Moved, OSError):
            continue
        compared += 1
        if true is None or true.claims != row.claims or true.brief != row.brief:
            diverged.append(row)
    return Rechecked(compared, diverged)


async def _from_scratch(desk: Desk, root: Path) -> SteadySources:
    """Sources over the disk alone."""
    tree, index = Tree(root), Index()
    records: list[FileRecord] = []
    async for some in read_all(tree.sync().changed, desk.pace, desk.limits):
        records += some
    index.apply(records)
    return SteadySources(index, tree)
