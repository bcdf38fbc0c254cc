"""What is said of answers and lessons: marks drop what is useless, votes retire what misleads, none of it becomes a lesson."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from server.learnt import line_of
from server.learnt import seen as shown
from sleep.consolidate.stage import Consolidated, consolidated
from sleep.desk import Desk
from sleep.fold import fold
from sleep.limits import Limits
from sleep.pace import Pace
from sleep.progress import Quiet
from sleep.report import ShiftReport
from store.home import Home
from store.tables import Store
from store.words import Asked, Evidence, Lesson, Observation, ObservationKind, PreAnswer, verbatim
from tests.clients import ask, call, over_stdio, run
from tests.conftest import MakeRepo
from tests.stored import Flat

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
FILES = {"shop.py": "def total(prices):\n    return sum(prices)\n\n\ndef gross():\n    return total([1])\n"}
QUESTION = "why is there a fudge factor"


# -- marks on recorded answers ---------------------------------------------------------------------------------------------


def said(minute: int, useful: bool | None = None, answer: str | None = None) -> Asked:
    evidence = (Evidence(kind="file", subject="shop.py", digest="d"),) if answer else ()
    return Asked(
        id=f"q{minute}", at=NOON + timedelta(minutes=minute), question=QUESTION, query=verbatim(QUESTION), status="recorded",
        useful=useful, answer=answer, evidence=evidence,
    )  # fmt: skip


async def kept(store: Store, *asked: Asked) -> list[PreAnswer]:
    """What is stored after a fold over all that was said so far."""
    await store.add_queries(asked)
    await fold(Desk(store, Flat(), Pace(), Limits(), Quiet(), ShiftReport()))
    return await store.preanswers()


async def test_one_mark_halves_a_recorded_answer_s_confidence_two_drop_it_and_a_good_one_restores_it(
    store: Store,
) -> None:
    [row] = await kept(store, said(0, answer="for luck"))
    assert row.confidence == 0.8
    [row] = await kept(store, said(1, useful=False))
    assert row.confidence == 0.4
    [row] = await kept(store, said(2, useful=True))
    assert row.confidence == 0.8
    assert await kept(store, said(3, useful=False), said(4, useful=False)) == []
    assert await kept(store, said(5, useful=True)) == []  # of whatever was served then: what was given up stays so


async def test_a_better_answer_over_the_same_sources_replaces_the_old_one_and_has_its_own_chance(store: Store) -> None:
    await kept(store, said(0, answer="for luck"))
    [row] = await kept(store, said(1, answer="rounding of 2019"))
    assert row.claims[0].text == "rounding of 2019"
    assert await kept(store, said(2, useful=False), said(3, useful=False)) == []
    [row] = await kept(store, said(4, answer="cents were floats"))
    assert (row.claims[0].text, row.confidence) == ("cents were floats", 0.8)


# -- votes on lessons ------------------------------------------------------------------------------------------------------

_ticks = itertools.count()
RULE = "Always run the tests with nox"


def lesson(*, explicit: bool = True, text: str = RULE) -> Lesson:
    return Lesson(
        id="0123456789ab",
        text=text,
        kind="correction",
        state="active",
        explicit=explicit,
        at=NOON,
        first=NOON,
        sessions=("s",),
    )


def seen(kind: ObservationKind, session: str, *about: str, text: str = "so it was", day: float = 1) -> Observation:
    at = NOON + timedelta(days=day, seconds=next(_ticks))
    return Observation(id=f"o{at:%d%M%S}", at=at, text=text, kind=kind, about=about, session=session)


def settle(known: Lesson, *observed: Observation) -> Consolidated:
    return consolidated([known], observed, lambda one, other: 0.65, lambda _: True, NOON + timedelta(days=2))


HERE = "lesson:0123456789ab"


def test_a_session_has_one_vote_however_often_it_repeats_itself() -> None:
    done = settle(lesson(), *(seen("failure", "a", HERE, day=n) for n in range(5)))
    assert (done.lessons["0123456789ab"].harmful, done.lessons["0123456789ab"].state) == (1, "active")
    done = settle(lesson(), seen("failure", "a", HERE), seen("failure", "b", HERE), seen("pattern", "b", HERE))
    assert not done.lessons  # retired, and of one session only: forgotten
    done = settle(lesson(), *(seen("failure", s, HERE) for s in "ab"), *(seen("pattern", s, HERE) for s in "cd"))
    assert done.lessons["0123456789ab"].state == "active"


def test_what_is_said_of_an_answer_is_no_vote_on_a_rule_that_stood_beside_it() -> None:
    marks = [seen("failure", s, "trace:77", HERE) for s in "abc"]
    assert settle(lesson(), *marks).lessons["0123456789ab"].harmful == 0
    assert not settle(lesson(explicit=False), *marks).lessons


def test_a_correction_of_a_lesson_says_what_holds_instead() -> None:
    done = settle(lesson(), seen("correction", "a", HERE, text="Never use nox, always run the tests with make check"))
    [known] = done.lessons.values()
    assert known.text.endswith("make check") and [r.text for r in known.history] == [RULE] and known.harmful == 0
    done = settle(lesson(), seen("correction", "a", HERE, text="that is nonsense"))
    assert [(one.text, one.harmful) for one in done.lessons.values()] == [(RULE, 1)]
    done = settle(lesson(), seen("correction", "a", HERE, text="The snapshot tests here are started with make check"))
    assert {(one.text, one.harmful) for one in done.lessons.values() if one.state == "active"} == {(RULE, 1)}


def test_nothing_that_is_said_of_a_lesson_is_a_lesson() -> None:
    text = "Never trust this answer, it was not useful"
    done = settle(
        lesson(), seen("failure", "a", HERE, text=text), seen("pattern", "a", "lesson:ffffffffffff", text=text)
    )
    assert [one.text for one in done.lessons.values()] == [RULE]
    assert [one.settled for one in done.settled] == ["a vote", "dropped: no such lesson here"]


@pytest.mark.parametrize(
    "text",
    [
        line_of(lesson()),
        f"I was told that we always run the tests with nox ({shown(lesson())})",
        "The brief says: always run the tests with nox, lesson:0123456789ab",
    ],
)
def test_what_we_showed_and_an_agent_observes_again_is_no_observation(text: str) -> None:
    done = settle(lesson(), seen("pattern", "b", text=text))
    assert len(done.lessons) == 1 and done.settled[0].settled == "dropped: our own words"


# -- the whole way ---------------------------------------------------------------------------------------------------------


def sleep(repo: Path) -> dict[str, Any]:
    done = run("sleep", "--repo", str(repo), "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


async def lessons(repo: Path) -> list[Lesson]:
    store = await Store.open(Home(repo))
    try:
        return await store.entries("lessons", Lesson)
    finally:
        store.close()


async def brief(client: Client) -> str:
    read = await client.read_resource("forethought://brief")
    return str(getattr(read.contents[0], "text", ""))


async def test_a_lesson_is_shown_voted_on_and_retired_through_real_clients_and_shifts(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(FILES)
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", "first")
    async with over_stdio(repo) as client:
        await call(
            client,
            "record_observation",
            text="Always pass net prices to total",
            kind="correction",
            about=["shop.py::total"],
        )
        await call(client, "record_observation", text="Never round before the last step", kind="correction")
    sleep(repo)
    mine, other = sorted(await lessons(repo), key=lambda one: one.text)
    for session in ("second", "third"):
        monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", session)
        async with over_stdio(repo) as client:
            assert f"lesson:{mine.id}" in await brief(client)
            shown = await ask(client, "who calls total?", kind="callers", about=["total"])
            assert f"lesson:{mine.id}" in json.dumps(shown["learnt"])
            useless = {"useful": False, "trace_id": shown["trace_id"]}
            await call(
                client, "record_query", question="who calls total?", **useless
            )  # of the answer: no vote on a rule
            await call(client, "record_query", question="rounding", useful=True, about=[f"lesson:{other.id}"])
            await call(
                client, "record_observation", text="gross prices it is", kind="failure", about=[f"lesson:{mine.id}"]
            )
        sleep(repo)
        if session == "second":
            assert {one.id: (one.helpful, one.harmful) for one in await lessons(repo)} == {
                mine.id: (0, 1),
                other.id: (1, 0),
            }
    after = await lessons(repo)
    assert [(one.helpful, one.harmful, one.state) for one in after] == [(2, 0, "active")]
    async with over_stdio(repo) as client:
        text = await brief(client)
        assert mine.text not in text and "useful" not in text and other.text in text
        assert "learnt" not in await ask(client, "who calls total?", kind="callers", about=["total"])
