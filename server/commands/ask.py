"""`forethought ask`: the lookup that an agent makes, from a terminal; with `--explain`, how it came about."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import TYPE_CHECKING

from store.errors import BadCall
from store.words import KINDS

if TYPE_CHECKING:
    from server.app import App, Settings
    from server.results import LookupResult, Receipt

LONGEST = 2_000


def configure(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("question", nargs="+", help="a sentence or keywords")
    command.add_argument("--kind", choices=KINDS, help="what is asked for, if the question should not be left to tell")
    command.add_argument(
        "--about", action="append", default=[], metavar="NAME", help="a symbol or path it is about (repeatable)"
    )
    command.add_argument("--since", metavar="WHEN", help='a window for what changed: "2 weeks", a date, a git ref')
    command.add_argument(
        "--max-tokens", type=int, default=700, metavar="N", help="how long the answer may be (default: 700)"
    )
    command.add_argument("--json", action="store_true", help="the result as JSON on stdout")
    command.add_argument(
        "--explain", action="store_true", help="show what was understood, checked and how long it took"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Ask; studies the repository first if nothing is known of it. 0 whatever the answer is."""
    question = " ".join(args.question).strip()
    if not question:
        raise BadCall('The question is empty. For example: forethought ask "who calls Session.send"')
    if len(question) > LONGEST:
        raise BadCall(f"The question has {len(question):,} characters; at most {LONGEST:,}. Ask it alone.")
    result, receipt = asyncio.run(_ask(args, settings, question))
    if args.json:
        shown = result.compact() | (
            {"receipt": receipt.model_dump(mode="json", exclude_none=True)} if args.explain else {}
        )
        sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
    else:
        _show(result)
        if args.explain:
            _explain(receipt)
    return 0


async def _ask(args: argparse.Namespace, settings: Settings, question: str) -> tuple[LookupResult, Receipt]:
    from server.app import opened

    async with opened(settings) as app:
        await study_first(app)
        result, receipt = await app.lookup(
            question, args.kind, args.about, args.since, max(60, min(args.max_tokens, 8_000)), "", "cli"
        )
    return result, receipt


async def study_first(app: App) -> None:
    """Run a first shift, with bars, over a repository that nothing is known of."""
    if await app.studied():
        return
    sys.stderr.write("forethought: nothing is studied here yet; this takes a moment, once\n")
    report = await app.first_shift(bars=sys.stderr.isatty())
    sys.stderr.write(f"forethought: {report.summary()}\n")


def _show(result: LookupResult) -> None:
    from server.show import lines_of, markdown

    if result.answer:
        markdown(result.answer)
    for card in result.head_start:
        markdown(card.summary)
    blank = "\n" if result.answer or result.head_start else ""
    sys.stdout.write(blank + "\n".join(lines_of(result)) + "\n")


def _explain(receipt: Receipt) -> None:
    write = sys.stdout.write
    write("\nunderstood\n")
    for reading in receipt.readings:
        write(f"  {reading['score']:.2f}  {reading['key']}  ({'; '.join(reading['why'])})\n")
    for note in receipt.notes:
        write(f"  {note}\n")
    if receipt.similarity is not None:
        write(f"  the nearest stored question is like it by {receipt.similarity}\n")
    if receipt.refused:
        write("stored questions that were considered and refused\n")
    for one in receipt.refused:
        write(f'  {one["nearness"]:.2f}  "{one["question"]}"  ({one["why"]})\n')
    write("checked\n")
    for one in receipt.checked:
        was, now = one["then"][:8], one["now"][:8]
        state = f"same    {was} = {now}" if one["fresh"] else f"CHANGED {was} → {now}"
        write(f"  {state:<30}{one['kind']:<8}{one['subject']}  ({one['how']})\n")
    write("took\n")
    write("  " + ", ".join(f"{name} {spent:g} ms" for name, spent in receipt.timings_ms.items()) + "\n")
