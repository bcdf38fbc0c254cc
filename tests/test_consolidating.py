"""Observations become lessons: what recurs or is said as a rule stays, what is noise, passing or our own does not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sleep.consolidate.generate import proposal_of
from sleep.consolidate.stage import Consolidated, consolidated
from sleep.shift import run_shift
from store.home import Home
from store.statement import opposes, statement
from store.tables import Store
from store.words import Lesson, Observation, ObservationKind
from tests.bench.month import BEGIN, month, score
from tests.bench.month_script import WEB, Script
from tests.clients import call, in_memory
from tests.conftest import MakeRepo

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)

UV = "Use uv instead of pip to install packages"


def seen(
    text: str, day: float = 0, *, kind: ObservationKind = "pattern", scope: str = "repo", about: tuple[str, ...] = ()
) -> Observation:
    at = NOON + timedelta(days=day)
    return Observation(id=f"{text}{day}", at=at, text=text, kind=kind, scope=scope, about=about, session=f"s{day}")


def learn(
    *observations: Observation, lessons: tuple[Lesson, ...] = (), day: float = 1, here: bool = True
) -> Consolidated:
    """Consolidate where everything seems near to everything: so names, numbers and words must decide."""
    return consolidated(lessons, observations, lambda one, other: 0.65, lambda _: here, NOON + timedelta(days=day))


def active(done: Consolidated) -> list[str]:
    return sorted(one.text for one in done.lessons.values() if one.state == "active")


def test_a_rule_is_learnt_at_once_and_a_remark_when_it_recurs() -> None:
    remark = "The snapshot tests fail unless TZ is UTC"
    done = learn(seen(UV), seen(remark))
    assert active(done) == [UV]
    done = learn(seen("Snapshot tests fail when TZ is not UTC", 1), lessons=tuple(done.lessons.values()))
    assert active(done) == [remark, UV]


def test_saying_it_again_raises_confidence_and_not_volume() -> None:
    done = learn(
        seen(UV), seen("Never install packages with pip, use uv", 1), seen("Packages: install with uv, not pip", 2)
    )
    [lesson] = done.lessons.values()
    assert len(lesson.sessions) == 3


def test_a_contradiction_updates_and_keeps_the_history() -> None:
    done = learn(seen("The line length must be 100"), seen("The line length must be 120", 1))
    [lesson] = done.lessons.values()
    assert lesson.text.endswith("120") and [r.text for r in lesson.history] == ["The line length must be 100"]


def test_a_narrower_rule_stands_beside_the_wider() -> None:
    done = learn(
        seen("Always use spaces, not tabs, to indent"), seen("Always use tabs, not spaces, to indent", 1, scope="make")
    )
    assert len(active(done)) == 2


def test_other_names_are_other_lessons_however_alike() -> None:
    done = learn(seen("Never call `load_user` in a loop"), seen("Never call `load_order` in a loop", 1))
    assert len(active(done)) == 2


def test_a_one_off_fades() -> None:
    done = learn(seen("The staging server ran out of disk while loading fixtures"), day=1)
    assert [one.state for one in done.lessons.values()] == ["waiting"]
    done = learn(lessons=tuple(done.lessons.values()), day=40)
    assert not done.lessons and len(done.gone) == 1


def test_what_is_about_code_that_has_long_been_gone_is_retired_and_what_another_branch_has_is_kept() -> None:
    rule = seen("Never call total without a tax", about=("shop/cart.py::total",))
    done = learn(rule, here=False)
    assert len(active(done)) == 1
    lessons = tuple(done.lessons.values())
    assert len(active(learn(lessons=lessons, here=False, day=20))) == 1
    assert active(learn(lessons=lessons, here=False, day=40)) == []
    assert len(active(learn(lessons=lessons, day=40))) == 1


def test_a_lesson_that_misleads_is_retired() -> None:
    [lesson] = learn(seen(UV)).lessons.values()
    votes = [seen(f"wrong {n}", n, kind="failure", about=(f"lesson:{lesson.id}",)) for n in (1, 2)]
    done = learn(*votes, lessons=(lesson,))
    assert active(done) == []


@pytest.mark.parametrize(
    "text",
    ["ok", "I ran the tests and pushed", "should we use uv?", "forethought computed this answer ahead (structural)",
     "[learnt] Use uv instead of pip (correction, lesson:0123456789ab)", "All tests passed"],
)  # fmt: skip
def test_noise_and_our_own_words_are_no_proposals(text: str) -> None:
    assert isinstance(proposal_of(seen(text)), str)


def test_what_cannot_both_hold_is_told_by_numbers_and_by_what_is_ruled_out() -> None:
    assert opposes(statement("line length is 100"), statement("line length is 120"))
    assert opposes(statement("run tests with make"), statement("run tests with nox, not make"))
    assert not opposes(statement("use uv, not pip"), statement("never use pip, use uv"))


def test_settling_the_same_observations_twice_changes_nothing() -> None:
    some = month(WEB, 7)[:120]
    once = learn(*some)
    again = learn(*some, lessons=tuple(once.lessons.values()))
    assert again.lessons == once.lessons


def test_of_a_scripted_month_the_lessons_stay_that_should_and_no_others() -> None:
    small = Script(WEB.truths[:6], WEB.once, WEB.noise)
    done = consolidated((), month(small, 3), lambda one, other: 0.65, lambda _: True, BEGIN + timedelta(days=31))
    found = score(list(done.lessons.values()), small.truths)
    assert found.precision >= 0.85 and found.recall >= 0.85, found  # with the real embedder: tests/bench/month.py


class _Flat:
    """Says that no two texts are alike, so that words alone decide."""

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[0.0] * 384 for _ in texts]


@pytest.mark.anyio
async def test_what_an_agent_records_is_in_the_next_brief(make_repo: MakeRepo) -> None:
    repo: Path = make_repo({"shop.py": "def total(prices):\n    return sum(prices)\n"})
    async with in_memory(repo) as client:
        done = await call(client, "record_observation", text=UV, kind="correction", about=["shop.py::total"])
        assert done.structured_content and done.structured_content["recorded"]
        wrong = await call(client, "record_observation", text=" ", kind="correction")
        assert wrong.is_error
    report = await asyncio.wait_for(run_shift(Home(repo), repo, embedder=_Flat()), 60)
    assert report.outcome == "done" and "consolidate" in report.stages
    store = await Store.open(Home(repo))
    [lesson] = await store.entries("lessons", Lesson)
    [observation] = await store.entries("observations", Observation)
    store.close()
    assert lesson.state == "active" and observation.settled == "add"
    async with in_memory(repo) as client:
        read = await client.read_resource("forethought://brief")
    assert f"{UV} (correction, 1 session" in getattr(read.contents[0], "text", "")
