"""One lookup on its way: the question as it was put, what it was understood as, what was checked so far, and how it ended.

Nothing is decided here: the way itself is `server/lookup.py`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from server.results import LookupResult, Receipt
from store import families
from store.question.gate import stated_key
from store.question.windows import window_of
from store.words import Query, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.evidence import Sources, Verdict
    from store.question.understand import Understanding

READINGS = 3
"""Readings of one question that are looked at."""


class Asking(NamedTuple):
    """A question as it was put."""

    question: str
    kind: str | None = None
    about: tuple[str, ...] = ()
    since: str | None = None
    max_tokens: int = 700
    session: str = ""
    client: str = ""
    glance: bool = False
    """Only a stored, fresh answer to exactly this is wanted: nothing is worked out, and it does not count as a question."""


class Outcome(NamedTuple):
    """What came of it: the result for the asker, what was checked, and what it was understood as."""

    result: LookupResult
    receipt: Receipt
    query: Query | None = None


class Step:
    """One lookup on its way: what was asked and understood, and what has been checked so far."""

    def __init__(
        self, sources: Sources, asking: Asking, understanding: Understanding, trace_id: str, clock: Clock
    ) -> None:
        self.sources, self.asking, self.understanding = sources, asking, understanding
        self.trace_id, self.clock = trace_id, clock
        readings = understanding.readings
        self.certain: Query | None = readings[0].query if understanding.certain and readings else None
        self.verbatim = verbatim(asking.question).key
        self.stated = stated_key(asking.kind, asking.about, asking.since or window_of(asking.question)) or ""
        self.worded = not understanding.known or self.certain is None or self.certain.kind == "explain"
        self.receipt = Receipt(
            key=self.certain.key if self.certain else None,
            readings=[{"key": r.query.key, "score": round(r.score, 3), "why": list(r.why)} for r in readings],
            notes=list(understanding.notes),
        )

    @property
    def keys(self) -> list[str]:
        """Where an answer may be stored."""
        readings = self.understanding.readings[: 1 if self.certain else READINGS]
        keys = [self.verbatim, *(r.query.key for r in readings if r.query.kind not in families.LIVE)]
        return [*keys, self.stated] if self.stated else keys

    def sure_of(self, query: Query) -> float:
        """How sure it is that this was asked: as sure as the reading that led to it."""
        return next((r.score for r in self.understanding.readings if r.query.key == query.key), 1.0)

    def seen(self, verdicts: Iterable[Verdict]) -> None:
        """Keep what was checked: the receipt is of the last answer that was looked at, the served one if there is one."""
        self.receipt.checked = [
            {
                "kind": v.evidence.kind, "subject": v.evidence.subject, "then": v.evidence.digest, "now": v.now,
                "how": v.how, "fresh": v.fresh,
            }
            for v in verdicts
        ]  # fmt: skip

    def outcome(self, result: LookupResult, query: Query | None) -> Outcome:
        """How it ends."""
        return Outcome(result, self.receipt, query)


class Clock:
    """Where the time of one lookup went, in milliseconds."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self.spent: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """The time since the last mark belongs to `name`."""
        now = time.perf_counter()
        self.spent[name] = round(self.spent.get(name, 0.0) + (now - self._last) * 1e3, 3)
        self._last = now

    @property
    def total(self) -> float:
        """Since it began."""
        return round((time.perf_counter() - self._began) * 1e3, 3)
