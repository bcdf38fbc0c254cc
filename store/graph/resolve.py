"""What the references of one file mean: from `Ref`s (as written) to `Edge`s (a symbol here, something outside, or a name only).

One resolver per way of importing: `python_names.py`, `path_names.py`; everything else is by name. Reads other
files' records through the index it was given; changes nothing there.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from store.graph.path_names import PathNames
from store.graph.python_names import PythonNames
from store.source.record import Edge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.graph.index import Index
    from store.source.record import FileRecord, RefKind

    Found = tuple[str, RefKind, str, tuple[int, ...], bool]

_ENDINGS = frozenset(
    {"py", "pyi", "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "d", "go", "rs", "java", "c", "h", "cc", "cpp"}
    | {"hpp", "hh", "cxx", "hxx", "sh", "bash", "json", "toml", "yaml", "yml", "md", "rst", "vue", "svelte"}
)
_OF_FOLDER = frozenset({"__init__", "index", "mod"})


def module_stem(name: str) -> str:
    """The last part of a module's name, from a path or a dotted name or an import specifier.

    "src/flask/cli.py", "flask.cli" and "./cli.js" -> "cli"; "src/flask/__init__.py" and "flask/index.ts" -> "flask".
    """
    *folders, last = name.replace("\\", "/").split("/")
    parts = [p for p in last.split(".") if p]
    if folders or (len(parts) > 1 and parts[-1] in _ENDINGS):
        while len(parts) > 1 and parts[-1] in _ENDINGS:
            parts.pop()
        stem = parts[0] if parts else ""
    else:
        stem = parts[-1] if parts else ""
    if stem in _OF_FOLDER or not stem:
        above = [f for f in folders if f not in ("", ".", "..")]
        return above[-1] if above else stem
    return stem


class Resolver:
    """Resolves records against an index. Keeps caches between files of one pass; `forget` drops them after a change."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._python = PythonNames(index)
        self._others = PathNames(index)

    def forget(self) -> None:
        """Drop what was remembered about the tree: it has changed."""
        self._python.forget()
        self._others.forget()

    def resolve(self, record: FileRecord) -> tuple[tuple[Edge, ...], tuple[str, ...]]:
        """The edges of one file, in the order of its references, and the sorted paths whose interface was looked at."""
        names = self._python if record.language == "python" else self._others
        found, consulted = names.resolve(record)
        return _merged(found), consulted


def _merged(found: Iterable[Found]) -> tuple[Edge, ...]:
    """One edge per target, kind and scope, with all its lines."""
    lines: dict[tuple[str, RefKind, str, bool], set[int]] = {}
    for target, kind, scope, at, exact in found:
        lines.setdefault((target, kind, scope, exact), set()).update(at)
    return tuple(Edge(intern(t), k, s, tuple(sorted(at)), e) for (t, k, s, e), at in lines.items())
