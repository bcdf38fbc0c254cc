"""The edges of one file arranged for asking: by target and by scope. Made when first asked for; the row keeps their order."""

from __future__ import annotations

from collections.abc import Iterable

from store.source.record import Edge


class Arranged:
    """Some edges, found by what they refer to and by where they stand."""

    __slots__ = ("_within", "to")

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.to: dict[str, list[Edge]] = {}
        self._within: dict[str, list[Edge]] = {}
        for edge in edges:
            self.to.setdefault(edge.target, []).append(edge)
            for scope in _enclosing(edge.scope):
                self._within.setdefault(scope, []).append(edge)

    def within(self, qual: str) -> list[Edge]:
        """The edges in a symbol's own scope and those nested in it; for "", those at module level only."""
        return list(self._within.get(qual, ()))


def _enclosing(scope: str) -> list[str]:
    """A scope and those around it: "A.b.c" -> ["A", "A.b", "A.b.c"]; the module level alone for ""."""
    parts = scope.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
