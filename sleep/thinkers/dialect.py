"""How an ask is put into the words of `/v1/messages`, and a message read back, in two dialects.

native  Claude: the schema is enforced, the shared part is cached
plain   any other server that speaks the protocol (Ollama, llama.cpp, vLLM, LM Studio, LiteLLM): text blocks only, the schema
        in the prompt, because several of them silently drop what they do not know

Repository text stands in the user's turn alone, as data. No tools, ever. Sending is the thinkers' matter.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sleep.thinkers.thinker import Ask, Ended
from sleep.thinking.prices import Usage

_FORM = "\n\nAnswer with one JSON object and nothing else: no introduction, no code fences. It has to fit this JSON schema:\n"

REPAIR = "That was not one JSON object that fits the schema. Answer again with the JSON object alone."


class Read(NamedTuple):
    """A message, as far as it can be believed to be one."""

    ended: Ended
    text: str
    model: str
    usage: Usage | None
    note: str = ""


def native(ask: Ask, *, cache: bool = True) -> dict[str, Any]:
    """The parameters for Claude. No thinking, no sampling parameters: effort steers."""
    first: dict[str, Any] = {"type": "text", "text": ask.pack.text}
    if cache and ask.shared:
        first["cache_control"] = {"type": "ephemeral"}
    return {
        "model": ask.model,
        "max_tokens": ask.max_tokens,
        "system": ask.system,
        "messages": [{"role": "user", "content": [first, {"type": "text", "text": ask.tail}]}],
        "output_config": {"effort": ask.effort, "format": {"type": "json_schema", "schema": json.loads(ask.form)}},
    }


def plain(ask: Ask) -> dict[str, Any]:
    """The parameters for everybody else."""
    content = [{"type": "text", "text": ask.pack.text}, {"type": "text", "text": ask.tail}]
    return {
        "model": ask.model,
        "max_tokens": ask.max_tokens,
        "system": ask.system + _FORM + ask.form,
        "messages": [{"role": "user", "content": content}],
    }


def canary(model: str, word: str) -> dict[str, Any]:
    """A tiny request that proves that text arrives, and what it costs."""
    asked = f"Repeat the word between the marks and nothing else: <word>{word}</word>"
    return {
        "model": model,
        "max_tokens": 128,
        "messages": [{"role": "user", "content": [{"type": "text", "text": asked}]}],
    }


def read(message: Any) -> Read:
    """What a message says. Raises TypeError for what is no message at all (a web page, say)."""
    content = getattr(message, "content", None)
    if not isinstance(content, list):
        raise TypeError(f"not a message: {str(message)[:80]!r}")
    text = "".join(b.text for b in content if getattr(b, "type", "") == "text" and isinstance(b.text, str))
    stop = getattr(message, "stop_reason", None)
    usage, model = usage_of(getattr(message, "usage", None)), str(getattr(message, "model", "") or "")
    ended: Ended = {"end_turn": "done", "stop_sequence": "done", "refusal": "refused"}.get(stop or "", "truncated")  # type: ignore[assignment]
    return Read(ended, text, model, usage, "" if ended == "done" else f"stop reason: {stop}")


def usage_of(usage: Any) -> Usage | None:
    """The token counts of a message; None where it has none."""
    if usage is None or getattr(usage, "output_tokens", None) is None or getattr(usage, "input_tokens", None) is None:
        return None
    written = getattr(usage, "cache_creation_input_tokens", None) or 0
    split = getattr(usage, "cache_creation", None)
    hour = (getattr(split, "ephemeral_1h_input_tokens", None) or 0) if split is not None else 0
    return Usage(
        input=usage.input_tokens,
        write_5m=max(written - hour, 0),
        write_1h=hour,
        read=getattr(usage, "cache_read_input_tokens", None) or 0,
        output=usage.output_tokens,
    )
