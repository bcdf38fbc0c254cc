"""The standing context in memory, kept equal to the disk: the tree, the index over it, and the sources that answers rest on.

Every lookup begins with `refresh`: what was written to disk before it began is seen. A few changed files are parsed on
the spot; more are `behind` until `catch_up` (here, in bites) or a shift (whose rows `adopt` takes over) has read them.
Nothing is answered while anything is behind. What the answers are: `server/lookup.py`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import anyio

from store.graph.index import Index
from store.question.find import Finder
from store.source.read import read
from store.source.tree import Tree
from store.steady import SteadySources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from store.source.record import FileRecord, Row
    from store.source.tree import Entry

ON_THE_SPOT = 40
"""Changed files that a lookup reads itself, at some milliseconds each."""

BITE = 10
"""Files that `catch_up` reads before it lets a waiting lookup in."""


class Live:
    """One repository in memory.

    `turn` is for tasks: who holds it has the index unchanged from its refresh to its answer. `lock` is for threads: whoever
    looks into `sources` holds it, for as long as one look takes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.turn = anyio.Lock()
        self.lock = threading.RLock()
        self.tree = Tree(root)
        self.index = Index()
        self.sources = SteadySources(self.index, self.tree)
        self.behind: list[str] = []
        self._finder: Finder | None = None
        self._making = threading.Lock()

    def refresh(self, on_the_spot: int = ON_THE_SPOT) -> bool:
        """Make the index equal to the disk; False if too much changed for that, and `behind` tells what."""
        with self.lock:
            changes = self.tree.sync(on_the_spot)
            self._apply(changes.changed, changes.gone)
            self.behind = changes.pending
            return not self.behind

    def watch(self) -> None:
        """Have a large tree watched, so that a refresh looks only where something happened. For when nobody waits."""
        with self.lock:
            self.tree.watch()

    def catch_up(self) -> bool:
        """Read one bite of what is behind; whether more is left. To be called again and again by whoever has the time."""
        with self.lock:
            if self.behind:
                bite, self.behind = self.behind[:BITE], self.behind[BITE:]
                changes = self.tree.take(bite)
                self._apply(changes.changed, changes.gone)
            return bool(self.behind) or not self.refresh()

    def adopt(self, rows: Sequence[tuple[Row, Entry]]) -> bool:
        """Take stored rows over where they bring the index nearer to the disk; whether nothing is behind any more.

        A new index is made beside the old one, so lookups go on meanwhile.
        """
        fresh = Live(self.root)
        fresh._load(rows, self._give_way)
        fresh.refresh()
        with self.lock:
            if len(fresh.behind) < len(self.behind) or not len(self.index):
                self.tree, self.index, self.sources = fresh.tree, fresh.index, fresh.sources
                self.behind, self._finder = fresh.behind, None
            return not self.behind

    def _load(self, rows: Sequence[tuple[Row, Entry]], between: Callable[[], None]) -> None:
        self.tree.seed({row.record.path: entry for row, entry in rows})
        self.index.load(_between(rows, between))

    def _apply(self, changed: Mapping[str, bytes], gone: Sequence[str]) -> None:
        if changed or gone:
            records: list[FileRecord] = [read(path, data) for path, data in changed.items()]
            self.index.apply(records, gone)

    # -- finding by description --------------------------------------------------------------------------------------------

    @property
    def finder(self) -> Finder | None:
        """The full text, if it has been made. It follows the index by itself."""
        return self._finder

    def make_finder(self) -> Finder:
        """Make the full text, which takes seconds on a large repository: beside the lookups, not under their lock."""
        with self._making:
            while (made := self._finder) is None:
                index = self.index
                finder = Finder(index)
                try:
                    finder.follow(self._give_way)
                except RuntimeError:  # the index changed under it
                    continue
                with self.lock:
                    if index is self.index:
                        self._finder = finder
        return made

    def _give_way(self) -> None:
        """Wait while a lookup is at work: two busy threads would slow each other down far more than by half."""
        with self.lock:
            pass


def _between(rows: Sequence[tuple[Row, Entry]], give_way: Callable[[], None]) -> Iterator[Row]:
    for row, _ in rows:
        give_way()
        yield row
