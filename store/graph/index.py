"""The index: every record of the current tree and the edges between them, in memory, with the cheap structural queries.

It follows the tree by `apply`, which re-resolves only what a change can reach. It does not read the disk
(`store/source/tree.py`), does not parse (`store/source/read.py`) and does not word answers (`store/families/`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import msgspec

from store.graph.arranged import Arranged
from store.graph.postings import Postings
from store.graph.reach import reach, shown_words, words_of
from store.graph.resolve import Resolver, module_stem
from store.source.record import Edge, FileRecord, Row, Setting, Symbol, split_id, symbol_id

MOST = 2
"""A change of more than one in so many files counts as a change of everything."""


class Site(NamedTuple):
    """One place that refers to something: the enclosing symbol and the lines as they are now."""

    path: str
    scope: str
    kind: str
    lines: tuple[int, ...]
    exact: bool

    @property
    def id(self) -> str:
        """The enclosing symbol's id, or the path at module level."""
        return symbol_id(self.path, self.scope)


class Index:
    """All rows of the tree. `generation` grows with every change, so results can be cached by it.

    `resolutions` counts the files that were resolved, so that tests and benchmarks can see how little a change costs.
    """

    def __init__(self) -> None:
        self.generation = 0
        self.resolutions = 0
        self._rows: dict[str, Row] = {}
        self._symbols: dict[str, dict[str, Symbol]] = {}
        self._ids: dict[str, dict[str, list[str]]] = {}
        self._edges: dict[str, Arranged] = {}
        self._defines = Postings()
        self._targets = Postings()
        self._mentions = Postings()
        self._shown = Postings()
        self._consulted = Postings()
        self._stems = Postings()
        self._settings = Postings()
        self._beside: tuple[int, dict[str, list[str]]] = (-1, {})
        self._folders: dict[str, int] = defaultdict(int)
        self._folder_names: dict[str, set[str]] = defaultdict(set)
        self._resolver = Resolver(self)

    # -- reading -------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, path: str) -> bool:
        return path in self._rows

    def paths(self) -> Iterator[str]:
        """All paths, in no order."""
        return iter(self._rows)

    def row(self, path: str) -> Row | None:
        return self._rows.get(path)

    def record(self, path: str) -> FileRecord | None:
        row = self._rows.get(path)
        return row.record if row else None

    def symbol(self, entity: str) -> Symbol | None:
        """The symbol of "path::Qual", or None where there is no such thing (now)."""
        path, qual = split_id(entity)
        return self.symbols(path).get(qual)

    def symbols(self, path: str) -> dict[str, Symbol]:
        """The symbols of one file by qual, in the order of the file."""
        found = self._symbols.get(path)
        if found is None:
            record = self.record(path)
            found = {s.qual: s for s in record.symbols} if record else {}
            if record:
                self._symbols[path] = found
        return found

    def named(self, name: str) -> list[str]:
        """Ids of all symbols whose last name part is `name`, sorted."""
        return sorted(e for path in self._defines.get(name) for e in self._ids_by_name(path).get(name, ()))

    def _ids_by_name(self, path: str) -> dict[str, list[str]]:
        """The ids of one file's symbols by last name part: some names are defined in every file."""
        found = self._ids.get(path)
        if found is None:
            found = self._ids[path] = {}
            for symbol in self.symbols(path).values():
                found.setdefault(symbol.name, []).append(symbol_id(path, symbol.qual))
        return found

    def names(self) -> Iterable[str]:
        """All last names of symbols."""
        return self._defines

    def sites(self, target: str) -> list[Site]:
        """Everything that refers to `target` (an id, a path or "ext:dotted"), exactly resolved or guessed, in order of path."""
        return [
            Site(path, e.scope, e.kind, e.lines, e.exact)
            for path in sorted(self._targets.get(target))
            for e in self._arranged(path).to.get(target, ())
        ]

    def loose(self, name: str) -> list[Site]:
        """References to something called `name` whose receiver is unknown: never to be merged with `sites`."""
        return self.sites(f"?{name}")

    def edges(self, entity: str) -> list[Edge]:
        """What a symbol refers to (its own scope and those nested in it), or a file at its module level."""
        path, qual = split_id(entity)
        return self._arranged(path).within(qual) if path in self._rows else []

    def _arranged(self, path: str) -> Arranged:
        found = self._edges.get(path)
        if found is None:
            found = self._edges[path] = Arranged(self._rows[path].edges)
        return found

    def importers(self, path: str) -> list[str]:
        """Paths whose imports resolve to this file or to something in it, sorted."""
        quals = [path, *(symbol_id(path, q) for q in self.symbols(path))]
        found = {p for target in quals for p in self._targets.get(target)}
        return sorted(found - {path})

    def importing(self, subject: str) -> list[str]:
        """Paths with an import of this file, of something from outside ("ext:name"), or of anything in "folder/", sorted."""
        if subject.startswith("ext:"):
            targets = [t for t in self._targets if t == subject or t.startswith((subject + ".", subject + "/"))]
        elif subject.endswith("/"):
            targets = [t for t in self._targets if t.startswith(subject)]
        else:
            targets = [subject, *(symbol_id(subject, q) for q in self.symbols(subject))]
        found = {s.path for t in targets for s in self.sites(t) if s.kind == "import"}
        return sorted(p for p in found if p != subject and not (subject.endswith("/") and p.startswith(subject)))

    def beside(self, path: str) -> list[str]:
        """The paths that lie directly in the folder of this one, itself among them, sorted."""
        if self._beside[0] != self.generation:
            folders: dict[str, list[str]] = defaultdict(list)
            for one in sorted(self._rows):
                folders[one.rpartition("/")[0]].append(one)
            self._beside = (self.generation, folders)
        return self._beside[1].get(path.rpartition("/")[0], [])

    def mentions(self, name: str) -> list[str]:
        """Paths that refer to `name` in any way, sorted."""
        return sorted(self._mentions.get(name))

    def settings(self, name: str) -> list[tuple[str, Setting]]:
        """Reads and definitions of a setting of that exact name, in order of path and line."""
        return [
            (path, s)
            for path in sorted(self._settings.get(name))
            for s in self._rows[path].record.settings
            if s.name == name
        ]

    def setting_names(self) -> Iterable[str]:
        return self._settings

    def with_stem(self, stem: str) -> Collection[str]:
        """Paths whose module name ends in `stem`: "src/flask/cli.py" -> "cli", "flask/__init__.py" -> "flask"."""
        return self._stems.get(stem)

    def has_folder(self, folder: str) -> bool:
        """Whether Python files lie in this folder or below."""
        return folder in self._folders

    def python_files(self, folder: str) -> int:
        """How many Python files lie in this folder or below."""
        return self._folders.get(folder, 0)

    def folders_named(self, name: str) -> set[str]:
        """Folders of that last name with Python files in them or below."""
        return self._folder_names.get(name, set())

    def below(self, folder: str) -> list[str]:
        """All paths in this folder or below, in no order."""
        return [p for p in self._rows if p.startswith(f"{folder}/")] if folder else list(self._rows)

    # -- what a change can reach (for `reach.py`) -------------------------------------------------------------------------

    def consulting(self, path: str) -> set[str]:
        """Paths whose resolution looked at this one, or at all that lies in its folder ("folder/")."""
        return {*self._consulted.get(path), *self._consulted.get(f"{path.rpartition('/')[0]}/")}

    def consulted(self, path: str) -> tuple[str, ...]:
        """Paths that the resolution of this one looked at."""
        row = self._rows.get(path)
        return row.consulted if row else ()

    def mentioning(self, name: str) -> Collection[str]:
        """Paths with that word in a reference or an import."""
        return self._mentions.get(name)

    def showing(self, name: str) -> Collection[str]:
        """Paths with that word in what they show to others."""
        return self._shown.get(name)

    # -- following the tree --------------------------------------------------------------------------------------------

    def load(self, rows: Iterable[Row]) -> None:
        """Take stored rows as they are: they were resolved against each other. What changed since goes through `apply`."""
        for row in rows:
            self._put(row)
        self.generation += 1

    def apply(self, changed: Iterable[FileRecord], gone: Iterable[str] = ()) -> set[str]:
        """Put changed records in and take gone paths out; re-resolve what that can reach.

        Returns the paths whose row is now another one (the changed ones and those that were re-resolved to something else).
        """
        records = {r.path: r for r in changed}
        lost = [p for p in gone if p in self._rows and p not in records]
        if not records and not lost:
            return set()
        before = {path: self.record(path) for path in (*records, *lost)}
        # Where most of the tree is new, asking what that reaches costs more than resolving everything.
        bulk = len(before) * MOST > len(self._rows)
        affected = set(records)
        if not bulk:
            affected = affected.union(*(reach(self, old, records.get(path), path) for path, old in before.items()))
        for path in lost:
            self._drop(path)
        for record in records.values():
            row = self._rows.get(record.path)
            self._put(Row(record, row.edges if row else (), row.consulted if row else ()))
        # What a path means depends on the paths beside it, and those may have changed with it: so once more, as it is now.
        moved = [path for path, old in before.items() if old is None or path not in records]
        if not bulk:
            affected = affected.union(*(reach(self, before[path], records.get(path), path) for path in moved))
        self._resolver.forget()
        touched = set(records)
        for path in sorted(self._rows if bulk else affected & self._rows.keys()):
            self.resolutions += 1
            row = self._rows[path]
            edges, consulted = self._resolver.resolve(row.record)
            if path in records or edges != row.edges or consulted != row.consulted:
                self._put(Row(row.record, edges, consulted))
                touched.add(path)
        self.generation += 1
        return touched | set(lost)

    def _put(self, row: Row) -> None:
        path = row.record.path
        old = self._rows.get(path)
        if old is None:
            self._count_folders(path, 1)
        # The words of a record are many: they are not posted again for new edges alone.
        resolved = old is not None and old.record is row.record
        if old is not None:
            self._unpost(old, edges_only=resolved)
        self._rows[path] = row
        self._symbols.pop(path, None)
        self._ids.pop(path, None)
        self._edges.pop(path, None)
        for posting, keys in self._postings(row, resolved):
            posting.add(keys, path)

    def _drop(self, path: str) -> None:
        self._unpost(self._rows.pop(path))
        self._count_folders(path, -1)
        self._symbols.pop(path, None)
        self._ids.pop(path, None)
        self._edges.pop(path, None)

    def _count_folders(self, path: str, by: int) -> None:
        if not path.endswith(".py"):
            return
        for folder in _folders_above(path):
            self._folders[folder] += by
            if self._folders[folder] == by:
                self._folder_names[folder.rpartition("/")[2]].add(folder)
            elif not self._folders[folder]:
                del self._folders[folder]
                self._folder_names[folder.rpartition("/")[2]].discard(folder)

    def _unpost(self, row: Row, edges_only: bool = False) -> None:
        for posting, keys in self._postings(row, edges_only):
            posting.discard(keys, row.record.path)

    def _postings(self, row: Row, edges_only: bool) -> Iterator[tuple[Postings, set[str]]]:
        record = row.record
        yield self._targets, {e.target for e in row.edges}
        yield self._consulted, set(row.consulted)
        if edges_only:
            return
        yield self._defines, {s.name for s in record.symbols}
        yield self._mentions, words_of(record)
        yield self._shown, shown_words(record)
        yield self._stems, {module_stem(record.path)}
        yield self._settings, {s.name for s in record.settings}


def _folders_above(path: str) -> list[str]:
    """The folders that a file lies in, the innermost first: "a/b/c.py" -> "a/b", "a"."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]


def rows_digest(rows: Iterable[Row]) -> str:
    """A digest over rows, for comparing two indexes in tests."""
    import hashlib

    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda r: r.record.path):
        digest.update(msgspec.msgpack.encode(row))
    return digest.hexdigest()
