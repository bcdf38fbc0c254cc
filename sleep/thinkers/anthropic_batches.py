"""Claude by message batches: half the price, within a day. What one shift sends, a later one collects.

    adopt or take back what was sent and never confirmed -> collect what has ended -> send what is new

Every step can be repeated: the journal (`journalled.py`) is written before the request, results can be read for weeks, and a
reply is in the notebook before its batch counts as collected. At once and at full price: `anthropic_live.py`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sleep.thinkers import client as wire
from sleep.thinkers.dialect import native
from sleep.thinkers.journalled import Intent, Journal, custom_id
from sleep.thinkers.sending import NotAMessage, Sending, Stopped, read
from sleep.thinkers.thinker import Ask, Reply
from sleep.thinkers.till import Dearer, Till
from sleep.thinking.budget import OverBudget
from sleep.thinking.notebook import Thought
from sleep.thinking.prices import UnknownModel
from store.words import now

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

MOST_REQUESTS = 1_000
MOST_BYTES = 20_000_000
"""Of one batch: more is allowed, but costs memory here."""

RESULTS_KEPT = timedelta(days=28)
"""The service keeps results for 29 days; what has not been seen by then was lost."""

UNCONFIRMED = timedelta(minutes=2)
"""So long after an unanswered request the service's list of batches is taken to be complete."""

READS = 3


