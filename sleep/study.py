"""Study: make the index and the `files` table equal to the tree, reading only what changed since they were written.

Not here: reading files in bulk (`sleep/readers.py`), what references mean (`store/graph/`), the disk (`store/source/tree.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sleep.desk import Desk
from sleep.readers import read_all
from sleep.report import ShiftReport
from store.evidence import Sources
from store.graph.index import Index
from store.source.record import FileRecord
from store.source.tree import Entry, Tree
from store.steady import SteadySources


class Studied(NamedTuple):
    """The standing context as it is now, and the paths whose row is another one than before the shift."""

    sources: Sources
    touched: frozenset[str]


async def study(desk: Desk, tree: Tree) -> Studied:
    """Follow the tree from what is stored to what is on disk; the touched rows are published at once.

    Ended early, the files that were read are kept, and the others come next time.
    """
    index = Index()
    known = await desk.store.rows()
    seeded = {row.record.path: entry for row, entry in known}
    tree.seed(seeded)
    index.load(row for row, _ in known)
    changes = tree.sync()
    desk.progress.stage("read", len(changes.changed))
    records = await _read(desk, changes.changed)
    desk.progress.stage("resolve", len(records))
    touched = index.apply(records, changes.gone)
    desk.progress.step(len(records))
    await _publish(desk, index, tree, touched | _restamped(index, tree, seeded), changes.gone)
    _count(desk.report, index, tree, records, changes.gone, touched)
    desk.report.left["files"] = len(changes.changed) - len(records)
    return Studied(SteadySources(index, tree), frozenset(touched))


async def _read(desk: Desk, files: dict[str, bytes]) -> list[FileRecord]:
    records: list[FileRecord] = []
    async for some in read_all(files, desk.pace, desk.limits):
        records += some
        desk.progress.step(len(some))
    return records


def _restamped(index: Index, tree: Tree, seeded: dict[str, Entry]) -> set[str]:
    """Files with other stamps on the same content (a checkout there and back): stored, so that nobody hashes them again."""
    return {path for path, entry in seeded.items() if path in index and tree.entries.get(path, entry) != entry}


async def _publish(desk: Desk, index: Index, tree: Tree, paths: Iterable[str], gone: list[str]) -> None:
    rows = [(row, entry) for p in sorted(paths) if (row := index.row(p)) and (entry := tree.entries.get(p))]
    # A record whose content was not that of the entry would be taken for the truth for as long as the file stays.
    rows = [(row, entry) for row, entry in rows if row.record.digest == entry.digest]
    for start in range(0, len(rows), desk.limits.batch):
        await desk.store.put_rows(rows[start : start + desk.limits.batch])
    if gone:
        await desk.store.drop_rows(gone)


def _count(
    report: ShiftReport, index: Index, tree: Tree, records: list[FileRecord], gone: list[str], touched: set[str]
) -> None:
    report.files = len(index)
    report.files_read = len(records)
    report.files_unchanged = len(index) - len(records)
    report.files_gone = len(gone)
    report.files_unparsed = sum(1 for p in index.paths() if (r := index.record(p)) and not r.parsed)
    report.rows_resolved = len(touched - set(gone))
    report.skipped = dict(tree.skipped)
