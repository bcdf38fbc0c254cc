"""`forethought report`: what sleeping cost, what it saved awake, and the net of both, with the assumptions that this rests on."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.app import Settings


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument(
        "--weight",
        type=_weight,
        default=10.0,
        metavar="X",
        help="tokens asleep that a token somebody waits for is worth (default: 10)",
    )
    command.add_argument("--json", action="store_true", help="as JSON on stdout")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Show the account; changes nothing."""
    from server.account import account_of
    from store.ledger import table

    found = asyncio.run(account_of(settings, args.weight))
    sys.stdout.write(found.model_dump_json(indent=2) + "\n" if args.json else "\n".join(table(found)) + "\n")
    return 0


def _weight(text: str) -> float:
    weight = float(text)
    if not 0 < weight <= 1_000:
        raise argparse.ArgumentTypeError("give a number greater than 0")
    return weight
