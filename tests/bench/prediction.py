"""How well the next questions are foreseen, on the real history of repositories

    python tests/bench/prediction.py REPO [REPO ...] [--within]      what is said of each
    python tests/bench/prediction.py REPO REPO ... --fit             the weights that a model begins with, fitted to these

At each step of a history (`history.py` walks it), subjects are ranked from the past alone. "Asked next" are the symbols that the
following commits touch, by hunks; with `--within`, those that the second half of a commit touches whose first half is on disk.
Recall at 50, 100 and 500 subjects, against chance, popularity (places of use) and recency, in the same run: of files (last
changed first), as git alone tells it, and of symbols, which takes our own following of lines; what is not committed is most
recent. The calibration error of what was said; and the second half of the history against the same model when it never
learns. Steps that touch more than SWEEP symbols (a formatter, a rename) are left out for all alike.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from sleep.prediction.features import PRIOR, Table
from sleep.prediction.forecast import FIRMNESS, Forecast
from sleep.prediction.model import Model, calibration_error
from sleep.prediction.touches import Touches
from store.source.record import split_id
from tests.bench import history

_CLONE = ["git", "-c", "advice.detachedHead=false", "clone", "-q", "--shared"]

BUDGETS = (50, 100, 500)
SWEEP = 30
BASELINES = ("random", "popular", "recent files", "recent symbols")


class Step(NamedTuple):
    """One step: recall by ranking and budget, and what was said and came, for calibration."""

    recall: dict[str, list[float]]
    chances: np.ndarray
    came: np.ndarray
    symbols: int


class Seen(NamedTuple):
    """One moment of a history as the models see it: the features of each symbol, whether it came, and what others say."""

    features: np.ndarray
    came: np.ndarray
    baselines: dict[str, np.ndarray]


def seen(repo: Path, steps: int, ahead: int, seed: int, *, within: bool) -> Iterator[Seen]:
    """Every step with something to foresee."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / repo.name
        subprocess.run(_CLONE + [str(repo.resolve()), str(clone)], check=True)
        commits = history.commits_of(clone, steps, 1 if within else ahead)
        for moment in history.within(clone, commits, rng) if within else history.between(clone, commits):
            table = moment.table
            rows = [n for n, s in enumerate(table.subjects) if s.symbol and s.record and not s.record.is_test]
            came = np.array([table.subjects[n].entity in moment.next for n in rows], dtype=float)
            if 0 < came.sum() <= SWEEP:
                baselines = dict(zip(BASELINES, _baselines(table, moment.touches, rows, rng), strict=True))
                yield Seen(table.rows[rows], came, baselines)


def measure(moments: Iterator[Seen], seed: int) -> list[tuple[Step, Step]]:
    """Every step: as it went with learning, and with a model that never learned."""
    rng = random.Random(seed)
    learning = frozen = Forecast.begin().subjects
    found: list[tuple[Step, Step]] = []
    for one in moments:
        found.append((_step(learning, one, rng), _step(frozen, one, rng)))
        learning = learning.learned(one.features, one.came)
    _tell(learning)
    return found


def fit(moments: Iterator[Seen], others: int = 20) -> dict[str, float]:
    """The weights that explain many histories at once; features that no history has keep theirs.

    Of what did not come, a random share stands for all: `others` for each that came, weighing as many.
    """
    rng = np.random.default_rng(1)
    features, came, weights = [], [], []
    for one in moments:
        yes, no = np.flatnonzero(one.came), np.flatnonzero(one.came == 0)
        some = rng.choice(no, min(len(no), max(100, others * len(yes))), replace=False)
        taken = np.concatenate([yes, some])
        features.append(one.features[taken])
        came.append(one.came[taken])
        weights.append(np.concatenate([np.ones(len(yes)), np.full(len(some), len(no) / max(len(some), 1))]))
    model = Model.begin(PRIOR, FIRMNESS).learned(
        np.concatenate(features), np.concatenate(came), 1.0, np.concatenate(weights)
    )
    return {name: round(weight, 2) for name, weight in model.mean.items()}


