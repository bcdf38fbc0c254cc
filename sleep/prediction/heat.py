"""Heat: how warm symbols and files are from what was changed lately and what is being changed, and what warms them from nearby.

Pure, over the touches (`sleep/prediction/touches.py`) and the edges of the index. The names of what is told here, and how
much each counts, are `sleep/prediction/features.py`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sleep.prediction.touches import Touches
from store.graph.index import Index
from store.source.record import split_id, symbol_id

JUST_NOW, LATELY, OFTEN = 0.7, 0.9, 0.993
"""How much of a change is still felt one commit later."""

_NEWS = 3
_TOGETHER = 25


class Thing(NamedTuple):
    """What is warmed: a symbol, and how many lines it has."""

    entity: str
    lines: int
    whole: bool
    """Whether it is counted among the parts of its file: not a class, whose lines are those of its methods."""


class Heat:
    """What the changes say of every symbol, arranged for looking it up. All numbers are about 0 to 1."""

    def __init__(self, index: Index, touches: Touches, things: Sequence[Thing]) -> None:
        self._touches = touches
        self._warm = {entity: faded(ages, LATELY) for entity, ages in touches.symbols.items()}
        references = list(_references(index))
        self._near = near(references, self._warm)
        self._users, self._used = near_work(references, touches.work)
        self._pulled = pulled(touches, {e for e, ages in touches.symbols.items() if ages[0] < _NEWS})
        self._with_work = pulled(touches, touches.work)
        self._family: dict[str, float] = defaultdict(float)
        for entity, warm in self._warm.items():
            self._family[outer(entity)] += warm
        self._working = Counter(outer(entity) for entity in touches.work)
        self._named = {_name(entity) for entity in touches.work}
        self._parts: dict[str, int] = defaultdict(int)
        for thing in things:
            if thing.whole:
                self._parts[split_id(thing.entity)[0]] += thing.lines + 1
        self._turn = _turns(touches, things)

    def of_symbol(self, thing: Thing) -> Iterator[tuple[str, float]]:
        """What its own changes say, and those of what is near it."""
        entity, path = thing.entity, split_id(thing.entity)[0]
        ages = self._touches.symbols.get(entity, ())
        warm = self._warm.get(entity, 0.0)
        yield "changed last", 1 / (1 + ages[0] / 4) if ages else 0.0
        yield "changed lately", _some(warm, 2)
        yield "changed often", _some(faded(ages, OFTEN), 3)
        yield "never changed", 0.0 if ages else 1.0
        yield "changed together", _some(self._pulled.get(entity, 0.0), 2)
        yield "its neighbours changed", math.tanh(self._near.get(entity, 0.0) / 2)
        yield "what it belongs to changed", math.tanh((self._family.get(outer(entity), 0.0) - warm) / 2)
        share = (thing.lines + 1) / max(self._parts.get(path, 1), 1)
        yield (
            "its share of what its file changes",
            _some(10 * share * faded(self._touches.files.get(path, ()), LATELY), 4),
        )
        if self._touches.work:
            yield from self._of_work(entity)

    def _of_work(self, entity: str) -> Iterator[tuple[str, float]]:
        if entity in self._touches.work:
            yield "being changed", 1.0
        elif _name(entity) in self._named:
            yield "named like what is being changed", 1.0
        if self._working[outer(entity)] > (entity in self._touches.work):
            yield "beside what is being changed", 1.0
        yield "uses what is being changed", _some(self._users.get(entity, 0), 2)
        yield "used by what is being changed", _some(self._used.get(entity, 0), 2)
        yield "changes with what is being changed", _some(self._with_work.get(entity, 0.0), 2)

    def of_file(self, path: str) -> Iterator[tuple[str, float]]:
        """What the changes of a file say, of it and of all in it."""
        ages = self._touches.files.get(path, ())
        yield "its file changed just now", _some(faded(ages, JUST_NOW), 1)
        yield "its file changed lately", _some(faded(ages, LATELY), 3)
        yield "its file changes often", _some(faded(ages, OFTEN), 5)
        yield "its file is far from its turn", self._turn.get(path, 1.0)


def faded(ages: Iterable[int], fades: float) -> float:
    """Changes so many commits ago, each worth less the older it is."""
    return sum(fades**age for age in ages)


def _some(amount: float, much: float) -> float:
    return math.log1p(amount) / much


def _turns(touches: Touches, things: Sequence[Thing]) -> dict[str, float]:
    """By path, how many symbols come before its own, if the files are taken in the order in which they last changed; as the
    logarithm, 0 to about 1."""
    held: dict[str, int] = defaultdict(int)
    for thing in things:
        held[split_id(thing.entity)[0]] += 1
    found: dict[str, float] = {}
    before = 0
    for path in sorted(held, key=lambda p: touches.files.get(p, (1 << 30,))[0]):
        found[path] = math.log1p(before) / 8
        before += held[path]
    return found


def pulled(touches: Touches, by: Iterable[str]) -> dict[str, float]:
    """How much each symbol tended to change in the commits that changed these: the share of their changes, summed."""
    weight = {entity: 1 / len(touches.symbols[entity]) for entity in by if entity in touches.symbols}
    commits: dict[int, list[str]] = defaultdict(list)
    for entity, ages in touches.symbols.items():
        for age in ages:
            commits[age].append(entity)
    found: dict[str, float] = defaultdict(float)
    for entities in commits.values():
        if len(entities) > _TOGETHER:
            continue
        pull = sum(weight.get(e, 0.0) for e in entities)
        for entity in entities if pull else ():
            found[entity] += pull - weight.get(entity, 0.0)
    return found


def outer(entity: str) -> str:
    """What a symbol stands in: a class, or its file."""
    path, qual = split_id(entity)
    around = qual.rpartition(".")[0]
    return symbol_id(path, around) if around else path


def _name(entity: str) -> str:
    return split_id(entity)[1].rpartition(".")[2]


def near(references: Iterable[tuple[str, str]], warm: Mapping[str, float]) -> dict[str, float]:
    """How much changed beside each symbol, one reference away in either direction."""
    found: dict[str, float] = defaultdict(float)
    for user, target in references:
        found[user] += warm.get(target, 0.0)
        found[target] += warm.get(user, 0.0)
    return found


def near_work(references: Iterable[tuple[str, str]], work: frozenset[str]) -> tuple[dict[str, int], dict[str, int]]:
    """How many of what is being changed each symbol uses, and how many of it use each symbol."""
    users: dict[str, int] = defaultdict(int)
    used: dict[str, int] = defaultdict(int)
    for user, target in references if work else ():
        if target in work:
            users[user] += 1
        if user in work:
            used[target] += 1
    return users, used


def _references(index: Index) -> Iterator[tuple[str, str]]:
    """Who refers to whom in this repository, by the scope that a reference stands in."""
    for path in index.paths():
        row = index.row(path)
        for edge in row.edges if row else ():
            if edge.scope and not edge.target.startswith(("?", "ext:")):
                user = symbol_id(path, edge.scope)
                if user != edge.target:
                    yield user, edge.target
