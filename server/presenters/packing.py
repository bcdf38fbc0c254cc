"""What fits: the statements that are worth most for their length, in the order of their sections. Not how they are worded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from server.brief.material import SECTIONS

if TYPE_CHECKING:
    from server.brief.material import Item, Material, Section

PER_TOKEN = 3.5
"""Characters to a token of text that is mostly names and paths: fewer than of prose."""

Worded = Callable[["Item"], str]


def packed(material: Material, max_tokens: int, word: Worded, heading: int) -> list[tuple[Section, list[str]]]:
    """The lines of each section that fit beside the headline. `heading` is what opening a section costs, in characters."""
    room = max_tokens * PER_TOKEN - len(material.headline) - 2
    chosen: set[int] = set()
    opened: set[str] = set()
    lines = [word(item) for item in material.items]
    for n in sorted(range(len(lines)), key=lambda n: -_worth(material.items[n], lines[n])):
        section = material.items[n].section
        cost = len(lines[n]) + 1 + (0 if section in opened else heading)
        if cost <= room:
            room -= cost
            chosen.add(n)
            opened.add(section)
    if lines and not chosen:
        first = material.items[max(range(len(lines)), key=lambda n: material.items[n].value)].section
        return [(first, [f"({len(lines)} statements do not fit into {max_tokens} tokens)"])]
    return [(s, kept) for s in SECTIONS if (kept := _of(s, material, chosen, lines))]


def _worth(item: Item, line: str) -> float:
    """Value by length, but length counts less than value: a brief of short trifles is none."""
    return float(item.value / (80 + len(line)) ** 0.5)


def _of(section: Section, material: Material, chosen: set[int], lines: list[str]) -> list[str]:
    numbers = [n for n in chosen if material.items[n].section == section]
    return [lines[n] for n in sorted(numbers, key=lambda n: (-material.items[n].order, -material.items[n].value, n))]
