"""How far a shift is: told by the shift stage by stage, shown as bars on stderr, or not at all.

Not here: what was done in the end (`sleep/report.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Progress(Protocol):
    """What a shift reports to while it works. `stage` begins one (and ends the one before); `step` counts units of it."""

    def stage(self, name: str, total: int) -> None: ...

    def step(self, units: int = 1) -> None: ...


class Quiet:
    """Shows nothing: for child processes and tests."""

    def stage(self, name: str, total: int) -> None:
        pass

    def step(self, units: int = 1) -> None:
        pass


class Bars:
    """One bar per stage."""

    def __init__(self, rich: RichProgress) -> None:
        self._rich = rich
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        if self._task is not None:
            self._rich.update(self._task, total=self._rich.tasks[-1].completed)
        self._task = self._rich.add_task(name, total=total or None)

    def step(self, units: int = 1) -> None:
        if self._task is not None:
            self._rich.advance(self._task, units)


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars on stderr for as long as the block lasts."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with RichProgress(*columns, console=Console(stderr=True)) as rich:
        yield Bars(rich)
