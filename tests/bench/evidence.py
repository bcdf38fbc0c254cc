"""What the check of the evidence costs in the serving process: the sync of the tree, and the verdicts on every piece.

    python tests/bench/evidence.py [--files 1000 50000] [--asks 300]

The repositories are synthetic: files of a few functions that call each other across files, ten in a folder, served from the
public opening of the rooms, with the watch that the server itself begins when it is idle. "unchanged": nothing was
written; "one edit": one file was written just before. Times are milliseconds of the wall clock, and of the processor,
which does not count what else the machine was busy with. Looking answers up is `tests/bench/latency.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from server.app import App, Settings
from server.live import Live
from server.rooms import Rooms
from store import families
from store.evidence import check, fresh
from store.words import Kind, PreAnswer, Query

KINDS: tuple[Kind, ...] = ("explain", "where", "callers", "callees", "tests", "subclasses", "impact", "contents")


def make(root: Path, files: int) -> None:
    """Each file defines three functions and a class, and calls into three others."""
    dice = random.Random(files)
    for n in range(files):
        folder = root / f"package_{n // 500}" / f"module_{n // 10 % 50}"
        folder.mkdir(parents=True, exist_ok=True)
        others = [dice.randrange(files) for _ in range(3)]
        text = "".join(f"from {module(m)} import step_{m}_0\n" for m in others)
        text += f"\n\nclass Part{n}:\n    def run(self):\n        return step_{others[0]}_0(1)\n"
        text += "".join(
            f'\n\ndef step_{n}_{k}(value):\n    """Take step {k} of part {n}."""\n    return step_{m}_0(value) + {k}\n'
            for k, m in enumerate(others)
        )
        (folder / f"part_{n}.py").write_text(text)


def module(n: int) -> str:
    return f"package_{n // 500}.module_{n // 10 % 50}.part_{n}"


def path(n: int) -> str:
    return module(n).replace(".", "/") + ".py"


def memory() -> float:
    """Resident megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def answers(live: Live, files: int, count: int) -> list[PreAnswer]:
    """Structural answers of all kinds, as a shift would store them."""
    dice, found = random.Random(1), list[PreAnswer]()
    while len(found) < count:
        n, kind = dice.randrange(files), dice.choice(KINDS)
        entity = (
            path(n) if kind == "contents" else f"{path(n)}::" + (f"Part{n}" if kind == "subclasses" else f"step_{n}_0")
        )
        query = Query(kind=kind, entities=(entity,))
        answer = families.answer(live.sources, query)
        if answer is not None:
            found.append(PreAnswer(**dict(answer), key=query.key, question=query.key))
    return found


def quantiles(name: str, values: list[float]) -> str:
    values = sorted(values)
    return f"{name} p50 {values[len(values) // 2]:.2f} p99 {values[min(len(values) - 1, int(len(values) * 0.99))]:.2f}"


def asks(live: Live, root: Path, rows: list[PreAnswer], files: int, *, edits: bool) -> str:
    """What `Lookup` does between the question and the answer, as far as it is about freshness."""
    syncs, verdicts, totals, processor = [], [], [], []
    dice = random.Random(2)
    for turn, row in enumerate(rows):
        if edits:
            target = root / path(dice.randrange(files))
            target.write_text(target.read_text() + f"# {turn}\n")
        began, worked = time.perf_counter(), time.thread_time()
        assert live.refresh()
        synced = time.perf_counter()
        fresh(row, check(live.sources, row))
        ended = time.perf_counter()
        syncs.append((synced - began) * 1e3)
        verdicts.append((ended - synced) * 1e3)
        totals.append((ended - began) * 1e3)
        processor.append((time.thread_time() - worked) * 1e3)
    names = ("sync", "verdicts", "both", "both, of the processor")
    return "; ".join(map(quantiles, names, (syncs, verdicts, totals, processor)))


async def opened(app: App, files: int) -> Rooms:
    """The rooms when everything has been read and the server has warmed up."""
    rooms = await app.rooms()
    while not await asyncio.to_thread(rooms.live.refresh):
        await asyncio.to_thread(_read_all, rooms.live)
    assert len(rooms.live.index) == files, len(rooms.live.index)
    for step in rooms.warming:
        if step == rooms.live.watch:
            step()
    return rooms


def _read_all(live: Live) -> None:
    """What a first shift does, without its pauses."""
    live.refresh(on_the_spot=10**9)


async def size(files: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "repo"
        root.mkdir()
        make(root, files)
        app = App(Settings(repo=root, store=str(Path(folder) / "store")))
        try:
            before = memory() if await app.rooms() else 0.0
            rooms = await opened(app, files)
            live = rooms.live
            grown = memory() - before
            rows = answers(live, files, count)
            items = sorted(len(r.evidence) for r in rows)
            watched = live.tree.watch()
            while any(e.stat.racy for e in live.tree.entries.values()) and live.tree.sweeps < 50:
                live.refresh()
            print(
                f"{files} files, {'watched' if watched else 'swept ' + live.tree.unwatched}: {grown:.0f} MB for tree and index"
            )
            print(
                f"  evidence items: p50 {items[len(items) // 2]}, p99 {items[int(len(items) * 0.99)]}, most {items[-1]}"
            )
            print("  unchanged:", asks(live, root, rows, files, edits=False))
            print("  one edit: ", asks(live, root, rows, files, edits=True), flush=True)
        finally:
            await app.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[1_000, 50_000])
    parser.add_argument("--asks", type=int, default=300)
    args = parser.parse_args()
    for files in args.files:
        asyncio.run(size(files, args.asks))


if __name__ == "__main__":
    main()
