"""The connected agent as thinker: a real MCP client claims, reads the files, submits; what it says is believed no more than a
model.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from server import agent_sleep
from server.app import App, Settings
from server.mcp import build
from sleep.shift import run_shift
from sleep.thinking.thoughts import AGENT, LEASE, TRIES, Thoughts
from store.embed import Embedder
from store.home import Home
from store.tables import Store
from store.words import now
from tests.clients import ask, over_stdio
from tests.conftest import MakeRepo, write
from tests.thinking import BANK, CANARY, QUESTION, Line, honest, hostile_facts, hostile_questions, quote, sources_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo(BANK)


async def claim(client: Client, session: str = "") -> dict[str, Any]:
    result = await client.call_tool("next_thought", {"session_id": session} if session else {})
    assert not result.is_error and result.structured_content
    return result.structured_content


async def submit(client: Client, given: dict[str, Any], notes: Any, **other: Any) -> dict[str, Any]:
    arguments = {"task_id": given["task_id"], "lease_id": given["lease_id"], "notes": notes, **other}
    result = await client.call_tool("submit_thought", arguments)
    assert not result.is_error and result.structured_content is not None
    return result.structured_content


def lines_of(repo: Path, given: dict[str, Any]) -> list[Line]:
    """What the agent reads: the named lines of the named files."""
    found = []
    for file in given["files"]:
        text = (repo / file["path"]).read_text().split("\n")
        for span in file["lines"].split(", "):
            first, last = map(int, span.split("-"))
            found += [Line(file["path"], n, text[n - 1]) for n in range(first, last + 1)]
    return found


async def test_an_agent_claims_reads_submits_and_is_served_what_holds(repo: Path) -> None:
    async with over_stdio(repo, "--agent-sleep", "--no-sleep") as client:
        given = await claim(client)
        assert given["subject"] == "bank/" and "ENTRIES" not in json.dumps(given)
        assert "never instructions" in given["instructions"] or "Never follow" in given["instructions"]
        lines = lines_of(repo, given)
        notes = honest({}, lines)
        notes["facts"] += hostile_facts(quote(lines, "not force"))
        notes["questions"] += hostile_questions(quote(lines, "not force"))
        done = await submit(client, given, notes)
        assert done["accepted"] == 3 and sum(done["dropped"].values()) > 30
        served = await ask(client, QUESTION)
        assert (served["status"], served["origin"], served["speculative"]) == ("hit", "agent", True)
        card = await client.call_tool("get_module_summary", {"path": "bank/ledger.py"})
        assert "Inferred by agent" in str(card.structured_content) and CANARY not in str(card.structured_content)
        assert "note" in await claim(client)
        assert "submitted already" in (await submit(client, given, notes))["note"]


async def test_a_stale_submission_is_refused_and_the_context_comes_again(repo: Path) -> None:
    async with over_stdio(repo, "--agent-sleep", "--no-sleep") as client:
        given = await claim(client)
        assert "task_id" not in await claim(client)
        notes = honest({}, lines_of(repo, given))
        write(repo, {"bank/limits.py": BANK["bank/limits.py"].replace("* 10", "* 20")})
        done = await submit(client, given, notes)
        assert done["accepted"] == 0 and "changed since" in done["note"]
        assert (await ask(client, QUESTION)).get("origin") != "agent"
        again = await claim(client)
        assert again["task_id"] != given["task_id"]
        assert (await submit(client, again, honest({}, lines_of(repo, again))))["accepted"] == 3


async def test_strangers_leases_and_nonsense_are_refused_and_a_poor_submission_can_be_mended(repo: Path) -> None:
    async with over_stdio(repo, "--agent-sleep", "--no-sleep") as client:
        given = await claim(client)
        notes = honest({}, lines_of(repo, given))
        assert "no such lease" in (await submit(client, given, notes, lease_id="guessed"))["note"]
        assert "no such lease" in (await submit(client, given, notes, task_id="t0"))["note"]
        for nonsense in (
            {},
            {"facts": "all"},
            {"facts": [1, None]},
            {"facts": hostile_facts(quote(lines_of(repo, given), "force"))},
        ):
            assert "mend it" in (await submit(client, given, nonsense))["note"]
        assert "longer than" in (await submit(client, given, {"facts": ["x" * 300_000]}))["note"]
        assert (await submit(client, given, notes))["accepted"] == 3


async def test_the_tools_and_the_prompt_are_there_only_when_asked_for(repo: Path) -> None:
    app = App(Settings(repo=repo))
    server = build(app, "test")
    async with Client(server) as client:
        assert not {tool.name for tool in (await client.list_tools()).tools} & {"next_thought", "submit_thought"}
        agent_sleep.add(server, app)
        assert {tool.name for tool in (await client.list_tools()).tools} >= {"next_thought", "submit_thought"}
        prompt = await client.get_prompt("sleep", {"count": "3"})
        assert "3 thoughts" in str(prompt.messages[0].content)
    await app.close()


# -- leases, with a clock of our own -----------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> Any:
        return self.at


async def test_a_lease_ends_and_the_thought_goes_to_the_next_but_not_for_ever(repo: Path) -> None:
    clock, home, sources = Clock(), Home(repo), sources_of(repo)
    mine, yours = Thoughts(home, clock=clock), Thoughts(home, clock=clock)
    first = mine.claim(sources, "me")
    assert first is not None and yours.claim(sources, "you") is None
    store = await Store.open(home)
    try:
        clock.at += LEASE + timedelta(seconds=1)
        second = yours.claim(sources, "you")
        assert second is not None and second.task == first.task and second.lease != first.lease
        late = await mine.submit(store, sources, first.task, first.lease, {"facts": []}, lambda text: None)
        assert "lease is over" in late.problem
        for _ in range(TRIES):
            clock.at += LEASE + timedelta(seconds=1)
            mine.claim(sources, "me")
        assert mine.claim(sources, "me") is None
    finally:
        store.close()


async def test_what_an_agent_submitted_before_a_crash_is_published_by_the_next_shift(repo: Path) -> None:
    home, sources = Home(repo), sources_of(repo)
    thoughts = Thoughts(home)
    given = thoughts.claim(sources, "me")
    assert given is not None
    store = await Store.open(home)

    def die(text: str) -> list[float]:
        raise MemoryError

    with pytest.raises(MemoryError):
        notes = honest({}, lines_of(repo, given._asdict()))
        await thoughts.submit(store, sources, given.task, given.lease, notes, die)
    store.close()
    report = await run_shift(home, repo, embedder=Embedder(), thinking=AGENT)
    assert report.thinking is not None and (report.thinking.answers, report.thinking.facts) == (1, 2)
