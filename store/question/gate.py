"""Which stored free-form answers may be served or offered: similarity proposes, these rules decide.

A veto is one nameable reason why two questions are not the same, enough to keep an answer back. A doubt is a sign on one side
only: enough not to serve, not enough to hide. What structure can answer never comes here, it is worked out for the very names
that were asked about (`understand.py`). Which words are a sign of what: `signs.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.question.kinds import shape_of
from store.question.mention import mentions
from store.question.signs import ASPECTS, OPPOSITES, PLACES, RHYTHMS, VERBS, negated, signs_in
from store.question.terms import split_name, synonyms, terms
from store.question.topics import NAME
from store.question.windows import window_of

if TYPE_CHECKING:
    from collections.abc import Sequence

OFFERED = 3

_METHOD = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b")
_NUMBER = re.compile(r"(?<![\w.])#?v?\d+(?:\.\d+)*\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,40}\b")
_COUNTED = re.compile(r"\b\d+ (?:day|week|month|year|hour)s?\b", re.IGNORECASE)
_QUOTED = re.compile(r"(?<!\w)['\"‘“]([^'\"’”]+)['\"’”](?!\w)")
_SHOUTED = re.compile(r"\b(?!(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CLI|API|URL|HTTP)s?\b)[A-Z]{3,}(?=s?\b)")
_BASES = re.compile(
    r"\bwhat (does|do|is|are) .*\b(inherits?|derived?|extends?)\b|\b(parent|base|super) ?class(es)? of\b", re.IGNORECASE
)
_DIRECTED = frozenset(("callers", "callees", "depends", "subclasses", "impact", "bases"))
_PLAIN = frozenset(("src", "lib", "py", "go", "js", "ts", "the", "__init__"))


class Offer(NamedTuple):
    """A stored question to be judged by the asker: its number among those given, how near it is, and why it may differ."""

    number: int
    nearness: float
    doubts: tuple[str, ...]


def stated_key(kind: str | None, about: Sequence[str], since: str | None) -> str | None:
    """The key of a free-form question whose kind and names the asker stated; None where either is missing.

    Free words are compared as words: "audit logs" and "Audit-logs" are one. It is never the key of a query (`Query.key`).
    """
    if not kind or not about:
        return None
    names = sorted({" ".join(split_name(a)) if not re.search(r"\d", a) else a.lower() for a in about})
    return "|".join(("stated", kind, "&".join(names), window_of(since) or since or "" if since else ""))


def vetoes(asked: str, stored: str) -> tuple[str, ...]:
    """Reasons why a stored question is another one than the asked one; none if it may be the same."""
    found = [check(asked, stored) for check in _CHECKS]
    found += [_disjoint(name, table, asked, stored) for name, table in _TABLES]
    return tuple(reason for reason in found if reason)


def doubts(asked: str, stored: str) -> tuple[str, ...]:
    """Signs on one side only: the other question may say the same in other words, or be another question."""
    found = []
    for name, table in _TABLES:
        ours, theirs = signs_in(asked, table), signs_in(stored, table)
        found += [f"{name}: only one asks {sign}" for sign in sorted(ours ^ theirs)]
    return (*found, *_nothing_shared(asked, stored))


def servable(asked: str, stored: Sequence[str]) -> int | None:
    """Which of the stored questions of one stated key is the asked one, if that is beyond doubt.

    The only one that no veto keeps back is; of several, the only one without a doubt.
    """
    left = [n for n, question in enumerate(stored) if not vetoes(asked, question)]
    if len(left) < 2:
        return left[0] if left else None
    clean = [n for n in left if not doubts(asked, stored[n])]
    return clean[0] if len(clean) == 1 else None


def offered(asked: str, near: Sequence[tuple[str, float]], limit: int = OFFERED) -> list[Offer]:
    """The nearest stored questions that no veto keeps back, nearest first, each with what may be different about it."""
    found = [
        Offer(n, nearness, doubts(asked, question))
        for n, (question, nearness) in enumerate(near)
        if not vetoes(asked, question)
    ]
    return sorted(found, key=lambda o: -o.nearness)[:limit]


def _nothing_shared(asked: str, stored: str) -> tuple[str, ...]:
    """Beside the names, no word of one is said by the other, in the same words or synonyms."""
    names = {t for q in (asked, stored) for m in mentions(q) if m.codelike for t in terms(m.text)}
    ours, theirs = (set(terms(q)) - names for q in (asked, stored))
    if not ours or not theirs or ours & theirs or any(synonyms(t) & theirs for t in ours):
        return ()
    return ("only the name in common",)


# -- the vetoes ------------------------------------------------------------------------------------------------------------


def _other_names(asked: str, stored: str) -> str:
    """A name written as code, a quotation or a shout in one that the other does not have in any spelling.

    A name in capitals and small letters may be a brand that the other leaves out: it counts if the other has one of its own too.
    """
    ours, theirs = _unsaid(asked, stored), _unsaid(stored, asked)
    for name, loose in (*ours, *theirs):
        if not loose or (ours and theirs):
            return f"other name: {name}"
    return ""


def _unsaid(one: str, other: str) -> list[tuple[str, bool]]:
    """Names of one question that the other does not say, and whether each may be left out."""
    said = _words(other)
    names = [(m.text, m.style == "camel") for m in mentions(one) if m.codelike]
    names += [(q, False) for q in _QUOTED.findall(one)] + [(w, True) for w in _SHOUTED.findall(one)]
    parts = [(name, loose, [p.strip("{}") for p in re.split(r"[./:#\s]+", name)]) for name, loose in names]
    return [
        (name, loose)
        for name, loose, of in parts
        if any(p and p.lower() not in _PLAIN and not _said(p, said) for p in of)
    ]


def _words(text: str) -> set[str]:
    """Every word of a text, as it stands and by its parts joined, so that a name is found however it is quoted."""
    found = {w.lower() for w in re.findall(r"[\w-]+", text)}
    return found | {w.replace("_", "").replace("-", "") for w in found}


def _said(part: str, said: set[str]) -> bool:
    return part.lower() in said or part.lower().replace("_", "") in said


def _other_numbers(asked: str, stored: str) -> str:
    ours, theirs = _numbers(asked), _numbers(stored)
    if ours and theirs and ours != theirs:
        return f"other number: {', '.join(sorted(ours ^ theirs))}"
    return ""


def _numbers(text: str) -> set[str]:
    return {n.lower().lstrip("#v") for n in _NUMBER.findall(_COUNTED.sub("", text))}


def _other_window(asked: str, stored: str) -> str:
    ours, theirs = window_of(asked), window_of(stored)
    if ours != theirs:
        return f"other time window: {ours or 'none'}, not {theirs or 'none'}"
    often, seldom = signs_in(asked, RHYTHMS), signs_in(stored, RHYTHMS)
    return f"other rhythm: {', '.join(sorted(often ^ seldom))}" if often and seldom and not often & seldom else ""


def _other_kind(asked: str, stored: str) -> str:
    """Another direction, or another family where both are plainly of one."""
    names = {m.text for q in (asked, stored) for m in mentions(q) if m.codelike}
    ours, theirs = _kind(asked, names), _kind(stored, names)
    if ours == theirs:
        return ""
    if {ours, theirs} <= _DIRECTED:
        return f"reversed direction: {ours}, not {theirs}"
    plain = {"explain", "contents", "docs", "changes"}
    return "" if ours in plain or theirs in plain else f"other kind: {ours}, not {theirs}"


def _kind(question: str, names: set[str]) -> str:
    """The kind by the sentence's shape, where a name of either question is a name however it is written here."""
    if _BASES.search(question):
        return "bases"
    known = sorted(names, key=len, reverse=True)
    text = (
        re.sub("|".join(rf"(?<![\w.]){re.escape(n)}(?:\(\))?(?!\w)" for n in known), NAME, question)
        if known
        else question
    )
    return shape_of(text, question).kind


