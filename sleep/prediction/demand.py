"""Demand: what people and agents asked of their own accord, how often, how lately, and how well it went.

What we said ourselves is no demand (no loop of answers that are predicted because they were answered): hooks, briefs
and evaluations do not count, nor does a second asking that a list of our own readings led to. What follows:
`sleep/prediction/predict.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from store.words import Asked, Query

USELESS = 2
"""So many marks in a row, and an answer is dropped; with one, it is served with half its confidence."""

HALF_LIFE_DAYS = 14.0
_SAME_MATTER = timedelta(minutes=2)


class Asking(NamedTuple):
    """What was asked of one key, or about one subject: the faded sum of askings, their number, how many went unanswered."""

    query: Query
    recent: float
    times: float
    missed: float
    last: datetime

    def plus(self, query: Query, weight: float, fade: float, missed: bool, at: datetime) -> Asking:
        """Once more."""
        return Asking(
            self.query if self.last >= at else query,
            self.recent + weight * fade,
            self.times + weight,
            self.missed + weight * missed,
            max(self.last, at),
        )


class Demand(NamedTuple):
    """The askings by canonical key and by subject."""

    keys: Mapping[str, Asking]
    subjects: Mapping[str, Asking]


NOTHING = Demand({}, {})


def counts(one: Asked) -> bool:
    """Whether a row is demand: not our own doing, and no mere verdict on an answer."""
    return not one.ours and (one.useful is None or one.answer is not None)


def demand_of(asked: Iterable[Asked], at: datetime, likened: Mapping[str, Query] | None = None) -> Demand:
    """What was demanded before `at`. `likened` says, by id, what unclear questions are paraphrases of: they count half."""
    keys: dict[str, Asking] = {}
    subjects: dict[str, Asking] = {}
    for one in of_their_own(a for a in asked if a.at < at):
        query, weight = one.query, 1.0
        if query is None and likened and one.id in likened:
            query, weight = likened[one.id], 0.5
        if query is None or not query.entities:
            continue
        fade = 0.5 ** (max(0.0, (at - one.at).total_seconds()) / 86_400 / HALF_LIFE_DAYS)
        missed = one.status in ("miss", "candidates")
        empty = Asking(query, 0.0, 0.0, 0.0, one.at)
        keys[query.key] = keys.get(query.key, empty).plus(query, weight, fade, missed, one.at)
        for entity in query.entities:
            subjects[entity] = subjects.get(entity, empty).plus(query, weight, fade, missed, one.at)
    return Demand(keys, subjects)


def of_their_own(asked: Iterable[Asked]) -> list[Asked]:
    """What counts, oldest first, each matter once: a repeat in one session within minutes is the same one."""
    found: list[Asked] = []
    last: dict[tuple[str, str], Asked] = {}
    for one in sorted(asked, key=lambda a: a.at):
        if not counts(one):
            continue
        before = last.get((one.client, one.session))
        if before is not None and one.at - before.at <= _SAME_MATTER and _same(before, one) and found[-1] is before:
            found.pop()
        found.append(one)
        last[one.client, one.session] = one
    return found


def _same(before: Asked, after: Asked) -> bool:
    if before.query is not None and after.query is not None and before.query.key == after.query.key:
        return bool(before.session)
    return (
        before.status in ("candidates", "miss") and bool(before.session) and after.status not in ("candidates", "miss")
    )


class Blame(NamedTuple):
    """How often in a row the answers of a key were called useless, when last, and when they were given up."""

    votes: int = 0
    last: datetime | None = None
    given_up: datetime | None = None

    def after(self, one: Asked) -> Blame:
        """After one more row about that key. An answer that is recorded later has its own chance."""
        if one.useful is False:
            return Blame(self.votes + 1, one.at, one.at if self.votes + 1 >= USELESS else self.given_up)
        if one.useful or (one.answer and one.evidence):
            return Blame(0, None, self.given_up)
        return self

    def drops(self, created: datetime) -> bool:
        """Whether an answer of that time is not served any more."""
        return self.votes >= USELESS or (self.given_up is not None and created <= self.given_up)

    def doubts(self, created: datetime) -> bool:
        """Whether an answer of that time was called useless, though not yet often enough to be dropped."""
        return self.votes > 0 and self.last is not None and created <= self.last


def not_useful(asked: Iterable[Asked]) -> set[str]:
    """Keys whose answers were called useless at least twice, and since then not useful: they are dropped."""
    return {key for key, found in blame(asked).items() if found.votes >= USELESS}


def blame(asked: Iterable[Asked]) -> dict[str, Blame]:
    """What was held against the answers of each key."""
    found: dict[str, Blame] = {}
    for one in sorted(asked, key=lambda a: a.at):
        if one.query is not None:
            found[one.query.key] = found.get(one.query.key, Blame()).after(one)
    return {key: held for key, held in found.items() if held != Blame()}


def paraphrases(
    asked: Sequence[Asked], vectors: Mapping[str, Sequence[float]], alike: float = 0.82
) -> dict[str, Query]:
    """What unclear questions probably mean: by id, the query of the nearest understood one. Never for serving."""
    import numpy as np

    known = [a for a in asked if a.query is not None and a.question in vectors]
    unclear = [a for a in asked if a.query is None and a.question in vectors]
    if not known or not unclear:
        return {}
    near = np.array([vectors[a.question] for a in unclear]) @ np.array([vectors[a.question] for a in known]).T
    found: dict[str, Query] = {}
    for one, row in zip(unclear, near, strict=True):
        best = int(row.argmax())
        query = known[best].query
        if row[best] >= alike and query is not None:
            found[one.id] = query
    return found
