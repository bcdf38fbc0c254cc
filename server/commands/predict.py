"""`forethought predict`: what is expected to be asked next, with its probability, what it would save, what it costs, and why."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

from server.app import expected

if TYPE_CHECKING:
    from server.app import Settings


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument(
        "--limit", type=_count, default=20, metavar="N", help="how many, the most valuable first (default: 20)"
    )
    command.add_argument("--json", action="store_true", help="as JSON on stdout")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Show the prediction set; answers and stores nothing."""
    found = asyncio.run(expected(settings, args.limit))
    if args.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return 0
    lines = [f"{'chance':>6} {'value':>7}  question"]
    for one in found:
        about = ", ".join(one["about"])
        lines.append(
            f"{one['probability']:>6.1%} {one['value']:>7,.0f}  {one['question']}  [{about}]\n{'':>16}{one['because']}"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _count(text: str) -> int:
    count = int(text)
    if not 0 < count <= 100_000:
        raise argparse.ArgumentTypeError("give a number greater than 0")
    return count
