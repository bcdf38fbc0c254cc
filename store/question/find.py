"""Finding by description: full text over symbols, document sections and files, in memory, following the index file by file.

A BM25 over fields (name, path, signature, doc, body), with stems and synonyms, and a second look at the best for what the ranking
function cannot see: how much of the question a thing covers, and whether it is the subject or only mentions it. Names are linked
exactly elsewhere (`link.py`); what the question wants to know: `kinds.py`.
"""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, NamedTuple

from store.question.terms import split_name, stem, synonyms, terms
from store.source.record import symbol_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.graph.index import Index
    from store.source.record import FileRecord, Symbol

K1 = 1.6
SYNONYM = 0.55
WEIGHTS = {"name": 5.0, "owner": 2.0, "path": 1.2, "signature": 1.2, "doc": 2.2, "body": 1.0}
LENGTHS = {"name": 2.5, "owner": 3.0, "path": 4.0, "signature": 6.0, "doc": 14.0, "body": 45.0}
"""A field's usual number of terms: longer ones count less. Constants, so that a file's change touches that file's rows only."""


class Found(NamedTuple):
    """One thing found. `covered` is the share of the question's information that it contains, `named` that its name contains."""

    entity: str
    score: float
    covered: float
    named: float
    kind: str
    is_test: bool


class _Doc(NamedTuple):
    entity: str
    kind: str
    is_test: bool
    minor: bool
    names: frozenset[str]
    size: int


