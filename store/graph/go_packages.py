"""How Go finds things: packages are folders, found by the module path of a go.mod; a package's files share one scope.

Followed from there: `path_names.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.graph.languages import Meaning, files_above, project
from store.source.languages.imports import bound_name
from store.source.record import split_id

if TYPE_CHECKING:
    from store.graph.path_names import PathNames


class GoPackages:
    """The language of .go files."""

    def __init__(self, names: PathNames) -> None:
        self._names = names
        self._files: dict[str, list[str]] | None = None

    def scope(self, path: str, name: str, scope: str) -> Meaning | None:
        """A name of the file, of its imports, or of another file of its package."""
        if self._names.symbol(path, name) is not None:
            return Meaning("symbol", path, name)
        record = self._names.record(path)
        for i in record.imports if record else ():
            if i.name != "*" and bound_name(i) == name:
                return self.module(path, i.module)
        found = self._named(path.rpartition("/")[0], name, tests=path.endswith("_test.go"))
        if found is not None:
            return found
        for i in record.imports if record else ():
            if i.name == "*" and (package := self.module(path, i.module)) and package.kind == "package":
                found = self.member(package, name)
                if found is not None:
                    return found
        return None

    def module(self, path: str, specifier: str, scope: str = "") -> Meaning | None:
        """The package of an import path."""
        for candidate in files_above(path, "go.mod"):
            record = self._names.record(candidate)
            if record is not None:
                folder = _below(project(record, "module"), specifier, candidate.rpartition("/")[0])
                if folder is not None:
                    return self._package(folder, specifier)
                break
        best: tuple[int, str] = (-1, "")
        for candidate in self._names.index.with_stem("go"):
            module = project(self._names.index.record(candidate), "module")
            folder = _below(module, specifier, candidate.rpartition("/")[0]) if module else None
            if folder is not None:
                best = max(best, (len(module), folder))
        return self._package(best[1], specifier) if best[0] >= 0 else Meaning("outside", "", specifier)

    def _package(self, folder: str, specifier: str) -> Meaning | None:
        self._names.see(f"{folder}/")
        return Meaning("package", folder) if folder in self._folders() else Meaning("outside", "", specifier)

    def member(self, of: Meaning, name: str) -> Meaning | None:
        """What a package defines at its top level."""
        return self._named(of.path, name, tests=False)

    def attribute(self, of: Meaning, name: str) -> Meaning | None:
        """A method that is defined in another file of the type's package."""
        return self._named(of.path.rpartition("/")[0], f"{of.qual}.{name}", tests=of.path.endswith("_test.go"))

    def shown(self, meaning: Meaning) -> str:
        """The folder: a package is all of its files. "./" is the root."""
        return f"{meaning.path or '.'}/"

    def settled(self, meaning: Meaning) -> Meaning:
        return meaning

    def _named(self, folder: str, qual: str, *, tests: bool) -> Meaning | None:
        """What the files of one folder define. The same name in several (one for each system) is a guess."""
        self._names.see(f"{folder}/")
        found = []
        for entity in self._names.index.named(qual.rpartition(".")[2]):
            path, name = split_id(entity)
            beside = path.endswith(".go") and path.rpartition("/")[0] == folder
            if name == qual and beside and (tests or not path.endswith("_test.go")):
                found.append(path)
        if not found:
            return None
        self._names.see(*found)
        return Meaning("symbol", found[0], qual, guess=len(found) > 1)

    def _folders(self) -> dict[str, list[str]]:
        if self._files is None:
            self._files = {}
            for path in sorted(p for p in self._names.index.paths() if p.endswith(".go")):
                self._files.setdefault(path.rpartition("/")[0], []).append(path)
        return self._files


def _below(module: str, specifier: str, folder: str) -> str | None:
    """The folder of an import path, if it is of this module."""
    if not module or not (specifier == module or specifier.startswith(f"{module}/")):
        return None
    return f"{folder}/{specifier[len(module) + 1 :]}".strip("/")