def _baselines(table: Table, touches: Touches, rows: list[int], rng: random.Random) -> Iterator[np.ndarray]:
    never, entities = (10**6,), [table.subjects[n].entity for n in rows]
    paths = [split_id(entity)[0] for entity in entities]
    working = {split_id(entity)[0] for entity in touches.work}
    yield np.array([rng.random() for _ in rows])
    yield np.array([table.used[e].places if e in table.used else 0 for e in entities], dtype=float)
    yield np.array([1 if p in working else -touches.files.get(p, never)[0] for p in paths], dtype=float)
    yield np.array([1 if e in touches.work else -touches.symbols.get(e, never)[0] for e in entities], dtype=float)


def _step(model: Model, one: Seen, rng: random.Random) -> Step:
    chances, came = model.chances(one.features), one.came
    ties = np.array([rng.random() for _ in came]) * 1e-9
    scores = {"forecast": chances, **one.baselines}
    recall = {}
    for name, score in scores.items():
        order = np.argsort(-(score + ties), kind="stable")
        recall[name] = [float(came[order[:b]].sum() / came.sum()) for b in BUDGETS]
    return Step(recall, chances, came, len(came))


def _tell(model: Model) -> None:
    learned = sorted(model.mean, key=lambda n: -abs(model.mean[n] - model.prior[n]))[:30]
    sys.stderr.write("  " + ", ".join(f"{n} {model.prior[n]:+.1f}->{model.mean[n]:+.1f}" for n in learned) + "\n")


def mean_recall(steps: list[Step]) -> dict[str, list[float]]:
    """By ranking, the mean over the steps."""
    sums: dict[str, list[list[float]]] = defaultdict(list)
    for step in steps:
        for name, values in step.recall.items():
            sums[name].append(values)
    return {name: [round(float(v), 4) for v in np.mean(values, axis=0)] for name, values in sums.items()}


def summary(found: list[tuple[Step, Step]]) -> dict[str, object]:
    """All that is reported of one repository."""
    learned, frozen = [one for one, _ in found], [one for _, one in found]
    half = len(found) // 2
    recall = mean_recall(learned)
    best = max(recall[n][1] for n in BASELINES)
    return {
        "steps": len(found),
        "symbols": int(np.mean([s.symbols for s in learned])),
        "touched": round(float(np.mean([s.came.sum() for s in learned])), 1),
        "recall": recall,
        "at_100_times": {n: round(recall["forecast"][1] / recall[n][1], 2) for n in BASELINES if recall[n][1]},
        "times_best_baseline_at_100": round(recall["forecast"][1] / best, 2),
        "second_half": {
            "learned": mean_recall(learned[half:])["forecast"],
            "frozen": mean_recall(frozen[half:])["forecast"],
        },
        "calibration_error": {"learned": _calibration(learned[half:]), "frozen": _calibration(frozen[half:])},
    }


def _calibration(steps: list[Step]) -> float:
    return round(
        calibration_error(np.concatenate([s.chances for s in steps]), np.concatenate([s.came for s in steps])), 5
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", type=Path, nargs="+")
    parser.add_argument("--steps", type=int, default=120, help="commits with --within")
    parser.add_argument("--ahead", type=int, default=5, help="commits (of the first-parent history) in a step")
    parser.add_argument("--within", action="store_true", help="within a sitting: half of a commit is done")
    parser.add_argument("--fit", action="store_true", help="fit the weights to begin with, to both kinds of steps")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.fit:
        kinds = [(repo, within) for repo in args.repo for within in (False, True)]
        print(
            fit(one for repo, within in kinds for one in seen(repo, args.steps, args.ahead, args.seed, within=within))
        )
        return
    for repo in args.repo:
        began = time.perf_counter()
        found = summary(measure(seen(repo, args.steps, args.ahead, args.seed, within=args.within), args.seed))
        if args.json:
            print(json.dumps({"repo": repo.name, **found}))
            continue
        print(f"\n{repo.name}: {found['steps']} steps {'within commits' if args.within else f'of {args.ahead} commits'},"
              f" {found['symbols']} symbols, {found['touched']} touched"
              f" ({time.perf_counter() - began:.0f} s)\n{'recall at':<16}" + "".join(f"{b:>8}" for b in BUDGETS))  # fmt: skip
        for name, values in found["recall"].items():  # type: ignore[attr-defined]
            print(f"{name:<16}" + "".join(f"{v:>8.3f}" for v in values))
        for name in ("at_100_times", "second_half", "calibration_error"):
            print(f"{name}: {found[name]}")


if __name__ == "__main__":
    main()
