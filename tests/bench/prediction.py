"""How well the next questions are foreseen, on the real history of repositories

    python tests/bench/prediction.py REPO [REPO ...]

At each step of a history (a clone is checked out commit by commit; the real tree, index and git are read), subjects are
ranked from the past alone. "Asked next" are the symbols that the following commits touch, by hunks. Recall at 50, 100 and
500 subjects, against chance, popularity (places of use) and recency, in the same run: of files (last committed first), as
git alone tells it, and of symbols, which takes our own following of lines. The calibration error of what was said; and the
second half of the history against the same model when it never learns. Steps that touch more than SWEEP symbols (a
formatter, a rename) are left out for all alike.
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
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from sleep.prediction.features import Table, table_of
from sleep.prediction.forecast import Forecast
from sleep.prediction.model import Model, calibration_error
from sleep.prediction.signals import gather
from sleep.prediction.touches import Touches, hunks_of, touched
from store.graph.index import Index
from store.source.read import read
from store.source.tree import Tree
from store.words import now

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


def git(repo: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True, timeout=120)
    return done.stdout.decode("utf-8", "replace")


def history(repo: Path, steps: int, ahead: int) -> list[str]:
    """Commits of the first-parent history, oldest first, `ahead` apart."""
    commits = git(repo, "rev-list", "--first-parent", f"-n{steps * ahead + 1}", "HEAD").split()
    return list(reversed(commits[::ahead]))


def asked_next(repo: Path, index: Index, then: str, following: str) -> set[str]:
    """The symbols of `index`, which is that of `then`, that the commits up to `following` touch."""
    diff = git(repo, "diff", "-U0", "--no-renames", "--diff-filter=M", "--no-color", then, following)
    found: set[str] = set()
    for path, hunks in hunks_of(diff).items():
        if path in index and not _is_test(index, path):
            found |= touched(index, path, ((h.old, h.old + max(h.old_lines, 1) - 1) for h in hunks))
    return found


def _is_test(index: Index, path: str) -> bool:
    record = index.record(path)
    return record is not None and record.is_test


def walk(repo: Path, commits: list[str]) -> Iterator[tuple[Table, Touches, set[str]]]:
    """Each step: the features from the past, the touches, and what is touched next."""
    index = Index()
    git(repo, "checkout", "-qf", commits[0])
    tree = Tree(repo)
    for then, following in pairwise(commits):
        git(repo, "checkout", "-qf", then)
        tree = _following(tree, repo)
        changes = tree.sync()
        index.apply([read(path, data) for path, data in changes.changed.items()], changes.gone)
        signals = gather(index, (), tree.git, now())
        yield table_of(signals), signals.touches, asked_next(repo, index, then, following)


def _following(tree: Tree, repo: Path) -> Tree:
    fresh = Tree(repo)
    fresh.seed(dict(tree.entries))
    return fresh


def measure(repo: Path, steps: int, ahead: int, seed: int) -> list[tuple[Step, Step]]:
    """Every step with something to foresee: as it went with learning, and with a model that never learned."""
    rng = random.Random(seed)
    learning = frozen = Forecast.begin().subjects
    found: list[tuple[Step, Step]] = []
    for table, touches, after in walk(repo, history(repo, steps, ahead)):
        rows = [
            n
            for n, s in enumerate(table.subjects)
            if s.symbol is not None and s.record is not None and not s.record.is_test
        ]
        entities = [table.subjects[n].entity for n in rows]
        came = np.array([e in after for e in entities], dtype=float)
        if not 0 < came.sum() <= SWEEP:
            continue
        features = table.rows[rows]
        baselines = dict(zip(BASELINES, _baselines(table, touches, rows, rng), strict=True))
        found.append((_step(learning, features, came, baselines, rng), _step(frozen, features, came, baselines, rng)))
        learning = learning.learned(features, came)
    _tell(learning)
    return found


def _baselines(table: Table, touches: Touches, rows: list[int], rng: random.Random) -> Iterator[np.ndarray]:
    subjects = [table.subjects[n] for n in rows]
    yield np.array([rng.random() for _ in subjects])
    yield np.array([table.used[s.entity].places if s.entity in table.used else 0 for s in subjects], dtype=float)
    yield np.array([-touches.files.get(s.record.path, (10**6,))[0] for s in subjects if s.record], dtype=float)
    yield np.array([-touches.symbols.get(s.entity, (10**6,))[0] for s in subjects], dtype=float)


def _step(
    model: Model, features: np.ndarray, came: np.ndarray, baselines: dict[str, np.ndarray], rng: random.Random
) -> Step:
    chances = model.chances(features)
    ties = np.array([rng.random() for _ in came]) * 1e-9
    scores = {"forecast": chances, **baselines}
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
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--ahead", type=int, default=5, help="commits (of the first-parent history) in a step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    for repo in args.repo:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / repo.name
            subprocess.run(_CLONE + [str(repo.resolve()), str(clone)], check=True)
            found = summary(measure(clone, args.steps, args.ahead, args.seed))
        if args.json:
            print(json.dumps({"repo": repo.name, **found}))
            continue
        print(f"\n{repo.name}: {found['steps']} steps of {args.ahead} commits, {found['symbols']} symbols,"
            f" {found['touched']} touched"
              f" ({time.perf_counter() - began:.0f} s)\n{'recall at':<16}" + "".join(f"{b:>8}" for b in BUDGETS))  # fmt: skip
        for name, values in found["recall"].items():  # type: ignore[attr-defined]
            print(f"{name:<16}" + "".join(f"{v:>8.3f}" for v in values))
        for name in ("at_100_times", "second_half", "calibration_error"):
            print(f"{name}: {found[name]}")


if __name__ == "__main__":
    main()
