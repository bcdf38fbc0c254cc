"""The paper's experiment runs end to end against the local server, continues for nothing, and draws its figures."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.sleep_compute import experiment, problems
from tests.bench.sleep_compute.run import main


def test_the_experiment_runs_end_to_end_and_continues_for_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--out", str(tmp_path), "--contexts", "3", "--questions", "3", "--samples", "1,2"]
    assert main(words) == 0
    result = json.loads((tmp_path / "results.json").read_text())
    assert set(result["curves"]) == {"awake", "asleep 1", "asleep 2", "context only"}
    assert all(len(points) == 5 for points in result["curves"].values())
    assert result["asleep"]["2"]["sleep_tokens"] > result["asleep"]["1"]["sleep_tokens"]
    assert len(result["asleep"]["1"]["predictability"]) == 5
    for name in ("accuracy", "amortised", "predictability"):
        assert ElementTree.parse(tmp_path / f"{name}.svg").getroot().tag.endswith("svg")
    assert main(words) == 0
    assert json.loads((tmp_path / "results.json").read_text())["calls"] == 0
    assert "pays from" in capsys.readouterr().out


def test_data_comes_as_contexts_or_as_whole_problems(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_text(
        '{"id": "c", "context": "A b.", "questions": [{"question": "How many?", "answer": 4}, '
        '{"question": "Who?", "answer": "Ada"}]}\n'
        '{"question": "Ada has 3 apples. She eats 1. How many are left?", "answer": "3-1=2 #### 2"}\n'
    )
    several, single = problems.load(file)
    assert [q.answer for q in several.questions] == ["4", "Ada"]
    assert (single.context, single.questions[0]) == ("Ada has 3 apples. She eats 1.", ("How many are left?", "2"))


@pytest.mark.parametrize(
    ("given", "wanted", "holds"),
    [
        ("First 3, then 4. The answer is 12.", "12", True), ("It is 1,200", "1200", True),
        ("The answer is 12. Or 13", "13", False),
        ("nothing", "3", False), ("It is ada lovelace!", "Ada Lovelace", True), ("The answer is -4", "-4", True),
    ],
)  # fmt: skip
def test_answers_are_compared_as_numbers_where_they_are_numbers(given: str, wanted: str, holds: bool) -> None:
    assert problems.right(given, wanted) is holds


def test_sleep_pays_off_over_enough_queries() -> None:
    assert experiment.break_even(1000, 60, 10, 10) == 2.0
    assert experiment.break_even(1000, 10, 60, 10) is None
    assert experiment.amortised(1000, 60, 10, 10, 3)[1] == (2, 600.0, 600.0)


def test_a_real_model_needs_a_budget() -> None:
    with pytest.raises(SystemExit):
        main(["--out", "x", "--model", "claude-haiku-5-5"])
