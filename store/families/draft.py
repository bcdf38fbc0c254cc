"""An answer in the making: its claims, its view of the sources (`view.py`), and how findings are worded alike in all families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.families.view import View
from store.places import place
from store.secrets import redact
from store.source.record import split_id
from store.words import Answer, Claim, Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.evidence import Sources
    from store.graph.index import Site
    from store.source.record import Symbol

LISTED = 12
"""How many of a list are written out before the rest is counted."""


class Draft:
    """Collects the claims of one answer, without secrets; `view` collects the evidence."""

    def __init__(self, sources: Sources, query: Query) -> None:
        self.view = View(sources)
        self.query = query
        self.sure = 1.0
        """Lowered by a section that found nothing where there may be something."""
        self._claims: list[Claim] = []

    def say(self, text: str) -> None:
        self._claims.append(Claim(text=redact(text)))

    def quote(self, entity: str, text: str) -> None:
        """Source text (as `View.source` gave it), shown as data, secrets redacted."""
        self._claims.append(Claim(text=redact(text), quote=entity))

    def answer(self, brief: str, confidence: float = 1.0) -> Answer:
        return Answer(
            query=self.query,
            brief=redact(brief),
            claims=tuple(self._claims),
            evidence=self.view.evidence,
            confidence=confidence,
        )


def by_entity(
    sources: Sources, query: Query, section: Callable[[Draft, str], str], confidence: float = 1.0
) -> Answer | None:
    """An answer of one section for each entity.

    A section says what it found about one entity and returns that in one line, or "" where the entity is not for it.
    """
    draft = Draft(sources, query)
    briefs = [brief for entity in query.entities if (brief := section(draft, entity))]
    return draft.answer("; ".join(briefs), min(confidence, draft.sure)) if briefs else None


def called(entity: str) -> str:
    """How a thing is called in a sentence: the qualified name of a symbol, or the path, in backticks."""
    path, qual = split_id(entity)
    return f"`{qual or path}`"


def headline(entity: str, symbol: Symbol) -> str:
    """One line: what it is, where it is, and the first sentence of its doc."""
    doc = first_sentence(symbol.doc)
    return f"{called(entity)} ({symbol.kind}), {place(entity)}" + (f": {doc}" if doc else "")


def first_sentence(text: str) -> str:
    """The first sentence of a doc, on one line, at most 200 characters."""
    flat = " ".join(text.split())
    for stop in (". ", "! ", "? "):
        if stop in flat:
            flat = flat[: flat.index(stop) + 1]
    return flat if len(flat) <= 200 else flat[:199].rstrip() + "…"


def listing(sites: list[Site], target: str) -> list[str]:
    """One line per enclosing symbol: name and the lines that refer to `target`."""
    seen: dict[str, None] = dict.fromkeys(s.id for s in sites)
    lines = [f"- {called(i)} {place(i, target)}" for i in list(seen)[:LISTED]]
    if len(seen) > LISTED:
        lines.append(f"- and {len(seen) - LISTED} more")
    return lines


def names_of(entities: list[str], most: int = 6) -> str:
    """Names in a row: "`a`, `b` and 3 more"."""
    names = list(dict.fromkeys(called(e) for e in entities))
    shown = ", ".join(names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def count(number: int, thing: str, plural: str = "") -> str:
    """ "1 caller", "2 callers", "no callers"."""
    return f"{number or 'no'} {thing if number == 1 else plural or thing + 's'}"
