"""What a sync costs: unchanged, after edits, and from nothing, beside a plain walk that only calls lstat.

    python tests/bench/sync.py [--files 1000 10000 50000] [--git]

The trees are made in a temporary folder: ten files of some 300 bytes in each folder. Times are milliseconds of the
wall clock.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from store.source import tree as trees
from store.source.stamps import racy
from store.source.tree import Tree


class Times(NamedTuple):
    """Milliseconds of some runs."""

    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.p50:8.2f} {self.p99:8.2f}"


def measure(work: Callable[[], object], runs: int, before: Callable[[], object] = lambda: None) -> Times:
    times = []
    for _ in range(runs):
        before()
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    return Times(times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))])


def make_tree(root: Path, files: int, *, git: bool) -> None:
    """Ten files in each folder, fifty folders in each package."""
    for number in range(files):
        folder = root / f"package{number // 500}" / f"module{number // 10 % 50}"
        if number % 10 == 0:
            folder.mkdir(parents=True)
        (folder / f"file{number}.py").write_text(f"def name{number}():\n    return {number}\n\n\n" * 8)
    if git:
        (root / ".gitignore").write_text("*.pyc\nbuild/\n.env\n")
        for words in (
            ["init", "-q"],
            ["add", "-A"],
            ["-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "start"],
        ):
            subprocess.run(["git", *words], cwd=root, check=True)


def plain_walk(root: str) -> int:
    """What a walk without any rules costs: the least that can be asked of an uninformed look."""
    count, todo = 0, [root]
    while todo:
        with os.scandir(todo.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        todo.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    count += 1
    return count


def edit(root: Path, paths: list[str], turn: list[int]) -> None:
    for path in paths:
        turn[0] += 1
        (root / path).write_text(f"edited {turn[0]}\n")


def wait_until_sure(tree: Tree) -> None:
    """Sync until no time stamp is in doubt any more, which takes as long as the clock needs to move on."""
    deadline = time.monotonic() + 30
    tree.sync()
    while any(e.stat.racy for e in tree.entries.values()) and time.monotonic() < deadline:
        tree.sync()
    newest = max(os.lstat(p).st_ctime_ns for p in [tree.root, *tree.root.iterdir()])
    while racy(0, newest, time.time_ns()):
        tree.sync()
    tree.sync()


def row(files: int, *, git: bool, watch: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        make_tree(root, files, git=git)
        runs = max(15, min(300, 600_000 // files))
        tree = Tree(root)
        start = time.perf_counter()
        tree.sync()
        first = (time.perf_counter() - start) * 1e3
        wait_until_sure(tree)
        if watch:
            assert tree.watch(), tree.unwatched
            tree.sync()
        seeded = Tree(root)
        seeded.seed(tree.entries)
        start = time.perf_counter()
        assert not any(seeded.sync())
        again = (time.perf_counter() - start) * 1e3
        some, turn = [p for p in tree.entries if p.endswith(".py")][:20], [0]
        unchanged = measure(tree.sync, runs)
        edited = measure(tree.sync, 20, lambda: edit(root, some, turn))
        walk = measure(lambda: plain_walk(str(root)), max(5, runs // 3))
        print(
            f"{files:7} {unchanged}  {edited.p50:8.2f}  {first:8.0f}  {again:8.0f}  {walk}",
            flush=True,
        )


def main() -> None:
    options = argparse.ArgumentParser(description="What a sync costs.")
    options.add_argument("--files", type=int, nargs="+", default=[1000, 10_000, 50_000])
    options.add_argument("--git", action="store_true", help="make the trees git repositories")
    options.add_argument("--watch", action="store_true", help="look only where the kernel heard something (Linux)")
    options = options.parse_args()
    trees.PATIENCE = -1  # watched when asked for, and not before
    print("  files  unchanged p50/p99  20 edits     first    seeded  plain walk p50/p99   [ms]")
    for files in options.files:
        row(files, git=options.git, watch=options.watch)


if __name__ == "__main__":
    main()
