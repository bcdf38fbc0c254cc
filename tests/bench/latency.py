"""How long a lookup takes in the serving process, evidence check included: python tests/bench/latency.py REPO [--shift]

Asks questions of several forms about symbols of the repository, which must have been studied, in random order,
and prints percentiles by status and by stage. With `--shift`, one question every `--every` seconds in three blocks of one run:
half of them when it is quiet, all of them beside shifts as the server's own sleeper starts them (what is stored is dropped before
each, so that each has everything to do), the other half when it is quiet again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from server.app import App, Settings
from server.rooms import Rooms
from sleep.report import ShiftReport

Spent = dict[str, list[dict[str, float]]]
"""Status -> milliseconds by stage, for each request."""

FORMS = (
    "what does {name} do", "where is {name}", "who calls {name}", "what does {name} call", "which tests cover {name}",
    "what inherits from {name}", "what breaks if I change {name}", "{name}", "{words} implementation", "how are {words} handled",
)  # fmt: skip


def questions(rooms: Rooms, count: int, seed: int) -> list[str]:
    """Questions about random symbols; the stored ones among them as often as the others."""
    random.seed(seed)
    index = rooms.live.index
    symbols = [
        s
        for path in sorted(index.paths())
        for s in index.symbols(path).values()
        if s.kind in ("class", "function", "method")
    ]
    chosen = random.choices(symbols, k=count)
    return [random.choice(FORMS).format(name=s.qual, words=s.name.replace("_", " ")) for s in chosen]


async def ask_all(app: App, asked: list[str], pause: float = 0.0) -> Spent:
    """The timings of each question, by status."""
    spent: Spent = defaultdict(list)
    for question in asked:
        began = time.perf_counter()
        result, receipt = await app.lookup(question, None, [], None, 700, "", "bench")
        spent[result.status].append({**receipt.timings_ms, "total": (time.perf_counter() - began) * 1e3})
        await asyncio.sleep(pause)
    return spent


async def beside_shifts(app: App, asked: list[str], pause: float) -> tuple[Spent, list[ShiftReport]]:
    """The same, while one shift after the other runs: the timings, and how the shifts ended."""
    rooms, reports = await app.rooms(), []
    sleeper = app._sleeper
    assert sleeper is not None

    async def shifts() -> None:
        while True:
            await rooms.store.drop_preanswers(row.variant for row in await rooms.store.preanswers())
            await rooms.store.drop_cards(card.subject for card in await rooms.store.cards())
            await rooms.store.drop_rows(list(await rooms.store.digests()))
            sleeper.last_report = None
            sleeper.want("the benchmark")
            while sleeper.running:  # noqa: ASYNC110 - the sleeper tells nobody but the server
                await asyncio.sleep(0.1)
            if sleeper.last_report is None:
                raise SystemExit(f"the shift failed: {sleeper.last_failure}")
            reports.append(sleeper.last_report)

    shifting = asyncio.create_task(shifts())
    await asyncio.sleep(1)
    spent = await ask_all(app, asked, pause)
    while not reports:
        spent = joined(spent, await ask_all(app, asked, pause))
    shifting.cancel()
    await sleeper.stop()
    return spent, reports


def joined(one: Spent, other: Spent) -> Spent:
    """Both together."""
    return defaultdict(list, {status: one[status] + other[status] for status in {*one, *other}})


def table(title: str, spent: Spent) -> None:
    """Percentiles of the total by status, and of each stage."""
    everything = [t for times in spent.values() for t in times]
    print(f"\n{title}\n{'':<12}{'n':>6}{'p50':>9}{'p90':>9}{'p99':>9}{'max':>9}  ms")
    rows = {"all": [t["total"] for t in everything]} | {k: [t["total"] for t in v] for k, v in spent.items()}
    stages = list(dict.fromkeys(name for t in everything for name in t if name != "total"))
    rows |= {f"- {name}": [t.get(name, 0.0) for t in everything] for name in stages}
    for name, values in rows.items():
        values.sort()
        marks = [values[min(len(values) - 1, int(len(values) * q))] for q in (0.5, 0.9, 0.99, 1.0)]
        print(f"{name:<12}{len(values):>6}" + "".join(f"{m:>9.2f}" for m in marks))


def at(spent: Spent, q: float) -> float:
    """A percentile of the totals."""
    values = sorted(t["total"] for times in spent.values() for t in times)
    return values[min(len(values) - 1, int(len(values) * q))]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shift", action="store_true")
    parser.add_argument("--every", type=float, default=1.0, metavar="S")
    parser.add_argument("--requests", type=int, default=300, help="asked in each state, beside a shift and quiet")
    args = parser.parse_args()
    app = App(Settings(repo=args.repo), sleeps=args.shift)
    began = time.perf_counter()
    rooms = await app.rooms()
    print(f"{len(rooms.live.index)} files opened in {time.perf_counter() - began:.2f} s", end="")
    await rooms.shelf.prefetch()
    for step in rooms.warming:
        await asyncio.to_thread(step)
    print(f", warm after {time.perf_counter() - began:.2f} s; load {os.getloadavg()[0]:.1f}")
    asked = questions(rooms, args.count, args.seed)
    await ask_all(app, asked[:20])
    table("quiet", await ask_all(app, asked))
    if args.shift:
        await compare(app, (asked * args.requests)[: args.requests], args.every)
    await app.close()


async def compare(app: App, paced: list[str], every: float) -> None:
    """Quiet, beside shifts, quiet."""
    half = len(paced) // 2
    before = await ask_all(app, paced[:half], every)
    loads = [os.getloadavg()[0]]
    busy, reports = await beside_shifts(app, paced, every)
    loads.append(os.getloadavg()[0])
    await app.rooms()
    after = await ask_all(app, paced[half:], every)
    quiet = joined(before, after)
    table(f"quiet, a request every {every:g} s (load {loads[0]:.1f} after half of it)", quiet)
    table(f"beside shifts, a request every {every:g} s (load {loads[1]:.1f} at its end)", busy)
    ratios = ", ".join(f"p{q * 100:g} {at(busy, q) / at(quiet, q):.2f}" for q in (0.5, 0.9, 0.99))
    print(f"beside shifts against quiet: {ratios} times")
    for report in reports:
        print(
            f"a shift ended {report.outcome!r} in {report.seconds:.1f} s, of which it was stopped {report.paused_seconds:.1f}"
        )


if __name__ == "__main__":
    asyncio.run(main())
