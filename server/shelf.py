"""What is stored, as a lookup needs it: pre-answers by key and cards by subject, remembered until the store moves on.

It fetches; whether a row is fresh is decided where it is used (`server/lookup.py`), at every use. The tables: `store/tables.py`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from store.columns import decoded
from store.words import PreAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.tables import Store
    from store.words import Card

REMEMBERED = 5_000
"""Rows that are remembered; then all are forgotten and fetched again."""

_WORDED = "explain|text:"
"""How the key of a question begins that is found by its own words (`store.words.verbatim`)."""


class Shelf:
    """The stored answers and cards of one store, and those that this process was just given and the sleeper has yet to store.

    A query of a table costs milliseconds, asking for its version a fraction of one. So the keys that are stored are known, and
    only a row that is there and was not fetched yet is queried for.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._keys: frozenset[str] = frozenset()
        self._free = False
        self._rows: dict[str, list[PreAnswer]] = {}
        self._bodies: dict[str, list[str]] = {}
        self._given: dict[str, list[PreAnswer]] = {}
        self._cards: dict[str, Card | None] = {}
        self._versions = {"preanswers": -1, "cards": -1}
        self._following = asyncio.Lock()

    async def rows(self, keys: Sequence[str]) -> dict[str, list[PreAnswer]]:
        """Every stored answer to each key: one for each state of the sources that somebody answered it in."""
        async with self._following:  # who comes while the keys are being fetched must not take the old ones for the new
            if await self._moved("preanswers") or len(self._rows) > REMEMBERED:
                self._keys = frozenset(await self.store.keys())
                self._free = any(key.startswith(_WORDED) for key in self._keys)
                self._rows.clear()
                self._bodies.clear()
        missing = [key for key in dict.fromkeys(keys) if key in self._keys and not self._known(key)]
        if missing:
            found: dict[str, list[PreAnswer]] = {key: [] for key in missing}
            for row in await self.store.preanswers_of(missing):
                found[row.key].append(row)
            self._rows.update(found)
        return {key: [*self._given.get(key, ()), *self._rows.get(key, ())] for key in keys}

    def _known(self, key: str) -> bool:
        """Whether the rows of a key are at hand; decodes them if they were fetched and not asked for yet."""
        if key in self._bodies:
            self._rows[key] = decoded(PreAnswer, self._bodies.pop(key))
        return key in self._rows

    async def prefetch(self) -> None:
        """Fetch every row undecoded, in the background, unless somebody wrote meanwhile: then one by one is as well."""
        await self.rows([])
        version = await self.store.table("preanswers").version()
        bodies = await self.store.bodies()
        if version == self._versions["preanswers"] == await self.store.table("preanswers").version():
            self._bodies = bodies

    async def card(self, subject: str) -> Card | None:
        """The stored card of a subject."""
        if await self._moved("cards") or len(self._cards) > REMEMBERED:
            self._cards.clear()
        if subject not in self._cards:
            self._cards[subject] = await self.store.card(subject)
        return self._cards[subject]

    async def nearest(self, vector: Sequence[float], question: str, limit: int) -> list[tuple[PreAnswer, float]]:
        """Stored free-form answers to questions like this one, nearest first. Proposals, never a licence to serve."""
        return await self.store.nearest_preanswers(vector, question, limit, free=True)

    def give(self, row: PreAnswer) -> None:
        """Have an answer served from now on, before the sleeper has stored it."""
        others = [given for given in self._given.get(row.key, ()) if given.variant != row.variant]
        self._given[row.key] = [row, *others]

    @property
    def given(self) -> list[PreAnswer]:
        """What this process was given, whether or not it is stored meanwhile."""
        return [row for rows in self._given.values() for row in rows]

    @property
    def free(self) -> bool:
        """Whether there may be stored questions that structure does not answer."""
        return bool(self._given) or self._free

    async def _moved(self, table: Literal["preanswers", "cards"]) -> bool:
        """Whether somebody wrote to a table since it was asked last."""
        version = await self.store.table(table).version()
        moved = version != self._versions[table]
        self._versions[table] = version
        return moved
