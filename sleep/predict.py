"""The prediction set: which queries are expected next, what each is worth, and why, in words.

Pure functions over signals that others gathered: what was asked, how the code hangs together, what git saw change. Answering
is `sleep/answer.py`; the sentence of a query is `sleep/wording.py`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sleep.centrality import Use, file_graph, rank, uses
from sleep.limits import Limits
from store.families import LIVE
from store.graph.index import Index
from store.source.record import FileRecord, Symbol, symbol_id
from store.words import Asked, Kind, Query

WAITED_TOKEN = 10.0
"""A token that somebody waits for is worth ten of a token spent asleep (DESIGN.md §6)."""

SAVED: dict[Kind, int] = {
    "explain": 700, "where": 250, "callers": 900, "callees": 600, "tests": 800, "subclasses": 700, "raises": 700, "impact": 1200,
    "contents": 900, "depends": 700, "commands": 700, "setting": 700, "changes": 600, "docs": 700,
}  # fmt: skip
"""Tokens that an agent with grep reads for one such question, less the answer's own. Measured mean: 2.3 calls, 750 tokens."""

SHARE: dict[Kind, float] = {
    "explain": 0.30, "where": 0.26, "callers": 0.12, "tests": 0.14, "callees": 0.04, "subclasses": 0.03, "raises": 0.01,
    "impact": 0.03, "contents": 0.06, "depends": 0.04, "commands": 0.07, "setting": 0.03, "changes": 0.04, "docs": 0.03,
}  # fmt: skip
"""How often a question about a thing is of this family: from real sessions of people and of agents."""

_HALF_LIFE_DAYS = 14.0


class Change(NamedTuple):
    """A path that changed lately, and how that is said."""

    path: str
    weight: float
    because: str


@dataclass(frozen=True)
class Signals:
    """All that a prediction is made from."""

    index: Index
    asked: tuple[Asked, ...] = ()
    changes: tuple[Change, ...] = ()


class Prediction(NamedTuple):
    """A query expected next. `value` is in tokens: probability x tokens saved x 10."""

    query: Query
    value: float
    because: str


class Guess(NamedTuple):
    """A prediction in the making: most of them are discarded, and a Query costs more to build than all else."""

    value: float
    kind: Kind
    entity: str
    because: str


class Interest(NamedTuple):
    """How much a thing matters, 0..1, and why."""

    weight: float
    because: str


def predict(signals: Signals, limits: Limits, at: datetime) -> list[Prediction]:
    """The best of what may be asked, highest value first, at most `limits.answers`; one prediction for each key."""
    asked = list(from_asked(signals.asked, at))
    unwanted = not_useful(signals.asked)
    # What is unwanted or asked for takes no place away from the guesses.
    guesses = heapq.nlargest(limits.answers + len(asked) + len(unwanted), from_structure(signals))
    best: dict[str, Prediction] = {}
    for prediction in (*asked, *map(_prediction, guesses)):
        known = best.get(prediction.query.key)
        if known is None or prediction.value > known.value:
            best[prediction.query.key] = prediction
    wanted = (p for p in best.values() if p.query.key not in unwanted and p.query.kind not in LIVE)
    return heapq.nlargest(limits.answers, wanted, key=lambda p: (p.value, p.query.key))


def _prediction(guess: Guess) -> Prediction:
    return Prediction(Query(kind=guess.kind, entities=(guess.entity,)), guess.value, guess.because)


# -- what was asked ----------------------------------------------------------------------------------------------------------


def from_asked(asked: Iterable[Asked], at: datetime) -> Iterator[Prediction]:
    """Queries that somebody asked come again: the more often, the more lately and the less well they were answered."""
    by_key: dict[str, list[Asked]] = {}
    for one in asked:
        if one.query is not None and one.query.entities:
            by_key.setdefault(one.query.key, []).append(one)
    for rows in by_key.values():
        query = rows[0].query
        assert query is not None
        recency = sum(0.5 ** (max(0.0, (at - r.at).total_seconds()) / 86_400 / _HALF_LIFE_DAYS) for r in rows)
        missed = sum(r.status in ("miss", "candidates") for r in rows)
        chance = min(0.95, 0.35 + 0.15 * recency + 0.2 * bool(missed))
        yield Prediction(query, chance * SAVED[query.kind] * WAITED_TOKEN, _asked_because(len(rows), missed))


def _asked_because(times: int, missed: int) -> str:
    often = {1: "asked once", 2: "asked twice"}.get(times, f"asked {times} times")
    if not missed:
        return often
    return f"{often} and missed" if missed == times else f"{often}, missed {missed} of them"


def not_useful(asked: Iterable[Asked]) -> set[str]:
    """Keys whose answers were called useless at least twice, and since then not useful."""
    blame: dict[str, int] = {}
    for one in sorted(asked, key=lambda a: a.at):
        if one.query is not None and one.useful is not None:
            blame[one.query.key] = 0 if one.useful else blame.get(one.query.key, 0) + 1
    return {key for key, votes in blame.items() if votes >= 2}


# -- structure and change ----------------------------------------------------------------------------------------------------


