"""Finding by description: which symbols, document sections and files a description fits, following the index file by file.

Full text (`fulltext.py`, over the portions of `portion.py`) proposes; a second look at the best weighs what a ranking function
cannot see: how much of the question a thing covers, whether it is the subject or only mentions it, what it is. Embeddings (MiniLM
over names, docs and bodies, re-ranking the first 40) and the names of callers were measured as well: neither moved anything, so
neither is here. Exact names: `link.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from store.question.fulltext import FullText
from store.question.portion import docs_of, names_of, portion_of
from store.question.terms import synonyms, terms
from store.source.record import symbol_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from store.graph.index import Index
    from store.question.fulltext import Hit
    from store.question.portion import Doc
    from store.source.record import FileRecord

SYNONYM = 0.7
"""What a synonym counts for, where the word itself counts 1."""

LOOKED_AT = 80
"""How many of the full text's proposals get a second look."""

DECODED = 1_000
"""Files whose documents are kept decoded."""

KINDS = {
    "property": 0.8,
    "stub": 0.65,
    "section": 0.3,
    "key": 0.4,
    "file": 0.5,
    "attribute": 0.5,
    "variable": 0.8,
    "constant": 0.9,
}
"""What is less often meant than a function or class."""

NESTED, TEST, MINOR = 0.7, 0.35, 0.5
COVERED, NAMED, SAID = 0.6, 0.4, 0.2

_MINOR = frozenset(("docs", "doc", "examples", "example", "benchmarks", "scripts", "tests", "test", ".github", "tools"))


class Found(NamedTuple):
    """One thing found. `covered` is the share of the question's information that it contains, `named` that its name contains."""

    entity: str
    score: float
    covered: float
    named: float
    kind: str
    is_test: bool


class Finder:
    """Finds in one index, which it follows: only files that changed are read again."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._generation = -1
        self._start()

    def _start(self) -> None:
        self._text = FullText()
        self._files: dict[str, tuple[FileRecord, range]] = {}
        self._starts: list[int] = []
        self._records: list[FileRecord] = []
        self._docs: dict[int, tuple[Doc, ...]] = {}

    @property
    def size(self) -> int:
        """How many things it can find. (No `__len__`: an empty finder is still a finder.)"""
        return len(self._text)

    def follow(self, between: Callable[[], object] | None = None) -> None:
        """Take over what changed in the index since the last time; `between` files, give way to others."""
        if self._generation == self.index.generation:
            return
        self._generation = self.index.generation
        for path in [p for p in self._files if p not in self.index]:
            self._forget(path)
        new = []
        for path in self.index.paths():
            if between is not None:
                between()
            record = self.index.record(path)
            known = self._files.get(path)
            if record is not None and (known is None or known[0] is not record):
                self._forget(path)
                new.append(record)
        self._add(new)
        if self._text.crowded:
            self._start()
            self._generation = -1
            self.follow()

    def knows(self, term: str) -> bool:
        """Whether anything here contains this stem or a synonym of it."""
        self.follow()
        return term in self._text or any(s in self._text for s in synonyms(term))

    def contains(self, term: str) -> bool:
        """Whether anything here contains this very stem."""
        self.follow()
        return term in self._text

    def find(
        self, description: str | Mapping[str, float], limit: int = 10, *, tests: bool = False, docs: bool = False
    ) -> list[Found]:
        """What a description fits, best first. Library code comes before tests and documents, unless these are meant.

        The description is a text, or its stems with what each of them counts.
        """
        self.follow()
        asked = dict.fromkeys(terms(description), 1.0) if isinstance(description, str) else description
        if not asked or not self.size:
            return []
        weights = {t: share * self._information(t) for t, share in asked.items()}
        total = sum(weights.values())
        hits = self._text.rank([(w, self._spellings(t, w)) for t, w in weights.items()], LOOKED_AT)
        found = [self._second_look(h, h.covered / total, weights, tests, docs) for h in hits]
        return sorted(found, key=lambda f: (-f.score, f.entity))[:limit]

    # -- ranking -------------------------------------------------------------------------------------------------------

    def _information(self, term: str) -> float:
        """What a word of the question says: an unknown one no more than its synonyms do."""
        if term in self._text:
            return self._text.rarity(term)
        known = [self._text.rarity(s) for s in synonyms(term) if s in self._text]
        return max(known, default=0.7 * self._text.rarity(term))

    def _spellings(self, term: str, own: float) -> list[tuple[str, float]]:
        """The term and, for less and never for more than it is rare itself, its synonyms."""
        others = [(other, SYNONYM * min(own, self._text.rarity(other))) for other in synonyms(term)]
        return [(term, own), *others]

    def _second_look(self, hit: Hit, covered: float, weights: dict[str, float], tests: bool, docs: bool) -> Found:
        record, doc = self._found(hit.number)
        names = names_of(doc, record.path)
        same = {t for t in weights if t in names}
        near = {t for t in weights if t not in same and synonyms(t) & names}
        named = sum(weights[t] * (1.0 if t in same else SYNONYM) for t in same | near) / sum(weights.values())
        said = (len(same) + SYNONYM * len(near)) / max(2, len(names))
        fits = (1 - COVERED / 2 + COVERED * covered) * (1 + NAMED * named) * (1 + SAID * min(1.0, said))
        score = hit.score * fits * _prior(record, doc, tests, docs)
        return Found(symbol_id(record.path, doc.qual), score, covered, named, doc.kind, record.is_test)

    # -- documents -----------------------------------------------------------------------------------------------------

    def _add(self, records: list[FileRecord]) -> None:
        for record, numbers in zip(records, self._text.add([portion_of(r) for r in records]), strict=True):
            self._files[record.path] = (record, numbers)
            self._starts.append(numbers.start)
            self._records.append(record)

    def _forget(self, path: str) -> None:
        known = self._files.pop(path, None)
        if known is not None:
            self._text.remove(known[1])

    def _found(self, number: int) -> tuple[FileRecord, Doc]:
        """The document of a number, and the file that it is in. Those of a file are decoded when one of them is found."""
        at = bisect_right(self._starts, number) - 1
        if at not in self._docs:
            if len(self._docs) > DECODED:
                self._docs.clear()
            self._docs[at] = docs_of(portion_of(self._records[at]))
        return self._records[at], self._docs[at][number - self._starts[at]]


def _prior(record: FileRecord, doc: Doc, tests: bool, docs: bool) -> float:
    """How often such a thing is meant, whatever the words."""
    prior = 1.4 if docs and doc.kind == "section" else KINDS.get(doc.kind, 1.0)
    if doc.nested:
        prior *= NESTED
    if record.is_test:
        return prior * (1.4 if tests else TEST)
    minor = record.path.split("/")[0] in _MINOR
    return prior * (MINOR if minor and not docs else 1.0)
