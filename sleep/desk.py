"""The desk: what the stages of one shift share. Made by `sleep/shift.py`, handed to each stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from sleep.limits import Limits
    from sleep.pace import Pace
    from sleep.progress import Progress
    from sleep.report import ShiftReport
    from store.tables import Store


class Embeds(Protocol):
    """What turns texts into vectors, one at a time: a text must have the same vector whatever stands beside it."""

    def embed(self, texts: list[str]) -> list[list[float]]: ...


class Desk(NamedTuple):
    """The store, the means and the bounds of a shift, and the report that every stage counts in."""

    store: Store
    embedder: Embeds
    pace: Pace
    limits: Limits
    progress: Progress
    report: ShiftReport

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.report.stages[name] = round(time.perf_counter() - began, 3)

    def vector(self, text: str) -> list[float]:
        return self.embedder.embed([text])[0]
