"""Plain text, for hooks: it lands among an agent's instructions, so it says what it is, and that it is data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.presenters.packing import packed

if TYPE_CHECKING:
    from server.brief.material import Item, Material


def present(material: Material, max_tokens: int) -> str:
    """One line each, marked with its section; an answer is quoted."""
    whole = material._replace(headline=f"{material.what} {material.headline}".strip())
    lines = [line for _, lines in packed(whole, max_tokens, _line, heading=0) for line in lines]
    return "\n".join([whole.headline, *lines])


def _line(item: Item) -> str:
    if item.section == "answer":
        return f"> {item.text}"
    places = f" ({', '.join(item.evidence)})" if item.evidence else ""
    mark = "Evidence:" if item.section == "places" else f"[{item.section}]"
    return f"{mark} {item.text.replace('`', '')}{places}"
