"""The prediction set as of now, for people: what a shift would answer first. Reads; stores nothing, answers nothing.

How it comes about: `sleep/prediction/predict.py`. The command that shows it: `forethought predict`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sleep.limits import Limits
from sleep.prediction.forecast import FORECAST, Forecast
from sleep.prediction.predict import Prediction, predict
from sleep.prediction.signals import gather
from sleep.prediction.staleness import overtaken
from sleep.prediction.wording import question_of
from store.graph.index import Index
from store.home import Home
from store.source.read import read
from store.source.tree import Tree
from store.words import Asked, now


async def expect(home: Home, limit: int) -> list[dict[str, Any]]:
    """The best of what is expected, most valuable first. Without a store, from the tree and git alone."""
    tree, index = Tree(home.root), Index()
    asked, forecast, pace = await _stored(home, tree, index)
    changes = tree.sync()
    index.apply([read(path, data) for path, data in changes.changed.items()], changes.gone)
    signals = replace(gather(index, asked, tree.git, now()), overtaken=pace)
    return [shown(p) for p in predict(signals, Limits(answers=limit), forecast)]


def shown(one: Prediction) -> dict[str, Any]:
    """A prediction as JSON: tokens that it would save, what it costs, and why it is expected."""
    return {
        "question": question_of(one.query),
        "key": one.query.key,
        "kind": one.query.kind,
        "about": list(one.query.entities),
        "probability": round(one.chance, 4),
        "saves_tokens": one.saved,
        "costs_seconds": one.seconds,
        "costs_tokens": 0,
        "value": round(one.value, 1),
        "because": one.because,
    }


async def _stored(home: Home, tree: Tree, index: Index) -> tuple[list[Asked], Forecast, dict[str, float]]:
    if not home.layouts():
        return [], Forecast.begin(), {}
    from store.tables import Store

    store = await Store.open(home, create=False)
    try:
        rows, asked = await store.rows(), await store.queries(5_000)
        forecast, pace = Forecast.restored(await store.meta_get(FORECAST)), await overtaken(store)
    finally:
        store.close()
    tree.seed({row.record.path: entry for row, entry in rows})
    index.load(row for row, _ in rows)
    return asked, forecast, pace
