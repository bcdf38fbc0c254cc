"""Postings: which paths have a key. Most keys of a large repository have one path or a few, and a set for each would cost
more than all else in the index.

What the keys are: `index.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

FEW = 12
"""Up to so many paths are kept in a list, which takes a sixth of a set's room."""


class Postings:
    """Paths by key: one, a list of a few, or a set of many."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[str, str | list[str] | set[str]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._of

    def __iter__(self) -> Iterator[str]:
        """The keys that have a path, in no order."""
        return iter(self._of)

    def get(self, key: str) -> Collection[str]:
        """The paths of a key, in no order; not to be kept, for it follows the postings."""
        found = self._of.get(key, ())
        return (found,) if isinstance(found, str) else found

    def add(self, keys: Iterable[str], path: str) -> None:
        """Put a path under keys."""
        of = self._of
        for key in keys:
            known = of.setdefault(key, path)
            if isinstance(known, set):
                known.add(path)
            elif isinstance(known, str):
                if known != path:
                    of[key] = [known, path]
            elif path not in known:
                known.append(path)
                if len(known) > FEW:
                    of[key] = set(known)

    def discard(self, keys: Iterable[str], path: str) -> None:
        """Take a path out from under keys."""
        for key in keys:
            known = self._of.get(key)
            if known == path:
                del self._of[key]
            elif isinstance(known, list | set) and path in known:
                known.remove(path)
                if len(known) == 1:
                    self._of[key] = known.pop()
