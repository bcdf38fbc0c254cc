"""The prediction set: which queries are expected next, what each is worth, and why, in words.

    features of every subject -> its chance (a model that learns) -> its queries -> value = chance x tokens saved x 10 - cost

Pure functions over signals that others gathered (`sleep/prediction/signals.py`, `sleep/prediction/features.py`). The
models are `sleep/prediction/forecast.py`; answering is `sleep/answer.py`; the sentence of a query is
`sleep/prediction/wording.py`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sleep.limits import Limits
from sleep.prediction.centrality import Use
from sleep.prediction.demand import Asking, not_useful
from sleep.prediction.features import Subject, Table, is_entry, strongest, table_of
from sleep.prediction.forecast import Forecast, repeat_features
from sleep.prediction.signals import Signals
from sleep.prediction.touches import Touches
from store.families import LIVE
from store.source.record import Symbol, split_id
from store.words import Kind, Query

__all__ = ["Prediction", "Signals", "predict"]

WAITED_TOKEN = 10.0
"""A token that somebody waits for is worth ten of a token spent asleep (DESIGN.md §6)."""

SECOND = 50.0
"""What a second of the processor asleep costs, in tokens asleep: so that answering what nobody asks is not free."""

SAVED: dict[Kind, int] = {
    "explain": 700, "where": 250, "callers": 900, "callees": 600, "tests": 800, "subclasses": 700, "raises": 700, "impact": 1200,
    "contents": 900, "depends": 700, "commands": 700, "setting": 700, "changes": 600, "docs": 700,
}  # fmt: skip
"""Tokens that an agent with grep reads for one such question, less the answer's own. Measured mean: 2.3 calls, 750 tokens."""

SECONDS = 0.015
"""What answering one query by structure and embedding its question takes."""


class Prediction(NamedTuple):
    """A query expected next. `value` is in tokens asleep: chance (before its evidence changes) x saved x 10 - what it costs."""

    query: Query
    value: float
    because: str
    chance: float = 0.0
    """That it is asked within a day."""
    saved: int = 0
    """Tokens that an answer saves who asks."""
    seconds: float = SECONDS
    """Of the processor, to answer it."""


class Guess(NamedTuple):
    """A prediction in the making: most of them are discarded, and a Query costs more to build than all else."""

    value: float
    chance: float
    kind: Kind
    row: int


def predict(signals: Signals, limits: Limits, forecast: Forecast | None = None) -> list[Prediction]:
    """The best of what may be asked, highest value first, at most `limits.answers`; one prediction for each key.

    What is worth less than it costs is left out.
    """
    forecast = forecast or Forecast.begin()
    table = table_of(signals)
    asked = list(from_asked(signals, forecast))
    unwanted = not_useful(signals.asked)
    # What is unwanted or asked for takes no place away from the guesses.
    guesses = heapq.nlargest(limits.answers + len(asked) + len(unwanted), _guesses(signals, table, forecast))
    words = _Because(signals, table, forecast)
    best: dict[str, Prediction] = {}
    for prediction in (*asked, *(_prediction(guess, table, words) for guess in guesses)):
        known = best.get(prediction.query.key)
        if known is None or prediction.value > known.value:
            best[prediction.query.key] = prediction
    wanted = (p for k, p in best.items() if k not in unwanted and p.query.kind not in LIVE and p.value > 0)
    return heapq.nlargest(limits.answers, wanted, key=lambda p: (p.value, p.query.key))


def worth(chance: float, kind: Kind, churn: float) -> float:
    """The expected value of answering now: asked within a day, and before the evidence changes; less what it costs."""
    asking = -math.log1p(-min(chance, 0.99))
    rate = asking + churn
    first = asking / rate * -math.expm1(-rate) if rate > 0 else 0.0
    return first * SAVED[kind] * WAITED_TOKEN - SECONDS * SECOND


def churn_of(path: str, touches: Touches) -> float:
    """How often a file changes in a day."""
    return len(touches.files.get(path, ())) / max(touches.days, 1.0) if touches.commits else 0.0


# -- what was asked ----------------------------------------------------------------------------------------------------------


def from_asked(signals: Signals, forecast: Forecast) -> Iterator[Prediction]:
    """Queries that somebody asked come again: the more often, the more lately and the less well they were answered."""
    keys = list(signals.demand.keys.values())
    chances = forecast.repeats.chances(repeat_features(keys)) if keys else ()
    for asked, chance in zip(keys, chances, strict=True):
        query = asked.query
        churn = max((churn_of(split_id(e)[0], signals.touches) for e in query.entities), default=0.0)
        churn = max(churn, signals.overtaken.get(query.key, 0.0))
        value = worth(float(chance), query.kind, churn)
        yield Prediction(query, value, _asked_because(asked), float(chance), SAVED[query.kind])


