"""Readings of a question that describes what it is about, in words that the code may not use.

Ranking is `find.py`'s; here is what belongs to the question: words that only tell its kind are left out, hints (a class named in
passing) count, tests and commits are looked for as such, and whether the best is good enough to be answered, offered, or neither.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.question.reading import Reading, Understanding, query_of
from store.question.terms import stem, terms
from store.source.record import split_id

if TYPE_CHECKING:
    from store.question.find import Finder, Found
    from store.question.kinds import Shape
    from store.question.link import Linker, Link
    from store.words import Kind

OFFERED = 0.2
"""A description is a miss where the best thing found covers less of its information than this."""

ANSWERED = 0.3
"""It is not answered without asking back where the best covers less than this..."""

CLEARLY = 1.15
"""...or is not this much better than the next one."""

HINT = 1.25
"""What a hint is worth: the class that the question names in passing, and its members."""

_SPENT: dict[Kind, str] = {
    "tests": "test tests tested testing case cases cover covers covered coverage prove proving exercise unit check checks",
    "changes": "commit commits change changed changes last latest recent recently introduce introduced fix fixed cve touch "
    "touched modified modify added add removed git log history blame wrote author when date two three version release",
    "callers": "call calls called caller callers use uses used using user usage invoke invokes",
    "callees": "call calls called callees invoke",
    "subclasses": "subclass subclasses inherit inherits derive implementation class",
    "raises": "raise raises raised throw throws error errors exception exceptions",
    "impact": "break breaks affected impact change changed remove rename delete",
    "docs": "doc docs documentation document documented readme say says described mention",
    "contents": "contents contain overview list structure",
    "where": "defined located live lives",
}
"""Words that tell the kind of question and say nothing of its subject."""

_FOREIGN = re.compile(
    r"\b(?:how|why|when|what|where) (?:does|do|did|can|will|is|are) (?:the )?([a-z][\w-]*)(?:'s)?\b", re.I
)
_CHANGELOG = re.compile(r"(^|/)(changes|changelog|history|news|releases?)(\.\w+)?$", re.I)


class Described:
    """Readings by description, against one index."""

    def __init__(self, linker: Linker, finder: Finder) -> None:
        self.linker = linker
        self.finder = finder

    def understand(self, question: str, shape: Shape, links: list[Link], notes: list[str]) -> Understanding:
        """Up to three readings, best first; none where nothing here fits."""
        if foreign := self.foreign(question):
            return Understanding((), False, shape.kind, (*notes, f"{foreign} is a package from outside"))
        spent = {stem(w) for w in _SPENT.get(shape.kind, "").split()}
        asked = [t for t in terms(question) if t not in spent] or terms(question)
        hints = self._hints(question, links)
        if shape.kind == "changes":
            return self._changes(shape, asked, hints, notes)
        found = self._found(asked, hints, docs=shape.kind == "docs")
        if shape.kind == "tests":
            return self._tests(shape, asked, found, notes)
        if not found or found[0].covered < OFFERED:
            return Understanding((), False, shape.kind, (*notes, "nothing here fits the description"))
        readings = _readings(shape, found[:3])
        return Understanding(readings, _clear(found), shape.kind, tuple(notes))

    def foreign(self, question: str) -> str:
        """The package from outside that the question is about: "how does urllib3's PoolManager evict pools"."""
        match = _FOREIGN.search(question)
        return match[1] if match and match[1].lower() in self.linker.paths.packages else ""

    def _hints(self, question: str, links: list[Link]) -> tuple[str, ...]:
        """Things named in passing: linked names, functions that take a named parameter, classes in separate words."""
        found = [e for link in links for e in (*link.entities, *link.takers[:12])]
        words = re.findall(r"[A-Za-z]+", question)
        for size in (2, 3):
            for at in range(len(words) - size + 1):
                found += self.linker.joined(words[at : at + size])
        return tuple(dict.fromkeys(found))

    def _found(
        self, asked: list[str], hints: tuple[str, ...], *, docs: bool = False, tests: bool = False
    ) -> list[Found]:
        found = self.finder.find(asked, 24, docs=docs, tests=tests)
        helped = [f._replace(score=f.score * HINT) if _hinted(f.entity, hints) else f for f in found]
        return sorted(helped, key=lambda f: (-f.score, f.entity))

    def _tests(self, shape: Shape, asked: list[str], found: list[Found], notes: list[str]) -> Understanding:
        """Test functions that fit by themselves, and the tests of the library code that fits: to be chosen from."""
        tests = [
            f
            for f in self._found(asked, (), tests=True)
            if f.is_test and f.kind in ("function", "method", "class", "file")
        ]
        library = [f for f in found if not f.is_test and f.covered >= OFFERED][:1]
        direct = [f for f in tests if f.covered >= OFFERED][: 3 - len(library)]
        if not direct and not library:
            return Understanding((), False, shape.kind, (*notes, "nothing here fits the description"))
        readings = [*_readings(shape, direct, "where"), *_readings(shape, library)]
        return Understanding(tuple(readings), False, shape.kind, tuple(notes))

    def _changes(self, shape: Shape, asked: list[str], hints: tuple[str, ...], notes: list[str]) -> Understanding:
        """The file that fits, the log of the repo where nothing is described, and what the changelog says."""
        if not asked:
            return Understanding((Reading(query_of(shape, ["."]), 1.0, (shape.why,)),), True, shape.kind, tuple(notes))
        found = [f for f in self._found(asked, hints) if not f.is_test]
        best = found[0] if found and found[0].covered >= OFFERED else None
        said = [
            f
            for f in self.finder.find(asked, 12, docs=True)
            if _CHANGELOG.search(split_id(f.entity)[0].rsplit(".", 1)[0])
        ]
        readings = []
        if best:
            path = split_id(best.entity)[0]
            readings.append(
                Reading(query_of(shape, [path]), 1.0, (shape.why, f"the file that fits best: {best.covered:.0%}"))
            )
        readings += _readings(shape, [f for f in said if f.covered >= OFFERED][:2], "docs")
        return Understanding(tuple(readings), len(readings) == 1, shape.kind, tuple(notes))


def _readings(shape: Shape, found: list[Found], kind: Kind | None = None) -> tuple[Reading, ...]:
    top = max((f.score for f in found), default=1.0) or 1.0
    return tuple(
        Reading(
            query_of(shape, [f.entity], kind),
            round(f.score / top, 3),
            (shape.why, f"covers {f.covered:.0%} of the words"),
        )
        for f in found
    )


def _clear(found: list[Found]) -> bool:
    """Whether the best may be answered without asking back."""
    return found[0].covered >= ANSWERED and (len(found) == 1 or found[0].score >= CLEARLY * found[1].score)


def _hinted(entity: str, hints: tuple[str, ...]) -> bool:
    return any(entity == h or entity.startswith((h + ".", h + "::")) for h in hints)
