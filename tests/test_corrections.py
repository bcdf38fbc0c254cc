"""Corrections in what users type: few, right, in words of their own; and on to a lesson in the next brief."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sleep.transcripts.corrections import Correction, corrections_in
from sleep.transcripts.reading import folder_of, read_new
from tests.clients import environment, in_memory, run
from tests.conftest import MakeRepo
from tests.sessions import Session

DATA = Path(__file__).parent / "data"


def session_of(row: dict[str, Any], folder: Path) -> Session:
    """A session in which an agent did something, and then the row came, in the way that it says."""
    session, said, how = Session(folder), row["said"], row.get("as", "prompt")
    if how != "first":
        session.says("have a look").does()
    match how:
        case "tool_result":
            return session.results(said)
        case "rejected":
            return session.refuses(said)
        case "queued":
            return session.queues(said)
        case "interrupted":
            return session.says("[Request interrupted by user]").says(said)
        case "meta" | "sidechain" | "summary":
            flag = {"meta": "isMeta", "sidechain": "isSidechain", "summary": "isCompactSummary"}[how]
            return session.says(said, **{flag: True})
        case _:
            return session.says(said)


def heard(row: dict[str, Any], folder: Path) -> list[Correction]:
    session_of(row, folder).write(folder)
    turns = read_new(folder, {}).turns
    return [c for turn in turns for c in corrections_in(turn.text, acted=turn.acted, stopped=turn.stopped)]


class Score(NamedTuple):
    precision: float
    recall: float
    wrong: list[str]


def score(name: str, folder: Path) -> Score:
    """A row is right if what was heard holds the words that matter and none of the task around them."""
    right, wrong, wanted = 0, [], 0
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        wanted += row["keep"]
        text = " / ".join(c.text for c in heard(row, folder)).lower()
        held = all(w.lower() in text for w in row.get("must", ())) and not any(
            w.lower() in text for w in row.get("mustnt", ())
        )
        if text and row["keep"] and held:
            right += 1
        elif text:
            wrong.append(f"{row['said']} -> {text}")
    return Score(right / max(1, right + len(wrong)), right / wanted, wrong)


@pytest.mark.parametrize(("half", "recall"), [("dev", 0.7), ("unseen", 0.65)])
def test_of_what_users_type_hardly_anything_is_taken_for_a_correction_that_is_none(
    half: str, recall: float, tmp_path: Path
) -> None:
    found = score(f"corrections-{half}.jsonl", tmp_path)
    assert found.precision >= 0.97 and found.recall >= recall, found


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("no, use pytest not unittest", "Use pytest instead of unittest"),
        ("don't touch the generated files", "Don't touch the generated files"),
        ("ok but don't use pip directly, we have uv. Then add the tests.", "Don't use pip directly, we have uv."),
        ("that's wrong, the port is 8081", "The port is 8081"),
        ("pls dont use emojis in commit messages", "Don't use emojis in commit messages"),
    ],
)  # fmt: skip
def test_what_is_kept_is_the_sentence_without_its_opening_and_without_the_task(said: str, text: str) -> None:
    assert [c.text for c in corrections_in(said)] == [text]


def test_what_contradicts_is_only_heard_after_the_agent_did_something() -> None:
    assert corrections_in("no, the port is 8081", acted=False) == []
    assert corrections_in("use rg instead of grep") == [] and corrections_in("use rg instead of grep", stopped=True)
    assert corrections_in("We never use class components.", acted=False)


def test_what_somebody_prefers_is_told_from_what_holds_here() -> None:
    assert [c.kind for c in corrections_in("I prefer short answers")] == ["preference"]
    assert [c.kind for c in corrections_in("we prefer short functions")] == ["correction"]
    assert corrections_in("I prefer the second version") == []


def test_pasted_text_and_long_tasks_are_not_listened_to() -> None:
    assert corrections_in("```\nwe never use npm here\n```\n> we always use pnpm\nERROR: you must never do that") == []
    assert corrections_in("We never use npm here. " + "The page has a title and a list. " * 40) == []
    assert corrections_in("Build it:\n- it must never fail\n- we always log\n- don't use npm here") == []


@pytest.mark.anyio
async def test_a_rule_that_was_typed_is_in_the_next_brief(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"shop.py": "def total(prices):\n    return sum(prices)\n"})
    env = {**environment(), "CLAUDE_CONFIG_DIR": str(tmp_path / "claude")}
    session = Session(repo.resolve()).says("add a test").does("Write", file_path="tests/test_shop.py")
    session.says("no, we never use unittest here, use pytest").says("great, now commit it")
    session.write(folder_of(repo.resolve(), env))
    for found in (1, 0):
        done = run("sleep", "--repo", str(repo), "--transcripts", "claude-code", "--json", env=env)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["corrections_found"] == found
    async with in_memory(repo) as client:
        read = await client.read_resource("forethought://brief")
    text = str(getattr(read.contents[0], "text", ""))
    assert text.count("We never use unittest here, use pytest") == 1 and "commit it" not in text


def test_thousands_of_empty_lines_say_nothing_and_cost_nothing() -> None:
    taught = corrections_in("No." + "\n" * 3_900 + " \n" * 1_900 + "Never mock databases in tests")
    assert [one.text for one in taught] == ["Never mock databases in tests"]
