"""`forethought eval`: how rows are judged, and the command on a small real repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.cli import main
from server.present import choice
from server.results import Candidate, LookupResult
from server.score import Labelled, Scored, Served, report, score
from tests.conftest import MakeRepo
from tests.test_understanding import POST


def served(text: str | None, *, status: str = "computed", key: str | None = "k", about: tuple[str, ...] = ()) -> Served:
    candidates = [Candidate(answer=text or "", kind="explain", about=list(about))] if status == "candidates" else []
    answer = choice(candidates) if candidates else None if status == "miss" else text
    return Served(LookupResult(status=status, answer=answer, candidates=candidates, trace_id="t"), key, 2.0)  # type: ignore[arg-type]


def row(**fields: object) -> Labelled:
    return Labelled.of({"id": "1", "question": "q", **fields})


def judged(labelled: Labelled, *given: Served) -> str:
    return score(labelled, given).verdict


def test_an_answer_is_right_if_it_holds_every_rule_the_entity_and_the_set() -> None:
    labelled = row(must_contain=["a+b"], entities=["src/x.py:C.run"], expect_set=["f", "g"])
    assert judged(labelled, served("aab in `C.run`, called by f and g")) == "right"
    assert judged(labelled, served("aab in src/x.py, called by f and g")) == "right"
    assert judged(labelled, served("aab in `C.run`, called by f")) == "wrong"
    assert judged(labelled, served("aab in `C.runner`, f, g")) == "wrong"
    assert judged(labelled, served(None, status="miss")) == "refused"


def test_candidates_are_right_if_the_answer_is_among_them_and_never_wrong() -> None:
    labelled = row(must_contain=["label"], entities=["src/x.py:run"])
    assert judged(labelled, served("prints the label", status="candidates", about=("src/x.py::run",))) == "right"
    assert judged(labelled, served("prints nothing", status="candidates", about=("src/x.py::run",))) == "offered"


def test_where_nothing_can_be_answered_a_miss_and_no_such_thing_are_right() -> None:
    labelled = row(kind="no_answer")
    assert judged(labelled, served(None, status="miss")) == "right"
    assert judged(labelled, served("There is no `X` in this repository.")) == "right"
    assert judged(labelled, served("`Y` does it")) == "wrong"
    assert judged(labelled, served("`Y` does it", status="candidates")) == "offered"


def test_a_paraphrase_needs_the_entity_in_both_answers() -> None:
    labelled = row(kind="paraphrase", question_b="q2", entities=["src/x.py:run"])
    assert judged(labelled, served("`run`"), served("src/x.py")) == "right"
    assert judged(labelled, served("`run`"), served("`walk`")) == "wrong"


def test_a_look_alike_must_not_be_given_the_other_answer() -> None:
    labelled = row(kind="hard_negative", question_b="q2", entities=["a.py:f"], entities_b=["a.py:g"])
    assert judged(labelled, served("`f`", key="1"), served("`g`", key="2")) == "right"
    assert judged(labelled, served("`f`", key="1"), served("`f`", key="1")) == "wrong"
    assert judged(labelled, served("`f`", key="1"), served(None, status="miss")) == "right"


def test_a_report_counts_by_sort_and_measures_what_was_shown() -> None:
    labelled = [row(id=str(n), named=True, must_contain=["x"]) for n in range(10)]
    scored: list[Scored] = [score(one, [served("x" * (n + 1))]) for n, one in enumerate(labelled)]
    result = report(scored, 3)
    named = next(g for g in result.groups if g.name == "named")
    assert (named.rows, named.right, named.share) == (10, 10, 1.0)
    assert result.right_among_candidates == 0
    assert (result.characters_median, result.characters_p90, result.skipped) == (5, 10, 3)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [
        {"id": "a", "repo": "repo", "question": "who calls print_label?", "kind": "callers", "named": True,
         "must_contain": ["seal_box"], "entities": ["post/parcel.py:print_label"], "expect_set": ["Parcel.seal_box"]},
        {"id": "b", "repo": "repo", "question": "what strips the customs stamp?", "kind": "where", "named": False,
         "must_contain": ["remove_customs_stamp"], "entities": ["post/parcel.py:remove_customs_stamp"], "expect_set": None},
        {"id": "c", "repo": "repo", "question": "who calls print_labels?", "kind": "no_answer", "entities": []},
        {"id": "d", "repo": "elsewhere", "question": "what?", "kind": "what", "named": True},
    ]  # fmt: skip
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return file


def test_eval_scores_the_rows_of_this_repository_through_the_lookup(
    make_repo: MakeRepo, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(POST)
    assert main(["eval", str(questions), "--repo", str(repo), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {g["name"]: g["right"] for g in result["groups"]} | {
        "named": 1,
        "described": 1,
        "no_answer": 1,
        "answerable": 2,
    } == {g["name"]: g["right"] for g in result["groups"]}
    assert result["skipped"] == 1
    assert result["failures"] == []
    assert result["precision"] == 1.0


def test_eval_leaves_no_trace_of_its_questions(
    make_repo: MakeRepo, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(POST)
    assert main(["eval", str(questions), "--repo", str(repo)]) == 0
    assert "answerable" in capsys.readouterr().out
    assert not (repo / ".forethought").exists()


def test_eval_of_a_set_about_other_repositories_is_a_wrong_call(
    make_repo: MakeRepo, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", str(questions), "--repo", str(make_repo(POST, name="other"))]) == 2
    assert "None of the 4 rows" in capsys.readouterr().err


def test_eval_of_a_file_that_is_no_question_set_is_a_wrong_call(make_repo: MakeRepo, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("not json\n", encoding="utf-8")
    assert main(["eval", str(tmp_path / "bad.jsonl"), "--repo", str(make_repo(POST))]) == 2
