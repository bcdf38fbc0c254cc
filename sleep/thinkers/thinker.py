"""What thinking is, whoever does it: asks go in, replies come out, and everything paid for is on disk before it is used.

The interface is here; `anthropic_live.py`, `anthropic_batches.py` and `endpoint.py` are thinkers that send, and the
connected agent (`sleep/thinking/thoughts.py`) is one that comes by itself. What is asked is
`sleep/thinking/enrich.py`'s matter, what is believed `sleep/thinking/verify.py`'s.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Literal, Protocol

from pydantic import Field

from sleep.thinking.pack import Pack
from sleep.thinking.prices import Usage
from store.words import Word

Part = Literal["all", "facts", "questions", "judge", "lessons"]

Effort = Literal["low", "medium", "high"]

Ended = Literal["done", "truncated", "refused", "unusable"]
"""How a reply ended. Only `done` has a text worth reading; all of them were billed."""


class Ask(Word):
    """One request. Equal asks have equal ids, and are paid for once.

    The text of `pack` is the byte-stable part that several asks may share (and that is worth caching when they do: `shared`);
    `tail` differs. `part` says what is asked for, and so how the reply is to be read.
    """

    id: str
    part: Part
    model: str
    system: str
    pack: Pack
    tail: str
    form: str
    max_tokens: int = Field(gt=0)
    effort: Effort = "low"
    shared: bool = False

    @property
    def bytes(self) -> int:
        """How long it is, about, as it goes over the wire."""
        return sum(len(part.encode()) for part in (self.system, self.pack.text, self.tail, self.form))


class Reply(Word):
    """What came back. `usage` is None where nobody told."""

    ask: str
    ended: Ended
    text: str = ""
    model: str = ""
    usage: Usage | None = None
    usd: Decimal = Decimal(0)
    note: str = ""


class Thinker(Protocol):
    """Something that reasons.

    `think` yields a reply for some of the asks, in any order; each is on disk already. An ask without one is still being worked
    on (a batch, an agent), was put off, or is given up; the next shift asks for it again and gets what came meanwhile. It never
    raises for what the other side does: `stopped` then says why no more is sent tonight. Of an ask that was lost on the way
    nobody knows whether it was billed: it counts as spent, and is never sent again by itself.
    """

    name: str
    stopped: str

    def think(self, asks: Sequence[Ask]) -> AsyncIterator[Reply]:
        """Replies to asks, those to asks of earlier shifts included."""
        ...
