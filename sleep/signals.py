"""The signals that git gives for a prediction: what is being worked on, and what was changed lately.

Not here: what follows from them (`sleep/predict.py`), running git (`store/source/git.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sleep.predict import Change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.source.git import Git
    from store.source.git_words import Commit

COMMITS = 30
"""How far back a change is news."""

_FADES = 0.9


def changes_of(git: Git) -> tuple[Change, ...]:
    """Paths that changed lately, most telling first: uncommitted work, then commits, newest first. Nothing in a plain folder."""
    if not git.is_repo:
        return ()
    status = git.status()
    work = dict.fromkeys([*status.modified, *status.staged, *status.untracked, *status.conflicted])
    return (
        *(Change(path, 1.0, "being worked on, not yet committed") for path in work),
        *committed(git.log(limit=COMMITS)),
    )


def committed(commits: Iterable[Commit]) -> list[Change]:
    """Each path of the commits once, by the newest that touches it; sweeping commits say little about any one file."""
    found: dict[str, Change] = {}
    for age, commit in enumerate(commits):
        breadth = 1.0 if len(commit.paths) <= COMMITS else COMMITS / len(commit.paths)
        for path in commit.paths:
            found.setdefault(path, Change(path, 0.8 * breadth * _FADES**age, _because(age)))
    return list(found.values())


def _because(age: int) -> str:
    if age == 0:
        return "changed in the last commit"
    return f"changed {age} {'commit' if age == 1 else 'commits'} before the last"
