"""`forethought serve`: the MCP server that an agent's configuration starts."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from server.app import sleep_command, thinking_switch
from store.errors import BadCall

if TYPE_CHECKING:
    from server.app import Settings


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument(
        "--transport", choices=("stdio", "sse", "http"), default="stdio",
        help="stdio (default), http (streamable, at /mcp) or sse (older clients, at /sse)",
    )  # fmt: skip
    command.add_argument("--host", default="127.0.0.1", help="for http and sse; any other than loopback needs a token")
    command.add_argument("--port", type=int, default=8765, help="for http and sse (default: 8765)")
    command.add_argument(
        "--token-file", type=Path, metavar="FILE", help="read the bearer token from a file (default: FORETHOUGHT_TOKEN)"
    )
    command.add_argument(
        "--verify-sample", type=_share, default=0.0, metavar="SHARE",
        help="have this share of the hits worked out again from scratch, asleep, and compared (e.g. 0.05)",
    )  # fmt: skip
    command.add_argument("--no-sleep", action="store_true", help="only answer: start no shifts in the background")
    command.add_argument(
        "--agent-sleep", action="store_true",
        help="let the connected agent do the thinking when its user asks: tools next_thought, submit_thought; prompt sleep",
    )  # fmt: skip
    command.add_argument("--hooks", action="store_true", help="offer the tool that a client's prompt hook calls")
    sleep_command().configure_shifts(command)
    thinking_switch().configure(command)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Serve until the client goes away."""
    from server.app import App
    from server.serve import Face, serve
    from server.web import LOOPBACK

    if args.token_file is not None:
        settings = dataclasses.replace(settings, token=_token(args.token_file))
    if args.transport != "stdio" and args.host not in LOOPBACK and not settings.token:
        raise BadCall(
            f"Serving on {args.host} needs a token: set FORETHOUGHT_TOKEN or give --token-file. Nothing was started."
        )
    args.store, args.team, args.org = settings.store, settings.team, settings.org
    args.promote_after = settings.promote_after
    settings = dataclasses.replace(settings, verify_sample=args.verify_sample)
    if args.agent_sleep and args.thinker == "none":
        args.thinker = "agent"
    thinking = (*sleep_command().words_of(args), *thinking_switch().chosen(args).words())
    app = App(settings, sleeps=not args.no_sleep, thinking=thinking)
    serve(app, Face(args.transport, args.host, args.port, args.agent_sleep, args.hooks))


def _share(text: str) -> float:
    """A number from 0 to 1."""
    share = float(text)
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError(f"a share lies between 0 and 1, not at {text}")
    return share


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadCall(f"The token file {str(path)!r} cannot be read: {problem}. Nothing was started.") from problem
    if not token:
        raise BadCall(f"The token file {str(path)!r} is empty. Nothing was started.")
    return token
