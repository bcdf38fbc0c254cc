"""Keeps a shift: a tiny process between a server and its shift, which stops the whole shift while somebody waits.

    server --(leash: stdin)--> keeper --(SIGSTOP, SIGCONT)--> shift, its threads, its workers, git

A shift spends most of its time in native code (LanceDB, onnxruntime, decoding), which looks at nothing, in several threads and
processes at once. So nobody in there is asked to make way: the system stops them all between two instructions, as soon as the
file of `store/way.py` says that a request came, whichever process it came to. Requests that never end leave a shift `WORK_S` of
every `REST_S + WORK_S`, so it always finishes, and whatever lock it was stopped with is given back.

Nothing is ever left stopped. The keeper itself never is; it ends the shift when the leash does or when told to, and lets it go on
first. It leads a session, in which the shift is a group: should the keeper be killed, that group has no parent left in there, and
where a member of such a group is stopped, the system sends all of them SIGHUP and SIGCONT. Where there are no such signals
(Windows), there is no keeper, and a shift makes way between units of work (`sleep/pace.py`).

It is started without site-packages and imports next to nothing. How: `sleep/child.py`.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import sys
import time
from pathlib import Path

from store import way

LOOK_S = 0.005
"""How often it looks: a hundredth of a processor buys that a shift rests some milliseconds after the request."""

QUIET_S = 0.1
"""A shift goes on when nobody has asked for so long."""

REST_S = 0.1
"""The longest that a shift is stopped at a time, however often somebody asks."""

WORK_S = 0.02
"""The least that it may then work, whoever asks."""

GRACE_S = 1.2
"""What a shift on a leash is given to end by itself; the server waits little longer."""


def possible() -> bool:
    """Whether this system has what it takes."""
    return hasattr(os, "posix_spawn") and hasattr(signal, "SIGSTOP")


def rests(now: float, asked_ago: float, stopped: bool, since: float) -> bool:
    """Whether a shift that has been stopped, or at work, since a moment is to be stopped from now on."""
    if stopped:
        return asked_ago < QUIET_S and now - since < REST_S
    return asked_ago < QUIET_S and now - since >= WORK_S


class Keeper:
    """One shift and its process group."""

    def __init__(self, command: list[str]) -> None:
        reading, self._telling = os.pipe()
        os.set_blocking(self._telling, False)
        # The shift's stdin is a leash as well: it ends when this process does, and tells the shift how long it was stopped.
        stdin = [(os.POSIX_SPAWN_DUP2, reading, 0)]
        self.pid = os.posix_spawn(command[0], command, os.environ, file_actions=stdin, setpgroup=0)
        os.close(reading)
        self.stopped = False
        self.since = -math.inf

    def ended(self) -> int | None:
        """The exit code, once the shift has ended."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        # Workers that were stopped with it could not see it go.
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def look(self, now: float, asked_ago: float) -> None:
        """Stop the shift, or let it go on, as it is due."""
        stop = rests(now, asked_ago, self.stopped, self.since)
        if stop == self.stopped:
            return
        self._signal(signal.SIGSTOP if stop else signal.SIGCONT)
        if not stop:
            with contextlib.suppress(OSError):  # nobody reads it any more
                os.write(self._telling, f"{now - self.since:.4f}\n".encode())
        self.stopped, self.since = stop, now

    def end(self) -> None:
        """Ask the shift to end after the unit at hand."""
        self._signal(signal.SIGCONT)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End all of it at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def keep(folder: Path, command: list[str], *, leashed: bool) -> int:
    """Run a shift to its end; its exit code. On a leash, it ends when stdin does."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: told.append(number))
    keeper, asked_ago = Keeper(command), way.asked(folder)
    ending: float | None = None
    while (code := keeper.ended()) is None:
        now = time.monotonic()
        if ending is None and told:
            ending = now
            keeper.end()
        elif ending is None:
            keeper.look(now, asked_ago())
        elif leashed and now - ending > GRACE_S:
            keeper.kill()
        if select.select([0] if leashed and ending is None else [], [], [], LOOK_S)[0] and not os.read(0, 4096):
            told.append(0)
    return code


def main() -> None:
    """FOLDER leash|loose COMMAND..."""
    folder, leash, *command = sys.argv[1:]
    sys.exit(keep(Path(folder), command, leashed=leash == "leash"))
