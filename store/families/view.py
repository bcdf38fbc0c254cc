"""The sources as a family sees them: every look leaves evidence.

A family reads only through this. So an answer rests on exactly what was read to make it, by construction: nobody has
to remember to write evidence down, and nothing can be claimed that was not looked at. Lines are not evidence (they are looked up
when serving), and a look at how something is declared does not rest on its body; `source` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.evidence import bases, children, given_on, imports, members, partners, raised
from store.graph.satisfying import satisfying
from store.source.record import split_id
from store.words import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.evidence import Sources
    from store.families.written import Written
    from store.graph.index import Site
    from store.graph.satisfying import Wanted
    from store.source.git import Git
    from store.source.record import Edge, Setting, Symbol


class Head(NamedTuple):
    """What a file says of itself as a whole."""

    language: str
    is_test: bool
    doc: str


class View:
    """The structural queries of the index, and the text of the tree, with the evidence that using them left behind."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._index = sources.index
        self._seen: dict[Evidence, None] = {}

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What has been looked at so far, in order."""
        return tuple(self._seen)

    @property
    def sources(self) -> Sources:
        """For asking another family; `adopt` what its answer rests on."""
        return self._sources

    def adopt(self, evidence: Iterable[Evidence]) -> None:
        """Rest on what another answer rests on."""
        self._seen.update(dict.fromkeys(evidence))

    def __contains__(self, path: str) -> bool:
        self._set("exists", path)
        return path in self._index

    def symbol(self, entity: str) -> Symbol | None:
        """How an id is declared, or None. Rests on its declaration (or absence), not on its body."""
        self._set("declared", entity)
        return self._index.symbol(entity)

    def kind(self, entity: str) -> str:
        """Of what kind an id is, or "" where there is no such thing. Rests on nothing else of its declaration."""
        self._set("kind", entity)
        symbol = self._index.symbol(entity)
        return symbol.kind if symbol else ""

    def members(self, entity: str) -> list[str]:
        """The ids of what is declared inside a symbol. Rests on their names, not on how they are declared."""
        self._set("members", entity)
        return members(self._index, entity)

    def symbols(self, path: str) -> dict[str, Symbol]:
        self._set("symbols", path)
        return self._index.symbols(path)

    def head(self, path: str) -> Head | None:
        """What a file says of itself as a whole. Its symbols, edges and settings are asked for by the other queries."""
        self._set("header", path)
        record = self._index.record(path)
        return Head(record.language, record.is_test, record.doc) if record else None

    def settings_in(self, path: str) -> list[Setting]:
        """The settings that a file reads or defines."""
        self._set("settings_in", path)
        record = self._index.record(path)
        return list(record.settings) if record else []

    def named(self, name: str) -> list[str]:
        self._set("named", name)
        return self._index.named(name)

    def sites(self, target: str) -> list[Site]:
        self._set("sites", target)
        return self._index.sites(target)

    def bases(self, entity: str) -> list[str]:
        """Direct bases of a class that are here, in the order they are written."""
        self._set("bases", entity)
        return bases(self._index, entity)

    def children(self, entity: str) -> list[str]:
        """The classes that name a class as their base. Rests on no other use of it."""
        self._set("children", entity)
        return children(self._index, entity)

    def raised(self, entity: str) -> list[Edge]:
        """What a symbol raises and catches by its own statements."""
        self._set("raised", entity)
        return raised(self._index, entity)

    def imports(self, path: str) -> list[Edge]:
        """What a file imports, resolved."""
        self._set("imports", path)
        return imports(self._index, path)

    def given_on(self, path: str) -> list[str]:
        """The names that a file imports and exports again, as they are called where they come from."""
        self._set("given_on", path)
        return given_on(self._index, path)

    def is_test(self, path: str) -> bool:
        """Whether a file belongs to the tests: decided by its path alone, so it is no evidence."""
        record = self._index.record(path)
        return bool(record and record.is_test)

    def loose(self, name: str) -> list[Site]:
        return self.sites(f"?{name}")

    def edges(self, entity: str) -> list[Edge]:
        self._set("edges", entity)
        return self._index.edges(entity)

    def importers(self, path: str) -> list[str]:
        self._set("importers", path)
        return self._index.importers(path)

    def importing(self, subject: str) -> list[str]:
        """Paths that import a file, a package from outside ("ext:name"), or anything in "folder/" from outside of it."""
        self._set("importing", subject)
        return self._index.importing(subject)

    def satisfying(self, entity: str) -> tuple[Wanted, list[str]]:
        """What an interface asks for, and the types that have all of it by name (see `store/graph/satisfying.py`)."""
        self._set("satisfying", entity)
        return satisfying(self._index, entity)

    def mentions(self, name: str) -> list[str]:
        self._set("mentions", name)
        return self._index.mentions(name)

    def settings(self, name: str) -> list[tuple[str, Setting]]:
        self._set("settings", name)
        return self._index.settings(name)

    def below(self, folder: str) -> list[str]:
        """Paths below "folder/" ("" for all), sorted."""
        self._set("below", folder)
        return sorted(p for p in self._index.paths() if p.startswith(folder))

    def names(self) -> Iterable[str]:
        """All names, for suggesting near ones. Leaves no evidence: look at those you mention with `named`."""
        return self._index.names()

    def source(self, entity: str) -> str:
        """The text of a symbol, or of a whole file. Rests on that text. Raises what `Tree.text` raises."""
        path, qual = split_id(entity)
        text = self._sources.text(path)
        symbol = self._index.symbol(entity) if qual else None
        if symbol is None:
            self._seen[self._sources.file(path)] = None
            return text
        self._seen[self._sources.span(entity)] = None
        return "\n".join(text.splitlines()[symbol.start - 1 : symbol.end])

    def said(self, topic: str, path: str) -> list[str]:
        """The lines of a project file that say something about a topic of `commands`. Rests on those lines alone."""
        from store.families.commands import said

        self._set("said", f"{topic} {path}")
        return list(said(self._sources, f"{topic} {path}"))

    def written(self, name: str) -> Written:
        """Where a name stands as a word in text, or in code that could not be read as such (see `written.py`)."""
        self._set("written", name)
        return self._sources.written(name)

    def partners(self, path: str) -> list[tuple[str, int]]:
        """The few files that changed most often together with one, and how often."""
        self._set("partners", path)
        return partners(self._sources.tree.git, path)

    @property
    def git(self) -> Git:
        """The history. Whoever states something from it also calls `history`."""
        return self._sources.tree.git

    def history(self, path: str) -> None:
        """Rest on the newest commit that touches `path` ("." for any)."""
        self._seen[self._sources.history(path)] = None

    def _set(self, query: str, argument: str) -> None:
        self._seen[self._sources.set(query, argument)] = None
