"""What a process does beside what is asked of it: each thing under a name, and never twice at a time. A failure is logged."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    Work = Callable[[], Coroutine[Any, Any, None]]

log = logging.getLogger("forethought")


class Background:
    """The tasks of one owner, who closes it."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def begin(self, name: str, work: Work, *, again: bool = False) -> None:
        """Do something, unless the same is being done; with `again`, once more after that."""
        before = self.running(name)
        if not self._closed and (before is None or again):
            self._tasks[name] = asyncio.create_task(_done(name, work, before))

    def running(self, name: str) -> asyncio.Task[None] | None:
        """The task of that name, if it has not ended."""
        task = self._tasks.get(name)
        return None if task is None or task.done() else task

    async def wait(self, within_s: float) -> None:
        """Until all that runs now has ended, but no longer."""
        running = [task for task in self._tasks.values() if not task.done()]
        if running:
            await asyncio.wait(running, timeout=within_s)

    async def close(self) -> None:
        """End whatever runs, and begin nothing more."""
        self._closed = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def _done(name: str, work: Work, after: asyncio.Task[None] | None) -> None:
    if after is not None:
        await asyncio.wait([after])
    try:
        await work()
    except Exception:
        log.warning("in the background (%s):", name, exc_info=True)
