"""Past sessions as a signal: off unless switched on, only what a person typed here, redacted, each turn once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sleep.report import ShiftReport
from sleep.shift import run_shift
from sleep.transcripts import reading
from sleep.transcripts.reading import Read, Turn, folder_of, read_new, typed_in
from sleep.transcripts.take_in import observations_of, places_in
from store.graph.index import Index
from store.home import Home
from store.tables import Store
from store.words import Asked, Observation, now
from tests.conftest import MakeRepo
from tests.sessions import REFUSED, Session
from tests.stored import Flat
from tests.test_resolving import index_of

pytestmark = pytest.mark.anyio

RULE = "No, never use unittest here, we always use pytest."


def texts(found: Read) -> list[str]:
    return [turn.text for turn in found.turns]


def typed(session: Session) -> list[tuple[str, bool] | None]:
    return [typed_in(json.loads(line)) for line in session.lines]


# -- what a person typed ---------------------------------------------------------------------------------------------------


def test_only_what_a_person_typed_is_a_turn() -> None:
    theirs = Session("/r").says("who calls net?").says([{"type": "text", "text": "who calls net?"}])
    theirs.says("<system-reminder>be brief</system-reminder>who calls net?").queues("who calls net?")
    theirs.says("<ide_opened_file>The user opened a.py</ide_opened_file>\nwho calls net?", turnOrigin="human")
    assert typed(theirs) == [("who calls net?", False)] * 5
    others = Session("/r").results("never use npm").says("always use pnpm", isMeta=True).says("do it", isSidechain=True)
    others.says("we always use pnpm", turnOrigin="scheduled").says("we never do", turnOrigin="task_notification")
    others.says("we always squash", isCompactSummary=True).queues("never push", isMeta=True)
    others.queues("never push", commandMode="task-notification").queues("never push", origin={"kind": "peer"})
    others.says([{"type": "tool_result", "tool_use_id": "t", "content": "who calls net?"}]).says({"odd": 1})
    others.add(type="assistant", message={"content": "who calls net?"}).add(type="system", content="who calls net?")
    others.add(type="attachment", attachment={"type": "hook_additional_context", "content": ["never use npm"]})
    assert [t for t in typed(others) if t is not None] == []
    nothing = Session("/r").says("<command-name>/clear</command-name>").says("/clear").says("!ls").says("# use tabs")
    nothing.says("<bash-stdout>never use npm</bash-stdout>").says("x" * 50_000).says("[Image #1]")
    nothing.says("This session is being continued from a previous conversation that ran out of context.")
    assert typed(nothing) == [("", False)] * 8


def test_what_a_user_says_when_refusing_a_tool_is_theirs_and_the_client_s_note_behind_it_is_not() -> None:
    session = (
        Session("/r")
        .refuses("use rg,\nnot grep")
        .results(REFUSED.format("forged"))
        .says("[Request interrupted by user]")
    )
    assert typed(session) == [("use rg,\nnot grep", True), None, ("", True)]


def test_it_is_known_whether_the_agent_had_done_something_and_was_stopped(tmp_path: Path) -> None:
    session = (
        Session(tmp_path).says("fix it").does().says("[Request interrupted by user for tool use]").says("no, not that")
    )
    session.says("go on").refuses("never that").write(tmp_path)
    assert [(t.text, t.acted, t.stopped) for t in read_new(tmp_path, {}).turns] == [
        ("fix it", False, False), ("no, not that", True, True), ("go on", True, False), ("never that", True, True),
    ]  # fmt: skip


# -- each turn once --------------------------------------------------------------------------------------------------------


def test_a_session_is_read_once_while_it_grows(tmp_path: Path) -> None:
    session = Session(tmp_path).says("one?").says("two?")
    file = session.write(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])
    first = read_new(tmp_path, {})
    assert texts(first) == ["one?"]
    session.says("three?").write(tmp_path)
    second = read_new(tmp_path, first.places)
    assert texts(second) == ["two?", "three?"]
    assert texts(read_new(tmp_path, second.places)) == []
    assert texts(read_new(tmp_path / "absent", {})) == []


@pytest.mark.parametrize("more", [0, 1, 40])
def test_a_file_that_is_another_one_than_last_time_is_read_from_its_start(tmp_path: Path, more: int) -> None:
    file = Session(tmp_path).says("one?").says("two?").write(tmp_path)
    places = read_new(tmp_path, {}).places
    other = Session(tmp_path, day=21).says("anew?")
    for n in range(more):
        other.says(f"and {n}?")
    file.write_bytes(b"".join(other.lines))
    assert len(texts(read_new(tmp_path, places))) == more + 1


def test_a_turn_of_a_copied_session_is_the_same_turn(tmp_path: Path) -> None:
    Session(tmp_path, "first").says("one?").write(tmp_path)
    copy = Session(tmp_path, "second").says("one?").says("two?")
    copy.write(tmp_path)
    assert len({turn.id for turn in read_new(tmp_path, {}).turns}) == 2


def test_lines_that_are_no_records_are_counted_and_huge_ones_are_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_PIECE", 2_000)
    session = Session(tmp_path).says("one?")
    session.lines += [b"not json\n", b"[1]\n", b"\n", b'{"type": "user"\n', b"[" * 1_900 + b"\n", b"\xff\xfe\n"]
    session.says("y" * 9_000).says("two?").write(tmp_path)
    found = read_new(tmp_path, {})
    assert texts(found) == ["one?", "two?"]
    assert (found.malformed, found.too_long) == (5, 1)


def test_a_folder_whose_name_differs_in_a_dash_is_another_repository(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "a" / "b", tmp_path / "a-b"
    assert folder_of(ours, {"CLAUDE_CONFIG_DIR": "/c"}) == folder_of(theirs, {"CLAUDE_CONFIG_DIR": "/c"})
    Session(ours, "1").says("one?").write(tmp_path)
    Session(theirs, "2").says("two?").write(tmp_path)
    Session(ours / "src", "3").says("three?").write(tmp_path)
    assert texts(read_new(tmp_path, {}, ours)) == ["one?", "three?"]


# -- into the store --------------------------------------------------------------------------------------------------------


class Place:
    """A repository with a folder of sessions."""

    def __init__(self, repo: Path, config: Path) -> None:
        self.repo = repo
        self.sessions = folder_of(repo.resolve(), {"CLAUDE_CONFIG_DIR": str(config)})

    def session(self, name: str = "s") -> Session:
        return Session(self.repo.resolve(), name)

    async def shift(self, **more: object) -> ShiftReport:
        return await run_shift(Home(self.repo), self.repo, embedder=Flat(), **more)  # type: ignore[arg-type]

    async def stored(self) -> tuple[list[Asked], list[Observation]]:
        store = await Store.open(Home(self.repo))
        try:
            return await store.queries(), await store.entries("observations", Observation)
        finally:
            store.close()


@pytest.fixture
def place(make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    files = {
        "a.py": "def net() -> int:\n    return 1\n\n\ndef gross() -> int:\n    return net()\n",
        "gen/api.py": "x = 1\n",
    }
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    return Place(make_repo(files), tmp_path / "claude")


async def test_a_shift_takes_sessions_in_only_if_it_was_told_to_and_without_secrets(place: Place) -> None:
    secret = "ghp_" + "Zk3vQ9xLw2Rt7Yb1Nc5Md8Pf4Hj6Sg0Ua1Ei"
    session = place.session().says("who calls net?").does().says(f"who calls net with {secret}?").says("make it nicer")
    session.says(f"No, never push with {secret}, always use the deploy key.").write(place.sessions)
    await place.shift()
    assert await place.stored() == ([], [])
    report = await place.shift(transcripts="claude-code")
    asked, observed = await place.stored()
    assert "callers|a.py::net||" in {a.query.key for a in asked if a.query}
    assert len(observed) == report.corrections_found == 1 and "deploy key" in observed[0].text
    assert not any(secret in one.model_dump_json() for one in (*asked, *observed))


_watching: list[str] | None = None


def _audit(event: str, args: tuple[object, ...]) -> None:
    if _watching is not None and event in ("open", "os.listdir", "os.scandir"):
        _watching.append(str(args[0]))


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Whatever is opened or listed from now on. A hook cannot be taken away again, so it is told to look elsewhere."""
    global _watching
    _watching = []
    sys.addaudithook(_audit)
    yield _watching
    _watching = None


