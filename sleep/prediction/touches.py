"""Touches: which symbols the last commits changed, by following each commit's lines to the index of now.

Pure, over the patches that git printed (`Git.patches`). What follows from a touch is `sleep/prediction/features.py`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from store.graph.index import Index
from store.source.git_words import moment_of
from store.source.record import Symbol, symbol_id

COMMITS = 250
"""How many commits are followed: older ones say little about tomorrow, and following costs by their square."""

SWEEPING = 40
"""A commit of more files than this is a sweep (a formatter, a rename): it says nothing about any one symbol."""

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class Hunk(NamedTuple):
    """Lines that one commit replaced: where they were, and where what replaced them is."""

    old: int
    old_lines: int
    new: int
    new_lines: int


class Patch(NamedTuple):
    """One commit: when, and its hunks by path."""

    at: datetime
    files: Mapping[str, Sequence[Hunk]]


class Touches(NamedTuple):
    """How many commits ago each symbol and each file was changed, most recent first; over how many commits and days.

    `work`: the symbols on lines that differ from the last commit.
    """

    symbols: Mapping[str, Sequence[int]]
    files: Mapping[str, Sequence[int]]
    commits: int
    days: float
    work: frozenset[str] = frozenset()


NONE = Touches({}, {}, 0, 0.0)


def touches_of(index: Index, patches: str, before: datetime | None = None, unfinished: str = "") -> Touches:
    """The touches that git's patches (newest first) tell of; with `before`, as they were known then.

    `unfinished` is the difference of the tree from the last commit: `index` is of what is on disk, so that every line is
    followed through it, too.
    """
    symbols: dict[str, list[int]] = defaultdict(list)
    files: dict[str, list[int]] = defaultdict(list)
    later: dict[str, list[Sequence[Hunk]]] = defaultdict(list)
    work: set[str] = set()
    for path, differing in hunks_of(unfinished).items():
        later[path].append(differing)
        if path in index:
            work |= touched(index, path, ((h.new, h.new + max(h.new_lines, 1) - 1) for h in differing))
    known = 0
    commits = parse(patches)
    for commit in commits:
        past = before is None or commit.at <= before
        age, known = known, known + past
        for path, hunks in commit.files.items():
            if past and path in index and len(commit.files) <= SWEEPING:
                files[path].append(age)
                spans = (_now(hunk, later[path]) for hunk in hunks)
                for entity in touched(index, path, spans):
                    symbols[entity].append(age)
            later[path].append(hunks)
    days = (commits[0].at - commits[-1].at).total_seconds() / 86_400 if commits else 0.0
    return Touches(symbols, files, known, max(days, 0.0), frozenset(work))


def touched(index: Index, path: str, spans: Iterable[tuple[int, int]]) -> set[str]:
    """The innermost symbols of a file that lie on these lines."""
    symbols = sorted(_tellable(index, path), key=lambda s: (s.start, -s.end))
    found: set[str] = set()
    for first, last in spans:
        on = [s for s in symbols if s.start <= last and first <= s.end]
        found |= {symbol_id(path, s.qual) for s in on if not any(_around(s, other) for other in on)}
    return found


def _tellable(index: Index, path: str) -> Iterator[Symbol]:
    """Symbols that somebody asks about: not those inside functions."""
    symbols = index.symbols(path)
    inside = {s.qual for s in symbols.values() if s.kind in ("function", "method")}
    for symbol in symbols.values():
        if symbol.kind not in ("section", "key", "attribute", "module") and not _within(symbol.qual, inside):
            yield symbol


def _within(qual: str, functions: set[str]) -> bool:
    parent = qual.rpartition(".")[0]
    return bool(parent) and (parent in functions or _within(parent, functions))


def _around(outer: Symbol, inner: Symbol) -> bool:
    return inner is not outer and inner.qual.startswith(outer.qual + ".")


def _now(hunk: Hunk, later: Sequence[Sequence[Hunk]]) -> tuple[int, int]:
    """Where the lines of a hunk's new side are now, after what later commits (oldest last in time: newest first) did."""
    first, last = hunk.new, hunk.new + max(hunk.new_lines, 1) - 1
    for hunks in reversed(later):
        first, last = _moved(first, hunks, end=False), _moved(last, hunks, end=True)
    return first, max(first, last)


def _moved(line: int, hunks: Sequence[Hunk], *, end: bool) -> int:
    """Where a line of the old side is on the new side; one that was replaced is where its replacement begins or ends."""
    shift = 0
    for hunk in hunks:
        begin = hunk.old if hunk.old_lines else hunk.old + 1
        if line < begin:
            break
        if line < begin + hunk.old_lines:
            return max(1, hunk.new + (max(hunk.new_lines, 1) - 1 if end else 0))
        shift += hunk.new_lines - hunk.old_lines
    return line + shift


# -- reading patches ---------------------------------------------------------------------------------------------------------


_COMMIT = re.compile("^\x1e", re.MULTILINE)
"""At the start of a line: those of the files themselves have a sign before them."""


def parse(patches: str) -> list[Patch]:
    """The commits of a `git log -p -U0`, in its order."""
    found: list[Patch] = []
    for chunk in _COMMIT.split(patches)[1:]:
        head, _, body = chunk.partition("\n")
        if head.strip().isdecimal():
            found.append(Patch(moment_of(head.strip()), hunks_of(body)))
    return found


def hunks_of(diff: str) -> dict[str, list[Hunk]]:
    """The hunks of a diff without context, by the path on its new side."""
    files: dict[str, list[Hunk]] = {}
    path, skip = "", 0
    for line in diff.split("\n"):
        if skip and line[:1] in "+-":
            skip -= 1
        elif line.startswith("+++ b/"):
            path = line[6:].rstrip("\t")
        elif line.startswith("@@ ") and path and (match := _HUNK.match(line)):
            old, old_lines, new, new_lines = (1 if g is None else int(g) for g in match.groups())
            files.setdefault(path, []).append(Hunk(old, old_lines, new, new_lines))
            skip = old_lines + new_lines
    return files
