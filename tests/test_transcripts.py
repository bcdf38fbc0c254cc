"""Past sessions as a signal: off unless switched on, only what a person typed, redacted, each line once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sleep.prediction.transcripts import folder_of, prompt_of, read_new
from sleep.shift import run_shift
from store.home import Home
from store.tables import Store
from store.words import Asked
from tests.conftest import MakeRepo

pytestmark = pytest.mark.anyio


def typed(text: object, uuid: str = "u1", **more: object) -> bytes:
    record = {"type": "user", "uuid": uuid, "sessionId": "s", "timestamp": "2026-11-20T10:00:00Z"}
    return json.dumps({**record, "message": {"role": "user", "content": text}, **more}).encode() + b"\n"


def test_only_what_a_person_typed_is_a_prompt() -> None:
    assert (found := prompt_of(typed("who calls net?"), "s")) and found.text == "who calls net?"
    assert prompt_of(typed([{"type": "text", "text": "who calls net?"}]), "s")
    for line in (
        typed([{"type": "tool_result", "tool_use_id": "t", "content": "who calls net?"}]),
        typed("who calls net?", isMeta=True),
        typed("who calls net?", isSidechain=True),
        typed("<command-name>/clear</command-name>"),
        typed("This session is being continued from a previous conversation that ran out of context."),
        typed("x" * 5_000),
        typed({"odd": 1}),
        b'{"type": "assistant", "message": {"content": "who calls net?"}}\n',
        b"not json\n",
        b"[1]\n",
    ):
        assert prompt_of(line, "s") is None


def test_a_session_is_read_once_while_it_grows(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(typed("one?", "1") + typed("two?", "2")[:-20])
    first = read_new(tmp_path, {})
    assert [p.text for p in first.prompts] == ["one?"]
    file.write_bytes(typed("one?", "1") + typed("two?", "2") + typed("three?", "3"))
    second = read_new(tmp_path, first.offsets)
    assert [p.text for p in second.prompts] == ["two?", "three?"]
    assert read_new(tmp_path, second.offsets).prompts == []
    file.write_bytes(typed("anew?", "4"))
    assert [p.text for p in read_new(tmp_path, second.offsets).prompts] == ["anew?"]
    assert read_new(tmp_path / "absent", {}).prompts == []


class Zeros:
    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[0.0] * 384 for _ in texts]


async def test_a_shift_takes_questions_of_sessions_in_only_if_it_was_told_to(
    make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo({"a.py": "def net() -> int:\n    return 1\n\n\ndef gross() -> int:\n    return net()\n"})
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    folder = folder_of(repo.resolve(), {"CLAUDE_CONFIG_DIR": str(tmp_path / "claude")})
    folder.mkdir(parents=True)
    secret = "ghp_" + "Zk3vQ9xLw2Rt7Yb1Nc5Md8Pf4Hj6Sg0Ua1Ei"
    lines = typed("who calls net?", "1") + typed(f"who calls net with {secret}?", "2") + typed("make it nicer", "3")
    (folder / "s.jsonl").write_bytes(lines)

    async def asked(**more: object) -> list[Asked]:
        await run_shift(Home(repo), repo, embedder=Zeros(), **more)  # type: ignore[arg-type]
        store = await Store.open(Home(repo))
        try:
            return await store.queries()
        finally:
            store.close()

    assert await asked() == []
    found = await asked(transcripts="claude-code")
    assert "callers|a.py::net||" in {a.query.key for a in found if a.query}
    assert not any(secret in a.model_dump_json() for a in found)
    assert len(await asked(transcripts="claude-code")) == len(found)
