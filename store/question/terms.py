"""Words as they are compared: names split into parts, words cut to their stem, questions in one normal form.

Which words say nothing and which mean the same: `lexicon.py`. What is looked up with them: `find.py`, `link.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from store.question.lexicon import STOP, SYNONYMS, WHOLE

_PIECE = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d{2,}")
_SHOUTED = frozenset(("AND", "OR", "NOT", "A", "I", "THE", "IS"))

_ENDINGS = (
    ((
        "izations isations ization isation izing ising izer izers ized ised izable ations ating ation ated ators ator ate "
        "ifying ication ition ements ement ments ment ness ally able ible ity ive ence ance ency ancy ent ant ous ful ly"
    ), 4),
    ("ings ing ions ion ied ers er ors or ed est al ic ize ise ify", 3),
    ("e", 3),
)  # fmt: skip
"""Endings that are cut off, the longest first, and how much of the word must be left."""

_SORTED = tuple((tuple(sorted(text.split(), key=len, reverse=True)), least) for text, least in _ENDINGS)


def split_name(name: str) -> list[str]:
    """The parts of an identifier or path in lower case: "CookieJar.open_file" -> cookie jar open file."""
    return [p.lower() for p in _PIECE.findall(name)]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without its inflection: validate, validates, validation and validator are one."""
    word = _singular(word.lower())
    if len(word) <= 3 or word in WHOLE:
        return word
    for endings, least in _SORTED:
        for ending in endings:
            rest = word[: -len(ending)]
            if word.endswith(ending) and len(rest) >= least and any(c in "aeiouy" for c in rest):
                if ending == "ied":
                    return rest + "y"
                tidy = _tidy(rest)
                return stem(tidy) if ending in ("ed", "ing") and len(tidy) > 5 else tidy
    return word[:-2] + "y" if word.endswith("ie") else word


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")) or word in WHOLE:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def _tidy(rest: str) -> str:
    """The same stem whatever was cut off: stripp-ed and strip, registr-ation and register, retri-ed and retry."""
    if len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in "sl":
        rest = rest[:-1]
    if rest.endswith("i"):
        return rest[:-1] + "y"
    return rest[:-1] if rest.endswith("str") else rest


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in SYNONYMS:
        stems = {stem(w) for w in group}
        for one in stems:
            found.setdefault(one, set()).update(stems - {one})
    return {k: frozenset(v) for k, v in found.items()}


def synonyms(stemmed: str) -> frozenset[str]:
    """Stems that may stand for this one."""
    return _synonyms().get(stemmed, frozenset())


def terms(text: str) -> list[str]:
    """The stems of a text's informative words, names split, in order and without repeats. Words in capitals (GET) all count."""
    found: dict[str, None] = {}
    for word in _WORD.findall(text.replace("_", " ")):
        if word.isupper() and len(word) > 1 and word not in _SHOUTED:
            found[stem(word)] = None
            continue
        for part in [word] if word.islower() else split_name(word):
            if part not in STOP and len(part) > 1:
                found[stem(part)] = None
    return list(found)
