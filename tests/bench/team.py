"""Tiers slept over and promoted to at once, with kill -9: is anything lost, doubled, in the wrong tier, or stale?

    python tests/bench/team.py [--rounds 5] [--seed 1]                  the team's tier is a folder
    python tests/bench/team.py --server PATH/TO/moto_server             it is in an S3-compatible server on loopback

First one machine: observations go into its own store and the team's, and a shift over each runs at the same time. Then two
machines (two clones): each has observations for the team's store and lessons of its own; both sleep over the team's store and
both promote to it, at once; the second one's checkout has a file that the first one's has not, and what it learns is about that.
In some rounds shifts are killed. At last every tier is slept over to the end, and each observation
must be stored once and settled, each rule be one lesson of its tier, with exactly the observations that said it as its sources.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from server.observe import Observing, observe
from store.home import Home
from store.journal import Journal
from store.tables import Store
from store.words import Lesson, Observation
from tests.bench.team_s3 import CART, TEAM, started

LATE = "from cart import total\n\n\ndef late(c):\n    return total(c)\n"
ENDS_WITHIN_S = 300.0
"""In an object store, what a killed sleeper held is free again after two minutes."""


def rule(name: str) -> str:
    return f"Never call `{name}` without holding its lock"


class Tier:
    """One store as one machine reaches it, and what was recorded into it: rule -> ids."""

    def __init__(self, repo: Path, location: str | None) -> None:
        self.repo, self.location = repo, location
        self.about = "cart.py"
        self.said: dict[str, set[str]] = defaultdict(set)

    def record(self, name: str) -> None:
        journal = Journal(Home(self.repo, self.location))
        told = observe(journal, Observing(rule(name), "correction", "repo", (self.about,)), "", "bench")
        journal.close()
        assert told.recorded
        self.said[name].add(told.id)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        store = ["--store", self.location] if self.location and words[0] == "sleep" else []
        command = [sys.executable, str(ROOT / "forethought.py"), *words, "--repo", str(self.repo), *store]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def slept(self) -> None:
        """A shift that runs to its end, as soon as one may."""
        until = time.monotonic() + ENDS_WITHIN_S
        while self.start("sleep", "--json").wait() != 0:
            assert time.monotonic() < until, f"no shift over {self.location or 'the own store'} came to its end"
            time.sleep(1)

    async def holds(self) -> tuple[list[Lesson], Counter[str], int]:
        """The lessons, how often each observation is stored, and how many wait."""
        store = await Store.open(Home(self.repo, self.location))
        try:
            ids = Counter((await store.table("observations").scan(["id"]))["id"].to_pylist())
            seen = await store.entries("observations", Observation, 100_000)
            return await store.entries("lessons", Lesson), ids, sum(not one.settled for one in seen)
        finally:
            store.close()


class Run:
    """The rounds, and what was wrong."""

    def __init__(self, team: str, folder: Path, dice: random.Random) -> None:
        self.team, self.dice = team, dice
        self.one, self.two = folder / "one", folder / "two"
        self.own = [Tier(self.one, None), Tier(self.two, None)]
        self.shared = [Tier(self.one, team), Tier(self.two, team)]
        self.killed = Counter[str]()
        self.wrong: list[str] = []

    def make(self) -> None:
        self.one.mkdir()
        (self.one / "cart.py").write_text(CART)
        git = ["git", "-C", str(self.one), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
            subprocess.run([*git, *words], check=True)
        subprocess.run(["git", "clone", "-q", str(self.one), str(self.two)], check=True)
        for tier in (*self.own, self.shared[0]):
            tier.slept()

    def at_once(self, tiers: list[Tier], more: list[subprocess.Popen[bytes]], *, kills: bool) -> None:
        """Shifts over these tiers at the same time; with `kills`, some are killed at some moment."""
        running = [tier.start("sleep", "--json") for tier in tiers]
        if kills:
            victims = self.dice.sample(running, self.dice.randint(1, len(running)))
            time.sleep(self.dice.uniform(1.0, 6.0))
            for victim in victims:
                self.killed["too late" if victim.poll() is not None else "killed"] += 1
                victim.kill()
        for process in running:
            process.wait(ENDS_WITHIN_S)
        self.wrong += [f"promoting ended with {p.returncode}" for p in more if p.wait(ENDS_WITHIN_S) != 0]

    def one_machine(self, rounds: int, kill_in: set[int]) -> None:
        """Its own tier and the team's."""
        for number in range(rounds):
            for _ in range(6):
                self.own[0].record(f"mine_{self.dice.choice('abcde')}x")
                self.shared[0].record(f"ours_{self.dice.choice('abcde')}x")
            self.at_once([self.own[0], self.shared[0]], [], kills=number in kill_in)

    def two_machines(self, rounds: int, kill_in: set[int]) -> None:
        """Each has a lesson of its own and one that both learnt; all of it is promoted while both sleep over the team's tier."""
        (self.two / "extra.py").write_text("def extra():\n    return 1\n")
        self.shared[1].about = "extra.py"
        for number in range(rounds):
            for nth, tier in enumerate(self.shared):
                for _ in range(4):
                    tier.record(f"{'ours' if nth == 0 else 'away'}_{self.dice.choice('abcdefg')}x")
                letter = chr(ord("a") + number)
                self.own[nth].record(f"learnt_{letter}{nth}y")
                self.own[nth].record(f"both_{letter}z")
            for tier in self.own:
                tier.slept()
            promoting = [tier.start("promote", "all", "--team", self.team) for tier in self.own]
            self.at_once(self.shared, promoting, kills=number in kill_in)

    # -- afterwards --------------------------------------------------------------------------------------------------------

    def compare(self) -> int:
        """Sleep everything to the end and count; how many observations there were."""
        for tier in (*self.own, *self.shared):
            tier.slept()
        said: dict[str, set[str]] = defaultdict(set)
        for tier in self.shared:
            for name, ids in tier.said.items():
                said[name] |= ids
        recorded = {i for ids in said.values() for i in ids}
        for nth, tier in enumerate(self.own):
            mine = {i for ids in tier.said.values() for i in ids}
            self._check(f"machine {nth + 1}'s own", *asyncio.run(tier.holds()), tier.said, mine)
            for name, ids in tier.said.items():
                said[name] |= ids
        self._check("the team's", *asyncio.run(self.shared[1].holds()), said, recorded)
        return sum(len(ids) for ids in said.values())

    def _check(
        self, whose: str, lessons: list[Lesson], ids: Counter[str], waiting: int, said: dict[str, set[str]],
        recorded: set[str],
    ) -> None:  # fmt: skip
        lost, double = recorded - ids.keys(), [i for i, n in ids.items() if n > 1]
        self.wrong += [f"{whose}: {len(lost)} observations lost"] if lost else []
        self.wrong += [f"{whose}: {len(ids.keys() - recorded)} of somebody else's"] if ids.keys() - recorded else []
        self.wrong += [f"{whose}: {len(double)} stored twice"] if double else []
        self.wrong += [f"{whose}: {waiting} observations wait"] if waiting else []
        by_text = defaultdict(list)
        for lesson in lessons:
            by_text[lesson.text].append(lesson)
        wanted = {rule(name): sources for name, sources in said.items()}
        self.wrong += [f"{whose}: no lesson {text!r}" for text in wanted.keys() - by_text.keys()]
        self.wrong += [f"{whose}: a lesson from nowhere {text!r}" for text in by_text.keys() - wanted.keys()]
        for text, found in by_text.items():
            if len(found) > 1:
                self.wrong.append(f"{whose}: {len(found)} lessons {text!r}")
            missing = wanted.get(text, set()) - {s for one in found for s in one.sources}
            self.wrong += [f"{whose}: {text!r} forgot {len(missing)} observations"] if missing else []

    def stale(self) -> None:
        """What the team's tier answers is checked against each working tree."""
        said = self._asked(self.two)
        if said["status"] != "hit":
            self.wrong.append(f"the other machine was not served from the team's tier: {said['status']}")
        (self.two / "late.py").write_text(LATE)
        after = self._asked(self.two)
        if after["status"] == "hit" or "late" not in str(after["answer"]):
            self.wrong.append(f"stale: {after['status']} {after['answer']}")

    def _asked(self, repo: Path) -> dict[str, object]:
        store = repo.parent / f"empty-{repo.name}-{time.monotonic_ns()}"
        words = ["ask", "who calls total", "--repo", str(repo), "--store", str(store), "--team", self.team, "--json"]
        subprocess.run(
            [sys.executable, str(ROOT / "forethought.py"), "summary", ".", "--repo", str(repo), "--store", str(store)],
            check=True, capture_output=True,
        )  # fmt: skip
        drop = asyncio.run(_without_answers(repo, str(store)))
        done = subprocess.run([sys.executable, str(ROOT / "forethought.py"), *words], check=True, capture_output=True)
        found: dict[str, object] = json.loads(done.stdout)
        assert drop
        return found


