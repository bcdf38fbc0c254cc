"""Whether a tree misses anything while another process does whatever people, editors and git do, swept and watched.

    python tests/bench/watch.py [--rounds 200] [--seeds 1 2 3] [--plain] [--sweep]

A round: the other process does some forty things to a repository of 600 files and says so; then one sync; then the tree is
compared with one made from scratch. Times are milliseconds of that sync.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from store.source.tree import Changes, Tree
from store.source.watch import Watch
from store.words import digest_of
from tests.conftest import git, write


class Score(NamedTuple):
    """What came of some rounds."""

    rounds: int
    wrong: int
    changed: int
    sweeps: int
    times: list[float]

    def __str__(self) -> str:
        ordered = sorted(self.times)
        marks = [ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.5, 0.9, 0.99)]
        parts = [self.rounds, self.wrong, round(self.changed / max(1, self.rounds)), self.sweeps]
        return " ".join(f"{p:7}" for p in parts) + "".join(f"{m:9.2f}" for m in marks) + f"{ordered[-1]:9.2f}"


def make_repo(root: Path, *, in_git: bool) -> None:
    root.mkdir()
    write(root, {f"p{n // 100}/m{n // 10 % 10}/f{n}.py": f"x = {n}\n" for n in range(600)})
    if in_git:
        git(root, "init", "-q", "-b", "main")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "start")
        write(root, {f"p{n // 100}/m{n // 10 % 10}/f{n}.py": f"y = {n}\n" for n in range(500)})
        git(root, "commit", "-qam", "another state of 500 files")


def vandal(root: Path, seed: int, *, in_git: bool) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.vandal", str(root), str(seed), "git" if in_git else "plain"]
    return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)


def told(process: subprocess.Popen[str], count: int) -> None:
    """Have the other process do some things, and wait until it has."""
    ask, answer = process.stdin, process.stdout
    assert ask is not None and answer is not None
    ask.write(f"{count}\n")
    ask.flush()
    assert answer.readline() == "done\n", "the other process ended"


def digests(tree: Tree) -> dict[str, str]:
    return {path: entry.digest for path, entry in tree.entries.items()}


def right(before: dict[str, str], changes: Changes, tree: Tree) -> bool:
    other = Tree(tree.root)
    other.sync()
    after = digests(other)
    changed = {path: digest for path, digest in after.items() if before.get(path) != digest}
    return (
        digests(tree) == after
        and {path: digest_of(data) for path, data in changes.changed.items()} == changed
        and set(changes.gone) == before.keys() - after.keys()
    )


def rounds(seed: int, count: int, *, in_git: bool, watched: bool) -> Score:
    wrong, changed, times, dice = 0, 0, [], random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "repo"
        make_repo(root, in_git=in_git)
        tree = Tree(root)
        if watched:
            tree.attach(Watch(root), files=0)
        tree.sync()
        sweeps = tree.sweeps
        with vandal(root, seed, in_git=in_git) as process:
            for _ in range(count):
                before = digests(tree)
                told(process, dice.randint(1, 80))
                start = time.perf_counter()
                changes = tree.sync()
                times.append((time.perf_counter() - start) * 1e3)
                changed += len(changes.changed) + len(changes.gone)
                wrong += not right(before, changes, tree)
            assert process.stdin is not None
            process.stdin.close()
        return Score(count, wrong, changed, tree.sweeps - sweeps, times)


def main() -> int:
    options = argparse.ArgumentParser(description="Whether a tree misses anything.")
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options.add_argument("--plain", action="store_true", help="a plain folder instead of a git repository")
    options.add_argument("--sweep", action="store_true", help="sweep the tree instead of watching it")
    options = options.parse_args()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    print("  seed  rounds   wrong changed  sweeps  sync p50      p90      p99      max   [ms]")
    wrong = 0
    for seed in options.seeds:
        score = rounds(seed, options.rounds, in_git=not options.plain, watched=not options.sweep)
        wrong += score.wrong
        print(f"{seed:6} {score}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
