"""How C, C++ and shell scripts find things: what a file includes (or sources), and all that those include, is in its scope.

A function that a header only declares means its definition, where the repo has exactly one. Followed from there: `path_names.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.graph.languages import Meaning, joined, nearest
from store.source.record import split_id

if TYPE_CHECKING:
    from store.graph.path_names import PathNames

REACH = 300
"""Included files that are looked through."""

_FAMILY = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".inl", ".ipp", ".cu", ".cuh")


class Includes:
    """The language of C, C++ and shell files."""

    def __init__(self, names: PathNames) -> None:
        self._names = names
        self._scopes: dict[str, tuple[frozenset[str], list[str]]] = {}

    def scope(self, path: str, name: str, scope: str) -> Meaning | None:
        """A bare name: of an enclosing class or namespace, of the file, or of an included one."""
        around = scope
        while around:
            if self._names.symbol(path, f"{around}.{name}") is not None:
                return Meaning("symbol", path, f"{around}.{name}")
            around = around.rpartition(".")[0]
        if self._names.symbol(path, name) is not None:
            return Meaning("symbol", path, name)
        return (
            self._names.of_types_around(path, name, scope.rpartition(".")[0], self)
            or self._included(path, name, scope)
            or self._only_definition(path, name)
        )

    def _included(self, path: str, name: str, scope: str) -> Meaning | None:
        reachable = self._reachable(path)
        candidates = []
        for entity in self._names.index.named(name.rpartition(".")[2]):
            other, qual = split_id(entity)
            holder, _, last = qual.rpartition(".")
            named = name in (qual, last) and other in reachable and "#" not in qual
            if named and (qual == name or self._is_open(other, holder, scope)):
                candidates.append((other, qual))
        if not candidates:
            return None
        spaces = [c for c in candidates if c[1] != name]
        best = [c for c in candidates if c[1] == name] or spaces
        kinds = {self._names.index.symbols(p)[q].kind for p, q in best}
        # One thing may be declared in several headers; of different things neither is certain.
        guess = len({q for _, q in best}) > 1 or len(kinds) > 1 or len(spaces) > len(best)
        return Meaning("symbol", *best[0], guess=guess)

    def _is_open(self, path: str, holder: str, scope: str) -> bool:
        """Whether what is in `holder` may be named without it: namespaces and plain enums, and classes around."""
        if not holder or scope == holder or scope.startswith(f"{holder}."):
            return True
        symbol = self._names.symbol(path, holder)
        if symbol is None:
            return False
        plain_enum = symbol.kind == "enum" and "class" not in symbol.signature.split()
        return (symbol.kind == "module" or plain_enum) and self._is_open(path, holder.rpartition(".")[0], scope)

    def settled(self, meaning: Meaning) -> Meaning:
        """The definition of what a header declares, where there is exactly one with a body."""
        found = meaning
        record = self._names.record(found.path)
        if record is None or record.exports is None or found.qual in record.exports:
            return found
        symbol = self._names.symbol(found.path, found.qual)
        if symbol is None or symbol.kind not in ("function", "method", "variable"):
            return found
        elsewhere = self._definitions(found.qual)
        if len(elsewhere) == 1:
            self._names.see(elsewhere[0])
            return found._replace(path=elsewhere[0])
        return found

    def _only_definition(self, path: str, name: str) -> Meaning | None:
        """A function that no included header declares, but exactly one file defines: a guess."""
        record = self._names.record(path)
        if record is None or record.language == "bash":
            return None
        elsewhere = self._definitions(name)
        self._names.see(*elsewhere)
        return Meaning("symbol", elsewhere[0], name, guess=True) if len(elsewhere) == 1 else None

    def _definitions(self, qual: str) -> list[str]:
        found = []
        for entity in self._names.index.named(qual.rpartition(".")[2]):
            other, name = split_id(entity)
            record = self._names.index.record(other)
            if name == qual and other.endswith(_FAMILY) and record and name in (record.exports or ()):
                found.append(other)
        return found

    def module(self, path: str, specifier: str, scope: str = "") -> Meaning | None:
        """The file that an include means."""
        plain = specifier.strip("<>")
        beside = joined(path.rpartition("/")[0], plain) if not specifier.startswith("<") else None
        if beside is not None:
            self._names.see(beside)
            if beside in self._names.index:
                return Meaning("file", beside)
        stem = plain.rpartition("/")[2].split(".")[0]
        files = [p for p in self._names.index.with_stem(stem) if p == plain or p.endswith(f"/{plain}")]
        if not files:
            outside = specifier.startswith("<") or path.endswith((".sh", ".bash"))
            return Meaning("outside", "", plain) if outside else None
        self._names.see(*files)
        file, tied = nearest(sorted(files), path)
        # Which folders are searched is not known: <config.h> may as well be the system's.
        return Meaning("file", file, guess=tied or (specifier.startswith("<") and "/" not in plain))

    def _reachable(self, path: str) -> frozenset[str]:
        """All that a file includes, directly or not; what is looked at on the way is seen."""
        if path not in self._scopes:
            found: dict[str, None] = {}
            waiting = [path]
            while waiting and len(found) < REACH:
                at = waiting.pop(0)
                record = self._names.record(at)
                for i in record.imports if record else ():
                    included = self.module(at, i.module)
                    new = included is not None and included.kind == "file" and included.path not in (path, *found)
                    if included is not None and new:
                        found[included.path] = None
                        waiting.append(included.path)
            self._scopes[path] = (frozenset(found), self._absent(path, list(found)))
        files, absent = self._scopes[path]
        self._names.see(*files, *absent)
        return files

    def _absent(self, path: str, files: list[str]) -> list[str]:
        found = []
        for at in (path, *files):
            record = self._names.index.record(at)
            for i in record.imports if record else ():
                beside = joined(at.rpartition("/")[0], i.module) if not i.module.startswith("<") else None
                if beside is not None and beside not in self._names.index:
                    found.append(beside)
        return found

    def member(self, of: Meaning, name: str) -> Meaning | None:
        """What a file or a namespace has under a name."""
        if of.kind == "module":
            qual = f"{of.qual}.{name}"
            places = [of.path]
            for entity in self._names.index.named(name):
                other, found = split_id(entity)
                if found == qual and other.endswith(_FAMILY):
                    places.append(other)
            for place in places:
                if self._names.symbol(place, qual) is not None:
                    return Meaning("symbol", place, qual, guess=len(places) > 2)
            return None
        return Meaning("symbol", of.path, name) if self._names.symbol(of.path, name) is not None else None

    def attribute(self, of: Meaning, name: str) -> Meaning | None:
        """A member that is defined apart from its class."""
        elsewhere = self._definitions(f"{of.qual}.{name}")
        if len(elsewhere) != 1:
            return None
        self._names.see(elsewhere[0])
        return Meaning("symbol", elsewhere[0], f"{of.qual}.{name}")

    def shown(self, meaning: Meaning) -> str:
        return f"{meaning.path}::{meaning.qual}" if meaning.qual else meaning.path
