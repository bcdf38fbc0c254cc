"""Asking a model, asleep and awake: the prompts, the five budgets, and a desk that pays for nothing twice and never too much.

Not here: what is asked of whom (`experiment.py`).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from sleep.thinkers import client as wire
from sleep.thinkers.dialect import read
from sleep.thinking.prices import FREE, Price, Prices

ASLEEP = """\
You are given a context, and nobody has asked anything yet. Work ahead: questions about it will come, and whoever answers \
them will have \
little time. Derive every quantity and every conclusion that is likely to be needed, step by step, and write each down with \
its value. \
End with a list of the questions that you expect, each on a line that begins with "Q: "."""

AWAKE = (
    "Answer the question about the context. Notes made beforehand may be given: consult them first, and do not work out again"
    " what they hold."
)

LEVELS = (
    (64, 'Reply with one sentence: "The answer is N." Nothing else.'),
    (128, "Reply with one short sentence of reasoning at most, then: The answer is N."),
    (256, "Reply with two short sentences of reasoning at most, then: The answer is N."),
    (768, "Reason as much as is needed and no more, then end with: The answer is N."),
    (2048, "Reason step by step, check every number that you use, then end with: The answer is N."),
)
"""The five budgets: tokens at most, and how much reasoning is asked for."""

SLEEP_TOKENS = 4096


class Said(NamedTuple):
    """One answer and the tokens that it cost."""

    text: str
    prompt: int
    output: int


class Broke(Exception):
    """The budget is used up. Everything that was paid for is kept."""


class Desk:
    """Asks a model through the same client as the product: no retries behind our back, secrets out, nothing without a
    reservation.
    """

    def __init__(self, client: Any, model: str, out: Path, *, budget_usd: Decimal | None, at_once: int = 4) -> None:
        self._client, self.model = client, model
        self._price: Price = Prices().of(model) if budget_usd is not None else FREE
        self._left = budget_usd or Decimal(0)
        self._path = out / "calls.jsonl"
        self._known: dict[str, Said] = {}
        self._turns = asyncio.Semaphore(at_once)
        self.usd = Decimal(0)
        self.calls = 0
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                try:
                    raw = json.loads(line)
                except ValueError:  # torn by a kill
                    continue
                self._known[raw["key"]] = Said(*raw["said"])

    async def asleep(self, context: str, sample: int) -> Said:
        """One set of notes on a context."""
        return await self._ask(ASLEEP, f"<context>\n{context}\n</context>", SLEEP_TOKENS, sample)

    async def awake(self, context: str, question: str | None, level: int, notes: tuple[str, ...] = ()) -> Said:
        """The answer to a question; without one, a guess at what will be asked and its answer."""
        tokens, how = LEVELS[level]
        noted = "".join(f"\n<notes>\n{text}\n</notes>" for text in notes)
        asked = (
            f"Question: {question}"
            if question
            else "The question was not passed on. Guess the likeliest one and answer it."
        )
        return await self._ask(AWAKE, f"<context>\n{context}\n</context>{noted}\n{asked}\n{how}", tokens, 0)

    async def _ask(self, system: str, text: str, tokens: int, sample: int) -> Said:
        key = hashlib.sha256(json.dumps([self.model, system, text, tokens, sample]).encode()).hexdigest()
        if key not in self._known:
            async with self._turns:
                self._known[key] = await self._paid(key, system, text, tokens)
        return self._known[key]

    async def _paid(self, key: str, system: str, text: str, tokens: int) -> Said:
        worst = self._price.worst((len(system) + len(text)) // 2 + 500, tokens)
        if worst > self._left:
            raise Broke(f"${self._left:.4f} is left and the next answer could cost ${worst:.4f}")
        self._left -= worst
        params = {
            "model": self.model,
            "max_tokens": tokens,
            "system": system,
            "messages": [{"role": "user", "content": text}],
        }
        message = await self._sent(params)
        if message.usage is None:
            raise Broke("the server does not tell what it bills")
        usd = self._price.cost(message.usage)
        self._left += worst - usd
        self.usd += usd
        self.calls += 1
        said = Said(message.text, message.usage.prompt, message.usage.output)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "said": said}) + "\n")
        return said

    async def _sent(self, params: dict[str, Any]) -> Any:
        for attempt in range(wire.ATTEMPTS):
            try:
                with wire.reserved():
                    return read(await self._client.messages.create(**params))
            except Exception as error:
                trouble = wire.trouble(error, attempt)
                if trouble.kind != "again" or attempt + 1 == wire.ATTEMPTS:
                    raise Broke(trouble.note) from error
                await asyncio.sleep(trouble.wait_s)
        raise AssertionError("unreachable")
