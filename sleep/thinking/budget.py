"""The budget: what thinking may cost in a day, held to by reserving the worst case before anything is sent.

    reserve -> send -> settle (the bill came), charge (nobody knows: the worst case counts) or release (certainly not billed)

Every step is one line in a file that all processes of this store share, written under a lock and flushed to the disk before the
money is spent. A reservation counts as spent until it is settled, so a killed process can only make the day look dearer. Prices
are `sleep/thinking/prices.py`; who sends is `sleep/thinkers/`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from sleep.thinking.prices import Usage
from store.errors import ForethoughtError
from store.words import now

if TYPE_CHECKING:
    from store.home import Home

State = Literal["reserved", "settled", "dearer", "charged", "released"]

TOKENS_A_DAY = 5_000_000
"""For models without a price, which nothing else would stop."""


class OverBudget(ForethoughtError):
    """The next request could cost more than is left of the day's budget, so it is not sent."""

    def __init__(self, needed: Decimal, left: Decimal, cap: Decimal) -> None:
        super().__init__(
            f"The next request could cost ${needed:.4f}, and ${left:.4f} is left of today's ${cap:.2f}. It was not sent; what was"
            " paid for is kept. Raise --budget-usd, or wait for tomorrow (UTC)."
        )
        self.needed, self.left, self.cap = needed, left, cap


class Entry(BaseModel):
    """One line: the latest of an id counts. `day` stays that of the reservation, whenever the bill comes."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: State
    day: str
    model: str
    usd: Decimal
    tokens: int
    at: datetime = Field(default_factory=now)
    usage: Usage | None = None


class Budget:
    """The budget of one store. Any number of processes may hold one; they see each other's spending."""

    def __init__(
        self, home: Home, usd_a_day: Decimal, *, tokens_a_day: int = TOKENS_A_DAY, clock: Callable[[], datetime] = now
    ) -> None:
        self.cap = usd_a_day
        self._tokens = tokens_a_day
        self._path = home.folder / "spending.jsonl"
        self._lock = home.lock("spending")
        self._clock = clock
        self._read = 0
        self._entries: dict[str, Entry] = {}

    def reserve(self, key: str, model: str, usd: Decimal, tokens: int) -> None:
        """Set the worst case of a request aside. When this returns it may be sent.

        Raises OverBudget when it does not fit; ValueError when the id is taken: a thing is paid for once.
        """
        with self._lock:
            self._follow()
            if key in self._entries and self._entries[key].state != "released":
                raise ValueError(f"{key} was paid for already")
            left = self.cap - self._spent(self._today)
            if usd > left:
                raise OverBudget(usd, left, self.cap)
            if tokens + sum(e.tokens for e in self._counted(self._today)) > self._tokens:
                raise OverBudget(usd, Decimal(0), self.cap)
            self._append(Entry(id=key, state="reserved", day=self._today, model=model, usd=usd, tokens=tokens))

    def settle(self, key: str, usd: Decimal, usage: Usage) -> bool:
        """The bill has come. False if it is higher than what was reserved: the model is dearer than announced."""
        with self._lock:
            self._follow()
            reserved = self._entries.get(key)
            dearer = reserved is not None and reserved.state == "reserved" and usd > reserved.usd
            self._end(key, "dearer" if dearer else "settled", usd, usage)
        return not dearer

    def dearer(self, key: str, usd: Decimal, usage: Usage) -> None:
        """The bill has come, and it is not what the price announced, even if it fits what was reserved."""
        self._end(key, "dearer", usd, usage)

    def charge(self, key: str) -> None:
        """Nobody knows whether it was billed: the worst case counts as spent."""
        self._end(key, "charged", None, None)

    def release(self, key: str) -> None:
        """It was certainly not billed."""
        self._end(key, "released", Decimal(0), Usage())

    def spent(self) -> Decimal:
        """What today has cost, open reservations included."""
        with self._lock:
            self._follow()
            return self._spent(self._today)

    def left(self) -> Decimal:
        """What is left of today's budget; never negative."""
        return max(self.cap - self.spent(), Decimal(0))

    def proven(self, model: str) -> bool:
        """Whether the last bill for this model was what its price announced."""
        with self._lock:
            self._follow()
            bills = [e for e in self._entries.values() if e.model == model and e.state in ("settled", "dearer")]
            return bool(bills) and max(bills, key=lambda e: e.at).state == "settled"

    def state(self, key: str) -> State | None:
        """What became of a reservation."""
        with self._lock:
            self._follow()
            return self._entries[key].state if key in self._entries else None

    def entries(self) -> list[Entry]:
        """All there is, oldest first: for reports."""
        with self._lock:
            self._follow()
            return list(self._entries.values())

    @property
    def _today(self) -> str:
        return self._clock().date().isoformat()

    def _counted(self, day: str) -> Iterable[Entry]:
        return (e for e in self._entries.values() if e.day == day and e.state != "released")

    def _spent(self, day: str) -> Decimal:
        return sum((e.usd for e in self._counted(day)), Decimal(0))

    def _end(self, key: str, state: State, usd: Decimal | None, usage: Usage | None) -> None:
        with self._lock:
            self._follow()
            reserved = self._entries.get(key)
            if reserved is None or reserved.state in ("settled", "dearer"):
                return
            self._append(
                reserved.model_copy(
                    update={
                        "state": state,
                        "usd": reserved.usd if usd is None else usd,
                        "tokens": reserved.tokens if usage is None else usage.total,
                        "usage": usage,
                        "at": self._clock(),
                    }
                )
            )

    def _follow(self) -> None:
        """Read what was written since, by whomever. A torn line was never acknowledged, so nothing was sent for it."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            return
        for line in data.split(b"\n"):
            try:
                entry = Entry.model_validate(json.loads(line, parse_float=Decimal))
            except ValueError:
                continue
            self._entries[entry.id] = entry
        self._read += len(data)

    def _append(self, entry: Entry) -> None:
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            torn = self._read > 0 and os.pread(file, 1, self._read - 1) != b"\n"
            line = (b"\n" if torn else b"") + entry.model_dump_json().encode() + b"\n"
            os.write(file, line)
            os.fsync(file)
        finally:
            os.close(file)
        self._read += len(line)
        self._entries[entry.id] = entry
