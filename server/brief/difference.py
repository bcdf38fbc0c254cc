"""The difference that a window makes: its changed files, compared symbol by symbol with what git has of then."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from server.brief.changed import Change, compared, moved
from store.source.read import read
from store.source.record import split_id, symbol_id

if TYPE_CHECKING:
    from server.brief.window import Window
    from store.evidence import Sources
    from store.source.git_words import History
    from store.source.record import FileRecord, Symbol

COMPARED = 30
"""Files that are compared by symbols, at one git process each: the most telling of those that changed."""

PAST = 500
"""Commits that tell of churn and of what changes together."""

BIG = 1_000_000


class Difference(NamedTuple):
    """What is different. `changes` are of the compared files; `moves` is removed entity -> where the same text is now."""

    window: Window
    history: History
    changes: tuple[Change, ...]
    moves: dict[str, str]
    compared: tuple[str, ...]

    def of(self, path: str) -> list[Change]:
        return [c for c in self.changes if split_id(c.entity)[0] == path]

    @property
    def entities(self) -> frozenset[str]:
        """What was touched: a caller that is among these may have been adapted."""
        return frozenset(c.entity for c in self.changes)


def difference(sources: Sources, window: Window) -> Difference:
    """Compare now with then. A window without git, or without a past, has none."""
    git = sources.tree.git
    history = git.history(PAST)
    paths = _most_telling(sources, window, history.churn)
    changes: list[Change] = []
    before: dict[str, Symbol] = {}
    after: dict[str, Symbol] = {}
    for path in paths:
        old = _then(sources, window, path)
        now = sources.index.record(path) if window.changed[path] != "D" else None
        changes += compared(path, old, now)
        before |= {symbol_id(path, s.qual): s for s in old.symbols} if old else {}
        after |= {symbol_id(path, s.qual): s for s in now.symbols} if now else {}
    moves = moved(changes, before, after)
    arrived = set(moves.values())
    kept = tuple(c for c in changes if c.entity not in moves and c.entity not in arrived)
    return Difference(window, history, kept, moves, tuple(paths))


def _most_telling(sources: Sources, window: Window, churn: Counter[str]) -> list[str]:
    """Code before tests, uncommitted before committed, much used before little used."""
    status = window.status
    work = {*status.modified, *status.staged, *status.untracked}

    def weight(path: str) -> tuple[bool, bool, int, int]:
        record = sources.index.record(path)
        is_test = bool(record and record.is_test)
        return (is_test, path not in work, -len(sources.index.importers(path)), -churn[path])

    code = [p for p in window.changed if _is_code(sources, p)]
    return sorted(sorted(code), key=weight)[:COMPARED]


def _is_code(sources: Sources, path: str) -> bool:
    record = sources.index.record(path)
    if record is None:  # gone: by the look of its name, because its neighbours tell
        suffix = path.rpartition(".")[2]
        return suffix in {"py", "js", "ts", "tsx", "jsx", "go", "rs", "java", "c", "h", "cpp", "cc", "hpp"}
    return any(s.kind not in ("section", "key") for s in record.symbols)


def _then(sources: Sources, window: Window, path: str) -> FileRecord | None:
    if window.changed[path] == "A" or not window.base:
        return None
    data = sources.tree.git.content(window.base, path)
    return read(path, data) if data is not None and len(data) <= BIG else None
