"""What is expected, and how it is learned: demand, touches followed to now, a model that moves, a ledger."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from sleep.limits import Limits
from sleep.prediction.demand import counts, demand_of, of_their_own, paraphrases
from sleep.prediction.features import PRIOR, table_of
from sleep.prediction.forecast import Forecast
from sleep.prediction.learn import lesson_of
from sleep.prediction.model import Model, calibration_error
from sleep.prediction.predict import predict, worth
from sleep.prediction.signals import gather
from sleep.prediction.touches import touches_of
from store.graph.index import Index
from store.ledger import account, amortised
from store.source.read import read
from store.source.tree import Tree
from store.words import Asked, Query, Spend, now
from tests.conftest import MakeRepo, git, write

BODY = "".join(f"def f{n}() -> int:\n    return {n}\n\n\n" for n in range(40))


def studied(repo: Path) -> tuple[Index, Tree]:
    tree, index = Tree(repo), Index()
    index.apply([read(path, data) for path, data in tree.sync().changed.items()])
    return index, tree


def asked(name: str, *, minutes: float = 0, status: str = "computed", client: str = "agent 1", **more: object) -> Asked:
    query = Query(kind="explain", entities=(f"a.py::{name}",)) if name else None
    values = {"id": f"{name}{minutes}{client}{status}", "question": f"what is {name}", "query": query, "status": status}
    return Asked.model_validate({**values, "at": now() - timedelta(minutes=minutes), "client": client, **more})


# -- demand --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["eval", "bench", "forethought-hook 1", "hook", "brief"])
def test_what_we_asked_ourselves_is_no_demand(client: str) -> None:
    assert not counts(asked("f", client=client))
    assert not demand_of([asked("f", client=client)], now()).keys


def test_a_verdict_on_an_answer_is_no_demand_but_a_recorded_answer_is() -> None:
    assert not counts(asked("f", status="recorded", useful=True))
    assert counts(asked("f", status="recorded", answer="it is"))


def test_asking_again_after_our_own_list_of_readings_is_one_matter() -> None:
    rows = [asked("f", minutes=1, status="candidates", session="s"), asked("g", minutes=0.5, session="s")]
    assert [a.query.key for a in of_their_own(rows) if a.query] == ["explain|a.py::g||"]
    assert len(of_their_own([a.model_copy(update={"session": f"s{n}"}) for n, a in enumerate(rows)])) == 2


def test_a_question_that_nobody_understood_counts_half_for_what_it_is_a_paraphrase_of() -> None:
    known, unclear = asked("f"), asked("", minutes=5, status="miss", question="tell me about f")
    likened = paraphrases([known, unclear], {known.question: [1.0, 0.0], unclear.question: [0.9, 0.1]})
    assert demand_of([known, unclear], now() + timedelta(1), likened).keys["explain|a.py::f||"].times == 1.5
    assert not paraphrases([known, unclear], {known.question: [1.0, 0.0], unclear.question: [0.1, 0.9]})


# -- touches -------------------------------------------------------------------------------------------------------------


def test_a_touch_is_followed_through_later_commits_to_where_the_symbol_is_now(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": BODY})
    write(repo, {"a.py": BODY.replace("return 20\n", "return 2000\n")})
    git(repo, "commit", "-qam", "twenty")
    write(repo, {"a.py": "import os\n\n\n" * 9 + BODY.replace("return 20\n", "return 2000\n")})
    git(repo, "commit", "-qam", "moved down")
    index, tree = studied(repo)
    found = touches_of(index, tree.git.patches(10))
    assert found.symbols["a.py::f20"][0] == 1
    assert list(found.files["a.py"]) == [0, 1, 2]
    assert list(found.symbols["a.py::f19"]) == [2]


def test_what_is_being_changed_is_known_by_symbol_and_warms_what_is_near_it(make_repo: MakeRepo) -> None:
    user = "from a import f20\n\n\ndef user() -> int:\n    return f20()\n\n\ndef stranger() -> int:\n    return 1\n"
    repo = make_repo({"a.py": BODY, "b.py": user})
    write(repo, {"a.py": BODY.replace("return 20\n", "return 2000\n")})
    git(repo, "commit", "-qam", "twenty")
    # Not committed: f20 again, and lines above it, which move all.
    write(repo, {"a.py": "import os\n\n\n" * 9 + BODY.replace("return 20\n", "return 2000 + 1\n")})
    index, tree = studied(repo)
    signals = gather(index, (), tree.git, now())
    assert signals.touches.work == {"a.py::f20"}
    assert signals.touches.symbols["a.py::f20"][0] == 0
    assert list(signals.touches.symbols["a.py::f19"]) == [1]
    table = table_of(signals)
    place, names = table.place(), list(PRIOR)

    def told(entity: str, feature: str) -> float:
        return float(table.rows[place[entity]][names.index(feature)])

    assert told("a.py::f20", "being changed") == 1.0 > told("a.py::f21", "being changed")
    assert told("b.py::user", "uses what is being changed") > 0 == told("b.py::stranger", "uses what is being changed")
    assert told("a.py::f21", "beside what is being changed") == 1.0
    because = {p.query.entities[0]: p.because for p in predict(signals, Limits())}
    assert because["a.py::f20"].startswith("being changed, not yet committed")
    assert "uses what is being changed" in because["b.py::user"]


def test_nothing_of_git_is_known_in_a_plain_folder(make_repo: MakeRepo) -> None:
    index, tree = studied(make_repo({"a.py": BODY}, git_repo=False))
    assert gather(index, (), tree.git, now()).touches.commits == 0


# -- the model -----------------------------------------------------------------------------------------------------------


def test_a_model_that_learns_is_better_calibrated_than_its_prior() -> None:
    rng = np.random.default_rng(1)
    rows = np.column_stack([np.ones(4_000), rng.random(4_000), rng.random(4_000)])
    came = (rng.random(4_000) < 1 / (1 + np.exp(-(-3 + 3 * rows[:, 1])))).astype(float)
    begun = Model.begin({"always": 0.0, "telling": 0.5, "idle": 1.0}, firmness=4.0)
    model = begun
    for start in range(0, 2_000, 200):
        model = model.learned(rows[start : start + 200], came[start : start + 200])
    later = slice(2_000, None)
    error, before = (calibration_error(m.chances(rows[later]), came[later]) for m in (model, begun))
    assert error < 0.06 and before > 0.2
    assert model.mean["telling"] > 1.5 and abs(model.mean["idle"]) < 0.8


def test_what_changes_daily_is_worth_less_and_what_nobody_asks_nothing() -> None:
    assert worth(0.1, "explain", 0.0) > worth(0.1, "explain", 1.0) > worth(0.1, "explain", 10.0)
    assert worth(1e-5, "where", 0.0) < 0


def test_what_was_asked_moves_the_forecast_and_what_was_expected_is_counted(make_repo: MakeRepo) -> None:
    index, tree = studied(make_repo({"a.py": BODY}))
    known = Forecast.begin().model_copy(update={"until": now() - timedelta(hours=1)})
    rows = [asked(f"f{n}", minutes=30 - n) for n in range(8)]
    lesson = lesson_of(known, gather(index, rows, tree.git, now()), tree.git, Limits(), now())
    assert lesson.forecast.asked == 8 and lesson.forecast.predictability == 1.0
    assert lesson.came == 8 and len(lesson.spends) == 8 and all(s.anticipated for s in lesson.spends)
    assert lesson.forecast.families == {"explain": 8}
    kept = Forecast.restored(lesson.forecast.model_dump_json())
    assert kept == lesson.forecast != known
    assert Forecast.restored('{"subjects": 1}') == Forecast.begin()
    before = {p.query.key: p for p in predict(gather(index, (), tree.git, now()), Limits())}
    after = {p.query.key: p for p in predict(gather(index, rows, tree.git, now()), Limits(), kept)}
    key = "explain|a.py::f3||"
    assert after[key].chance > before[key].chance and "asked" in after[key].because


# -- the ledger ----------------------------------------------------------------------------------------------------------


def test_the_account_is_net_of_what_sleeping_cost() -> None:
    lines = [
        Spend(id="s", what="shift", seconds=10, tokens=1_000, usd=0.01, answers=10, expected=10, came=2),
        Spend(id="a", what="query", status="hit", anticipated=True, saved_tokens=500, saved_calls=1.3),
        Spend(id="b", what="query", status="miss", saved_tokens=-150, saved_calls=-1),
    ]
    found = account(lines, served=1)
    assert (found.queries, found.hits, found.hit_rate, found.predictability) == (2, 1, 0.5, 0.5)
    assert (found.precision, found.wasted, found.saved_tokens) == (0.2, 0.9, 350)
    assert found.net == 350 * 10 - (1_000 + 10 * 50)
    assert account([]).hit_rate is None and account([]).cost_per_query is None


def test_the_more_questions_share_a_context_the_less_each_costs() -> None:
    costs = [amortised(20_000, 250, n) for n in (1, 2, 5, 10)]
    assert costs == sorted(costs, reverse=True) and costs[-1] == 4_500
