"""The stage of a shift: waiting observations are settled, lessons changed by deltas, and both stored. Deciding is pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sleep.consolidate.curate import Lessons, applied, forgotten
from sleep.consolidate.deltas import Delta, Vote
from sleep.consolidate.generate import proposal_of
from sleep.consolidate.reflect import Near, is_place, reflect, review
from store.words import Lesson, Observation, now

if TYPE_CHECKING:
    from sleep.desk import Desk
    from store.graph.index import Index

OBSERVATIONS = 5_000
"""Observations that are kept, settled ones included: so that they can be looked up, not because anything needs them."""

LESSON = "lesson:"


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
    settled = []
    for seen in sorted(waiting, key=lambda o: (o.at, o.id)):
        deltas, said = _deltas(seen, known, near, exists)
        known = applied(known, deltas)
        settled.append(seen.model_copy(update={"settled": said}))
    known = applied(known, review(known.values(), exists, at))
    gone = forgotten(known, at)
    return Consolidated({name: one for name, one in known.items() if name not in gone}, gone, settled)


def _deltas(
    seen: Observation, known: Lessons, near: Near, exists: Callable[[str], bool]
) -> tuple[Sequence[Delta], str]:
    """What one observation does, and what is noted about it."""
    votes = [a.removeprefix(LESSON) for a in seen.about if a.startswith(LESSON)]
    if votes:
        return [Vote(name, seen.kind != "failure", seen.id) for name in votes], "a vote"
    if any(seen.id in lesson.sources for lesson in known.values()):
        return [], "counted already"
    proposal = proposal_of(seen)
    if isinstance(proposal, str):
        return [], f"dropped: {proposal}"
    places = [a for a in seen.about if is_place(a)]
    if places and not any(exists(a) for a in places):
        return [], "dropped: what it is about is not here"
    deltas = reflect(proposal, known, near)
    return deltas, type(deltas[0]).__name__.lower()


async def consolidate(desk: Desk, index: Index) -> None:
    """Run the stage. A crash between its writes is harmless: no observation counts twice in a lesson."""
    store = desk.store
    waiting = [o for o in await store.entries("observations", Observation, OBSERVATIONS) if not o.settled]
    lessons = await store.entries("lessons", Lesson, OBSERVATIONS)
    if not waiting and not lessons:
        return
    done = consolidated(lessons, waiting, nearness(desk), _here(index), now())
    before = {lesson.id: lesson for lesson in lessons}
    await store.add("lessons", [one for name, one in done.lessons.items() if before.get(name) != one])
    await store.drop_entries("lessons", sorted((done.gone | before.keys() - done.lessons.keys()) & before.keys()))
    await store.add("observations", done.settled)
    await store.trim("observations", OBSERVATIONS)


def _here(index: Index) -> Callable[[str], bool]:
    def exists(about: str) -> bool:
        if "::" in about:
            return index.symbol(about) is not None
        folder = about.rstrip("/")
        return about in index or any(path.startswith(f"{folder}/") for path in index.paths())

    return exists


def nearness(desk: Desk) -> Near:
    """As `nearness_by`, with the embedder of the shift."""
    return nearness_by(desk.vector)


def nearness_by(embed: Callable[[str], list[float]]) -> Near:
    """The cosine of two texts' vectors; each text is embedded once."""
    vectors: dict[str, list[float]] = {}

    def vector(text: str) -> list[float]:
        if text not in vectors:
            vectors[text] = embed(text)
        return vectors[text]

    def near(one: str, other: str) -> float:
        return sum(a * b for a, b in zip(vector(one), vector(other), strict=True))

    return near
