"""What a brief is made of: statements with what they rest on and what they are worth. Wording them is `server/presenters/`."""

from __future__ import annotations

from typing import Literal, NamedTuple

Section = Literal["risky", "commits", "changed", "touched", "learnt", "asked"]

SECTIONS: tuple[Section, ...] = ("risky", "commits", "changed", "touched", "learnt", "asked")
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


class Material(NamedTuple):
    """All that could be said, in no particular order. `headline` says since when, and how much happened."""

    headline: str
    items: tuple[Item, ...] = ()
    base: str = ""
    head: str = ""
