"""What speaks for a question about a thing: named features of symbols, files, folders and the repository, each about 0 to 1.

Pure functions over the signals (`sleep/prediction/signals.py`). How much each counts is learned
(`sleep/prediction/model.py`); which queries follow from the interest in a thing is `sleep/prediction/predict.py`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sleep.prediction.centrality import Use, file_graph, rank, uses
from sleep.prediction.heat import Heat, Thing
from store.graph.index import Index
from store.source.record import FileRecord, Symbol, split_id, symbol_id

if TYPE_CHECKING:
    from sleep.prediction.model import Numbers
    from sleep.prediction.signals import Signals

PRIOR: dict[str, float] = {
    "always": -6.5, "asked lately": 2.5, "asked often": 1.5, "its file asked about": 0.8, "missed": 0.8,
    "changed last": 0.2, "changed lately": 0.35, "changed often": 2.7, "never changed": -0.1, "changed together": 0.05,
    "its neighbours changed": 0.15, "what it belongs to changed": -0.05, "its share of what its file changes": 0.45,
    "being changed": 1.7, "named like what is being changed": 1.1, "beside what is being changed": 0.35,
    "uses what is being changed": 2.0, "used by what is being changed": 1.2, "changes with what is being changed": 1.5,
    "its file changed just now": 0.1, "its file changed lately": -0.8, "its file changes often": 0.8,
    "its file is far from its turn": -0.6, "changes together with recent work": 0.1, "uncommitted": 0.45, "on this branch": 0.8,
    "used": 0.25, "leaned on": 0.15, "long": 1.85, "public and documented": 0.15, "entry point": 0.2,
    "private": 0.1, "special method": 0.1, "test": -0.8, "class": -0.3, "value": 0.0,
    "file": 0.7, "folder": 0.5, "repository": 4.0, "setting": 1.2,
}  # fmt: skip
"""Where the weights begin: what holds of repositories in general, before anything is known of this one.

Those of changes are fitted to the histories of four (flask, click, black, hono: `tests/bench/prediction.py --fit`); those of
asking, and of the sorts of things, are from what agents ask. The latter are not told by what commits touch: a class is asked
about more often than its own lines change."""

_VALUES = ("constant", "variable", "macro")
_PARTS = ("function", "method", *_VALUES)


class Subject(NamedTuple):
    """A thing that may be asked about: its id, and the record and symbol behind it, where there are."""

    entity: str
    record: FileRecord | None = None
    symbol: Symbol | None = None


class Table(NamedTuple):
    """The features of every subject, a row each, and how each is used."""

    subjects: list[Subject]
    rows: Numbers
    used: Mapping[str, Use]
    ranked: Mapping[str, float]

    def place(self) -> dict[str, int]:
        """The row of each entity."""
        return {subject.entity: n for n, subject in enumerate(self.subjects)}


def table_of(signals: Signals) -> Table:
    """The features of all that may be asked about, as the signals are."""
    index = signals.index
    used, ranked = uses(index), rank(file_graph(index))
    subjects = list(subjects_of(index))
    view = _View(signals, subjects, used, ranked)
    names = {name: n for n, name in enumerate(PRIOR)}
    rows = np.zeros((len(subjects), len(names)))
    for row, subject in zip(rows, subjects, strict=True):
        row[0] = 1.0
        for name, value in view.features(subject):
            row[names[name]] = value
    return Table(subjects, rows, used, ranked)


def subjects_of(index: Index) -> Iterator[Subject]:
    """All that may be asked about. A function in a function is asked about through the outer one."""
    folders: dict[str, None] = {}
    for path in index.paths():
        record = index.record(path)
        if record is None:
            continue
        folders.update(dict.fromkeys(folders_above(path)))
        if record.symbols:
            yield Subject(path, record)
        inside = {s.qual for s in record.symbols if s.kind in ("function", "method")}
        for symbol in record.symbols:
            if symbol.kind in ("section", "key", "attribute", "module") or symbol.qual.rpartition(".")[0] in inside:
                continue
            yield Subject(symbol_id(path, symbol.qual), record, symbol)
    yield from (Subject(folder) for folder in folders)
    yield from (Subject(f"setting:{name}") for name in index.setting_names())
    yield from (Subject(entity) for entity in REPOSITORY)


REPOSITORY = (".", "command:install", "command:build", "command:run", "command:test", "command:lint")
"""What is asked about any repository."""


def folders_above(path: str) -> list[str]:
    """The folders that hold a path, innermost first, as ids: "a/b/c.py" -> ["a/b/", "a/"]."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:n]) + "/" for n in range(len(parts), 0, -1)]


