"""Lessons beside each other: which say the same, which cannot both hold, and whether what one is about is here. Pure.

What a single text says is `store/said/statement.py`. Making lessons of observations is `sleep/consolidate/`; showing them,
`server/learnt.py`.
"""

from __future__ import annotations

from operator import mul
from typing import TYPE_CHECKING

from store.said.relation import fills, relation
from store.said.statement import alike, differs, opposes, statement, substituted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from store.graph.index import Index
    from store.words import Lesson

    Near = Callable[[str, str], float]

LESSON = "lesson:"
"""How a link to a lesson begins; its id follows. It stands behind a lesson wherever one is shown."""

TRACE = "trace:"
"""How a link to a lookup begins, in what is said of the lessons beside its answer."""

NEAR = 0.6
SHARED = 0.4
HALF_EACH = 1.0
"""Two statements may be one if they are near in meaning, each shares so many of its words, and both together more than half."""

NEARLY_ALL = 0.75
MOST = 0.5
"""Or if the shorter one shares nearly all of its words, and they are so many of the longer one's."""

TOPIC = 0.5

KEPT = 200
"""Sources and sessions that a lesson remembers: what recurs more often is no surer."""


def akin(one: str, other: str) -> bool:
    """Whether two texts have anything in common by which they could be `same` or `contrary`: quickly told, for many."""
    ours, theirs = statement(one), statement(other)
    return min(alike(ours, theirs)) > 0 or not fills(one).keys().isdisjoint(fills(other))


def same(one: str, other: str, near: Near) -> bool:
    """Whether two texts say the same. `near` is only asked where words do not tell."""
    ours, theirs = statement(one), statement(other)
    if slots := relation(ours, theirs):
        return slots == "same"
    if min(shared := alike(ours, theirs)) < SHARED or differs(ours, theirs) or opposes(ours, theirs):
        return False
    if substituted(one, other):
        return False
    return (shared[0] >= NEARLY_ALL and shared[1] >= MOST) or (sum(shared) > HALF_EACH and near(one, other) >= NEAR)


def contrary(one: str, other: str, near: Near) -> bool:
    """Whether two texts speak of the same thing and cannot both hold."""
    ours, theirs = statement(one), statement(other)
    if slots := relation(ours, theirs):
        return slots == "contradicts"
    if min(shared := alike(ours, theirs)) < SHARED or differs(ours, theirs) or not opposes(ours, theirs):
        return False
    return (shared[0] >= NEARLY_ALL and shared[1] >= MOST) or near(one, other) >= TOPIC


def personal(lesson: Lesson) -> bool:
    """Whether it is what one person wants for themselves."""
    return lesson.scope == "me"


def united(into: Lesson, other: Lesson) -> Lesson:
    """Two lessons that say the same as one, in the words of the first: all that either was seen in counts once."""
    return into.model_copy(
        update={
            "sessions": tuple(dict.fromkeys((*into.sessions, *other.sessions)))[-KEPT:],
            "sources": tuple(dict.fromkeys((*into.sources, *other.sources)))[-KEPT:],
            "wordings": tuple(dict.fromkeys((*into.wordings, *other.wordings)))[:8],
            "about": tuple(dict.fromkeys((*into.about, *other.about)))[:8],
            "first": min(into.first, other.first),
            "at": max(into.at, other.at),
            "explicit": into.explicit or other.explicit,
        }
    )


def read_through(lessons: Iterable[Lesson], near: Near) -> list[Lesson]:
    """Active lessons of several tiers, nearest first, as one list: the same once, nothing that a nearer one rules out."""
    found: list[Lesson] = []
    for lesson in lessons:
        if lesson.state != "active":
            continue
        again = next((n for n, known in enumerate(found) if _again(known, lesson, near)), None)
        if again is not None:
            found[again] = united(found[again], lesson)
        elif not any(_against(known, lesson, near) for known in found):
            found.append(lesson)
    return found


def _again(known: Lesson, lesson: Lesson, near: Near) -> bool:
    alone = personal(known) != personal(lesson)
    return known.id == lesson.id or (not alone and same(known.text, lesson.text, near))


def _against(nearer: Lesson, lesson: Lesson, near: Near) -> bool:
    """Within one tier consolidation has settled that already; a narrower rule stands beside a wider one."""
    other = nearer.tier != lesson.tier and nearer.scope == lesson.scope
    return other and contrary(nearer.text, lesson.text, near)


def is_place(about: str) -> bool:
    """Whether a link means a file or a symbol for certain, so that its absence tells something."""
    return "::" in about or "/" in about


def here(about: str, index: Index) -> bool:
    """Whether a symbol, file or folder is in this working tree."""
    if "::" in about:
        return index.symbol(about) is not None
    folder = about.rstrip("/")
    return about in index or any(path.startswith(f"{folder}/") for path in index.paths())


def applies(lesson: Lesson, index: Index) -> bool:
    """Whether any of what a lesson is about is in this working tree. One that is about nothing in particular always applies."""
    places = [a for a in (*lesson.about, lesson.scope) if is_place(a)]
    return not places or any(here(a, index) for a in places)


def nearness_by(embed: Callable[[str], list[float]]) -> Near:
    """The cosine of two texts' vectors; each text is embedded once."""
    vectors: dict[str, list[float]] = {}

    def vector(text: str) -> list[float]:
        if text not in vectors:
            vectors[text] = embed(text)
        return vectors[text]

    def near(one: str, other: str) -> float:
        return float(sum(map(mul, vector(one), vector(other))))

    return near