def _asked_because(asked: Asking) -> str:
    times, missed = max(1, round(asked.times)), round(asked.missed)
    often = {1: "asked once", 2: "asked twice"}.get(times, f"asked {times} times")
    if not missed:
        return often
    return f"{often} and missed" if missed >= times else f"{often}, missed {missed} of them"


# -- structure and change ----------------------------------------------------------------------------------------------------


def _guesses(signals: Signals, table: Table, forecast: Forecast) -> Iterator[Guess]:
    """Every query that makes sense about every subject."""
    shares = forecast.shares()
    chances = forecast.subjects.chances(table.rows)
    for row, (subject, chance) in enumerate(zip(table.subjects, chances, strict=True)):
        churn = churn_of(subject.record.path, signals.touches) if subject.record is not None else 0.0
        for kind in kinds_of(subject, table.used.get(subject.entity, Use())):
            of_kind = float(chance) * shares[kind]
            pace = signals.overtaken.get(f"{kind}|{subject.entity}||", 0.0) if signals.overtaken else 0.0
            yield Guess(worth(of_kind, kind, max(churn, pace)), of_kind, kind, row)


def kinds_of(subject: Subject, use: Use) -> tuple[Kind, ...]:
    """The families that make sense for a subject."""
    if subject.symbol is not None:
        return _of_symbol(subject.symbol, use)
    if subject.record is not None:
        return ("contents", "depends", "tests") if subject.record.imports or use.files else ("contents",)
    if subject.entity.startswith("setting:"):
        return ("setting",)
    if subject.entity.startswith("command:"):
        return ("commands",)
    return ("contents", "explain", "commands") if subject.entity == "." else ("contents", "depends")


def _of_symbol(symbol: Symbol, use: Use) -> tuple[Kind, ...]:
    match symbol.kind:
        case "class" | "interface" | "struct" | "trait" | "enum" | "type":
            return ("explain", "where", "callers", "tests", "subclasses")
        case "function" | "method":
            return ("explain", "where", "callers", "tests", "callees")
        case _:
            return ("where", "callers") if use.places else ("where",)


def _prediction(guess: Guess, table: Table, words: _Because) -> Prediction:
    query = Query(kind=guess.kind, entities=(table.subjects[guess.row].entity,))
    return Prediction(query, guess.value, words.of(guess.row), guess.chance, SAVED[guess.kind])


class _Because:
    """Why something is expected, in words: what happened to it, and how it is used."""

    def __init__(self, signals: Signals, table: Table, forecast: Forecast) -> None:
        self._signals, self._table, self._model = signals, table, forecast.subjects
        self._changes = {change.path: change for change in reversed(signals.changes)}
        self._said: dict[int, str] = {}

    def of(self, row: int) -> str:
        if row not in self._said:
            parts = list(dict.fromkeys(part for part in self._parts(row) if part))
            self._said[row] = "; ".join(parts[:3]) or "defined here"
        return self._said[row]

    def _parts(self, row: int) -> Iterable[str]:
        subject = self._table.subjects[row]
        asked = self._signals.demand.subjects.get(subject.entity)
        if asked:
            yield _asked_because(asked).replace("asked", "asked about", 1)
        yield from self._changes_of(subject.entity)
        # What speaks most for it comes before what is merely so: that it relates to what is being changed, say.
        yield from strongest(self._model.reasons(self._table.rows[row]))
        yield from self._structure(subject)

    def _changes_of(self, entity: str) -> Iterable[str]:
        touches, path = self._signals.touches, split_id(entity)[0]
        if entity in touches.work:
            yield "being changed, not yet committed"
        elif path in self._signals.work:
            yield "being worked on, not yet committed" if entity == path else "its file is being worked on"
        if ages := touches.symbols.get(entity):
            yield f"changed {_times(len(ages))} in the last {touches.commits} commits, {_last(ages[0])}"
        elif entity == path and (change := self._changes.get(path)):
            yield change.because

    def _structure(self, subject: Subject) -> Iterable[str]:
        if subject.symbol is None:
            if subject.record is not None:
                yield f"other files lean on it: rank {self._table.ranked.get(subject.entity, 0.0):.1f}"
            elif subject.entity.startswith("setting:"):
                yield "a setting that is read here"
            else:
                yield "a folder of this repository" if subject.entity.endswith("/") else "asked about any repository"
            return
        if is_entry(subject.symbol):
            yield "an entry point"
        yield _use_because(self._table.used.get(subject.entity, Use()))
        if subject.record is not None and subject.record.is_test:
            yield "a test"


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def _last(age: int) -> str:
    return "last in the newest" if age == 0 else f"last {age} {'commit' if age == 1 else 'commits'} before the newest"


def _use_because(use: Use) -> str:
    if use.callers:
        callers = f"{use.callers} {'caller' if use.callers == 1 else 'callers'}"
        where = f"{use.files} {'file' if use.files == 1 else 'files'}"
        return f"central: {callers} in {where}" if use.callers > 3 else f"{callers} in {where}"
    return f"used in {use.files} {'file' if use.files == 1 else 'files'}" if use.files else ""
