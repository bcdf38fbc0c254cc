"""Which types satisfy an interface without saying so: those that have all its methods, in Go with as many parameters.

For interfaces of Go and protocols of Python, where nothing is written that could be resolved. Types of parameters and results are
not compared, and whoever words an answer says so. What is written (`implements`, a base) are edges: `store/families/usage.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.source.record import split_id, symbol_id

if TYPE_CHECKING:
    from store.graph.index import Index
    from store.source.record import Symbol

_TYPES = frozenset({"class", "struct", "type"})
_PROTOCOLS = frozenset({"Protocol", "Interface"})
_OPENING, _CLOSING = "([{", ")]}"


class Wanted(NamedTuple):
    """What an interface asks for: the names of its methods, and the bases whose methods are not known here."""

    methods: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def is_open(symbol: Symbol, path: str) -> bool:
    """Whether types satisfy this by what they have: an interface of Go, a protocol of Python."""
    if path.endswith(".go"):
        return symbol.kind == "interface"
    return path.endswith(".py") and any(b.split("[")[0].rpartition(".")[2] in _PROTOCOLS for b in symbol.bases)


def satisfying(index: Index, entity: str) -> tuple[Wanted, list[str]]:
    """What the interface wants, and the types that have it, in order of their ids."""
    methods, unknown = _wanted(index, entity, set())
    wanted = Wanted(tuple(methods), tuple(unknown))
    path = split_id(entity)[0]
    ending = "." + path.rpartition(".")[2]
    having: set[str] | None = None
    for name in sorted(methods, key=lambda n: len(index.named(n))):
        owners = _with_heirs(index, _owners(index, name, methods[name], ending))
        having = owners if having is None else having & owners
        if not having:
            break
    found = [e for e in having or () if e != entity and (s := index.symbol(e)) and not is_open(s, split_id(e)[0])]
    return wanted, sorted(found)


def _wanted(index: Index, entity: str, seen: set[str]) -> tuple[dict[str, int], list[str]]:
    """The methods of an interface and of those that it embeds, with their numbers of parameters; what it embeds from outside."""
    seen.add(entity)
    path, qual = split_id(entity)
    symbol = index.symbol(entity)
    inside = [
        s for q, s in index.symbols(path).items() if q.rpartition(".")[0] == qual and s.kind in ("method", "function")
    ]
    methods = {s.name: arity(s.signature, s.name) if path.endswith(".go") else -1 for s in inside}
    unknown: list[str] = []
    known = [e.target for e in index.edges(entity) if e.kind == "base" and e.scope == qual and "::" in e.target]
    names = {split_id(t)[1].rpartition(".")[2] for t in known}
    for base in symbol.bases if symbol else ():
        last = base.split("[")[0].rpartition(".")[2]
        unknown += [base] if last not in names and last not in _PROTOCOLS else []
    for base in known:
        if base not in seen:
            more, further = _wanted(index, base, seen)
            methods, unknown = {**more, **methods}, [*unknown, *further]
    return methods, unknown


def _owners(index: Index, name: str, parameters: int, ending: str) -> set[str]:
    """The types that declare such a method themselves, in whatever file of their package."""
    found = set()
    for method in index.named(name):
        path, qual = split_id(method)
        owner = qual.split("#")[0].rpartition(".")[0]
        symbol = index.symbol(method)
        if not owner or not path.endswith(ending) or symbol is None or symbol.kind not in ("method", "function"):
            continue
        if parameters >= 0 and arity(symbol.signature, name) not in (parameters, -1):
            continue
        found.update(_declaration(index, path, owner))
    return found


def _declaration(index: Index, path: str, owner: str) -> list[str]:
    for other in (path, *(p for p in index.beside(path) if path.endswith(".go") and p.endswith(".go"))):
        symbol = index.symbols(other).get(owner)
        if symbol is not None and symbol.kind in _TYPES:
            return [symbol_id(other, owner)]
    return []


def _with_heirs(index: Index, types: set[str]) -> set[str]:
    """With the types that embed or inherit from one of them: they have its methods, too."""
    found, queue = set(types), list(types)
    while queue:
        for site in index.sites(queue.pop()):
            if site.kind == "base" and site.id not in found and (s := index.symbol(site.id)) and s.kind in _TYPES:
                found.add(site.id)
                queue.append(site.id)
    return found


def arity(signature: str, name: str) -> int:
    """How many parameters the signature of a method in Go has; -1 where it cannot be told."""
    match = re.search(rf"(?<!\w){re.escape(name)}\s*\(", signature)
    if match is None:
        return -1
    depth, parts = 1, [""]
    for char in signature[match.end() :]:
        depth += (char in _OPENING) - (char in _CLOSING)
        if depth == 0:
            return sum(1 for part in parts if part.strip())
        if char == "," and depth == 1:
            parts.append("")
        else:
            parts[-1] += char
    return -1
