"""The store: what is kept of a repository between questions, in the words of `store/words.py`.

How a table is read and written, and survives conflicts and damage: `store/lance.py`. Its columns: `store/schema.py`.
Nothing here is written for a request: what a request leaves behind goes into the journal (`store/journal.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from store import columns
from store.encoding import line_of
from store.errors import NoStore, StoreTooNew
from store.lance import KEEP, Table, connect, short
from store.nearest import fused
from store.schema import DIMENSION, LAYOUTS, LogName, TableName, one_of, quoted, search_words
from store.words import ANALYSER_VERSION, SCHEMA_VERSION, Asked, Card, Lesson, PreAnswer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from store.columns import Vector
    from store.encoding import Line
    from store.home import Home
    from store.source.record import Row
    from store.source.tree import Entry
    from store.words import Word

W = TypeVar("W", bound="Word")

_OURS = f"analyser = {ANALYSER_VERSION}"
_SERVED = f"{_OURS} AND quarantined = ''"
_IN_LIST = 2_000
_WORDED = 5_000
_LESSONS = 5_000
"""More than consolidation keeps (`sleep/consolidate/curate.py`)."""


class Store:
    """All tables of one store. Made by `Store.open`; safe to use from several tasks of one event loop.

    `notices` tells people what happened to the store: what was damaged, recovered, migrated or rebuilt.
    """

    def __init__(self, home: Home, connection: Any, layout: int) -> None:
        self.home = home
        self.uri = home.tables(layout)
        self.notices: list[str] = []
        self._connection = connection
        self._tables = {n: Table(connection, each, home, self.uri, self.notices) for n, each in LAYOUTS.items()}

    @classmethod
    async def open(cls, home: Home, *, create: bool = True, layout: int = SCHEMA_VERSION) -> Store:
        """Open the store of a home. Raises StoreTooNew, and NoStore where there is none and `create` is False."""
        from store.migrate import begin

        present = home.layouts()
        if present and present[-1] > layout:
            raise StoreTooNew(home.tables(present[-1]), present[-1], layout)
        if not create and not present and not home.remote:
            raise NoStore(home.tables(layout))
        store = cls(home, await connect(home.tables(layout)), layout)
        await begin(store, layout, create=create)
        return store

    def close(self) -> None:
        """Let go of everything. The store can be opened again."""
        for table in self._tables.values():
            table.forget()
        self._connection.close()

    def table(self, name: TableName) -> Table:
        """One table, for what this class has no method for."""
        return self._tables[name]

    # -- files -----------------------------------------------------------------------------------------------------------

    async def rows(self) -> list[tuple[Row, Entry]]:
        """Every file's row that this analyser wrote, with what the disk was then."""
        found = await self.table("files").scan(["digest", *columns.STAT, "blob"], _OURS)
        return await asyncio.to_thread(columns.rows, found)

    async def rows_of(self, paths: Iterable[str]) -> list[tuple[Row, Entry]]:
        """The rows of some files; those that are not stored are left out."""
        found: list[tuple[Row, Entry]] = []
        for some in _portions(paths):
            where = f"{_OURS} AND {one_of('path', some)}"
            found += columns.rows(await self.table("files").scan(["digest", *columns.STAT, "blob"], where))
        return found

    async def digests(self) -> dict[str, str]:
        """Path -> digest of the files whose rows this analyser wrote."""
        found = await self.table("files").scan(["path", "digest"], _OURS)
        return dict(zip(found["path"].to_pylist(), found["digest"].to_pylist(), strict=True))

    async def put_rows(self, rows: Sequence[tuple[Row, Entry]]) -> None:
        """Store files' rows, replacing what was there."""
        await self.table("files").upsert([columns.of_file(row, entry) for row, entry in rows])

    async def drop_rows(self, paths: Iterable[str]) -> None:
        """Forget files."""
        await self._drop("files", paths)

    # -- pre-answers and cards -------------------------------------------------------------------------------------------

    async def preanswers(self) -> list[PreAnswer]:
        """All pre-answers of this analyser, also quarantined ones."""
        return columns.words(PreAnswer, await self.table("preanswers").scan(["body"], _OURS))

    async def keys(self) -> set[str]:
        """The canonical keys that pre-answers are stored under."""
        return set((await self.table("preanswers").scan(["key"], _SERVED))["key"].to_pylist())

    async def bodies(self) -> dict[str, list[str]]:
        """By key, the undecoded pre-answers that may be served: for who decodes the few that are asked for."""
        found = await self.table("preanswers").scan(["key", "body"], _SERVED)
        bodies: dict[str, list[str]] = {}
        for key, body in zip(found["key"].to_pylist(), found["body"].to_pylist(), strict=True):
            bodies.setdefault(key, []).append(body)
        return bodies

    async def worded(self) -> tuple[list[PreAnswer], NDArray[np.float32]]:
        """The pre-answers that may be served, that somebody worded and that have a vector, newest first, with their vectors."""
        import numpy as np

        where = f"{_SERVED} AND origin != 'structural' AND vector IS NOT NULL"
        found = (await self.table("preanswers").scan(["body", "vector", "created"], where)).sort_by(
            [("created", "descending")]
        )
        rows = [columns.decoded(PreAnswer, [body]) for body in found["body"].to_pylist()[:_WORDED]]
        vectors = [vector for made, vector in zip(rows, found["vector"].to_pylist(), strict=False) if made]
        return [row for made in rows for row in made], np.asarray(vectors, dtype=np.float32).reshape(-1, DIMENSION)

    async def preanswers_of(self, keys: Iterable[str]) -> list[PreAnswer]:
        """The pre-answers stored under canonical keys, newest first.

        A key has several where it was answered in several states of the sources (two branches, say). Which of them is
        fresh is for `store/evidence.py` to say.
        """
        found: list[PreAnswer] = []
        for some in _portions(keys):
            where = f"{one_of('key', some)} AND {_SERVED}"
            found += columns.words(PreAnswer, await self.table("preanswers").scan(["body"], where))
        return sorted(found, key=lambda row: row.created, reverse=True)

    async def preanswer(self, key: str) -> PreAnswer | None:
        """The newest pre-answer stored under a canonical key."""
        return next(iter(await self.preanswers_of([key])), None)

    async def put_preanswers(self, rows: Sequence[tuple[PreAnswer, Vector | None]]) -> None:
        """Store pre-answers with their questions' vectors, replacing those of the same variants."""
        await self.table("preanswers").upsert([columns.of_preanswer(row, vector) for row, vector in rows])

    async def drop_preanswers(self, variants: Iterable[str]) -> None:
        """Forget pre-answers (by `PreAnswer.variant`)."""
        await self._drop("preanswers", variants)

    async def nearest_preanswers(
        self, vector: Vector | None, text: str, limit: int, *, free: bool = False
    ) -> list[tuple[PreAnswer, float]]:
        """Proposals, best first: by meaning (the vector) and by words (the text), ranks fused. Never a licence to serve.

        The number is the cosine between the vector and the row's; without a vector, 1 for the best by words and less after it.
        `free`: only those that somebody worded.
        """
        where = f"{_SERVED} AND origin != 'structural'" if free else _SERVED
        if limit <= 0:
            return []
        bodies = await fused(self.table("preanswers"), where, vector, search_words(text), limit)
        return [(row, score) for body, score in bodies for row in columns.decoded(PreAnswer, [body])]

    async def cards(self) -> list[Card]:
        """All cards of this analyser."""
        return columns.words(Card, await self.table("cards").scan(["body"], _OURS))

    async def card(self, subject: str) -> Card | None:
        """The card of a file, folder, topic or the repo."""
        found = await self.table("cards").scan(["body"], f"subject = {quoted(subject)} AND {_OURS}")
        return next(iter(columns.words(Card, found)), None)

    async def cards_that_tell_more(self) -> list[tuple[str, str]]:
        """Subject and undecoded body of the cards with facts that were not worked out from the sources alone."""
        found = await self.table("cards").scan(["subject", "body"], f"{_OURS} AND body LIKE '%\"inferred\":true%'")
        return list(zip(found["subject"].to_pylist(), found["body"].to_pylist(), strict=True))

    async def put_cards(self, rows: Sequence[tuple[Card, Vector | None]]) -> None:
        """Store cards, replacing those of the same subjects."""
        await self.table("cards").upsert([columns.of_card(card, vector) for card, vector in rows])

    async def drop_cards(self, subjects: Iterable[str]) -> None:
        """Forget cards."""
        await self._drop("cards", subjects)

    # -- logs ------------------------------------------------------------------------------------------------------------

    async def add(self, name: LogName, entries: Sequence[Word]) -> None:
        """Add entries to a log. An entry with the id of an earlier one replaces it, so adding twice is adding once."""
        await self.add_lines(name, [line_of(entry) for entry in entries])

    async def add_lines(self, name: LogName, lines: Sequence[Line]) -> None:
        """The same for entries as the journal has them."""
        await self.table(name).upsert([columns.of_line(line) for line in lines])

    async def entries(self, name: LogName, model: type[W], limit: int = 1_000) -> list[W]:
        """The newest entries of one kind, newest first."""
        where = f"type = {quoted(model.__name__)}"
        return columns.words(model, await self.table(name).newest(["body"], "at", limit, where))

    async def replace_entries(self, name: LogName, entries: Sequence[Word], gone: Iterable[str]) -> None:
        """Add entries and delete others in one commit: whoever reads or is killed meanwhile sees both or neither."""
        lines = [columns.of_line(line_of(entry)) for entry in entries]
        await self.table(name).upsert(lines, list(dict.fromkeys(gone)))

    async def trim(self, name: LogName, keep: int) -> None:
        """Delete all but the newest entries of a log."""
        kept = (await self.table(name).newest(["at"], "at", keep))["at"].to_pylist()
        if len(kept) >= keep > 0:
            await self.table(name).delete(f"at < {int(min(kept))}")

    async def add_queries(self, asked: Sequence[Asked]) -> None:
        """Add to what was asked."""
        await self.add("queries", asked)

    async def queries(self, limit: int = 1_000) -> list[Asked]:
        """What was asked, newest first. What the sleeper has not yet folded from the journal is not among it."""
        return await self.entries("queries", Asked, limit)

    async def lessons(self) -> list[Lesson]:
        """All that was learnt, whatever its state, newest first."""
        return await self.entries("lessons", Lesson, _LESSONS)

    # -- the store itself ------------------------------------------------------------------------------------------------

    async def meta_get(self, name: str) -> str | None:
        """A value that was set under a name."""
        found = await self.table("meta").scan(["value"], f"key = {quoted(name)}")
        values: list[str] = found["value"].to_pylist()
        return values[0] if values else None

    async def meta_set(self, name: str, value: str) -> None:
        """Set a value under a name."""
        await self.table("meta").upsert([{"key": name, "value": value}])

    async def meta_swap(self, name: str, then: str | None, value: str) -> bool:
        """Set a value if the one before is still `then` (None: there is none), whoever else tries. `value` is nobody else's."""
        where = None if then is None else f"target.value = {quoted(then)}"
        await self.table("meta").swap({"key": name, "value": value}, where)
        return await self.meta_get(name) == value

    async def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        names = list(self._tables)
        return dict(zip(names, await asyncio.gather(*(self._tables[n].count() for n in names)), strict=True))

    async def versions(self) -> dict[str, int]:
        """The number of each table's last commit, by whichever process; cheap enough to be asked every second."""
        names = list(self._tables)
        return dict(zip(names, await asyncio.gather(*(self._tables[n].version() for n in names)), strict=True))

    async def sizes(self) -> dict[str, int]:
        """The bytes that the rows of each table take, without indices and older versions."""
        return {name: await table.size() for name, table in self._tables.items()}

    async def drop_outdated(self) -> None:
        """Delete what older analysers computed: nobody reads it any more. Rows of a newer one, on a shared store, stay."""
        names: tuple[TableName, ...] = ("files", "cards", "preanswers")
        for name in names:
            await self.table(name).delete(f"analyser < {ANALYSER_VERSION}")

    async def optimize(self, keep: timedelta = KEEP) -> None:
        """Compact all tables: for the sleeper, when it has written a lot. Another one at it already is no error."""
        from filelock import Timeout

        lock = self.home.lock("optimize", wait=0)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return
        try:
            for table in self._tables.values():
                try:
                    await table.optimize(keep)
                except RuntimeError as error:  # it only makes room: the table is what it was
                    self.notices.append(f"Table {table.layout.name} could not be compacted this time: {short(error)}.")
        finally:
            lock.release()

    async def _drop(self, name: TableName, keys: Iterable[str]) -> None:
        table = self.table(name)
        for some in _portions(keys):
            await table.delete(one_of(table.layout.key, some))


def _portions(keys: Iterable[str]) -> list[list[str]]:
    unique = list(dict.fromkeys(keys))
    return [unique[i : i + _IN_LIST] for i in range(0, len(unique), _IN_LIST)]
