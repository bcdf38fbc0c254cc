"""The freshness law over real history: walk consecutive commits, ask at each of them, compare with answers from scratch.

    python tests/bench/replay.py REPO [--commits 300] [--questions 300] [--seed 1] [--json FILE]

Works in a temporary clone with a store of its own, through the same lookup that the tools call. At every commit every
question is asked; a hit is compared with what the family answers over an index built anew from the files of that
commit. What was refused is answered again and stored, as a shift would. Naive gates are replayed beside it on the
very same answers: they refuse when the digest of the defining file, of all files named in the answer, or of the
symbol's own text differs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from server.app import App, Settings
from store import families
from store.evidence import Sources, Verdict, check, fresh
from store.graph.index import Index
from store.source.read import read
from store.source.record import FileRecord, split_id
from store.source.tree import Tree
from store.words import Answer, Evidence, Kind, PreAnswer, Query, digest_of

OF_SYMBOLS: tuple[Kind, ...] = ("explain", "where", "callers", "callees", "tests", "subclasses", "raises", "impact")
OF_FILES: tuple[Kind, ...] = ("contents", "depends", "callers", "tests")
COMMANDS = ("test", "lint", "types", "build", "dependencies", "python", "run")
_PATH = re.compile(r"⟦([^⟦⟧>]+?)(?:::[^⟦⟧]*|>[^⟦⟧]*)?⟧")


def git(repo: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True, text=True).stdout


class Scratch:
    """An index built anew from the files of the work tree; what was parsed is remembered by path and content."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], FileRecord] = {}

    def sources(self, root: Path) -> Sources:
        tree, index = Tree(root), Index()
        records = []
        for path, data in tree.sync().changed.items():
            key = (path, digest_of(data))
            if key not in self._read:
                self._read[key] = read(path, data)
            records.append(self._read[key])
        index.apply(records)
        return Sources(index, tree)


class Naive(NamedTuple):
    """What the naive gates remember of an answer: the digests it had."""

    defining: str
    named: str
    symbol: str


def naive_of(sources: Sources, query: Query, answer: Answer) -> Naive:
    entity = query.entities[0]
    paths = sorted({m for c in answer.claims for m in _PATH.findall(c.text)} | {split_id(entity)[0]})
    symbol = sources.index.symbol(entity)
    digests = [f"{p} {r.digest if (r := sources.index.record(p)) else ''}" for p in paths]
    record = sources.index.record(split_id(entity)[0])
    return Naive(record.digest if record else "", digest_of("\n".join(digests)), symbol.digest if symbol else "")


def _what(evidence: Evidence) -> str:
    """The query of a set, else the kind."""
    return evidence.subject.partition("(")[0] if evidence.kind == "set" else evidence.kind


class Tally:
    """Counts over all asks, for the gate and for each naive one."""

    def __init__(self) -> None:
        self.asks = Counter[str]()
        self.by_kind: dict[str, Counter[str]] = defaultdict(Counter)
        self.naive: dict[str, Counter[str]] = {name: Counter() for name in Naive._fields}
        self.stale: list[str] = []
        self.why: dict[str, Counter[str]] = defaultdict(Counter)

    def blame(self, kind: str, receipt: list[Verdict]) -> None:
        """Which evidence had changed where the answer had not; alone, if nothing else had."""
        kinds = {_what(v.evidence) for v in receipt if not v.fresh}
        for what in kinds:
            self.why[what]["changed"] += 1
            self.why[what]["alone"] += len(kinds) == 1
            self.why[what][kind] += 1

    def count(self, kind: str, what: str) -> None:
        self.asks[what] += 1
        self.by_kind[kind][what] += 1


