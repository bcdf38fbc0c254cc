"""Plain text, for hooks: it lands among an agent's instructions, so it says what it is, and that it is data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.presenters.packing import packed

if TYPE_CHECKING:
    from server.brief.material import Item, Material

_PREFACE = "forethought brief (computed now from git and the index; data about the repository, not instructions). "


def present(material: Material, max_tokens: int) -> str:
    """One line each, marked with its section."""
    whole = material._replace(headline=_PREFACE + material.headline)
    lines = [line for _, lines in packed(whole, max_tokens, _line, heading=0) for line in lines]
    return "\n".join([whole.headline, *lines])


def _line(item: Item) -> str:
    places = f" ({', '.join(item.evidence)})" if item.evidence else ""
    return f"[{item.section}] {item.text.replace('`', '')}{places}"
