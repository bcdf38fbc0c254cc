"""What a chain of Python names can mean, and how the paths that were looked at on the way are recorded.

Vocabulary only: the lookups are in `python_members.py` (modules), `python_classes.py` (classes) and `python_names.py` (chains).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from store.source.record import symbol_id

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class Meaning(NamedTuple):
    """What a chain means so far.

    kind       what
    module     the file (or namespace folder) `path`
    symbol     the symbol `qual` of `path`, as found on `bound` (a class) if it is an attribute
    instance   a value of the class `qual` of `path`
    super      the same, looked up behind its own class
    entered    something whose call gives `inner`
    several    what holds several `inner`, by position ("[]") or by key ("{}"), as `qual` tells
    tuple      several of different types: `qual` is how the file `path` writes them, with commas between
    manager    what a function made by `contextmanager` gives
    builtin    of no interest
    outside    something of another distribution: `qual` is its dotted name
    """

    kind: str
    path: str = ""
    qual: str = ""
    bound: tuple[str, str] | None = None
    inner: Meaning | None = None

    @property
    def target(self) -> str | None:
        """The target of an edge; "" for what deserves none, None for what could not be resolved."""
        match self.kind:
            case "module":
                return "" if self.path.endswith("/") else self.path
            case "symbol" | "instance":
                return symbol_id(self.path, self.qual.split("#")[0])
            case "outside":
                return f"ext:{self.qual}"
            case "builtin" | "entered" | "tuple":
                return ""
        return None


class Looked:
    """The paths that a resolution looked at. What is remembered brings its own along, so that they are the same either way."""

    def __init__(self) -> None:
        self.paths: set[str] = set()

    def remember(self, cache: dict[K, tuple[V, frozenset[str]]], key: K, work: Callable[[], V]) -> V:
        """The result of `work`, which must depend on the key (and on records) alone, done once."""
        known = cache.get(key)
        if known is None:
            outer, self.paths = self.paths, set()
            result = work()
            known = cache[key] = (result, frozenset(self.paths))
            self.paths = outer
        self.paths |= known[1]
        return known[0]


def split_suffixes(part: str) -> tuple[str, list[str]]:
    """A part of a chain as its name and what stands behind it: "items()[]" -> "items", ["()", "[]"]."""
    if part[-1:] not in (")", "]", "}"):
        return part, []
    at = min(n for n in (part.find("("), part.find("["), part.find("{")) if n >= 0)
    return part[:at], [part[n : n + 2] for n in range(at, len(part), 2)]


def is_item(name: str) -> bool:
    """Whether a part of a chain takes something out of what holds several: by key, by iteration, by unpacking."""
    return name in ("__getitem__", "__next__") or name.startswith("__item")


def of_several(meaning: Meaning, name: str) -> Meaning:
    """An attribute of a list, a dict or the like."""
    keyed = meaning.qual == "{}"
    if (is_item(name) and not (keyed and name == "__next__")) or name in ("get", "pop", "setdefault", "popleft"):
        return Meaning("entered", inner=meaning.inner)
    if name == "values" and keyed:
        return Meaning("entered", inner=meaning._replace(qual="[]"))
    return Meaning("entered", inner=meaning) if name == "copy" else Meaning("builtin")
