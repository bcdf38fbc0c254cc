"""`forethought forget`: drop what models said, by model, prompt version, path or time. Structural answers are not touched."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from server.app import forgetting
from store.errors import BadCall
from store.source.since import since_of

if TYPE_CHECKING:
    from server.app import Settings


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("--model", default="", metavar="ID", help="what this model said (agent: the connected agent)")
    command.add_argument("--prompt", default="", metavar="VERSION", help="what came of this version of the prompt")
    command.add_argument(
        "--path", default="", metavar="PATH", help="what rests on this file, or on anything in this folder"
    )
    command.add_argument(
        "--since", type=_time, metavar="TIME", help='what was said from then on ("2 days", a date or a time, UTC)'
    )
    command.add_argument("--until", type=_time, metavar="TIME", help="what was said until then")
    command.add_argument("--all", action="store_true", help="everything that any model said")
    command.add_argument("--json", action="store_true", help="report as JSON on stdout")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Forget; returns the exit code."""
    conditions = (args.model, args.prompt, args.path, args.since, args.until)
    if not args.all and not any(conditions):
        raise BadCall("Say what to forget: --model, --prompt, --path, --since, --until, or --all. Nothing was dropped.")
    done = asyncio.run(forgetting(settings, *conditions))
    if args.json:
        sys.stdout.write(json.dumps(done) + "\n")
    else:
        sys.stdout.write(
            f"forgotten: {done['answers']} answers, {done['facts']} facts on cards, {done['replies']} replies, "
            f"the wording of {done['lessons']} lessons\n"
        )
    return 0


def _time(text: str) -> datetime:
    found = since_of(text, datetime.now(UTC))
    if found is None:
        raise argparse.ArgumentTypeError('give a date or a time such as 2026-11-20, 2026-11-20T18:00 or "2 days"')
    return found
