"""A shift in a process of its own: started through the front door, at low priority, and ended within two seconds.

The parent's side, in the serving process. The child's side is `sleep/leash.py`; between the two stands `sleep/keeper.py`, which
stops the shift while somebody waits; when a shift is due is `sleep/schedule.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from sleep import keeper
from sleep.report import ShiftReport
from store.errors import ForethoughtError
from store.home import Home

ENDED_WITHIN_S = 2.0

_ROOMS = Path(__file__).resolve().parent.parent
_TAIL = 2_000


class ShiftFailed(RuntimeError):
    """A shift ended without a report. What it had stored is kept; the next one goes on from there."""

    def __init__(self, code: int | None, said: str) -> None:
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        super().__init__(
            f"The shift ended with code {code}: {last[0]}. What it had stored is kept; the next goes on from there."
        )
        self.code, self.said = code, said


class Errand(NamedTuple):
    """What a child is to do."""

    root: Path
    store: str | None = None
    reason: str = ""
    thinking: tuple[str, ...] = ()
    """More words of its command line: what switches thinking on (see `sleep/thinking/thinking.py`), transcripts, budgets."""

    def command(self, *more: str) -> list[str]:
        """The command line of it: this interpreter and the front door, so that the child imports what we do."""
        words = [sys.executable, os.fspath(front_door()), "sleep", "--repo", os.fspath(self.root), *more]
        words += ["--store", self.store] if self.store else []
        words += [f"--reason={self.reason}"] if self.reason else []
        words += self.thinking
        return words

    def as_child(self, leash: Literal["leash", "loose"]) -> list[str]:
        """The same as a child that reports on stdout, with its keeper before it where there can be one."""
        if not keeper.possible():
            return self.command("--json", "--child", *(["--no-leash"] if leash == "loose" else []))
        return [*kept_by(self._folder(), leash), *self.command("--json", "--child", "--kept")]

    def _folder(self) -> Path:
        """Where the way is asked for."""
        try:
            return Home(self.root, self.store, create=False).folder
        except ForethoughtError:  # the shift will say what is wrong
            return self.root


def front_door() -> Path:
    """`forethought.py`: beside the rooms in a checkout, beside the folder that holds them when installed."""
    beside = _ROOMS / "forethought.py"
    return beside if beside.exists() else _ROOMS.parent / "forethought.py"


def kept_by(folder: Path, leash: Literal["leash", "loose"]) -> list[str]:
    """What to put before a command to have it kept: started without site-packages, in 20 ms."""
    program = f"import sys; sys.path.append({os.fspath(_ROOMS)!r}); from sleep.keeper import main; main()"
    return [sys.executable, "-I", "-S", "-c", program, os.fspath(folder), leash]


def environment() -> dict[str, str]:
    """The child's environment: nothing is imported from the user's PYTHONPATH, and memory goes back to the system."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return {**kept, "PYTHONSAFEPATH": "1", "MALLOC_ARENA_MAX": "2", "LANCEDB_LOG": "error"}


class ShiftChild:
    """A running shift. Its stdin is the leash, its stdout the report; never those of this process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said = asyncio.ensure_future(_tail(process.stderr))
        self._report = asyncio.ensure_future(_all(process.stdout))

    @classmethod
    async def start(cls, errand: Errand) -> ShiftChild:
        """Begin a shift."""
        process = await asyncio.create_subprocess_exec(
            *errand.as_child("leash"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
            # A session of its own: Ctrl-C in the terminal is for the parent, and see `sleep/keeper.py`.
            start_new_session=True,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> ShiftReport:
        """The report, when the shift has ended. Raises ShiftFailed where there is none."""
        output = await asyncio.shield(self._report)
        said = await asyncio.shield(self._said)
        code = await self._process.wait()
        try:
            return ShiftReport.model_validate_json(output)
        except ValueError as error:
            raise ShiftFailed(code, said.decode("utf-8", "replace")) from error

    async def terminate(self) -> None:
        """End it, workers included: asked to first, made to when the time is up. Returns when it is gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), ENDED_WITHIN_S * 0.75)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            await self._process.wait()
        await asyncio.wait([self._report, self._said], timeout=ENDED_WITHIN_S * 0.25)


def detach(errand: Errand) -> int:
    """Begin a shift that outlives this process and its terminal; returns its process id."""
    process = subprocess.Popen(
        errand.as_child("loose"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    )
    # It is not waited for: the system's init takes it over.
    process.returncode = 0
    return process.pid


async def _all(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream else b""


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    """The last words of the child, however much it said."""
    tail = b""
    while stream and (some := await stream.read(4096)):
        tail = (tail + some)[-_TAIL:]
    return tail
