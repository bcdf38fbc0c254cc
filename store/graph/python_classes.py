"""Python classes across files: the order in which bases are looked through, and which of them has an attribute.

Only names are followed here, never types, so that the order of a class depends on nothing but declarations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.graph.python_meaning import Looked, Meaning

if TYPE_CHECKING:
    from store.graph.index import Index
    from store.graph.python_members import Members

ALIASES = 6
"""How many `Base = Other` are followed from a base to its class."""


class Classes:
    """Looks attributes up in classes."""

    def __init__(self, index: Index, members: Members, looked: Looked) -> None:
        self._index = index
        self._members = members
        self._looked = looked
        self._orders: dict[Meaning, tuple[tuple[Meaning, ...], frozenset[str]]] = {}
        self._linear: dict[Meaning, tuple[tuple[Meaning, ...], frozenset[str]]] = {}

    def forget(self) -> None:
        """Drop what was remembered about the tree."""
        self._orders.clear()
        self._linear.clear()

    def attribute(self, meaning: Meaning, name: str) -> Meaning | None:
        """An attribute of a class or of its instances: here, or else by name in the first base from outside."""
        bound = meaning.bound if meaning.kind == "super" and meaning.bound else (meaning.path, meaning.qual)
        order = self.order(meaning.path, meaning.qual)
        outside: Meaning | None = None
        for base in order[1:] if meaning.kind == "super" else order:
            if base.kind == "outside":
                outside = outside or base
                continue
            self._looked.paths.add(base.path)
            qual = f"{base.qual}.{name}"
            if qual in self._index.symbols(base.path):
                return Meaning("symbol", base.path, qual, bound)
        return outside._replace(qual=f"{outside.qual}.{name}") if outside else None

    def order(self, path: str, qual: str) -> tuple[Meaning, ...]:
        """The class itself and all its bases, in method resolution order."""
        start = Meaning("symbol", path, qual)
        return self._looked.remember(
            self._orders, start, lambda: self._linearised(start, ()) or tuple(self._reachable(start, {}))
        )

    def _linearised(self, cls: Meaning, above: tuple[Meaning, ...]) -> tuple[Meaning, ...] | None:
        """The C3 linearisation, or None where there is none (a cycle, or bases at odds)."""
        if cls.kind == "outside":
            return (cls,)
        if cls in above:
            return None
        known = self._linear.get(cls)
        if known is None:
            outer, self._looked.paths = self._looked.paths, set()
            bases = self._bases(cls)
            merged = _merge(cls, bases, [self._linearised(b, (*above, cls)) for b in bases])
            inner, self._looked.paths = self._looked.paths, outer
            if merged is None:
                # Maybe only because of where we came from: not to be remembered.
                self._looked.paths |= inner
                return None
            known = self._linear[cls] = (merged, frozenset(inner))
        self._looked.paths |= known[1]
        return known[0]

    def _reachable(self, cls: Meaning, seen: dict[Meaning, None]) -> dict[Meaning, None]:
        if cls not in seen:
            seen[cls] = None
            for base in self._bases(cls) if cls.kind != "outside" else ():
                self._reachable(base, seen)
        return seen

    def _bases(self, cls: Meaning) -> tuple[Meaning, ...]:
        self._looked.paths.add(cls.path)
        symbol = self._index.symbols(cls.path).get(cls.qual)
        found = (self._base(cls.path, b, 0) for b in (symbol.bases if symbol else ()))
        return tuple(dict.fromkeys(b for b in found if b is not None))

    def _base(self, path: str, written: str, depth: int) -> Meaning | None:
        """The class that a base names; None for `object`, `Exception` or what a call made: nothing to be looked into."""
        first, *rest = written.split(".")
        meaning = self._members.member(path, first)
        for name in rest:
            if meaning is None:
                return None
            if meaning.kind == "module":
                meaning = self._members.member(meaning.path, name)
            elif meaning.kind == "outside":
                meaning = meaning._replace(qual=f"{meaning.qual}.{name}")
            else:
                nested = f"{meaning.qual}.{name}"
                meaning = meaning._replace(qual=nested) if nested in self._index.symbols(meaning.path) else None
        if meaning is None or meaning.kind != "symbol":
            return meaning if meaning is not None and meaning.kind == "outside" else None
        symbol = self._index.symbols(meaning.path).get(meaning.qual)
        if symbol is not None and symbol.kind == "class":
            return meaning
        record = self._index.record(meaning.path)
        alias = record.types.get(meaning.qual, "") if record else ""
        return self._base(meaning.path, alias, depth + 1) if alias and "(" not in alias and depth < ALIASES else None


def _merge(
    cls: Meaning, bases: tuple[Meaning, ...], orders: list[tuple[Meaning, ...] | None]
) -> tuple[Meaning, ...] | None:
    """The merge step of C3."""
    if any(o is None for o in orders):
        return None
    waiting = [list(o) for o in orders if o] + [list(bases)]
    result = [cls]
    while waiting := [w for w in waiting if w]:
        head = next((w[0] for w in waiting if not any(w[0] in other[1:] for other in waiting)), None)
        if head is None:
            return None
        result.append(head)
        waiting = [[c for c in w if c != head] for w in waiting]
    return tuple(result)
