"""One at a time, among all who share a store, on however many machines: who sleeps there, who changes the lessons there.

In a folder it is a file that is locked (`store/home.py`): the system frees it when its holder dies. An object store has no locks,
so there it is a lease: a row of `meta` that only who saw what was there before can replace, in one commit. It runs out by
itself when its holder dies; clocks of machines that differ by more than it lasts defeat it, which costs work but no row.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from store.errors import StoreBusy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from store.tables import Store

LASTS_S = 120.0
"""How long a lease outlives its holder; one that is alive renews it four times as often."""


class Lease:
    """A named lease in an object store. `lost` is called when somebody else took it because it was not renewed in time."""

    def __init__(
        self, store: Store, name: str, *, lasts_s: float = LASTS_S, lost: Callable[[], object] = lambda: None
    ) -> None:
        self._store, self._row = store, f"lease:{name}"
        self._lasts_s, self._lost = lasts_s, lost
        self._token = uuid.uuid4().hex
        self._one = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def take(self) -> bool:
        """Take it if nobody holds it; never waits."""
        there = await self._store.meta_get(self._row)
        if there is not None and _until(there) > time.time():
            return False
        if not await self._put(there):
            return False
        self._renewing = asyncio.create_task(self._renew())
        return True

    async def still(self) -> bool:
        """Whether it is ours, and for as long again: to be asked right before a write that nobody else may come between."""
        async with self._one:
            there = await self._store.meta_get(self._row)
            return self._ours(there) and await self._put(there)

    async def release(self) -> None:
        """Give it back; harmless if it is not held any more."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        there = await self._store.meta_get(self._row)
        if self._ours(there):
            await self._store.meta_swap(self._row, there, f"0 {uuid.uuid4().hex}")

    def _ours(self, words: str | None) -> bool:
        return words is not None and words.endswith(self._token)

    async def _put(self, then: str | None) -> bool:
        return await self._store.meta_swap(self._row, then, f"{time.time() + self._lasts_s:.6f} {self._token}")

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lasts_s / 4)
            # A network that is down for a moment loses nothing: the lease is good for longer than one renewal.
            with contextlib.suppress(RuntimeError, ValueError, OSError):
                if not await self.still():
                    self._lost()
                    return


class Turn:
    """That it is our turn. In a folder that cannot change; a lease can be lost."""

    def __init__(self, lease: Lease | None = None) -> None:
        self._lease = lease

    async def still(self) -> bool:
        """Whether it still is: to be asked right before what must not be done by two."""
        return self._lease is None or await self._lease.still()


@asynccontextmanager
async def alone(store: Store, name: str, wait_s: float = 2 * LASTS_S) -> AsyncIterator[Turn]:
    """Hold the named turn among all who share the store. Raises StoreBusy after `wait_s` seconds."""
    if not store.home.remote:
        async with _locked(store, name, wait_s):
            yield Turn()
        return
    lease, until = Lease(store, name), time.monotonic() + wait_s
    while not await lease.take():
        if time.monotonic() > until:
            raise StoreBusy(f"right to change the {name} of the store")
        await asyncio.sleep(random.uniform(0.1, 0.5))
    try:
        yield Turn(lease)
    finally:
        await lease.release()


@asynccontextmanager
async def _locked(store: Store, name: str, wait_s: float) -> AsyncIterator[None]:
    from filelock import Timeout

    lock = store.home.lock(name, wait=wait_s)
    try:
        await asyncio.to_thread(lock.acquire)
    except Timeout as error:
        raise StoreBusy(f"right to change the {name} of the store") from error
    try:
        yield
    finally:
        lock.release()


def _until(words: str) -> float:
    try:
        return float(words.split(" ", 1)[0])
    except ValueError:
        return 0.0
