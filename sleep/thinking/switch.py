"""The switch of thinking on the command line: its flags, and what they come to. `sleep` and `serve` have the same ones.

What they mean is `sleep/thinking/thinking.py`; what a shift would do with them and cost, `sleep/thinking/rehearse.py`.
"""

from __future__ import annotations

import argparse
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pydantic import ValidationError

from sleep.thinking.thinking import DEFAULT_MODEL, WHO, Thinking
from store.errors import BadCall


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    group = parser.add_argument_group(
        "thinking",
        "let a language model reason too; off unless --thinker says who, whatever keys are in the environment",
    )
    group.add_argument(
        "--thinker",
        choices=WHO,
        default="none",
        help="who reasons (default: none; batches is half the price of anthropic)",
    )
    group.add_argument("--model", default="", metavar="ID", help=f"the model (default: {DEFAULT_MODEL})")
    group.add_argument("--answer-model", default="", metavar="ID", help="another model for the foreseen questions")
    group.add_argument(
        "--judge-model", default="", metavar="ID", help="a second model that has to agree with what the first said"
    )
    group.add_argument(
        "--budget-usd", type=_dollars, metavar="X", help="the most that a day (UTC) may cost, over all shifts"
    )
    group.add_argument(
        "--base-url", default="", metavar="URL", help="a server that speaks /v1/messages (Ollama, llama.cpp, vLLM, ...)"
    )
    group.add_argument(
        "--endpoint-token", default="", metavar="TOKEN", help="for that server; Anthropic credentials never go there"
    )
    group.add_argument(
        "--prices", type=Path, metavar="FILE", help="JSON with dollars per million tokens, on top of the built-in table"
    )
    group.add_argument(
        "--effort", choices=("low", "medium", "high"), default="low", help="how hard to think (default: low)"
    )
    group.add_argument(
        "--samples",
        type=int,
        default=1,
        metavar="K",
        help="think K times about what matters most, keep what most agree on",
    )
    group.add_argument(
        "--contexts", type=int, default=40, metavar="N", help="contexts for each shift at most (default: 40)"
    )
    group.add_argument(
        "--eagerness",
        type=float,
        default=1.0,
        metavar="X",
        help="spend up to X times what a context is worth (default: 1)",
    )
    group.add_argument(
        "--wait-s",
        type=float,
        default=0.0,
        metavar="S",
        help="wait so long for batches; without, the next shift collects",
    )
    group.add_argument(
        "--unsent", action="append", default=[], metavar="GLOB", help="files that no model may see; may be repeated"
    )


def chosen(args: argparse.Namespace) -> Thinking:
    """What the flags say. Raises BadCall for what makes no sense, or has no price."""
    said = {name: getattr(args, name) for name in Thinking.model_fields}
    try:
        return Thinking(**{**said, "unsent": tuple(args.unsent)}).checked()
    except ValidationError as error:
        first = error.errors()[0]
        raise BadCall(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}. Nothing was done.") from error


def _dollars(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError("give an amount in dollars, such as 0.50") from None
    if not 0 < amount < 100_000:
        raise argparse.ArgumentTypeError("give an amount greater than 0")
    return amount
