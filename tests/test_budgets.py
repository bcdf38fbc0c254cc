"""What a user lets a shift spend and keep: set on the command line, held to, and told by `sleep`, `status` and `report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from sleep.budgets import Budgets
from sleep.child import Errand, ShiftChild
from sleep.pace import Pace
from sleep.schedule import Situation, Thresholds, due
from tests.clients import run_here
from tests.conftest import MakeRepo

pytestmark = pytest.mark.anyio


def shop(make_repo: MakeRepo, files: int = 8) -> Path:
    body = "\n".join(f"def f{n}(a: int) -> int:\n    return f{n - 1 if n else 0}(a)\n" for n in range(8))
    return make_repo({f"shop/m{n}.py": body for n in range(files)})


def slept(repo: Path, *budgets: str) -> dict[str, Any]:
    done = run_here("sleep", "--repo", str(repo), "--json", *budgets)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("command", ["sleep", "serve"])
@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--max-seconds", "0"),
        ("--max-cpu-seconds", "-1"),
        ("--max-cpu-seconds", "nan"),
        ("--max-cpu-seconds", "soon"),
        ("--max-disk-mb", "0.5"),
        ("--max-disk-mb", "inf"),
    ],
)
def test_a_budget_that_is_none_is_refused_with_what_to_give(
    tmp_path: Path, command: str, flag: str, value: str
) -> None:
    refused = run_here(command, "--repo", str(tmp_path), f"{flag}={value}")
    assert refused.returncode == 2
    assert f"argument {flag}: give a number of" in refused.stderr and f"not '{value}'" in refused.stderr
    assert not (tmp_path / ".forethought").exists()


def test_a_shift_ends_when_its_seconds_of_the_processor_are_used_up_says_what_it_left_and_the_next_goes_on(
    make_repo: MakeRepo,
) -> None:
    repo = shop(make_repo)
    first = slept(repo, "--max-cpu-seconds", "0.01")
    assert first["outcome"] == "budget" and first["left"]["files"] == 8 - first["files_read"] > 0
    assert first["ended"].startswith("the budget of the processor was used up at the stage 'study', with ")
    shown = run_here("status", "--repo", str(repo)).stdout
    assert first["ended"] in shown
    last = slept(repo)
    assert (last["outcome"], last["files"], last["ended"]) == ("done", 8, "")
    assert not any(last["left"].values())
    report = run_here("report", "--repo", str(repo)).stdout
    assert "2, " in report and "1 ended by a budget" in report
    assert "used up" not in report and "used up" not in run_here("status", "--repo", str(repo)).stdout


def test_the_report_tells_of_a_last_shift_whose_time_was_up(make_repo: MakeRepo) -> None:
    repo = shop(make_repo)
    ended = slept(repo, "--max-seconds", "0.01")["ended"]
    assert ended.startswith("the time was up")
    assert ended in run_here("report", "--repo", str(repo)).stdout


def test_a_store_that_outgrows_its_disk_budget_lets_answers_go_and_does_not_work_them_out_again_until_there_is_room(
    make_repo: MakeRepo,
) -> None:
    repo = shop(make_repo, files=16)
    free = slept(repo)
    tight = slept(repo, "--max-disk-mb", "1")
    assert 0 < tight["answers_dropped"] < free["answers_computed"]
    assert any("of the 1 it may" in notice for notice in tight["notices"])
    assert "of the 1 it may" in run_here("status", "--repo", str(repo)).stdout
    again = slept(repo, "--max-disk-mb", "1")
    assert again["answers_computed"] == again["answers_dropped"] == 0
    assert again["predicted"] <= free["answers_computed"] - tight["answers_dropped"]
    assert slept(repo, "--max-disk-mb", "500")["predicted"] == free["predicted"]


def test_a_shift_in_a_child_process_has_the_budgets_of_its_server() -> None:
    words = Budgets(60, 2.5, 100).words()
    assert words == ("--max-seconds", "60", "--max-cpu-seconds", "2.5", "--max-disk-mb", "100")
    assert Budgets().words() == () and Budgets(disk_mb=7).limits().disk_mb == 7


async def test_it_is_held_to_them(make_repo: MakeRepo) -> None:
    child = await ShiftChild.start(Errand(shop(make_repo), thinking=Budgets(cpu_seconds=0.01).words()))
    with anyio.fail_after(60):
        report = await child.wait()
    assert report.outcome == "budget" and report.left["files"] > 0


def test_what_other_processes_spent_counts() -> None:
    pace = Pace(cpu_s=2, cpu_clock=lambda: 5.0)
    pace.spent(1.9)
    assert pace.over is None
    pace.spent(0.1)
    assert pace.over == "budget"


def test_after_a_shift_that_spent_everything_none_begins_before_the_cadence() -> None:
    limits = Thresholds(cadence_s=7200)
    spent = Situation(now=10_000, last_end=9_000, raw=True, wanted="500 files changed", spent=True)
    assert due(spent, limits) is None
    assert due(spent._replace(last_end=2_000), limits) == "500 files changed"
