"""What a question costs with and without sleeping, by questions per context

    python tests/bench/economics.py [--repo REPO] [--store URI]

A simulated week: 30 contexts, each slept over once and asked N questions. The distribution is that of the labelled set that
`forethought eval` scores: by form, how often each is asked, what an expert with grep reads for it, and how many were
answered right by structure alone (flask and requests together). What is not answered right costs the lookup and then the
whole search. With a model, half of the rest is taken to be answered too: an assumption. Prices are the ledger's: of a real
store with --repo, else the measured default. Costs are in tokens asleep; one that somebody waits for counts ten
(`--weight`). Nothing here is measured on a live agent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from store.ledger import ANSWER_TOKENS, CHARACTERS_A_TOKEN, MISS_TOKENS, SECOND_TOKENS, WAITED, amortised

CONTEXTS = 30
COUNTS = (1, 2, 3, 5, 10, 20, 50)


class Form(NamedTuple):
    """A way to ask: its share, the tokens that an expert with grep reads for it, and the share that structure answers right."""

    share: float
    reading: int
    right: float


FORMS = {
    "named": Form(0.375, 2_300 // CHARACTERS_A_TOKEN, 29 / 30),
    "described": Form(0.375, 3_900 // CHARACTERS_A_TOKEN, 24 / 30),
    "keyword": Form(0.25, 3_000 // CHARACTERS_A_TOKEN, 20 / 20),
}
MODEL_ANSWERS = 0.5
"""Of what structure cannot answer, with a model: assumed."""

SEARCH = sum(f.share * f.reading for f in FORMS.values())


class Prices(NamedTuple):
    """What sleeping over one context costs: processor seconds, and model tokens where a model thinks."""

    seconds: float
    tokens: float


class Week(NamedTuple):
    """One simulated week."""

    per_context: int
    cost: float
    without: float
    answered: float

    @property
    def times(self) -> float:
        return self.without / self.cost


def week(prices: Prices, per_context: int, thinking: bool, weight: float, rng: random.Random) -> Week:
    """30 contexts, each asked `per_context` questions."""
    awake, answered, asked = 0.0, 0, CONTEXTS * per_context
    forms = rng.choices(list(FORMS.values()), [f.share for f in FORMS.values()], k=asked)
    for form in forms:
        if rng.random() < _chance(form, thinking):
            awake += ANSWER_TOKENS
            answered += 1
        else:
            awake += MISS_TOKENS + form.reading
    without = weight * sum(f.reading for f in forms) / asked
    asleep = prices.seconds * SECOND_TOKENS + (prices.tokens if thinking else 0.0)
    return Week(per_context, amortised(asleep, awake / asked, per_context, weight), without, answered / asked)


def _chance(form: Form, thinking: bool) -> float:
    return form.right + (MODEL_ANSWERS * (1 - form.right) if thinking else 0.0)


def break_even(prices: Prices, thinking: bool, weight: float) -> float:
    """Questions of one context from which sleeping over it pays."""
    after = sum(
        f.share * (c * ANSWER_TOKENS + (1 - c) * (MISS_TOKENS + f.reading))
        for f in FORMS.values()
        for c in (_chance(f, thinking),)
    )
    gain = weight * (SEARCH - after)
    return (prices.seconds * SECOND_TOKENS + (prices.tokens if thinking else 0.0)) / gain


def simulated(prices: Prices, weight: float = WAITED, seed: int = 1) -> dict[str, dict[str, object]]:
    """Both ways of sleeping, over all counts."""
    found: dict[str, dict[str, object]] = {}
    for name, thinking in (("structure alone", False), ("with a model", True)):
        rng = random.Random(seed)
        weeks = [week(prices, n, thinking, weight, rng) for n in COUNTS]
        found[name] = {
            "weeks": [
                {"n": w.per_context, "cost": w.cost, "without": w.without, "times": round(w.times, 2), "answered": w.answered}
                for w in weeks
            ],
            "break_even": round(break_even(prices, thinking, weight), 2),
        }  # fmt: skip
    return found


def measured(repo: Path, store: str | None) -> Prices:
    """Prices per context (a file) from the ledger of a real store."""
    from server.account import account_of
    from server.app import Settings
    from server.status import status_of

    settings = Settings(repo=repo, store=store)
    account = asyncio.run(account_of(settings, WAITED))
    files = max(asyncio.run(status_of(settings)).files, 1)
    return Prices(account.seconds / files, account.tokens / files or DEFAULT.tokens)


DEFAULT = Prices(seconds=0.1, tokens=6_000)
"""Measured: 12 s for the 119 files of a library, two shifts. A model: 2,000 tokens of context, the fixed part of its prompt and
500 of output at five times the price of input."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", type=Path)
    parser.add_argument("--store")
    parser.add_argument("--weight", type=float, default=WAITED)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    prices = measured(args.repo, args.store) if args.repo else DEFAULT
    found = simulated(prices, args.weight)
    if args.json:
        print(json.dumps({"prices": prices._asdict(), **found}))
        return
    print(
        f"{CONTEXTS} contexts; asleep for each: {prices.seconds:.2f} s, {prices.tokens:.0f} tokens where a model thinks"
    )
    for name, one in found.items():
        print(f"\n{name}: breaks even at {one['break_even']} questions")
        print(f"{'N':>4}{'cost':>10}{'without':>10}{'times':>8}{'answered':>10}")
        for w in one["weeks"]:  # type: ignore[attr-defined]
            print(f"{w['n']:>4}{w['cost']:>10.0f}{w['without']:>10.0f}{w['times']:>8.2f}{w['answered']:>10.1%}")


if __name__ == "__main__":
    main()