def is_entry(symbol: Symbol) -> bool:
    """Whether a function is where something begins: main, a command, a route."""
    return symbol.kind == "function" and (
        symbol.qual == "main" or any("command" in d or "route" in d for d in symbol.decorators)
    )


class _View:
    """The signals, arranged for looking them up by subject."""

    def __init__(
        self, signals: Signals, subjects: Sequence[Subject], used: Mapping[str, Use], ranked: Mapping[str, float]
    ) -> None:
        self.signals, self.used, self.ranked = signals, used, ranked
        self.heat = Heat(
            signals.index, signals.touches, [thing_of(s.entity, s.symbol) for s in subjects if s.symbol is not None]
        )
        self.asked_files: dict[str, float] = defaultdict(float)
        for entity, asked in signals.demand.subjects.items():
            self.asked_files[split_id(entity)[0]] += asked.recent

    def features(self, subject: Subject) -> Iterator[tuple[str, float]]:
        entity = subject.entity
        asked = self.signals.demand.subjects.get(entity)
        if asked:
            yield "asked lately", math.tanh(asked.recent)
            yield "asked often", math.tanh(math.log1p(asked.times) / 2)
            yield "missed", math.tanh(asked.missed / 2)
        path = split_id(entity)[0]
        yield (
            "its file asked about",
            math.tanh((self.asked_files.get(path, 0.0) - (asked.recent if asked else 0.0)) / 4),
        )
        if subject.symbol is not None and subject.record is not None:
            yield from self._of_symbol(subject.entity, subject.record, subject.symbol)
        elif subject.record is not None:
            yield "file", 1.0
            yield "leaned on", math.tanh(math.log1p(self.ranked.get(path, 0.0)) / 2)
        elif entity.endswith("/"):
            yield "folder", 1.0
        else:
            yield ("setting" if entity.startswith("setting:") else "repository"), 1.0
        if subject.record is not None:
            yield from self._of_file(path, subject.record)

    def _of_file(self, path: str, record: FileRecord) -> Iterator[tuple[str, float]]:
        yield from self.heat.of_file(path)
        yield "changes together with recent work", math.tanh(self.signals.together.get(path, 0.0))
        if path in self.signals.work:
            yield "uncommitted", 1.0
        if path in self.signals.branch:
            yield "on this branch", 1.0
        if record.is_test:
            yield "test", 1.0

    def _of_symbol(self, entity: str, record: FileRecord, symbol: Symbol) -> Iterator[tuple[str, float]]:
        yield from self.heat.of_symbol(thing_of(entity, symbol))
        use = self.used.get(entity, Use())
        yield "used", math.tanh(math.log1p(use.places) / 3)
        yield "leaned on", math.tanh(math.log1p(self.ranked.get(record.path, 0.0)) / 2)
        yield "long", math.log1p(symbol.end - symbol.start) / 5
        name = symbol.name
        if symbol.exported and not name.startswith("_") and symbol.doc:
            yield "public and documented", 1.0
        if is_entry(symbol):
            yield "entry point", 1.0
        if name.startswith("__") and name != "__init__":
            yield "special method", 1.0
        elif name.startswith("_"):
            yield "private", 1.0
        if symbol.kind in _VALUES:
            yield "value", 1.0
        elif symbol.kind not in ("function", "method"):
            yield "class", 1.0


def thing_of(entity: str, symbol: Symbol) -> Thing:
    """A symbol as it is warmed."""
    return Thing(entity, symbol.end - symbol.start, symbol.kind in _PARTS)


_TELLING = frozenset({
    "missed", "its file asked about", "changed together", "its neighbours changed", "named like what is being changed",
    "beside what is being changed", "uses what is being changed", "used by what is being changed",
    "changes with what is being changed", "changes together with recent work", "on this branch",
})  # fmt: skip
"""What is a reason in these very words. The others are told with their numbers, or are so of any thing of its sort."""


def strongest(reasons: Sequence[tuple[str, float]], most: int = 2) -> list[str]:
    """The names of the features that speak most for a subject, beyond what any thing of its sort has."""
    return [name for name, added in reasons if added > 0.15 and name in _TELLING][:most]
