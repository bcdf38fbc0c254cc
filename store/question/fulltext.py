"""An inverted index over documents made of weighted fields: BM25F, in memory, document by document.

It knows stems and numbers, nothing of code. Which documents there are and how hits are ranked further: `find.py`.
"""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WEIGHTS = {
    "name": 4.5,
    "owner": 2.0,
    "path": 1.0,
    "signature": 2.2,
    "doc": 2.2,
    "body": 1.0,
    "uses": 0.3,
    "around": 0.2,
}
"""What a term counts for, by the field that it stands in."""

USUAL = {
    "name": 2.5,
    "owner": 3.0,
    "path": 4.0,
    "signature": 6.0,
    "doc": 14.0,
    "body": 45.0,
    "uses": 12.0,
    "around": 20.0,
}
"""A field's usual number of terms: longer ones count less. Constants, so that a change touches its own documents only."""

SATURATION = 1.6
LENGTH_MATTERS = 0.65


ENOUGH = 1.6
"""A document covers a term wholly where it is this share's inverse about it."""

Asked = tuple[float, list[tuple[str, float]]]
"""One thing asked: what it is worth, and its spellings (itself, synonyms) with what each of them is worth."""


class Hit(NamedTuple):
    """A document found: its score, and how much of what is asked it covers."""

    number: int
    score: float
    covered: float


class FullText:
    """Documents by number. A removed one keeps its number; `crowded` says when it is time to build anew."""

    def __init__(self) -> None:
        self._postings: dict[str, tuple[array[int], array[float]]] = {}
        self._often: dict[str, int] = {}
        self._alive = bytearray()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def crowded(self) -> bool:
        """Whether more is removed than there is."""
        return len(self._alive) > 2 * self._count + 1000

    def add(self, fields: Mapping[str, Iterable[str]]) -> int:
        """Take a document in: stems by field, each once. Returns its number."""
        number = len(self._alive)
        self._alive.append(1)
        self._count += 1
        weights: dict[str, float] = {}
        for field, stems in fields.items():
            found = list(stems)
            longer = max(1.0, len(found) / USUAL[field])
            weight = WEIGHTS[field] / (1 - LENGTH_MATTERS + LENGTH_MATTERS * longer)
            for one in found:
                weights[one] = weights.get(one, 0.0) + weight
        for one, weight in weights.items():
            posting = self._postings.get(one)
            if posting is None:
                posting = self._postings[one] = (array("I"), array("f"))
            self._often[one] = self._often.get(one, 0) + 1
            posting[0].append(number)
            posting[1].append(weight / (weight + SATURATION))
        return number

    def remove(self, number: int, fields: Mapping[str, Iterable[str]]) -> None:
        """Forget a document, given as it was added."""
        self._count -= 1
        self._alive[number] = 0
        for one in {one for stems in fields.values() for one in stems}:
            self._often[one] -= 1

    def __contains__(self, term: str) -> bool:
        return self._often.get(term, 0) > 0

    def rarity(self, term: str) -> float:
        """The information of a term: rare ones say more, one that occurs nowhere says most."""
        count = self._often.get(term, 0)
        return math.log(1 + (self._count - count + 0.5) / (count + 0.5))

    def rank(self, asked: Sequence[Asked], limit: int) -> list[Hit]:
        """The documents that have most of what is asked, best first. Ties go to the older document."""
        import numpy  # not at the top: only who searches needs it

        size = len(self._alive)
        scores = numpy.zeros(size, numpy.float32)
        covered = numpy.zeros(size, numpy.float32)
        for worth, spellings in asked:
            one = numpy.zeros(size, numpy.float32)
            for term, share in spellings:
                posting = self._postings.get(term)
                if posting is not None:
                    numbers = numpy.frombuffer(posting[0], numpy.uint32)
                    values = numpy.frombuffer(posting[1], numpy.float32) * share
                    one[numbers] = numpy.maximum(one[numbers], values)
            scores += one
            covered += numpy.minimum(one * ENOUGH, worth)
        scores *= numpy.frombuffer(self._alive, numpy.uint8)
        best = numpy.argsort(-scores, kind="stable")[:limit]
        return [Hit(int(n), float(scores[n]), float(covered[n])) for n in best if scores[n] > 0]
