"""What a shift may spend and keep: every number of the sleeper that somebody could want to change, with its reason.

Not here: when a shift starts (`sleep/schedule.py`).
"""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict, Field

from sleep.budgets import DISK_MB


class Limits(BaseModel):
    """The bounds of one shift."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: int = Field(default=1500, ge=0)
    """Pre-answers to hold ready: the best N of the prediction set."""

    cards: int = Field(default=4000, ge=0)
    """File cards to hold ready; the cards of folders and of the repo come on top."""

    variants: int = Field(default=4, ge=1)
    """Answers kept for one key: each branch has its own, and switching back makes its one fresh again."""

    rows: int = Field(default=20_000, ge=1)
    """Pre-answers kept in all; what is old and was never served goes first."""

    cpu_seconds: float = Field(default=900.0, gt=0)
    """Of the processor, for working out answers in one shift; what is left comes next time."""

    disk_mb: float = Field(default=DISK_MB, gt=0)
    """What the tables may take on disk; beyond it, the answers that are worth least go."""

    traces: int = Field(default=20_000, ge=1)
    """Traces kept: the newest."""

    ledger: int = Field(default=100_000, ge=1)
    """Lines of the ledger kept: the newest."""

    pool_above: int = Field(default=500, ge=0)
    """Files to read from which worker processes pay for their start."""

    workers: int = Field(default=min(4, os.cpu_count() or 1), ge=1)

    batch: int = Field(default=200, ge=1)
    """Rows per commit: a Lance commit costs the same for 1 as for 100."""

    optimize_after: int = Field(default=30, ge=1)
    """Commits to one table after which it is compacted."""
