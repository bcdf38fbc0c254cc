"""Files, folders and modules as questions name them: a path, the end of one, a dotted module, a folder, "path:line".

Symbols: `link.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.source.languages.imports import bound_name
from store.source.record import symbol_id

if TYPE_CHECKING:
    from store.graph.index import Index

_MINOR = frozenset(("docs", "doc", "examples", "example", "tests", "test", "benchmarks", "scripts", "tools", ".github"))


class Paths:
    """The paths of one index. `packages` are the top-level names that are imported here and come from outside."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.packages: frozenset[str] = frozenset()
        self._folders: set[str] = set()

    def follow(self) -> None:
        """Take the index as it is now."""
        folders: set[str] = set()
        packages: set[str] = set()
        for path in self.index.paths():
            pieces = path.split("/")[:-1]
            folders.update("/".join(pieces[: n + 1]) + "/" for n in range(len(pieces)))
            record = self.index.record(path)
            imports = [i for i in (record.imports if record else ()) if i.module and not i.level]
            packages.update(i.module.split(".")[0] for i in imports)
            if path.endswith(".go"):
                packages.update(map(bound_name, imports))
        self._folders = folders
        self.packages = frozenset(p for p in packages if not self.index.with_stem(p) and not self.folders(p))

    def find(self, text: str) -> tuple[str, ...]:
        """Ids for a path as it was written, best first: files, else folders; the symbol of "path::Qual" or at "path:line"."""
        if text.endswith("/") and (folders := self.folders(text.strip("/").removeprefix("./"))):
            return folders
        text, _, qual = text.partition("::")
        text, _, line = text.partition(":")
        text = text.removeprefix("./").strip("/")
        files = self.files(text) if text else []
        if files and qual:
            return tuple(i for p in files if self.index.symbol(i := symbol_id(p, qual)))
        if files and line.partition("-")[0].isdigit():
            return (self._at(files[0], int(line.partition("-")[0])),)
        return tuple(files) or self.folders(text)

    def files(self, text: str) -> list[str]:
        """Files whose path ends so, or whose module has that (dotted) name."""
        found = [p for p in self.index.paths() if p == text or p.endswith("/" + text)]
        if not found:
            module = text.replace(".", "/") if "/" not in text else text
            near = self.index.with_stem(module.rsplit("/", 1)[-1])
            found = [p for p in near if stem_of(p) == module or stem_of(p).endswith("/" + module)]
        return sorted(found, key=lambda p: (p != text, self.minor(p), p.count("/"), p))

    def folders(self, text: str) -> tuple[str, ...]:
        """Folders whose path ends so, the highest first."""
        found = [f for f in self._folders if f == text + "/" or f.endswith("/" + text + "/")]
        return tuple(sorted(found, key=lambda f: (f.count("/"), f)))

    def is_module(self, path: str, parts: list[str]) -> bool:
        """Whether a file is the module of that dotted name, as far as that is written."""
        dotted = "/".join(parts)
        return stem_of(path) == dotted or stem_of(path).endswith("/" + dotted)

    def minor(self, path: str) -> int:
        """0 for the library, 1 for documents and examples, 2 for tests."""
        record = self.index.record(path)
        if record is not None and record.is_test:
            return 2
        return 1 if path.split("/")[0] in _MINOR else 0

    def _at(self, path: str, line: int) -> str:
        inside = [s for s in self.index.symbols(path).values() if s.start <= line <= s.end]
        return symbol_id(path, max(inside, key=lambda s: s.start).qual) if inside else path


def stem_of(path: str) -> str:
    """A path without its ending, and a package's file as its folder: "src/flask/__init__.py" is "src/flask"."""
    folder, slash, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return folder if stem in ("__init__", "index", "mod") and slash else folder + slash + stem
