"""Shared tiers: read through, checked against this working tree, slept over by many, never waited for, back in time."""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from server.app import App, Settings, opened
from server.borrowed import Borrowed, Shared
from server.observe import Observing, observe
from server.record import Recording, record
from server.results import LookupResult
from sleep.shift import run_shift
from store.home import Home
from store.journal import Journal
from store.lease import Lease, alone
from store.tables import Store
from store.words import Card, Evidence, Fact, Lesson, Observation, digest_of
from tests.clients import DEADLINE_S, command, environment
from tests.conftest import MakeRepo, git, write
from tests.stored import Flat, lesson, put

pytestmark = pytest.mark.anyio

SHOP = {
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n\n\ndef checkout(cart):\n    return total(cart)\n",
    "shop/report.py": "from shop.cart import total\n\n\ndef daily(carts):\n    return [total(c) for c in carts]\n",
}
LATE = {"shop/late.py": "from shop.cart import total\n\n\ndef late(c):\n    return total(c)\n"}


@pytest.fixture
def shop(make_repo: MakeRepo) -> Path:
    return make_repo(SHOP)


def cloned(shop: Path, name: str) -> Path:
    other = shop.parent / name
    git(shop, "clone", "-q", str(shop), str(other))
    return other


@asynccontextmanager
async def at_work(repo: Path, team: Path | str) -> AsyncIterator[App]:
    """What one command does, which waits for the shared tiers."""
    with anyio.fail_after(DEADLINE_S):
        async with opened(Settings(repo=repo, team=str(team)), DEADLINE_S) as app:
            yield app


async def ask(app: App, question: str = "who calls total") -> LookupResult:
    result, _ = await app.lookup(question, None, [], None, 700, "", "test")
    return result


# -- what is read through ------------------------------------------------------------------------------------------------


async def test_everybody_gets_of_the_teams_tier_only_what_is_fresh_for_their_checkout(
    shop: Path, tmp_path: Path
) -> None:
    team, other = tmp_path / "team", cloned(shop, "other")
    report = await run_shift(Home(shop, str(team)), shop, embedder=Flat())
    assert report.outcome == "done"
    async with at_work(other, team) as app:
        first = await ask(app)
        assert first.status == "hit" and first.speculative and "daily" in str(first.answer)
        write(other, LATE)
        after = await ask(app)
        assert after.status == "computed" and "late" in str(after.answer)
    async with at_work(shop, team) as app:
        assert (await ask(app)).status == "hit"


async def test_what_agents_worked_out_elsewhere_is_offered_in_other_words_while_its_sources_are_the_same_here(
    shop: Path, tmp_path: Path
) -> None:
    team, other, question = tmp_path / "team", cloned(shop, "other"), "why are prices kept in cents"
    app = App(Settings(repo=shop, store=str(team)))
    rooms = await app.rooms()
    await ask(app)
    wanted = Recording(question, "Floats would lose pennies.", ("shop/cart.py",), None, None, "", "agent")
    await asyncio.to_thread(record, rooms.live, rooms.shelf, rooms.journal, wanted)
    await app.close()
    await run_shift(Home(shop, str(team)), shop)
    async with at_work(other, team) as app:
        await asyncio.to_thread((await app.rooms()).embedder.warm)
        found = await ask(app, "what is the reason that prices are kept as cents")
        assert found.status == "candidates" and found.candidates[0].question == question
        assert "pennies" in str(found.answer)
        assert (await ask(app, question)).status == "hit"
        write(other, {"shop/cart.py": SHOP["shop/cart.py"] + "\n\nCENTS = 100\n"})
        assert "pennies" not in str((await ask(app, "what is the reason that prices are kept as cents")).answer)


