"""Since when: the asker's own words, the last visit, or, where nobody was here before, the newest commits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.errors import BadCall
from store.source.since import READ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from store.source.git import Git
    from store.source.git_words import Commit, Status
    from store.visits import Visit

COMMITS = 200
"""Commits that are listed at most; the changes themselves are compared however many there are."""

NEWEST = 5

_SPAN = re.compile(r"(?:\d+|an?|one|two|three|four|five|six|seven|ten) *[a-z]+$", re.IGNORECASE)
"""A length, not a point: "2 days", "40 commits"."""


class Window(NamedTuple):
    """What lies between then and now.

    `base` is the commit that is compared with, "" where there is none. With `before_all` the window begins before the first
    commit: then all is new, and only what is not committed is compared.
    `changed` is path -> A, M or D; `renamed` new -> old path, and neither counts as come or gone then. `aside` counts the commits
    of then that HEAD does not have; `under_way` is "a merge" and the like.
    """

    said: str
    base: str
    commits: tuple[Commit, ...]
    changed: dict[str, str]
    status: Status
    renamed: dict[str, str]
    then: str = "then"
    before_all: bool = False
    aside: int = 0
    under_way: str = ""
    shallow: bool = False

    @property
    def work(self) -> frozenset[str]:
        """What is not committed."""
        status = self.status
        return frozenset((*status.modified, *status.staged, *status.untracked, *status.conflicted))


def without(window: Window, left_out: Callable[[str], bool]) -> Window:
    """The window without the files that the user wants left out, which git knows of all the same."""

    def told(paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(path for path in paths if not left_out(path))

    status = window.status
    return window._replace(
        changed={path: how for path, how in window.changed.items() if not left_out(path)},
        renamed={new: old for new, old in window.renamed.items() if not left_out(new) and not left_out(old)},
        status=status._replace(
            staged=told(status.staged), modified=told(status.modified),
            untracked=told(status.untracked), conflicted=told(status.conflicted),
        ),
    )  # fmt: skip


def window_of(git: Git, since: str | None, visit: Visit | None, asked: datetime | None) -> Window:
    """The window of a brief. `asked` is when a question was last asked in another session, for want of a visit.

    Raises BadCall for a `since` that means nothing.
    """
    status = git.status()
    said, base, aside = _base(git, since, visit, asked)
    before_all = bool(base) and git.commit_of(base) is None
    commits = git.log(limit=COMMITS + 1, since=None if before_all else base) if base else []
    base = git.head() or "" if before_all else base
    renamed = git.renames(base) if base else {}
    changed = _changed(git, base, status, renamed)
    return Window(
        said,
        base,
        tuple(commits),
        changed,
        status,
        renamed,
        since or "then",
        before_all,
        aside,
        git.under_way(),
        git.is_shallow,
    )


def _changed(git: Git, base: str, status: Status, renamed: dict[str, str]) -> dict[str, str]:
    work = sorted({*status.modified, *status.staged, *status.conflicted, *(() if base else status.untracked)})
    found = dict.fromkeys(work, "M" if base else "A") | (git.changed_since(base) if base else {})
    found |= dict.fromkeys(renamed, "R")
    gone = set(renamed.values()) - renamed.keys()
    return {path: how for path, how in found.items() if path not in gone}


def _base(git: Git, since: str | None, visit: Visit | None, asked: datetime | None) -> tuple[str, str, int]:
    """How the beginning is called, what it is, and how many commits of then are no more in HEAD."""
    if since:
        base = git.then(since)
        if not base and git.head() is not None:
            raise BadCall(f"{since!r} is nothing that can be read here as a beginning. What can: {READ}.")
        return (f"{'Over the last' if _SPAN.match(since.strip()) else 'Since'} {since.strip()}", *_forked(git, base))
    if visit is not None and visit.head and git.commit_of(visit.head):
        return (f"Since you were last here ({visit.at:%Y-%m-%d %H:%M})", *_forked(git, visit.head))
    if asked is not None and (base := git.then(asked.isoformat())):
        return f"Since the last questions ({asked:%Y-%m-%d %H:%M})", base, 0
    if git.head() is None:
        return "Nothing is committed yet", "", 0
    return "No earlier visit is known; the newest commits", git.before(NEWEST), 0


def _forked(git: Git, commit: str) -> tuple[str, int]:
    return git.fork(commit) if git.commit_of(commit) else (commit, 0)
