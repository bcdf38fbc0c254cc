"""How a word of the vocabulary becomes the text that is stored, and comes back.

Rows of the index are encoded in `store/source/record.py`; columns beside the text are made in `store/columns.py`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic_core import PydanticSerializationError

from store.words import digest_of, now

if TYPE_CHECKING:
    from store.words import Word

W = TypeVar("W", bound="Word")


class Line(NamedTuple):
    """One entry of the journal or of a log: enough to store it without knowing its model. `body` is the model's JSON."""

    type: str
    id: str
    at: datetime
    body: str


def encode(word: Word) -> str:
    """The word as one line of JSON."""
    try:
        return word.model_dump_json()
    except PydanticSerializationError:
        return clean(json.dumps(word.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":")))


def decode(model: type[W], text: str) -> W:
    """The word of a stored text. Raises pydantic.ValidationError (a ValueError) on one that does not fit."""
    return model.model_validate_json(text)


def line_of(entry: Word) -> Line:
    """An entry with what it is known by: its id (or, where it has none, its content) and its time (or now)."""
    body = encode(entry)
    at = getattr(entry, "at", None) or getattr(entry, "created", None) or now()
    return Line(type(entry).__name__, str(getattr(entry, "id", "")) or digest_of(body), at, body)


def clean(text: str) -> str:
    """The text with "?" for every half of a surrogate pair. That is no character and cannot be stored, but clients send it."""
    return text.encode("utf-8", "replace").decode("utf-8")