def from_structure(signals: Signals) -> Iterator[Guess]:
    """Queries about what matters most: central, public, an entry point, changed lately."""
    index, changes = signals.index, {c.path: c for c in reversed(signals.changes)}
    used, ranked = uses(index), rank(file_graph(index))
    for path in index.paths():
        record = index.record(path)
        if record is None:
            continue
        change = changes.get(path)
        inside = {s.qual for s in record.symbols if s.kind in ("function", "method")}
        for symbol in record.symbols:
            if symbol.qual.rpartition(".")[0] in inside:
                continue  # a function in a function is asked about through the outer one
            entity = symbol_id(path, symbol.qual)
            use = used.get(entity, Use())
            interest = _interest(record, symbol, use, ranked[path], change)
            for kind in kinds_of(symbol, use):
                yield _guess(kind, entity, interest)
        yield from _of_file(record, ranked[path], used.get(path, Use()), change)
    yield from _of_folders(index, ranked)
    yield from _of_repo(index)


def kinds_of(symbol: Symbol, use: Use) -> tuple[Kind, ...]:
    """The families that make sense for a symbol."""
    match symbol.kind:
        case "class" | "interface" | "struct" | "trait" | "enum" | "type":
            return ("explain", "where", "callers", "tests", "subclasses")
        case "function" | "method":
            return ("explain", "where", "callers", "tests", "callees")
        case "constant" | "variable" | "macro":
            return ("where", "callers") if use.places else ("where",)
        case "section" | "key" | "attribute" | "module":
            return ()
    return ()


def _interest(record: FileRecord, symbol: Symbol, use: Use, rank_of_file: float, change: Change | None) -> Interest:
    """How likely a symbol is asked about: use saturates, private and test symbols count less, a fresh change a lot."""
    weight = 0.04 + 0.10 * math.tanh(math.log1p(use.places) / 3) + 0.03 * math.tanh(math.log1p(rank_of_file) / 2)
    because = _use_because(use)
    if symbol.exported and not symbol.name.startswith("_") and symbol.doc:
        weight += 0.03
        because = because or "public and documented"
    if _is_entry(symbol):
        weight += 0.06
        because = "an entry point"
    if symbol.name.startswith("__") and symbol.name != "__init__":
        weight *= 0.4
    elif symbol.name.startswith("_"):
        weight *= 0.6
    if record.is_test:
        weight *= 0.25
        because = because or "a test"
    if change is not None:
        weight += 0.12 * change.weight * (0.5 if record.is_test else 1.0)
        because = f"{change.because}; {because}" if because else change.because
    return Interest(min(weight, 0.6), because or "defined here")


def _use_because(use: Use) -> str:
    if use.callers:
        callers = f"{use.callers} {'caller' if use.callers == 1 else 'callers'}"
        where = f"{use.files} {'file' if use.files == 1 else 'files'}"
        return f"central: {callers} in {where}" if use.callers > 3 else f"{callers} in {where}"
    return f"used in {use.files} {'file' if use.files == 1 else 'files'}" if use.files else ""


def _is_entry(symbol: Symbol) -> bool:
    return symbol.kind == "function" and (
        symbol.qual == "main" or any("command" in d or "route" in d for d in symbol.decorators)
    )


def _of_file(record: FileRecord, rank_of_file: float, use: Use, change: Change | None) -> Iterator[Guess]:
    if not record.symbols:
        return
    weight = 0.05 + 0.10 * math.tanh(math.log1p(rank_of_file) / 2) + (0.12 * change.weight if change else 0.0)
    because = change.because if change else f"other files lean on it: rank {rank_of_file:.1f}"
    interest = Interest(weight * (0.3 if record.is_test else 1.0), because)
    for kind in ("contents", "depends", "tests"):
        if kind == "contents" or record.imports or use.files:
            yield _guess(kind, record.path, interest)


def _of_folders(index: Index, ranked: Mapping[str, float]) -> Iterator[Guess]:
    weights: dict[str, float] = {}
    for path in index.paths():
        for folder in folders_above(path):
            weights[folder] = weights.get(folder, 0.0) + ranked[path]
    for folder, weight in weights.items():
        interest = Interest(0.08 + 0.2 * math.tanh(weight / 40), "a folder of this repository")
        yield _guess("contents", folder, interest)
        yield _guess("depends", folder, interest)


def _of_repo(index: Index) -> Iterator[Guess]:
    about = Interest(0.6, "asked about any repository")
    yield _guess("contents", ".", about)
    yield _guess("explain", ".", about)
    for name in ("install", "build", "run", "test", "lint"):
        yield _guess("commands", f"command:{name}", about)
    yield _guess("commands", ".", about)
    for name in index.setting_names():
        reads = index.settings(name)
        kinds = {s.kind for _, s in reads}
        weight = 0.15 if "env" in kinds else 0.05
        yield _guess(
            "setting", f"setting:{name}", Interest(weight, f"a setting used in {len({p for p, _ in reads})} files")
        )


def folders_above(path: str) -> list[str]:
    """The folders that hold a path, innermost first, as ids: "a/b/c.py" -> ["a/b/", "a/"]."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:n]) + "/" for n in range(len(parts), 0, -1)]


def _guess(kind: Kind, entity: str, interest: Interest) -> Guess:
    # Attention is not spread evenly: what matters twice as much is asked about four times as often.
    chance = min(0.6, 4 * interest.weight**2) * SHARE[kind]
    return Guess(chance * SAVED[kind] * WAITED_TOKEN, kind, entity, interest.because)
