"""What was learnt here, as a brief tells it: active lessons, those about what changed first. Made by `sleep/consolidate/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.brief.material import Item
from server.learnt import inline, link, quoted, worded
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.brief.difference import Difference
    from store.words import Lesson

SHOWN = 6


def learnt(lessons: Iterable[Lesson], found: Difference) -> list[Item]:
    """The lessons that are worth their tokens now, each with how often it was seen."""
    ranked = sorted(lessons, key=lambda one: (-_value(one, found), -one.at.timestamp()))[:SHOWN]
    return [Item("learnt", f"{quoted(one.text)}{_where(one)}", (_seen(one),), _value(one, found)) for one in ranked]


def _value(lesson: Lesson, found: Difference) -> float:
    changed = found.window.changed
    about = {split_id(a)[0] for a in (*lesson.about, lesson.scope)}
    near = any(path == a or path.startswith(f"{a.rstrip('/')}/") for a in about for path in changed)
    return 4.0 + 3.0 * near + 0.3 * min(len(lesson.sessions), 5) + 0.2 * (lesson.helpful - lesson.harmful)


def _where(lesson: Lesson) -> str:
    return {"repo": "", "me": " (a preference of yours)"}.get(lesson.scope, f" (in {inline(lesson.scope, 80)})")


def _seen(lesson: Lesson) -> str:
    times = len(lesson.sessions)
    return (
        f"{lesson.kind}, {times} session{'s' * (times != 1)}, last {lesson.at:%Y-%m-%d}, {link(lesson)}{worded(lesson)}"
    )
