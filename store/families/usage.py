"""Who uses what: the reading of edges that several families share. No wording here (`draft.py`), no decisions on kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.source.record import split_id, symbol_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.families.view import View
    from store.graph.index import Site
    from store.source.record import Symbol

DOCUMENTS = (".md", ".rst", ".txt")

CALLED = frozenset({"class", "function", "method", "macro", "struct"})


class Users(NamedTuple):
    """The sites that refer to something, by where they stand. Imports are apart: a re-export is not a use."""

    library: list[Site]
    tests: list[Site]
    imports: list[Site]


def users_of(view: View, entity: str, *, loose: bool = False) -> Users:
    """Everything that refers to an entity from outside itself; with `loose`, what refers to its bare name only."""
    _, qual = split_id(entity)
    sites = view.loose(qual.rsplit(".", 1)[-1].split("#")[0]) if loose else view.sites(entity)
    own = (entity, entity + ".")
    outside = [s for s in sites if s.kind != "import" and s.id != own[0] and not s.id.startswith(own[1])]
    return Users(
        [s for s in outside if not view.is_test(s.path)],
        [s for s in outside if view.is_test(s.path)],
        [s for s in sites if s.kind == "import"],
    )


def by_name_only(view: View, entity: str) -> list[str]:
    """The places in code of the library that use a method's name on a receiver nobody knows: what may be its users."""
    name = split_id(entity)[1].rpartition(".")[2]
    if "." not in split_id(entity)[1] or name.startswith("__"):
        return []
    found = users_of(view, entity, loose=True).library
    return list(dict.fromkeys(s.id for s in found if not s.path.endswith(DOCUMENTS)))


def callers_in(sites: list[Site], symbol: Symbol | None) -> tuple[list[Site], list[Site]]:
    """Sites that call (or decorate with) the thing, and those that only mention it. What cannot be called is read: all count."""
    if symbol is not None and symbol.kind not in CALLED or symbol is not None and is_property(symbol):
        return sites, []
    calls = [s for s in sites if s.kind in ("call", "decorate")]
    calling = {s.id for s in calls}
    return calls, [s for s in sites if s.kind not in ("call", "decorate") and s.id not in calling]


def gives_out(view: View, path: str, entity: str) -> bool:
    """Whether a file that imports something also gives it out to others: a package's `__init__.py`, an `export ... from`."""
    if path.endswith("__init__.py"):
        return path != split_id(entity)[0]
    return split_id(entity)[1] in view.given_on(path)


def is_property(symbol: Symbol) -> bool:
    return any(
        d.split("(")[0].rsplit(".", 1)[-1] in ("property", "cached_property", "setter") for d in symbol.decorators
    )


def ancestors_of(view: View, entity: str) -> list[str]:
    """All bases that are here, nearest first."""
    found: dict[str, None] = {}
    queue = view.bases(entity)
    while queue:
        base = queue.pop(0)
        if base not in found and base != entity:
            found[base] = None
            queue += view.bases(base)
    return list(found)


def subclasses_of(view: View, entity: str, *, deep: bool = True) -> list[str]:
    """Classes that inherit from a class, direct ones first."""
    found: dict[str, None] = {}
    queue = [entity]
    while queue:
        for child in view.children(queue.pop(0)):
            if child not in found and child != entity:
                found[child] = None
                queue.append(child)
        if not deep:
            break
    return list(found)


def overridden_by(view: View, entity: str) -> list[str]:
    """Methods of subclasses that replace a method."""
    return _same_method(view, entity, subclasses_of)


def overrides(view: View, entity: str) -> list[str]:
    """The methods of bases that a method replaces, nearest first."""
    return _same_method(view, entity, ancestors_of)


def _same_method(view: View, entity: str, related: Callable[[View, str], list[str]]) -> list[str]:
    """The method of that name in each related class that declares one."""
    path, qual = split_id(entity)
    owner, _, name = qual.rpartition(".")
    if not owner:
        return []
    namesakes = (f"{other}.{name}" for other in related(view, symbol_id(path, owner)))
    return [m for m in namesakes if view.kind(m)]


def tests_of(view: View, entity: str) -> list[str]:
    """Test functions that refer to an entity, or to a member of it where it is a class; in order of path."""
    targets = [entity]
    if view.kind(entity) in ("class", "interface", "struct", "trait"):
        targets += view.members(entity)
    found = {s.id: None for t in targets for s in users_of(view, t).tests if is_test_function(view, s.id)}
    return sorted(found)


def tests_through(view: View, entity: str) -> dict[str, str]:
    """Test functions one hop away: test -> the library symbol through which it reaches the entity."""
    direct = set(tests_of(view, entity))
    calls, _ = callers_in(users_of(view, entity).library, view.symbol(entity))
    found: dict[str, str] = {}
    for middle in dict.fromkeys(s.id for s in calls if s.scope):
        for test in tests_of(view, middle):
            if test not in direct:
                found.setdefault(test, middle)
    return found


def is_test_function(view: View, entity: str) -> bool:
    """Whether a site in a test file stands in something that a runner would run, or use as a fixture."""
    return view.kind(entity) in ("", "function", "method", "class")
