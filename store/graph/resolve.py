"""What the references of one file mean: from `Ref`s (as written) to `Edge`s (a symbol here, something outside, or a name only).

One resolver per way of importing: `python_names.py`, `path_names.py`; everything else is by name. Reads other
files' records through the index it was given; changes nothing there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

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

    def forget(self) -> None:
        """Drop what was remembered about the tree: it has changed."""
        self._python.forget()

    def resolve(self, record: FileRecord) -> tuple[tuple[Edge, ...], tuple[str, ...]]:
        """The edges of one file, in the order of its references, and the sorted paths whose interface was looked at."""
        if record.language == "python":
            found, consulted = self._python.resolve(record)
            return _merged(found), consulted
        try:
            path_names = importlib.import_module("store.graph.path_names")
        except ImportError:
            return _merged((f"?{_last(r.name)}", r.kind, r.scope, r.lines, False) for r in record.refs), ()
        edges, consulted = path_names.resolve_other(record, self._index)
        return tuple(edges), tuple(consulted)


def _last(name: str) -> str:
    return name.rsplit("#", 1)[-1].rsplit(".", 1)[-1]


def _merged(found: Iterable[Found]) -> tuple[Edge, ...]:
    """One edge per target, kind and scope, with all its lines."""
    lines: dict[tuple[str, RefKind, str, bool], set[int]] = {}
    for target, kind, scope, at, exact in found:
        lines.setdefault((target, kind, scope, exact), set()).update(at)
    return tuple(Edge(t, k, s, tuple(sorted(at)), e) for (t, k, s, e), at in lines.items())
