"""What one tier learnt is handed to a wider one, by name or by rule: once, whoever else does so, and never what is personal."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from sleep.command import configure, words_of
from sleep.promote import promote, promote_by_rule
from sleep.rule import rule_of
from store.home import Home
from store.tables import Store
from store.words import Lesson, Revision, now
from tests.clients import command, environment, run
from tests.conftest import MakeRepo, git
from tests.stored import lesson, lessons_of, preanswer, put

REPO = {"shop/cart.py": "def total(prices):\n    return sum(prices)\n"}
UV = "Use uv instead of pip to install packages"
MIGRATIONS = "Never edit a merged migration"


@pytest.fixture
def shop(make_repo: MakeRepo) -> Path:
    return make_repo(REPO)


def far(_one: str, _other: str) -> float:
    """Nothing is near to anything: words decide."""
    return 0.0


def test_two_machines_promote_at_once_and_nothing_is_lost_doubled_or_personal(shop: Path, tmp_path: Path) -> None:
    team = tmp_path / "team"
    machines = [tmp_path / "one", tmp_path / "two"]
    mine = (
        [lesson("a1", UV), lesson("a2", "Explain it to me briefly", scope="me")],
        [lesson("b1", "Never install packages with pip, use uv"), lesson("b2", MIGRATIONS)],
    )
    for machine, lessons in zip(machines, mine, strict=True):
        git(shop, "clone", "-q", str(shop), str(machine))
        asyncio.run(put(Home(machine), *lessons))
    words = ["promote", "all", "--team", str(team), "--json"]
    running = [
        subprocess.Popen(command(*words, "--repo", str(m)), env=environment(), stdout=subprocess.DEVNULL)
        for m in machines
    ]
    assert [one.wait(60) for one in running] == [0, 0]
    found = asyncio.run(lessons_of(Home(shop, str(team))))
    assert len(found) == 2 and {one.tier for one in found} == {"team"}
    assert "a2" not in {one.id for one in found}
    sources = sorted(source for one in found for source in one.sources)
    assert sources == ["source of a1", "source of b1", "source of b2"]
    brief = run("brief", "--repo", str(shop), "--team", str(team), "--since", "HEAD", "--json")
    assert any("merged migration" in item["text"] for item in json.loads(brief.stdout)["items"])


@pytest.mark.anyio
async def test_promoting_again_is_promoting_once_and_brings_what_was_seen_since(shop: Path, tmp_path: Path) -> None:
    mine, theirs = await Store.open(Home(shop)), await Store.open(Home(shop, str(tmp_path / "team")))
    before = lesson("a1", UV)
    await mine.add("lessons", [before])
    row = preanswer("f", "why cents", origin="recorded")
    await mine.put_preanswers([(row, None)])
    for _ in range(2):
        await promote(mine, theirs, "team", ["all"], lambda _: [1.0] + [0.0] * 383, answers=True)
    assert await theirs.entries("lessons", Lesson) == [before.model_copy(update={"tier": "team"})]
    [(again, _)] = await theirs.nearest_preanswers([1.0] + [0.0] * 383, "", 3, free=True)  # found by meaning
    assert again.tier == "team" and again.question == "why cents"
    await mine.add(
        "lessons", [before.model_copy(update={"sources": (*before.sources, "more"), "sessions": ("a1", "s2")})]
    )
    await promote(mine, theirs, "team", ["a1"], lambda _: [0.0] * 384, answers=False)
    [found] = await theirs.entries("lessons", Lesson)
    assert set(found.sources) == {*before.sources, "more"} and len(found.sessions) == 2
    mine.close()
    theirs.close()


@pytest.mark.anyio
async def test_the_rule_hands_on_what_is_settled_and_not_what_the_wider_tier_knows_better(
    shop: Path, tmp_path: Path
) -> None:
    mine, theirs = await Store.open(Home(shop)), await Store.open(Home(shop, str(tmp_path / "team")))
    lately = Revision(text="before", until=now(), why="contradicted")
    often = {"explicit": False, "sessions": ("s1", "s2", "s3")}
    await mine.add(
        "lessons",
        [
            lesson("ripe", UV, **often),
            lesson("rule", "Always run the linter before a commit"),
            lesson("seldom", "The staging bucket is emptied on Mondays", explicit=False),
            lesson("moved", "The line length must be 120", history=(lately,)),
            lesson("harm", "Never start the cache before the proxy", harmful=2),
            lesson("mine", "Answer me in short sentences", scope="me"),
            lesson("taste", "Prefer dataclasses over dictionaries", kind="preference"),
            lesson("gone", MIGRATIONS),
            lesson("against", "The coverage must be 80 percent"),
        ],
    )
    known = [
        lesson("old", "Never edit a migration that is merged", state="retired", why="it misled"),
        lesson("other", "The coverage must be 90 percent"),
    ]
    await theirs.add("lessons", known)
    rule = rule_of(None, "team", None, 3)
    assert rule is not None
    done = await promote_by_rule(mine, theirs, rule, far)
    assert done.lessons == 2
    active = {one.id for one in await theirs.entries("lessons", Lesson) if one.state == "active"}
    assert active == {"ripe", "rule", "other"}
    assert (await promote_by_rule(mine, theirs, rule, far)).lessons == 0
    mine.close()
    theirs.close()


@pytest.mark.anyio
async def test_what_was_handed_on_follows_when_it_changes_its_mind(shop: Path, tmp_path: Path) -> None:
    mine, theirs = await Store.open(Home(shop)), await Store.open(Home(shop, str(tmp_path / "team")))
    rule = rule_of(None, "team", None, 2)
    assert rule is not None
    first = lesson("a1", "The line length must be 100")
    await mine.add("lessons", [first])
    await promote_by_rule(mine, theirs, rule, far)
    then = Revision(text=first.text, until=first.at, why="contradicted")
    later = {"at": now(), "sources": ("source of a1", "another"), "history": (then,)}
    await mine.add("lessons", [lesson("a1", "The line length must be 120", **later)])
    await promote_by_rule(mine, theirs, rule, far)
    [found] = await theirs.entries("lessons", Lesson)
    assert found.text.endswith("120") and found.tier == "team" and found.history == (then,)
    mine.close()
    theirs.close()


def test_a_rule_needs_a_number_and_a_wider_tier() -> None:
    assert rule_of(None, "team", "org", None) is None and rule_of(None, None, None, 3) is None
    assert (rule := rule_of(None, "team", "org", 3)) and (rule.tier, rule.location) == ("team", "team")
    assert (rule := rule_of("team", "team", "org", 3)) and (rule.tier, rule.location) == ("org", "org")


def test_a_server_hands_the_rule_to_its_shifts() -> None:
    parser = argparse.ArgumentParser()
    configure(parser)
    args = parser.parse_args(["--promote-after", "3"])
    args.store, args.team, args.org = None, "T", None
    assert words_of(args)[-4:] == ("--team", "T", "--promote-after", "3")
    args.promote_after = None
    assert "--promote-after" not in words_of(args)


def test_from_the_command_line_nothing_leaves_until_it_is_switched_on_and_preferences_never_do(
    shop: Path, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    taste = lesson("a2", "Prefer dataclasses over dictionaries", kind="preference")
    asyncio.run(put(Home(shop), lesson("a1", UV), taste))
    assert run("sleep", "--repo", str(shop), "--team", str(team)).returncode == 0
    assert not team.exists()
    done = run("sleep", "--repo", str(shop), "--team", str(team), "--promote-after", "2", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["promoted"] == 1, done.stderr
    assert [one.text for one in asyncio.run(lessons_of(Home(shop, str(team))))] == [UV]
    status = run("status", "--repo", str(shop)).stdout
    assert "hands on      to the team's tier, what is a rule or was seen in 2 sessions: 1 lessons last time" in status
    assert "hands on" not in run("status", "--repo", str(shop), "--store", str(team)).stdout


def test_a_tier_that_cannot_be_reached_costs_a_notice_and_not_the_shift(shop: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    asyncio.run(put(Home(shop), lesson("a1", UV)))
    env = environment() | {"FORETHOUGHT_PROMOTE_AFTER": "2", "FORETHOUGHT_TEAM": str(blocked / "team")}
    status = run("status", "--repo", str(shop), env=env).stdout
    assert "hands on      what is a rule or was seen in 2 sessions, from the next shift on" in status
    done = run("sleep", "--repo", str(shop), "--json", env=env)
    assert done.returncode == 0 and "the next shift tries again" in str(json.loads(done.stdout)["notices"])


def test_promoting_without_a_tier_is_a_wrong_call(shop: Path) -> None:
    done = run("promote", "all", "--repo", str(shop))
    assert done.returncode == 2 and "FORETHOUGHT_TEAM" in done.stderr
    done = run("promote", "lesson:nope", "--repo", str(shop), "--team", str(shop.parent / "team"))
    assert done.returncode == 2 and "No lesson here is called nope" in done.stderr and "brief" in done.stderr
    assert run("sleep", "--promote-after", "2", "--repo", str(shop)).returncode == 2
    wrong = environment() | {"FORETHOUGHT_PROMOTE_AFTER": "often"}
    assert "FORETHOUGHT_PROMOTE_AFTER" in run("status", "--repo", str(shop), env=wrong).stderr