async def test_switched_off_no_session_is_so_much_as_looked_for(place: Place, opened: list[str]) -> None:
    place.session().says("who calls net?").does().says(RULE).write(place.sessions)
    opened.clear()
    await place.shift()
    assert opened and not [name for name in opened if "claude" in name]
    await place.shift(transcripts="claude-code")
    assert [name for name in opened if "claude" in name]


async def test_a_correction_is_an_observation_once_however_often_the_session_is_read(place: Place) -> None:
    session = place.session().says("write a test").does("Write", file_path="tests/test_a.py").says(RULE)
    session.says("don't edit the generated files in gen/, run make").write(place.sessions)
    await place.shift(transcripts="claude-code")
    _, first = await place.stored()
    assert {(o.text, o.kind, o.scope, o.about, o.session) for o in first} == {
        ("Never use unittest here, we always use pytest.", "correction", "repo", (), "s"),
        ("Don't edit the generated files in gen/, run make", "correction", "repo", ("gen/",), "s"),
    }
    assert all(o.settled for o in first)
    place.sessions.joinpath("s.jsonl").write_bytes(b"".join(session.lines[1:]))  # as if rotated: read from its start
    report = await place.shift(transcripts="claude-code")
    _, again = await place.stored()
    assert report.corrections_found == 0 and sorted(again, key=str) == sorted(first, key=str)


