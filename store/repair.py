"""What is done about a table that cannot be read: save every row that can be, set the damaged files aside, go on.

Called by `store/lance.py` when an action failed twice. Nothing is deleted: the damaged table is kept in the store's
`aside/`, with a notice beside it.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from store.lance import connect, make, making, open_if_there, place_of, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from store.home import Home
    from store.schema import Layout


class Saved(NamedTuple):
    """The rows that could be read, and how many there should have been (None: nobody knows)."""

    rows: pa.Table
    expected: int | None
    version: int


async def mend(home: Home, uri: str, layout: Layout, error: Exception) -> str | None:
    """Replace a damaged table by what can be saved of it. Returns the notice, or None where it can be read after all."""
    async with making(home):
        if await readable(uri, layout):
            return None  # another process was quicker, or it was no damage
        aside = home.aside / f"{layout.name}-{time.strftime('%Y%m%dT%H%M%S')}-{uuid.uuid4().hex[:8]}"
        aside.mkdir(parents=True)
        saved = await _save(uri, layout, aside)
        await _replace(uri, layout, aside, saved.rows)
        notice = _notice(layout, saved, aside, short(error))
        (aside / "notice.txt").write_text(notice + "\n", encoding="utf-8")
    return notice


async def readable(uri: str, layout: Layout) -> bool:
    """Whether every row of the table can be read now, by somebody who has never opened it."""
    try:
        table = await open_if_there(await connect(uri), uri, layout.name)
        if table is None:
            return not place_of(uri, layout.name).exists()
        async for _ in await table.query().to_batches():
            pass
    except (RuntimeError, ValueError, OSError):
        return False
    return True


async def _save(uri: str, layout: Layout, aside: Path) -> Saved:
    """All rows that can be read: of the newest version that opens, and what people entered, of older versions too."""
    folder = place_of(uri, layout.name)
    while True:
        connection = await connect(uri)
        try:
            if (table := await open_if_there(connection, uri, layout.name)) is None:
                return Saved(layout.schema().empty_table(), None, 0)
            expected: int | None = await table.count_rows()
            break
        except (RuntimeError, ValueError, OSError):
            if not _drop_newest_manifest(folder, aside):
                return Saved(layout.schema().empty_table(), None, 0)
    rows = await _readable_rows(table, layout, expected or 0)
    version: int = await table.version()
    if layout.precious and rows.num_rows < (expected or 0):
        rows = await _with_older(connection, layout, rows, version)
    lost_newest = (aside / "_versions").exists()
    return Saved(rows, None if lost_newest else expected, version)


def _drop_newest_manifest(folder: Path, aside: Path) -> bool:
    """Move the newest manifest to the set-aside folder; False if there is none."""
    manifests = sorted((folder / "_versions").glob("*.manifest"), key=_version_of)
    if not manifests:
        return False
    (aside / "_versions").mkdir(exist_ok=True)
    os.replace(manifests[-1], aside / "_versions" / manifests[-1].name)
    return True


def _version_of(manifest: Path) -> int:
    # LanceDB counts down from 2^64, so that a listing begins with the newest; older tables count up.
    number = int(manifest.stem) if manifest.stem.isdecimal() else -1
    return 2**64 - 1 - number if number > 2**63 else number


async def _readable_rows(table: Any, layout: Layout, count: int) -> pa.Table:
    """Every row that can be read, by halving: the rows of a damaged file fail, their neighbours do not."""
    import pyarrow as pa

    schema = layout.schema()
    names = schema.names
    parts, ranges = [], list(_chunks(count))
    while ranges:
        first, last = ranges.pop()
        try:
            part = await table.take_offsets(list(range(first, last))).select(names).to_arrow()
            parts.append(part.cast(schema))
        except (RuntimeError, ValueError, OSError, pa.ArrowException):
            if last - first > 1:
                middle = (first + last) // 2
                ranges += [(first, middle), (middle, last)]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _chunks(count: int, size: int = 512) -> Iterator[tuple[int, int]]:
    for first in range(0, count, size):
        yield first, min(first + size, count)


async def _with_older(connection: Any, layout: Layout, rows: pa.Table, version: int) -> pa.Table:
    """The rows, and those that only an older version can still read (before a compaction, say)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for older in range(version - 1, max(0, version - 50), -1):
        try:
            table = await connection.open_table(layout.name, version=older)
            found = await _readable_rows(table, layout, await table.count_rows())
        except (RuntimeError, ValueError, OSError):
            continue
        known = pc.is_in(found.column(layout.key), value_set=rows.column(layout.key).combine_chunks())
        rows = pa.concat_tables([rows, found.filter(pc.invert(known))])
    return rows


async def _replace(uri: str, layout: Layout, aside: Path, rows: pa.Table) -> None:
    """Put a new table with the saved rows where the damaged one was: built apart, then two renames."""
    built = aside / "built"
    await make(await connect(str(built)), layout, rows)
    name = f"{layout.name}.lance"
    place = Path(uri) / name
    if place.exists():
        os.replace(place, aside / name)
    os.replace(built / name, place)
    built.rmdir()


def _notice(layout: Layout, saved: Saved, aside: Path, reason: str) -> str:
    kept = saved.rows.num_rows
    if saved.expected is None:
        what = f"{kept} rows were recovered; how many are lost is not known" if kept else "nothing of it could be read"
    else:
        what = f"{kept} of {saved.expected} rows were recovered"
    if layout.precious:
        then = "What is still in the journal is kept."
    else:
        then = "What is missing is computed again by the next shift."
    return f"Table {layout.name} was damaged ({reason}): {what}. {then} The damaged files are kept in {aside}."
