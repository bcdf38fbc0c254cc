"""Errors: where an exception is raised and caught, or what a function raises and catches, each with the lines around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, called, first_sentence, listing, names_of
from store.families.usage import subclasses_of
from store.places import place
from store.source.record import split_id
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.graph.index import Site
    from store.source.record import Edge, Symbol

_AROUND = 3
_QUOTED = 4


def answer(sources: Sources, query: Query) -> Answer | None:
    return by_entity(sources, query, _errors)


def _errors(draft: Draft, entity: str) -> str:
    symbol = draft.view.symbol(entity)
    if symbol is None:
        return ""
    is_error = symbol.kind in ("class", "struct", "enum", "constant", "variable", "type")
    return _raised_where(draft, entity, symbol) if is_error else _raises_what(draft, entity, symbol)


def _raised_where(draft: Draft, entity: str, symbol: Symbol) -> str:
    """An exception: its doc, who raises it (and its subclasses), who catches it."""
    view = draft.view
    draft.say(
        f"{called(entity)} ({symbol.signature or symbol.kind}), {place(entity)}: {first_sentence(symbol.doc)}".rstrip(
            ": "
        )
    )
    sites = [s for s in view.sites(entity) if s.kind in ("raise", "catch") and not view.is_test(s.path)]
    raising = [s for s in sites if s.kind == "raise"]
    if raising:
        draft.say("Raised in:")
        draft.say("\n".join(listing(raising, entity)))
        for site in raising[:2]:
            _quote_around(draft, site)
    loose = _by_name(draft, entity) if not raising else []
    if loose:
        draft.say(f"By name only (through an object that is not known, so not certain), raised in {names_of(loose)}.")
    elif not raising:
        draft.say("Nothing here raises it directly.")
    if catching := [s for s in sites if s.kind == "catch"]:
        draft.say(f"Caught in {names_of([s.id for s in catching])}.")
    if children := subclasses_of(view, entity):
        draft.say(f"Subclasses, which are caught with it: {names_of(children)}.")
    sure = names_of([s.id for s in raising], 4)
    maybe = f"{names_of(loose, 4)}, by name only" if loose else "no place here"
    return f"{called(entity)} is raised in {sure or maybe}"


def _by_name(draft: Draft, entity: str) -> list[str]:
    """Who raises something of that name through an object: `raise self.TooMany(...)`, where a class gives it on."""
    view, name = draft.view, split_id(entity)[1].rpartition(".")[2]
    sites = view.loose(name)
    for other in view.named(name):
        if other != entity and view.kind(other) in ("attribute", "variable", "constant"):
            sites = [*sites, *view.sites(other)]
    return list(dict.fromkeys(s.id for s in sites if s.kind == "raise" and not view.is_test(s.path)))


def _quote_around(draft: Draft, site: Site) -> None:
    """The condition under which it is raised: the lines before the first raise in that symbol."""
    symbol = draft.view.symbol(site.id) if site.scope else None
    if symbol is not None:
        _quote_lines(draft, site.id, symbol, [site.lines[0]])


def _quote_lines(draft: Draft, entity: str, symbol: Symbol, numbers: list[int]) -> None:
    """Each of these lines with what stands around it, overlapping pieces joined."""
    lines = draft.view.source(entity).splitlines()
    wanted = sorted({at for n in numbers for at in range(n - symbol.start - _AROUND, n - symbol.start + 3)})
    pieces: list[str] = []
    last = -1
    for at in (n for n in wanted if 0 <= n < len(lines)):
        if pieces and at != last + 1:
            pieces.append("…")
        pieces.append(lines[at])
        last = at
    draft.quote(entity, "\n".join(pieces))


def _raises_what(draft: Draft, entity: str, symbol: Symbol) -> str:
    """A function: what it raises and catches itself, quoted, and what its callees raise by one hop."""
    view = draft.view
    edges = view.raised(entity)
    own = [e for e in edges if e.kind == "raise"]
    names = list(dict.fromkeys(_error(e) for e in own))
    if names:
        draft.say(f"{called(entity)} {place(entity)} raises {', '.join(f'`{n}`' for n in names)} itself.")
        _quote_lines(draft, entity, symbol, sorted({n for e in own for n in e.lines})[:_QUOTED])
    else:
        draft.say(f"{called(entity)} {place(entity)} has no raise statement of its own.")
        draft.quote(entity, draft.view.source(entity))
    if caught := list(dict.fromkeys(_error(e) for e in edges if e.kind == "catch")):
        draft.say("It catches " + ", ".join(f"`{n}`" for n in caught) + ".")
    deeper: dict[str, str] = {}
    for callee in dict.fromkeys(e.target for e in view.edges(entity) if e.kind == "call" and "::" in e.target):
        for edge in view.raised(callee):
            if edge.kind == "raise":
                deeper.setdefault(_error(edge), callee)
    deeper = {n: c for n, c in deeper.items() if n not in names}
    if deeper:
        draft.say(
            "Through what it calls: " + ", ".join(f"`{n}` ({called(c)})" for n, c in list(deeper.items())[:6]) + "."
        )
    return f"{called(entity)} raises {', '.join(names) or 'nothing itself'}"


def _error(edge: Edge) -> str:
    target = edge.target.removeprefix("ext:").removeprefix("?")
    return split_id(target)[1] or target.removeprefix("builtins.")
