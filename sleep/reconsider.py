"""Reconsidering: questions that nobody could make sense of when they were asked are understood again, by the index of now.

A name may have come with the last commit, or the understanding may have improved. Not here: understanding
(`store/question/understand.py`), and what follows for the prediction set (`sleep/prediction/predict.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sleep.desk import Desk
from sleep.prediction.demand import counts, paraphrases
from store.evidence import Sources
from store.question.find import Finder
from store.question.understand import understand
from store.words import Asked, Query

MOST = 200
"""Different questions that are looked at again in one shift, newest first."""


COMPARED = 150
"""Questions whose wording is compared, newest first: each costs some milliseconds to embed."""


async def likened(desk: Desk, asked: Sequence[Asked]) -> dict[str, Query]:
    """What questions that nobody understood are probably paraphrases of, by id: they count towards that query's demand."""
    unclear = [a for a in asked if a.query is None and counts(a)][:COMPARED]
    if not unclear:
        return {}
    compared = [*unclear, *[a for a in asked if a.query is not None and counts(a)][:COMPARED]]
    vectors: dict[str, list[float]] = {}
    for question in dict.fromkeys(a.question for a in compared):
        if not await desk.pace.turn():
            return {}
        vectors[question] = desk.vector(question)
    return paraphrases(compared, vectors)


async def reconsider(desk: Desk, sources: Sources, asked: Iterable[Asked]) -> list[Asked]:
    """What was asked, with a query where there is one now."""
    finder: Finder | None = None
    seen: dict[str, Query | None] = {}
    found: list[Asked] = []
    for one in asked:
        if one.query is not None or one.status == "recorded" or (one.question not in seen and len(seen) >= MOST):
            found.append(one)
            continue
        if one.question not in seen and await desk.pace.turn():
            finder = finder or Finder(sources.index)
            readings = understand(one.question, sources, finder).readings
            seen[one.question] = readings[0].query if readings else None
        found.append(one.model_copy(update={"query": seen.get(one.question)}))
    return found