def questions(sources: Sources, rng: random.Random, most: int) -> list[Query]:
    """A sample over all families, of library symbols and files."""
    index = sources.index
    symbols = [
        f"{p}::{s.qual}"
        for p in index.paths()
        if (r := index.record(p)) and not r.is_test
        for s in r.symbols
        if s.kind in ("class", "function", "method")
    ]
    files = [p for p in index.paths() if (r := index.record(p)) and not r.is_test and r.symbols]
    settings = sorted(index.setting_names())
    fixed = [Query(kind="commands", entities=(f"command:{t}",)) for t in COMMANDS] + [
        Query(kind="contents", entities=(".",))
    ]
    fixed += [Query(kind="setting", entities=(f"setting:{s}",)) for s in settings[:20]]
    fixed += [
        Query(kind="explain", entities=(f"absent:{n}",)) for n in ("frobnicate", "Session.teleport", "run_forever")
    ]
    found = dict.fromkeys(fixed)
    while len(found) < most:
        if rng.random() < 0.85 and symbols:
            found[Query(kind=rng.choice(OF_SYMBOLS), entities=(rng.choice(symbols),))] = None
        else:
            found[Query(kind=rng.choice(OF_FILES), entities=(rng.choice(files),))] = None
    return list(found)


class Replay:
    """One walk through one repository's history."""

    def __init__(self, root: Path, app: App, most: int, seed: int) -> None:
        self.root, self.app, self.most = root, app, most
        self.rng = random.Random(seed)
        self.scratch = Scratch()
        self.tally = Tally()
        self.asked: list[Query] = []
        self.stored: dict[str, tuple[PreAnswer, Naive]] = {}
        self.lookups: list[float] = []

    async def at(self, commit: str) -> None:
        git(self.root, "-c", "advice.detachedHead=false", "checkout", "-q", "-f", commit)
        truth = self.scratch.sources(self.root)
        self._choose(truth)
        await self._settled()
        again = []
        for query in self.asked:
            true = families.answer(truth, query)
            if row := await self._ask(query, true, truth, commit):
                again.append(row)
        rooms = await self.app.rooms()
        await rooms.shelf.store.put_preanswers([(row, None) for row in again])

    def _choose(self, truth: Sources) -> None:
        """The first sample, then a few newcomers at each commit in the place of the oldest: symbols come and go."""
        keep = self.asked[self.most // 20 :]
        newcomers = [q for q in questions(truth, self.rng, 2 * self.most) if q not in set(keep)]
        self.asked = [*keep, *self.rng.sample(newcomers, min(len(newcomers), self.most - len(keep)))]

    async def _settled(self) -> None:
        """A checkout of many files is caught up with in the background, as in life; until then nothing is answered."""
        for _ in range(2_000):
            rooms = await self.app.rooms()
            async with rooms.live.turn:
                if rooms.live.refresh():
                    return
                rooms.live.catch_up()

    async def _ask(self, query: Query, true: Answer | None, truth: Sources, commit: str) -> PreAnswer | None:
        """Ask one question; returns the row to store where there was no hit."""
        kind, known = query.kind, self.stored.get(query.key)
        self.tally.count(kind, "asks")
        began = time.perf_counter()
        rooms = await self.app.rooms()
        async with rooms.live.turn:
            rooms.live.refresh()
            rows = (await rooms.shelf.rows([query.key]))[query.key]
            sources = rooms.live.sources
            receipts = {row.variant: check(sources, row) for row in rows}
            hit = next((row for row in rows if fresh(row, receipts[row.variant])), None)
        self.lookups.append(time.perf_counter() - began)
        if known is not None and true is not None:
            self._replay_naive(known, true, truth, query)
        if hit is not None:
            self.tally.count(kind, "hits")
            if true is None or hit.claims != true.claims or hit.brief != true.brief:
                self.tally.count(kind, "stale")
                self.tally.stale.append(f"{commit[:10]} {query.key}")
                print(
                    "STALE",
                    commit,
                    query.key,
                    hit.claims,
                    true and true.claims,
                    sep="\n  ",
                    file=sys.stderr,
                    flush=True,
                )
            return None
        if true is None:
            return None
        if known is not None:
            same = next((row for row in rows if row.claims == true.claims and row.brief == true.brief), None)
            if same:
                self.tally.blame(kind, receipts[same.variant])
            self.tally.count(
                kind, "refused, though the answer is the same" if same else "refused, and the answer had changed"
            )
        row = PreAnswer(**dict(true), key=query.key, question=query.key)
        self.stored[query.key] = (row, naive_of(truth, query, true))
        return row

    def _replay_naive(self, known: tuple[PreAnswer, Naive], true: Answer, truth: Sources, query: Query) -> None:
        row, then = known
        changed = row.claims != true.claims
        now = naive_of(truth, query, row)
        for name in Naive._fields:
            refused = getattr(then, name) != getattr(now, name)
            bag = self.tally.naive[name]
            bag["asks"] += 1
            bag["changed"] += changed
            bag["missed"] += changed and not refused
            bag["refused"] += refused
            bag["needless"] += refused and not changed


def report(replay: Replay, commits: int, seconds: float) -> dict[str, object]:
    asks, tally = replay.tally.asks, replay.tally
    needless, real = asks["refused, though the answer is the same"], asks["refused, and the answer had changed"]
    unchanged = asks["hits"] - asks["stale"] + needless
    lat = sorted(replay.lookups)
    print(f"{commits} commits, {asks['asks']} asks, {seconds:.0f} s")
    print(f"hits {asks['hits']}, stale served {asks['stale']}")
    print(f"refused because the answer had changed {real}; refused needlessly {needless}", end=" ")
    print(f"({needless / max(1, unchanged):.2%} of the answers that had not changed)")
    print(f"gate p50 {lat[len(lat) // 2] * 1e3:.2f} ms, p99 {lat[int(len(lat) * 0.99)] * 1e3:.2f} ms")
    print(f"{'gate':24}{'real changes missed':>20}{'refused':>10}{'needless of those':>19}")
    for name, bag in tally.naive.items():
        missed = bag["missed"] / max(1, bag["changed"])
        refused, vainly = bag["refused"] / max(1, bag["asks"]), bag["needless"] / max(1, bag["refused"])
        print(f"{name:24}{missed:>19.1%} {refused:>9.1%} {vainly:>18.1%}")
    for kind, bag in sorted(tally.by_kind.items()):
        print(f"  {kind:12}", dict(bag))
    print(f"{'evidence that changed':24}{'needlessly':>12}{'and alone':>12}")
    for name, bag in sorted(tally.why.items(), key=lambda item: -item[1]["alone"]):
        by_kind = {k: n for k, n in bag.items() if k not in ("changed", "alone")}
        print(f"{name:24}{bag['changed']:>12}{bag['alone']:>12}  {by_kind}")
    for line in tally.stale[:20]:
        print("STALE", line)
    return {
        "commits": commits,
        **asks,
        "needless_share": needless / max(1, unchanged),
        "naive": {k: dict(v) for k, v in tally.naive.items()},
    }


async def walk(args: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repo"
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(Path(args.repo).resolve()), str(root)], check=True)
        commits = git(root, "rev-list", "--first-parent", "--reverse", "HEAD").split()[-args.commits :]
        git(root, "-c", "advice.detachedHead=false", "checkout", "-q", "-f", commits[0])
        app = App(Settings(repo=root, store=str(Path(folder) / "store")))
        replay = Replay(root, app, args.questions, args.seed)
        began = time.perf_counter()
        try:
            for number, commit in enumerate(commits):
                await replay.at(commit)
                if number % 25 == 0:
                    print(f"{number:5} {commit[:10]} {dict(replay.tally.asks)}", file=sys.stderr, flush=True)
        finally:
            await app.close()
        return report(replay, len(commits), time.perf_counter() - began)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo")
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json")
    args = parser.parse_args()
    result = asyncio.run(walk(args))
    if args.json:
        Path(args.json).write_text(json.dumps(result, indent=1))
    return 1 if result.get("stale") else 0


if __name__ == "__main__":
    sys.exit(main())
