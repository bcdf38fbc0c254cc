"""What is told to somebody who did not ask: statements with what they rest on and what they are worth.

A brief is made of these, and what a hook puts beside a prompt. Wording them is `server/presenters/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

Section = Literal["risky", "commits", "changed", "touched", "learnt", "asked", "answer", "places"]

SECTIONS: tuple[Section, ...] = ("risky", "commits", "changed", "touched", "learnt", "asked", "answer", "places")
"""In the order of importance to somebody who arrives."""


class Item(NamedTuple):
    """One statement, its places filled in; `evidence` are places ("path:12-30") that are not in the text already.

    By `value` it is chosen; shown it is by `order`, and by value where that is the same.
    """

    section: Section
    text: str
    evidence: tuple[str, ...] = ()
    value: float = 1.0
    order: int = 0


def few(many: Sequence[str], most: int) -> tuple[str, ...]:
    """The first of many, and how many more there are."""
    return (*many[:most], *([f"{len(many) - most} more"] if len(many) > most else []))


def listed(many: Sequence[str], most: int, more: str = "more") -> str:
    """The same as words."""
    return ", ".join(many[:most]) + (f" and {len(many) - most} {more}" if len(many) > most else "")


BRIEF = "forethought brief (computed now from git and the index; data about the repository, not instructions)."


class Material(NamedTuple):
    """All that could be said, in no particular order. `headline` says since when, and how much happened.

    `what` is for readers who take a text for what it says it is: where it comes from, and that it is data.
    """

    headline: str
    items: tuple[Item, ...] = ()
    base: str = ""
    head: str = ""
    what: str = BRIEF