class Finder:
    """The full text of one index. `find` brings it up to date first: only changed files are read again."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._generation = -1
        self._docs: list[_Doc | None] = []
        self._of_file: dict[str, tuple[str, range]] = {}
        self._postings: dict[str, tuple[array[int], array[float]]] = {}
        self._alive = 0

    def __len__(self) -> int:
        return self._alive

    def follow(self) -> None:
        """Take over what changed in the index since the last time."""
        if self._generation == self.index.generation:
            return
        self._generation = self.index.generation
        for path in [p for p in self._of_file if p not in self.index]:
            self._forget(path)
        for path in self.index.paths():
            record = self.index.record(path)
            known = self._of_file.get(path)
            if record is None or known is not None and known[0] == record.digest:
                continue
            self._forget(path)
            first = len(self._docs)
            self._add(record)
            self._of_file[path] = (record.digest, range(first, len(self._docs)))
        if len(self._docs) > 2 * self._alive + 1000:
            self._rebuild()

    def knows(self, term: str) -> bool:
        """Whether anything here contains this stem."""
        self.follow()
        return term in self._postings

    def weight(self, term: str) -> float:
        """The information of a stem: rare ones say more, and one that occurs nowhere says most."""
        count = len(self._postings[term][0]) if term in self._postings else 0
        return math.log(1 + (self._alive - count + 0.5) / (count + 0.5))

    def find(
        self, question: str | Sequence[str], limit: int = 10, *, tests: bool = False, docs: bool = False
    ) -> list[Found]:
        """The things that a description fits best, best first. Library code comes before tests and documents, unless these are meant."""
        self.follow()
        asked = terms(question) if isinstance(question, str) else list(question)
        if not asked or not self._alive:
            return []
        scores: dict[int, float] = {}
        covered: dict[int, float] = {}
        weights = {t: self.weight(t) for t in asked}
        for term in asked:
            for doc, value in self._matches(term).items():
                scores[doc] = scores.get(doc, 0.0) + value * weights[term]
                covered[doc] = covered.get(doc, 0.0) + min(1.0, 1.6 * value) * weights[term]
        total = sum(weights.values())
        best = sorted(scores, key=lambda d: -scores[d])[:80]
        found = [self._second_look(d, scores[d], covered[d] / total, weights, total, tests, docs) for d in best]
        return sorted(found, key=lambda f: (-f.score, f.entity))[:limit]

    # -- ranking -------------------------------------------------------------------------------------------------------

    def _matches(self, term: str) -> dict[int, float]:
        """Per document how well it contains the term or, for less, a synonym of it: 0 to 1."""
        found: dict[int, float] = {}
        for word, share in ((term, 1.0), *((s, SYNONYM) for s in sorted(synonyms(term)))):
            posting = self._postings.get(word)
            if posting is None:
                continue
            for doc, value in zip(*posting, strict=True):
                value *= share
                if value > found.get(doc, 0.0):
                    found[doc] = value
        return (
            found if self._alive == len(self._docs) else {d: v for d, v in found.items() if self._docs[d] is not None}
        )

    def _second_look(
        self,
        number: int,
        score: float,
        covered: float,
        weights: dict[str, float],
        total: float,
        tests: bool,
        docs: bool,
    ) -> Found:
        doc = self._docs[number]
        assert doc is not None
        hit = [t for t in weights if t in doc.names]
        near = [t for t in weights if t not in doc.names and synonyms(t) & doc.names]
        named = (sum(weights[t] for t in hit) + SYNONYM * sum(weights[t] for t in near)) / total
        said = (len(hit) + SYNONYM * len(near)) / max(1, len(doc.names))
        factor = (0.55 + 0.45 * covered) * (1 + 0.5 * named) * (1 + 0.25 * min(1.0, said))
        return Found(doc.entity, score * factor * self._prior(doc, tests, docs), covered, named, doc.kind, doc.is_test)

    def _prior(self, doc: _Doc, tests: bool, docs: bool) -> float:
        prior = {"section": 0.55, "key": 0.5, "file": 0.75, "attribute": 0.7, "variable": 0.75, "constant": 0.9}.get(
            doc.kind, 1.0
        )
        if docs and doc.kind == "section":
            prior = 1.3
        if doc.is_test:
            prior *= 1.3 if tests else 0.5
        elif doc.minor:
            prior *= 1.0 if docs else 0.6
        return prior

    # -- following -----------------------------------------------------------------------------------------------------

    def _add(self, record: FileRecord) -> None:
        path_terms = _stems(split_name(record.path.rsplit(".", 1)[0]))
        minor = record.path.split("/")[0] in (
            "docs",
            "doc",
            "examples",
            "example",
            "benchmarks",
            "scripts",
            "tests",
            "test",
        )
        for symbol in record.symbols:
            owner, _, name = symbol.qual.split("#", 1)[0].rpartition(".")
            names = _stems(split_name(name)) if symbol.kind != "section" else terms(symbol.name)
            fields = {
                "name": names,
                "owner": _stems(split_name(owner)),
                "path": path_terms,
                "signature": terms(
                    f"{symbol.signature} {symbol.value} {' '.join(symbol.decorators)} {' '.join(symbol.bases)}"
                ),
                "doc": terms(symbol.doc),
                "body": [stem(w) for w in symbol.words],
            }
            all_names = frozenset([*names, *fields["owner"]])
            self._put(
                _Doc(symbol_id(record.path, symbol.qual), symbol.kind, record.is_test, minor, all_names, 0), fields
            )
        fields = {"name": path_terms, "doc": terms(record.doc)}
        self._put(_Doc(record.path, "file", record.is_test, minor, frozenset(path_terms), 0), fields)

    def _put(self, doc: _Doc, fields: dict[str, list[str]]) -> None:
        number = len(self._docs)
        self._docs.append(doc)
        self._alive += 1
        tf: dict[str, float] = {}
        for field, found in fields.items():
            if found:
                weight = WEIGHTS[field] / (0.5 + 0.5 * max(1.0, len(found) / LENGTHS[field]))
                for term in found:
                    tf[term] = tf.get(term, 0.0) + weight
        for term, value in tf.items():
            posting = self._postings.get(term)
            if posting is None:
                posting = self._postings[term] = (array("I"), array("f"))
            posting[0].append(number)
            posting[1].append(value / (value + K1))

    def _forget(self, path: str) -> None:
        known = self._of_file.pop(path, None)
        for number in known[1] if known else ():
            self._docs[number] = None
            self._alive -= 1

    def _rebuild(self) -> None:
        self._docs, self._postings, self._of_file, self._alive = [], {}, {}, 0
        self._generation = -1
        self.follow()


def _stems(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(stem(p) for p in parts if len(p) > 1))


def describe(symbol: Symbol) -> str:
    """One text for a symbol, for embedding."""
    return " ".join([*split_name(symbol.qual), symbol.doc, symbol.signature])
