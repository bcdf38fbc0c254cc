"""The difference that a window makes: its changed files, compared symbol by symbol with what git has of then."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from server.brief.changed import Change, Side, compared, moved, same
from store.errors import NoSuchFile, OutsideRepo
from store.source.languages.known import is_test
from store.source.read import read
from store.source.record import split_id

if TYPE_CHECKING:
    from server.brief.window import Window
    from store.evidence import Sources
    from store.source.git_words import Commit

COMPARED = 40
"""Files that are compared by symbols: the most telling of those that changed."""

PAST = 500
"""Commits that tell of churn and of what changes together."""

DOCUMENTS = (".md", ".rst", ".txt")
"""Files that speak of things, and call nothing."""

BIG = 1_000_000
"""Bytes of a file: a larger one is not compared."""

TEXT = 700_000
"""Characters of text that are compared in all: an arriving session waits for it."""

_ASIDE = re.compile(r"(?:^|/)(?:docs?|docs_src|examples?|benchmarks?|benches|bench|scripts|perf[\w-]*)/")
"""Where code lies that nothing rests on."""


class Difference(NamedTuple):
    """What is different. `changes` are of the compared files; `moves` is removed entity -> where the same text is now.

    `past` are the newest commits before the window and in it; `reworded` the compared files that are in substance what they were.
    """

    window: Window
    past: tuple[Commit, ...]
    changes: tuple[Change, ...]
    moves: dict[str, str]
    compared: tuple[str, ...]
    reworded: frozenset[str] = frozenset()

    def of(self, path: str) -> list[Change]:
        return [c for c in self.changes if split_id(c.entity)[0] == path]

    @property
    def library(self) -> list[Change]:
        """The changes of substance to what others rest on: neither tests nor documents."""
        return [c for c in self.changes if c.counts and is_library(c.entity)]

    def may_be_adapted(self, entity: str) -> bool:
        """Whether a place is among what changed, or in a file that changed and was not compared."""
        path = split_id(entity)[0]
        return entity in self.entities or (path in self.window.changed and path not in self.compared)

    @property
    def entities(self) -> frozenset[str]:
        """What was touched in substance."""
        return frozenset(c.entity for c in self.changes if c.counts)


def is_library(entity: str) -> bool:
    """Whether a file or symbol is something that others rest on."""
    path, qual = split_id(entity)
    return not is_test(path) and not _ASIDE.search(path) and not in_place_test(path, qual)


def in_place_test(path: str, scope: str) -> bool:
    """Whether a scope is among the tests that Rust keeps in the file that they test."""
    return path.endswith(".rs") and scope.partition(".")[0] in ("tests", "test")


def difference(sources: Sources, window: Window) -> Difference:
    """Compare now with then. A window without git, or without a past, has none."""
    past = tuple(sources.tree.git.log(limit=PAST))
    paths = _most_telling(sources, window, Counter(p for commit in past for p in commit.paths))
    then = _then(sources, window, paths)
    now = {path: side for path in paths if (side := _now(sources, window, path))}
    changes = [c for path in paths for c in compared(path, then.get(path), now.get(path))]
    moves = moved(changes)
    arrived = set(moves.values())
    kept = tuple(c for c in changes if c.entity not in moves and c.entity not in arrived)
    telling = {split_id(c.entity)[0] for c in changes if c.counts}
    reworded = frozenset(p for p in then.keys() & now.keys() - telling if same(p, then[p], now[p]))
    return Difference(window, past, kept, moves, tuple(paths), reworded)


def _most_telling(sources: Sources, window: Window, churn: Counter[str]) -> list[str]:
    """Code before tests, uncommitted before committed, much used before little used."""

    def weight(path: str) -> tuple[bool, bool, bool, int, int]:
        aside = not is_library(path)
        return (is_test(path), aside, path not in window.work, -len(sources.index.importers(path)), -churn[path])

    conflicted = window.status.conflicted
    code = [p for p in window.changed if p not in conflicted and _is_code(sources, p, window.changed[p])]
    room, kept = TEXT, []
    for path in sorted(sorted(code), key=weight)[:COMPARED]:
        record = sources.index.record(path)
        room -= record.lines * 40 if record else 0
        if room >= 0:
            kept.append(path)
    return kept


def _is_code(sources: Sources, path: str, how: str) -> bool:
    record = sources.index.record(path)
    if (
        record is None
    ):  # gone: by the look of its name, because its neighbours tell. What is there and not read is not gone
        suffix = path.rpartition(".")[2]
        return how == "D" and suffix in {
            "py",
            "js",
            "ts",
            "tsx",
            "jsx",
            "go",
            "rs",
            "java",
            "c",
            "h",
            "cpp",
            "cc",
            "hpp",
        }
    return any(s.kind not in ("section", "key") for s in record.symbols)


def text_of(sources: Sources, path: str) -> str:
    """A file as it is on disk now; "" where it cannot be read."""
    try:
        return sources.text(path)
    except (NoSuchFile, OutsideRepo):
        return ""


def _now(sources: Sources, window: Window, path: str) -> Side | None:
    record = sources.index.record(path) if window.changed[path] != "D" else None
    if record is None:
        return None
    try:
        return Side(record, sources.text(path))
    except (NoSuchFile, OutsideRepo):
        return None


def _then(sources: Sources, window: Window, paths: list[str]) -> dict[str, Side]:
    """The files as they were, under the names that they have now."""
    if not window.base:
        return {}
    named = {window.renamed.get(p, p): p for p in paths if window.changed[p] != "A"}
    found = sources.tree.git.contents(window.base, list(named))
    return {
        named[old]: Side(read(old, data), data.decode("utf-8", "replace"))
        for old, data in found.items()
        if len(data) <= BIG
    }
