"""Promotion: what one tier learnt is handed to a wider one, because somebody said so. What is personal never leaves.

A shared tier is a store like any other, which many machines write to: a lesson that is there already, in these or other words,
gains instead of being doubled. Reading through the tiers is `server/tiers.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sleep.consolidate.curate import applied
from sleep.consolidate.deltas import Merge, Proposal
from sleep.consolidate.reflect import Near, same_as
from store.words import Lesson, Observation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.tables import Store
    from store.words import PreAnswer


class Promoted(NamedTuple):
    """What was handed on, what only gained there, and what was kept back because it is personal or not yet a lesson."""

    lessons: int = 0
    gained: int = 0
    answers: int = 0
    kept_back: int = 0


def may_leave(lesson: Lesson) -> bool:
    """Whether a lesson is other people's business at all."""
    return lesson.state == "active" and lesson.scope != "me" and lesson.kind != "preference"


def worth_handing_on(row: PreAnswer) -> bool:
    """Answers that cost somebody thought. What structure tells, every machine works out for itself."""
    return row.origin != "structural" and not row.quarantined


async def promote(
    mine: Store, theirs: Store, tier: Literal["team", "org"], lessons: Sequence[str], near: Near, *, answers: bool
) -> Promoted:
    """Hand lessons (by id; "all") and, if asked for, answers to a wider tier. Doing it twice is doing it once."""
    wanted = [one for one in await mine.entries("lessons", Lesson) if "all" in lessons or one.id in lessons]
    there = {one.id: one for one in await theirs.entries("lessons", Lesson)}
    leaving = [one.model_copy(update={"tier": tier}) for one in wanted if may_leave(one)]
    after = dict(there)
    for lesson in leaving:
        after = _with(after, lesson, near)
    await theirs.add("lessons", [one for name, one in after.items() if there.get(name) != one])
    await theirs.drop_entries("lessons", sorted(there.keys() - after.keys()))
    new = len(after.keys() - there.keys())
    rows = [row for row in await mine.preanswers() if worth_handing_on(row)] if answers else []
    await theirs.put_preanswers([(row.model_copy(update={"tier": tier}), None) for row in rows])
    return Promoted(new, len(leaving) - new, len(rows), len(wanted) - len(leaving))


def _with(there: Mapping[str, Lesson], lesson: Lesson, near: Near) -> dict[str, Lesson]:
    """The wider tier with a lesson: all that say the same become one, whichever machine wrote them, and in whatever order."""
    seen = Observation(id=lesson.id, at=lesson.at, text=lesson.text, kind=lesson.kind, scope=lesson.scope)
    proposal = Proposal(seen, lesson.text, lesson.explicit)
    alike = {k.id for k in there.values() if k.id == lesson.id or same_as(proposal, k, near(lesson.text, k.text))}
    found = {lesson.id: lesson, **there}
    first, *others = sorted(alike | {lesson.id})
    if all(set(found[name].sources) <= set(found[first].sources) for name in others):
        return {name: one for name, one in found.items() if name not in others}
    return applied(found, [Merge(first, name) for name in others])
