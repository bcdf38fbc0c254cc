"""The ledger: what sleeping cost against what it saved, net, by stated assumptions. Pure functions over `Spend` lines.

Who writes the lines: `sleep/prediction/learn.py` (queries), `sleep/shift.py` (shifts). Who shows the account:
`forethought report`.

What an answer saves is not observed but assumed: without any pre-computation an expert with grep reads about 3,000
characters in 2.3 calls for a question; an agent that opens files whole reads 32,600. The smaller number is used. The
answer itself and the call for it are taken off; a question that got no answer has cost both and saved nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from store.words import Spend

CHARACTERS_A_TOKEN = 4
EXPERT_TOKENS = 3_000 // CHARACTERS_A_TOKEN
EXPERT_CALLS = 2.3
WHOLE_FILES_TOKENS = 32_600 // CHARACTERS_A_TOKEN
ANSWER_TOKENS = 200
"""Measured: the median answer has 600 characters, and the result around it 200."""

MISS_TOKENS = 150

WAITED = 10.0
"""A token that somebody waits for is worth so many asleep (Lin et al.); a setting."""

SECOND_TOKENS = 50.0
"""What a second of the processor asleep is counted as, in tokens asleep."""

METHOD = (
    f"assumed for each answered question: {EXPERT_TOKENS} tokens in {EXPERT_CALLS} calls by an expert with grep"
    f" (an agent that opens files: {WHOLE_FILES_TOKENS}), less {ANSWER_TOKENS} tokens and 1 call for the answer;"
    f" an unanswered one costs {MISS_TOKENS} tokens and 1 call. What was asked since the last shift counts from the next one on"
)

_UNKNOWN = "unknown yet"


class Account(BaseModel):
    """The sums. Tokens saved are those of waiting agents; `net` weighs them ten to one against tokens asleep."""

    shifts: int = 0
    ended_by_budgets: int = 0
    last_ended: str = ""
    """Why the last shift ended early and what it left, if it did."""
    seconds: float = 0.0
    tokens: int = 0
    usd: float = 0.0
    answers: int = 0
    queries: int = 0
    hits: int = 0
    computed: int = 0
    unanswered: int = 0
    saved_tokens: int = 0
    saved_tokens_by_hits: int = 0
    saved_calls: float = 0.0
    net: float = 0.0
    hit_rate: float | None = None
    predictability: float | None = None
    precision: float | None = None
    wasted: float | None = None
    cost_per_query: float | None = None
    without_sleep: float | None = None
    break_even: float | None = None
    weight: float = WAITED
    method: str = METHOD

    def rows(self) -> list[tuple[str, str]]:
        """For a table: what, and how much."""
        return [
            ("asleep: shifts", f"{self.shifts}, {self.seconds:.1f} s of the processor" + self._ended_by_budgets()),
            *([("asleep: last shift", self.last_ended)] if self.last_ended else []),
            ("asleep: model", f"{self.tokens:,} tokens, ${self.usd:.4f}"),
            ("asleep: answers worked out", f"{self.answers:,}"),
            ("awake: asked", f"{self.queries}: {self.hits} hits, {self.computed} computed, {self.unanswered} unanswered"),
            ("awake: saved", f"{self.saved_tokens:,} tokens ({self.saved_tokens_by_hits:,} by hits), {self.saved_calls} calls"),
            ("net", f"{self.net:,.0f} tokens asleep (saved x {self.weight:g}, less what sleeping cost)"),
            ("cost per question", self._cost()),
            ("break-even", f"{_number(self.break_even)} answered questions" if self.break_even is not None else "unknown"),
            ("hit rate", _share(self.hit_rate)),
            ("predictability", _share(self.predictability, " of what was asked had been expected")),
            ("precision", _share(self.precision, " of what was expected came")),
            ("wasted", _share(self.wasted, " of the answers that were worked out were never asked for")),
        ]  # fmt: skip

    def _cost(self) -> str:
        if self.cost_per_query is None or self.without_sleep is None:
            return _UNKNOWN
        return f"{self.cost_per_query:,.1f} tokens asleep (without sleep {self.without_sleep:,.1f})"

    def _ended_by_budgets(self) -> str:
        return f"; {self.ended_by_budgets} ended by a budget" if self.ended_by_budgets else ""


def account(spends: Iterable[Spend], served: int | None = None, weight: float = WAITED) -> Account:
    """The account of all lines. `served`: how many different stored answers were ever asked for."""
    lines = list(spends)
    shifts, queries = [s for s in lines if s.what == "shift"], [s for s in lines if s.what == "query"]
    by_status = [sum(q.status == s for q in queries) for s in ("hit", "computed")]
    hits, computed = by_status
    seconds, tokens, saved = (
        sum(s.seconds for s in shifts),
        sum(s.tokens for s in shifts),
        sum(q.saved_tokens for q in queries),
    )
    asleep = tokens + seconds * SECOND_TOKENS
    answers, expected = sum(s.answers for s in shifts), sum(s.expected for s in shifts if s.expected)
    number = len(queries)
    awake = number * EXPERT_TOKENS - saved
    gain = weight * (EXPERT_TOKENS - ANSWER_TOKENS)
    return Account(
        shifts=len(shifts), ended_by_budgets=sum(s.status in ("deadline", "budget") for s in shifts),
        seconds=round(seconds, 3), tokens=tokens, usd=round(sum(s.usd for s in shifts), 6), answers=answers,
        queries=number, hits=hits, computed=computed, unanswered=number - hits - computed, saved_tokens=saved,
        saved_tokens_by_hits=sum(q.saved_tokens for q in queries if q.status == "hit"),
        saved_calls=round(sum(q.saved_calls for q in queries), 1), net=round(saved * weight - asleep, 1),
        hit_rate=_of(hits, number), predictability=_of(sum(q.anticipated for q in queries), number),
        precision=_of(sum(s.came for s in shifts), expected),
        wasted=_of(max(0, answers - served), answers) if served is not None else None,
        cost_per_query=amortised(asleep, awake / number, number, weight) if number else None,
        without_sleep=weight * EXPERT_TOKENS if number else None,
        break_even=round(asleep / gain, 2), weight=weight,
    )  # fmt: skip


def amortised(asleep: float, awake: float, queries: int, weight: float = WAITED) -> float:
    """The cost of one query where `queries` share a context: its part of the tokens asleep, and `awake` tokens waited for."""
    return round(asleep / max(queries, 1) + weight * awake, 1)


def saved_by(status: str) -> tuple[int, float]:
    """Tokens and tool calls that the outcome of one lookup is assumed to have saved."""
    if status in ("hit", "computed"):
        return EXPERT_TOKENS - ANSWER_TOKENS, round(EXPERT_CALLS - 1, 1)
    return (-MISS_TOKENS, -1.0) if status in ("miss", "candidates") else (0, 0.0)


def table(found: Account) -> list[str]:
    """The account as lines of text."""
    rows: Sequence[tuple[str, str]] = found.rows()
    wide = max(len(name) for name, _ in rows)
    return [f"{name:<{wide}}  {value}" for name, value in rows] + ["", found.method]


def _of(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _share(value: float | None, what: str = "") -> str:
    return _UNKNOWN if value is None else f"{value:.1%}{what}"


def _number(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:,.1f}"
