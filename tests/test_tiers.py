"""Shared tiers: read through, checked against this working tree, written to by many, and never with what is personal."""

from __future__ import annotations

import asyncio
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.home import Home
from store.tables import Store
from store.words import Lesson
from tests.clients import command, environment, run
from tests.conftest import MakeRepo, git, write

AT = datetime(2026, 11, 1, tzinfo=UTC)
SHOP = {
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n\n\ndef checkout(cart):\n    return total(cart)\n",
    "shop/report.py": "from shop.cart import total\n\n\ndef daily(carts):\n    return [total(c) for c in carts]\n",
}


@pytest.fixture
def shop(make_repo: MakeRepo) -> Path:
    return make_repo(SHOP)


def ask(repo: Path, team: Path, question: str = "who calls total") -> dict[str, object]:
    done = run("ask", question, "--repo", str(repo), "--team", str(team), "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_everybody_gets_of_the_teams_tier_only_what_is_fresh_for_their_checkout(shop: Path, tmp_path: Path) -> None:
    team = tmp_path / "team"
    assert run("ask", "who calls total", "--repo", str(shop), "--store", str(team)).returncode == 0
    assert run("sleep", "--repo", str(shop), "--store", str(team)).returncode == 0
    other = tmp_path / "other"
    git(shop, "clone", "-q", str(shop), str(other))
    first = ask(other, team)
    assert first["status"] == "hit" and first["speculative"] and "daily" in str(first["answer"])
    write(other, {"shop/late.py": "from shop.cart import total\n\n\ndef late(c):\n    return total(c)\n"})
    after = ask(other, team)
    assert after["status"] == "computed" and "late" in str(after["answer"])
    assert ask(shop, team)["status"] == "hit"


def test_a_tier_that_is_not_there_is_done_without(shop: Path, tmp_path: Path) -> None:
    assert ask(shop, tmp_path / "nowhere")["answer"]


def lesson(name: str, text: str, scope: str = "repo") -> Lesson:
    return Lesson(
        id=name, text=text, kind="correction", scope=scope, state="active", explicit=True, at=AT, first=AT,
        sessions=(name,), sources=(f"source of {name}",),
    )  # fmt: skip


async def put(home: Home, *lessons: Lesson) -> None:
    store = await Store.open(home)
    await store.add("lessons", lessons)
    store.close()


async def lessons_of(home: Home) -> list[Lesson]:
    store = await Store.open(home)
    try:
        return await store.entries("lessons", Lesson)
    finally:
        store.close()


def test_two_machines_promote_at_once_and_nothing_is_lost_doubled_or_personal(shop: Path, tmp_path: Path) -> None:
    team = tmp_path / "team"
    machines = [tmp_path / "one", tmp_path / "two"]
    mine = (
        [lesson("a1", "Use uv instead of pip to install packages"), lesson("a2", "Explain it to me briefly", "me")],
        [lesson("b1", "Never install packages with pip, use uv"), lesson("b2", "Never edit a merged migration")],
    )
    for machine, lessons in zip(machines, mine, strict=True):
        git(shop, "clone", "-q", str(shop), str(machine))
        asyncio.run(put(Home(machine), *lessons))
    asyncio.run(put(Home(shop, str(team))))
    words = ["promote", "all", "--team", str(team), "--json"]
    running = [
        subprocess.Popen(command(*words, "--repo", str(m)), env=environment(), stdout=subprocess.DEVNULL)
        for m in machines
    ]
    assert [one.wait(60) for one in running] == [0, 0]
    assert (
        run(*words, "--repo", str(machines[0])).returncode == 0
    )  # whoever comes next joins what came at the same time
    found = asyncio.run(lessons_of(Home(shop, str(team))))
    assert len(found) == 2
    assert {"a2"}.isdisjoint(one.id for one in found) and {one.tier for one in found} == {"team"}
    sources = sorted(source for one in found for source in one.sources)
    assert sources == sorted(set(sources)) and set(sources) == {"source of a1", "source of b1", "source of b2"}
    brief = run("brief", "--repo", str(shop), "--team", str(team), "--since", "HEAD", "--json")
    assert any("merged migration" in item["text"] for item in json.loads(brief.stdout)["items"])


def test_promoting_without_a_tier_is_a_wrong_call(shop: Path) -> None:
    done = run("promote", "all", "--repo", str(shop))
    assert done.returncode == 2 and "FORETHOUGHT_TEAM" in done.stderr
