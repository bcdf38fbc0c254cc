"""`forethought hook EVENT`: what a client's hooks run. Never fails a session: whatever goes wrong, it says nothing and ends well.

The event's JSON comes on stdin. What the hooks are given is decided in `server/hooks.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.app import begin_shift
from server.hooks import injected
from store.encoding import clean
from store.errors import ForethoughtError
from store.home import Home
from store.visits import Visit, remember
from store.words import now

if TYPE_CHECKING:
    from server.app import Settings

log = logging.getLogger("forethought")

TIERS_WITHIN_S = 1.5
"""A session that begins waits no longer for what others learnt."""

EVENTS = ("session-start", "session-end")


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("event", choices=EVENTS, help="what happened in the client")
    command.add_argument(
        "--presenter", default="plain", metavar="NAME", help="how the brief is worded (default: plain)"
    )
    command.add_argument("--plain", action="store_true", help="plain text instead of the JSON that Claude Code reads")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Serve one event; returns 0."""
    given = _given()
    settings = dataclasses.replace(settings, session=clean(str(given.get("session_id") or settings.session))[:200])
    try:
        if args.event == "session-end":
            _leave(settings)
            return 0
        text = asyncio.run(_arrive(settings, args.presenter))
    except (ForethoughtError, OSError) as problem:
        log.warning("%s", problem)
        return 0
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is not the session's business
        log.warning("%s: %s", type(problem).__name__, problem)
        return 0
    sys.stdout.write((text if args.plain else injected("SessionStart", text)) + "\n")
    return 0


def _given() -> dict[str, Any]:
    """The event, as far as there is one."""
    with contextlib.suppress(OSError, ValueError):
        if not sys.stdin.isatty():
            found = json.loads(sys.stdin.read(1_000_000) or "{}")
            return found if isinstance(found, dict) else {}
    return {}


async def _arrive(settings: Settings, presenter: str) -> str:
    """The brief, if something is studied; a session that begins is a visit."""
    from server.app import opened
    from server.brief.brief import Wanted

    async with opened(settings, TIERS_WITHIN_S) as app:
        if not await app.studied():
            return ""
        made = await app.brief(Wanted(session=settings.session, presenter=presenter))
        _visited(settings, made.material.head)
        return made.text if made.material.items else ""


def _leave(settings: Settings) -> None:
    """A shift, begun at once, and the visit noted. There is little more than a second for it."""
    begin_shift(settings, "the session ended")
    from store.source.git import Git

    _visited(settings, Git(Path(settings.repo).resolve()).head() or "")


def _visited(settings: Settings, head: str) -> None:
    home = Home(settings.repo, settings.store)
    remember(home, Visit(at=now(), head=head, session=settings.session))
