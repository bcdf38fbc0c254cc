"""What X is, what it does, how and why: where it stands, its own source, and who leans on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.families import contents
from store.families.draft import Draft, by_entity, called, count, first_sentence, headline, names_of
from store.families.usage import by_name_only, overridden_by, tests_of, users_of
from store.places import place
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.source.record import Symbol

LONGEST_QUOTE = 120
"""Lines of a symbol that are kept; the presenter shows those of them that matter for the question."""

HARDLY_ANY = 1
"""Statements of a body that only passes on."""

_SETTERS = 4

_DOC = re.compile(r'[rR]?("""|\'\'\').*?\1', re.DOTALL)


def answer(sources: Sources, query: Query) -> Answer | None:
    """One section per symbol asked about; files, folders and the repo are explained by their contents."""
    return by_entity(sources, query, _section) or contents.answer(sources, query)


def _section(draft: Draft, entity: str) -> str:
    symbol = draft.view.symbol(entity)
    if symbol is None:
        return ""
    draft.say(headline(entity, symbol))
    draft.quote(entity, _cut(draft.view.source(entity)))
    if symbol.kind != "section":
        _around(draft, entity, symbol)
    return f"{called(entity)}: {first_sentence(symbol.doc) or symbol.signature or symbol.kind}"


def _around(draft: Draft, entity: str, symbol: Symbol) -> None:
    """What the source itself does not say: who sets it, whom it leaves the work to, who leans on it."""
    if said := _parameter(draft, symbol) + _set_in(draft, entity, symbol):
        draft.say("\n".join(said))
    for delegate in _delegates(draft, entity, symbol):
        draft.say(f"It hands over to {called(delegate)}, {place(delegate)}:")
        draft.quote(delegate, _cut(draft.view.source(delegate)))
    users = users_of(draft.view, entity)
    facts = []
    if users.library:
        facts.append(f"used by {names_of([s.id for s in users.library], 4)}")
    elif symbol.kind not in ("key", "attribute"):
        loose = by_name_only(draft.view, entity)
        facts.append(
            f"by name only (receiver unknown, so not certain), used by {names_of(loose, 4)}"
            if loose
            else "nothing in the library refers to it directly"
        )
    if tests := tests_of(draft.view, entity):
        facts.append(f"{count(len(tests), 'test refers', 'tests refer')} to it")
    if overrides := overridden_by(draft.view, entity):
        facts.append(f"overridden by {names_of(overrides, 4)}")
    if facts:
        line = "; ".join(facts) + "."
        draft.say(f"{called(entity)}: {line}" if len(draft.query.entities) > 1 else line[0].upper() + line[1:])


def _parameter(draft: Draft, symbol: Symbol) -> list[str]:
    """The one parameter that was asked about, with its default."""
    name = (draft.query.scope or "").removeprefix("parameter:")
    if not name or name == draft.query.scope:
        return []
    found = re.search(rf"[(,]\s*\*{{0,2}}{re.escape(name)}\b[^=,)]*(?:=\s*([^,)]+))?", symbol.signature)
    if found is None:
        return []
    return [f"`{name}` defaults to `{found[1].strip()}`." if found[1] else f"`{name}` has no default."]


def _set_in(draft: Draft, entity: str, symbol: Symbol) -> list[str]:
    """Where an attribute gets its value outside its own class body: the assignments, as they are written."""
    if symbol.kind == "constant":
        return _read_in(draft, entity)
    if symbol.kind not in ("attribute", "variable"):
        return []
    wanted = re.compile(rf"\b{re.escape(symbol.name)}\s*(?::[^=]+)?=[^=]")
    found = []
    for site in users_of(draft.view, entity).library:
        scope = draft.view.symbol(site.id) if site.scope else None
        if scope is None:
            continue
        lines = draft.view.source(site.id).splitlines()
        written = [lines[n - scope.start].strip() for n in site.lines if 0 <= n - scope.start < len(lines)]
        found += [
            f"- set in {called(site.id)} {place(site.id)}: `{line[:120]}`" for line in written if wanted.search(line)
        ]
    return found[:_SETTERS]


def _read_in(draft: Draft, entity: str) -> list[str]:
    """The few lines that use a constant: what it does is done there."""
    sites = [s for s in users_of(draft.view, entity).library if s.scope]
    found = []
    for site in sites if len({s.id for s in sites}) <= _SETTERS else ():
        symbol = draft.view.symbol(site.id)
        lines = draft.view.source(site.id).splitlines() if symbol else []
        written = [
            lines[n - symbol.start].strip() for n in site.lines[:1] if symbol and 0 <= n - symbol.start < len(lines)
        ]
        found += [f"- used in {called(site.id)} {place(site.id, entity)}: `{line[:120]}`" for line in written]
    return list(dict.fromkeys(found))


def _delegates(draft: Draft, entity: str, symbol: Symbol) -> list[str]:
    """What a symbol of hardly a statement of its own leaves the work to: a reader who opened the one would open the other."""
    if symbol.kind not in ("function", "method") or _statements(draft.view.source(entity)) > HARDLY_ANY:
        return []
    work = [e.target for e in draft.view.edges(entity) if e.kind in ("call", "use") and e.exact and "::" in e.target]
    targets = [t for t in dict.fromkeys(work) if t != entity and t not in draft.query.entities]
    found = [t for t in targets if (s := draft.view.symbol(t)) and s.kind in ("function", "method")]
    return found if len(found) == 1 else []


def _statements(source: str) -> int:
    """Lines of a body that do something: without the head, the docstring, comments."""
    body = _DOC.sub("", source)
    lines = [line.strip() for line in body.splitlines()]
    return sum(1 for line in lines if line and not line.startswith(("#", "//", "@", "def ", "async def ", "}", ")")))


def _cut(text: str) -> str:
    """The source to keep."""
    lines = text.splitlines()
    if len(lines) <= LONGEST_QUOTE:
        return text
    return "\n".join([*lines[:LONGEST_QUOTE], f"… {len(lines) - LONGEST_QUOTE} more lines"])
