"""What was learnt, beside an answer or on a card: only what is about those very things, in a line each, as data.

The lines are worded once, when the lessons are read (`server/tiers.py`), so a lookup only picks. They are no part of an answer
that is stored, and how fresh an answer is does not depend on them. In a shared tier other people wrote them: what could be
taken for markdown, or for words of ours, is taken out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from server.present import PER_TOKEN, clean
from store.lessons import LESSON, applies, read_through
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
_LINK = re.compile(rf"\b{LESSON}[0-9a-f]{{6,32}}\b")
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
        self._about: dict[str, list[Known]] = {}
        for one in known:
            for place in one.places:
                self._about.setdefault(place.rstrip("/"), []).append(one)

    @property
    def lessons(self) -> list[Lesson]:
        """The lessons, nearest tier first."""
        return [one.lesson for one in self._known]

    def beside(self, entities: Iterable[str], max_tokens: int) -> list[str]:
        """The lines for an answer about these symbols, files or folders: the most specific first, within a part of the room."""
        if not self._about:
            return []
        found: dict[str, tuple[int, Known]] = {}
        for entity in entities:
            for closeness, place in _telling(entity) if _is_here(entity) else ():
                for one in self._about.get(place, ()):
                    found[one.line] = max(found.get(one.line, (0, one)), (closeness, one), key=lambda pair: pair[0])
        best = sorted(found.values(), key=_order)
        return _within([one.line for _, one in best[:BESIDE]], max_tokens * PER_TOKEN // SHARE)

    def on_card(self, subject: str, index: Index, max_tokens: int) -> list[str]:
        """The lines for a card: of what is about its path or what is below it; on the whole repository's, of what is general."""
        if subject == ".":
            found = [(1, one) for one in self._known if not one.places]
        else:
            near = {place: closeness for closeness, place in reversed(_telling(subject))}
            scored = ((_closeness(one.places, near, subject), one) for one in self._known)
            found = [(score, one) for score, one in scored if score and applies(one.lesson, index)]
        best = sorted(found, key=_order)
        return _within([one.line for _, one in best[:ON_A_CARD]], max_tokens * PER_TOKEN // SHARE)


def learnt(lessons: Iterable[Lesson], near: Near) -> Learnt:
    """What may be shown of the lessons of all tiers, nearest tier first."""
    return Learnt([Known(one, _places(one), line_of(one)) for one in read_through(lessons, near)])


def line_of(lesson: Lesson) -> str:
    """A lesson in one line, marked as what it is."""
    return f'learnt here: "{quoted(lesson.text)}" ({seen(lesson)})'


def quoted(text: str) -> str:
    """What somebody wrote, as words on one line and nothing else: no markup, no quotation mark, no fence, no secret."""
    return _LEADING.sub("", inline(text, LONGEST)).rstrip(" .")


def inline(text: str, longest: int) -> str:
    """A name that somebody gave, as it may stand in a line of ours."""
    plain = " ".join(clean(redact(text)).translate(_MARKS).split())
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"


def seen(lesson: Lesson) -> str:
    """How often a lesson was seen, whose it is, and by which id it is known."""
    times = len(lesson.sessions)
    whose = "" if lesson.tier == "individual" else f"{lesson.tier}, "
    return f"{whose}{lesson.kind}, {link(lesson)}, seen {times} time{'s' * (times != 1)}{worded(lesson)}"


def link(lesson: Lesson) -> str:
    """By which it can be voted on. In a shared tier, somebody wrote the id as well."""
    return LESSON + re.sub(r"[^\w-]", "", lesson.id, flags=re.ASCII)[:32]


def worded(lesson: Lesson) -> str:
    """Whose words it is in, where they are nobody's who was there."""
    return f", worded by {inline(lesson.worded, 80)}" if lesson.worded else ""


def lessons_in(lines: Iterable[str]) -> tuple[str, ...]:
    """The links of the lessons that these lines tell."""
    return tuple(dict.fromkeys(match[0] for line in lines for match in _LINK.finditer(line)))


def _places(lesson: Lesson) -> tuple[str, ...]:
    """What a lesson is about: its links, and the path it holds for."""
    scope = () if lesson.scope in ("repo", "me") else (lesson.scope,)
    return tuple(dict.fromkeys(a.strip("`() ") for a in (*lesson.about, *scope) if not a.startswith(LESSON)))


def _telling(entity: str) -> list[tuple[int, str]]:
    """What a lesson about this symbol, file or folder may name, and how closely: 4 the very thing, 1 a folder above."""
    path, qual = split_id(entity)
    found = [(4, entity.rstrip("/"))]
    if qual:
        parts = qual.split(".")
        found += [(4, ".".join(parts[n:])) for n in range(len(parts))]  # a name, as people say it
        found += [(3, f"{path}::{'.'.join(parts[:n])}") for n in range(len(parts) - 1, 0, -1)]
        found.append((2, path))
    folders = path.rstrip("/").split("/")[:-1]
    return [*found, *((1, "/".join(folders[:n])) for n in range(len(folders), 0, -1))]


def _is_here(entity: str) -> bool:
    """Whether it is a symbol, a file or a folder, and not words, a setting or what is absent."""
    return ":" not in entity.replace("::", "") and entity != "."


def _closeness(places: Iterable[str], near: dict[str, int], subject: str) -> int:
    """As in `_telling`; and 1 for what lies in the subject."""
    folder = subject.rstrip("/")
    above = max((near.get(place.rstrip("/"), 0) for place in places), default=0)
    return max(above, int(any(split_id(p)[0] == folder or p.startswith(f"{folder}/") for p in places)))


def _order(pair: tuple[int, Known]) -> tuple[int, float]:
    """The most specific first, then what proved itself."""
    return -pair[0], -_weight(pair[1].lesson)


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
