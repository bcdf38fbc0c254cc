"""Which files usually change together with what changed, and did not now: by the commits before the window."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from store.source.languages.known import is_lock_file, is_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.source.git_words import Commit

FILES = 10
"""A commit of more files than this says nothing about what belongs together."""

TOGETHER = 5
SHARE = 0.75
"""At five commits in common and three quarters, what such pairs say of the next commit came true in eight of ten cases over
the histories of flask, click, black, hono and cobra (at four commits of any size and six tenths: in six)."""


class Absent(NamedTuple):
    """A file that did not change, though it did in `times` of `commits` commits to one that did."""

    path: str
    beside: str
    times: int
    commits: int


def absent(changed: Iterable[str], before: Sequence[Commit]) -> list[Absent]:
    """The absent partners of what changed, the most faithful first, each once."""
    small = [frozenset(c.paths) for c in before if len(c.paths) <= FILES]
    now = set(changed)
    churn = Counter(p for paths in small for p in paths & now)
    found: dict[str, Absent] = {}
    for here in sorted(p for p, n in churn.items() if n >= TOGETHER):
        together = Counter(p for paths in small if here in paths for p in paths - now)
        for there, times in together.items():
            one = Absent(there, here, times, churn[here])
            if times >= TOGETHER and _share(one) >= SHARE and _expected(here, there):
                found[there] = max(found.get(there, one), one, key=_share)
    return sorted(found.values(), key=lambda a: (-_share(a), -a.times, a.path))


def _share(one: Absent) -> float:
    return one.times / one.commits


def _expected(here: str, there: str) -> bool:
    """Whether one may be missed beside the other: a test is often changed alone, and so is a lock file."""
    return (is_test(there) or not is_test(here)) and not is_lock_file(here)
