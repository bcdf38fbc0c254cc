"""What a person typed in the sessions of Claude Code about this repository: read by offset, each turn once.

The format is undocumented and changes, so whatever does not look like something typed is passed over. A line that is no JSON is
counted, one that is too long is not even held. What a turn means is `questions.py` and `corrections.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from store.encoding import clean
from store.words import digest_of, now

LONGEST = 8_000
"""Characters of a turn; a longer one is a document that somebody pasted."""

_BYTES = 64_000_000
"""Of all sessions in one shift; the rest is read with the next."""

_PIECE = 4_000_000
"""Of one line; a longer one holds a picture or a tool's output."""

_MARK = 512
"""Bytes before the place up to which a file was read: if they are others now, it is another file."""

_AGENTS = ("isMeta", "isSidechain", "isCompactSummary", "isVirtual", "isVisibleInTranscriptOnly", "textNotTyped")
"""Flags of records that no person typed."""

_TYPED = (None, "human", "sdk")
"""`turnOrigin` of what a person typed; others are schedules, notifications, other agents."""

_BESIDE = re.compile(r"<(system-reminder|ide_\w+|user-prompt-submit-hook)\b[^>]*>.*?</\1>", re.DOTALL)
"""What the client puts beside a person's words."""

_NOT_TYPED = re.compile(
    r"<(command-name|command-message|command-args|local-command-stdout|local-command-stderr|local-command-caveat|bash-input"
    r"|bash-stdout|bash-stderr|system-reminder|task-notification|user-prompt-submit-hook|user-memory-input|teammate-message)\b"
)
_SUMMARY = "This session is being continued from a previous conversation"
_STOPPED = "[Request interrupted by user"
_IMAGE = re.compile(r"\[Image #\d+\]")
_REFUSED = re.compile(
    r"The user doesn't want to proceed with this tool use\..*?the user said:\n(.*?)(?:\n\nNote: The user's next message.*)?$",
    re.DOTALL,
)
"""A tool that the user refused to have run, and what they said instead."""


class Turn(NamedTuple):
    """Something that a person typed. `acted`: the agent had done or said something before; `stopped`: it was made to stop."""

    id: str
    at: datetime
    session: str
    text: str
    acted: bool = False
    stopped: bool = False


class Place(NamedTuple):
    """How far a file was read, and the digest of what stands before that place."""

    end: int = 0
    mark: str = ""


class Read(NamedTuple):
    """The turns that are new, how far each file has been read now, and the lines that could not be read."""

    turns: list[Turn]
    places: dict[str, Place]
    malformed: int = 0
    too_long: int = 0


def folder_of(root: Path, environ: Mapping[str, str]) -> Path:
    """Where Claude Code keeps the sessions of a folder."""
    config = Path(environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")
    return config / "projects" / re.sub(r"[^A-Za-z0-9]", "-", str(root))


def read_new(folder: Path, places: Mapping[str, Place], root: Path | None = None) -> Read:
    """The turns since last time, of `root` alone: folders whose names differ in a dash share theirs.

    A file that is another one than last time is read from its start; a line without an end waits.
    """
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix == ".jsonl" and p.is_file() and not p.is_symlink())
    except OSError:
        return Read([], dict(places))
    turns: list[Turn] = []
    reached: dict[str, Place] = {}
    budget, malformed, too_long = _BYTES, 0, 0
    for path in files:
        start = end = 0
        try:
            start = end = _same(path, places.get(path.name, Place()))
            session = _Session(path.stem, acted=start > 0, root=root)
            for data, end in _lines(path, start, min(budget, path.stat().st_size - start)):  # noqa: B007
                too_long += data is None
                malformed += data is not None and not session.see(data)
            turns += session.turns
            reached[path.name] = Place(end, _mark(path, end))
        except OSError:
            reached[path.name] = places.get(path.name, Place())
        budget -= end - start
    return Read(turns, reached, malformed, too_long)


def _same(path: Path, place: Place) -> int:
    """Where to go on in a file: where it was left, or at the start if it is not what it was."""
    if place.end > path.stat().st_size or place.mark != _mark(path, place.end):
        return 0
    return place.end


def _mark(path: Path, end: int) -> str:
    with path.open("rb") as file:
        file.seek(max(0, end - _MARK))
        return digest_of(file.read(min(end, _MARK)))


