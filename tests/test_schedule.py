"""When shifts start and how they make way: the decisions as tables, the loops with real files and real children."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from sleep.child import Errand
from sleep.pace import Pace
from sleep.report import ShiftReport
from sleep.schedule import Situation, Sleeper, Thresholds, due
from sleep.watch import worth
from store import way
from store.home import Home
from store.tables import Store
from store.words import Lesson
from tests.clients import call, over_stdio, until
from tests.conftest import MakeRepo

LIMITS = Thresholds(cadence_s=7200, dirty=20, unanswered=3, idle_s=30, gap_s=60, retry_s=60)
QUIET = Situation(now=10_000, last_end=9_000, last_request=9_000)

DECISIONS: list[tuple[str, Situation, str | None]] = [
    ("nothing to do", QUIET, None),
    ("a raw store is studied at once", Situation(now=0, raw=True), "nothing has been studied yet"),
    ("even while requests come", QUIET._replace(raw=True, last_request=9_999), "nothing has been studied yet"),
    ("never two at a time", Situation(now=0, raw=True, running=True), None),
    ("enough files changed", QUIET._replace(dirty=20), "20 files changed"),
    ("not enough files changed", QUIET._replace(dirty=19), None),
    ("files changed, but somebody asks", QUIET._replace(dirty=20, last_request=9_980), None),
    ("files changed, but a shift has just ended", QUIET._replace(dirty=20, last_end=9_950), None),
    ("enough questions were missed", QUIET._replace(unanswered=3), "3 questions were not answered"),
    ("enough was observed", QUIET._replace(observed=20), "20 observations wait"),
    ("not enough was observed", QUIET._replace(observed=19), None),
    ("enough was observed, but somebody asks", QUIET._replace(observed=20, last_request=9_980), None),
    ("it was time", QUIET._replace(last_end=2_000), "it was time"),
    ("it was time, but somebody asks", QUIET._replace(last_end=2_000, last_request=9_990), None),
    ("a bulk change does not wait", QUIET._replace(wanted="500 files changed", last_request=9_999), "500 files changed"),
    ("but for a failure it does", QUIET._replace(wanted="500 files changed", failures=1, last_end=9_950), None),
    ("after one failure a minute is enough", QUIET._replace(wanted="again", failures=1, last_end=9_930), "again"),
    ("after five it is not", QUIET._replace(wanted="again", failures=5, last_end=9_930), None),
    ("a raw store that fails is not tried without end", QUIET._replace(raw=True, failures=3, last_end=9_900), None),
    ("however often it failed, the cadence is enough", QUIET._replace(wanted="again", failures=60, last_end=2_000), "again"),
]  # fmt: skip


@pytest.mark.parametrize(("at", "reason"), [d[1:] for d in DECISIONS], ids=[d[0] for d in DECISIONS])
def test_a_shift_is_due_when(at: Situation, reason: str | None) -> None:
    assert due(at, LIMITS) == reason


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("/repo/src/app.py", "src/app.py"),
        ("/repo/.git/index", None),
        ("/repo/web/node_modules/x/y.js", None),
        ("/repo/.forethought/journal/1.jsonl", None),
        ("/elsewhere/app.py", None),
        ("/repo", None),
    ],
)
def test_a_change_is_worth_a_shift_only_if_it_is_standing_context(name: str, path: str | None) -> None:
    assert worth(Path("/repo"), name) == path


# -- making way --------------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.02
        return self.now


@pytest.mark.anyio
async def test_a_shift_pauses_while_somebody_asks_and_goes_on_when_it_is_quiet() -> None:
    ages = iter([0.0, 0.0, 0.05, 0.09, 0.2, math.inf])
    pace = Pace(asked_ago=lambda: next(ages))
    assert await pace.turn()
    assert next(ages) == math.inf
    assert 0.01 < pace.paused_seconds < 5


@pytest.mark.anyio
async def test_a_shift_gets_its_share_however_often_somebody_asks() -> None:
    pace = Pace(asked_ago=lambda: 0.0, pause_s=0.1, work_s=1.0, clock=Clock())
    assert await pace.turn()
    paused = pace.paused_seconds
    assert 0.1 <= paused < 0.5
    for _ in range(10):
        assert await pace.turn()
    assert pace.paused_seconds == paused


@pytest.mark.anyio
async def test_a_stop_ends_a_pause() -> None:
    pace = Pace(asked_ago=lambda: 0.0, pause_s=60)
    asyncio.get_running_loop().call_later(0.05, pace.stop)
    with anyio.fail_after(5):
        assert not await pace.turn()


def test_the_way_is_asked_for_through_a_file(tmp_path: Path) -> None:
    ago = way.asked(tmp_path)
    assert ago() == math.inf
    way.ask(tmp_path)
    assert ago() < 5
    way.ask(tmp_path / "nowhere")  # a courtesy never fails


# -- carried out -------------------------------------------------------------------------------------------------------------


def sleeper_of(repo: Path, ended: Callable[[ShiftReport], None] = lambda _: None) -> Sleeper:
    return Sleeper(Errand(repo), Home(repo).folder, ended=ended, tick_s=0.05)


@pytest.mark.anyio
async def test_a_raw_store_is_studied_at_once_and_then_there_is_nothing_to_do(make_repo: MakeRepo) -> None:
    reports: list[ShiftReport] = []
    sleeper = sleeper_of(make_repo({"a.py": "def f(): ...\n"}), reports.append)
    sleeper.start(raw=True)
    await until(lambda: reports)
    assert reports[0].outcome == "done" and reports[0].reason == "nothing has been studied yet"
    situation = sleeper.situation
    assert not situation.raw and due(situation, Thresholds()) is None
    await sleeper.stop()


@pytest.mark.anyio
async def test_changes_on_disk_are_counted_and_a_wanted_shift_clears_them(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "def f(): ...\n"})
    reports: list[ShiftReport] = []
    sleeper = sleeper_of(repo, reports.append)
    sleeper.start(raw=False)
    # The watch begins in a thread: write until it has seen one.
    numbers = iter(range(100_000))

    def seen() -> bool:
        (repo / "b.py").write_text(f"x = {next(numbers)}\n")
        return sleeper.situation.dirty == 1

    await until(seen)
    sleeper.unanswered()
    sleeper.want("a test")
    assert sleeper.running
    await until(lambda: reports)
    assert reports[0].reason == "a test" and reports[0].files == 2
    assert sleeper.situation.unanswered == 0
    await sleeper.stop()


@pytest.mark.anyio
async def test_stopping_ends_schedule_watch_and_shift_within_two_seconds(make_repo: MakeRepo) -> None:
    sleeper = sleeper_of(make_repo({"a.py": "def f(): ...\n"}))
    sleeper.start(raw=True)
    await until(lambda: sleeper.running)
    with anyio.fail_after(2.5):
        await sleeper.stop()
    assert not sleeper.running
    sleeper.want("after the end")
    assert not sleeper.running
    await sleeper.stop()


@pytest.mark.anyio
async def test_a_shift_that_fails_is_reported_and_put_off(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    sleeper = Sleeper(Errand(tmp_path / "nowhere"), tmp_path / "folder", ended=lambda _: None, tick_s=0.05)
    sleeper.start(raw=True)
    await until(lambda: sleeper.last_failure)
    assert "nowhere" in sleeper.last_failure
    assert sleeper.situation.failures == 1 and due(sleeper.situation, Thresholds()) is None
    await sleeper.stop()


@pytest.mark.anyio
async def test_observations_of_any_process_start_a_shift_once_enough_of_them_wait(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "def f(): ...\n"})
    home, reports = Home(repo), list[ShiftReport]()
    limits = Thresholds(observed=4, idle_s=0, gap_s=0)
    sleeper = Sleeper(Errand(repo), home.folder, ended=reports.append, thresholds=limits, tick_s=0.05)
    sleeper.start(raw=False)
    async with over_stdio(repo) as one, over_stdio(repo) as other:
        for n, client in enumerate((one, other, one)):
            await call(client, "record_observation", text=f"Never use module m{n} in tests", kind="correction")
        await until(lambda: sleeper.situation.observed == 3)
        assert not sleeper.running and not reports
        await call(other, "record_observation", text="Always run the linter before a commit", kind="correction")
        await until(lambda: reports)
        assert reports[0].reason == "4 observations wait" and reports[0].outcome == "done"
        assert sleeper.situation.observed == 0
        await call(one, "record_observation", text="Always squash before merging", kind="correction")
        await until(lambda: sleeper.situation.observed == 1)
    await sleeper.stop()
    store = await Store.open(home)
    found = await store.entries("lessons", Lesson)
    store.close()
    assert len(found) == 4 and all(one.state == "active" for one in found)