class AnthropicBatches(Sending):
    """See `Thinker`. With `wait_s` a shift waits so long for its batches; without, the next shift collects them."""

    name = "batches"

    def __init__(
        self, till: Till, journal: Journal, *, wait_s: float = 0.0, poll_s: float = 30.0,
        unconfirmed: timedelta = UNCONFIRMED, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(till, **options)
        self._journal = journal
        self._wait_s, self._poll_s, self._unconfirmed = wait_s, poll_s, unconfirmed

    async def think(self, asks: Sequence[Ask]) -> AsyncIterator[Reply]:
        """As `Thinker.think`."""
        for reply in self._known(asks)[0]:
            yield reply
        self._take_back_unsent()
        if not self._open() and not self._known(asks)[1]:
            return
        try:
            async with self._connected() as client:
                async for reply in self._collected(client):
                    yield reply
                try:
                    await self._send(client, self._known(asks)[1])
                except (OverBudget, UnknownModel) as stop:
                    self.stopped = str(stop)  # no more is sent; what was sent may still come
                async for reply in self._waited(client):
                    yield reply
        except (Stopped, OverBudget, UnknownModel) as stop:
            self.stopped = str(stop)

    def _open(self) -> list[Intent]:
        return [i for i in self._journal.all() if i.state != "collected"]

    def _take_back_unsent(self) -> None:
        """Asks that were reserved for a batch which was not even intended: the process ended in between."""
        journalled = {ask for intent in self._journal.all() for ask in intent.asks}
        for thought in self._till.notebook.all("sent"):
            if thought.thinker == self.name and thought.ask.id not in journalled:
                self._till.undo(thought.ask)

    # -- sending -----------------------------------------------------------------------------------------------------------

    async def _send(self, client: AsyncAnthropic, asks: Sequence[Ask]) -> None:
        waiting = list(asks)
        for model in dict.fromkeys(a.model for a in asks):
            await self._prove(client, model)
        while waiting and await self._turn():
            intent, requests, stop = await self._intended(client, waiting)
            if requests:
                await self._create(client, intent, requests)
            if stop is not None:
                raise stop

    async def _intended(
        self, client: AsyncAnthropic, waiting: list[Ask]
    ) -> tuple[Intent, list[dict[str, Any]], Exception | None]:
        """Reserve for as many asks as fit in one batch, and write it down."""
        name, size = uuid.uuid4().hex, 0
        requests: list[dict[str, Any]] = []
        ids: list[str] = []
        stop: Exception | None = None
        while waiting and len(ids) < MOST_REQUESTS and size + waiting[0].bytes < MOST_BYTES:
            ask = waiting.pop(0)
            params = native(
                ask, cache=False
            )  # whether anybody reads the cache in a batch is luck; writing it costs more
            try:
                await self._reserve(client, ask, params, batch=name)
            except OverBudget as over:
                stop = over
                break
            size += ask.bytes
            ids.append(ask.id)
            requests.append({"custom_id": custom_id(ask.id), "params": params})
        if waiting and not ids and stop is None:  # too long for any batch
            waiting.pop(0)
        intent = Intent(id=name, asks=tuple(ids))
        if ids:
            self._journal.put(intent)
        return intent, requests, stop

    async def _create(self, client: AsyncAnthropic, intent: Intent, requests: list[dict[str, Any]]) -> None:
        for attempt in range(wire.ATTEMPTS):
            try:
                with wire.reserved():
                    created = await client.messages.batches.create(requests=requests)  # type: ignore[arg-type]
                batch = getattr(created, "id", None)
                if not isinstance(batch, str):
                    raise NotAMessage(str(created)[:80])
            except NotAMessage as page:
                self._take_back(intent)
                raise Stopped(f"the server does not speak the protocol: {page}") from page
            except Exception as error:
                trouble = wire.trouble(error, attempt)
                if trouble.kind == "lost":
                    # The service may have it. It is looked for before anything of it is sent again.
                    self.notes.append(f"a batch was sent and not confirmed: {trouble.note}")
                    return
                if trouble.kind == "again" and attempt + 1 < wire.ATTEMPTS:
                    await self._pause(trouble.wait_s)
                    continue
                self._take_back(intent)
                raise Stopped(trouble.note) from error
            self._journal.put(intent.model_copy(update={"state": "created", "batch": batch}))
            return

    def _take_back(self, intent: Intent) -> None:
        """The service does not have it: as if nothing of it had been asked."""
        for ask_id in intent.asks:
            thought = self._till.notebook.get(ask_id)
            if thought is not None and _of(thought, intent):
                self._till.undo(thought.ask)
        self._journal.drop(intent)

    # -- collecting --------------------------------------------------------------------------------------------------------

    async def _waited(self, client: AsyncAnthropic) -> AsyncIterator[Reply]:
        """Replies of what ends while the shift is willing to wait."""
        waited = 0.0
        while waited < self._wait_s and self._open() and await self._turn():
            await self._pause(self._poll_s)
            waited += self._poll_s
            async for reply in self._collected(client):
                yield reply

    async def _collected(self, client: AsyncAnthropic) -> AsyncIterator[Reply]:
        """The replies of every batch that has ended."""
        for intent in self._open():
            if not await self._turn():
                return
            found = intent if intent.batch else await self._adopted(client, intent)
            batch = await self._free(client.messages.batches.retrieve, found.batch) if found and found.batch else None
            if found is None or batch is None:
                continue
            if batch.processing_status != "ended":
                continue
            async for reply in self._results(client, found):
                yield reply

    async def _adopted(self, client: AsyncAnthropic, intent: Intent) -> Intent | None:
        """The batch of a request whose answer was lost: recognised by number and time, and by its results once it has ended."""
        page = await self._free(client.messages.batches.list, limit=100)
        if page is None:
            return None
        known = {i.batch for i in self._journal.all() if i.batch}
        undecided = False
        for batch in page.data:
            if batch.id in known or not _may_be(batch, intent):
                continue
            if batch.processing_status != "ended":
                undecided = True  # its results will tell; until then nothing of it is sent again
                continue
            if await self._is_ours(client, batch.id, intent):
                adopted = intent.model_copy(update={"state": "created", "batch": batch.id})
                self._journal.put(adopted)
                self.notes.append("a batch whose confirmation was lost was found again")
                return adopted
        if not undecided and now() - intent.at > self._unconfirmed:
            self._take_back(intent)
        return None

    async def _is_ours(self, client: AsyncAnthropic, batch: str, intent: Intent) -> bool:
        found = await self._read(client, batch)
        return bool(found) and all(r.custom_id in intent.by_custom_id for r in found)

    async def _results(self, client: AsyncAnthropic, intent: Intent) -> AsyncIterator[Reply]:
        """Take over every result. Collected only when all of them are here: a list that was cut short is read again later."""
        dearer: Dearer | None = None
        seen: set[str] = set()
        for result in await self._read(client, intent.batch):
            ask_id = intent.by_custom_id.get(result.custom_id)
            thought = self._till.notebook.get(ask_id) if ask_id else None
            seen.add(result.custom_id)
            if thought is None or not _of(thought, intent):
                continue
            try:
                reply = self._take(thought.ask, intent, result.result)
            except Dearer as error:
                dearer = error
                continue
            if reply is not None:
                yield reply
        missing = intent.by_custom_id.keys() - seen
        if missing and now() - intent.at > RESULTS_KEPT:
            self._write_off(intent)
            missing = set()
        if not missing:
            self._journal.put(intent.model_copy(update={"state": "collected"}))
        if dearer is not None:
            raise Stopped(str(dearer)) from dearer

    def _take(self, ask: Ask, intent: Intent, result: Any) -> Reply | None:
        if result.type == "succeeded":
            found = read(result.message)
            return self._till.take(
                ask, self.name, found.ended, found.text, found.model, found.usage, batch=intent.id, note=found.note
            )
        # Errored, expired, cancelled: not billed. An invalid request would only fail again.
        error = getattr(getattr(result, "error", None), "error", None)
        kind = getattr(error, "type", result.type)
        self.notes.append(f"one request of a batch failed: {kind}")
        if kind == "invalid_request_error":
            self._till.refuse(ask, self.name, "the service calls the request invalid", batch=intent.id)
        else:
            self._till.undo(ask)
        return None

    def _write_off(self, intent: Intent) -> None:
        for ask_id in intent.asks:
            thought = self._till.notebook.get(ask_id)
            if thought is not None and _of(thought, intent):
                self._till.lose(thought.ask, self.name, "its batch's results are gone", batch=intent.id)

    async def _read(self, client: AsyncAnthropic, batch: str) -> list[Any]:
        """The results, as many as can be read; a list that breaks off is begun again."""
        found: list[Any] = []
        for attempt in range(READS):
            found = []
            try:
                async for result in await client.messages.batches.results(batch):
                    found.append(result)
                return found
            except json.JSONDecodeError:
                continue
            except Exception as error:
                trouble = wire.trouble(error, attempt)
                if trouble.kind == "stop":
                    raise Stopped(trouble.note) from error
                await self._pause(trouble.wait_s)
        self.notes.append("the results of a batch could not be read to the end; they are read again later")
        return found

    async def _free(self, call: Any, *args: Any, **options: Any) -> Any:
        """A request that costs nothing, tried a few times; None where it does not succeed."""
        for attempt in range(wire.ATTEMPTS):
            try:
                answer = await call(*args, **options)
                if isinstance(answer, str):
                    raise Stopped("the server does not speak the protocol")
                return answer
            except Stopped:
                raise
            except Exception as error:
                trouble = wire.trouble(error, attempt)
                if trouble.kind == "stop" and "404" not in trouble.note:
                    raise Stopped(trouble.note) from error
                if trouble.kind in ("skip", "stop"):
                    return None
                await self._pause(trouble.wait_s or 0.5)
        return None


def _of(thought: Thought, intent: Intent) -> bool:
    """Whether a thought still waits for this very batch: an ask that failed in one may have been sent with another since."""
    return thought.state == "sent" and thought.batch == intent.id


def _may_be(batch: Any, intent: Intent) -> bool:
    counts = batch.request_counts
    number = counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
    created: datetime = batch.created_at
    return bool(number == len(intent.asks) and created >= intent.at - timedelta(minutes=5))
