"""A shift makes way: all of it stops while somebody waits, it finishes however often they ask, and nothing is left stopped."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import psutil
import pytest

from sleep.child import ENDED_WITHIN_S, Errand, ShiftChild, front_door, kept_by
from sleep.keeper import QUIET_S, REST_S, WORK_S, rests
from store import way
from store.home import Home
from tests.conftest import MakeRepo
from tests.test_child import FILES, PARENT, family_of, gone, many, shift_of, until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("asked_ago", "stopped", "for_s", "expected"),
    [
        (math.inf, False, math.inf, False),
        (0.0, False, math.inf, True),
        (QUIET_S, False, math.inf, False),
        (0.0, False, WORK_S / 2, False),
        (0.0, False, WORK_S, True),
        (0.0, True, REST_S / 2, True),
        (0.0, True, REST_S, False),
        (QUIET_S, True, REST_S / 2, False),
    ],
)
def test_a_shift_rests_while_somebody_waits_but_works_between(
    asked_ago: float, stopped: bool, for_s: float, expected: bool
) -> None:
    assert rests(0.0, asked_ago, stopped, -for_s) is expected


# -- any command ---------------------------------------------------------------------------------------------------------------


BUSY = "import time\nend = time.monotonic() + 30\nprint(1, flush=True)\nwhile time.monotonic() < end: pass"


def kept(folder: Path, program: str, leash: str = "loose") -> list[str]:
    """The command line of a Python program that is kept."""
    assert leash in ("leash", "loose")
    return [*kept_by(folder, "leash" if leash == "leash" else "loose"), sys.executable, "-c", program]


def test_who_is_kept_finishes_however_often_somebody_asks_and_its_end_is_told(tmp_path: Path) -> None:
    works = (
        "import sys, time\nwhile time.process_time() < 0.15: pass\nprint(len(sys.stdin.readline()) > 1)\nsys.exit(7)"
    )
    with subprocess.Popen(kept(tmp_path, works), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while process.returncode is None and time.monotonic() < deadline:
            way.ask(tmp_path)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        assert process.stdout is not None
        # It was stopped, and told for how long.
        assert (process.returncode, process.stdout.read()) == (7, b"True\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_who_ends_the_keeper_ends_what_it_keeps_also_while_that_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    works = f"import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n{BUSY}"
    async with await anyio.open_process(kept(tmp_path, works), stdin=subprocess.DEVNULL) as keeper:
        assert keeper.stdout is not None and await keeper.stdout.receive()
        [child] = psutil.Process(keeper.pid).children()
        await stopped([child], tmp_path)
        keeper.send_signal(number)
        with anyio.fail_after(10):
            assert await keeper.wait() == 5


async def test_what_does_not_end_with_its_leash_is_killed(tmp_path: Path) -> None:
    works = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{BUSY}"
    async with await anyio.open_process(kept(tmp_path, works, "leash")) as keeper:
        assert keeper.stdout is not None and await keeper.stdout.receive()
        assert keeper.stdin is not None
        await keeper.stdin.aclose()
        with anyio.fail_after(ENDED_WITHIN_S + 8):
            assert await keeper.wait() == 128 + signal.SIGKILL


# -- a real shift --------------------------------------------------------------------------------------------------------------


async def stopped(processes: list[psutil.Process], folder: Path) -> None:
    """Keep asking for the way until every one of the processes is stopped, all at the same time."""

    def all_stopped() -> bool:
        way.ask(folder)
        return all(p.status() == psutil.STATUS_STOPPED for p in processes)

    await until(all_stopped)


async def test_a_shift_that_is_asked_for_the_way_stops_goes_on_and_finishes(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    child = await ShiftChild.start(Errand(repo))
    await stopped([await shift_of(child.pid)], Home(repo).folder)
    with anyio.fail_after(60):
        report = await child.wait()
    assert report.outcome == "done" and report.files == 2
    assert report.paused_seconds > 0


async def test_its_workers_stop_with_it(make_repo: MakeRepo) -> None:
    repo = many(make_repo)
    child = await ShiftChild.start(Errand(repo))
    shift = await shift_of(child.pid, workers=2)
    await stopped([shift, *shift.children(recursive=True)], Home(repo).folder)
    with anyio.fail_after(ENDED_WITHIN_S + 0.5):
        await child.terminate()
    assert gone(shift.pid)


ADOPTS = """
import ctypes
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
"""
"""Before a server: orphans become its children, as those of the first process of a container do. There, the system lets nobody go
on who was stopped and lost its parent.
"""

KILLED: list[tuple[str, Callable[[int, int, int], int]]] = [
    ("the server", lambda server, keeper, shift: server),
    ("the keeper", lambda server, keeper, shift: keeper),
    ("the shift itself", lambda server, keeper, shift: shift),
]


@pytest.mark.parametrize("who", [k[1] for k in KILLED], ids=[k[0] for k in KILLED])
async def test_nothing_is_left_behind_when_somebody_is_killed_while_a_shift_is_stopped(
    make_repo: MakeRepo, who: Callable[[int, int, int], int]
) -> None:
    repo = many(make_repo)
    program = (ADOPTS if sys.platform.startswith("linux") else "") + PARENT
    command = [sys.executable, "-c", program, str(front_door().parent), str(repo)]
    async with await anyio.open_process(command, stdin=None, stderr=None) as server:
        assert server.stdout is not None
        keeper = int(await server.stdout.receive())
        try:
            shift = await shift_of(keeper, workers=2)
            family = family_of(keeper)
            await stopped([shift, *shift.children(recursive=True)], Home(repo).folder)
            os.kill(who(server.pid, keeper, shift.pid), signal.SIGKILL)
            await until(lambda: all(gone(one) for one in family), seconds=ENDED_WITHIN_S + 1)
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.kill()
