"""Results on a terminal: markdown rendered for a person, plain where the output is piped. JSON is the commands' own matter."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.results import LookupResult


def markdown(text: str) -> None:
    """Write markdown to stdout: rendered on a terminal, as it is into a pipe."""
    if not sys.stdout.isatty():
        sys.stdout.write(text + "\n")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))


def lines_of(result: LookupResult) -> list[str]:
    """What a person wants to know about an answer besides it."""
    lines = []
    if result.status == "hit":
        why = f"; {result.predicted_because}" if result.predicted_because else ""
        lines.append(f"answered ahead ({result.origin}), {result.computed_at}, verified fresh just now{why}")
    elif result.status == "computed":
        lines.append("worked out just now from the index")
    elif result.status == "candidates":
        lines.append("several things may be meant: ask again, naming one (--kind, --about)")
    else:
        begin = "; begin with the cards above" if result.head_start else ""
        lines.append(result.note or f"no answer to that here{begin}")
    lines += result.learnt
    if result.evidence:
        lines.append("evidence: " + ", ".join(result.evidence))
    return lines
