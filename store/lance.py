"""One LanceDB table, and the only place that knows how LanceDB behaves: its calls, its conflicts, its errors.

Everything that is read or written goes through `Table._run`, which tries again on a conflict, opens again on a handle that went
stale, hands a damaged table to `store/repair.py`, and turns what remains into `store/errors.py`. Which tables there are, and what
their rows mean, is `store/tables.py`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from store.encoding import clean
from store.errors import StoreBusy, StoreDamaged, StoreFull, StoreUnwritable
from store.loading import load
from store.schema import IVF_ROWS, Layout, one_of

if TYPE_CHECKING:
    import pyarrow as pa

    from store.home import Home

T = TypeVar("T")

KEEP = timedelta(minutes=10)
"""Older versions younger than this are kept by `optimize`: another process may be reading them."""

_ATTEMPTS = 8

_CONFLICT = ("Retryable commit conflict", "Too many concurrent writers", "Commit conflict", "concurrent transaction")
_FULL = ("os error 28", "No space left", "os error 122", "Disk quota", "os error 27")
_DENIED = ("os error 13", "Permission denied", "os error 30", "Read-only file system", "os error 1)")
_PASSING = ("os error 24", "Too many open files", "os error 12)", "os error 23")


class Table:
    """One table. It is made when it is first written; until then it reads as empty."""

    def __init__(self, connection: Any, layout: Layout, home: Home, uri: str, notices: list[str]) -> None:
        self.layout = layout
        self._connection = connection
        self._home = home
        self._uri = uri
        self._notices = notices
        self._handle: Any = None
        self._place = place_of(uri, layout.name)

    async def scan(self, columns: Sequence[str], where: str | None = None) -> pa.Table:
        """The chosen columns of all rows that pass the filter."""

        async def action(table: Any) -> Any:
            query = table.query().select(list(columns))
            return await (query.where(where) if where else query).to_arrow()

        found: pa.Table | None = await self._run(action)
        return self._nothing(columns) if found is None else found

    async def newest(self, columns: Sequence[str], by: str, limit: int, where: str | None = None) -> pa.Table:
        """The rows with the greatest `by`, greatest first."""
        order = await self.scan([by], where)
        values = sorted(order.column(by).to_pylist(), reverse=True)
        if not values or limit <= 0:
            return self._nothing(columns)
        oldest = f"{by} >= {int(values[min(limit, len(values)) - 1])}"
        found = await self.scan(
            [*columns, by] if by not in columns else columns, f"({where}) AND {oldest}" if where else oldest
        )
        return found.sort_by([(by, "descending")]).slice(0, limit).select(list(columns))

    async def near(self, vector: Sequence[float], columns: Sequence[str], where: str, limit: int) -> pa.Table:
        """The rows whose vectors are nearest, with `_distance` (cosine)."""

        async def action(table: Any) -> Any:
            query = table.query().nearest_to(list(vector)).distance_type("cosine")
            return await query.where(where).select([*columns, "_distance"]).limit(limit).to_arrow()

        found: pa.Table | None = await self._run(action)
        return self._nothing(columns) if found is None else found

    async def matching(self, words: str, columns: Sequence[str], where: str, limit: int) -> pa.Table:
        """The rows whose search text fits the words best, with `_score`."""

        async def action(table: Any) -> Any:
            try:
                query = table.query().nearest_to_text(words).where(where)
                return await query.select([*columns, "_score"]).limit(limit).to_arrow()
            except (RuntimeError, ValueError):
                # The index can be lost alone, and the rows be well: making it again tells.
                await self._index_text(table)
                query = table.query().nearest_to_text(words).where(where)
                return await query.select([*columns, "_score"]).limit(limit).to_arrow()

        found: pa.Table | None = await self._run(action)
        return self._nothing(columns) if found is None else found

    async def upsert(self, rows: list[dict[str, Any]], gone: Collection[str] = ()) -> None:
        """Insert rows, or replace those of the same key (of several the last counts), and drop keys, all in one commit."""
        dropped = one_of(self.layout.key, gone)
        if not rows:
            if gone:
                await self.delete(dropped)
            return
        data = self._arrow(rows)

        async def action(table: Any) -> None:
            merge = table.merge_insert(self.layout.key).when_matched_update_all().when_not_matched_insert_all()
            if gone:
                merge = merge.when_not_matched_by_source_delete(dropped)
            # A merge that uses a scalar index on the key does not see another writer's insert of the same key.
            # A row may come without a vector (a shift that had to end stores what it has): found by its key alone.
            await merge.use_index(False).execute(data, on_bad_vectors="null")

        await self._run(action, create=True)

    async def swap(self, row: dict[str, Any], where: str | None) -> None:
        """Put a row where the one of its key passes the filter; without a filter, where there is none. In one commit."""
        data = self._arrow([row])

        async def action(table: Any) -> None:
            merge = table.merge_insert(self.layout.key)
            merge = merge.when_matched_update_all(where=where) if where else merge.when_not_matched_insert_all()
            await merge.use_index(False).execute(data)

        await self._run(action, create=True)

    def _arrow(self, rows: list[dict[str, Any]]) -> pa.Table:
        import pyarrow as pa

        unique = {row[self.layout.key]: row for row in rows}
        try:
            return pa.Table.from_pylist(list(unique.values()), schema=self.layout.schema())
        except UnicodeEncodeError:
            cleaned = [{k: clean(v) if isinstance(v, str) else v for k, v in row.items()} for row in unique.values()]
            return pa.Table.from_pylist(cleaned, schema=self.layout.schema())

    async def delete(self, where: str) -> None:
        """Delete the rows that pass the filter."""
        await self._run(lambda table: table.delete(where))

    async def clear(self, column: str) -> None:
        """Make a column null in every row."""
        await self._run(lambda table: table.update(updates_sql={column: "NULL"}))

    async def count(self, where: str | None = None) -> int:
        """How many rows there are."""
        return await self._run(lambda table: table.count_rows(where)) or 0

    async def version(self) -> int:
        """The number of the last commit by anybody; 0 where there is no table."""
        return await self._run(lambda table: table.version()) or 0

    async def size(self) -> int:
        """The bytes of its rows; 0 where there is no table."""

        async def action(table: Any) -> int:
            return int((await table.stats())["total_bytes"])

        return await self._run(action) or 0

    async def optimize(self, keep: timedelta = KEEP) -> None:
        """Compact, index what is new, and drop versions older than `keep`. Conflicts only mean: another time."""

        async def action(table: Any) -> None:
            await table.checkout_latest()
            if self.layout.vector:
                await self._index_vectors(table)
            await table.optimize(cleanup_older_than=keep)

        await self._run(action)

    def forget(self) -> None:
        """Let go of the handle; the next use opens the table again."""
        self._handle = None

    async def create(self) -> Any:
        """The table, made empty if it is not there."""
        async with making(self._home):
            if (handle := await self._open(locked=True)) is None:
                handle = await make(self._connection, self.layout)
        self._handle = handle
        return handle

    async def _open(self, *, locked: bool = False) -> Any:
        if (table := await open_if_there(self._connection, self._uri, self.layout.name)) is not None:
            return table
        if not locked and self._place.exists() and not self._home.remote:
            # Another process may be making it at this moment; if it still is no table then, it is a damaged one.
            async with making(self._home):
                if await open_if_there(self._connection, self._uri, self.layout.name) is None and self._place.exists():
                    raise RuntimeError(f"{self._place.name} has no readable version")
            return await self._open()
        return None

    async def _run(self, action: Callable[[Any], Awaitable[T]], *, create: bool = False) -> T | None:
        """Carry out an action on the table; None where there is no table and none is to be made."""
        failed = 0
        for attempt in range(_ATTEMPTS):
            try:
                if self._handle is None:
                    self._handle = await self._open()
                if self._handle is None and not create:
                    return None
                return await action(self._handle if self._handle is not None else await self.create())
            except (RuntimeError, ValueError, OSError) as error:
                if isinstance(error, StoreBusy):
                    raise
                if _is(error, _CONFLICT):
                    await asyncio.sleep(min(0.5, random.uniform(0.01, 0.05) * 2**attempt))
                    continue
                self._refuse(error)
                self.forget()
                failed += 1
                if failed > 1:  # once may have been a handle that another process's cleanup left behind
                    await self._mend(error, again=failed > 2)
        raise StoreBusy(f"table {self.layout.name!r} of the store")

    def _refuse(self, error: Exception) -> None:
        """Raise what is no damage but a matter of the system."""
        if _is(error, _FULL):
            raise StoreFull(self._uri) from error
        if _is(error, _DENIED):
            raise StoreUnwritable(self._uri) from error
        if _is(error, _PASSING):
            raise error

    async def _mend(self, error: Exception, *, again: bool) -> None:
        from store.repair import mend

        if self._home.remote or not self._home.mends:
            raise StoreDamaged(self.layout.name, self._uri, short(error)) from error
        notice = None if again else await mend(self._home, self._uri, self.layout, error)
        if notice is None:  # it can be read: what failed is the call
            raise error
        self._notices.append(notice)

    async def _index_text(self, table: Any) -> None:
        await table.create_index("search_text", config=_full_text(), replace=True)

    async def _index_vectors(self, table: Any) -> None:
        if await table.count_rows() < IVF_ROWS or any("vector" in i.columns for i in await table.list_indices()):
            return
        from lancedb.index import IvfSq

        await table.create_index("vector", config=IvfSq(distance_type="cosine"))

    def _nothing(self, columns: Sequence[str]) -> pa.Table:
        import pyarrow as pa

        schema = self.layout.schema()
        return pa.schema([schema.field(name) for name in columns]).empty_table()


async def make(connection: Any, layout: Layout, data: pa.Table | None = None) -> Any:
    """Create a table with its indices, empty or with the given rows."""
    table = await connection.create_table(layout.name, schema=layout.schema(), mode="create")
    if data is not None and data.num_rows:
        await table.add(data)
    if layout.text:
        await table.create_index("search_text", config=_full_text())
    return table


def place_of(uri: str, name: str) -> Path:
    """The folder of a table of a store on this machine."""
    return Path(uri, f"{name}.lance")


async def open_if_there(connection: Any, uri: str, name: str) -> Any:
    """The table, or None where LanceDB sees none. Raises RuntimeError, ValueError or OSError on one that it cannot open."""
    if place_of(uri, name).is_file():  # LanceDB would find that out in ten seconds
        raise NotADirectoryError(f"{name}.lance is not a folder")
    try:
        return await connection.open_table(name)
    except ValueError as error:
        if "was not found" in str(error):
            return None
        raise


async def connect(uri: str) -> Any:
    """A connection that sees every commit of other processes. Credentials of an object store come from the environment."""
    lancedb = await asyncio.to_thread(load)
    return await lancedb.connect_async(uri, read_consistency_interval=timedelta(0))


def short(error: Exception) -> str:
    """An error of LanceDB in one line for people, without the places in its own sources."""
    text = str(error).split(", /")[0].split("\n")[0]
    return text.removeprefix("lance error: ")[:200]


def _is(error: Exception, texts: Sequence[str]) -> bool:
    # LanceDB has no typed errors for these.
    return any(text in str(error) for text in texts)


def _full_text() -> Any:
    from lancedb.index import FTS

    # The text was split by `store/schema.py`; stems and stop words are language, and identifiers are not.
    return FTS(base_tokenizer="whitespace", stem=False, remove_stop_words=False)


@asynccontextmanager
async def making(home: Home) -> AsyncIterator[None]:
    """Holds the lock under which tables are made and replaced: two makers at once break one."""
    from filelock import Timeout

    lock = home.lock("tables", wait=60)
    try:
        await asyncio.to_thread(lock.acquire)
    except Timeout as error:
        raise StoreBusy("right to make tables in the store") from error
    try:
        yield
    finally:
        lock.release()
