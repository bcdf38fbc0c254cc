"""How long a lookup takes in the serving process, evidence check included: python tests/bench/latency.py REPO [--shift]

Asks questions of several forms about symbols of the repository, which must have been studied, in random order,
and prints percentiles by status and by stage. With `--shift`, the same while a shift runs in a child process: one request every
`--every` seconds, as the server makes them (the way is asked for), against the same pace when it is quiet.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from server.app import App, Settings
from server.rooms import Rooms
from store import way

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


async def ask_all(
    app: App, asked: list[str], pause: float = 0.0, before: Callable[[], object] = lambda: None
) -> dict[str, list[dict[str, float]]]:
    """The timings of each question, by status."""
    spent: dict[str, list[dict[str, float]]] = defaultdict(list)
    for question in asked:
        before()
        began = time.perf_counter()
        result, receipt = await app.lookup(question, None, [], None, 700, "", "bench")
        spent[result.status].append({**receipt.timings_ms, "total": (time.perf_counter() - began) * 1e3})
        await asyncio.sleep(pause)
    return spent


def table(title: str, spent: dict[str, list[dict[str, float]]]) -> None:
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


def at(spent: dict[str, list[dict[str, float]]], q: float) -> float:
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
    parser.add_argument("--requests", type=int, default=40, help="asked beside a shift")
    args = parser.parse_args()
    app = App(Settings(repo=args.repo))
    began = time.perf_counter()
    rooms = await app.rooms()
    print(f"{len(rooms.live.index)} files opened in {time.perf_counter() - began:.2f} s", end="")
    await rooms.shelf.prefetch()
    for step in rooms.warming:
        await asyncio.to_thread(step)
    print(f", warm after {time.perf_counter() - began:.2f} s")
    asked = questions(rooms, args.count, args.seed)
    await ask_all(app, asked[:20])
    table("quiet", await ask_all(app, asked))
    if args.shift:
        from sleep.child import Errand, ShiftChild

        await rooms.store.drop_preanswers(row.variant for row in await rooms.store.preanswers())
        paced = asked[: args.requests]
        quiet = await ask_all(app, paced, args.every)
        table(f"quiet, a request every {args.every:g} s", quiet)
        child = await ShiftChild.start(Errand(args.repo.resolve(), reason="the benchmark"))
        await asyncio.sleep(1)
        busy = await ask_all(app, paced, args.every, lambda: way.ask(rooms.home.folder))
        table(f"while a shift runs, a request every {args.every:g} s", busy)
        report = await child.wait()
        print(
            f"p99 is {at(busy, 0.99) / at(quiet, 0.99):.2f} times that of quiet; the shift ended {report.outcome!r}"
            f" in {report.seconds:.1f} s, of which it was stopped {report.paused_seconds:.1f}"
        )
    await app.close()


if __name__ == "__main__":
    asyncio.run(main())
