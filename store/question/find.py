"""Finding by description: which symbols, document sections and files a description fits, following the index file by file.

Full text (`fulltext.py`) proposes; a second look at the best weighs what a ranking function cannot see: how much of the question
a thing covers, whether it is the subject or only mentions it, what it is. Embeddings (MiniLM over names, docs and bodies,
re-ranking the first 40) and the names of callers were measured as well: neither moved anything, so neither is here. Exact names:
`link.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.question.fulltext import FullText
from store.question.lexicon import DUNDERS
from store.question.terms import split_name, stem, synonyms, terms
from store.source.record import split_id, symbol_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from store.graph.index import Index
    from store.source.record import Edge, Row, Symbol

SYNONYM = 0.7
"""What a synonym counts for, where the word itself counts 1."""

LOOKED_AT = 80
"""How many of the full text's proposals get a second look."""

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


class _Doc(NamedTuple):
    """What the second look needs to know of a document."""

    entity: str
    kind: str
    is_test: bool
    minor: bool
    nested: bool
    names: frozenset[str]


class Finder:
    """Finds in one index, which it follows: only files that changed are read again."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._generation = -1
        self._start()

    def _start(self) -> None:
        self._text = FullText()
        self._docs: dict[int, _Doc] = {}
        self._files: dict[str, tuple[Row, tuple[int, ...]]] = {}

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
        for path in self.index.paths():
            if between is not None:
                between()
            row = self.index.row(path)
            known = self._files.get(path)
            if row is not None and (known is None or known[0] is not row):
                self._forget(path)
                self._files[path] = (row, tuple(self._add(doc, fields) for doc, fields in _documents(row)))
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
        found = [
            self._second_look(self._docs[h.number], h.score, h.covered / total, weights, tests, docs) for h in hits
        ]
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

    def _second_look(
        self, doc: _Doc, score: float, covered: float, weights: dict[str, float], tests: bool, docs: bool
    ) -> Found:
        hit = {t for t in weights if t in doc.names}
        near = {t for t in weights if t not in hit and synonyms(t) & doc.names}
        named = sum(weights[t] * (1.0 if t in hit else SYNONYM) for t in hit | near) / sum(weights.values())
        said = (len(hit) + SYNONYM * len(near)) / max(2, len(doc.names))
        fits = (1 - COVERED / 2 + COVERED * covered) * (1 + NAMED * named) * (1 + SAID * min(1.0, said))
        return Found(doc.entity, score * fits * _prior(doc, tests, docs), covered, named, doc.kind, doc.is_test)

    # -- documents -----------------------------------------------------------------------------------------------------

    def _add(self, doc: _Doc, fields: dict[str, list[str]]) -> int:
        number = self._text.add(fields)
        self._docs[number] = doc
        return number

    def _forget(self, path: str) -> None:
        known = self._files.pop(path, None)
        if known is not None:
            for number, (_, fields) in zip(known[1], _documents(known[0]), strict=True):
                self._text.remove(number, fields)
                del self._docs[number]


def _documents(row: Row) -> Iterable[tuple[_Doc, dict[str, list[str]]]]:
    """What can be found in one file, with its fields: its symbols, and itself."""
    record = row.record
    place = _stems(split_name(record.path.rsplit(".", 1)[0]))
    minor = record.path.split("/")[0] in _MINOR
    uses: dict[str, list[Edge]] = {}
    for edge in row.edges:
        uses.setdefault(edge.scope, []).append(edge)
    kinds = {s.qual: s.kind for s in record.symbols}
    docs = {s.qual: s.doc for s in record.symbols if s.kind == "class"}
    for symbol in _main(record.symbols):
        owner, _, _ = symbol.qual.partition("#")[0].rpartition(".")
        used = uses.get(symbol.qual, ())
        fields = _fields(symbol, place, used, docs.get(owner, ""))
        nested = kinds.get(owner) in ("function", "method")
        names = frozenset([*fields["name"], *fields["owner"]])
        entity = symbol_id(record.path, symbol.qual)
        yield _Doc(entity, _sort(symbol, used), record.is_test, minor, nested, names), fields
    doc = _Doc(record.path, "file", record.is_test, minor, False, frozenset(place))
    yield doc, {"name": place, "doc": terms(record.doc)}


def _sort(symbol: Symbol, uses: Sequence[Edge]) -> str:
    """A symbol's kind; but properties and methods that are there to be overridden are sorts of their own."""
    if symbol.kind in ("function", "method"):
        if any(d.rsplit(".", 1)[-1] in ("property", "cached_property") for d in symbol.decorators):
            return "property"
        if any(e.kind == "raise" and e.target.endswith("NotImplementedError") for e in uses) and not any(
            e.kind == "call" and not e.target.endswith("NotImplementedError") for e in uses
        ):
            return "stub"
    return symbol.kind


def _prior(doc: _Doc, tests: bool, docs: bool) -> float:
    """How often such a thing is meant, whatever the words."""
    prior = 1.4 if docs and doc.kind == "section" else KINDS.get(doc.kind, 1.0)
    if doc.nested:
        prior *= NESTED
    if doc.is_test:
        return prior * (1.4 if tests else TEST)
    return prior * (MINOR if doc.minor and not docs else 1.0)


def _fields(symbol: Symbol, place: list[str], uses: Sequence[Edge], owner_doc: str) -> dict[str, list[str]]:
    owner, _, name = symbol.qual.partition("#")[0].rpartition(".")
    section = symbol.kind == "section"
    return {
        "name": terms(symbol.name) if section else _stems(split_name(name)),
        "owner": terms(owner) if section else _stems(split_name(owner)),
        "path": place,
        "signature": terms(f"{symbol.signature} {symbol.value} {' '.join(symbol.decorators)} {' '.join(symbol.bases)}"),
        "doc": terms(f"{symbol.doc} {DUNDERS.get(name, '')}"),
        "body": _stems(symbol.words),
        "uses": _used(uses),
        "around": terms(owner_doc),
    }


def _used(edges: Sequence[Edge]) -> list[str]:
    """Words for what a thing does with other things: their names, and that it raises, catches or translates errors."""
    found: dict[str, None] = {}
    kinds = {e.kind for e in edges}
    for edge in edges:
        if edge.kind in ("call", "raise", "catch", "base", "decorate"):
            target = edge.target.removeprefix("ext:").removeprefix("?")
            found.update(dict.fromkeys(_stems(split_name(split_id(target)[1] or target))))
    says = [*(["raise", "throw"] if "raise" in kinds else []), *(["catch"] if "catch" in kinds else [])]
    says += ["translate", "convert"] if {"raise", "catch"} <= kinds else []
    found.update(dict.fromkeys(map(stem, says)))
    return list(found)


def _main(symbols: Sequence[Symbol]) -> list[Symbol]:
    """One symbol for each name: of overloads and re-definitions the longest."""
    best: dict[str, Symbol] = {}
    for symbol in symbols:
        name = symbol.qual.partition("#")[0]
        known = best.get(name)
        if known is None or symbol.end - symbol.start > known.end - known.start:
            best[name] = symbol
    return list(best.values())


def _stems(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(stem(p) for p in parts if len(p) > 1))