async def test_what_a_model_found_out_elsewhere_stands_on_the_card_here_while_its_source_is_the_same(
    shop: Path, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    rests_on = (Evidence(kind="file", subject="shop/cart.py", digest=digest_of(SHOP["shop/cart.py"])),)
    found_out = Fact(text="Sums are never rounded.", evidence=rests_on, inferred=True)
    store = await Store.open(Home(shop, str(team)))
    await store.put_cards([(Card(subject="shop/cart.py", scope="file", facts=(found_out,)), None)])
    store.close()
    await run_shift(Home(shop), shop, embedder=Flat())  # one's own card says nothing of it
    async with at_work(shop, team) as app:
        assert found_out.text in (await app.summary("shop/cart.py", 800)).summary
        write(shop, {"shop/cart.py": SHOP["shop/cart.py"] + "\n\nCENTS = 100\n"})
        assert found_out.text not in (await app.summary("shop/cart.py", 800)).summary


# -- what goes wrong -----------------------------------------------------------------------------------------------------


async def test_a_tier_that_is_not_there_is_told_of_once_and_read_when_it_comes(
    shop: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    team = tmp_path / "team"
    tier = Borrowed(shop, Shared("team", str(team)))
    for _ in range(3):
        await tier.refresh()
    assert [r.message.count("cannot be read now") for r in caplog.records] == [1]
    assert not tier.due and not team.exists()
    await put(Home(shop, str(team)), lesson("a1", "Never edit a merged migration"))
    await tier.refresh()
    assert [one.tier for one in tier.lessons] == ["team"] and "read again" in caplog.records[-1].message
    shutil.rmtree(team)
    await tier.refresh()
    assert not tier.lessons
    await put(Home(shop, str(team)), lesson("b1", "Never edit a merged migration"))
    await tier.refresh()
    assert [one.id for one in tier.lessons] == ["b1"]
    tier.close()


async def test_a_tier_of_a_newer_forethought_or_a_damaged_one_is_left_as_it_is_and_lookups_go_on(
    shop: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newer, damaged = tmp_path / "newer", tmp_path / "damaged"
    (await Store.open(Home(shop, str(newer)), layout=99)).close()
    await put(Home(shop, str(damaged)), lesson("a1", "Never edit a merged migration"))
    files = [f for f in damaged.rglob("lessons.lance/**/*") if f.is_file()]
    for file in files:
        file.write_bytes(b"\xff" * 10)
    for location, why in ((newer, "layout 99"), (damaged, "lessons")):
        caplog.clear()
        async with at_work(shop, location) as app:
            assert (await ask(app)).status == "computed"
        assert [why in r.message for r in caplog.records if r.levelno >= logging.WARNING] == [True]
    assert all(f.read_bytes() == b"\xff" * 10 for f in files) and not (damaged / "aside").exists()


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(64)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


async def test_nobody_waits_for_an_object_store_that_does_not_answer(
    shop: Path, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("ENDPOINT", silent),
        ("ACCESS_KEY_ID", "x"),
        ("SECRET_ACCESS_KEY", "y"),
        ("REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(shop.parent / "cache"))
    app = App(Settings(repo=shop, team="s3://team/store"))
    with anyio.fail_after(DEADLINE_S / 2):  # less than the tier is given
        for _ in range(3):
            assert (await ask(app)).status == "computed"
        assert (await app.summary("shop/cart.py", 800)).summary
        assert not (await app.rooms()).shelf.all_read
        await app.close()


# -- many at once --------------------------------------------------------------------------------------------------------


def saw(repo: Path, location: str | None, *texts: str) -> list[str]:
    journal = Journal(Home(repo, location))
    ids = [observe(journal, Observing(text, "correction"), "", "test").id for text in texts]
    journal.close()
    return ids


def sleeping(repo: Path, *where: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command("sleep", "--repo", str(repo), *where), env=environment(), stdout=subprocess.DEVNULL)


async def test_shifts_over_two_tiers_and_from_two_machines_at_once_lose_and_double_nothing(
    shop: Path, tmp_path: Path
) -> None:
    team, other = str(tmp_path / "team"), cloned(shop, "other")
    rules = [f"Never call `load_{name}` in a loop" for name in ("user", "order", "price")]
    mine = dict(zip(saw(shop, None, rules[0], rules[0]), (rules[0], rules[0]), strict=True))
    said = (rules[0], rules[1]), (rules[1], rules[2])
    ours = {
        name: text
        for repo, some in zip((shop, other), said, strict=True)
        for name, text in zip(saw(repo, team, *some), some, strict=True)
    }
    shifts = [sleeping(shop), sleeping(shop, "--store", team), sleeping(other, "--store", team)]
    with anyio.fail_after(DEADLINE_S):
        ended = [await asyncio.to_thread(one.wait) for one in shifts]
    assert ended[0] == 0 and 0 in ended[1:] and set(ended) <= {0, 1}  # the second sleeper over one store does nothing
    for location, told in ((None, mine), (team, ours)):
        store = await Store.open(Home(shop, location))
        seen = await store.entries("observations", Observation)
        lessons = await store.entries("lessons", Lesson)
        store.close()
        assert Counter(one.id for one in seen) == Counter(list(told)) and all(one.settled for one in seen)
        assert sorted(one.text for one in lessons) == sorted(set(told.values()))
        learnt_from = {name: one.text for one in lessons for name in one.sources if name in told}
        assert learnt_from == told


async def test_a_lease_is_held_by_one_runs_out_with_its_holder_and_is_not_ours_when_another_took_it(
    store: Store,
) -> None:
    first, second = Lease(store, "sleeper"), Lease(store, "sleeper")
    assert await first.take() and await first.still() and not await second.take()
    await first.release()
    assert await second.take() and not await first.still()
    await store.meta_set("lease:sleeper", f"{time.time() + 1_000:.6f} somebody else's")
    assert not await second.still()
    await second.release()
    assert not await first.take()
    await store.meta_set("lease:sleeper", f"{time.time() - 1:.6f} somebody's who was killed")
    both = [Lease(store, "sleeper") for _ in range(4)]
    assert sum(await asyncio.gather(*(one.take() for one in both))) == 1
    await asyncio.gather(*(one.release() for one in both))


async def test_who_changes_lessons_does_so_alone(store: Store) -> None:
    inside: list[int] = []

    async def change(number: int) -> None:
        async with alone(store, "lessons") as turn:
            inside.append(number)
            await asyncio.gather(*(store.meta_get("anything") for _ in range(3)))
            assert inside[-1] == number and await turn.still()

    with anyio.fail_after(DEADLINE_S):
        await asyncio.gather(*(change(n) for n in range(4)))
    assert sorted(inside) == [0, 1, 2, 3]
