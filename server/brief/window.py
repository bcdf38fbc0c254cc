"""Since when: the asker's own words, the last visit, or, where nobody was here before, the newest commits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from store.errors import BadCall

if TYPE_CHECKING:
    from store.source.git import Git
    from store.source.git_words import Commit, Status
    from store.visits import Visit

COMMITS = 200
"""Commits that are listed at most; the changes themselves are compared however many there are."""

NEWEST = 5

_BEGINNING = datetime.fromtimestamp(0, UTC)


class Window(NamedTuple):
    """What lies between then and now. `base` is the commit of then ("" where git knows none), `changed` is path -> A, M or D."""

    said: str
    base: str
    commits: tuple[Commit, ...]
    changed: dict[str, str]
    status: Status


def window_of(git: Git, since: str | None, visit: Visit | None, asked: datetime | None) -> Window:
    """The window of a brief. `asked` is when a question was last asked in another session, for want of a visit.

    Raises BadCall for a `since` that means nothing to git.
    """
    status = git.status()
    said, base, commits = _since(git, since, visit, asked)
    changed = git.changed_since(base) if base else {}
    work = {*status.modified, *status.staged, *status.conflicted}
    return Window(said, base, tuple(commits), {**dict.fromkeys(sorted(work - changed.keys()), "M"), **changed}, status)


def _since(git: Git, since: str | None, visit: Visit | None, asked: datetime | None) -> tuple[str, str, list[Commit]]:
    if since:
        base = git.then(since)
        if not base:
            raise BadCall(f'{since!r} is no time or ref that git knows. For example: "2 days", "2026-11-01", "v2.3".')
        return f"Since {since}", base, git.log(limit=COMMITS, since=since)
    if visit is not None and visit.head and git.commit_of(visit.head):
        return (
            f"Since you were last here ({visit.at:%Y-%m-%d %H:%M})",
            visit.head,
            git.log(limit=COMMITS, since=visit.head),
        )
    if asked is not None and (base := git.then(asked.isoformat())):
        return f"Since the last questions ({asked:%Y-%m-%d %H:%M})", base, git.log(limit=COMMITS, since=asked)
    commits = git.log(limit=NEWEST)
    before = (git.commit_of(f"{commits[-1].id}~1") or git.then(_BEGINNING)) if commits else ""
    return "First time here; the newest commits", before, commits
