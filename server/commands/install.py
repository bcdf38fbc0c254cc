"""`forethought install CLIENT`: put us into a client's configuration, after showing the change; `--uninstall` takes us out."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from server.install.clients import SCOPES, Where, changes
from server.install.files import Planned, planned, write
from store.errors import BadCall
from store.words import now

if TYPE_CHECKING:
    from server.app import Settings


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("client", choices=tuple(SCOPES), help="whose configuration")
    command.add_argument(
        "--scope", choices=("local", "project", "user"),
        help="local: you, in this repository; project: everybody who has it; user: you, everywhere",
    )  # fmt: skip
    command.add_argument("--yes", action="store_true", help="write without asking")
    command.add_argument("--uninstall", action="store_true", help="take out what was put in")
    command.add_argument("--no-hooks", action="store_true", help="Claude Code: only the server, no hooks")
    command.add_argument("--print", action="store_true", help="show what would be written, and write nothing")
    command.add_argument(
        "--command", dest="start", metavar="WORDS", help='how forethought is started (e.g. "uvx forethought")'
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Change the files; 0 when it is done, or was done already, 1 when it was declined."""
    command = tuple(args.start.split()) if args.start else launcher()
    at = Where(settings.repo.resolve(), Path.home(), command, settings.claude, not args.no_hooks)
    wanted = changes(args.client, args.scope, at)
    if args.print:
        for change in wanted:
            sys.stdout.write(f"{change.path}\n{json.dumps(change.put({}), ensure_ascii=False, indent=2)}\n")
        return 0
    plans = [planned(change.path, change.drop if args.uninstall else change.put) for change in wanted]
    plans = [plan for plan in plans if plan.differs]
    if not plans:
        sys.stdout.write(f"Nothing to do: {args.client} is {'without forethought' if args.uninstall else 'set up'}.\n")
        return 0
    sys.stdout.write("\n".join(plan.shown() for plan in plans) + "\n")
    if not args.yes and not _agreed():
        sys.stdout.write("Nothing was written.\n")
        return 1
    return _write(plans, args.client, uninstall=args.uninstall)


def launcher() -> tuple[str, ...]:
    """How a client can start what is running now: through uvx if it came so, else by the installed script, else this checkout."""
    script = shutil.which("forethought")
    passing = any(part in ("archive-v0", "environments-v2") for part in Path(sys.prefix).parts)
    if passing:
        return ("uvx", "forethought")
    if script is not None and Path(script).parent == Path(sys.executable).parent:
        return (script,)
    beside = Path(sys.executable).with_name("forethought")
    if beside.exists():
        return (str(beside),)
    front = Path(__file__).resolve().parents[2] / "forethought.py"
    return (sys.executable, str(front)) if front.exists() else ("uvx", "forethought")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise BadCall("Nobody is there to be asked: say --yes to write this. Nothing was written.")
    sys.stdout.write("Write this? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _write(plans: list[Planned], client: str, *, uninstall: bool) -> int:
    at = now()
    for plan in plans:
        try:
            backup = write(plan, at)
        except OSError as problem:
            sys.stderr.write(f"forethought: {plan.path} could not be written: {problem}. It is as it was.\n")
            return 1
        kept = f" (as it was: {backup})" if backup else ""
        sys.stdout.write(f"{'deleted' if plan.after is None else 'written'}: {plan.path}{kept}\n")
    sys.stdout.write(
        f"{client}: {'forethought is taken out.' if uninstall else 'done. Start a new session to use it.'}\n"
    )
    return 0
