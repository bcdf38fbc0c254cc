"""`forethought summary`: the card of a file, a folder or the repository."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.app import Settings
    from server.results import SummaryResult


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("path", nargs="?", default=".", help="a file or folder of the repository (default: all of it)")
    command.add_argument("--max-tokens", type=int, default=800, metavar="N", help="how long it may be (default: 800)")
    command.add_argument("--json", action="store_true", help="the result as JSON on stdout")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Show the card; studies the repository first if nothing is known of it."""
    result = asyncio.run(_summary(args, settings))
    if args.json:
        sys.stdout.write(json.dumps(result.compact(), ensure_ascii=False, indent=2) + "\n")
        return 0
    from server.show import markdown

    markdown(result.summary or result.note or "")
    return 0


async def _summary(args: argparse.Namespace, settings: Settings) -> SummaryResult:
    from server.app import opened
    from server.commands.ask import study_first

    async with opened(settings) as app:
        await study_first(app)
        return await app.summary(args.path, max(60, min(args.max_tokens, 8_000)))
