"""The till that every thinker pays at: reservation, notebook and bill in the one order that survives a kill at any point.

    open    reserve the worst case, then write the thought down, then (and only then) may the request go out
    take    write the reply down, then settle
    lose    nobody knows whether it was billed: write it off as lost, charge the worst case
    undo    certainly not billed: as if it had not been asked

The parts are `sleep/thinking/budget.py`, `sleep/thinking/notebook.py` and `sleep/thinking/prices.py`.
"""

from __future__ import annotations

from decimal import Decimal

from sleep.thinkers.thinker import Ask, Ended, Reply
from sleep.thinking.budget import Budget
from sleep.thinking.notebook import Notebook, Thought
from sleep.thinking.prices import FREE, Price, Prices, Usage

OVERHEAD = 1_500
"""Tokens that a service adds to a prompt of its own: the schema's grammar, system text."""

CANARY_TOKENS = 500
"""What the first small request to a model is taken to cost at most, in prompt tokens."""


class Dearer(Exception):
    """A bill was higher than the worst case that had been announced: nothing more is sent to that model tonight."""


class Till:
    """Paid with by one thinker. `priced` is False for a model of the user's own, which costs nothing."""

    def __init__(self, notebook: Notebook, budget: Budget, prices: Prices, *, priced: bool = True) -> None:
        self.notebook, self.budget = notebook, budget
        self._prices, self._priced = prices, priced

    def worst(self, ask: Ask, prompt: int, *, batch: bool = False) -> Decimal:
        """The most that an ask can cost. Raises UnknownModel."""
        return self._price(ask.model).worst(prompt, ask.max_tokens, batch=batch)

    def check(self, model: str) -> None:
        """Raises UnknownModel for one without a price."""
        self._price(model)

    def open(self, ask: Ask, thinker: str, prompt: int, *, batch: str = "") -> None:
        """Raises OverBudget, and then nothing may be sent."""
        self._forget_unsent(ask.id)
        usd = self.worst(ask, prompt, batch=bool(batch))
        self.budget.reserve(ask.id, ask.model, usd, prompt + ask.max_tokens)
        self.notebook.put(Thought(ask=ask, state="sent", thinker=thinker, batch=batch))

    def take(
        self, ask: Ask, thinker: str, ended: Ended, text: str, model: str, usage: Usage | None,
        *, batch: str = "", note: str = "",
    ) -> Reply:  # fmt: skip
        """The reply has come. Raises Dearer after it is safe."""
        usd, announced = self._billed(ask.model, model, usage, batch=bool(batch))
        reply = Reply(ask=ask.id, ended=ended, text=text, model=model, usage=usage, usd=usd, note=note)
        self.notebook.put(Thought(ask=ask, state="answered", thinker=thinker, batch=batch, reply=reply))
        if usage is None:
            self.budget.charge(ask.id)
        elif usd > announced:
            self.budget.dearer(ask.id, usd, usage)
            raise Dearer(f"{model} answered for {ask.model}, and it is dearer: ${usd:.4f} instead of ${announced:.4f}")
        elif not self.budget.settle(ask.id, usd, usage):
            raise Dearer(f"{model or ask.model} billed ${usd:.4f}, more than the request could cost at its price")
        return reply

    def lose(self, ask: Ask, thinker: str, note: str, *, batch: str = "") -> None:
        """The reply will not come."""
        reply = Reply(ask=ask.id, ended="unusable", note=note)
        self.notebook.put(Thought(ask=ask, state="lost", thinker=thinker, batch=batch, reply=reply))
        self.budget.charge(ask.id)

    def refuse(self, ask: Ask, thinker: str, note: str, *, batch: str = "") -> None:
        """It was not billed, and would not do another time either."""
        reply = Reply(ask=ask.id, ended="unusable", note=note)
        self.notebook.put(Thought(ask=ask, state="answered", thinker=thinker, batch=batch, reply=reply))
        self.budget.release(ask.id)

    def undo(self, ask: Ask) -> None:
        """It was refused before any work was done."""
        self.budget.release(ask.id)
        self.notebook.drop(ask.id)

    def recover(self, thinker: str) -> int:
        """Put right what a killed process left: bills that were not settled, requests whose answer nobody will get. How many
        are lost.
        """
        for thought in self.notebook.all("answered"):
            reply = thought.reply
            if reply and reply.usage and self.budget.state(thought.ask.id) == "reserved":
                self.budget.settle(thought.ask.id, reply.usd, reply.usage)
        lost = [t for t in self.notebook.all("sent") if t.thinker == thinker and not t.batch]
        for thought in lost:
            self.lose(thought.ask, thinker, "the process ended while it waited for the answer")
        return len(lost)

    # -- the first request to a model --------------------------------------------------------------------------------------

    def open_canary(self, key: str, model: str, output: int) -> None:
        """Reserve for the first, tiny request to a model that has not proven its price: at the dearest price there is."""
        usd = self._prices.dearest(CANARY_TOKENS, output) if self._priced else Decimal(0)
        self.budget.reserve(key, model, usd, CANARY_TOKENS + output)

    def take_canary(self, key: str, announced: str, model: str, output: int, usage: Usage | None) -> None:
        """Raises Dearer if the bill is not what the announced price says."""
        if usage is None:
            self.budget.charge(key)
            raise Dearer(f"{announced} does not tell what it bills")
        usd, expected = self._billed(announced, model, usage, batch=False)
        if usd > expected or usage.prompt > CANARY_TOKENS or usage.output > output:
            self.budget.dearer(key, usd, usage)
            raise Dearer(
                f"{model} billed ${usd:.5f} for a tiny request to {announced}: more than it could cost at its price"
            )
        self.budget.settle(key, usd, usage)

    def _price(self, model: str) -> Price:
        return self._prices.of(model) if self._priced else FREE

    def _billed(self, asked: str, model: str, usage: Usage | None, *, batch: bool) -> tuple[Decimal, Decimal]:
        """What an answer cost, by the model that it says it is from; and what it would have by the model that was asked."""
        if not self._priced or usage is None:
            return Decimal(0), Decimal(0)
        return self._prices.billed(asked, model, usage, batch=batch), self._price(asked).cost(usage, batch=batch)

    def _forget_unsent(self, ask_id: str) -> None:
        """A reservation without a thought was never followed by a request: the process ended in between."""
        if self.budget.state(ask_id) == "reserved" and self.notebook.get(ask_id) is None:
            self.budget.release(ask_id)
