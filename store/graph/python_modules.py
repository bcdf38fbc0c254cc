"""Which file a dotted Python module name means, seen from one file of the tree. Only paths are looked at, never contents.

There is no `sys.path` to ask, so a folder counts as a place to import from if that is plausible: it lies above the importing
file, or it holds a package of that name, and it is not itself inside a package. What a module *contains*: `python_names.py`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from store.graph.languages import shared_folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.graph.index import Index

SOURCE_FOLDERS = frozenset({"", "src", "lib", "python"})
"""Folders from which a single file, such as `six.py`, can be imported from afar."""


def folder_of(path: str) -> str:
    """The folder that holds a file or folder; "" is the repo."""
    return path.rstrip("/").rpartition("/")[0]


def inside(folder: str, name: str) -> str:
    """The path of `name` in a folder."""
    return f"{folder}/{name}" if folder else name


class Modules:
    """Looks modules up in the index. A module is a file, or a folder ("a/b/") where it is a namespace package."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._found: dict[tuple[str, str], tuple[str, ...]] = {}

    def forget(self) -> None:
        self._found.clear()

    def package(self, folder: str) -> str | None:
        """The module that a folder is: its `__init__.py`, or the folder itself if Python files are below."""
        init = inside(folder, "__init__.py")
        if init in self._index:
            return init
        return f"{folder}/" if not folder or self._index.has_folder(folder) else None

    def child(self, module: str, name: str) -> str | None:
        """The submodule of that name, if `module` is a package."""
        if module.endswith("/__init__.py") or module == "__init__.py":
            folder = folder_of(module)
        elif module.endswith("/"):
            folder = module[:-1]
        else:
            return None
        below = inside(folder, name)
        for path in (f"{below}/__init__.py", f"{below}.py"):
            if path in self._index:
                return path
        return f"{below}/" if self._index.has_folder(below) else None

    def relative(self, level: int, parts: Sequence[str], origin: str, passed: set[str]) -> str | None:
        """The module of `from ..a.b import` in the file `origin`. Modules on the way are added to `passed`."""
        folder = folder_of(origin)
        for _ in range(level - 1):
            if not folder:
                return None
            folder = folder_of(folder)
        module = self.package(folder)
        return self._descend(module, parts, passed) if module else None

    def absolute(self, parts: Sequence[str], origin: str, passed: set[str]) -> str | None:
        """The module of `import a.b` in the file `origin`; None if it is not of this repo. `passed` as above."""
        for top in self.tops(parts[0], origin, len(parts)):
            module = self._descend(top, parts[1:], passed)
            if module is not None:
                return module
            if not top.endswith("/"):
                return None
        return None

    def _descend(self, module: str, parts: Sequence[str], passed: set[str]) -> str | None:
        found: str | None = module
        for part in parts:
            if found is None:
                return None
            if not found.endswith("/"):
                passed.add(found)
            found = self.child(found, part)
        if found is not None and not found.endswith("/"):
            passed.add(found)
        return found

    def tops(self, name: str, origin: str, length: int = 1) -> tuple[str, ...]:
        """The modules that a first name can mean, the likeliest first: files and packages before namespace folders."""
        folder = folder_of(origin)
        key = (name, folder)
        if key not in self._found:
            self._found[key] = tuple(self._rank(name, folder))
        found = self._found[key]
        # A folder from afar needs more than its name to be believed.
        return (
            found if length > 1 else tuple(m for m in found if not m.endswith("/") or self._above(folder_of(m), folder))
        )

    def _rank(self, name: str, folder: str) -> list[str]:
        ranked: list[tuple[bool, bool, int, int, str]] = []
        standard = name in sys.stdlib_module_names
        for module in self._candidates(name):
            is_file = not module.endswith("/")
            package = not is_file or module.endswith("__init__.py")
            root = folder_of(folder_of(module)) if is_file and package else folder_of(module)
            if self._in_package(root):
                continue
            above = self._above(root, folder)
            if standard and not (above and is_file and self._own_root(folder) == root):
                continue
            if not above and not package and root not in SOURCE_FOLDERS:
                continue
            shared = len(root) if above else shared_folders(root, folder)
            ranked.append((not is_file, not above, -shared, len(root), module))
        return [entry[-1] for entry in sorted(ranked)]

    def _candidates(self, name: str) -> Iterator[str]:
        for path in self._index.with_stem(name):
            if path.endswith(".py"):
                yield path
        for folder in self._index.folders_named(name):
            if inside(folder, "__init__.py") not in self._index:
                yield f"{folder}/"

    def _above(self, root: str, folder: str) -> bool:
        return not root or folder == root or folder.startswith(f"{root}/")

    def _in_package(self, folder: str) -> bool:
        while folder:
            if f"{folder}/__init__.py" in self._index:
                return True
            folder = folder_of(folder)
        return False

    def _own_root(self, folder: str) -> str | None:
        """The folder that holds the outermost package that a file in `folder` belongs to."""
        root = None
        while folder:
            if f"{folder}/__init__.py" in self._index:
                root = folder_of(folder)
            folder = folder_of(folder)
        return root
