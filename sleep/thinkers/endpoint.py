"""Any other server that speaks `/v1/messages`: Ollama, llama.cpp, vLLM, LM Studio, LiteLLM. Plain text, no price, one at a time.

The user's Anthropic credentials are never sent to it. Before anything else a word is sent and has to come back: several such
servers drop what they do not understand without a word. The loop is that of `anthropic_live.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sleep.thinkers.anthropic_live import AnthropicLive
from sleep.thinkers.dialect import REPAIR, Read, plain
from sleep.thinkers.sending import read
from sleep.thinkers.thinker import Ask, Reply
from sleep.thinking.notes import readable
from sleep.thinking.prices import Usage

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic


class Endpoint(AnthropicLive):
    """See `Thinker`."""

    name = "endpoint"
    at_once = 1

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._proven: set[str] = set()

    async def _prove(self, client: AsyncAnthropic, model: str, *, always: bool = False) -> None:
        """Once for each shift: whether text arrives can change with any restart of a local server."""
        if model not in self._proven:
            await super()._prove(client, model, always=True)
            self._proven.add(model)

    async def _one(self, client: AsyncAnthropic, ask: Ask) -> Reply | None:
        params = plain(ask)
        await self._reserve(client, ask, params)
        return await self._answered(client, ask, params)

    async def _sent(self, client: AsyncAnthropic, ask: Ask, params: dict[str, Any]) -> Read:
        """One exchange, and one more where the first did not bring the form that was asked for."""
        first = read(await client.messages.create(**params))
        if first.ended != "done" or readable(first.text, ask.part):
            return first
        again = [
            *params["messages"],
            {"role": "assistant", "content": first.text or "-"},
            {"role": "user", "content": REPAIR},
        ]
        second = read(await client.messages.create(**{**params, "messages": again}))
        return second._replace(usage=_sum(first.usage, second.usage))


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    if one is None or other is None:
        return None
    return Usage(**{name: getattr(one, name) + getattr(other, name) for name in Usage.model_fields})
