"""The log of a whole repository in memory: the newest commit of every path and what changes with it, from one reading of git.

For work on many paths, where asking git once for each would take minutes. The answers are those of `store/source/git.py`,
which asks this first where it was made, and git where this does not reach.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from store.source.git_words import Commit

FAR = 50_000
"""How many commits are read."""

TOGETHER = 30
"""A commit of more files than this says nothing about what belongs together."""


class Past:
    """The newest commits, newest first, merges left out; `complete` if there are no older ones."""

    def __init__(self, commits: Sequence[Commit], *, complete: bool) -> None:
        self._complete = complete
        self._unsure: set[str] = set()
        self._touching: dict[str, list[Commit]] = defaultdict(list)
        for commit in commits:
            for path in with_folders(commit.paths):
                self._touching[path].append(commit)

    @property
    def whole(self) -> bool:
        """Whether it still speaks of every path."""
        return not self._unsure

    def last_commit(self, path: str) -> tuple[bool, str | None]:
        """Whether it is known, and the newest commit that touches the file or folder."""
        if path in self._unsure:
            return False, None
        commits = self._touching.get(path)
        return (True, commits[0].id) if commits else (self._complete, None)

    def of(self, path: str, limit: int) -> list[Commit] | None:
        """The newest `limit` commits that touch the path; None if this does not reach back far enough to tell."""
        commits = self._touching.get(path, [])
        if path in self._unsure or len(commits) < limit and not self._complete:
            return None
        return commits[:limit]

    def extend(self, commits: Sequence[Commit]) -> None:
        """Put newer commits (newest first) on top: each the only child of the next, the last of what is here already."""
        for commit in reversed(commits):
            for path in with_folders(commit.paths):
                self._touching[path].insert(0, commit)

    def forget(self, paths: Iterable[str]) -> None:
        """Speak no more of these paths: what history is theirs now, only git can tell."""
        self._unsure.update(paths)


def partners_in(commits: Sequence[Commit], path: str) -> list[tuple[str, int]]:
    """Files that these commits changed at least twice together with `path`, most often first."""
    small = [c.paths for c in commits if len(c.paths) <= TOGETHER]
    together = Counter(p for paths in small for p in paths if p != path)
    return [(p, n) for p, n in together.most_common() if n > 1]


def with_folders(paths: Iterable[str]) -> frozenset[str]:
    """Paths and every folder on the way to them."""
    found: set[str] = set()
    for path in paths:
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return frozenset(found)
