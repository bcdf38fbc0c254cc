"""Quantities: numbers with what they count, in one unit, so that "60 seconds" and "one minute" are one and a port is no timeout.

Which of them exclude each other is `relation.py`; answers that are words are `slots.py`. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache

from store.question.terms import stem
from store.said.slots import Filled

_TO_TWELVE = "zero one two three four five six seven eight nine ten eleven twelve"
_WORDS = {word: str(n) for n, word in enumerate(_TO_TWELVE.split())}
_NUMBER = rf"(?<![\w.#-])(\d+(?:\.\d+)*|{'|'.join(_WORDS)}|an?|once|twice)"
_SECONDS = {
    "ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600,
    "day": 86400, "week": 604800, "month": 2592000, "year": 31536000,
}  # fmt: skip
_ONE = {stem(word): kind for kind, words in {
    "approval": "approval approver reviewer review", "times": "times retry attempt", "column": "characters chars columns",
}.items() for word in words.split()}  # fmt: skip
"""What is counted, where several words come to the same."""

_LONG = "milliseconds?|seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|months?|years?"
_DURATION = re.compile(rf"{_NUMBER}(?:[ -](?={_LONG})|(?<=\d) ?)({_LONG}|ms|s|h)\b")
_PERCENT = re.compile(rf"{_NUMBER} ?(?:%|percent\b)")
_VERSION = re.compile(r"\b(python|node(?:\.js)?|java|go|ruby|php|rust|typescript|react|django|interpreter|jdk|postgres)\b"
                      r"[^.,;\d]{0,20}?\bv?(\d+(?:\.\d+)*)\b")  # fmt: skip
_COUNTED = f"%|{_LONG}|ms|times|[a-z]+s\\b"
_PORT = re.compile(
    r"\b(?:ports?|listens?|listening|localhost|reached|serves?|runs?|is)\b[^.,;\d]{0,20}?[ :](\d{2,5})\b"
    rf"(?! ?(?:{_COUNTED}))"
)
_WIDTH = re.compile(
    r"\blines?\b(?=.*\b(?:long|length|limit|under|below|characters?|columns?|wide|width)\b)[^\d]{0,40}\b(\d{2,3})\b"
)
_O_CLOCK = re.compile(r"\b(\d{1,2}:\d{2})\b")
_COUNT = re.compile(rf"{_NUMBER} ([a-z]{{3,}})\b")
_AFTER = "and or of to is in on at from now for by means it that the when if with than"
_NO_COUNT = frozenset(_AFTER.split())
_CUES = {
    "port": "port listen localhost serve reach",
    "width": "line length long maximum most limit under below wide width characters chars columns",
    "duration": "after for every live time",
    "times": "retry attempt",
    "approval": "approve approval review reviewer need have",
    "percent": "threshold",
    "python": "interpret version python run requir project",
    "node": "node version run requir project",
}


def cues_of(kind: str) -> frozenset[str]:
    """The stems that name what a kind of number is about."""
    return frozenset(stem(w) for w in _CUES.get(kind, "version").split())


@lru_cache(maxsize=8192)
def quantities(text: str) -> dict[str, Filled]:
    """The numbers of a text, by what they count. A number that counts nothing known is left out."""
    plain = text.lower().replace("`", "")
    found: dict[str, list[tuple[str, str]]] = {}
    taken: set[int] = set()

    def take(kind: str, value: str, match: re.Match[str], group: int) -> None:
        if match.start(group) not in taken:
            taken.add(match.start(group))
            found.setdefault(kind, []).append((value, match[0]))

    for match in _DURATION.finditer(plain):
        take("duration", f"{_value(match[1]) * _SECONDS[_unit(match[2])]:g}", match, 1)
    for match in _O_CLOCK.finditer(plain):
        take("o'clock", match[1], match, 1)
    for match in _PERCENT.finditer(plain):
        take("percent", f"{_value(match[1]):g}", match, 1)
    for match in _WIDTH.finditer(plain):
        take("width", match[1], match, 1)
    for match in _VERSION.finditer(plain):
        take({"interpreter": "python", "node.js": "node", "jdk": "java"}.get(match[1], match[1]), match[2], match, 2)
    if re.search(r"\bports?\b|\blisten|localhost|\b(?:runs|is) on \d", plain):
        for match in _PORT.finditer(plain):
            take("port", match[1], match, 1)
    for match in _COUNT.finditer(plain):
        if match[2] not in _NO_COUNT and match[1] not in ("a", "an"):
            take(_ONE.get(stem(match[2]), stem(match[2])), f"{_value(match[1]):g}", match, 1)
    return {k: Filled(frozenset(v for v, _ in some), _said(some)) for k, some in found.items()}


def _value(said: str) -> float:
    number = {"a": "1", "an": "1", "once": "1", "twice": "2"}.get(said) or _WORDS.get(said, said)
    return float(number) if number.count(".") < 2 else float(number.split(".")[0])


def _unit(said: str) -> str:
    return said if said in _SECONDS else said.removesuffix("s")


def _said(some: list[tuple[str, str]]) -> frozenset[str]:
    return frozenset(stem(w) for _, said in some for w in re.findall(r"[a-z]+|\d+", said))
