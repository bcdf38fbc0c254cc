"""Writers change a repository without pause while clients ask over stdio: was anything stale ever served?

    python tests/bench/torture.py [--lookups 5000] [--clients 2] [--files 60] [--seconds 900] [--seed 1]

A repository is made, studied, and served to real MCP clients. A writer process of one thread edits, renames, deletes
and creates files, adds and removes callers, and checks branches out; it notes for every function when each of its
states began and ended. An answer is right if it shows a state that was on disk at some moment between the question
and the answer: what was over before the question began is stale. Saying less ("ask again in a moment", candidates) is
allowed and counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
FRONT = [sys.executable, str(ROOT / "forethought.py")]
GIT = {
    **os.environ,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}

LENGTH = 200
"""Bytes of every file that is edited in place."""

State = tuple[str, frozenset[str]]
"""What is true of a function: the token that it returns ("" where it is not defined), and who calls it."""


def git(repo: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=repo, env=GIT, check=True, capture_output=True)


class World:
    """The repository, and the history of what was true of each function and when."""

    def __init__(self, root: Path, files: int, seed: int) -> None:
        self.root, self.files = root, files
        self.rng = random.Random(seed)
        self.lock = threading.Lock()
        self.busy = threading.Lock()
        self.tokens: dict[int, str] = {}
        self.callers: dict[int, set[str]] = {}
        self.place: dict[int, str] = {}
        self.log: dict[int, list[tuple[float, float, State]]] = {}
        self.past: dict[str, tuple[dict[int, str], dict[int, set[str]], dict[int, str]]] = {}
        self.changes = Counter[str]()
        self.checkouts: list[tuple[float, float]] = []
        self.count = 0

    def make(self) -> None:
        for n in range(self.files):
            self.tokens[n], self.callers[n], self.place[n] = f"token_{n}_0", set(), f"lib/part_{n}.py"
            self._write(n)
            for k in range(n % 3):
                self._call(n, f"use_{n}_{k}")
        (self.root / "lib/__init__.py").write_text("")
        (self.root / "app").mkdir(exist_ok=True)
        git(self.root, "init", "-q", "-b", "main")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "-m", "start")
        for n in range(self.files):
            self.log[n] = [(0.0, 0.0, self._state(n))]

    def _state(self, n: int) -> State:
        return self.tokens[n], frozenset(self.callers[n])

    def _write(self, n: int) -> None:
        """As editors do: a new file over the old one, or in place by a single write, so that no half of it is ever on disk."""
        path = self.root / self.place[n]
        path.parent.mkdir(parents=True, exist_ok=True)
        head = f'"""Part {n}."""\n' + "\n" * self.rng.randrange(4)
        text = f'{head}\n\ndef work_{n}():\n    return "{self.tokens[n]}"\n\n\n'.ljust(LENGTH, "#").encode()
        if self.rng.random() < 0.5:
            file = os.open(path, os.O_WRONLY | os.O_CREAT)
            os.pwrite(file, text, 0)
            os.close(file)
        else:
            swap = path.with_suffix(".swp.tmp")
            swap.write_bytes(text)
            os.replace(swap, path)

    def _call(self, n: int, name: str) -> None:
        module = self.place[n].removesuffix(".py").replace("/", ".")
        path = self.root / f"app/{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"from {module} import work_{n}\n\n\ndef {name}():\n    return work_{n}()\n")
        self.callers[n].add(name)

    def step(self) -> None:
        """One change, and what it makes true, with the time in which both the old and the new may be seen."""
        kind = self.rng.choices(
            ["edit", "add caller", "drop caller", "delete", "restore", "move", "branch"], [50, 15, 12, 5, 8, 6, 1]
        )[0]
        n = self.rng.randrange(self.files)
        with self.busy:
            began = time.monotonic()
            touched = self._do(kind, n)
            ended = time.monotonic()
            with self.lock:
                if kind == "branch":
                    self.checkouts.append((began, ended))
                for m in touched:
                    if self.log[m][-1][2] != self._state(m):
                        self.log[m].append((began, ended, self._state(m)))
        self.changes[kind if touched else "nothing"] += 1

    def _do(self, kind: str, n: int) -> list[int]:
        self.count += 1
        alive = bool(self.tokens[n])
        if kind == "edit" and alive:
            self.tokens[n] = f"token_{n}_{self.count}"
            self._write(n)
        elif kind == "add caller" and alive:
            self._call(n, f"use_{n}_{self.count}")
        elif kind == "drop caller" and self.callers[n]:
            name = self.rng.choice(sorted(self.callers[n]))
            (self.root / f"app/{name}.py").unlink()
            self.callers[n].discard(name)
        elif kind == "delete" and alive and not self.callers[n]:
            (self.root / self.place[n]).unlink()
            self.tokens[n] = ""
        elif kind == "restore" and not alive:
            self.tokens[n] = f"token_{n}_{self.count}"
            self._write(n)
        elif kind == "move" and alive and not self.callers[n]:
            old = self.root / self.place[n]
            self.place[n] = f"lib/moved_{self.count}/part_{n}.py"
            (self.root / self.place[n]).parent.mkdir(parents=True)
            old.rename(self.root / self.place[n])
        elif kind == "branch":
            return self._branch()
        else:
            return []
        return [n]

    def _branch(self) -> list[int]:
        """Commit what is there and check an earlier commit out: everything may change at once."""
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", f"state {self.count}")
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()
        self.past[head] = (dict(self.tokens), {n: set(c) for n, c in self.callers.items()}, dict(self.place))
        back = self.rng.choice(sorted(self.past))
        git(self.root, "checkout", "-q", "-f", "--detach", back)
        tokens, callers, places = self.past[back]
        self.tokens, self.callers, self.place = dict(tokens), {n: set(c) for n, c in callers.items()}, dict(places)
        return list(range(self.files))

    def checking_out(self, asked: float, answered: float) -> bool:
        """Whether a checkout was under way: git takes files away and puts others in their place, so any may be absent."""
        with self.busy, self.lock:
            return any(began <= answered and ended >= asked for began, ended in self.checkouts)

    def possible(self, n: int, asked: float, answered: float) -> list[State]:
        """The states that were on disk at some moment of the interval; a change under way is waited for, to be known."""
        with self.busy, self.lock:
            states = list(self.log[n])
        found = []
        for k, (began, _, state) in enumerate(states):
            over = states[k + 1][1] if k + 1 < len(states) else float("inf")
            if began <= answered and over >= asked:
                found.append(state)
        return found


class Tally:
    """What came of the lookups."""

    def __init__(self) -> None:
        self.status = Counter[str]()
        self.stale: list[str] = []
        self.total_ms: list[float] = []
        self.sync_ms: list[float] = []


_TOKEN = re.compile(r"token_(\d+)_\d+")
_CALLER = re.compile(r"`(use_\d+_\d+)`")


def judge(world: World, n: int, kind: str, answer: str, asked: float, answered: float) -> str:
    """Empty where the answer shows a state of the interval; else what it showed."""
    possible = world.possible(n, asked, answered)
    if kind == "explain":
        shown = next((m[0] for m in _TOKEN.finditer(answer) if int(m[1]) == n), "")
        return (
            ""
            if any(state[0] == shown for state in possible)
            else f"shows {shown or 'nothing'}, could be {[s[0] for s in possible]}"
        )
    shown_callers = frozenset(_CALLER.findall(answer))
    if any(state[1] == shown_callers or not state[0] for state in possible) or " more" in answer:
        return ""
    return f"shows {sorted(shown_callers)}, could be {[sorted(s[1]) for s in possible]}"


async def client(world: World, tally: Tally, most: int, until: float, seed: int) -> None:
    """One agent over stdio that asks without pause, and now and then looks twice."""
    from mcp import Client, StdioServerParameters

    rng = random.Random(seed)
    server = StdioServerParameters(
        command=FRONT[0], args=[FRONT[1], "serve", "--repo", str(world.root)], env=dict(os.environ)
    )
    async with Client(server) as agent:
        while len(tally.total_ms) < most and time.monotonic() < until:
            n, kind = rng.randrange(world.files), rng.choice(["explain", "callers"])
            question = {"explain": f"What does work_{n} do?", "callers": f"Who calls work_{n}?"}[kind]
            asked = time.monotonic()
            told = await agent.call_tool(
                "lookup_preanswer", {"question": question, "kind": kind, "about": [f"work_{n}"]}
            )
            answered = time.monotonic()
            result = told.structured_content or {}
            tally.status[f"{result.get('status')}"] += 1
            tally.total_ms.append((answered - asked) * 1e3)
            for value in (told.meta or {}).values():
                if isinstance(value, dict) and "timings_ms" in value:
                    tally.sync_ms.append(value["timings_ms"].get("sync", 0.0))
            served = result.get("status") in ("hit", "computed")
            if served and world.checking_out(asked, answered):
                tally.status["of these, during a checkout and not judged"] += 1
                served = False
            if served and (wrong := judge(world, n, kind, result.get("answer") or "", asked, answered)):
                tally.stale.append(f"{result['status']} {kind} work_{n}: {wrong}")
            await asyncio.sleep(0)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


async def run(args: argparse.Namespace, world: World, tally: Tally) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            world.step()
            stop.wait(world.rng.expovariate(args.rate))

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        until = time.monotonic() + args.seconds
        await asyncio.gather(*(client(world, tally, args.lookups, until, args.seed + k) for k in range(args.clients)))
    finally:
        stop.set()
        writer.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lookups", type=int, default=5_000)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rate", type=float, default=20.0, help="changes a second")
    parser.add_argument("--seconds", type=float, default=900)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder).resolve(), args.files, args.seed)
        world.make()
        subprocess.run([*FRONT, "sleep", "--repo", folder, "--json"], check=True, capture_output=True)
        began = time.monotonic()
        asyncio.run(run(args, world, tally))
        spent = time.monotonic() - began
    lookups = len(tally.total_ms)
    print(f"{lookups} lookups in {spent:.0f} s by {args.clients} clients")
    print(f"{sum(world.changes.values())} changes: {dict(world.changes)}")
    print(f"status {dict(tally.status)}; stale {len(tally.stale)}")
    for name, values in (("sync", tally.sync_ms), ("round trip", tally.total_ms)):
        print(f"{name}: p50 {quantile(values, 0.5):.1f} ms, p99 {quantile(values, 0.99):.1f} ms")
    for line in tally.stale[:20]:
        print("STALE", line)
    print(json.dumps({"lookups": lookups, "stale": len(tally.stale)}))
    return 1 if tally.stale else 0


if __name__ == "__main__":
    sys.exit(main())