def _other_method(asked: str, stored: str) -> str:
    ours, theirs = set(_METHOD.findall(asked)), set(_METHOD.findall(stored))
    return f"other HTTP verb: {', '.join(sorted(ours ^ theirs))}" if ours and theirs and ours != theirs else ""


def _polarity(asked: str, stored: str) -> str:
    return "negation" if negated(asked) != negated(stored) else ""


def _opposite(asked: str, stored: str) -> str:
    """One has one end of a pair, the other has the other end, and neither has both."""
    for one, other in OPPOSITES:
        ours = bool(one.search(asked)), bool(other.search(asked))
        theirs = bool(one.search(stored)), bool(other.search(stored))
        if ours != theirs and sum(ours) == sum(theirs) == 1:
            return f"the opposite: {one.pattern.split('|')[0].strip(chr(92) + 'b(')}"
    return ""


def _disjoint(name: str, table: Sequence[tuple[str, re.Pattern[str]]], asked: str, stored: str) -> str:
    """Both carry a sign of that table, and none in common."""
    ours, theirs = signs_in(asked, table), signs_in(stored, table)
    return (
        f"other {name}: {', '.join(sorted(ours))}, not {', '.join(sorted(theirs))}"
        if ours and theirs and not ours & theirs
        else ""
    )


_CHECKS = (_other_names, _other_numbers, _other_window, _other_kind, _other_method, _polarity, _opposite)
_TABLES = (("aspect", ASPECTS), ("verb", VERBS), ("place", PLACES))
