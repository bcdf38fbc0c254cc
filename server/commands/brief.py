"""`forethought brief`: what changed since you were last here, what it touches, what looks risky."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.app import Settings
    from server.brief.brief import Brief


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument(
        "--since", metavar="WHEN", help='"2 days", a date, "40 commits", a commit or tag (default: your last visit)'
    )
    command.add_argument(
        "--max-tokens", type=int, default=600, metavar="N", help="how long it may be, 60 or more (default: 600)"
    )
    command.add_argument(
        "--presenter", default="markdown", metavar="NAME", help="markdown (default), plain, or an installed one"
    )
    command.add_argument("--json", action="store_true", help="every statement with its evidence, as JSON on stdout")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Show the brief; studies the repository first if nothing is known of it."""
    made = asyncio.run(_brief(args, settings))
    if args.json:
        items = [item._asdict() for item in made.material.items]
        found = {
            "headline": made.material.headline,
            "base": made.material.base,
            "head": made.material.head,
            "items": items,
        }
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return 0
    from server.show import markdown

    if args.presenter == "markdown":
        markdown(made.text)
    else:
        sys.stdout.write(made.text + "\n")
    return 0


async def _brief(args: argparse.Namespace, settings: Settings) -> Brief:
    from server.app import opened
    from server.brief.brief import Wanted
    from server.commands.ask import study_first

    async with opened(settings) as app:
        await study_first(app)
        return await app.brief(Wanted(args.since, settings.session, args.presenter, args.max_tokens))
