"""The command line: which commands there are, what they share, and how their ends become exit codes.

One file per command in `server/commands/`; only the one that was called is imported, because a server must start fast. What
the environment says about where to work is read here and nowhere else. Exit codes: 0 done, 1 the work failed, 2 the call was
wrong.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from server.app import Settings
from store.errors import BadCall, ForethoughtError, NoSuchRepo, OutsideRepo

COMMANDS = {
    "serve": "serve an agent over MCP (stdio, SSE or streamable HTTP)",
    "sleep": "run one shift now: study, distil, predict, answer",
    "ask": "ask a question, the same lookup that an agent makes",
    "summary": "show the card of a file, a folder or the repository",
    "brief": "show what changed since you were last here, what it touches, what looks risky",
    "predict": "show what is expected to be asked next, what it is worth, and why",
    "report": "show what sleeping cost and what it saved",
    "status": "show what is known, what was asked, and where it is stored",
    "forget": "drop what models said, by model, prompt, path or time",
    "promote": "hand what was learnt here to the team's or the organisation's store",
    "install": "put forethought into the configuration of Claude Code, Cursor, VS Code or Claude Desktop",
    "hook": "what a client's hooks run: the brief at the start of a session, a shift at its end",
    "eval": "score a labelled question set",
}

EPILOG = """\
examples:
  forethought sleep                               study the repository you are in
  forethought ask "who calls Session.send"
  forethought serve                               what an agent's MCP configuration runs
  forethought COMMAND --help                      everything about one command

exit codes: 0 done, 1 the work failed, 2 the call was wrong
"""


WRONG_CALL = (BadCall, NoSuchRepo, OutsideRepo)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(words)
    try:
        args = parser.parse_args(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    if args.command is None:
        parser.print_help(sys.stderr)
        return 2
    _log(args.verbose)
    try:
        code = int(args.run(args, settings(args, os.environ)))
        sys.stdout.flush()  # here, where a reader that has gone can still be dealt with
        return code
    except ForethoughtError as problem:
        return _tell(problem, 2 if isinstance(problem, WRONG_CALL) else 1, args.verbose)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _tell("Interrupted. What was finished is kept.", 1, 0)
    except Exception as problem:
        logging.getLogger("forethought").debug("unforeseen", exc_info=True)
        return _tell(f"{type(problem).__name__}: {problem} (--verbose shows where)", 1, args.verbose)


def settings(args: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """Where to work: explicit arguments first, then the environment, then the folder one is in.

    A folder below a repository means that repository, unless it was named with --repo.
    """
    named = args.repo or environ.get("FORETHOUGHT_REPO") or environ.get("CLAUDE_PROJECT_DIR")
    repo = Path(named).expanduser() if named else _enclosing(Path.cwd())
    return Settings(
        repo=repo,
        store=args.store or environ.get("FORETHOUGHT_STORE") or None,
        session=environ.get("CLAUDE_CODE_SESSION_ID", ""),
        token=environ.get("FORETHOUGHT_TOKEN") or None,
        team=args.team or environ.get("FORETHOUGHT_TEAM") or None,
        org=args.org or environ.get("FORETHOUGHT_ORG") or None,
        promote_after=_promote_after(args, environ),
        claude=Path(folder) if (folder := environ.get("CLAUDE_CONFIG_DIR")) else None,
    )


def _promote_after(args: argparse.Namespace, environ: Mapping[str, str]) -> int | None:
    """When lessons are handed on by themselves. In the environment it counts only where there is a tier to hand them to."""
    given: int | None = getattr(args, "promote_after", None)
    named = environ.get("FORETHOUGHT_PROMOTE_AFTER", "").strip()
    if given is not None or not named:
        return given
    if not named.isdecimal() or not 0 < int(named) < 1_000:
        raise BadCall(
            f"FORETHOUGHT_PROMOTE_AFTER is {named!r}: give a number of sessions, at least 1. Nothing was done."
        )
    wider = {args.team or environ.get("FORETHOUGHT_TEAM"), args.org or environ.get("FORETHOUGHT_ORG")}
    return int(named) if wider - {None, "", args.store or environ.get("FORETHOUGHT_STORE")} else None


def _enclosing(folder: Path) -> Path:
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists() or (candidate / ".forethought").is_dir():
            return candidate
    return folder


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="forethought",
        description="Answers for a coding agent, worked out before it asks.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    _verbose(parser, 0)
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    called = next((w for w in words if w in COMMANDS), None)
    for name, line in COMMANDS.items():
        command = commands.add_parser(name, help=line, description=line[0].upper() + line[1:] + ".")
        _shared(command)
        if name == called:
            room = importlib.import_module(f"server.commands.{name}")
            room.configure(command)
            command.set_defaults(run=room.run)
    return parser


def _shared(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--repo", metavar="PATH", help="the repository (default: the one you are in; FORETHOUGHT_REPO)"
    )
    command.add_argument(
        "--store", metavar="URI", help="where to keep the store (default: .forethought in the repository)"
    )
    for tier, whose in (("team", "your team"), ("org", "your organisation")):
        command.add_argument(
            f"--{tier}", metavar="URI", help=f"the store of {whose}, read through (FORETHOUGHT_{tier.upper()})"
        )
    _verbose(command, argparse.SUPPRESS)


def _verbose(parser: argparse.ArgumentParser, unless: int | str) -> None:
    """Before the command or after it."""
    parser.add_argument(
        "-v", "--verbose", action="count", default=unless, help="log more, on stderr; twice: everything"
    )


class _Version(argparse.Action):
    """Looked up only when asked for: reading package metadata costs as much as parsing the arguments."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from server.version import version

        sys.stdout.write(f"forethought {version()}\n")
        parser.exit(0)


def _log(verbose: int) -> None:
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level if verbose < 2 else logging.INFO, handlers=[handler])
    logging.getLogger("forethought").setLevel(level)
    logging.getLogger("apscheduler").setLevel(logging.WARNING if verbose < 2 else logging.INFO)


def _tell(problem: object, code: int, verbose: int) -> int:
    if verbose and isinstance(problem, BaseException):
        logging.getLogger("forethought").error("failed", exc_info=problem)
    sys.stderr.write(f"forethought: {problem}\n")
    return code
