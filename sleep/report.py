"""What a shift did: counts, seconds and memory, as the command prints it and the serving process reads it from the child.

Not here: doing it (`sleep/shift.py`), what a shift may spend (`sleep/limits.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from store.words import now

Outcome = Literal["done", "busy", "deadline", "budget", "stopped"]
"""`busy`: another sleeper works on this store; `deadline`, `budget`, `stopped`: ended early, what was done is kept."""

_EARLY = {
    "deadline": "the time was up",
    "budget": "the budget of the processor was used up",
    "stopped": "it was told to stop",
}


class ThinkReport(BaseModel):
    """What thinking came to in one shift: `dropped` counts items not believed, by reason, `lost` answers that never came."""

    model_config = ConfigDict(extra="forbid")

    thinker: str = "none"
    asks: int = 0
    replies: int = 0
    ended: dict[str, int] = {}
    lost: int = 0
    held: int = 0
    dropped: dict[str, int] = {}
    answers: int = 0
    facts: int = 0
    usd_today: str = "0"
    stopped: str = ""
    notes: list[str] = []

    def of_lessons(self) -> str:
        """What was asked about lessons in one line."""
        stopped = f"; stopped: {self.stopped}" if self.stopped else ""
        return f"{self.thinker}, about lessons: {self.replies} of {self.asks} replies, {self.held} lessons changed{stopped}"

    def summary(self) -> str:
        """Thinking in one line."""
        stopped = f"; stopped: {self.stopped}" if self.stopped else ""
        return (
            f"{self.thinker}: {self.replies} of {self.asks} replies, {self.facts} facts and {self.answers} answers published, "
            f"{sum(self.dropped.values())} items not believed, ${self.usd_today} today{stopped}"
        )


class ShiftReport(BaseModel):
    """One run of the sleeper. Counts are of this shift, not of the store."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome = "done"
    reason: str = ""
    started: datetime = Field(default_factory=now)
    seconds: float = 0.0
    paused_seconds: float = 0.0
    cpu_seconds: float = 0.0
    stages: dict[str, float] = {}

    queries_folded: int = 0
    answers_recorded: int = 0

    files: int = 0
    files_read: int = 0
    files_unchanged: int = 0
    files_gone: int = 0
    files_unparsed: int = 0
    files_moved: int = 0
    rows_resolved: int = 0
    skipped: dict[str, int] = {}

    cards_written: int = 0
    cards_fresh: int = 0
    cards_dropped: int = 0

    predicted: int = 0
    transcripts_read: int = 0
    corrections_found: int = 0
    learned_from: int = 0
    expected: int = 0
    came: int = 0
    answers_computed: int = 0
    answers_kept: int = 0
    answers_none: int = 0
    answers_dropped: int = 0

    left: dict[str, int] = {}
    """What a shift that ended early had begun and not finished: how many files, cards, answers."""
    ended: str = ""
    """Why a shift ended early, where, and what was left, in words."""

    rechecked: int = 0
    diverged: int = 0

    promotes: str = ""
    """The rule by which lessons are handed on, in words; "" where it is switched off."""
    promoted: int = 0
    promoted_again: int = 0

    thinking: ThinkReport | None = None
    lessons: ThinkReport | None = None
    """What was asked about lessons: `held` are changes that a model's opinion made, `dropped` opinions that were not believed."""

    peak_rss_mb: float = 0.0
    notices: list[str] = []

    @property
    def ended_early(self) -> bool:
        return self.outcome in _EARLY

    def conclude(self, outcome: Outcome) -> None:
        """Say how it ended. `left` is known by then, and the last of the stages is the one that it got to."""
        self.outcome = outcome
        if not self.ended_early:
            return
        left = ", ".join(f"{number:,} {what}" for what, number in self.left.items() if number)
        where = f" at the stage {list(self.stages)[-1]!r}" if self.stages else ""
        self.ended = f"{_EARLY[outcome]}{where}{f', with {left} left' if left else ''}; the rest comes next time"

    def summary(self) -> str:
        """The shift in one line, for people and logs."""
        if self.outcome == "busy":
            return "another sleeper is at work on this store; nothing was done"
        return (
            f"{self.files} files ({self.files_read} read, {self.files_unchanged} unchanged), "
            f"{self.cards_written} cards and {self.answers_computed} answers written, {self.answers_kept} still fresh, "
            f"in {self.seconds:.1f} s{f' ({self.ended})' if self.ended else ''}"
        )
