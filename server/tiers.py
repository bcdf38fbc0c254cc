"""The tiers read through: one's own store first, then the team's, then the organisation's.

What a shared tier holds is no more believed than what one's own does: every answer is checked against this working tree where
it is used (`server/lookup.py`). Each shared tier is a copy in memory (`server/borrowed.py`); here they are put together, and
looked after in the background, whenever somebody asks: nobody who asks waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from server.background import Background
from server.borrowed import Borrowed, Shared
from server.learnt import Learnt, learnt
from server.shelf import Shelf
from store.errors import UNREACHABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.lessons import Near
    from store.tables import Store
    from store.words import Card, Lesson, PreAnswer

log = logging.getLogger("forethought")

OWN_LESSONS_S = 2.0
"""How old what is known of one's own lessons may be: they change with a shift."""


def _by_words(_one: str, _other: str) -> float:
    """Nearness in meaning where nobody can tell: then words alone decide."""
    return 0.0


class Tiered(Shelf):
    """One's own shelf, with what the shared tiers add to it. `near` tells how near two texts are, if that is known just now."""

    def __init__(
        self, store: Store, shared: Sequence[Shared] = (), near: Callable[[], Near | None] = lambda: None
    ) -> None:
        super().__init__(store)
        self.learnt = Learnt()
        self._near = near
        self._shared = [Borrowed(store.home.root, one, self._mix) for one in shared]
        self._far: Borrowed | None = None
        """One's own store where it is in an object store: then nobody who asks waits for it either."""
        if store.home.remote and store.home.location:
            self._far = Borrowed(store.home.root, Shared("individual", store.home.location))
        self._own: list[Lesson] = []
        self._own_due, self._own_version = 0.0, -1
        self._background = Background()

    async def rows(self, keys: Sequence[str]) -> dict[str, list[PreAnswer]]:
        """Nearest first."""
        if self._far is None:
            found = await super().rows(keys)
        else:
            found = {key: [*self._given.get(key, ()), *self._far.rows(key)] for key in keys}
        for shelf in self._shared:
            for key in found:
                found[key] += shelf.rows(key)
        self.look_after()
        return found

    async def card(self, subject: str) -> Card | None:
        """The nearest one; what others found out beyond it stands beside it, fact by fact."""
        found = await super().card(subject) if self._far is None else self._far.card(subject)
        for card in (c for shelf in self._shared if (c := shelf.card(subject)) is not None):
            if found is None:
                found = card
                continue
            known = {fact.text for fact in found.facts}
            more = tuple(fact for fact in card.facts if fact.inferred and fact.text not in known)
            if more and card.analyser == found.analyser:
                found = found.model_copy(update={"facts": (*found.facts, *more)})
        self.look_after()
        return found

    async def nearest(self, vector: Sequence[float], question: str, limit: int) -> list[tuple[PreAnswer, float]]:
        """Free-form answers to questions like this one, from every tier; one's own first where they are as near."""
        found = await super().nearest(vector, question, limit) if self._far is None else []
        for shelf in self._copies:
            found += shelf.near(vector, limit)
        return sorted(found, key=lambda pair: -pair[1])

    @property
    def free(self) -> bool:
        return super().free or any(shelf.free for shelf in self._copies)

    async def prefetch(self) -> None:
        """As `Shelf.prefetch`; a far store is read again, because a shift may just have written to it."""
        await (super().prefetch() if self._far is None else self._far.refresh())

    @property
    def all_read(self) -> bool:
        """Whether every shared tier was read at least once."""
        return all(shelf.read for shelf in self._copies)

    @property
    def _copies(self) -> list[Borrowed]:
        """Everything that is read in the background, nearest first."""
        return [*([self._far] if self._far else []), *self._shared]

    # -- in the background -------------------------------------------------------------------------------------------------

    def look_after(self) -> None:
        """Begin to read again what is due, unless that is being done."""
        if time.monotonic() >= self._own_due:
            self._background.begin("own", self._read_own)
        for shelf in self._copies:
            if shelf.due:
                self._background.begin(f"{shelf.tier} {shelf.location}", shelf.refresh)

    async def settled(self, within_s: float) -> None:
        """Begin to look at everything and wait until that was done once, but no longer: for who asks once and goes away."""
        self.look_after()
        if within_s <= 0:
            return
        await self._background.wait(within_s)
        for shelf in self._copies:
            if self._background.running(f"{shelf.tier} {shelf.location}"):
                log.warning("%s did not answer within %g s; it is left out this time.", shelf.name, within_s)
        await self.lessons()

    async def lessons(self) -> list[Lesson]:
        """What was learnt, nearest first: one's own is read if it never was; nobody waits for a shared tier."""
        if self._own_version < 0:
            await self._read_own()
        if (mixing := self._background.running("lessons")) is not None:
            await asyncio.wait([mixing])
        return self.learnt.lessons

    async def _read_lessons(self) -> None:
        self._own_due = time.monotonic() + OWN_LESSONS_S
        table = self.store.table("lessons")
        if (version := await table.version()) == self._own_version:
            return
        self._own = await self.store.lessons()
        self._own_version = version
        self._mix()

    async def _read_own(self) -> None:
        try:
            await self._read_lessons()
        except UNREACHABLE as problem:
            log.warning("What was learnt here cannot be read now: %s", problem)

    def _mix(self) -> None:
        """Put the lessons of all tiers together. In the background too: comparing hundreds takes a moment."""
        if len(self._own) + sum(len(shelf.lessons) for shelf in self._shared) == 0:
            self.learnt = Learnt()
        else:
            self._background.begin("lessons", self._mixed, again=True)

    async def _mixed(self) -> None:
        lessons = [*self._own, *(lesson for shelf in self._shared for lesson in shelf.lessons)]
        self.learnt = await asyncio.to_thread(learnt, lessons, self._near() or _by_words)

    async def close(self) -> None:
        """End what runs in the background and let go of the shared stores; one's own is closed by who opened it."""
        await self._background.close()
        for shelf in self._copies:
            shelf.close()
