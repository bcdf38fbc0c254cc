"""How Java finds things: a package is the end of a folder's path, a class has the name of its file.

Followed from there: `path_names.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.graph.languages import Meaning, nearest
from store.source.record import split_id

if TYPE_CHECKING:
    from store.graph.path_names import PathNames

_STANDARD = ("java.", "javax.", "jdk.", "sun.", "kotlin.")


class JavaPackages:
    """The language of .java files."""

    def __init__(self, names: PathNames) -> None:
        self._names = names

    def scope(self, path: str, name: str, scope: str) -> Meaning | None:
        """A bare name: a member of an enclosing class or of its bases, a type of the file, an import, a type of the package."""
        found = self._around(path, name, scope)
        found = found or self._names.of_types_around(path, name, scope.rpartition(".")[0], self)
        if found is not None:
            return found
        record = self._names.record(path)
        for i in record.imports if record else ():
            if i.name == name:
                return self._named(path, i.module, name)
        folder = path.rpartition("/")[0]
        found = self._in_package(path, folder, name)
        if found is not None:
            return found
        for i in record.imports if record else ():
            if i.name == "*" and (found := self._starred(path, i.module, name)):
                return found
        return None

    def _around(self, path: str, name: str, scope: str) -> Meaning | None:
        while True:
            qual = f"{scope}.{name}" if scope else name
            symbol = self._names.symbol(path, qual)
            if symbol is not None:
                return Meaning("symbol", path, qual)
            if not scope:
                return None
            scope = scope.rpartition(".")[0]

    def _in_package(self, path: str, folder: str, name: str) -> Meaning | None:
        beside = f"{folder}/{name}.java".lstrip("/")
        if self._names.symbol(beside, name) is not None:
            return Meaning("symbol", beside, name)
        self._names.see(f"{folder}/")
        for entity in self._names.index.named(name):
            other, qual = split_id(entity)
            if qual == name and other.endswith(".java") and other.rpartition("/")[0] == folder:
                self._names.see(other)
                return Meaning("symbol", other, name)
        package = _package_of(folder)
        return self._class(path, package, name) if package else None

    def _starred(self, path: str, module: str, name: str) -> Meaning | None:
        found = self._class(path, module, name)
        if found is None and (holder := self._named(path, *_split(module))) and holder.kind == "symbol":
            qual = f"{holder.qual}.{name}"
            found = Meaning("symbol", holder.path, qual) if self._names.symbol(holder.path, qual) else None
        return found

    def module(self, path: str, specifier: str, scope: str = "") -> Meaning | None:
        """A package, or the class whose members are imported; outside where no file of the repo is in it."""
        package, name = _split(specifier)
        if name[:1].isupper() and (found := self._named(path, package, name)) and found.kind == "symbol":
            return found
        return Meaning("package", specifier)

    def member(self, of: Meaning, name: str) -> Meaning | None:
        """A class of a package."""
        return self._named("", of.path, name)

    def attribute(self, of: Meaning, name: str) -> Meaning | None:
        return None

    def shown(self, meaning: Meaning) -> str:
        """A package as a whole: nothing of the repo stands for it."""
        return f"ext:{meaning.path}" if meaning.path.startswith(_STANDARD) else ""

    def settled(self, meaning: Meaning) -> Meaning:
        return meaning

    def _named(self, path: str, module: str, name: str) -> Meaning | None:
        """What `import module.name` means: a class, or a member or an inner class of one."""
        found = self._class(path, module, name)
        if found is not None:
            return found
        package, outer = _split(module)
        if outer[:1].isupper() and package:
            holder = self._named(path, package, outer)
            if holder is not None and holder.kind == "symbol":
                qual = f"{holder.qual}.{name}"
                return Meaning("symbol", holder.path, qual) if self._names.symbol(holder.path, qual) else None
        return Meaning("outside", "", f"{module}.{name}")

    def _class(self, path: str, package: str, name: str) -> Meaning | None:
        """The class of a package, in whichever source folder: the nearest, where several have one."""
        wanted = f"{package.replace('.', '/')}/{name}.java".lstrip("/")
        files = [
            p for p in sorted(self._names.index.with_stem(name)) if p == wanted or p.endswith(f"/{wanted}")
        ]  # fmt: skip
        self._names.see(*files)
        files = [p for p in files if self._names.symbol(p, name) is not None]
        if not files:
            return None
        file, guess = nearest(files, path)
        return Meaning("symbol", file, name, guess=guess)


def _split(dotted: str) -> tuple[str, str]:
    before, _, last = dotted.rpartition(".")
    return before, last


def _package_of(folder: str) -> str:
    """The package of a folder below a source folder, in the layout of Maven and Gradle; "" elsewhere."""
    parts = folder.split("/")
    for number in range(len(parts) - 1, 0, -1):
        if parts[number] == "java" and parts[number - 1] in ("main", "test", "testFixtures", "integrationTest", "src"):
            return ".".join(parts[number + 1 :])
    return ""
