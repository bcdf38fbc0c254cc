"""What the references of one file mean: from `Ref`s (as written) to `Edge`s (a symbol here, something outside, or a name only).

One resolver per way of importing: `python_names.py`, `path_names.py`; everything else is by name. Reads other
files' records through the index it was given; changes nothing there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.graph.index import Index
    from store.source.record import Edge, FileRecord


def module_stem(name: str) -> str:
    """The last part of a module's name, from a path or a dotted name or an import specifier.

    "src/flask/cli.py", "flask.cli" and "./cli.js" -> "cli"; "src/flask/__init__.py" and "flask/index.ts" -> "flask".
    """
    raise NotImplementedError


class Resolver:
    """Resolves records against an index. Keeps caches between files of one pass; `forget` drops them after a change."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def forget(self) -> None:
        """Drop what was remembered about the tree: it has changed."""
        raise NotImplementedError

    def resolve(self, record: FileRecord) -> tuple[tuple[Edge, ...], tuple[str, ...]]:
        """The edges of one file, in the order of its references, and the sorted paths whose interface was looked at."""
        raise NotImplementedError
