"""Kill -9 at random moments of a thinking shift, again and again until the work is done: is anything paid for twice, or lost?

    python tests/bench/thinking_kills.py [--thinker anthropic|batches] [--rounds 5] [--seed 1]

Each round is a repository of its own, shifts through the real command line against the local server, each killed at a random
moment of its exchange with the server (a request came in, was worked on, and some milliseconds after) until it gets through.
Counted: requests worked on more than once (must be none), replies that arrived and are not published (none), and replies lost
on the way (only live, and at most those that were in flight when a kill came; they are charged at the worst case).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from sleep.thinking.budget import Budget
from sleep.thinking.notebook import Notebook
from store.home import Home
from store.tables import Store
from tests.anthropic_server import AnthropicServer
from tests.conftest import write
from tests.thinking import Line, notes, quote, scripted

FILES = 8
KILLS = 6


class Round(NamedTuple):
    """What came of one."""

    kills: int
    asked: int
    twice: int
    answered: int
    lost: int
    unpublished: int
    billed: Decimal
    booked: Decimal


def repository(root: Path) -> None:
    """Some files that lean on each other, each a context of its own and worth it."""
    for n in range(FILES):
        before = (
            f"from app.part_{n - 1} import " + ", ".join(f"step_{n - 1}_{m}" for m in range(16)) + "\n\n\n" if n else ""
        )
        body = "".join(_step(n, m) for m in range(16))
        write(root, {f"app/part_{n}.py": before + body, f"tests/test_{n}.py": _test(n)})


def _step(n: int, m: int) -> str:
    called = f"    value = step_{n - 1}_{m}(value)\n" if n else ""
    return (
        f'def step_{n}_{m}(value):\n    """Take a step."""\n{called}'
        + "    value = value + 1\n" * 6
        + "    return value\n\n\n"
    )


def _test(n: int) -> str:
    names = [f"step_{n}_{m}" for m in range(16)]
    calls = "".join(f"\n\ndef test_{name}():\n    assert {name}(1)\n" for name in names)
    return f"from app.part_{n} import {', '.join(names)}\n{calls}"


def answer(params: dict[str, Any], lines: list[Line]) -> Any:
    time.sleep(0.05)
    name = re.search(r"step_(\d+)_", lines[0].text)
    n = name[1] if name else "0"
    first = quote(lines, f"def step_{n}_0")
    fact = {
        "about": "flow",
        "subject": f"step_{n}_0",
        "text": f"`step_{n}_0` returns a value that it has changed several times.",
        "support": [first],
    }
    return notes([fact], [])


def killer(process: subprocess.Popen[bytes], dice: random.Random) -> Callable[[str], None]:
    """Kills a process at one of the moments that the server sees, a little later."""

    def seen(when: str) -> None:
        if dice.random() < 0.25:
            threading.Timer(dice.choice((0.0, 0.005, 0.02, 0.1, 0.4)), process.kill).start()

    return seen


def one_round(thinker: str, dice: random.Random) -> Round:
    with tempfile.TemporaryDirectory() as folder, AnthropicServer(scripted(answer)) as server:
        root = Path(folder)
        repository(root)
        kills = 0
        words = [
            sys.executable,
            str(ROOT / "forethought.py"),
            "sleep",
            "--repo",
            folder,
            "--thinker",
            thinker,
            "--budget-usd",
            "5",
        ]
        words += ["--base-url", server.url, "--json", "--eagerness", "10"]
        finished = 0
        while finished < (1 if thinker == "anthropic" else 3):
            process = subprocess.Popen(
                words, stdout=subprocess.DEVNULL, env={**os.environ, "ANTHROPIC_API_KEY": "sk-x"}
            )
            server.seen = killer(process, dice) if kills < KILLS else lambda when: None
            code = process.wait(timeout=300)
            finished += code == 0
            kills += code == -signal.SIGKILL
            if code not in (0, -signal.SIGKILL):
                raise SystemExit(f"a shift failed by itself: {code}")
        return asyncio.run(_counted(root, server, kills))


async def _counted(root: Path, server: AnthropicServer, kills: int) -> Round:
    home = Home(root)
    bodies = [*server.sent(), *(r["params"] for b in server.batches.values() for r in b.requests)]
    asked = Counter(m[1] for b in bodies if (m := re.search(r"<context-(\w+)>", json.dumps(b))))
    thoughts = list(Notebook(home).all())
    answered = [t for t in thoughts if t.state == "answered"]
    store = await Store.open(home)
    published = {f.thought for c in await store.cards() for f in c.facts} | {
        r.thought for r in await store.preanswers()
    }
    store.close()
    return Round(
        kills, len(asked), sum(n > 1 for n in asked.values()), len(answered), sum(t.state == "lost" for t in thoughts),
        sum(t.ask.id not in published for t in answered), round(Decimal(server.usd), 6),
        round(sum(e.usd for e in Budget(home, Decimal(5)).entries()), 6),
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--thinker", choices=("anthropic", "batches"), default="anthropic")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    dice = random.Random(args.seed)
    bad = 0
    for _ in range(args.rounds):
        found = one_round(args.thinker, dice)
        print(" ".join(f"{name}={value}" for name, value in found._asdict().items()), flush=True)
        if not found.asked:
            raise SystemExit("nothing was asked: the bench measures nothing")
        bad += found.twice + found.unpublished + (found.booked < found.billed)
    print("nothing was paid for twice, no reply that arrived is lost" if not bad else f"{bad} violations")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
