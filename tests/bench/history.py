"""The past of a real repository, walked: at each step what could be known, and which symbols were touched next.

Two kinds of steps. *Between sittings*: the tree is as a commit left it; next come the commits of the following step. *Within a
sitting*: half of the hunks of a commit, file by file in random order, are on disk and not committed; next comes its other
half. Used by `prediction.py`; a clone is checked out, and the tree, the index and git are the real ones.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sleep.prediction.features import Table, table_of
from sleep.prediction.signals import gather
from sleep.prediction.touches import Hunk, Touches, hunks_of, touched
from store.graph.index import Index
from store.source.read import read
from store.source.tree import Tree
from store.words import now

MOST = 200
"""Hunks of a commit that is somebody's sitting; more are a sweep."""

_DIFF = ("diff", "-U0", "--no-renames", "--diff-filter=M", "--no-color", "--no-ext-diff")


class Moment(NamedTuple):
    """What was known at a step, and the symbols that were touched next."""

    table: Table
    touches: Touches
    next: set[str]


def git(repo: Path, *words: str, given: str | None = None) -> str:
    data = None if given is None else given.encode("utf-8", "surrogateescape")
    done = subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True, timeout=120, input=data)
    return done.stdout.decode("utf-8", "surrogateescape")


def commits_of(repo: Path, steps: int, ahead: int) -> list[str]:
    """Commits of the first-parent history, oldest first, `ahead` apart."""
    commits = git(repo, "rev-list", "--first-parent", f"-n{steps * ahead + 1}", "HEAD").split()
    return list(reversed(commits[::ahead]))


def between(repo: Path, commits: list[str]) -> Iterator[Moment]:
    """Each step of a history, with the tree clean."""
    follow = _Following(repo)
    for then, following in pairwise(commits):
        git(repo, "checkout", "-qf", then)
        table, touches = follow.known()
        yield Moment(table, touches, _on(follow.index, git(repo, *_DIFF, then, following), new=False))


def within(repo: Path, commits: list[str], rng: random.Random) -> Iterator[Moment]:
    """Each commit of a history that has two hunks or more, half done."""
    follow = _Following(repo)
    for then, following in pairwise(commits):
        half = _half(git(repo, *_DIFF, then, following), rng)
        if not half:
            continue
        git(repo, "checkout", "-qf", then)
        git(repo, "apply", "--unidiff-zero", "--whitespace=nowarn", "-", given=half)
        table, touches = follow.known()
        yield Moment(table, touches, _on(follow.index, git(repo, *_DIFF, following), new=True))


class _Following:
    """The index of a clone, kept up with what is checked out."""

    def __init__(self, repo: Path) -> None:
        self.index = Index()
        self._tree = Tree(repo)

    def known(self) -> tuple[Table, Touches]:
        """What can be known now, from the past alone."""
        tree = Tree(self._tree.root)
        tree.seed(dict(self._tree.entries))
        self._tree = tree
        changes = tree.sync()
        self.index.apply([read(path, data) for path, data in changes.changed.items()], changes.gone)
        signals = gather(self.index, (), tree.git, now())
        return table_of(signals), signals.touches


def _on(index: Index, diff: str, *, new: bool) -> set[str]:
    """The symbols outside tests that the hunks of a diff lie on, by the lines of its new or its old side."""
    found: set[str] = set()
    for path, hunks in hunks_of(diff).items():
        record = index.record(path)
        if record is not None and not record.is_test:
            found |= touched(index, path, _spans(hunks, new=new))
    return found


def _spans(hunks: Iterable[Hunk], *, new: bool) -> Iterator[tuple[int, int]]:
    for hunk in hunks:
        first, lines = (hunk.new, hunk.new_lines) if new else (hunk.old, hunk.old_lines)
        yield first, first + max(lines, 1) - 1


def _half(diff: str, rng: random.Random) -> str:
    """The first half of the hunks of a diff, its files in random order; "" where there is no half."""
    files = _files(diff)
    rng.shuffle(files)
    count = sum(len(hunks) for _, hunks in files)
    left = count // 2 if count <= MOST else 0
    taken: list[str] = []
    for head, hunks in files:
        if left <= 0:
            break
        taken += [head, *hunks[:left]]
        left -= len(hunks)
    return "".join(taken)


def _files(diff: str) -> list[tuple[str, list[str]]]:
    """By file, its header and its hunks, as text."""
    found: list[tuple[str, list[str]]] = []
    for chunk in ("\n" + diff).split("\ndiff --git ")[1:]:
        head, *hunks = chunk.split("\n@@ ")
        if hunks:
            hunks = [f"@@ {hunk}".rstrip("\n") + "\n" for hunk in hunks]
            found.append((f"diff --git {head}\n", hunks))
    return found
