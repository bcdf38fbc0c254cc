"""Promotion: what one tier learnt is handed to a wider one, because somebody said so or switched a rule on.

What is personal never leaves. A shared tier is a store like any other, which many machines write to: a lesson that is there
already, in these or other words, gains instead of being doubled. Reading through the tiers is `server/tiers.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from sleep.consolidate.curate import applied
from sleep.consolidate.deltas import Merge
from sleep.consolidate.stage import LESSONS, replace
from store.errors import StoreBusy
from store.lease import alone
from store.lessons import contrary, nearness_by, personal, same, united
from store.words import Lesson, now

if TYPE_CHECKING:
    from sleep.rule import Rule
    from store.lessons import Near
    from store.tables import Store
    from store.words import PreAnswer

QUIET = timedelta(days=7)
"""A lesson that was contradicted so lately is not handed on by rule: it may not have settled."""

Embed = Callable[[str], list[float]]


class Promoted(NamedTuple):
    """What was handed on, what only gained there, and what was kept back because it is personal or not yet a lesson."""

    lessons: int = 0
    gained: int = 0
    answers: int = 0
    kept_back: int = 0


def may_leave(lesson: Lesson) -> bool:
    """Whether a lesson is other people's business at all."""
    return lesson.state == "active" and not personal(lesson) and lesson.kind != "preference"


def ripe(lesson: Lesson, sessions: int, at: datetime) -> bool:
    """Whether the rule hands a lesson on: said as a rule or seen often enough, not misleading, not contradicted lately."""
    settled = all(at - revision.until > QUIET for revision in lesson.history)
    often = lesson.explicit or len(lesson.sessions) >= sessions
    return may_leave(lesson) and often and settled and lesson.harmful <= lesson.helpful


def worth_handing_on(row: PreAnswer) -> bool:
    """Answers that cost somebody thought. What structure tells, every machine works out for itself."""
    return row.origin != "structural" and not row.quarantined


async def promote(
    mine: Store, theirs: Store, tier: Literal["team", "org"], lessons: Sequence[str], embed: Embed, *, answers: bool
) -> Promoted:
    """Hand lessons (by id; "all") and, if asked for, answers to a wider tier. Doing it twice is doing it once."""
    wanted = [one for one in await mine.lessons() if "all" in lessons or one.id in lessons]
    leaving = [one for one in wanted if may_leave(one)]
    done = await _hand_on(theirs, tier, leaving, nearness_by(embed), lambda lesson, there, near: True)
    rows = [row for row in await mine.preanswers() if worth_handing_on(row)] if answers else []
    await theirs.put_preanswers([(row.model_copy(update={"tier": tier}), embed(row.question)) for row in rows])
    return done._replace(answers=len(rows), kept_back=len(wanted) - len(leaving))


async def promote_by_rule(mine: Store, theirs: Store, rule: Rule, near: Near) -> Promoted:
    """Hand on what the rule says, unless the wider tier knows better: it dropped that lesson, or holds the opposite."""
    lessons = await mine.lessons()
    leaving = [one for one in lessons if ripe(one, rule.sessions, now())]
    return await _hand_on(theirs, rule.tier, leaving, near, _welcome)


def _welcome(lesson: Lesson, there: Iterable[Lesson], near: Near) -> bool:
    for known in there:
        if known.id == lesson.id and known.state == "active":
            continue  # it came from here, and may say something newer now
        if known.state == "retired" and (known.id == lesson.id or same(known.text, lesson.text, near)):
            return False
        if known.state == "active" and contrary(known.text, lesson.text, near) and known.scope == lesson.scope:
            return False
    return True


async def _hand_on(
    theirs: Store, tier: Literal["team", "org"], leaving: Sequence[Lesson], near: Near,
    wanted: Callable[[Lesson, Iterable[Lesson], Near], bool],
) -> Promoted:  # fmt: skip
    """Put lessons into a wider tier, alone among all who change its lessons."""
    if not leaving:
        return Promoted()
    async with alone(theirs, LESSONS) as turn:
        there = {one.id: one for one in await theirs.lessons()}
        after, handed = dict(there), 0
        for lesson in leaving:
            if wanted(lesson, after.values(), near):
                after = _with(after, lesson.model_copy(update={"tier": tier}), near)
                handed += 1
        if not await turn.still():
            raise StoreBusy("right to change the lessons of the store")
        await replace(theirs, there, after)
    new = len(after.keys() - there.keys())
    return Promoted(new, handed - new)


def _with(there: Mapping[str, Lesson], lesson: Lesson, near: Near) -> dict[str, Lesson]:
    """The wider tier with a lesson: all that say the same become one, whichever machine wrote them, and in whatever order."""
    said = [k for k in there.values() if k.id == lesson.id or _same(k, lesson, near)]
    dropped = {k.id for k in said if k.state == "retired"}
    found = {name: one for name, one in there.items() if name not in dropped}
    found[lesson.id] = _newest(found[lesson.id], lesson) if lesson.id in found else lesson
    first, *others = sorted({lesson.id, *(k.id for k in said)} - (dropped - {lesson.id}))
    if all(set(found[name].sources) <= set(found[first].sources) for name in others):
        return {name: one for name, one in found.items() if name not in others}
    return applied(found, [Merge(first, name) for name in others])


def _same(known: Lesson, lesson: Lesson, near: Near) -> bool:
    return personal(known) == personal(lesson) and same(known.text, lesson.text, near)


def _newest(known: Lesson, lesson: Lesson) -> Lesson:
    """One lesson as two tiers have it, in the words of the newer."""
    if set(lesson.sources) <= set(known.sources):
        return known
    return united(lesson, known) if lesson.at > known.at else united(known, lesson)
