"""What a model costs: a dated table, the user's override of it, and the arithmetic from a bill's token counts to dollars.

Exact decimals throughout. How much may be spent is `sleep/thinking/budget.py`. A model that is in neither table is
refused: fail closed.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from store.errors import BadCall

AS_OF = date(2026, 11, 1)
"""When the table was last compared with the published prices. Prices change: --prices overrides any of it."""

MILLION = Decimal(1_000_000)
BATCH = Decimal("0.5")
"""Everything in a message batch costs half."""


class Usage(BaseModel):
    """The token counts of one answer, as the bill has them. `input` is what was neither written to nor read from a cache."""

    model_config = ConfigDict(frozen=True)

    input: int = Field(default=0, ge=0)
    write_5m: int = Field(default=0, ge=0)
    write_1h: int = Field(default=0, ge=0)
    read: int = Field(default=0, ge=0)
    output: int = Field(default=0, ge=0)

    @property
    def prompt(self) -> int:
        """All that was sent, cached or not."""
        return self.input + self.write_5m + self.write_1h + self.read

    @property
    def total(self) -> int:
        return self.prompt + self.output


class Rates(BaseModel):
    """US dollars per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    write_5m: Decimal = Field(ge=0)
    write_1h: Decimal = Field(ge=0)
    read: Decimal = Field(ge=0)


class Price(BaseModel):
    """What one model costs. Above `tier` prompt tokens the whole request is billed by `beyond`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rates: Rates
    tier: int | None = None
    beyond: Rates | None = None

    def for_prompt(self, tokens: int) -> Rates:
        """The rates of a request with so many prompt tokens."""
        return self.beyond if self.beyond and self.tier is not None and tokens > self.tier else self.rates

    def cost(self, usage: Usage, *, batch: bool = False) -> Decimal:
        """Dollars for an answer."""
        rates = self.for_prompt(usage.prompt)
        total = (
            usage.input * rates.input + usage.write_5m * rates.write_5m + usage.write_1h * rates.write_1h
            + usage.read * rates.read + usage.output * rates.output
        )  # fmt: skip
        return total / MILLION * (BATCH if batch else 1)

    def worst(self, prompt: int, output: int, *, batch: bool = False) -> Decimal:
        """The most that a request of so many tokens can cost: everything is written to the dearest cache."""
        rates = self.for_prompt(prompt)
        dearest = max(rates.input, rates.write_5m, rates.write_1h, rates.read)
        return (prompt * dearest + output * rates.output) / MILLION * (BATCH if batch else 1)


class _Line(NamedTuple):
    input: str
    output: str
    write_5m: str
    write_1h: str
    read: str


def _rates(line: _Line) -> Rates:
    return Rates(**{name: Decimal(value) for name, value in line._asdict().items()})


_HAIKU, _HAIKU_LONG = _Line("0.10", "0.50", "0.125", "0.20", "0.01"), _Line("0.50", "2.50", "0.625", "1.00", "0.05")
_SONNET_5_5, _SONNET_5 = _Line("2", "10", "2.50", "4", "0.10"), _Line("2", "10", "2.50", "4", "0.20")
_OPUS_5_5, _OPUS = _Line("4", "20", "5", "8", "0.20"), _Line("5", "25", "6.25", "10", "0.50")
_FABLE, _SONNET_4 = _Line("10", "50", "12.50", "20", "0.25"), _Line("3", "15", "3.75", "6", "0.30")

TABLE: dict[str, Price] = {
    "claude-haiku-5-5": Price(rates=_rates(_HAIKU), tier=100_000, beyond=_rates(_HAIKU_LONG)),
    "claude-sonnet-5-5": Price(rates=_rates(_SONNET_5_5)),
    "claude-opus-5-5": Price(rates=_rates(_OPUS_5_5)),
    "claude-fable-5-1": Price(rates=_rates(_FABLE)),
    "claude-mythos-5-1": Price(rates=_rates(_FABLE)),
    "claude-sonnet-5": Price(rates=_rates(_SONNET_5)),
    **{f"claude-opus-{v}": Price(rates=_rates(_OPUS)) for v in ("5", "4-8", "4-7", "4-6", "4-5")},
    **{f"claude-sonnet-{v}": Price(rates=_rates(_SONNET_4)) for v in ("4-6", "4-5")},
    "claude-haiku-4-5": Price(rates=_rates(_Line("1", "5", "1.25", "2", "0.10"))),
}

FREE = Price(rates=_rates(_Line("0", "0", "0", "0", "0")))
"""A model that runs on the user's own machine. Its tokens are counted and capped all the same."""


class UnknownModel(BadCall):
    """Nobody knows what the model costs, so nothing is sent to it."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"There is no price for model {model!r} in the table of {AS_OF.isoformat()}. Nothing was sent. Name another model,"
            " or give its price with --prices FILE."
        )
        self.model = model


class Prices:
    """The table with the user's override on top."""

    def __init__(self, override: dict[str, Price] | None = None) -> None:
        self._table = {**TABLE, **(override or {})}

    @classmethod
    def read(cls, path: Path) -> Prices:
        """With the override of a JSON file: {"model": {"rates": {"input": 1, "output": 5, ...}}}. Raises BadCall."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
            return cls({model: Price.model_validate(price) for model, price in data.items()})
        except (OSError, ValueError, AttributeError, ValidationError) as error:
            shape = '{"MODEL": {"rates": {"input": 1, "output": 5, "write_5m": 1.25, "write_1h": 2, "read": 0.1}}}'
            raise BadCall(
                f"Cannot read prices from {str(path)!r}: {error}. Expected dollars per million tokens: {shape}"
            ) from error

    def of(self, model: str) -> Price:
        """The price of a model. Raises UnknownModel."""
        try:
            return self._table[model]
        except KeyError:
            raise UnknownModel(model) from None

    def dearest(self, prompt: int, output: int) -> Decimal:
        """The most that so many tokens can cost with any model that is known: for the first request to one that has not proven
        its price.
        """
        return max(price.worst(prompt, output) for price in self._table.values())

    def billed(self, announced: str, model: str, usage: Usage, *, batch: bool = False) -> Decimal:
        """Dollars for an answer that says which model gave it: if that is another known one than was asked, the dearer counts."""
        costs = [self._table[m].cost(usage, batch=batch) for m in {announced, model} if m in self._table]
        return max(costs, default=Decimal(0))
