"""Freshness: what an answer rests on, and whether that still is what it was. Evaluated at every read, never stored.

`Sources` is the one view that evidence is made from and checked against: the index, which the tree keeps equal to the disk. So a
check is the cheap query run again and its result compared, not a flag. How the disk is followed: `store/source/tree.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from store.graph.satisfying import satisfying
from store.source.record import split_id, symbol_id
from store.words import ANALYSER_VERSION, Evidence, digest_of_result, now

if TYPE_CHECKING:
    from store.families.written import Written
    from store.graph.index import Index
    from store.source.git import Git
    from store.source.record import Edge, Symbol
    from store.source.tree import Tree
    from store.words import PreAnswer

ABSENT = "absent"

PARTNERS = 4

_SET = re.compile(r"^(\w+)\((.*)\)$", re.DOTALL)


class Verdict(NamedTuple):
    """One line of the receipt: a piece of evidence, its digest then and now, and how that was found."""

    evidence: Evidence
    now: str
    how: str

    @property
    def fresh(self) -> bool:
        return self.evidence.digest == self.now


class Sources:
    """The present state of the standing context, as far as evidence asks for it. Results are kept per generation of the index."""

    def __init__(self, index: Index, tree: Tree) -> None:
        self.index = index
        self.tree = tree
        self._cache: dict[str, str] = {}
        self._generation = index.generation
        self._written: dict[str, tuple[object, Written]] = {}

    def file(self, path: str) -> Evidence:
        return Evidence(kind="file", subject=path, digest=self._file(path))

    def span(self, entity: str) -> Evidence:
        return Evidence(kind="span", subject=entity, digest=self._span(entity))

    def set(self, query: str, argument: str) -> Evidence:
        """Evidence for the result of a structural query of `SETS`."""
        subject = f"{query}({argument})"
        return Evidence(kind="set", subject=subject, digest=self._set(subject))

    def history(self, path: str) -> Evidence:
        """Evidence for the newest commit that touches `path` ("." for any)."""
        subject = f"log({path})"
        return Evidence(kind="history", subject=subject, digest=self._history(subject))

    def text(self, path: str) -> str:
        """The text of a file as it is on disk now. Raises what `Tree.text` raises."""
        return self.tree.text(path)

    def written(self, name: str) -> Written:
        """Where a name stands in text, searched once for each state of the files."""
        from store.families.written import written

        state = (self.index.generation, self.tree.too_large())
        known = self._written.get(name)
        if known is None or known[0] != state:
            self._written.clear()
            known = self._written[name] = (state, written(self, name))
        return known[1]

    def verdict(self, evidence: Evidence) -> Verdict:
        """What the evidence is now."""
        match evidence.kind:
            case "file":
                return Verdict(evidence, self._file(evidence.subject), "content digest of the file")
            case "span":
                return Verdict(evidence, self._span(evidence.subject), "digest of the symbol's text")
            case "set":
                return Verdict(evidence, self._set(evidence.subject), "query run again")
            case "history":
                return Verdict(evidence, self._history(evidence.subject), "git")
            case "clock":
                over = now() >= datetime.fromisoformat(evidence.subject)
                return Verdict(evidence, "over" if over else evidence.digest, "clock")

    def _file(self, path: str) -> str:
        record = self.index.record(path)
        return record.digest if record else ABSENT

    def _span(self, entity: str) -> str:
        symbol = self.index.symbol(entity)
        return symbol.digest if symbol else ABSENT

    def _history(self, subject: str) -> str:
        return self.tree.git.last_commit(subject.removeprefix("log(").removesuffix(")")) or ABSENT

    def _set(self, subject: str) -> str:
        # A commit changes the one without changing the tree, a file that is not studied the other.
        if subject.startswith(("partners(", "written(")):
            return digest_of_result(self._run(subject))
        if self._generation != self.index.generation:
            self._cache.clear()
            self._generation = self.index.generation
        if subject not in self._cache:
            self._cache[subject] = digest_of_result(self._run(subject))
        return self._cache[subject]

    def _run(self, subject: str) -> Iterable[str]:
        """The result of a structural query, written "query(argument)"."""
        match = _SET.match(subject)
        if match and match[1] == "said":
            from store.families.commands import said

            return said(self, match[2])
        if match and match[1] == "partners":
            return (f"{nth} {path} {n}" for nth, (path, n) in enumerate(partners(self.tree.git, match[2])))
        if match and match[1] == "written":
            return self.written(match[2]).items()
        query = SETS.get(match[1]) if match else None
        return query(self.index, match[2]) if match and query else ["unknown query"]


def check(sources: Sources, row: PreAnswer) -> list[Verdict]:
    """The receipt of a pre-answer: every piece of its evidence, then and now. It is fresh if all are (see `fresh`)."""
    return [sources.verdict(e) for e in row.evidence]


def fresh(row: PreAnswer, receipt: Iterable[Verdict]) -> bool:
    """Whether a pre-answer may be served: made by this analyser, not quarantined, resting on something, all of it unchanged."""
    verdicts = list(receipt)
    return (
        row.analyser == ANALYSER_VERSION and not row.quarantined and bool(verdicts) and all(v.fresh for v in verdicts)
    )


# -- the structural queries that can be evidence: cheap, deterministic, without line numbers ---------------------------------


def partners(git: Git, path: str) -> list[tuple[str, int]]:
    """The files that changed most often in the same commits as this one, and how often: as many as are ever shown."""
    return sorted(git.partners(path), key=lambda pair: (-pair[1], pair[0]))[:PARTNERS]


def _sites(index: Index, target: str) -> Iterable[str]:
    return (f"{s.id} {s.kind} {s.exact}" for s in index.sites(target))


def _edges(index: Index, entity: str) -> Iterable[str]:
    return (f"{e.target} {e.kind} {e.exact}" for e in index.edges(entity))


def bases(index: Index, entity: str) -> list[str]:
    """Direct bases of a class that are here."""
    _, qual = split_id(entity)
    return [e.target for e in index.edges(entity) if e.kind == "base" and e.scope == qual and "::" in e.target]


def children(index: Index, entity: str) -> list[str]:
    """The classes that name this one as their base."""
    return [s.id for s in index.sites(entity) if s.kind == "base"]


def raised(index: Index, entity: str) -> list[Edge]:
    """The raising and catching among the edges of a symbol."""
    return [e for e in index.edges(entity) if e.kind in ("raise", "catch")]


def imports(index: Index, path: str) -> list[Edge]:
    """The imports of a file, at any depth in it, as edges."""
    row = index.row(path)
    return [e for e in row.edges if e.kind == "import"] if row else []


def given_on(index: Index, path: str) -> list[str]:
    """The names that a file imports and gives out under its own exports (`export { a } from "./b"`)."""
    record = index.record(path)
    if record is None or not record.exports:
        return []
    local = {e.partition("=")[2] or e for e in record.exports}
    return [i.name for i in record.imports if i.name and (i.alias or i.name) in local]


def _imports(index: Index, path: str) -> Iterable[str]:
    return (e.target for e in imports(index, path))


def _raised(index: Index, entity: str) -> Iterable[str]:
    return (f"{e.target} {e.kind} {e.exact}" for e in raised(index, entity))


def _declared(index: Index, entity: str) -> Iterable[str]:
    symbol = index.symbol(entity)
    return [_declaration(symbol)] if symbol else []


def _kind(index: Index, entity: str) -> Iterable[str]:
    symbol = index.symbol(entity)
    return [symbol.kind] if symbol else []


def members(index: Index, entity: str) -> list[str]:
    """The ids of what is declared inside a symbol, at any depth, in the order of the file; in Go, of all files of its package."""
    own, qual = split_id(entity)
    others = [p for p in index.beside(own) if p != own and p.endswith(".go")] if own.endswith(".go") else []
    return [symbol_id(path, q) for path in (own, *others) for q in index.symbols(path) if q.startswith(qual + ".")]


def _symbols(index: Index, path: str) -> Iterable[str]:
    return (_declaration(s) for s in index.symbols(path).values())


def _declaration(symbol: Symbol) -> str:
    said = (
        symbol.signature,
        symbol.decorators,
        symbol.bases,
        symbol.returns,
        symbol.value,
        symbol.exported,
        symbol.doc,
    )
    return f"{symbol.qual} {symbol.kind} {said}"


def _header(index: Index, path: str) -> Iterable[str]:
    record = index.record(path)
    if record is None:
        return []
    return [f"{record.language} {record.is_test} {record.doc}"]


def _settings_in(index: Index, path: str) -> Iterable[str]:
    record = index.record(path)
    return (f"{s.name} {s.scope} {s.kind} {s.access} {s.default}" for s in record.settings) if record else []


def _settings(index: Index, name: str) -> Iterable[str]:
    return (f"{symbol_id(path, s.scope)} {s.kind} {s.access} {s.default}" for path, s in index.settings(name))


def _below(index: Index, folder: str) -> Iterable[str]:
    return sorted(p for p in index.paths() if p.startswith(folder))


SETS: dict[str, Callable[[Index, str], Iterable[str]]] = {
    "sites": _sites,
    "edges": _edges,
    "bases": bases,
    "children": children,
    "raised": _raised,
    "imports": _imports,
    "given_on": given_on,
    "declared": _declared,
    "kind": _kind,
    "members": members,
    "symbols": _symbols,
    "exists": lambda index, path: [path] if path in index else [],
    "header": _header,
    "settings": _settings,
    "settings_in": _settings_in,
    "below": _below,
    "named": lambda index, name: index.named(name),
    "importers": lambda index, path: index.importers(path),
    "importing": lambda index, subject: index.importing(subject),
    "satisfying": lambda index, entity: (f"{own} {' '.join(found)}" for own, found in [satisfying(index, entity)]),
    "mentions": lambda index, name: index.mentions(name),
}
