"""What matters in a repository by structure alone: how often a symbol is used, from how many files, and by what matters itself.

Pure functions over the index, plain Python: no graph package pays for its import here. What people ask for is another
signal (`sleep/prediction/predict.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from store.graph.index import Index
from store.source.record import split_id

_ROUNDS = 12
_DAMPING = 0.85


class Use(NamedTuple):
    """How a symbol is used: places that refer to it, distinct callers, files with a use, and how many of those are tests."""

    places: int = 0
    callers: int = 0
    files: int = 0
    tests: int = 0


def uses(index: Index) -> dict[str, Use]:
    """The use of every target that something outside its own definition refers to, in one pass over all edges."""
    places: Counter[str] = Counter()
    callers: dict[str, set[tuple[str, str]]] = defaultdict(set)
    files: dict[str, set[str]] = defaultdict(set)
    for path in index.paths():
        row = index.row(path)
        for edge in row.edges if row else ():
            if edge.target.startswith(("?", "ext:")) or _own(edge.target, path, edge.scope):
                continue
            places[edge.target] += len(edge.lines)
            files[edge.target].add(path)
            if edge.kind == "call":
                callers[edge.target].add((path, edge.scope))
    tests = {p for p in index.paths() if _is_test(index, p)}
    return {t: Use(n, len(callers[t]), len(files[t]), len(files[t] & tests)) for t, n in places.items()}


def _own(target: str, path: str, scope: str) -> bool:
    """Whether a reference comes from inside what it refers to."""
    owner, qual = split_id(target)
    return owner == path and bool(qual) and (scope == qual or scope.startswith(qual + "."))


def _is_test(index: Index, path: str) -> bool:
    record = index.record(path)
    return record is not None and record.is_test


def file_graph(index: Index) -> dict[str, set[str]]:
    """Which files each file refers to."""
    graph: dict[str, set[str]] = {path: set() for path in index.paths()}
    for path in graph:
        row = index.row(path)
        graph[path] = {t for e in (row.edges if row else ()) if (t := split_id(e.target)[0]) != path and t in graph}
    return graph


def rank(graph: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """PageRank, scaled so that the mean is 1: a file that much of what matters leans on ranks high."""
    if not graph:
        return {}
    score = dict.fromkeys(graph, 1.0)
    for _ in range(_ROUNDS):
        fresh = dict.fromkeys(graph, 1.0 - _DAMPING)
        loose = 0.0
        for node, targets in graph.items():
            targets = tuple(targets)
            if not targets:
                loose += score[node]
            for target in targets:
                fresh[target] += _DAMPING * score[node] / len(targets)
        spread = _DAMPING * loose / len(graph)
        score = {node: value + spread for node, value in fresh.items()}
    return score
