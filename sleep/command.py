"""`forethought sleep`: a shift from the command line. With bars for a person; silent, leashed and last in line for a server.

Not here: the shift (`sleep/shift.py`), how a server starts this as its child (`sleep/child.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from sleep import budgets
from sleep.child import Errand, detach
from sleep.leash import end_on_signals, end_with_parent, humble
from sleep.pace import Pace
from sleep.progress import Quiet, bars
from sleep.report import ShiftReport
from sleep.rule import Rule, rule_of
from sleep.thinking import switch
from sleep.thinking.thinking import Thinking
from store import way
from store.errors import BadCall


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="report as JSON on stdout")
    parser.add_argument(
        "--detach", action="store_true", help="begin, and return at once: the shift outlives this terminal"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="with --thinker: show what would be sent and what it would cost; send nothing",
    )
    configure_shifts(parser)
    switch.configure(parser)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--kept", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--no-leash", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--reason", default="by hand", help=argparse.SUPPRESS)


def configure_shifts(parser: argparse.ArgumentParser) -> None:
    """Declare what a shift may spend, what it may look at besides the repository and hand on; `serve` takes the same."""
    budgets.configure(parser)
    parser.add_argument(
        "--transcripts",
        choices=("none", "claude-code"),
        default="none",
        help="learn from past sessions what is asked here and what was corrected (default: none; only questions and the"
        " sentences that correct are kept, redacted, in the store)",
    )
    parser.add_argument(
        "--promote-after",
        metavar="N",
        type=_times,
        help="hand to the team's tier (--team) what was learnt as a rule or seen in N sessions; preferences never leave"
        " (default: off; FORETHOUGHT_PROMOTE_AFTER)",
    )


def words_of(args: argparse.Namespace) -> tuple[str, ...]:
    """The command line that says the same: for a shift in a child process."""
    rule = _rule(args)
    transcripts = ("--transcripts", args.transcripts) if args.transcripts != "none" else ()
    return (*budgets.chosen(args).words(), *transcripts, *(rule.words() if rule else ()))


def _rule(args: argparse.Namespace) -> Rule | None:
    """By what lessons are handed on. Raises BadCall where it was not said where to."""
    rule = rule_of(args.store, args.team, args.org, args.promote_after)
    if rule is None and args.promote_after is not None:
        raise BadCall("--promote-after says what to hand on, not where to: give --team or --org. Nothing was done.")
    return rule


def run(args: argparse.Namespace, root: Path, store: str | None) -> int:
    """Run it. Exit code 0 when the shift did its work (or a budget was used up), 1 when it was stopped or the store is busy."""
    thinking = switch.chosen(args)
    if args.dry_run:
        return _rehearse(args, root, store, thinking)
    if args.detach:
        pid = detach(Errand(root, store, "by hand, detached", (*words_of(args), *thinking.words())))
        sys.stderr.write(f"forethought: a shift has begun as process {pid}; `forethought status` shows what it did\n")
        return 0
    report = asyncio.run(_shift(args, root, store, thinking))
    if args.json:
        sys.stdout.write(report.model_dump_json() + "\n")
        sys.stdout.flush()
    else:
        _tell(report)
    return 0 if report.outcome in ("done", "deadline", "budget") else 1


async def _shift(args: argparse.Namespace, root: Path, store: str | None, thinking: Thinking) -> ShiftReport:
    from sleep.shift import run_shift
    from store.home import Home

    if args.child:
        humble()
    home = Home(root, store)
    # A person who waits for the shift is not made to wait for other requests; and a keeper makes a shift give way by itself.
    asked_ago = way.asked(home.folder) if args.child and not args.kept else way.never
    spend = budgets.chosen(args)
    pace = Pace(deadline_s=spend.seconds, cpu_s=spend.cpu_seconds, asked_ago=asked_ago)
    end_on_signals(pace.stop)
    if args.child and not args.no_leash:
        end_with_parent(pace.stop, pace.paused)
    silent = args.child or args.json or not sys.stderr.isatty()
    with contextlib.nullcontext(Quiet()) if silent else bars() as progress:
        report = await run_shift(
            home,
            home.root,
            pace=pace,
            limits=spend.limits(),
            progress=progress,
            reason=args.reason,
            thinking=thinking,
            transcripts=args.transcripts,
            rule=_rule(args),
        )
    if home.note:
        report.notices.append(home.note)
    return report


def _rehearse(args: argparse.Namespace, root: Path, store: str | None, thinking: Thinking) -> int:
    from sleep.thinking.rehearse import rehearse
    from store.home import Home

    if not thinking.on:
        raise BadCall("--dry-run shows what thinking would cost: say who thinks, with --thinker. Nothing was done.")
    found = asyncio.run(rehearse(Home(root, store, create=False), thinking))
    sys.stdout.write((found.model_dump_json() if args.json else "\n".join(found.lines())) + "\n")
    return 0


def _tell(report: ShiftReport) -> None:
    """The report for a person: what was learnt, and anything that they should know."""
    lines = [report.summary()]
    if report.files_unparsed:
        lines.append(f"could not be parsed, and known as text: {report.files_unparsed}")
    if report.answers_recorded or report.queries_folded:
        lines.append(
            f"{report.queries_folded} recorded questions taken in, {report.answers_recorded} recorded answers kept"
        )
    if report.promoted:
        lines.append(f"{report.promoted} lessons handed on {report.promotes}")
    if report.lessons is not None:
        lines.append(report.lessons.of_lessons())
    if report.thinking is not None:
        lines.append(report.thinking.summary())
    sys.stdout.write("\n".join([*lines, *(f"note: {n}" for n in report.notices)]) + "\n")


def _times(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) < 1_000:
        raise argparse.ArgumentTypeError(f"give a number of sessions, at least 1, not {text!r}")
    return int(text)
