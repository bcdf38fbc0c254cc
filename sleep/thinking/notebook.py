"""The notebook: every thought from before it is sent until long after it was published, one file each.

    sent -> answered | lost          lost: the answer never came, and nobody knows whether it was billed

A thought is written before its request goes out and before its reply is used, each time flushed to the disk. So a kill at any
moment loses no reply that arrived, and nothing is asked (and paid for) twice: an ask that is in the notebook is not sent again.
What it cost is `sleep/thinking/budget.py`; what of it may be believed, `sleep/thinking/verify.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import Field

from sleep.thinkers.thinker import Ask, Reply
from store.words import Word, digest_of, now

if TYPE_CHECKING:
    from pathlib import Path

    from store.home import Home

State = Literal["sent", "answered", "lost"]

STATES: tuple[State, ...] = get_args(State)


class Thought(Word):
    """One ask and what came of it. `batch` is the journalled batch that it was sent with, if any."""

    ask: Ask
    state: State
    thinker: str
    batch: str = ""
    at: datetime = Field(default_factory=now)
    reply: Reply | None = None


class Notebook:
    """The thoughts of one store."""

    def __init__(self, home: Home) -> None:
        self.folder = home.folder / "thinking"

    def get(self, ask_id: str) -> Thought | None:
        """The thought of an ask; None where it never was asked (or was forgotten)."""
        # A crash between writing the later state and removing the earlier leaves both: the later counts.
        found = (_read(self._path(ask_id, state)) for state in ("answered", "lost", "sent"))
        return next((thought for thought in found if thought), None)

    def put(self, thought: Thought) -> None:
        """Have it on disk when this returns, whole or not at all."""
        write_whole(self._path(thought.ask.id, thought.state), thought.model_dump_json().encode())
        for state in STATES:
            if state != thought.state:
                self._path(thought.ask.id, state).unlink(missing_ok=True)

    def drop(self, ask_id: str) -> None:
        """As if it had never been asked."""
        for state in STATES:
            self._path(ask_id, state).unlink(missing_ok=True)

    def all(self, *states: State) -> Iterator[Thought]:
        """Every thought in one of these states (all, if none is given), in no order."""
        for state in states or STATES:
            for path in sorted((self.folder / state).glob("*.json")):
                thought = _read(path)
                if thought is not None:
                    yield thought

    def _path(self, ask_id: str, state: State) -> Path:
        # Model ids have colons and slashes in them.
        return self.folder / state / f"{digest_of(ask_id)}.json"


def _read(path: Path) -> Thought | None:
    try:
        return Thought.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it is the old one or the new one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
