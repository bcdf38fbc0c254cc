"""Hybrid search: what is near by meaning and what is near by words, their ranks fused. It proposes; nothing is decided here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from store.lance import Table

_RANK_CONSTANT = 60
"""Of reciprocal-rank fusion, as in the paper (Cormack et al. 2009): how little the first ranks stand out."""

_WORDS = 64
"""More words than this of a question do not make its search better, only slower."""


class Found(NamedTuple):
    """One row that either search found."""

    body: str
    cosine: float | None


async def fused(
    table: Table, where: str, vector: Sequence[float] | None, words: str, limit: int
) -> list[tuple[str, float]]:
    """Bodies with their scores (see `Store.nearest_preanswers`), best first."""
    depth = max(3 * limit, 20)
    by_meaning, by_words = await asyncio.gather(
        _by_meaning(table, where, vector, depth), _by_words(table, where, vector, words, depth)
    )
    rank: dict[str, float] = {}
    found: dict[str, Found] = {}
    for ranking in (by_meaning, by_words):
        for place, (key, row) in enumerate(ranking.items()):
            rank[key] = rank.get(key, 0.0) + 1 / (_RANK_CONSTANT + place)
            found.setdefault(key, row)
    best = sorted(rank, key=lambda key: (-rank[key], key))[:limit]
    if vector is None:
        return [(found[key].body, rank[key] * _RANK_CONSTANT) for key in best]
    return [(found[key].body, found[key].cosine or 0.0) for key in best]


async def _by_meaning(table: Table, where: str, vector: Sequence[float] | None, depth: int) -> dict[str, Found]:
    if vector is None:
        return {}
    key = table.layout.key
    rows = await table.near(vector, [key, "body"], where, depth)
    return {r[key]: Found(r["body"], 1.0 - r["_distance"]) for r in rows.to_pylist()}


async def _by_words(
    table: Table, where: str, vector: Sequence[float] | None, words: str, depth: int
) -> dict[str, Found]:
    query = " ".join(words.split()[:_WORDS])
    if not query:
        return {}
    key = table.layout.key
    columns = [key, "body"] if vector is None else [key, "body", "vector"]
    rows: list[dict[str, Any]] = (await table.matching(query, columns, where, depth)).to_pylist()
    rows.sort(key=lambda r: (-r["_score"], r[key]))  # equal scores come in any order
    return {r[key]: Found(r["body"], _cosine(vector, r.get("vector"))) for r in rows}


def _cosine(one: Sequence[float] | None, other: Sequence[float] | None) -> float | None:
    if one is None or other is None:
        return None
    import numpy as np

    a, b = np.asarray(one, dtype=np.float32), np.asarray(other, dtype=np.float32)
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm else 0.0
