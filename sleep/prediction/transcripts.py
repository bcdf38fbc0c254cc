"""Past sessions as a signal, if the user switched it on: what was typed to Claude Code here, understood and redacted.

Read by offset, so that a session is read once while it grows; the format is undocumented, so whatever does not look like a
prompt is passed over. Only questions are kept, as `Asked` words in the store: no reply, no tool's output, nothing that we
injected. What they mean is `store/question/understand.py`; what follows, `sleep/prediction/demand.py`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sleep.desk import Desk
from store.evidence import Sources
from store.question.find import Finder
from store.question.understand import understand
from store.secrets import redact
from store.words import Asked, digest_of, now

Whose = Literal["none", "claude-code"]

OFFSETS = "transcripts"
"""The name in `meta` of how far each session was read: {file name: bytes}."""

CLIENT = "claude-code transcript"
LONGEST = 400
"""Characters of a prompt that is a question; a longer one is a task, with pasted text in it."""

MOST = 2_000
"""Prompts that are taken in with one shift."""

_BYTES = 64_000_000
_PIECE = 4_000_000
_INJECTED = re.compile(
    r"<(command-name|command-message|local-command-stdout|system-reminder|task-notification|user-prompt-submit-hook)\b"
)
_SUMMARY = "This session is being continued from a previous conversation"


class Prompt(NamedTuple):
    """Something that a person typed."""

    id: str
    at: datetime
    session: str
    text: str


class Read(NamedTuple):
    """The prompts that are new, and how far each file has been read now."""

    prompts: list[Prompt]
    offsets: dict[str, int]


def folder_of(root: Path, environ: Mapping[str, str]) -> Path:
    """Where Claude Code keeps the sessions of a folder."""
    config = Path(environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")
    return config / "projects" / re.sub(r"[^A-Za-z0-9]", "-", str(root))


def read_new(folder: Path, offsets: Mapping[str, int]) -> Read:
    """The prompts since last time. A file that shrank is another one, and read from its start; a line without an end waits."""
    prompts: list[Prompt] = []
    reached: dict[str, int] = {}
    budget = _BYTES
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix == ".jsonl" and p.is_file() and not p.is_symlink())
    except OSError:
        return Read([], dict(offsets))
    for path in files:
        start = offsets.get(path.name, 0)
        try:
            size = path.stat().st_size
            start = 0 if size < start else start
            end = start
            for data, end in _lines(path, start, min(budget, size - start)):  # noqa: B007
                if (prompt := prompt_of(data, path.stem)) is not None:
                    prompts.append(prompt)
        except OSError:
            end = start
        reached[path.name] = end
        budget -= end - start
    return Read(prompts, reached)


def _lines(path: Path, start: int, budget: int) -> Iterator[tuple[bytes, int]]:
    """Whole lines from an offset on, each with the offset behind it."""
    with path.open("rb") as file:
        file.seek(start)
        end = start
        while end - start < budget and (line := file.readline(_PIECE)):
            if not line.endswith(b"\n"):
                if len(line) < _PIECE:
                    return
                while line and not line.endswith(b"\n"):  # too long to be a prompt: passed over
                    end += len(line)
                    line = file.readline(_PIECE)
                end += len(line)
                continue
            end += len(line)
            yield line, end


def prompt_of(line: bytes, session: str) -> Prompt | None:
    """The prompt in one line of a transcript; None for everything else there is."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or record.get("type") != "user":
        return None
    if any(record.get(flag) for flag in ("isMeta", "isSidechain", "isCompactSummary", "toolUseResult")):
        return None
    message = record.get("message")
    text = _text(message.get("content")) if isinstance(message, dict) else None
    if not text or len(text) > LONGEST or _INJECTED.search(text) or text.startswith((_SUMMARY, "/", "!", "#")):
        return None
    return Prompt(
        _id(record, text, session), _time(record.get("timestamp")), str(record.get("sessionId") or session)[:80], text
    )


def _text(content: object) -> str | None:
    """What was typed; None where a tool's result is among it."""
    if isinstance(content, str):
        return content.strip()
    if not isinstance(content, list):
        return None
    parts: list[Any] = [part for part in content if isinstance(part, dict)]
    if any(part.get("type") == "tool_result" for part in parts):
        return None
    return "\n".join(p["text"] for p in parts if p.get("type") == "text" and isinstance(p.get("text"), str)).strip()


def _id(record: Mapping[str, object], text: str, session: str) -> str:
    return "transcript-" + digest_of(f"{session} {record.get('uuid') or text}")[:20]


def _time(said: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return now()
    return at if at.tzinfo else now()


async def take_in(desk: Desk, sources: Sources, whose: Whose) -> list[Asked]:
    """Store the questions of the sessions since last time; what they were. Nothing where it is not switched on."""
    if whose == "none":
        return []
    folder = folder_of(sources.tree.root, os.environ)
    found = read_new(folder, _offsets(await desk.store.meta_get(OFFSETS)))
    finder = Finder(sources.index) if found.prompts else None
    asked: list[Asked] = []
    for prompt in found.prompts[-MOST:]:
        if not await desk.pace.turn():
            return []  # nothing is noted as read: the next shift begins where this one did
        question = redact(prompt.text)
        readings = understand(question, sources, finder)
        query = readings.readings[0].query if readings.certain and readings.readings else None
        if query is not None:
            asked.append(
                Asked(
                    id=prompt.id,
                    at=prompt.at,
                    question=question,
                    query=query,
                    status="recorded",
                    session=prompt.session,
                    client=CLIENT,
                )
            )
    await desk.store.add_queries(asked)
    await desk.store.meta_set(OFFSETS, json.dumps(found.offsets))
    desk.report.transcripts_read = len(asked)
    return asked


def _offsets(text: str | None) -> dict[str, int]:
    try:
        return {str(name): int(end) for name, end in json.loads(text or "{}").items()}
    except (ValueError, AttributeError, TypeError):
        return {}
