"""The tiers that are read through: one's own store first, then the team's, then the organisation's.

What a shared tier holds is no more believed than what one's own does: every answer is checked against this working tree where
it is used (`server/lookup.py`). A tier that cannot be read is told of once, and done without. Nothing is written to one here
(`sleep/promote.py`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from server.shelf import Shelf
from store.errors import ForethoughtError
from store.home import Home
from store.tables import Store
from store.words import Lesson

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from store.words import Card, PreAnswer

log = logging.getLogger("forethought")

LOOKED_AFTER_S = 15.0
"""How old what is known of a shared tier's tables may be. It decides what can be found there, never what is fresh."""

FAILURES = (ForethoughtError, OSError, RuntimeError, ValueError)
"""What a store that is far away, half there or gone may raise through LanceDB."""

Tier = Literal["individual", "team", "org"]


class Shared(NamedTuple):
    """Where a shared tier is."""

    tier: Tier
    location: str


class Borrowed(Shelf):
    """The shelf of a shared tier. Its rows say whose they are."""

    def __init__(self, store: Store, tier: Tier) -> None:
        super().__init__(store)
        self.tier = tier
        self._looked: dict[str, float] = {}

    async def rows(self, keys: Sequence[str]) -> dict[str, list[PreAnswer]]:
        found = await super().rows(keys)
        return {key: [row.model_copy(update={"tier": self.tier}) for row in rows] for key, rows in found.items()}

    async def _moved(self, table: Literal["preanswers", "cards"]) -> bool:
        if time.monotonic() - self._looked.get(table, float("-inf")) < LOOKED_AFTER_S:
            return False
        self._looked[table] = time.monotonic()
        return await super()._moved(table)


class Tiered(Shelf):
    """One's own shelf, with what the shared ones add to it."""

    def __init__(self, store: Store, shared: Sequence[Borrowed] = ()) -> None:
        super().__init__(store)
        self._shared = list(shared)

    async def rows(self, keys: Sequence[str]) -> dict[str, list[PreAnswer]]:
        """Nearest first."""
        found = await super().rows(keys)
        for shelf in [*self._shared]:
            try:
                for key, rows in (await shelf.rows(keys)).items():
                    found[key] += rows
            except FAILURES as problem:
                self._without(shelf, problem)
        return found

    async def card(self, subject: str) -> Card | None:
        """The nearest one."""
        found = await super().card(subject)
        for shelf in [*self._shared] if found is None else []:
            try:
                if (found := await shelf.card(subject)) is not None:
                    break
            except FAILURES as problem:
                self._without(shelf, problem)
        return found

    async def lessons(self) -> list[Lesson]:
        """What was learnt, nearest first; what somebody else prefers for themselves is none of ours."""
        found = {lesson.id: lesson for lesson in await self.store.entries("lessons", Lesson)}
        for shelf in [*self._shared]:
            try:
                for lesson in await shelf.store.entries("lessons", Lesson):
                    if lesson.scope != "me":
                        found.setdefault(lesson.id, lesson.model_copy(update={"tier": shelf.tier}))
            except FAILURES as problem:
                self._without(shelf, problem)
        said: dict[str, Lesson] = {}
        for lesson in found.values():
            said.setdefault(lesson.text.casefold(), lesson)
        return list(said.values())

    def close(self) -> None:
        """Let go of the shared stores; one's own is closed by who opened it."""
        for shelf in self._shared:
            shelf.store.close()

    def _without(self, shelf: Borrowed, problem: Exception) -> None:
        log.warning("The %s's tier cannot be read and is left out: %s", shelf.tier, problem)
        self._shared.remove(shelf)


async def borrowed(root: Path, shared: Sequence[Shared]) -> list[Borrowed]:
    """The shelves of the tiers that are there."""
    found = []
    for tier, location in shared:
        try:
            home = await asyncio.to_thread(Home, root, location, create=False)
            found.append(Borrowed(await Store.open(home, create=False), tier))
        except FAILURES as problem:
            log.warning("The %s's tier at %s is left out: %s", tier, location, problem)
    return found
