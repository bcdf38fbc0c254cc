"""How soon a shift makes way: from a request to the moment when nothing of the shift uses the processor any more.

    python tests/bench/preemption.py [--repo PATH] [--files 1000] [--every 0.5] [--all]

A first shift in a child process, as a server starts it, over packages that are installed beside us or a clone of PATH. At random
moments the way is asked for, and for as long as one request is honoured the CPU time of the whole process tree, every thread of
it, is read each millisecond. Two numbers per request: the wall time until the tree rests, and the CPU time that it used after
the request, which is the fair one on a busy machine. Latency of lookups is `latency.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from first_shift import commit, copy_packages

from sleep.child import Errand, ShiftChild
from sleep.report import ShiftReport
from store import way
from store.home import Home

WINDOW_S = 0.09
"""Watched after a request: it is honoured for 0.1 s."""

RESTS_BELOW = 0.03
"""Of one processor: a tree that uses less than this to the end of the window, to look whether it may go on, rests."""


class Pause(NamedTuple):
    """One request: wall seconds until the tree rested (None: it did not), CPU seconds used from the request to the end."""

    moment: float
    wall: float | None
    cpu: float


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children", encoding="ascii") as file:
                    found += [int(child) for child in file.read().split()]
        except OSError:
            continue
    return found


def cpu_of(pids: list[int]) -> float:
    """CPU seconds of all threads of the processes, to the nanosecond."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
        except (OSError, IndexError):
            continue
    return total / 1e9


def ask(child: int, folder: Path, began: float) -> Pause:
    """Ask for the way, and watch what the tree uses."""
    pids = family(child)
    before = cpu_of(pids)
    at = time.perf_counter()
    way.ask(folder)
    seen = [(0.0, 0.0)]
    while time.perf_counter() - at < WINDOW_S:
        time.sleep(0.001)
        used = cpu_of(pids)
        seen.append((time.perf_counter() - at, used - before))
    end, total = seen[-1]
    for wall, used in seen:
        if end - wall > 0.01 and total - used <= RESTS_BELOW * (end - wall):
            return Pause(at - began, wall, used)
    return Pause(at - began, None, total)


def percentiles(values: list[float]) -> str:
    """p50, p95, p99 and the greatest, in ms."""
    values = sorted(values)
    marks = [values[min(len(values) - 1, int(len(values) * q))] for q in (0.5, 0.95, 0.99, 1.0)]
    return "".join(f"{m * 1e3:>9.1f}" for m in marks)


async def measure(repo: Path, store: Path, every: float) -> tuple[list[Pause], ShiftReport]:
    """Run a first shift, ask at random moments, and let it finish."""
    folder = Home(repo, str(store)).folder
    child = await ShiftChild.start(Errand(repo, str(store), reason="the benchmark"))
    began = time.perf_counter()
    pauses: list[Pause] = []
    ended = asyncio.ensure_future(child.wait())
    while not ended.done():
        await asyncio.wait([ended], timeout=random.uniform(0.3, 1.7) * every)
        if not ended.done():
            one = await asyncio.to_thread(ask, child.pid, folder, began)
            if child.running:
                pauses.append(one)
    return pauses, await ended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", type=Path, help="measure on a clone of this repository")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--every", type=float, default=0.5, metavar="S", help="rest between two requests, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="show each request")
    args = parser.parse_args()
    random.seed(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        repo, store = Path(folder, "repo"), Path(folder, "store")
        if args.repo:
            subprocess.run(["git", "clone", "-q", str(args.repo), str(repo)], check=True)
        else:
            copy_packages(repo, args.files)
            commit(repo, "packages")
        print(
            f"{len(list(repo.rglob('*.py')))} Python files; load {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores"
        )
        pauses, report = asyncio.run(measure(repo, store, args.every))
    for one in pauses if args.all else []:
        rested = "never" if one.wall is None else f"{one.wall * 1e3:6.1f} ms"
        print(f"at {one.moment:6.1f} s: {rested}, CPU {one.cpu * 1e3:6.1f} ms")
    walls = [one.wall for one in pauses if one.wall is not None]
    restless = len(pauses) - len(walls)
    print(
        f"{len(pauses)} requests; at {restless} it did not rest within {WINDOW_S:g} s; load {psutil.getloadavg()[0]:.1f}"
    )
    print(f"{'':<26}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}  ms")
    print(f"{'request to rest, wall':<26}" + percentiles(walls))
    print(f"{'CPU used after the request':<26}" + percentiles([one.cpu for one in pauses]))
    print(
        f"the shift ended {report.outcome!r} in {report.seconds:.1f} s, of which it was stopped {report.paused_seconds:.1f}"
    )


if __name__ == "__main__":
    main()
