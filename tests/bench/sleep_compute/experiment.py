"""The experiment: every question at every budget, awake and asleep; then accuracy, amortised cost, and gain by predictability.

Pure arithmetic over what was said, apart from `measure`. Not here: asking (`asking.py`), drawing (`figures.py`).
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tests.bench.sleep_compute.asking import LEVELS, Desk
from tests.bench.sleep_compute.problems import Problem, right

Near = Callable[[str, Sequence[str]], float]
"""How near a question is to the nearest of some others."""


class Trial(NamedTuple):
    """One question at one level under one condition: "awake", "asleep K" or "context only"."""

    problem: str
    question: str
    condition: str
    level: int
    right: bool
    tokens: int


class Measured(NamedTuple):
    trials: list[Trial]
    sleep_tokens: dict[str, dict[int, int]]
    foreseen: dict[tuple[str, str], float]


async def measure(desk: Desk, problems: Sequence[Problem], samples: Sequence[int], near: Near) -> Measured:
    """Ask everything."""
    found = await asyncio.gather(*(_problem(desk, problem, samples, near) for problem in problems))
    trials = [t for trials, _, _ in found for t in trials]
    slept = {p.id: tokens for p, (_, tokens, _) in zip(problems, found, strict=True)}
    foreseen = {key: value for _, _, some in found for key, value in some.items()}
    return Measured(trials, slept, foreseen)


async def _problem(
    desk: Desk, problem: Problem, samples: Sequence[int], near: Near
) -> tuple[list[Trial], dict[int, int], dict[tuple[str, str], float]]:
    notes = await asyncio.gather(*(desk.asleep(problem.context, n) for n in range(max(samples))))
    expected = [line[2:].strip() for said in notes for line in said.text.splitlines() if line.startswith("Q:")]
    foreseen = {(problem.id, q.text): near(q.text, expected) for q in problem.questions}
    slept = {k: sum(said.output for said in notes[:k]) for k in samples}
    wanted = [("awake", ()), *((f"asleep {k}", tuple(said.text for said in notes[:k])) for k in samples)]
    jobs: list[Any] = []
    for question in problem.questions:
        for level in range(len(LEVELS)):
            jobs += [_trial(desk, problem, question, name, level, given) for name, given in wanted]
            jobs.append(_trial(desk, problem, question, "context only", level, ()))
    return list(await asyncio.gather(*jobs)), slept, foreseen


async def _trial(
    desk: Desk, problem: Problem, question: Any, condition: str, level: int, notes: tuple[str, ...]
) -> Trial:
    asked = None if condition == "context only" else question.text
    said = await desk.awake(problem.context, asked, level, notes)
    return Trial(problem.id, question.text, condition, level, right(said.text, question.answer), said.output)


# -- what it comes to --------------------------------------------------------------------------------------------------------


class Point(NamedTuple):
    """One level of one condition."""

    tokens: float
    accuracy: float


def curves(trials: Sequence[Trial]) -> dict[str, list[Point]]:
    """For each condition, mean test-time tokens and accuracy at each level."""
    groups: dict[tuple[str, int], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.condition, trial.level].append(trial)
    found: dict[str, list[Point]] = defaultdict(list)
    for (condition, _), some in sorted(groups.items(), key=lambda g: g[0][1]):
        found[condition].append(Point(mean(t.tokens for t in some), mean(t.right for t in some)))
    return dict(sorted(found.items()))


def mean(values: Any) -> float:
    """The mean; 0 of nothing."""
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0


def cheapest(curve: Sequence[Point], accuracy: float) -> float | None:
    """The fewest test-time tokens at which a condition is that accurate; None where it never is."""
    return min((p.tokens for p in curve if p.accuracy >= accuracy), default=None)


def same_accuracy(found: dict[str, list[Point]], condition: str) -> tuple[float, float, float] | None:
    """The highest accuracy that both reach, and the tokens awake and asleep for it."""
    for point in sorted(found["awake"], key=lambda p: -p.accuracy):
        asleep = cheapest(found[condition], point.accuracy)
        awake = cheapest(found["awake"], point.accuracy)
        if asleep is not None and awake is not None:
            return point.accuracy, awake, asleep
    return None


def amortised(slept: float, awake: float, asleep: float, weight: float, most: int) -> list[tuple[int, float, float]]:
    """For 1..most queries on one context: cost per query asleep and awake, in tokens of sleep."""
    return [(n, slept / n + weight * asleep, weight * awake) for n in range(1, most + 1)]


def break_even(slept: float, awake: float, asleep: float, weight: float) -> float | None:
    """Queries per context from which sleeping is cheaper; None if it never is."""
    saved = weight * (awake - asleep)
    return slept / saved if saved > 0 else None


def by_predictability(measured: Measured, condition: str, buckets: int = 5) -> list[dict[str, float]]:
    """What sleeping gains at low budgets, in buckets of how well a question was foreseen (the same number in each)."""
    ranked = sorted(measured.foreseen, key=lambda key: measured.foreseen[key])
    found = []
    for number in range(buckets):
        some = set(ranked[len(ranked) * number // buckets : len(ranked) * (number + 1) // buckets])
        low = [t for t in measured.trials if (t.problem, t.question) in some and t.level <= 1]
        awake = mean(t.right for t in low if t.condition == "awake")
        asleep = mean(t.right for t in low if t.condition == condition)
        near = mean(measured.foreseen[key] for key in some)
        found.append(
            {"questions": len(some), "foreseen": near, "awake": awake, "asleep": asleep, "gain": asleep - awake}
        )
    return found


def overlap(question: str, expected: Sequence[str]) -> float:
    """Shared words with the nearest: for machines without the embedding model."""
    words = set(re.findall(r"\w+", question.lower()))
    return max(
        (len(words & (other := set(re.findall(r"\w+", e.lower())))) / len(words | other) for e in expected), default=0.0
    )
