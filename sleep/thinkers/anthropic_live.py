"""Claude, one request after the other: for a shift that somebody waits for, and for asks that share a cached pack.

At half the price but hours later: `anthropic_batches.py`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from sleep.thinkers.dialect import native
from sleep.thinkers.sending import Sending, Stopped
from sleep.thinkers.thinker import Ask, Reply
from sleep.thinking.budget import OverBudget
from sleep.thinking.prices import UnknownModel

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

AT_ONCE = 3


class AnthropicLive(Sending):
    """See `Thinker`. Asks about one pack go one after the other, so that the second finds the cache; packs go side by side."""

    name = "anthropic"
    at_once = AT_ONCE

    async def think(self, asks: Sequence[Ask]) -> AsyncIterator[Reply]:
        """As `Thinker.think`."""
        replies, fresh = self._known(asks)
        for reply in replies:
            yield reply
        if not fresh or self.stopped:
            return
        try:
            async with self._connected() as client:
                for model in dict.fromkeys(a.model for a in fresh):
                    await self._prove(client, model)
                async for reply in self._all(client, fresh):
                    yield reply
        except (Stopped, OverBudget, UnknownModel) as stop:
            self.stopped = str(stop)

    async def _all(self, client: AsyncAnthropic, asks: Sequence[Ask]) -> AsyncIterator[Reply]:
        by_pack: dict[str, list[Ask]] = defaultdict(list)
        for ask in asks:
            by_pack[ask.pack.digest].append(ask)
        waiting = list(by_pack.values())
        running: set[asyncio.Task[list[Reply]]] = set()
        try:
            while running or (waiting and not self.stopped):
                while waiting and not self.stopped and len(running) < self.at_once:
                    running.add(asyncio.create_task(self._in_turn(client, waiting.pop(0))))
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    for reply in task.result():
                        yield reply
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _in_turn(self, client: AsyncAnthropic, asks: Sequence[Ask]) -> list[Reply]:
        """The asks about one pack. What stops one stops all that come after it; replies that came are handed on."""
        replies: list[Reply] = []
        for ask in asks:
            if self.stopped or not await self._turn():
                break
            try:
                reply = await self._one(client, ask)
            except (Stopped, OverBudget, UnknownModel) as stop:
                self.stopped = self.stopped or str(stop)
                break
            if reply is not None:
                replies.append(reply)
        return replies

    async def _one(self, client: AsyncAnthropic, ask: Ask) -> Reply | None:
        params = native(ask)
        await self._reserve(client, ask, params)
        return await self._answered(client, ask, params)
