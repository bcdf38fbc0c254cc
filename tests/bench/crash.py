"""Kill -9 of a server or of a shift at random moments, again and again: is anything lost, doubled, stale, or left to repair?

    python tests/bench/crash.py [--kills 20] [--seed 1] [--files 40]

One repository for the whole run. In each round a real client asks and records over stdio while files are edited; then the
server, or a shift over the same store, is killed at a random moment, and both are started again. After each round a shift
runs to its end, and everything that was ever acknowledged must be in the tables exactly once. At last a table is damaged on
purpose. How answers are judged: `tests/bench/torture.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from store.home import Home
from store.tables import Store
from tests.bench.torture import FRONT, World, judge

STARTING_S = 60.0


class Crashes:
    """The run: what was acknowledged, and what was wrong."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        self.acknowledged: dict[str, str] = {}
        self.recorded: dict[str, str] = {}
        self.killed = Counter[str]()
        self.ended = Counter[str]()
        self.status = Counter[str]()
        self.wrong: list[str] = []
        self.notices: list[str] = []
        self.serial = 0

    async def round(self) -> None:
        """Serve, ask, edit, kill; then see what is left."""
        victim = self.dice.choice(["server", "server", "shift", "both"])
        shift = self._shift() if victim != "server" else None
        before = self.killed.total()
        try:
            await self._serve(victim, shift)
        except Exception as problem:  # noqa: BLE001 - a client whose server was killed ends as it likes
            self.ended[type(problem).__name__] += 1
            if self.killed.total() == before:
                self.wrong.append(f"ended before the kill: {problem!r}")
        if shift is not None:
            if shift.poll() is None:
                shift.kill()
            shift.wait()
        self._finished_shift()
        await self._compare()

    async def _serve(self, victim: str, shift: subprocess.Popen[bytes] | None) -> None:
        from mcp import Client, StdioServerParameters

        note = self.world.root.parent / "server.pid"
        note.unlink(missing_ok=True)
        words = [*FRONT, "serve", "--repo", str(self.world.root)]
        # The shell writes its id down and becomes the server.
        server = StdioServerParameters(
            command="sh", args=["-c", 'echo $$ > "$0"; exec "$@"', str(note), *words], env=dict(os.environ)
        )
        async with asyncio.timeout(STARTING_S), Client(server) as agent:
            await self._ask(agent)
            kill = threading.Timer(self.dice.uniform(0.02, 2.5), self._kill, (victim, note, shift))
            kill.start()
            while kill.is_alive() or victim != "shift" or not self.dice.random() < 0.2:
                await (self._ask(agent) if self.dice.random() < 0.7 else self._record(agent))

    def _kill(self, victim: str, note: Path, shift: subprocess.Popen[bytes] | None) -> None:
        if shift is not None and shift.poll() is None:
            shift.kill()
            self.killed["shift"] += 1
        if victim != "shift":
            os.kill(int(note.read_text()), 9)
            self.killed["server"] += 1

    async def _ask(self, agent: Any) -> None:
        self.world.step()
        n, kind = self.dice.randrange(self.world.files), self.dice.choice(["explain", "callers"])
        question = f"What does work_{n} do?" if kind == "explain" else f"Who calls work_{n}?"
        asked = time.monotonic()
        told = await agent.call_tool("lookup_preanswer", {"question": question, "kind": kind, "about": [f"work_{n}"]})
        answered = time.monotonic()
        result = told.structured_content or {}
        self.status[str(result.get("status"))] += 1
        self.acknowledged[result["trace_id"]] = question
        if result["status"] in ("hit", "computed"):
            wrong = judge(self.world, n, kind, result.get("answer") or "", asked, answered)
            self.wrong += [f"stale: {result['status']} {kind} work_{n}: {wrong}"] if wrong else []

    async def _record(self, agent: Any) -> None:
        self.serial += 1
        n = self.dice.choice([m for m, token in self.world.tokens.items() if token])
        question = f"riddle number {self.serial}"
        answer = f"It is {self.serial}."
        wanted = {"question": question, "answer": answer, "sources": [self.world.place[n]]}
        told = await agent.call_tool("record_query", wanted)
        if told.is_error:
            self.wrong.append(f"not recorded: {told.content}")
            return
        self.acknowledged[(told.structured_content or {})["trace_id"]] = question
        self.recorded[question] = answer

    # -- afterwards --------------------------------------------------------------------------------------------------------

    def _shift(self) -> subprocess.Popen[bytes]:
        words = [*FRONT, "sleep", "--repo", str(self.world.root), "--json"]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _finished_shift(self) -> None:
        """A shift that nobody kills. A child of the killed server may still hold the store for a moment."""
        until = time.monotonic() + STARTING_S
        while time.monotonic() < until:
            words = [*FRONT, "sleep", "--repo", str(self.world.root), "--json"]
            done = subprocess.run(words, check=False, capture_output=True, text=True)
            if done.returncode == 0 and json.loads(done.stdout)["outcome"] == "done":
                return
            time.sleep(0.5)
        self.wrong.append(f"no shift ran to its end: {done.returncode} {done.stdout[-300:]} {done.stderr[-300:]}")

    async def _compare(self) -> None:
        store = await Store.open(Home(self.world.root))
        try:
            ids = Counter((await store.table("queries").scan(["id"]))["id"].to_pylist())
            entries = Counter(a.id for a in await store.queries(1_000_000))
            self.notices += store.notices
        finally:
            store.close()
        lost = self.acknowledged.keys() - entries.keys()
        double = [i for i, n in (ids | entries).items() if n > 1]
        self.wrong += [f"lost: {self.acknowledged[i]} ({i})" for i in lost] + [f"twice: {i}" for i in double]
        for i in lost:
            del self.acknowledged[i]

    async def damage(self) -> None:
        """Overwrite tables; each must be rebuilt, with a message, and nothing else may be lost."""
        for name in ("files", "preanswers", "cards", "queries"):
            [folder] = (self.world.root / ".forethought" / "tables").glob(f"*/{name}.lance")
            for file in folder.rglob("*"):
                if file.is_file():
                    file.write_bytes(b"\xff" * 10)
            words = [*FRONT, "sleep", "--repo", str(self.world.root), "--json"]
            done = subprocess.run(words, check=False, capture_output=True, text=True)
            said = f"{name} was damaged" in done.stdout + done.stderr
            if done.returncode or not said:
                self.wrong.append(f"damaged {name}: {done.returncode} {done.stdout[-400:]} {done.stderr[-400:]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "repo"
        root.mkdir()
        (root / "lib").mkdir()
        world = World(root, args.files, args.seed)
        world.make()
        run = Crashes(world, random.Random(args.seed))
        subprocess.run([*FRONT, "sleep", "--repo", str(root), "--json"], check=True, capture_output=True)
        began = time.monotonic()
        while run.killed.total() < args.kills:
            before = len(run.acknowledged)
            asyncio.run(run.round())
            print(f"{dict(run.killed)} +{len(run.acknowledged) - before} wrong {len(run.wrong)}", flush=True)
        asyncio.run(run.damage())
    print(
        f"{run.killed.total()} kills {dict(run.killed)} in {time.monotonic() - began:.0f} s; clients {dict(run.ended)}"
    )
    print(f"{len(run.acknowledged)} acknowledged ({len(run.recorded)} recorded), status {dict(run.status)}")
    print(f"notices without damage: {len(run.notices)} {run.notices[:2]}")
    for line in run.wrong[:20]:
        print("WRONG", line)
    print("nothing lost, doubled or stale, nothing to repair" if not run.wrong else f"{len(run.wrong)} violations")
    return 1 if run.wrong or run.notices else 0


if __name__ == "__main__":
    sys.exit(main())
