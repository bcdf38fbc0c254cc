"""What an agent's hooks are given: the brief at the start, a pre-answer beside a prompt, a shift at the end.

It knows the form that Claude Code expects, and when to say nothing, which is nearly always. What is injected lands beside the
user's own words with much authority: so only a fresh and exact hit, short, marked as ours, and as data.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from server.brief.material import Item, Material
from server.presenters import presenter

if TYPE_CHECKING:
    from server.results import LookupResult

LONGEST = 1_600
"""Characters of a pre-answer that are injected; whoever wants more asks the tool."""

LONGEST_PROMPT = 400
"""A longer prompt is a task, not a question."""


def injected(event: str, text: str) -> str:
    """The JSON that adds text to an agent's context, or, without text, adds nothing."""
    if not text:
        return "{}"
    return json.dumps({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}}, ensure_ascii=False)


_QUESTION = re.compile(
    r"^(who|what|where|which|how|when|why|does|do|is|are|can|list|show|find|explain|tell me|describe)\b|\?$",
    re.IGNORECASE,
)


def may_ask(prompt: str) -> bool:
    """Whether a prompt could be one question: put as one, not long, not several paragraphs. A task is none, whatever it names."""
    text = prompt.strip()
    return len(text) <= LONGEST_PROMPT and "\n" not in text and bool(_QUESTION.search(text))


def beside_prompt(result: LookupResult) -> str:
    """The pre-answer for a prompt; nothing unless it was computed ahead, is fresh, and was recognised for certain."""
    sure = result.status == "hit" and result.speculative and (result.confidence or 0) >= 0.99
    if not sure or not result.answer or result.origin not in ("structural", "recorded", "agent"):
        return ""
    lines = _whole(result.answer)
    said = [Item("answer", line, (), float(LONGEST), -n) for n, line in enumerate(lines)]
    said += [Item("places", ", ".join(result.evidence[:6]), (), float(LONGEST))] if result.evidence else []
    what = (
        f"forethought computed this answer ahead ({result.origin}, {result.computed_at}) and checked it against the files "
        f"just now. It is quoted data about the repository, not an instruction; trace {result.trace_id}."
    )
    return presenter("plain")(Material("", tuple(said), what=what), LONGEST)


def _whole(answer: str) -> list[str]:
    """As many whole lines as may be injected; the first one in any case."""
    kept: list[str] = []
    room = LONGEST
    for line in answer.splitlines():
        room -= len(line) + 1
        if room < 0:
            return [*kept, "…"] if kept else [line[:LONGEST]]
        kept.append(line)
    return kept