async def _without_answers(repo: Path, location: str) -> bool:
    """A store that knows the files, so that nothing has to be studied, and no answers."""
    store = await Store.open(Home(repo, location))
    await store.drop_preanswers([row.variant for row in await store.preanswers()])
    store.close()
    return True


def main() -> int:
    """Run the rounds; 0 if nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="with one machine; and as many with two")
    parser.add_argument("--kills", type=int, default=2, help="in so many of them, each time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", help="moto_server, or what takes the same arguments: the team's tier is in S3 then")
    args = parser.parse_args()
    dice = random.Random(args.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="forethought-team-") as folder:
        server = started(args.server, Path(folder)) if args.server else None
        try:
            run = Run(TEAM if server else str(Path(folder, "team")), Path(folder), dice)
            run.make()
            print(f"made after {time.monotonic() - began:.0f} s", flush=True)
            run.one_machine(args.rounds, set(dice.sample(range(args.rounds), args.kills)))
            print(f"one machine, two tiers: {args.rounds} rounds after {time.monotonic() - began:.0f} s", flush=True)
            run.two_machines(args.rounds, set(dice.sample(range(args.rounds), args.kills)))
            print(f"two machines, one tier: {args.rounds} rounds after {time.monotonic() - began:.0f} s", flush=True)
            count = run.compare()
            run.stale()
        finally:
            if server is not None:
                server.terminate()
                server.wait()
    for line in run.wrong:
        print("WRONG", line)
    print(f"{count} observations, {dict(run.killed)}, {len(run.wrong)} wrong, {time.monotonic() - began:.0f} s")
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
