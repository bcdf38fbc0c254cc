"""Readings of a question that describes what it is about, in words that the code may not use.

Ranking is `find.py`'s; here is what belongs to the question: words that only tell its kind are left out, hints (a class named in
passing) count, tests and commits are looked for as such, and whether the best is good enough to be answered, offered, or neither.
"""

from __future__ import annotations

import itertools
import re
import sys
from typing import TYPE_CHECKING

from store.question.kinds import WINDOW_ONLY
from store.question.lexicon import LIGHT
from store.question.link import CLASSES
from store.question.mention import existence
from store.question.reading import Reading, Understanding, query_of
from store.question.terms import split_name, stem, terms
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.question.find import Finder, Found
    from store.question.kinds import Shape
    from store.question.link import Link, Linker
    from store.words import Kind

OFFERED = 0.2
"""A description is a miss where the best thing found covers less of its information than this, ..."""

WORTH = 0.75
"""...or scores less than this for each word asked."""

ANSWERED = 1.4
"""It is not answered without asking back where the best scores less than this for each word asked..."""

CLEARLY = 1.25
"""...or is not this much better than the next one, ..."""

BY_NAME = 0.2
"""(of what the question says, the share that is in its name; with less than this...)"""

FAR = 1.6
"""...it has to be this much better, because prose speaks of many things that a function does not do...)"""

DOUBTFUL = frozenset(("section", "key", "file"))
"""...or is a thing of this kind, or a test."""

EXISTS = 0.7
"""Whether there is a rate limiter is not answered by a body limiter: so much of what is asked about, the best has to be."""

NEARLY = 0.65
"""What scores less than this share of the best is not offered beside it."""

LIKELY = 0.9
"""How sure a reading by description can be at best: it was not named."""

HINT = 1.25
"""What a hint is worth: the class that the question names in passing, and its members."""

ASIDE = 0.7
"""What the words of a subordinate clause count."""

_ASIDE = r"\b(?:when|if|after|before|while|unless|without|instead of|because|so that)\b"

_LIGHT = frozenset(map(stem, LIGHT))

_SPENT: dict[Kind, str] = {
    "tests": "test tests tested testing case cases cover covers covered coverage prove proving exercise unit check checks",
    "changes": "commit commits change changed changes last latest recent recently introduce introduced fix fixed cve touch "
    "touched modified modify add added remove removed git log history blame wrote author when date two three version release "
    "week month year day days hours today yesterday past previous ago since",
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
    r"\b(?:how|why|when|what|where) (?:does|do|did|can|will) (?:the )?([a-z][\w-]*)('s)?\b", re.IGNORECASE
)
_ADDED = re.compile(
    r"\b(?:when|who|which \w+|what \w+)\b.*\b(?:add(?:s|ed)?|introduc\w+|creat(?:e|es|ed)|first)\b", re.IGNORECASE
)
_DOER = re.compile(r"^\s*(?:where|how|when) (?:does|do|did) (?:the |an? )?(.+)", re.IGNORECASE)
_CHANGELOG = re.compile(r"(^|/)(changes|changelog|history|news|releases?)(\.\w+)?$", re.IGNORECASE)


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
        words = self._with_compounds(question)
        asked = {t: w for t, w in words.items() if t not in spent}
        asked = asked if asked or shape.kind == "changes" else words
        hints = self._hints(question, links)
        if shape.kind == "changes":
            shape = shape._replace(scope="first") if _ADDED.search(question) else shape
            return self._changes(shape, asked, hints, notes)
        found = self._found(asked, hints, docs=shape.kind == "docs")
        if shape.kind == "tests":
            return self._tests(shape, asked, found, notes)
        if not found or found[0].covered < OFFERED or found[0].score < WORTH * sum(asked.values()):
            return Understanding((), False, shape.kind, (*notes, *map(_refused, found[:2])))
        readings = _readings(shape, [f for f in found[:3] if f.score >= NEARLY * found[0].score])
        certain = _clear(found, asked, shape) and not shape.negated and not _only_who(question, found[0], asked)
        if existence(question) and found[0].covered < EXISTS:
            certain, notes = False, [*notes, "asks if there is such a thing: what has only a part of it is not that"]
        notes += [
            f"left out: {f.entity}, {f.score / found[0].score:.0%} of the best" for f in found[len(readings) :][:2]
        ]
        return Understanding(readings, certain, shape.kind, tuple(notes))

    def _with_compounds(self, question: str) -> dict[str, float]:
        """The stems of a question, and pairs of its words that are written as one here: "host name" is `hostname`."""
        found = weighed(question)
        words = re.findall(r"[a-z]+", question.lower())
        for one, other in itertools.pairwise(words):
            joined = stem(one + other)
            if len(one) > 1 and len(other) > 1 and joined not in found and self.finder.contains(joined):
                found[joined] = 1.0
        return found

    def foreign(self, question: str) -> str:
        """The package from outside that the question is about: "how does urllib3's PoolManager evict pools"."""
        self.linker.follow()
        match = _FOREIGN.search(question)
        if match is None or match[1].lower() not in self.linker.paths.packages:
            return ""
        return match[1] if match[2] or match[1].lower() not in sys.stdlib_module_names else ""

    def _hints(self, question: str, links: list[Link]) -> tuple[str, ...]:
        """Things named in passing: linked names, functions that take a named parameter, classes in separate words."""
        found = [e for link in links for e in (*link.entities, *link.takers[:12])]
        words = re.findall(r"[A-Za-z]+", question)
        for size in (2, 3):
            for at in range(len(words) - size + 1):
                found += self.linker.joined(words[at : at + size])
        return tuple(dict.fromkeys(found))

    def _found(
        self, asked: Mapping[str, float], hints: tuple[str, ...], *, docs: bool = False, tests: bool = False
    ) -> list[Found]:
        found = self.finder.find(asked, 24, docs=docs, tests=tests)
        helped = [f._replace(score=f.score * HINT) if _hinted(f.entity, hints) else f for f in found]
        return sorted(helped, key=lambda f: (-f.score, f.entity))

    def _tests(self, shape: Shape, asked: Mapping[str, float], found: list[Found], notes: list[str]) -> Understanding:
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

    def _changes(
        self, shape: Shape, asked: Mapping[str, float], hints: tuple[str, ...], notes: list[str]
    ) -> Understanding:
        """The file that fits, the log of the repo where nothing is described, and what the changelog says."""
        if not asked:
            return Understanding((Reading(query_of(shape, ["."]), 1.0, (shape.why,)),), True, shape.kind, tuple(notes))
        found = [f for f in self._found(asked, hints) if not f.is_test]
        best = found[0] if found and found[0].score >= WORTH * sum(asked.values()) else None
        said = [
            f
            for f in self.finder.find(asked, 12, docs=True)
            if _CHANGELOG.search(split_id(f.entity)[0].rsplit(".", 1)[0])
        ]
        readings = []
        if best:
            path = split_id(best.entity)[0]
            readings.append(
                Reading(query_of(shape, [path]), LIKELY, (shape.why, f"the file that fits best: {best.covered:.0%}"))
            )
        readings += _readings(shape, [f for f in said if f.covered >= OFFERED][:2], "docs")
        asks_for_changes = shape.why != WINDOW_ONLY
        enough = best is not None and best.score >= ANSWERED * sum(asked.values())
        certain = len(readings) == 1 and enough and asks_for_changes
        return Understanding(tuple(readings), certain, shape.kind, tuple(notes))


