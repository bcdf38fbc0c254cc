"""Places: how a stored claim points at the source without a line number.

A claim is written with `place(id)`; `fill` turns each into "path:first-last" as the index knows it at the moment of serving.
Line numbers are looked up, never stored: they move under a symbol whose own text did not change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.source.record import split_id

if TYPE_CHECKING:
    from store.graph.index import Index

_PLACE = re.compile("⟦([^⟦⟧\n]+)⟧")


def place(entity: str, calls: str = "") -> str:
    """A place for a symbol or file id; with `calls`, the lines in it that refer to that target id (or "setting:NAME")."""
    return f"⟦{entity}>{calls}⟧" if calls else f"⟦{entity}⟧"


def fill(text: str, index: Index) -> str:
    """The text with every place as "path:12" or "path:12-30"; a place that is no more becomes its path."""
    return _PLACE.sub(lambda m: _where(m[1], index) or m[0], text)


def where(entity: str, index: Index) -> str:
    """One id as "path:12-30" now; the path alone for a file or where the symbol is no more."""
    return _where(entity, index) or split_id(entity)[0]


def _lines_in(index: Index, path: str, qual: str, target: str) -> list[int]:
    """The lines of one scope that refer to a target id, or that read or define "setting:NAME"."""
    if target.startswith("setting:"):
        found = index.settings(target.removeprefix("setting:"))
        return sorted({s.line for p, s in found if p == path and s.scope == qual})
    return sorted({n for s in index.sites(target) if s.path == path and s.scope == qual for n in s.lines})


def _where(reference: str, index: Index) -> str:
    entity, _, target = reference.partition(">")
    path, qual = split_id(entity)
    if path not in index:
        return path if qual or target else ""
    if target and (lines := _lines_in(index, path, qual, target)):
        return f"{path}:{','.join(str(n) for n in lines[:3])}" + ("…" if len(lines) > 3 else "")
    symbol = index.symbol(entity) if qual else None
    if symbol is None:
        return path
    return f"{path}:{symbol.start}" if symbol.start == symbol.end else f"{path}:{symbol.start}-{symbol.end}"
