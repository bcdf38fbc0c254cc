"""Plain text, for hooks: it lands among an agent's instructions, so it says what it is, and that it is data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server.presenters.packing import packed

if TYPE_CHECKING:
    from server.brief.material import Item, Material


_TAG = re.compile(
    r"<(?=/?(?:system|user|assistant|command|local|task|function|antml|tool|teammate|bash|ide)[-_:]\w)", re.IGNORECASE
)
"""What clients put around words of their own, and of hooks: a name or a message that says so must not end or begin one."""


def present(material: Material, max_tokens: int) -> str:
    """One line each, marked with its section; an answer is quoted."""
    whole = material._replace(headline=f"{material.what} {material.headline}".strip())
    lines = [line for _, lines in packed(whole, max_tokens, _line, heading=0) for line in lines]
    return _TAG.sub("‹", "\n".join([whole.headline, *lines]))


def _line(item: Item) -> str:
    if item.section == "answer":
        return f"> {item.text}"
    places = f" ({', '.join(item.evidence)})" if item.evidence else ""
    mark = "Evidence:" if item.section == "places" else f"[{item.section}]"
    return f"{mark} {item.text.replace('`', '')}{places}"