def _lines(path: Path, start: int, budget: int) -> Iterator[tuple[bytes | None, int]]:
    """Whole lines from an offset on, each with the offset behind it; None for one that is too long."""
    with path.open("rb") as file:
        file.seek(start)
        end = start
        while end - start < budget and (line := file.readline(_PIECE)):
            whole = line.endswith(b"\n")
            if not whole and len(line) < _PIECE:
                return
            length = len(line)
            while line and not line.endswith(b"\n"):
                line = file.readline(_PIECE)
                length += len(line)
            if not line:
                return  # it may yet grow: whole or not, it is met again
            end += length
            yield (line if whole else None), end


class _Session:
    """One file, line by line: what was typed, and what the agent had done by then."""

    def __init__(self, name: str, *, acted: bool, root: Path | None) -> None:
        self.turns: list[Turn] = []
        self._name, self._acted, self._stopped, self._root = name, acted, False, root

    def see(self, line: bytes) -> bool:
        """Take one line in; False if it is no record at all."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return not line.strip()
        if not isinstance(record, dict):
            return False
        if self._here(record):
            self._take(record)
        return True

    def _here(self, record: Mapping[str, Any]) -> bool:
        """Whether the session was at work in this repository: an agent may go into its folders, and back."""
        cwd = record.get("cwd")
        if self._root is None or not isinstance(cwd, str):
            return True
        return Path(cwd).is_relative_to(self._root)

    def _take(self, record: Mapping[str, Any]) -> None:
        if record.get("type") == "assistant" and not record.get("isSidechain"):
            self._acted = True
        typed = typed_in(record)
        if typed is None:
            return
        text, stopped = typed
        self._stopped = self._stopped or stopped
        if text:
            session = str(record.get("sessionId") or self._name)[:80]
            self.turns.append(
                Turn(_id(record, session, text), _time(record), session, text, self._acted, self._stopped)
            )
            self._stopped = False


def typed_in(record: Mapping[str, Any]) -> tuple[str, bool] | None:
    """What a person typed, by one record, and whether they stopped the agent with it; None for everything else there is."""
    if any(record.get(flag) for flag in _AGENTS):
        return None
    if record.get("type") == "attachment":
        return _queued(record.get("attachment"))
    message = record.get("message")
    if record.get("type") != "user" or not isinstance(message, dict) or record.get("turnOrigin") not in _TYPED:
        return None
    refused = _refused(message.get("content"))
    if refused is not None:
        return _words(refused), True
    if record.get("toolUseResult"):
        return None
    text = _text(message.get("content"))
    if text is None:
        return None
    return ("", True) if text.startswith(_STOPPED) else (_words(text), False)


def _queued(attachment: object) -> tuple[str, bool] | None:
    """What was typed while the agent was at work."""
    if not isinstance(attachment, dict) or attachment.get("type") != "queued_command" or attachment.get("isMeta"):
        return None
    origin = attachment.get("origin")
    by = origin.get("kind") if isinstance(origin, dict) else None
    mode = attachment.get("commandMode", "prompt")
    if by not in (None, "human", "composer") or mode != "prompt" or attachment.get("forwardedIntent"):
        return None
    text = _text(attachment.get("prompt"))
    return None if text is None else (_words(text), False)


def _refused(content: object) -> str | None:
    """What a person said when they refused to have a tool run: it stands in the tool's result."""
    parts = [p for p in content if isinstance(p, dict)] if isinstance(content, list) else []
    for part in parts:
        said = part.get("content") if part.get("type") == "tool_result" and part.get("is_error") else None
        said = _text(said) if isinstance(said, list) else said
        if isinstance(said, str) and (match := _REFUSED.match(said)):
            return match[1]
    return None


def _text(content: object) -> str | None:
    """The text of a message; None where a tool's result is among it."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts: list[Any] = [part for part in content if isinstance(part, dict)]
    if any(part.get("type") == "tool_result" for part in parts):
        return None
    return "\n".join(p["text"] for p in parts if p.get("type") == "text" and isinstance(p.get("text"), str))


def _words(text: str) -> str:
    """A person's own words; "" where there are none: commands, what the client put in their place, documents."""
    text = clean(_IMAGE.sub("", _BESIDE.sub("", text[: 4 * LONGEST]))).strip()
    if len(text) > LONGEST or _NOT_TYPED.search(text) or text.startswith((_SUMMARY, "/", "!", "#")):
        return ""
    return text


def _id(record: Mapping[str, Any], session: str, text: str) -> str:
    """The same for the same turn in a copy of a session, which is what resuming one elsewhere makes."""
    when = record.get("timestamp")
    return "transcript-" + digest_of(f"{when} {text}" if when else f"{session} {record.get('uuid')} {text}")[:20]


def _time(record: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(str(record.get("timestamp")))
    except ValueError:
        return now()
    return at if at.tzinfo else now()
