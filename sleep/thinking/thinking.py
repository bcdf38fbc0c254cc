"""What thinking is switched on to: who thinks, with which models, for how much. Off until the user says otherwise.

Keys in the environment switch nothing on. The thinkers are in `sleep/thinkers/`; the stage of a shift that uses this is
`sleep/thinking/think.py`.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from sleep.thinkers.thinker import Effort
from sleep.thinking.prices import Prices
from store.errors import BadCall

if TYPE_CHECKING:
    from sleep.thinkers.sending import Sending, Turn
    from store.home import Home

Who = Literal["none", "anthropic", "batches", "endpoint", "agent"]

DEFAULT_MODEL = "claude-haiku-5-5"

_OWN = "forethought-local"
"""The token for other people's servers, which ignore it or are configured with --endpoint-token."""


class Thinking(BaseModel):
    """The user's choice. `model` distils and answers unless `answer_model` answers; `judge_model` checks what they said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    thinker: Who = "none"
    model: str = ""
    answer_model: str = ""
    judge_model: str = ""
    budget_usd: Decimal | None = None
    base_url: str = ""
    endpoint_token: str = ""
    prices: Path | None = None
    effort: Effort = "low"
    samples: int = Field(default=1, ge=1, le=8)
    contexts: int = Field(default=40, ge=0)
    eagerness: float = Field(default=1.0, gt=0)
    """How many times over what a context is worth may be spent on it: more than 1 where tokens are cheap (a model of one's
    own).
    """
    wait_s: float = Field(default=0.0, ge=0)
    unsent: tuple[str, ...] = ()

    def checked(self) -> Thinking:
        """Itself, if it makes sense. Raises BadCall."""
        if self.thinker in ("anthropic", "batches"):
            if self.budget_usd is None or self.budget_usd <= 0:
                raise BadCall(
                    f"--thinker {self.thinker} costs money: say how much a day it may be, with --budget-usd. Nothing was sent."
                )
            table = self.price_table()
            for model in self.models:
                table.of(model)
        if self.thinker == "endpoint" and not (self.base_url and self.model):
            raise BadCall(
                "--thinker endpoint needs --base-url and --model: which server, and which model on it. Nothing was sent."
            )
        if self.thinker in ("none", "agent") and (self.base_url or self.model):
            raise BadCall(f"--model and --base-url mean nothing with --thinker {self.thinker}. Nothing was done.")
        return self

    @property
    def on(self) -> bool:
        return self.thinker != "none"

    @property
    def main_model(self) -> str:
        return self.model or DEFAULT_MODEL

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that may be asked."""
        return tuple(dict.fromkeys(m for m in (self.main_model, self.answer_model, self.judge_model) if m))

    def price_table(self) -> Prices:
        """Raises BadCall for a file of prices that cannot be read."""
        return Prices.read(self.prices) if self.prices else Prices()

    def words(self) -> list[str]:
        """The command line that says the same: for the shift in a child process."""
        said: list[str] = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value == field.default:
                continue
            flag = "--" + name.replace("_", "-")
            said += [w for v in value for w in (flag, v)] if isinstance(value, tuple) else [flag, str(value)]
        return said


WHO: tuple[Who, ...] = get_args(Who)


def thinker_of(thinking: Thinking, home: Home, turn: Turn, **options: Any) -> Sending | None:
    """The thinker that sends, ready; None where nobody does."""
    from sleep.thinkers.till import Till
    from sleep.thinking.budget import Budget
    from sleep.thinking.notebook import Notebook

    if thinking.thinker in ("none", "agent"):
        return None
    thinking.checked()
    priced = thinking.thinker != "endpoint"
    budget = Budget(home, thinking.budget_usd or Decimal(0))
    till = Till(Notebook(home), budget, thinking.price_table(), priced=priced)
    options = {"base_url": thinking.base_url or None, "turn": turn, **options}
    if thinking.thinker == "batches":
        from sleep.thinkers.anthropic_batches import AnthropicBatches
        from sleep.thinkers.journalled import Journal

        return AnthropicBatches(till, Journal(home), wait_s=thinking.wait_s, **options)
    if thinking.thinker == "endpoint":
        from sleep.thinkers.endpoint import Endpoint

        return Endpoint(till, token=thinking.endpoint_token or _OWN, **options)
    from sleep.thinkers.anthropic_live import AnthropicLive

    return AnthropicLive(till, **options)
