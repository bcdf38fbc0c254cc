"""The pace of a shift: whether it may go on, and when it makes way for a request that somebody waits for.

Asked between small units of work. Not here: who asks for the way (`store/way.py`). A shift in a child process is stopped from
outside instead, in the middle of whatever it does (`sleep/keeper.py`), and asks here only whether it may go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from store import way

Over = Literal["deadline", "budget", "stopped"]


class Pace:
    """Deadline, processor time, stop and making way in one place: `await pace.turn()` before each unit; False: finish now.

    A request makes the shift pause until none came for `quiet_s`, at most `pause_s` at a time; then it may work for `work_s`
    whatever comes, so that a shift finishes under any load.
    """

    def __init__(
        self,
        *,
        deadline_s: float | None = None,
        cpu_s: float | None = None,
        asked_ago: Callable[[], float] = way.never,
        quiet_s: float = 0.1,
        pause_s: float = 0.5,
        work_s: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock = clock
        self._deadline = None if deadline_s is None else clock() + deadline_s
        self._cpu_clock = cpu_clock
        self._spent_up_at = None if cpu_s is None else cpu_clock() + cpu_s
        self._elsewhere = 0.0
        self._asked_ago = asked_ago
        self._quiet_s, self._pause_s, self._work_s = quiet_s, pause_s, work_s
        self._free_until = 0.0
        self._stopped = False
        self.paused_seconds = 0.0

    def stop(self) -> None:
        """End the shift at its next turn. Safe to call from a signal handler or another thread."""
        self._stopped = True

    @property
    def over(self) -> Over | None:
        """Why the shift has to end now, or None."""
        if self._stopped:
            return "stopped"
        if self._deadline is not None and self._clock() >= self._deadline:
            return "deadline"
        if self._spent_up_at is not None and self._cpu_clock() + self._elsewhere >= self._spent_up_at:
            return "budget"
        return None

    async def turn(self) -> bool:
        """Give way if somebody asked for it; whether to go on afterwards."""
        if self._asked_ago() < self._quiet_s and self._clock() >= self._free_until:
            await self._pause()
        return self.over is None

    def spent(self, seconds: float) -> None:
        """Count seconds of the processor that another process used for this shift."""
        self._elsewhere += seconds

    def paused(self, seconds: float) -> None:
        """Count a pause that somebody else made."""
        self.paused_seconds += seconds

    async def _pause(self) -> None:
        began = self._clock()
        while self.over is None and self._asked_ago() < self._quiet_s and self._clock() - began < self._pause_s:  # noqa: ASYNC110
            # Looked at again and again: who asks is another process.
            await asyncio.sleep(0.01)
        self._resume(began)

    def _resume(self, began: float) -> None:
        at = self._clock()
        self.paused(at - began)
        self._free_until = at + self._work_s
