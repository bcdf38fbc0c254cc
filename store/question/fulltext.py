"""The full text of a repository: many portions (`portion.py`), searched by stems with BM25F, in memory.

It knows stems and numbers, nothing of code: documents are numbered in the order in which their portions came. How hits are ranked
further: `find.py`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from store.question.portion import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from store.question.portion import Portion

ENOUGH = 1.6
"""A document covers a term wholly where it is this share's inverse about it."""

Asked = tuple[float, list[tuple[str, float]]]
"""One thing asked: what it is worth, and its spellings (itself, synonyms) with what each of them is worth."""


class Hit(NamedTuple):
    """A document found: its score, and how much of what is asked it covers."""

    number: int
    score: float
    covered: float


class _Block(NamedTuple):
    """Terms by number, in order; beside each the document that it stands in, and what it counts there."""

    terms: NDArray[np.int32]
    documents: NDArray[np.int32]
    counts: NDArray[np.float32]


class FullText:
    """Documents by number. A removed one keeps its number; `crowded` says when it is time to build anew.

    Portions that come together make one sorted block, and a block is merged with the one before it that is not much larger: what
    was loaded is sorted once, and an edit costs what it is long.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._blocks: list[_Block] = []
        self._alive = np.zeros(0, np.bool_)
        self._count = 0
        self._often: dict[str, int] = {}

    def __len__(self) -> int:
        return self._count

    @property
    def crowded(self) -> bool:
        """Whether more is removed than there is."""
        return len(self._alive) > 2 * self._count + 1000

    def add(self, portions: Sequence[Portion]) -> list[range]:
        """Take the documents of some files in. Returns their numbers, file by file."""
        if not portions:
            return []
        sizes = [np.frombuffer(portion.sizes, "<u4") for portion in portions]
        ends = len(self._alive) + np.cumsum([len(each) for each in sizes])
        documents = np.arange(len(self._alive), ends[-1], dtype=np.int32)
        terms = np.concatenate([self._terms(portion) for portion in portions])
        counts = np.concatenate([np.frombuffer(portion.counts, "<f4") for portion in portions])
        self._blocks.append(_block(terms, np.repeat(documents, np.concatenate(sizes)), counts))
        self._merge()
        self._count += len(documents)
        self._alive = np.concatenate((self._alive, np.ones(len(documents), np.bool_)))
        self._often.clear()
        return [range(int(end) - len(each), int(end)) for end, each in zip(ends, sizes, strict=True)]

    def _terms(self, portion: Portion) -> NDArray[np.int32]:
        """The terms of a portion by number, document after document."""
        numbers = self._numbers
        mine = np.array([numbers.setdefault(term, len(numbers)) for term in portion.terms], np.int32)
        return mine.take(np.frombuffer(portion.which, "<u2" if len(mine) < SHORT else "<u4"))

    def remove(self, numbers: range) -> None:
        """Forget the documents of one file."""
        self._alive[numbers.start : numbers.stop] = False
        self._count -= len(numbers)
        self._often.clear()

    def __contains__(self, term: str) -> bool:
        return self._documents_with(term) > 0

    def rarity(self, term: str) -> float:
        """The information of a term: rare ones say more, one that occurs nowhere says most."""
        count = self._documents_with(term)
        return math.log(1 + (self._count - count + 0.5) / (count + 0.5))

    def rank(self, asked: Sequence[Asked], limit: int) -> list[Hit]:
        """The documents that have most of what is asked, best first. Ties go to the older document."""
        size = len(self._alive)
        scores = np.zeros(size, np.float32)
        covered = np.zeros(size, np.float32)
        for worth, spellings in asked:
            one = np.zeros(size, np.float32)
            for term, share in spellings:
                for documents, counts in self._posted(term):
                    one[documents] = np.maximum(one[documents], counts * np.float32(share))
            scores += one
            covered += np.minimum(one * ENOUGH, worth)
        scores *= self._alive
        best = np.argsort(-scores, kind="stable")[:limit]
        return [Hit(int(n), float(scores[n]), float(covered[n])) for n in best if scores[n] > 0]

    def _posted(self, term: str) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
        """The documents that ever had a term, and what it counts in each, block by block."""
        number = self._numbers.get(term)
        if number is not None:
            for block in self._blocks:
                start, stop = block.terms.searchsorted(np.array((number, number + 1), np.int32))
                if start < stop:
                    yield block.documents[start:stop], block.counts[start:stop]

    def _documents_with(self, term: str) -> int:
        found = self._often.get(term)
        if found is None:
            posted = (documents for documents, _ in self._posted(term))
            found = self._often[term] = sum(int(self._alive[documents].sum()) for documents in posted)
        return found

    def _merge(self) -> None:
        while len(self._blocks) > 1 and len(self._blocks[-2].terms) <= 2 * len(self._blocks[-1].terms):
            last = self._blocks.pop()
            self._blocks.append(_block(*(np.concatenate(pair) for pair in zip(self._blocks.pop(), last, strict=True))))


def _block(terms: NDArray[Any], documents: NDArray[Any], counts: NDArray[Any]) -> _Block:
    """A block of these, put in order."""
    order = terms.argsort(kind="stable")
    return _Block(terms[order], documents[order], counts[order])
