"""What the local Anthropic server bills: tokens, the prompt cache, prices; by this file's own arithmetic, not the product's.

The server: `anthropic_server.py`.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

CACHE_MINIMUM = 1024


@dataclass
class Bill:
    """What one answer was billed for."""

    model: str
    usage: dict[str, int]
    batch: bool
    usd: float


# Dollars per million tokens, from the published list and not from the product: input, output, 5 minute write, 1 hour write, read.
_PRICES = {
    "claude-haiku-5-5": (0.10, 0.50, 0.125, 0.20, 0.01),
    "claude-sonnet-5-5": (2, 10, 2.5, 4, 0.10),
    "claude-opus-5-5": (4, 20, 5, 8, 0.20),
    "claude-haiku-4-5": (1, 5, 1.25, 2, 0.10),
}


def price(model: str, usage: dict[str, int], *, batch: bool) -> float:
    """What an answer costs."""
    factor = 0.5 if batch else 1.0
    prompt = usage["input_tokens"] + usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"]
    if model == "claude-haiku-5-5" and prompt > 100_000:
        factor *= 5
    rates = _PRICES.get(model, (0, 0, 0, 0, 0))
    amounts = (
        usage["input_tokens"],
        usage["output_tokens"],
        usage["cache_creation_input_tokens"],
        0,
        usage["cache_read_input_tokens"],
    )
    return factor * sum(a * r for a, r in zip(amounts, rates, strict=True)) / 1e6


def tokens(body: dict[str, Any]) -> int:
    """A tokenizer that is always the same: four bytes to a token."""
    parts = [body.get("system") or "", json.dumps(body.get("output_config") or {})]
    for message in body["messages"]:
        content = message["content"]
        parts += [content] if isinstance(content, str) else [b.get("text", "") for b in content]
    return max(1, sum(len(str(p).encode()) for p in parts) // 4)


class PromptCache:
    """A cache of prefixes that works as the real one does (five minutes)."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def usage(self, body: dict[str, Any]) -> dict[str, int]:
        """Prompt tokens: new, written to the cache, read from it."""
        total = tokens(body)
        prefix = json.dumps([body["model"], body.get("system"), body.get("output_config")], sort_keys=True)
        written = read = 0
        for message in body["messages"]:
            for block in message["content"] if isinstance(message["content"], list) else []:
                prefix += block.get("text", "")
                size = len(prefix.encode()) // 4
                if "cache_control" in block and size >= CACHE_MINIMUM:
                    key = hashlib.sha256(prefix.encode()).hexdigest()
                    if self._until.get(key, 0) > time.monotonic():
                        read, written = size, 0
                    else:
                        written = size - read
                    self._until[key] = time.monotonic() + 300
        return {
            "input_tokens": max(total - read - written, 0),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
        }
