"""What the sending thinkers have in common: one request with its retries, its bill, and the first small request to a model.

Which asks are sent and when is each thinker's own matter (`anthropic_live.py`, `anthropic_batches.py`, `endpoint.py`).
"""

from __future__ import annotations

import asyncio
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sleep.thinkers import client as wire
from sleep.thinkers import dialect
from sleep.thinkers.dialect import Read
from sleep.thinkers.thinker import Ask, Reply
from sleep.thinkers.till import OVERHEAD, Dearer, Till
from sleep.thinking.budget import OverBudget

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

STREAM_ABOVE = 8_000
"""Longer answers are streamed, so that no proxy on the way takes silence for the end."""

Pause = Callable[[float], Awaitable[None]]
Turn = Callable[[], Awaitable[bool]]


async def always() -> bool:
    """For a thinker that nobody paces."""
    return True


class Stopped(Exception):
    """No more is sent tonight, and why."""


class Sending(ABC):
    """Base of what sends: it holds the till, the way to wait, and why it stopped."""

    name = "sending"

    def __init__(
        self, till: Till, *, base_url: str | None = None, token: str | None = None, turn: Turn = always,
        pause: Pause = asyncio.sleep, http: Any = None,
    ) -> None:  # fmt: skip
        self.stopped = ""
        self.notes: list[str] = []
        self._till, self._turn, self._pause = till, turn, pause
        self._base_url, self._token, self._http = base_url, token, http

    def _connected(self) -> Any:
        return wire.connected(self._base_url, token=self._token, http=self._http)

    @abstractmethod
    def think(self, asks: Sequence[Ask]) -> AsyncIterator[Reply]:
        """As `Thinker.think`."""

    def recovered(self) -> int:
        """Put right what a killed process left (see `Till.recover`); how many answers are lost for good."""
        return self._till.recover(self.name)

    def spent(self) -> Decimal:
        """What today has cost."""
        return self._till.budget.spent()

    def _known(self, asks: Sequence[Ask]) -> tuple[list[Reply], list[Ask]]:
        """Replies that are here already, and asks that were never sent."""
        replies, fresh = [], []
        for ask in asks:
            thought = self._till.notebook.get(ask.id)
            if thought is None:
                fresh.append(ask)
            elif thought.state == "answered" and thought.reply is not None:
                replies.append(thought.reply)
        return replies, fresh

    async def _reserve(self, client: AsyncAnthropic, ask: Ask, params: dict[str, Any], *, batch: str = "") -> None:
        """Set the worst case aside; where a guess from the length does not fit, by an exact count. Raises Stopped."""
        try:
            self._till.open(ask, self.name, most_tokens(ask), batch=batch)
        except OverBudget:
            tokens = await self._counted(client, params)
            if tokens is None:
                raise
            self._till.open(ask, self.name, tokens + OVERHEAD, batch=batch)

    async def _counted(self, client: AsyncAnthropic, params: dict[str, Any]) -> int | None:
        wanted = {k: v for k, v in params.items() if k in ("model", "system", "messages", "output_config")}
        try:
            return (await client.messages.count_tokens(**wanted)).input_tokens
        except Exception:  # noqa: BLE001 - an exact count is a convenience; without it the guess stands
            return None

    async def _answered(self, client: AsyncAnthropic, ask: Ask, params: dict[str, Any]) -> Reply | None:
        """Send one ask that has been reserved for, and take its reply. Raises Stopped when no other will do either."""
        for attempt in range(wire.ATTEMPTS):
            try:
                with wire.reserved():
                    read = await self._sent(client, ask, params)
            except NotAMessage as page:
                self._till.undo(ask)
                raise Stopped(
                    f"the server at {self._base_url or 'the API address'} does not speak the protocol: {page}"
                ) from page
            except asyncio.CancelledError:
                self._till.lose(ask, self.name, "stopped while it waited for the answer")
                raise
            except Exception as error:  # noqa: BLE001 - the errors of the SDK share no base; `trouble` sorts them
                trouble = wire.trouble(error, attempt)
                if trouble.kind == "again" and attempt + 1 < wire.ATTEMPTS:
                    await self._pause(trouble.wait_s)
                    continue
                return self._given_up(ask, trouble)
            return self._taken(ask, read)
        return None

    async def _sent(self, client: AsyncAnthropic, ask: Ask, params: dict[str, Any]) -> Read:
        """One HTTP exchange."""
        if ask.max_tokens <= STREAM_ABOVE:
            return read(await client.messages.create(**params))
        async with client.messages.stream(**params) as stream:
            message = await stream.get_final_message()
        if message.stop_reason is None:
            raise CutShort("the stream ended in the middle")
        return read(message)

    def _taken(self, ask: Ask, read: Read) -> Reply:
        try:
            return self._till.take(ask, self.name, read.ended, read.text, read.model, read.usage, note=read.note)
        except Dearer as dearer:
            raise Stopped(str(dearer)) from dearer

    def _given_up(self, ask: Ask, trouble: wire.Trouble) -> Reply | None:
        self.notes.append(trouble.note)
        if trouble.kind == "lost":
            self._till.lose(ask, self.name, trouble.note)
            return None
        if trouble.kind == "skip":
            self._till.refuse(ask, self.name, trouble.note)
            return None
        self._till.undo(ask)
        raise Stopped(trouble.note)

    async def _prove(self, client: AsyncAnthropic, model: str, *, always: bool = False) -> None:
        """A tiny request to a model that has not shown what it costs, or whether text reaches it. Raises Stopped."""
        self._till.check(model)
        if self._till.budget.proven(model) and not always:
            return
        word = f"w{uuid.uuid4().hex[:10]}"
        params = dialect.canary(model, word)
        key = f"canary {model} {word}"
        self._till.open_canary(key, model, params["max_tokens"])
        for attempt in range(wire.ATTEMPTS):
            try:
                with wire.reserved():
                    found = read(await client.messages.create(**params))
                self._till.take_canary(key, model, found.model, params["max_tokens"], found.usage)
            except Dearer as dearer:
                raise Stopped(str(dearer)) from dearer
            except NotAMessage as page:
                self._till.budget.release(key)
                raise Stopped(
                    f"the server at {self._base_url or 'the API address'} does not speak the protocol: {page}"
                ) from page
            except Exception as error:
                trouble = wire.trouble(error, attempt)
                if trouble.kind == "again" and attempt + 1 < wire.ATTEMPTS:
                    await self._pause(trouble.wait_s)
                    continue
                if trouble.kind == "lost":
                    self._till.budget.charge(key)
                else:
                    self._till.budget.release(key)
                raise Stopped(trouble.note) from error
            if word not in found.text:
                raise Stopped(f"{model} did not get the text that was sent to it: a word did not come back")
            return


class NotAMessage(Exception):
    """A web page, or anything else that is no message, with status 200."""


class CutShort(Exception):
    """A stream that ended without an end."""


def read(message: Any) -> Read:
    """As `dialect.read`. Raises NotAMessage."""
    try:
        return dialect.read(message)
    except TypeError as error:
        raise NotAMessage(str(error)) from error


def most_tokens(ask: Ask) -> int:
    """How many tokens an ask can have at most: two ASCII bytes to a token is dense code, any other byte may be one."""
    text = ask.system + ask.pack.text + ask.tail + ask.form
    plain = sum(1 for c in text if c < "\x80")
    return plain // 2 + (len(text.encode("utf-8", "replace")) - plain) + OVERHEAD
