"""Agreement: what several independent samples of one model say about the same lines counts more; what one alone says is left out.

Pure functions over verified items (`sleep/thinking/verify.py`). What becomes of the result is `sleep/thinking/publish.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sleep.thinking.notes import Fact, Foreseen
from sleep.thinking.verify import Held

ALIKE = 0.4
"""Shared words of two wordings of one statement, by the shorter."""

_NEGATION = re.compile(r"\b(not|never|no|none|without|cannot|isn't|doesn't|won't|nor|neither)\b|n't\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z_]\w{2,}")
_EMPTY = frozenset(
    (
        "the",
        "and",
        "for",
        "that",
        "this",
        "with",
        "from",
        "are",
        "was",
        "were",
        "has",
        "have",
        "its",
        "which",
        "when",
        "then",
        "than",
        "into",
        "only",
        "also",
        "because",
    )
)


def agreed(samples: Sequence[Sequence[Held]]) -> list[Held]:
    """The items that a majority of the samples hold, each once, the better supported the more trusted.

    One sample agrees with itself. Of two, both must; of three, two.
    """
    if len(samples) <= 1:
        return [held for sample in samples for held in sample]
    needed = len(samples) // 2 + 1
    kept: list[Held] = []
    for number, sample in enumerate(samples):
        for held in sample:
            if any(_same(held, other) for other in kept):
                continue
            votes = 1 + sum(any(_same(held, other) for other in rest) for n, rest in enumerate(samples) if n != number)
            if votes >= needed:
                kept.append(held._replace(confidence=min(held.confidence + 0.25 * votes / len(samples), 0.9)))
    return kept


def _same(one: Held, other: Held) -> bool:
    """Whether two items say the same: of one sort, of one polarity, about lines that meet, in words that overlap."""
    if isinstance(one.item, Fact) != isinstance(other.item, Fact) or not _meet(one.item, other.item):
        return False
    first, second = _text(one.item), _text(other.item)
    if bool(_NEGATION.search(first)) != bool(_NEGATION.search(second)):
        return False
    a, b = _words(first), _words(second)
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= ALIKE


def _meet(one: Fact | Foreseen, other: Fact | Foreseen) -> bool:
    return any(
        p.path == q.path and p.first <= q.last + 2 and q.first <= p.last + 2 for p in one.support for q in other.support
    )


def _text(item: Fact | Foreseen) -> str:
    return f"{item.subject} {item.text}" if isinstance(item, Fact) else item.answer


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - _EMPTY
