"""The forecast: what the sleeper has learned about this repository's questions, kept between shifts.

Two models (`sleep/prediction/model.py`): whether a thing is asked about within a day, and whether a query that was
asked comes again; and which families people ask. Learning from what was asked is `sleep/prediction/learn.py`; using
it, `sleep/prediction/predict.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from sleep.prediction.demand import Asking
from sleep.prediction.features import PRIOR
from sleep.prediction.model import Model
from store.words import Kind

if TYPE_CHECKING:
    from sleep.prediction.model import Numbers

FORECAST = "forecast"
"""The name in `meta` under which it is kept."""

SHARE: dict[Kind, float] = {
    "explain": 0.30, "where": 0.26, "callers": 0.12, "tests": 0.14, "callees": 0.04, "subclasses": 0.03, "raises": 0.01,
    "impact": 0.03, "contents": 0.30, "depends": 0.08, "commands": 0.60, "setting": 0.50, "changes": 0.04, "docs": 0.03,
}  # fmt: skip
"""How often a question about a thing of the sort that a family is about is of this family: from real sessions."""

FIRM = 50.0
"""Questions that the shares above are worth."""

AGAIN: dict[str, float] = {"always": -1.6, "lately": 1.5, "often": 1.2, "missed": 0.8}
"""Where the model of repeats begins."""

FIRMNESS = 16.0
"""How firmly the weights of subjects stand where they begin: they are fitted to many histories."""

_LOOSE = 4.0


class Forecast(BaseModel):
    """What was learned. `until`: what was asked up to then was learned from; `work`, `unfinished` and `branch` are what
    git said then: files, symbols, files."""

    model_config = ConfigDict(extra="forbid")

    subjects: Model
    repeats: Model
    families: dict[str, float] = {}
    until: datetime | None = None
    work: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    asked: int = 0
    anticipated: int = 0

    @classmethod
    def begin(cls) -> Forecast:
        """Nothing learned yet."""
        return cls(subjects=Model.begin(PRIOR, FIRMNESS), repeats=Model.begin(AGAIN, _LOOSE))

    @classmethod
    def restored(cls, text: str | None) -> Forecast:
        """What was kept; a new one where that cannot be read, or was of other features."""
        fresh = cls.begin()
        try:
            kept = cls.model_validate_json(text or "")
        except ValueError:
            return fresh
        return kept if (kept.subjects.prior, kept.repeats.prior) == (PRIOR, AGAIN) else fresh

    def shares(self) -> dict[Kind, float]:
        """The share of each family among the questions about a thing, prior and seen together."""
        seen = sum(self.families.values())
        return {k: (FIRM * share + self.families.get(k, 0.0)) / (FIRM + seen) for k, share in SHARE.items()}

    @property
    def predictability(self) -> float | None:
        """The share of what was asked that had been anticipated when it was asked; None before anything was asked."""
        return self.anticipated / self.asked if self.asked else None


def repeat_features(asked: Sequence[Asking]) -> Numbers:
    """The rows of the model of repeats."""
    return np.array(
        [(1.0, math.tanh(a.recent / 1.5), math.tanh(math.log1p(a.times) / 2), math.tanh(a.missed / 2)) for a in asked]
    )