def _refused(found: Found) -> str:
    return f"too little in common: {found.entity} covers {found.covered:.0%} of the words"


def weighed(question: str) -> dict[str, float]:
    """The stems of a question; those of a subordinate clause ("... when the view returns None") count less."""
    found: dict[str, float] = {}
    for part in re.split(r"(?=" + _ASIDE + r")", question, flags=re.IGNORECASE):
        share = ASIDE if re.match(_ASIDE, part, re.IGNORECASE) else 1.0
        for term in terms(part):
            found[term] = max(share * (0.5 if term in _LIGHT else 1.0), found.get(term, 0.0))
    return found


def _readings(shape: Shape, found: list[Found], kind: Kind | None = None) -> tuple[Reading, ...]:
    top = max((f.score for f in found), default=1.0) or 1.0
    return tuple(
        Reading(
            query_of(shape, [f.entity], kind or _fitting(shape.kind, f)),
            round(LIKELY * f.score / top, 3),
            (shape.why, f"covers {f.covered:.0%} of the words"),
        )
        for f in found
    )


def _fitting(kind: Kind, found: Found) -> Kind:
    """The kind as such a thing allows it: a function has no contents and no subclasses."""
    whole = found.kind in CLASSES or found.kind == "file"
    fits = kind not in ("contents", "subclasses") or whole or (kind == "subclasses" and found.kind == "method")
    return kind if fits else "explain"


def _clear(found: list[Found], asked: Mapping[str, float], shape: Shape) -> bool:
    """Whether the best may be answered without asking back."""
    best = found[0]
    if best.is_test or best.kind in DOUBTFUL and shape.kind != "docs" or best.score < ANSWERED * sum(asked.values()):
        return False
    return len(found) == 1 or best.score >= (CLEARLY if best.named >= BY_NAME else FAR) * found[1].score


def _only_who(question: str, best: Found, asked: Mapping[str, float]) -> bool:
    """Whether the best is only who does what is asked about: "where does the progress bar compute the remaining time" is not
    answered by the progress bar as a whole.
    """
    match = _DOER.search(question)
    if match is None or best.kind in CLASSES:
        return False
    name = {stem(part) for part in split_name(split_id(best.entity)[1].rpartition(".")[2])}
    joined = "".join(split_name(best.entity.rpartition("::")[2].rpartition(".")[2]))
    doer = terms(match[1])[:2]
    is_doer = name <= set(doer) or joined == "".join(re.findall(r"[a-z]+", match[1].lower())[:2])
    return is_doer and len(set(asked) - set(doer) - name) > 1


def _hinted(entity: str, hints: tuple[str, ...]) -> bool:
    return any(entity == h or entity.startswith((h + ".", h + "::")) for h in hints)
