"""What was learnt, beside an answer or on a card: only what is about those very things, in a line each, as data.

The lines are worded once, when the lessons are read (`server/tiers.py`), so a lookup only picks. They are no part of an answer
that is stored, and how fresh an answer is does not depend on them. In a shared tier other people wrote them: what could be
taken for markdown, or for words of ours, is taken out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from server.present import PER_TOKEN, clean
from store.lessons import applies, is_place, read_through
from store.secrets import redact
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.graph.index import Index
    from store.lessons import Near
    from store.words import Lesson

BESIDE = 2
"""Lessons beside one answer at most."""

SHARE = 4
"""They get at most this part of an answer's room."""

ON_A_CARD = 4
LONGEST = 240

_MARKS = str.maketrans(
    {"`": "'", '"': "'", "*": "", "[": "(", "]": ")", "<": "‹", ">": "›", "|": "/", "~": "-", "\\": "/"}
)
_LINK = re.compile(r"\blesson:[0-9a-f]{6,32}\b")
_LEADING = re.compile(r"^[\s#>\-+=_.:!]+")


class Known(NamedTuple):
    """A lesson, what it is about, and the line that tells it."""

    lesson: Lesson
    places: tuple[str, ...]
    line: str


class Learnt:
    """All lessons that may be shown, of every tier."""

    def __init__(self, known: Sequence[Known] = ()) -> None:
        self._known = known
        self._telling = [one for one in known if one.places]

    @property
    def lessons(self) -> list[Lesson]:
        """The lessons, nearest tier first."""
        return [one.lesson for one in self._known]

    def beside(self, entities: Iterable[str], max_tokens: int) -> list[str]:
        """The lines for an answer about these symbols, files or folders: the most specific first, within a part of the room."""
        if not self._telling:
            return []
        wanted = [e for e in entities if ":" not in e.replace("::", "") and e != "."]
        scored = ((max((_fits(one.places, e) for e in wanted), default=0), one) for one in self._telling)
        best = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], -_weight(pair[1].lesson)))
        return _within([one.line for _, one in best[:BESIDE]], max_tokens * PER_TOKEN // SHARE)

    def on_card(self, subject: str, index: Index, max_tokens: int) -> list[str]:
        """The lines for a card: of what is about its path or what is below it; on the whole repository's, of what is general."""
        if subject == ".":
            found = [(1, one) for one in self._known if not one.places]
        else:
            scored = ((max(_fits(one.places, subject), _below(one.places, subject)), one) for one in self._telling)
            found = [(score, one) for score, one in scored if score and applies(one.lesson, index)]
        best = sorted(found, key=lambda pair: (-pair[0], -_weight(pair[1].lesson)))
        return _within([one.line for _, one in best[:ON_A_CARD]], max_tokens * PER_TOKEN // SHARE)


def learnt(lessons: Iterable[Lesson], near: Near) -> Learnt:
    """What may be shown of the lessons of all tiers, nearest tier first."""
    return Learnt([Known(one, _places(one), line_of(one)) for one in read_through(lessons, near)])


def line_of(lesson: Lesson) -> str:
    """A lesson in one line, marked as what it is."""
    return f'learnt here: "{quoted(lesson.text)}" ({seen(lesson)})'


def quoted(text: str, longest: int = LONGEST) -> str:
    """What somebody wrote, as words on one line and nothing else: no markup, no quotation mark, no fence, no secret."""
    plain = " ".join(clean(redact(text)).translate(_MARKS).split())
    plain = _LEADING.sub("", plain).rstrip(" .")
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"


def seen(lesson: Lesson) -> str:
    """How often a lesson was seen, whose it is, and by which id it is known."""
    times = len(lesson.sessions)
    whose = "" if lesson.tier == "individual" else f"{lesson.tier}, "
    worded = f", worded by {lesson.worded}" if lesson.worded else ""
    return f"{whose}{lesson.kind}, lesson:{lesson.id}, seen {times} time{'s' * (times != 1)}{worded}"


def lessons_in(lines: Iterable[str]) -> tuple[str, ...]:
    """The links of the lessons that these lines tell."""
    return tuple(dict.fromkeys(match[0] for line in lines for match in _LINK.finditer(line)))


def _places(lesson: Lesson) -> tuple[str, ...]:
    """What a lesson is about: its links, and the path it holds for."""
    scope = () if lesson.scope in ("repo", "me") else (lesson.scope,)
    return tuple(dict.fromkeys(a.strip("`() ") for a in (*lesson.about, *scope) if not a.startswith("lesson:")))


def _fits(places: Iterable[str], entity: str) -> int:
    """How closely one of the places is about the entity: 4 the very thing, 3 what it is in, 2 its file, 1 a folder above."""
    return max((_fit(place, entity) for place in places), default=0)


def _fit(place: str, entity: str) -> int:
    path, qual = split_id(entity)
    if place == entity or place.rstrip("/") == entity.rstrip("/"):
        return 4
    if qual and not is_place(place) and (place == qual or qual.endswith(f".{place}")):
        return 4  # a name, as people say it
    whole, _, part = place.partition("::")
    if part:
        return 3 if whole == path and qual.startswith(f"{part}.") else 0
    if qual and whole == path:
        return 2
    folder = whole.rstrip("/")
    return 1 if folder and path.startswith(f"{folder}/") else 0


def _below(places: Iterable[str], subject: str) -> int:
    """Whether a place lies in a file or folder."""
    folder = subject.rstrip("/")
    return int(any(split_id(p)[0] == folder or p.startswith(f"{folder}/") for p in places))


def _weight(lesson: Lesson) -> float:
    return lesson.helpful - lesson.harmful + 0.1 * min(len(lesson.sessions), 20) + 0.5 * lesson.explicit


def _within(lines: Iterable[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept
