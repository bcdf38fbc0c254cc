"""Doubts: what rules cannot tell of the lessons, and a model may be asked about. Pure; asking is `deliberate.py`.

A pair is near in meaning, or fills one slot in two ways, and neither says the same by rules nor the opposite. A group is one
lesson that was said in several ways, which may have one wording that says it best.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from store.lessons import contrary, personal, same
from store.said.relation import relation
from store.said.statement import differs, statement

if TYPE_CHECKING:
    from store.lessons import Near
    from store.words import Lesson

NEAR = 0.5
"""Below this a pair is not worth asking about, unless both fill one slot (`store/said/slots.py`)."""

COMPARED = 400
"""Lessons that are compared with each other: what is shown and what is new. All pairs of more take longer than they are worth."""

WAYS = 3
"""Ways in which a lesson was said before one of them may not be the best."""

SAME = "the same"
"""How the reason begins for which one lesson went into another, where rules could not tell."""


class Pair(NamedTuple):
    """Two statements."""

    one: str
    other: str

    @property
    def key(self) -> frozenset[str]:
        return frozenset(self)


class Group(NamedTuple):
    """A lesson as it reads now, and the ways in which it was said."""

    text: str
    ways: tuple[str, ...]

    @property
    def key(self) -> frozenset[str]:
        return frozenset((self.text, *self.ways))


def pairs(lessons: Iterable[Lesson], near: Near) -> list[Pair]:
    """Pairs that rules are unsure of, what is shown and nearest first."""
    there = (one for one in lessons if one.state != "retired")
    shown = sorted(there, key=lambda one: (one.state == "active", one.at, one.id), reverse=True)[:COMPARED]
    found = []
    for one, other in combinations(shown, 2):
        if personal(one) != personal(other) or one.scope != other.scope or one.text == other.text:
            continue
        nearness = near(one.text, other.text)
        if _unsure(one.text, other.text, nearness, near):
            active = (one.state == "active") + (other.state == "active")
            found.append((-active, -nearness, Pair(one.text, other.text)))
    return [pair for _, _, pair in sorted(found)]


def _unsure(one: str, other: str, nearness: float, near: Near) -> bool:
    ours, theirs = statement(one), statement(other)
    slots = relation(ours, theirs)
    if slots != "unsure" and (nearness < NEAR or differs(ours, theirs)):
        return False
    return not same(one, other, near) and not contrary(one, other, near)


def groups(lessons: Iterable[Lesson], said: Mapping[str, str]) -> list[Group]:
    """Active lessons that were said in several ways; `said` has the texts of observations by id."""
    found = []
    for one in sorted((one for one in lessons if one.state == "active" and not one.worded), key=lambda one: one.id):
        ways = ways_of(one, said)
        if len(ways) >= WAYS:
            found.append(Group(one.text, ways))
    return found


def ways_of(lesson: Lesson, said: Mapping[str, str]) -> tuple[str, ...]:
    """The ways in which a lesson was said since it was last changed."""
    texts: Sequence[str] = [" ".join(said[name].split()) for name in lesson.sources if name in said]
    old = {revision.text for revision in lesson.history if not revision.why.startswith(SAME)}
    return tuple(dict.fromkeys(text for text in texts if text not in old))[-8:]
