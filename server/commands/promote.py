"""`forethought promote`: hand what was learnt here to the team's or the organisation's tier."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

from server.app import promoting
from store.errors import BadCall
from store.lessons import LESSON

if TYPE_CHECKING:
    from server.app import Settings


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("lessons", nargs="*", metavar="LESSON", help="ids of lessons, as the brief shows them; or all")
    command.add_argument("--answers", action="store_true", help="also the answers that agents and models worked out")
    command.add_argument("--to", choices=("team", "org"), default="team", help="which tier (default: team)")
    command.add_argument("--json", action="store_true", help="report as JSON on stdout")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Promote; returns the exit code."""
    location = settings.team if args.to == "team" else settings.org
    if not location:
        raise BadCall(
            f"Where the {args.to}'s tier is was not said: give --{args.to}, or FORETHOUGHT_{args.to.upper()}."
        )
    if not args.lessons and not args.answers:
        raise BadCall("Say what to promote: ids of lessons, all, or --answers. Nothing was promoted.")
    ids = [word.removeprefix(LESSON) for word in args.lessons]
    done = asyncio.run(promoting(settings, location, args.to, ids, answers=args.answers))
    if ids and "all" not in ids and not any(done[how] for how in ("lessons", "gained", "kept_back")):
        more = f" {done['answers']} answers were promoted." if args.answers else " Nothing was promoted."
        raise BadCall(f"No lesson here is called {' or '.join(ids)}: `forethought brief` shows their ids.{more}")
    if args.json:
        sys.stdout.write(json.dumps(done) + "\n")
    else:
        sys.stdout.write(
            f"promoted: {done['lessons']} lessons, {done['gained']} known there already, {done['answers']} answers; "
            f"{done['kept_back']} kept back (preferences, and what is personal or no longer holds)\n"
        )
    return 0
