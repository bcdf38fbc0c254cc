"""How a word of the vocabulary becomes the text that is stored, and comes back. Rows of the index: `store/source/record.py`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from pydantic_core import PydanticSerializationError

if TYPE_CHECKING:
    from store.words import Word

W = TypeVar("W", bound="Word")


def encode(word: Word) -> str:
    """The word as one line of JSON. Half a surrogate pair, which is no character, becomes "?": a client may send one."""
    try:
        return word.model_dump_json()
    except PydanticSerializationError:
        text = json.dumps(word.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace").decode("utf-8")


def decode(model: type[W], text: str) -> W:
    """The word of a stored text. Raises pydantic.ValidationError (a ValueError) on one that does not fit."""
    return model.model_validate_json(text)
