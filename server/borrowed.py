"""What is known of one shared tier (or one's own store, in an object store): a copy in memory, read again in the background.

Nobody who asks ever waits for it. It may be far away, gone, damaged, written by a newer forethought, or slow: then what was read
before is used on (whether it is fresh is checked where it is used, against this working tree), people are told once, and it is
tried again. Nothing is written to a tier here (`sleep/promote.py`). Putting the tiers together is `server/tiers.py`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.columns import decoded
from store.errors import UNREACHABLE, NoStore, StoreTooNew
from store.home import Home
from store.lance import short
from store.tables import Store
from store.words import Card, Lesson, PreAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from store.schema import TableName

log = logging.getLogger("forethought")

LOOKED_AFTER_S = 15.0
"""How old what is known of a shared tier may be. It decides what can be found there, never what is fresh."""

LONGEST_WAIT_S = 300.0
"""A tier that fails is tried again after 15 s, then 30 s, and so on up to this."""

LESSONS = 500
"""Of a tier, the newest: nobody reads more, and each is compared with each."""

WITHIN_S = 60.0
"""What takes longer to be read is as good as not there, until the next try."""

Tier = Literal["individual", "team", "org"]


class Shared(NamedTuple):
    """Where a shared tier is."""

    tier: Tier
    location: str


class Worded(NamedTuple):
    """The free-form answers of a tier and, row by row, the vectors of their questions."""

    rows: Sequence[PreAnswer] = ()
    vectors: NDArray[np.float32] | None = None


class Borrowed:
    """The copy of one shared tier. Its rows say whose they are. `changed` is called when other lessons are there."""

    def __init__(self, root: Path, shared: Shared, changed: Callable[[], object] = lambda: None) -> None:
        self.tier, self.location = shared
        self.name = "Your own store" if self.tier == "individual" else f"The {self.tier}'s tier"
        self.lessons: Sequence[Lesson] = ()
        self._root, self._changed = root, changed
        self._store: Store | None = None
        self._versions: dict[TableName, int] = {}
        self._bodies: dict[str, list[str]] = {}
        self._rows: dict[str, list[PreAnswer]] = {}
        self._cards: dict[str, str] = {}
        self._worded = Worded()
        self._due, self._failures = 0.0, 0

    def rows(self, key: str) -> list[PreAnswer]:
        """Every answer to a key."""
        if key in self._bodies:
            found = decoded(PreAnswer, self._bodies.pop(key))
            self._rows[key] = [row.model_copy(update={"tier": self.tier}) for row in found]
        return self._rows.get(key, [])

    def card(self, subject: str) -> Card | None:
        """The card of a subject, if it says more than what anybody can work out from the sources."""
        body = self._cards.get(subject)
        return None if body is None else next(iter(decoded(Card, [body])), None)

    @property
    def free(self) -> bool:
        """Whether there are answers that somebody worded."""
        return bool(self._worded.rows)

    @property
    def read(self) -> bool:
        """Whether it was ever read."""
        return bool(self._versions)

    def near(self, vector: Sequence[float], limit: int) -> list[tuple[PreAnswer, float]]:
        """The free-form answers to the nearest questions, nearest first, each with its cosine."""
        import numpy as np

        rows, vectors = self._worded
        if vectors is None:
            return []
        scores = vectors @ np.asarray(vector, dtype=np.float32)
        return [(rows[n], float(scores[n])) for n in np.argsort(-scores, kind="stable")[:limit]]

    # -- keeping it up to date ---------------------------------------------------------------------------------------------

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() >= self._due

    async def refresh(self) -> None:
        """Read what is new. Whatever goes wrong is told once, and tried again later."""
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._read()
        except UNREACHABLE as problem:
            self._failed(problem)
            return
        if self._failures:
            log.warning("%s at %s is read again.", self.name, self.location)
        self._failures, self._due = 0, time.monotonic() + LOOKED_AFTER_S

    def close(self) -> None:
        """Let go of the store; what was read stays."""
        if self._store is not None:
            self._store.close()
            self._store = None

    async def _read(self) -> None:
        """Each table by itself, so that a slow connection gets further with every try."""
        store = await self._opened()
        tables: tuple[TableName, ...] = ("lessons", "preanswers", "cards")
        found = await asyncio.gather(*(store.table(name).version() for name in tables))
        for name, version in zip(tables, found, strict=True):
            if self._versions.get(name) != version:
                await self._read_table(store, name)
                self._versions[name] = version

    async def _read_table(self, store: Store, name: TableName) -> None:
        if name == "lessons":
            self.lessons = await self._their_lessons(store)
            self._changed()
        elif name == "cards":
            self._cards = dict(await store.cards_that_tell_more())
        else:
            await self._read_answers(store)

    async def _opened(self) -> Store:
        if self._store is None:
            home = await asyncio.to_thread(Home, self._root, self.location, create=False)
            home.mends = False
            self._store = await Store.open(home, create=False)
        elif not self._store.home.remote and not await asyncio.to_thread(self._store.home.layouts):
            raise NoStore(self._store.uri)  # to LanceDB, a folder that went away is an empty one
        return self._store

    async def _their_lessons(self, store: Store) -> Sequence[Lesson]:
        """What somebody prefers for themselves is nobody else's business, whatever it is doing there."""
        shown = [one for one in await store.lessons() if one.state == "active" and one.scope != "me"]
        return [one.model_copy(update={"tier": self.tier}) for one in shown[:LESSONS]]

    async def _read_answers(self, store: Store) -> None:
        bodies = await store.bodies()
        rows, vectors = await store.worded()
        marked = [row.model_copy(update={"tier": self.tier}) for row in rows]
        self._bodies, self._rows, self._worded = bodies, {}, Worded(marked, vectors)

    def _failed(self, problem: Exception) -> None:
        if not self._failures:
            why = short(problem) or f"it did not answer within {WITHIN_S:.0f} s."
            log.warning(
                "%s at %s cannot be read now: %s Answers go on without what is new there; it is tried again.",
                self.name, self.location, why,
            )  # fmt: skip
        self.close()
        if isinstance(
            problem, (NoStore, StoreTooNew)
        ):  # it is not there, or not to be understood: not a bad connection
            self._forget()
        self._due = time.monotonic() + min(LONGEST_WAIT_S, LOOKED_AFTER_S * 2.0 ** min(self._failures, 10))
        self._failures += 1

    def _forget(self) -> None:
        self.lessons, self._bodies, self._rows, self._cards, self._worded = (), {}, {}, {}, Worded()
        self._versions = {}
        self._changed()
