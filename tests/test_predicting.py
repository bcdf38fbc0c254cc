"""`forethought predict` and `report`, and what `status` counts: as a person and a script meet them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from server.status import states_of
from tests.clients import run, run_here
from tests.conftest import MakeRepo, git, write

FILES = {
    "shop/prices.py": 'def net(gross: int) -> int:\n    """Without tax."""\n    return gross\n',
    "shop/cart.py": "from shop.prices import net\n\n\ndef total() -> int:\n    return net(1)\n",
    "README.md": "# Shop\n",
}


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo(FILES)


def test_what_is_expected_is_shown_with_chance_saving_cost_and_reason_and_nothing_is_stored(repo: Path) -> None:
    write(repo, {"shop/cart.py": FILES["shop/cart.py"].replace("net(1)", "net(2)")})
    found = json.loads(run_here("predict", "--repo", str(repo), "--limit", "30", "--json").stdout)
    assert 10 < len(found) <= 30
    for one in found:
        assert 0 < one["probability"] < 1 and one["saves_tokens"] > 0 and one["costs_seconds"] > 0
        assert one["question"].endswith("?") and one["because"] and one["key"].startswith(one["kind"])
    assert [one["value"] for one in found] == sorted((one["value"] for one in found), reverse=True)
    assert any("not yet committed" in one["because"] for one in found if "shop/cart.py::total" in one["about"])
    assert not (repo / ".forethought").exists()
    shown = run("predict", "--repo", str(repo), "--limit", "1")
    assert shown.returncode == 0 and "chance" in shown.stdout
    assert run_here("predict", "--repo", str(repo), "--limit", "0").returncode == 2


def test_the_report_counts_what_was_asked_against_what_sleeping_cost(repo: Path) -> None:
    empty = run_here("report", "--repo", str(repo))
    assert empty.returncode == 0 and "unknown yet" in empty.stdout
    assert run_here("sleep", "--repo", str(repo), "--json").returncode == 0
    assert json.loads(run_here("ask", "who calls net", "--repo", str(repo), "--json").stdout)["status"] == "hit"
    assert run_here("sleep", "--repo", str(repo), "--json").returncode == 0
    found = json.loads(run_here("report", "--repo", str(repo), "--json").stdout)
    assert (found["shifts"], found["queries"], found["hits"], found["hit_rate"]) == (2, 1, 1, 1.0)
    assert found["predictability"] == 1.0 and found["seconds"] > 0 and found["saved_tokens"] > 0
    assert "grep" in found["method"]
    status = json.loads(run_here("status", "--repo", str(repo), "--json").stdout)
    assert status["spend"]["queries"] == 1 and status["states"]["serving"] == 1
    assert status["states"]["ready"] == status["files"] - 1


def test_each_file_is_counted_in_one_state() -> None:
    found = states_of({"a", "b", "c"}, frozenset({"c", "new"}), {"b", "c"}, 7, sleeping=False)
    assert found == {"raw": 1, "enriching": 0, "ready": 1, "serving": 1, "stale": 1, "evicted": 7}
    asleep = states_of({"a"}, frozenset({"a", "new"}), set(), 0, sleeping=True)
    assert asleep["enriching"] == 2 and asleep["raw"] == asleep["stale"] == 0


# -- the benchmarks, small -----------------------------------------------------------------------------------------------


def bench(name: str) -> ModuleType:
    path = Path(__file__).parent / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"bench_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_simulated_week_is_cheaper_with_sleep_and_says_from_when() -> None:
    economics = bench("economics")
    for one in economics.simulated(economics.DEFAULT).values():
        times = {week["n"]: week["times"] for week in one["weeks"]}
        assert times[10] >= 2.5
        assert one["break_even"] < 2


def test_what_is_touched_next_is_foreseen_better_than_by_chance_on_a_history(make_repo: MakeRepo) -> None:
    prediction = bench("prediction")
    functions = [f"def f{n}() -> int:\n    return {n}\n\n\n" for n in range(200)]
    repo = make_repo({"a.py": "".join(functions)})
    for step in range(12):
        functions[step % 3] = f"def f{step % 3}() -> int:\n    return {step + 1000}\n\n\n"
        write(repo, {"a.py": "".join(functions)})
        git(repo, "commit", "-qam", f"step {step}")
    found = prediction.summary(prediction.measure(prediction.seen(repo, 6, 2, 1, within=False), 1))
    assert found["recall"]["forecast"][0] >= 0.8 > found["recall"]["random"][0]
