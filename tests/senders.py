"""Asks and thinkers for the tests, without what a test runner brings in: child processes that are killed start with this too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from sleep.thinkers.anthropic_batches import AnthropicBatches
from sleep.thinkers.anthropic_live import AnthropicLive
from sleep.thinkers.endpoint import Endpoint
from sleep.thinkers.journalled import Journal
from sleep.thinkers.sending import Sending
from sleep.thinkers.thinker import Ask, Reply
from sleep.thinkers.till import Till
from sleep.thinking.budget import Budget
from sleep.thinking.notebook import Notebook
from sleep.thinking.pack import Block, Pack
from sleep.thinking.prices import Prices
from sleep.thinking.prompt import thinking
from store.home import Home
from store.words import Evidence, digest_of

MODEL = "claude-haiku-5-5"


class Server(Protocol):
    """Where a thinker sends to."""

    url: str


def ask(
    name: str = "a", *, text: str = "def f():\n    return 1", model: str = MODEL, long: bool = False, **more: Any
) -> Ask:
    block = Block(entity=f"{name}.py::f", start=1, text=text)
    rests_on = (Evidence(kind="span", subject=block.entity, digest=digest_of(text)),)
    made = thinking(Pack(subject=f"{name}.py", blocks=(block,), evidence=rests_on), "all", model, **more)
    return made.model_copy(update={"max_tokens": 12_000}) if long else made


class Waits:
    """Takes the place of waiting, and remembers it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def till(home: Home, usd: str = "1.00", **more: Any) -> Till:
    return Till(Notebook(home), Budget(home, Decimal(usd)), Prices(), **more)


def live(home: Home, server: Server, usd: str = "1.00", **more: Any) -> AnthropicLive:
    return AnthropicLive(till(home, usd), base_url=server.url, pause=more.pop("pause", Waits()), **more)


def batches(home: Home, server: Server, usd: str = "1.00", **more: Any) -> AnthropicBatches:
    more = {"unconfirmed": timedelta(0), "pause": Waits(), **more}
    return AnthropicBatches(till(home, usd), Journal(home), base_url=server.url, **more)


def endpoint(home: Home, server: Server, **more: Any) -> Endpoint:
    return Endpoint(till(home, priced=False), base_url=server.url, token="local", pause=Waits(), **more)


async def replies(thinker: Sending, asks: Sequence[Ask]) -> list[Reply]:
    return [reply async for reply in thinker.think(asks)]


def cents(amount: Any) -> Decimal:
    """To a millionth of a cent: what is left of the server's floats below that is nothing."""
    return round(Decimal(amount), 8)
