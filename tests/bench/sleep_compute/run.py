"""The experiment of Sleep-time Compute, end to end. See README.md beside it.

python tests/bench/sleep_compute/run.py --out OUT [--data FILE.jsonl] [--model ID] [--base-url URL] [--budget-usd X] [--samples
1,2,4]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT))

from sleep.thinkers import client as wire
from tests.anthropic_server import AnthropicServer
from tests.bench.sleep_compute import experiment, figures, problems, scripted
from tests.bench.sleep_compute.asking import Broke, Desk

SCRIPTED = "claude-haiku-5-5"


def main(argv: Sequence[str] | None = None) -> int:
    """Run it; 1 where the budget or the server ended it early (running again goes on from there)."""
    args = _arguments(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    chosen = problems.load(args.data) if args.data else problems.made(args.contexts, args.questions)
    chosen = chosen[: args.contexts]
    with _server(args) as (url, token):
        try:
            return asyncio.run(_run(args, chosen, url, token))
        except Broke as end:
            print(f"ended early: {end}. What was paid for is kept in {args.out / 'calls.jsonl'}", file=sys.stderr)
            return 1


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--base-url", default="")
    parser.add_argument("--budget-usd", type=Decimal)
    parser.add_argument("--samples", type=lambda text: [int(k) for k in text.split(",")], default=[1, 2, 4])
    parser.add_argument("--contexts", type=int, default=40, help="contexts at most")
    parser.add_argument("--questions", type=int, default=5, help="questions of each made context")
    parser.add_argument("--weight", type=float, default=10.0, help="tokens of sleep that a waited-for token is worth")
    args = parser.parse_args(argv)
    if args.model and not args.base_url and args.budget_usd is None:
        parser.error("a real model costs money: say how much at most, with --budget-usd")
    return args


@contextlib.contextmanager
def _server(args: argparse.Namespace) -> Iterator[tuple[str | None, str | None]]:
    """Where to ask: the scripted model unless a real one was named. Anthropic's credentials go to Anthropic only."""
    if args.model:
        yield args.base_url or None, "local" if args.base_url else None
        return
    with AnthropicServer(scripted.model) as server:
        yield server.url, "scripted"


async def _run(args: argparse.Namespace, chosen: list[problems.Problem], url: str | None, token: str | None) -> int:
    began = time.perf_counter()
    async with wire.connected(url, token=token) as client:
        desk = Desk(client, args.model or SCRIPTED, args.out, budget_usd=args.budget_usd if not args.base_url else None)
        measured = await experiment.measure(desk, chosen, args.samples, _near())
    result = _result(args, measured, desk)
    (args.out / "results.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    _draw(args, result)
    _print(result, time.perf_counter() - began)
    return 0


def _near() -> experiment.Near:
    """By meaning, with the product's own embedder; by words where its model is not there."""
    from store.embed import Embedder
    from store.errors import ModelMissing

    embedder = Embedder()
    try:
        embedder.warm()
    except ModelMissing:
        return experiment.overlap
    known: dict[str, list[float]] = {}

    def vector(text: str) -> list[float]:
        if text not in known:
            known[text] = embedder.embed([text])[0]
        return known[text]

    def near(question: str, expected: Sequence[str]) -> float:
        asked = vector(question)
        return max((sum(a * b for a, b in zip(asked, vector(e), strict=True)) for e in expected), default=0.0)

    return near


def _result(args: argparse.Namespace, measured: experiment.Measured, desk: Desk) -> dict[str, Any]:
    found = experiment.curves(measured.trials)
    result: dict[str, Any] = {
        "model": desk.model if args.model else "scripted", "contexts": len(measured.sleep_tokens),
        "questions": len(measured.foreseen),
        "calls": desk.calls, "usd": str(desk.usd), "weight": args.weight,
        "curves": {name: [p._asdict() for p in points] for name, points in found.items()}, "asleep": {},
    }  # fmt: skip
    for k in args.samples:
        slept = experiment.mean(tokens[k] for tokens in measured.sleep_tokens.values())
        same = experiment.same_accuracy(found, f"asleep {k}")
        entry: dict[str, Any] = {
            "sleep_tokens": slept,
            "predictability": experiment.by_predictability(measured, f"asleep {k}"),
        }
        if same is not None:
            accuracy, awake, asleep = same
            entry |= {
                "at_accuracy": accuracy, "tokens_awake": awake, "tokens_asleep": asleep,
                "break_even": experiment.break_even(slept, awake, asleep, args.weight),
                "amortised": experiment.amortised(slept, awake, asleep, args.weight, 10),
            }  # fmt: skip
        result["asleep"][str(k)] = entry
    return result


def _draw(args: argparse.Namespace, result: dict[str, Any]) -> None:
    note = f"model: {result['model']}, {result['contexts']} contexts, {result['questions']} questions"
    curves = {name: [(p["tokens"], p["accuracy"]) for p in points] for name, points in result["curves"].items()}
    drawn = {
        "accuracy": figures.lines(
            "Accuracy against test-time tokens", "tokens per answer", "accuracy", curves, note=note
        )
    }
    costs: dict[str, list[tuple[float, float]]] = {}
    for k, entry in result["asleep"].items():
        if "amortised" in entry:
            costs[f"asleep {k}"] = [(n, asleep) for n, asleep, _ in entry["amortised"]]
            costs["awake"] = [(n, awake) for n, _, awake in entry["amortised"]]
    title = f"Cost per query, a waited-for token counting {result['weight']:g}"
    drawn["amortised"] = figures.lines(title, "queries per context", "tokens of sleep", costs, note=note)
    gains = {
        f"asleep {k}": [(n + 1, bucket["gain"]) for n, bucket in enumerate(entry["predictability"])]
        for k, entry in result["asleep"].items()
    }
    title = "What sleeping gains at low budgets, by predictability"
    drawn["predictability"] = figures.lines(title, "bucket (5: best foreseen)", "accuracy gained", gains, note=note)
    for name, svg in drawn.items():
        (args.out / f"{name}.svg").write_text(svg, encoding="utf-8")


def _print(result: dict[str, Any], seconds: float) -> None:
    print(
        f"{result['model']}: {result['contexts']} contexts, {result['questions']} questions,"
        f" {result['calls']} calls, {seconds:.1f} s"
    )
    for name, points in result["curves"].items():
        print(f"  {name:<13}" + "  ".join(f"{p['accuracy']:.2f} @ {p['tokens']:.0f}" for p in points))
    for k, entry in result["asleep"].items():
        if "tokens_awake" in entry:
            even = f"{entry['break_even']:.1f}" if entry["break_even"] is not None else "never"
            print(
                f"  asleep {k}: accuracy {entry['at_accuracy']:.2f} with {entry['tokens_asleep']:.0f} tokens instead of"
                f" {entry['tokens_awake']:.0f}; {entry['sleep_tokens']:.0f} asleep; pays from {even} queries per context on"
            )
        print("    gain by predictability: " + "  ".join(f"{b['gain']:+.2f}" for b in entry["predictability"]))


if __name__ == "__main__":
    sys.exit(main())
