"""Compact markdown, for agents that ask for the brief and for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.presenters.packing import packed

if TYPE_CHECKING:
    from server.brief.material import Item, Material

TITLES = {
    "risky": "Looks risky",
    "commits": "Commits",
    "changed": "Changed",
    "touched": "What it touches",
    "learnt": "Learnt here",
    "asked": "Likely to be asked; the answers are ready",
    "answer": "Answered ahead",
    "places": "Evidence",
}


def present(material: Material, max_tokens: int) -> str:
    """A headline, and a list under each heading that has something to say."""
    parts = [material.headline]
    for section, lines in packed(material, max_tokens, _line, heading=24):
        parts += ["", f"**{TITLES[section]}**", *lines]
    return "\n".join(parts)


def _line(item: Item) -> str:
    if item.section == "answer":
        return f"> {item.text}"
    places = f" ({', '.join(item.evidence)})" if item.evidence else ""
    return f"- {item.text}{places}"
