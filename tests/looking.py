"""A tree beside a look from scratch: what every sync has to be equal to, whatever was done to the files before it.

What is done to them: `vandal.py`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from store.source.tree import Changes, Tree
from store.words import digest_of
from tests.vandal import Vandal


def digests(tree: Tree) -> dict[str, str]:
    return {path: entry.digest for path, entry in tree.entries.items()}


def as_from_scratch(tree: Tree) -> dict[str, str]:
    other = Tree(tree.root)
    other.sync()
    assert other.skipped == tree.skipped
    return digests(other)


def sure(root: Path) -> Tree:
    """A synced tree that trusts every time stamp, as if it had looked much later: it must tell changes by their stat alone."""
    tree = Tree(root, clock=lambda: time.time_ns() + 10**10)
    tree.sync()
    next_tick(root)
    return tree


def next_tick(root: Path) -> None:
    """Wait until the file system's clock has moved on: some milliseconds on older kernels."""
    probe = root.parent / "probe"
    probe.touch()
    start, deadline = probe.stat().st_mtime_ns, time.monotonic() + 10
    while probe.stat().st_mtime_ns == start:
        assert time.monotonic() < deadline
        probe.touch()


def assert_exactly_the_difference(before: dict[str, str], changes: Changes, after: dict[str, str]) -> None:
    assert not changes.pending
    assert set(changes.gone) == before.keys() - after.keys()
    assert {p: digest_of(d) for p, d in changes.changed.items()} == {
        p: d for p, d in after.items() if before.get(p) != d
    }


def assert_follows(tree: Tree, vandal: Vandal, dice: random.Random, rounds: int, between: Callable[[], None]) -> None:
    """Whatever the vandal does, a sync sees it, and one that leaves it for later takes nothing over. `between` ends a round."""
    for _ in range(rounds):
        before = digests(tree)
        for _ in range(dice.randint(0, 6)):
            vandal.strike()
        changes = tree.sync(limit=dice.choice([None, None, 0, 2, 1000]))
        if changes.pending:
            assert digests(tree) == before
            assert not changes.changed and not changes.gone
            for _ in range(dice.randint(0, 4)):
                vandal.strike()
            changes = tree.sync()
        assert_exactly_the_difference(before, changes, as_from_scratch(tree))
        assert digests(tree) == as_from_scratch(tree)
        between()
