"""From the journal into the tables, by the sleeper: what was recorded while somebody waited becomes rows.

    read every segment from where the last fold ended  ->  add its lines, by id  ->  note how far  ->  delete what is closed

Adding by id twice is adding once, so a crash between any two of these steps loses nothing and doubles nothing: the next fold only
does a part of the work again. A live process's segment is read up to its last whole line and never touched.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.encoding import Line
from store.journal import Segment, remove, segments
from store.schema import LogName

if TYPE_CHECKING:
    from store.tables import Store

TABLE_OF: dict[str, LogName] = {
    "Asked": "queries",
    "Observation": "observations",
    "Lesson": "lessons",
    "Job": "jobs",
    "Spend": "ledger",
    "Trace": "traces",
}
"""Which log the lines of each model go to. A line of any other is set aside with the damaged ones."""

_OFFSETS = "offsets.json"
_DAMAGED = "damaged.jsonl"


class Folded(NamedTuple):
    """What a fold did: lines added per table, and lines that nobody could read and that were set aside."""

    added: dict[str, int]
    damaged: int


def unfolded(folder: Path) -> Iterator[Line]:
    """What was journalled, by whichever process, and is not in the tables yet."""
    for segment in segments(folder, read_offsets(folder)):
        yield from segment.lines


async def fold(store: Store) -> Folded:
    """Move everything that is in the journal into the store's tables. For whoever holds the sleeper's lock."""
    folder, began = store.home.journal, time.time()
    offsets = read_offsets(folder)
    taken = list(segments(folder, offsets))
    lines: dict[LogName, list[Line]] = {}
    damaged: list[bytes] = []
    for segment in taken:
        damaged += segment.damaged
        for line in segment.lines:
            if line.type in TABLE_OF:
                lines.setdefault(TABLE_OF[line.type], []).append(line)
            else:
                damaged.append(json.dumps(line._asdict(), default=str, ensure_ascii=False).encode())
    for name, some in lines.items():
        # By time, so that of two entries with one id the later counts, whichever process wrote it.
        await store.add_lines(name, sorted(some, key=lambda line: line.at))
    if not store.home.remote:
        await asyncio.to_thread(_sync, [Path(store.uri) / f"{name}.lance" for name in lines], began)
    set_aside(folder, damaged)
    _finish(folder, taken)
    return Folded({name: len(some) for name, some in lines.items()}, len(damaged))


def set_aside(folder: Path, damaged: list[bytes]) -> None:
    """Keep lines that could not be read, each once, in `damaged.jsonl`."""
    path = folder / _DAMAGED
    known = set(path.read_bytes().split(b"\n")) if path.exists() else set()
    new = [line for line in dict.fromkeys(damaged) if line not in known]
    if new:
        with path.open("ab") as file:
            file.write(b"".join(line + b"\n" for line in new))
            file.flush()
            os.fsync(file.fileno())


def _sync(tables: list[Path], since: float) -> None:
    """Put on disk what was just written: LanceDB does not, and the journal, which is safe, is about to be deleted."""
    for table in tables:
        for folder, _, names in os.walk(table):
            new = [p for name in names if (p := Path(folder, name)).stat().st_mtime >= since - 2]
            for path in [*new, Path(folder)] if new and os.name != "nt" else []:  # there, a folder cannot be opened
                file = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(file)
                finally:
                    os.close(file)


def _finish(folder: Path, taken: list[Segment]) -> None:
    _write_offsets(folder, {s.path.name: s.end for s in taken if not s.closed})
    for segment in taken:
        if segment.closed:
            remove(segment)


def read_offsets(folder: Path) -> dict[str, int]:
    """How far each live segment had been folded. Without it everything is folded again, which does no harm."""
    try:
        found = json.loads((folder / _OFFSETS).read_bytes())
        return {str(name): int(end) for name, end in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write_offsets(folder: Path, offsets: dict[str, int]) -> None:
    new = folder / f"{_OFFSETS}.new"
    new.write_text(json.dumps(offsets), encoding="utf-8")
    os.replace(new, folder / _OFFSETS)