async def test_what_a_forked_session_begins_with_was_asked_and_observed_once(place: Place) -> None:
    session = place.session("first").says("who calls net?").does().says(RULE)
    session.write(place.sessions)
    fork = place.session("fork")
    fork.lines = [line.replace(b'"sessionId": "first"', b'"sessionId": "fork"') for line in session.lines]
    fork.write(place.sessions)
    report = await place.shift(transcripts="claude-code")
    asked, observed = await place.stored()
    assert [a.session for a in asked] == ["first"] and len(observed) == 1 and report.transcripts_read == 1


async def test_what_we_put_into_a_session_is_no_observation(place: Place) -> None:
    ours = "[learnt] We always use pytest, never unittest (correction, 2 sessions, lesson:0123456789ab)"
    brief = "This brief was computed just now from git and the index.\n- We never use npm, always pnpm (lesson:ab12cd34ef56)"
    session = place.session().says("hello").does().says(ours).says(brief)
    session.says("forethought computed this answer ahead.\n> No, we never do that, we always use pnpm.")
    session.results(RULE).says(RULE, isMeta=True).says(RULE, isSidechain=True).write(place.sessions)
    await place.shift(transcripts="claude-code")
    assert (await place.stored())[1] == []


def test_what_somebody_says_of_themselves_is_personal_whatever_form_it_has() -> None:
    for text, scope in (
        ("Never use my account in tests", "me"), ("I prefer short answers", "me"), ("Never mock databases in tests", "repo"),
    ):  # fmt: skip
        [seen] = observations_of(Turn("t", now(), "s", text, acted=True), Index())
        assert seen.scope == scope, text


def test_only_what_is_here_is_linked() -> None:
    index = index_of({"src/a.py": "x = 1\n", "vendor/b.py": "y = 1\n"})
    assert places_in("Never touch vendor/ or lib/c.py, only `src/a.py` and /etc/hosts", index) == (
        "vendor/",
        "src/a.py",
    )


def test_a_turn_says_when(tmp_path: Path) -> None:
    Session(tmp_path).says("one?").says("two?", timestamp="gibberish").write(tmp_path)
    first, second = read_new(tmp_path, {}).turns
    assert (
        isinstance(first, Turn) and f"{first.at:%Y-%m-%d %H:%M}" == "2026-11-20 10:00" and second.at.tzinfo is not None
    )
