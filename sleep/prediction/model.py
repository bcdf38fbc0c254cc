"""A small model of what is asked: logistic regression over a few named features, learning online from sane priors.

Weights have a mean, and a precision with all that holds between them: little seen, little moved. Learning finds the most
probable weights for a batch given what was known (a few Newton steps), and forgets slowly, because habits change. Not here: what
the features are (`sleep/prediction/features.py`), what is learned from (`sleep/prediction/learn.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

FORGETS = 0.97
"""How much of what was learned is still believed one batch later."""

_STEPS = 12
_FLOOR, _CEILING = 1e-5, 0.95


class Model(BaseModel):
    """Weights by the name of their feature. `prior` and `firmness` are where they begin and how firmly they stand there."""

    model_config = ConfigDict(extra="forbid")

    mean: dict[str, float]
    precision: list[list[float]]
    prior: dict[str, float]
    firmness: float
    batches: int = 0
    seen: float = 0.0

    @classmethod
    def begin(cls, prior: Mapping[str, float], firmness: float) -> Model:
        """A model that has seen nothing."""
        return cls(
            mean=dict(prior), precision=(np.eye(len(prior)) * firmness).tolist(), prior=dict(prior), firmness=firmness
        )

    @property
    def names(self) -> list[str]:
        """The features, in the order of the columns."""
        return list(self.mean)

    def chances(self, rows: Numbers) -> Numbers:
        """The probability of each row of features."""
        return np.clip(_sigmoid(rows @ self._vector(self.mean)), _FLOOR, _CEILING)

    def reasons(self, row: Numbers) -> list[tuple[str, float]]:
        """What speaks for a row, strongest first: each feature with what it adds."""
        added = [(name, weight * float(x)) for (name, weight), x in zip(self.mean.items(), row, strict=True)]
        return sorted(((n, a) for n, a in added if n != "always"), key=lambda pair: -pair[1])

    def learned(self, rows: Numbers, asked: Numbers, forgets: float = FORGETS, weights: Numbers | None = None) -> Model:
        """The model after a batch: `asked` is 1 for the rows that came, 0 for those that did not; `weights` are how many
        rows each stands for."""
        if not len(rows):
            return self
        mean, precision = self._vector(self.mean), np.array(self.precision)
        counts = np.ones(len(rows)) if weights is None else weights
        found = _most_probable(rows, asked, counts, mean, precision)
        chance = _sigmoid(rows @ found)
        informed = precision + (rows * (counts * chance * (1 - chance))[:, None]).T @ rows
        kept = forgets * informed + (1 - forgets) * self.firmness * np.eye(len(mean))
        names = self.names
        return self.model_copy(
            update={
                "mean": dict(zip(names, map(float, found), strict=True)),
                "precision": kept.tolist(),
                "batches": self.batches + 1,
                "seen": self.seen + float(asked.sum()),
            }
        )

    def _vector(self, values: Mapping[str, float]) -> Numbers:
        return np.array([values[name] for name in self.mean], dtype=np.float64)


def calibration_error(chances: Numbers, asked: Numbers, bins: int = 10) -> float:
    """Expected calibration error: how far what was said is from what came, over bins of equal count."""
    if not len(chances):
        return 0.0
    order = np.argsort(chances, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps: Any = sum(abs(chances[p].mean() - asked[p].mean()) * len(p) for p in parts)
    return float(gaps / len(chances))


def _most_probable(rows: Numbers, asked: Numbers, counts: Numbers, mean: Numbers, precision: Numbers) -> Numbers:
    """The weights that explain a batch best without leaving what is known more than it is worth."""

    def loss(weights: Numbers) -> float:
        z = rows @ weights
        moved = weights - mean
        return float(counts @ (np.logaddexp(0, z) - asked * z) + 0.5 * moved @ precision @ moved)

    weights, best = mean.copy(), loss(mean)
    for _ in range(_STEPS):
        chance = _sigmoid(rows @ weights)
        slope = rows.T @ (counts * (chance - asked)) + precision @ (weights - mean)
        bend = (rows * (counts * chance * (1 - chance))[:, None]).T @ rows + precision
        step = np.linalg.solve(bend, slope)
        for share in (1.0, 0.5, 0.25, 0.1):
            tried = weights - share * step
            if (value := loss(tried)) < best:
                break
        else:
            break
        moved, weights, best = best - value, tried, value
        if moved < 1e-6:
            break
    return weights


def _sigmoid(z: Numbers) -> Numbers:
    return 1.0 / (1.0 + np.exp(-np.clip(z, -30, 30)))
