"""`forethought status`: what is known, what was asked, what is stored where, and anything that people should be told."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.app import Settings


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("--json", action="store_true", help="as JSON on stdout")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Show the status; changes nothing, and studies nothing."""
    from server.status import status_of

    status = asyncio.run(status_of(settings))
    if args.json:
        sys.stdout.write(json.dumps(status.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(status.lines()) + "\n")
    return 0
