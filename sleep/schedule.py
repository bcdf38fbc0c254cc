"""When a shift starts, in the serving process: at once where nothing is studied, later by cadence or threshold, when idle.

`due` decides, as a pure function that takes the time; `Sleeper` carries it out with APScheduler and a child process
(`sleep/child.py`). What changed on disk is hinted at by `sleep/watch.py`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sleep.child import Errand, ShiftChild, ShiftFailed
from sleep.report import ShiftReport
from sleep.watch import watch
from store import way
from store.backlog import Backlog
from store.words import Observation

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger("forethought.sleep")


class Thresholds(NamedTuple):
    """When enough has gathered for a shift. `idle_s`: nobody asked for so long. `gap_s`: the least time between two shifts."""

    cadence_s: float = 7_200.0
    dirty: int = 20
    unanswered: int = 3
    observed: int = 20
    idle_s: float = 30.0
    gap_s: float = 60.0
    retry_s: float = 60.0


class Situation(NamedTuple):
    """All that the decision looks at. Times are seconds of one clock; None: never."""

    now: float
    raw: bool = False
    running: bool = False
    wanted: str = ""
    last_end: float | None = None
    last_request: float | None = None
    dirty: int = 0
    unanswered: int = 0
    observed: int = 0
    failures: int = 0
    spent: bool = False
    """Whether the last shift used up its budget of the processor."""


def due(at: Situation, limits: Thresholds) -> str | None:
    """Why a shift is to start now, in words; None if it is not."""
    since_end = float("inf") if at.last_end is None else at.now - at.last_end
    since_request = float("inf") if at.last_request is None else at.now - at.last_request
    if at.spent and since_end < limits.cadence_s:
        return None
    if at.running or (at.failures and since_end < _patience(at.failures, limits)):
        return None
    if at.wanted:
        return at.wanted
    if at.raw:
        return "nothing has been studied yet"
    if since_request < limits.idle_s or since_end < limits.gap_s:
        return None
    if at.dirty >= limits.dirty:
        return f"{at.dirty} files changed"
    if at.unanswered >= limits.unanswered:
        return f"{at.unanswered} questions were not answered"
    if at.observed >= limits.observed:
        return f"{at.observed} observations wait"
    if since_end >= limits.cadence_s:
        return "it was time"
    return None


def _patience(failures: int, limits: Thresholds) -> float:
    """How long to wait after so many failures in a row: doubled each time, up to the cadence."""
    return min(limits.cadence_s, limits.retry_s * float(2 ** min(failures - 1, 20)))


class Sleeper:
    """Starts shifts while the server serves. Made at once, `start`ed after the first response, `stop`ped within 2 s.

    `ended` is called with the report of each shift that did something.
    """

    def __init__(
        self, errand: Errand, folder: Path, *, ended: Callable[[ShiftReport], None], thresholds: Thresholds | None = None,
        tick_s: float = 5.0,
    ) -> None:  # fmt: skip
        self._errand, self._folder, self._ended = errand, folder, ended
        self._observed = Backlog(folder / "journal", Observation)
        self._thresholds = thresholds or Thresholds()
        self._tick_s = tick_s
        self._at = Situation(now=time.monotonic())
        self._dirty: set[str] = set()
        self._scheduler: AsyncIOScheduler | None = None
        self._stopping = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._shift: asyncio.Task[None] | None = None
        self._child: ShiftChild | None = None
        self.last_report: ShiftReport | None = None
        self.last_failure: str = ""

    # -- what the server tells it ------------------------------------------------------------------------------------------

    def start(self, *, raw: bool) -> None:
        """Begin to watch and to decide. Call it once, inside the event loop, when the first response is out."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        if self._scheduler is not None:
            return
        self._at = self._at._replace(raw=raw, last_end=None if raw else time.monotonic())
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=self._tick_s,
            max_instances=1,
            coalesce=True,
            next_run_time=datetime.now(UTC),
        )
        self._scheduler.start()
        self._watching = asyncio.create_task(watch(self._errand.root.resolve(), self._saw, self._stopping))

    def requested(self) -> None:
        """A request came in: whatever shift runs makes way, and none starts until it is quiet again."""
        way.ask(self._folder)
        self._at = self._at._replace(last_request=time.monotonic())

    def unanswered(self) -> None:
        """A question could not be answered: some of these are a reason for a shift."""
        self._at = self._at._replace(unanswered=self._at.unanswered + 1)

    def want(self, reason: str) -> None:
        """Have a shift as soon as possible, whether idle or not: so much changed that nothing can be served from memory."""
        self._at = self._at._replace(wanted=reason)
        self.tick()

    # -- what it tells the server ------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a shift of this process is at work."""
        return self._shift is not None and not self._shift.done()

    @property
    def situation(self) -> Situation:
        """What the next decision would be made from."""
        return self._at._replace(
            now=time.monotonic(), running=self.running, dirty=len(self._dirty), observed=self._observed.count()
        )

    # -- carrying it out ---------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Look whether a shift is due, and start it if so."""
        if self._scheduler is None or self._stopping.is_set():
            return
        reason = due(self.situation, self._thresholds)
        if reason:
            self._shift = asyncio.create_task(self._run(reason))

    async def _tick(self) -> None:
        """As `tick`, in the event loop: APScheduler runs plain functions in a thread."""
        self.tick()

    async def stop(self) -> None:
        """End everything: the schedule, the watch, the shift. Within 2 s, and more than once if need be."""
        self._stopping.set()
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._child is not None and self._child.running:
            await self._child.terminate()
        tasks: list[asyncio.Task[Any]] = [t for t in (self._watching, self._shift) if t is not None and not t.done()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=1.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, reason: str) -> None:
        """One shift, and what it leaves behind: counts begin anew, or the next try is put off."""
        seen, counted = set(self._dirty), self._at.unanswered
        log.info("a shift begins: %s", reason)
        try:
            self._child = await ShiftChild.start(self._errand._replace(reason=reason))
            if self._stopping.is_set():
                await self._child.terminate()
            report = await self._child.wait()
        except (ShiftFailed, OSError) as error:
            if not self._stopping.is_set():
                self.last_failure = str(error)
                log.warning("%s", error)
            self._at = self._at._replace(last_end=time.monotonic(), failures=self._at.failures + 1, wanted="")
            return
        self._take(report, seen, counted)

    def _take(self, report: ShiftReport, seen: set[str], counted: int) -> None:
        self.last_report = report
        busy = report.outcome == "busy"
        self._at = self._at._replace(
            last_end=time.monotonic(), failures=self._at.failures + 1 if busy else 0, wanted=""
        )
        if busy:
            return
        self.last_failure = ""
        self._dirty -= seen
        self._at = self._at._replace(
            raw=self._at.raw and report.ended_early,
            unanswered=max(0, self._at.unanswered - counted),
            spent=report.outcome == "budget",
        )
        log.info("the shift ended: %s", report.summary())
        self._ended(report)

    def _saw(self, paths: set[str]) -> None:
        self._dirty |= paths
