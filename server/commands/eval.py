"""`forethought eval`: ask every question of a labelled set and score what comes back. The scoring is `server/score.py`.

Without `--store` the questions are asked in a store of their own that is thrown away: what was asked for an evaluation must not
count as something that people ask.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.score import Labelled, Report, Scored, Served, report, score
from store.errors import BadCall

if TYPE_CHECKING:
    from server.app import App, Settings


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("file", metavar="FILE.jsonl", help="questions with labels, one JSON object a line")
    command.add_argument("--json", action="store_true", help="the report as JSON on stdout")
    command.add_argument("--failures", action="store_true", help="list the rows that were not right")
    command.add_argument(
        "--max-tokens", type=int, default=700, metavar="N", help="how long an answer may be (default: 700)"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Score the rows that are about this repository; the others are counted."""
    rows = _rows(Path(args.file))
    mine = [row for row in rows if _is_mine(row, settings.repo)]
    if not mine:
        raise BadCall(f"None of the {len(rows)} rows of {args.file} is about {settings.repo.resolve().name}.")
    with tempfile.TemporaryDirectory(prefix="forethought-eval-") as folder:
        where = settings if settings.store else dataclasses.replace(settings, store=folder)
        scored = asyncio.run(_ask_all(where, mine, args.max_tokens))
    result = report(scored, len(rows) - len(mine))
    if args.json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        _show(result, failures=args.failures)
    return 0


def _rows(file: Path) -> list[Labelled]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return [Labelled.of(json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError) as problem:
        raise BadCall(f"{file} is not a readable question set: {problem}") from problem


def _is_mine(row: Labelled, repo: Path) -> bool:
    """Whether a row is about this repository: by its name, or by the commit that is checked out."""
    return (
        not row.repo
        or row.repo.rsplit("/", 1)[-1] == repo.resolve().name
        or (bool(row.commit) and row.commit == _head(repo))
    )


def _head(repo: Path) -> str:
    found = subprocess.run(["git", "-C", str(repo), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip()


async def _ask_all(settings: Settings, rows: list[Labelled], max_tokens: int) -> list[Scored]:
    from server.app import opened
    from server.commands.ask import study_first

    async with opened(settings) as app:
        await study_first(app)
        await _ask(app, "warm up", max_tokens)
        return [
            score(
                row, [await _ask(app, question, max_tokens) for question in (row.question, row.question_b) if question]
            )
            for row in rows
        ]


async def _ask(app: App, question: str, max_tokens: int) -> Served:
    began = time.perf_counter()
    result, receipt = await app.lookup(question, None, [], None, max_tokens, "", "eval")
    return Served(result, receipt.key, (time.perf_counter() - began) * 1e3)


def _show(result: Report, *, failures: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False)
    table = Table(title="forethought eval", caption=_caption(result), caption_justify="left")
    for name, side in (
        ("", "left"),
        *((n, "right") for n in ("rows", "right", "wrong", "offered", "refused", "share")),
    ):
        table.add_column(name, justify="right" if side == "right" else "left")
    for group in result.groups:
        numbers = (group.rows, group.right, group.wrong, group.offered, group.refused)
        table.add_row(group.name, *map(str, numbers), f"{group.share:.1%}")
    console.print(table)
    if failures:
        for one in result.failures:
            asked = one["question"] + (f" // {one['question_b']}" if one["question_b"] else "")
            console.print(
                f"{one['id']} [{one['kind']}] {one['verdict']}: {asked}\n    {one['why']}; {one['understood']}",
                markup=False,
            )


def _caption(result: Report) -> str:
    precise = f"; precision of lists {result.precision:.0%}" if result.precision is not None else ""
    return (
        f"of the answerable that are right, {result.right_among_candidates} were among candidates\n"
        f"answers: median {result.characters_median} characters, p90 {result.characters_p90}{precise}\n"
        f"lookup: p50 {result.latency_ms_p50} ms, p99 {result.latency_ms_p99} ms\n"
        f"{result.skipped} rows are about other repositories"
    )
