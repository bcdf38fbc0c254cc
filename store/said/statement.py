"""What a statement says, as far as rules can tell: what it wants and rules out, its names and numbers, how firm it is. Pure."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from store.question.mention import mentions
from store.question.terms import split_name, stem, synonyms
from store.said.quantities import quantities

_FIRM = re.compile(
    r"\b(always|never|must(?: not|n't)?|should(?:n't)?|from now on|do not|don't|prefer|required?|please remember"
    r"|we (?:use|never|always|do not|don't|prefer|keep|run)|remember (?:to|that)|only ever"
    r"|in this (?:repo|repository|project|code ?base)|(?:is|are) forbidden|not allowed|make sure|instead of|rather than)\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:instead of|rather than|no longer|without|over|not|no)\s+(?:(?:to|be|use|using|run|running|with|call|the|an?|any)\s+)*"
    r"(`[^`]+`|[\w./:-]+)",
    re.IGNORECASE,
)
"""One word that is ruled out, behind what rules it out."""

_NEVER = re.compile(
    r"(?<!\bif you )"
    r"\b(?:never|do not|don't|doesn't|does not|must not|mustn't|should(?: not|n't)|avoid|stop|unless|forbidden)\b([^,;.:]*)",
    re.IGNORECASE,
)
"""A clause that is ruled out as a whole."""

RULED_OUT = 0.7
"""What is ruled out is wanted by whoever wants so much of it: of a long clause a word in common proves nothing."""

_FAILS = re.compile(r"\b(?:fail|hang|crash|break|flaky|error|stall|corrupt|los[et])", re.IGNORECASE)
_LACKS = re.compile(
    r"\b(?:unless|without|(?:when|if|while|until)\b[^,;.]*?(?:\bnot\b|n't\b|\bno\b))([^,;.:]*)", re.IGNORECASE
)
"""What is missing where something fails: "it hangs without X", "it fails unless X" ask for X, and rule nothing out."""

_SURE = re.compile(r"\bmake sure\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d+")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)*\b")
_SAID = (
    "a an the and or but if in on at to of for from by with into onto is are was were be been being has have had do does did it "
    "its this that these those there here they them you your we our us i me my he she as so then than when while because unless "
    "otherwise else will would can could may might also just very too not no never nor don doesn won t s "
    "use using used run running prefer please always must should repo repository project code now sure keep write call want need "
    "remember instead rather thing way avoid stop longer allow forbid only any all every each go goes gets get"
)
FILLER = frozenset(stem(word) for word in _SAID.split()) | frozenset(_SAID.split())
"""Words that tell how something is said, not what."""


class Statement(NamedTuple):
    """One text taken apart. Words are stems; `names` are written as code or paths."""

    text: str
    words: frozenset[str]
    against: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    firm: bool

    @property
    def wanted(self) -> frozenset[str]:
        """What it speaks of without ruling it out."""
        return self.words - self.against


@lru_cache(maxsize=8192)
def statement(text: str) -> Statement:
    """Take a text apart."""
    against = frozenset(t for m in (*_AGAINST.finditer(text), *_NEVER.finditer(text)) for t in content(m[1]))
    if _FAILS.search(text):
        against -= {t for m in _LACKS.finditer(text) for t in content(m[1])}
    names = frozenset(m.text.strip("`()").lower() for m in mentions(text) if m.codelike)
    numbers = frozenset(_NUMBER.findall(text))
    return Statement(text, frozenset(content(text)), against, names, numbers, bool(_FIRM.search(text)))


def content(text: str) -> list[str]:
    """The stems of the words that tell what is said; names in their parts."""
    words = _SURE.sub(" ", text.replace("_", " "))
    parts = [p for w in _WORD.findall(words) for p in ([w] if w.islower() else split_name(w))]
    return list(dict.fromkeys(stem(p) for p in parts if p not in FILLER and stem(p) not in FILLER))


def alike(one: Statement, other: Statement) -> tuple[float, float]:
    """How much of the shorter, and of the longer one the other says too, in the same words or synonyms."""
    few, many = (one.words, other.words) if len(one.words) <= len(other.words) else (other.words, one.words)
    if few.isdisjoint(_meant(many)):
        return 0.0, 0.0
    return len(few & _meant(many)) / len(few), len(many & _meant(few)) / len(many)


@lru_cache(maxsize=8192)
def _meant(words: frozenset[str]) -> frozenset[str]:
    """The words and all that may stand for them."""
    return words.union(*map(synonyms, words))


def differs(one: Statement, other: Statement) -> str:
    """Why two statements that sound alike are about different things; "" if they may be the same."""
    if one.names and other.names and not one.names & other.names:
        return f"other names: {', '.join(sorted(one.names ^ other.names)[:3])}"
    return ""


def opposes(one: Statement, other: Statement) -> str:
    """Why two statements about the same thing cannot both hold; "" if they can."""
    counted, beside = quantities(one.text), quantities(other.text)
    comparable = not (counted and beside) or bool(counted.keys() & beside.keys())
    if one.numbers and other.numbers and one.numbers != other.numbers and comparable:
        return f"{', '.join(sorted(one.numbers))} against {', '.join(sorted(other.numbers))}"
    if one.against & other.against:
        return ""
    for wanted, against in ((one.wanted, other.against), (other.wanted, one.against)):
        if against and len(wanted & against) >= RULED_OUT * len(against):
            return f"one is for, one against {', '.join(sorted(wanted & against)[:2])}"
    return ""


def substituted(one: str, other: str) -> bool:
    """Whether two texts are one sentence about two things: "ask before adding a table", "ask before adding a dependency"."""
    ours, theirs = content(one), content(other)
    changed = [op for op in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes() if op[0] != "equal"]
    if len(changed) != 1 or changed[0][0] != "replace":
        return False
    _, a, b, c, d = changed[0]
    away, instead = frozenset(ours[a:b]), frozenset(theirs[c:d])
    return b - a <= 2 and d - c <= 2 and len(ours) - (b - a) >= 2 and not _meant(away) & instead
