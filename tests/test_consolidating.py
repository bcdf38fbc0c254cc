"""Observations become lessons: what recurs or is said as a rule stays, what is noise, passing or our own does not."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from sleep.consolidate.curate import MOST
from sleep.consolidate.generate import proposal_of
from sleep.consolidate.stage import Consolidated, consolidated
from sleep.shift import run_shift
from store.embed import Embedder
from store.home import Home
from store.lessons import contrary, nearness_by
from store.said.statement import opposes, statement
from store.tables import Store
from store.words import Lesson, Observation, ObservationKind
from tests.bench.month import BEGIN, month, score
from tests.bench.month_script import WEB, Script
from tests.clients import call, in_memory
from tests.conftest import MakeRepo
from tests.stored import Flat

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)

PAIRS = Path(__file__).parent / "data" / "lesson_pairs.jsonl"

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


def test_a_month_that_a_second_machine_brings_again_makes_no_lesson_of_a_one_off() -> None:
    some = month(WEB, 7)
    once = learn(*some, day=31)
    kept = len(once.lessons)
    for turn in range(10):
        again = [o.model_copy(update={"id": f"{turn}/{o.id}"}) for o in some]
        once, before = learn(*again, lessons=tuple(once.lessons.values()), day=31), once
        assert active(once) == active(before) and len(once.lessons) <= kept


def test_a_remark_a_month_is_no_recurrence_however_often() -> None:
    remark, lessons = "The staging server ran out of disk while loading fixtures", tuple[Lesson, ...]()
    for day in range(0, 310, 31):
        lessons = tuple(learn(seen(remark, day), lessons=lessons, day=day + 1).lessons.values())
        assert [one.state for one in lessons] == ["waiting"]


def test_what_comes_late_from_another_machine_does_not_overtake_what_is_newer() -> None:
    old, new = "The server's port must be 8000", "The API must listen on 9090 now"
    late = learn(seen(old, 1), lessons=tuple(learn(seen(new, 5), day=6).lessons.values()), day=7)
    assert active(late) == [new] and late.settled[0].settled == "overtaken"
    assert active(learn(seen(old, 1), seen(new, 5), day=7)) == [new]


@pytest.mark.parametrize("split", ["tune", "held"])
def test_contradictions_in_few_common_words_are_found_and_none_is_made_up(split: str) -> None:
    told = {"contradict": 0, "same": 0, "independent": 0}
    pairs = [json.loads(line) for line in PAIRS.read_text().splitlines()]
    some = [pair for pair in pairs if pair["split"] == split]
    embedder = Embedder()
    near = nearness_by(lambda text: embedder.embed([text])[0])
    for pair in some:
        told[pair["relation"]] += contrary(pair["one"], pair["other"], near)
    assert told["same"] == told["independent"] == 0
    assert told["contradict"] >= 0.75 * sum(pair["relation"] == "contradict" for pair in some)


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("Use tabs", "Indent with four spaces", True),
        ("Deploy from main", "Releases are cut from the release branch only", True),
        ("The API listens on 8000", "The server's port is 9090", True),
        ("Uploads time out after 60 seconds", "The upload timeout is one minute", False),
        ("Use tabs in the Makefile", "Indent Python with four spaces", False),
        ("The API listens on 8000", "The metrics endpoint listens on 9090", False),
        ("Never push to main", "The main loop must not block", False),
    ],
)
def test_a_slot_is_filled_one_way_unless_one_of_them_is_narrower(one: str, other: str, clash: bool) -> None:
    assert contrary(one, other, lambda *_: 0.0) == contrary(other, one, lambda *_: 0.0) == clash


def test_however_much_is_observed_the_lessons_are_bounded() -> None:
    parts = product("bdfgklmn", "aeiou", "prtvwxz", "aiou", "bdgmp")
    names = ["".join(part) for part in parts]
    texts = [f"The {one} of {other} is {third}" for one, other, third in zip(*[iter(names)] * 3, strict=False)]
    some = [seen(text, n / 2000) for n, text in enumerate(texts[: MOST["waiting"] + 50])]
    rules = [seen(f"Never {text}", 1 + n / 2000) for n, text in enumerate(texts[-MOST["active"] - 50 :])]
    for many, state in ((some, "waiting"), (rules, "active")):
        done = consolidated((), many, lambda one, other: 0.0, lambda _: True, NOON + timedelta(days=2))
        assert Counter(one.state for one in done.lessons.values()) == {state: MOST[state]}


def test_of_a_scripted_month_the_lessons_stay_that_should_and_no_others() -> None:
    small = Script(WEB.truths[:6], WEB.once, WEB.noise)
    done = consolidated((), month(small, 3), lambda one, other: 0.65, lambda _: True, BEGIN + timedelta(days=31))
    found = score(list(done.lessons.values()), small.truths)
    assert found.precision >= 0.85 and found.recall >= 0.85, found  # with the real embedder: tests/bench/month.py


@pytest.mark.anyio
async def test_what_an_agent_records_is_in_the_next_brief(make_repo: MakeRepo) -> None:
    repo: Path = make_repo({"shop.py": "def total(prices):\n    return sum(prices)\n"})
    async with in_memory(repo) as client:
        done = await call(client, "record_observation", text=UV, kind="correction", about=["shop.py::total"])
        assert done.structured_content and done.structured_content["recorded"]
        wrong = await call(client, "record_observation", text=" ", kind="correction")
        assert wrong.is_error
    report = await asyncio.wait_for(run_shift(Home(repo), repo, embedder=Flat()), 60)
    assert report.outcome == "done" and "consolidate" in report.stages
    store = await Store.open(Home(repo))
    [lesson] = await store.entries("lessons", Lesson)
    [observation] = await store.entries("observations", Observation)
    store.close()
    assert lesson.state == "active" and observation.settled == "add"
    async with in_memory(repo) as client:
        read = await client.read_resource("forethought://brief")
    assert f"{UV} (correction, 1 session" in getattr(read.contents[0], "text", "")
