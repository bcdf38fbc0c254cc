"""The signals of a prediction, gathered: what was asked, what git saw change and is being worked on, how the code hangs
together.

Not here: what follows from them (`sleep/prediction/features.py`, `sleep/prediction/predict.py`), running git
(`store/source/git.py`), past sessions (`sleep/transcripts/`: what they hold is among what was asked).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sleep.prediction.demand import NOTHING, Demand, demand_of
from sleep.prediction.touches import COMMITS as FOLLOWED
from sleep.prediction.touches import NONE, Touches, touches_of
from store.graph.index import Index
from store.words import Asked, Query

if TYPE_CHECKING:
    from store.source.git import Git
    from store.source.git_words import Commit

COMMITS = 30
"""How far back a change is news."""

RECENT = 5
"""Commits that are the recent work: what changes together with it is probably next."""

_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


class Change(NamedTuple):
    """A path that changed lately, and how that is said."""

    path: str
    because: str


@dataclass(frozen=True)
class Signals:
    """All that a prediction is made from. `together`: how much a file tends to change with the recent work."""

    index: Index
    asked: tuple[Asked, ...] = ()
    changes: tuple[Change, ...] = ()
    touches: Touches = NONE
    together: Mapping[str, float] = field(default_factory=dict)
    work: frozenset[str] = frozenset()
    branch: frozenset[str] = frozenset()
    demand: Demand = NOTHING
    overtaken: Mapping[str, float] = field(default_factory=dict)
    """By key, how often a day its answer was found stale (`sleep/prediction/staleness.py`)."""


def gather(
    index: Index, asked: Iterable[Asked], git: Git, at: datetime, likened: Mapping[str, Query] | None = None
) -> Signals:
    """The signals as they are now. In a plain folder, git says nothing."""
    asked = tuple(asked)
    demand = demand_of(asked, at, likened)
    if not git.is_repo or git.head() is None:
        return Signals(index, asked, demand=demand)
    commits = git.log(limit=COMMITS)
    work = _work(git)
    return Signals(
        index, asked, _changes(work, commits), touches_of(index, git.patches(FOLLOWED), unfinished=git.unfinished()),
        together(git, commits, work), frozenset(work), _branch(git), demand,
    )  # fmt: skip


def as_of(
    then: datetime,
    signals: Signals,
    git: Git,
    work: Iterable[str],
    branch: Iterable[str],
    unfinished: Iterable[str] = (),
) -> Signals:
    """The signals as they were at a time before, over the index of now: `work`, `branch` and the symbols that were
    `unfinished` are what git said then."""
    asked = tuple(a for a in signals.asked if a.at < then)
    demand = demand_of(asked, then)
    if not git.is_repo or git.head() is None:
        return Signals(signals.index, asked, demand=demand)
    commits = [c for c in git.log(limit=4 * COMMITS) if c.at <= then][:COMMITS]
    touches = touches_of(signals.index, git.patches(FOLLOWED), then, git.unfinished())
    return Signals(
        signals.index, asked, _changes(work, commits), touches._replace(work=frozenset(unfinished)),
        together(git, commits, work), frozenset(work), frozenset(branch), demand,
    )  # fmt: skip


def _work(git: Git) -> list[str]:
    status = git.status()
    return list(dict.fromkeys([*status.modified, *status.staged, *status.untracked, *status.conflicted]))


def _changes(work: Iterable[str], commits: Iterable[Commit]) -> tuple[Change, ...]:
    return (*(Change(path, "being worked on, not yet committed") for path in work), *committed(commits))


def committed(commits: Iterable[Commit]) -> list[Change]:
    """Each path of the commits once, by the newest that touches it."""
    found: dict[str, Change] = {}
    for age, commit in enumerate(commits):
        for path in commit.paths:
            found.setdefault(path, Change(path, _because(age)))
    return list(found.values())


def _because(age: int) -> str:
    if age == 0:
        return "changed in the last commit"
    return f"changed {age} {'commit' if age == 1 else 'commits'} before the last"


def together(git: Git, commits: Iterable[Commit], work: Iterable[str]) -> dict[str, float]:
    """By path: how often it changed with what is being worked on, as a share of how often that changed."""
    recent = {p for c in list(commits)[:RECENT] if len(c.paths) <= COMMITS for p in c.paths} | set(work)
    history = git.history()
    found: dict[str, float] = defaultdict(float)
    for (one, other), times in history.pairs.items():
        if times < 2:
            continue
        if one in recent:
            found[other] += times / history.churn[one]
        if other in recent:
            found[one] += times / history.churn[other]
    return dict(found)


def _branch(git: Git) -> frozenset[str]:
    """What this branch changed since it left the main one; nothing on the main one itself."""
    head = git.head()
    for name in _MAIN:
        main = git.commit_of(name)
        if main is not None:
            return (
                frozenset() if main == head else frozenset(p for c in git.log(since=f"{name}..HEAD") for p in c.paths)
            )
    return frozenset()
