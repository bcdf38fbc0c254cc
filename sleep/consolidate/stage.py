"""The stage of a shift: waiting observations are settled, lessons changed by deltas, and both stored. Deciding is pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sleep.consolidate.curate import Lessons, applied, forgotten, marks
from sleep.consolidate.deltas import Delta
from sleep.consolidate.generate import proposal_of
from sleep.consolidate.reflect import Near, reflect, review
from sleep.consolidate.votes import lessons_of, said_of_lessons
from store.lease import alone
from store.lessons import here, nearness_by
from store.words import Lesson, Observation, now

if TYPE_CHECKING:
    from sleep.desk import Desk
    from store.graph.index import Index
    from store.tables import Store

OBSERVATIONS = 5_000
"""Observations that are kept, settled ones included: so that they can be looked up, not because anything needs them."""

LESSONS = "lessons"
"""The turn that is held by whoever reads the lessons of a store in order to change them."""


class Consolidated(NamedTuple):
    """What came of it: all lessons, those to delete, and the observations as they are settled now."""

    lessons: Lessons
    gone: set[str]
    settled: list[Observation]


def consolidated(
    lessons: Iterable[Lesson], waiting: Iterable[Observation], near: Near, exists: Callable[[str], bool], at: datetime
) -> Consolidated:
    """Settle every waiting observation, oldest first, then review all lessons. Pure: `near` and `exists` answer for the rest."""
    known: Lessons = {lesson.id: lesson for lesson in lessons}
    counted = {source for lesson in known.values() for source in lesson.sources}
    settled = []
    for seen in sorted(waiting, key=lambda o: (o.at, o.id)):
        deltas, said = ([], "counted already") if counted & set(marks(seen)) else _deltas(seen, known, near)
        known = applied(known, deltas)
        counted.update(marks(seen) if deltas else ())
        settled.append(seen.model_copy(update={"settled": said}))
    known = applied(known, review(known.values(), exists, at))
    gone = forgotten(known, at)
    return Consolidated({name: one for name, one in known.items() if name not in gone}, gone, settled)


def _deltas(seen: Observation, known: Lessons, near: Near) -> tuple[Sequence[Delta], str]:
    """What one observation does, and what is noted about it."""
    if lessons_of(seen):
        return said_of_lessons(seen, known, near)
    proposal = proposal_of(seen)
    if isinstance(proposal, str):
        return [], f"dropped: {proposal}"
    deltas = reflect(proposal, known, near)
    return deltas, type(deltas[0]).__name__.lower() if deltas else "overtaken"


async def consolidate(desk: Desk, index: Index) -> None:
    """Run the stage, alone among all who change these lessons.

    A crash between its two writes is harmless: the lessons change in one commit, and no observation counts twice in one.
    """
    store = desk.store
    async with alone(store, LESSONS) as turn:
        waiting = [o for o in await store.entries("observations", Observation, OBSERVATIONS) if not o.settled]
        lessons = await store.lessons()
        if not waiting and not lessons:
            return
        done = consolidated(lessons, waiting, nearness(desk), lambda about: here(about, index), now())
        if not await turn.still():
            desk.report.notices.append(
                "Somebody else changed the lessons meanwhile: what was observed waits for the next shift."
            )
            return
        await replace(store, {lesson.id: lesson for lesson in lessons}, done.lessons)
        await store.add("observations", done.settled)
        await store.trim("observations", OBSERVATIONS)


async def replace(store: Store, before: Lessons, after: Lessons) -> None:
    """Store lessons as they are now, in one commit. For whoever holds the turn of the lessons."""
    changed = [one for name, one in after.items() if before.get(name) != one]
    await store.replace_entries("lessons", changed, sorted(before.keys() - after.keys()))


def nearness(desk: Desk) -> Near:
    """As `nearness_by`, with the embedder of the shift."""
    return nearness_by(desk.vector)
