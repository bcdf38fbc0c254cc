"""The families: one module for each kind of question that structure alone can answer.

`answer` is what both the sleeper (ahead) and the server (live) call: the same query over the same sources gives the same
answer. No family reads the clock or the network; only `changes` and `impact` ask git.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from store.words import Answer, Kind, Query

if TYPE_CHECKING:
    from store.evidence import Sources

_ROOMS: dict[Kind, str] = {
    "explain": "explain",
    "where": "where",
    "callers": "callers",
    "callees": "callees",
    "tests": "covering",
    "subclasses": "subclasses",
    "raises": "raises",
    "impact": "impact",
    "contents": "contents",
    "depends": "depends",
    "commands": "commands",
    "setting": "setting",
    "changes": "changes",
    "docs": "docs",
}

LIVE: frozenset[Kind] = frozenset({"changes"})
"""Families that are always worked out when asked, never ahead: their answer moves while no file changes."""


def answer(sources: Sources, query: Query) -> Answer | None:
    """The answer of the query's family, or None where the family has nothing to say about these entities."""
    if query.entities and all(e.startswith("absent:") for e in query.entities):
        from store.families.absent import answer as absent

        return absent(sources, query)
    room = import_module(f"store.families.{_ROOMS[query.kind]}")
    found: Answer | None = room.answer(sources, query)
    return found
