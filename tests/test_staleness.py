"""Answers that are overtaken again and again are worth less ahead of time; nothing else follows from a stale hit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sleep.limits import Limits
from sleep.prediction.demand import demand_of
from sleep.prediction.predict import predict
from sleep.prediction.signals import Signals
from sleep.prediction.staleness import overtaken, overtaken_in
from sleep.shift import run_shift
from store.home import Home
from store.tables import Store
from store.words import Asked, Observation, Query, Trace
from tests.clients import ask, in_memory
from tests.conftest import MakeRepo
from tests.stored import Flat
from tests.test_resolving import index_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILES = {"a.py": "def net():\n    return 1\n\n\ndef gross():\n    return net()\n"}


def stale(variant: str, days: float = 0, status: str = "computed") -> Trace:
    return Trace(id=f"{variant}{days}{status}", at=NOON - timedelta(days=days), status=status, variant=variant)


def test_each_state_of_an_answer_that_was_overtaken_counts_once() -> None:
    traces = [
        stale("k@1", 4),
        stale("k@1", 3),
        stale("k@2", 2),
        stale("k@3", 1, "miss"),
        stale("k@4", 1, "hit"),
        stale("", 1),
    ]
    assert overtaken_in(traces, NOON) == {"k": 3 / 4}
    assert overtaken_in([stale("k@1", 20), stale("k@2", 15)], NOON) == overtaken_in([stale("k@1")], NOON) == {}
    assert overtaken_in([stale("k|x@y@1"), stale("k|x@y@2")], NOON) == {"k|x@y": 2.0}


def test_what_goes_stale_quickly_is_worth_less_ahead_however_it_came_to_be_expected() -> None:
    query = Query(kind="callers", entities=("a.py::net",))
    asked = [Asked(id="1", at=NOON, question="who calls net?", query=query, status="computed")]
    steady = Signals(index_of(FILES), demand=demand_of(asked, NOON + timedelta(hours=1)))

    def worth(signals: Signals) -> float:
        return {p.query.key: p.value for p in predict(signals, Limits())}.get(query.key, 0.0)

    moving = worth(replace(steady, overtaken={query.key: 5.0}))
    assert 0 < moving < 0.7 * worth(steady)
    assert worth(replace(steady, overtaken={"another|key||": 5.0})) == worth(steady)
    guessed = Signals(index_of(FILES))
    assert worth(replace(guessed, overtaken={query.key: 5.0})) < 0.7 * worth(guessed)


@pytest.mark.anyio
async def test_answers_that_an_edit_overtook_are_counted_from_real_lookups_and_teach_nothing(
    make_repo: MakeRepo,
) -> None:
    repo: Path = make_repo(FILES)
    for n in range(3):
        await run_shift(Home(repo), repo, embedder=Flat())
        async with in_memory(repo) as client:
            assert (await ask(client, "who calls net?", kind="callers", about=["net"]))["status"] == "hit"
            (repo / f"b{n}.py").write_text(f"from a import net\n\n\ndef use{n}():\n    return net()\n")
            assert (await ask(client, "who calls net?", kind="callers", about=["net"]))["status"] == "computed"
    await run_shift(Home(repo), repo, embedder=Flat())
    store = await Store.open(Home(repo))
    found, observed = await overtaken(store), await store.entries("observations", Observation)
    store.close()
    assert found == {"callers|a.py::net||": 3.0} and observed == []
