"""The journal of message batches: written before the request that creates one, so that its results are found whatever happens.

    intended -> created -> collected        intended: nobody knows yet whether the service has it

Sending and collecting is `anthropic_batches.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sleep.thinking.notebook import write_whole
from store.words import Word, digest_of, now

if TYPE_CHECKING:
    from store.home import Home


class Intent(Word):
    """One batch: the asks in it, and the service's name for it once that is known."""

    id: str
    asks: tuple[str, ...]
    state: Literal["intended", "created", "collected"] = "intended"
    batch: str = ""
    at: datetime = Field(default_factory=now)

    @property
    def by_custom_id(self) -> dict[str, str]:
        """Which ask each result belongs to."""
        return {custom_id(ask): ask for ask in self.asks}


class Journal:
    """The batches of one store."""

    def __init__(self, home: Home) -> None:
        self._folder = home.folder / "thinking" / "batches"

    def put(self, intent: Intent) -> None:
        """Have it on disk when this returns."""
        write_whole(self._folder / f"{intent.id}.json", intent.model_dump_json().encode())

    def drop(self, intent: Intent) -> None:
        """The service never had it."""
        (self._folder / f"{intent.id}.json").unlink(missing_ok=True)

    def all(self) -> Iterator[Intent]:
        """Every batch, oldest first."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                found.append(Intent.model_validate_json(path.read_bytes()))
            except (FileNotFoundError, ValueError):
                continue
        yield from sorted(found, key=lambda i: i.at)


def custom_id(ask_id: str) -> str:
    """The name of an ask inside a batch: never a path, always of the form that the service takes."""
    return f"t-{digest_of(ask_id)}"
