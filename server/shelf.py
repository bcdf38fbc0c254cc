"""What is stored, as a lookup needs it: pre-answers by key and cards by subject, remembered until the store moves on.

It fetches; whether a row is fresh is decided where it is used (`server/lookup.py`), at every use. The tables: `store/tables.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.tables import Store
    from store.words import Card, PreAnswer

REMEMBERED = 5_000
"""Keys that are remembered, found or not; then all are forgotten and fetched again."""


class Shelf:
    """The stored answers and cards of one store, and those that this process was just given and the sleeper has yet to store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._rows: dict[str, tuple[PreAnswer, ...]] = {}
        self._given: dict[str, list[PreAnswer]] = {}
        self._cards: dict[str, Card | None] = {}
        self._versions = (-1, -1)

    async def rows(self, keys: Sequence[str]) -> dict[str, list[PreAnswer]]:
        """Every stored answer to each key: one for each state of the sources that somebody answered it in."""
        await self._follow()
        missing = [key for key in dict.fromkeys(keys) if key not in self._rows]
        if missing:
            found: dict[str, list[PreAnswer]] = {key: [] for key in missing}
            for row in await self.store.preanswers_of(missing):
                found[row.key].append(row)
            self._rows.update({key: tuple(rows) for key, rows in found.items()})
        return {key: [*self._given.get(key, ()), *self._rows[key]] for key in keys}

    async def card(self, subject: str) -> Card | None:
        """The stored card of a subject."""
        await self._follow()
        if subject not in self._cards:
            self._cards[subject] = await self.store.card(subject)
        return self._cards[subject]

    def give(self, row: PreAnswer) -> None:
        """Have an answer served from now on, before the sleeper has stored it."""
        others = [given for given in self._given.get(row.key, ()) if given.variant != row.variant]
        self._given[row.key] = [row, *others]

    async def _follow(self) -> None:
        """Forget what was remembered of tables that were written since."""
        versions = (await self.store.table("preanswers").version(), await self.store.table("cards").version())
        if versions != self._versions or len(self._rows) + len(self._cards) > REMEMBERED:
            self._rows.clear()
            self._cards.clear()
            self._versions = versions
