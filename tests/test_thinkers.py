"""The thinkers against a local server that is as strict as the real one: what arrives, what it costs, and whatever can go
wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sleep.thinkers.anthropic_live import AnthropicLive
from sleep.thinkers.journalled import Journal, custom_id
from sleep.thinking.prompt import thinking
from store.errors import BadCall
from store.home import Home
from tests.anthropic_server import AnthropicServer, Model, Said
from tests.senders import MODEL, Waits, ask, batches, cents, endpoint, live, replies, till
from tests.thinking import scripted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("credentials")]

EMPTY: dict[str, list[Any]] = {"facts": [], "questions": []}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@contextmanager
def serving(model: Model | None = None, **options: Any) -> Iterator[AnthropicServer]:
    with AnthropicServer(model or scripted(lambda params, lines: EMPTY), **options) as server:
        yield server


# -- what arrives ------------------------------------------------------------------------------------------------------------


async def test_a_strict_server_takes_what_is_sent_and_the_reply_comes_back(home: Home) -> None:
    with serving() as server:
        [reply] = await replies(live(home, server), [ask()])
        assert (reply.ended, json.loads(reply.text)) == ("done", EMPTY)
        body = server.sent()[-1]
    assert "tools" not in body and "thinking" not in body and "temperature" not in body
    assert "def f" not in body["system"]
    assert "def f" in body["messages"][0]["content"][0]["text"]
    assert body["output_config"]["format"]["type"] == "json_schema"


async def test_equal_packs_are_equal_bytes_and_a_block_that_moved_is_still_the_same_ask(home: Home) -> None:
    one, same = ask(), ask()
    moved = one.pack.model_copy(update={"blocks": (one.pack.blocks[0].model_copy(update={"start": 40}),)})
    assert one.pack.text == same.pack.text and one.id == same.id
    assert thinking(moved, "all", MODEL).id == one.id


async def test_samples_of_one_pack_share_the_cache(home: Home) -> None:
    with serving() as server:
        asks = [ask(text="x = 1\n" * 2000, sample=n, shared=True) for n in range(3)]
        await replies(live(home, server), asks)
        used = [bill.usage for bill in server.ledger[1:]]
    assert used[0]["cache_creation_input_tokens"] > 1000
    assert [u["cache_read_input_tokens"] for u in used[1:]] == [used[0]["cache_creation_input_tokens"]] * 2


async def test_secrets_are_taken_out_once_more_on_the_way(home: Home) -> None:
    secret = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
    with serving() as server:
        await replies(live(home, server), [ask(text=f'def f():\n    return "{secret}"')])
        await replies(batches(home, server), [ask("b", text=f'def g():\n    return "{secret}"')])
        assert not any(secret in json.dumps(body) for _, _, body in server.requests)
        assert any("redacted" in json.dumps(body, ensure_ascii=False) for body in server.sent())


async def test_nothing_billable_leaves_without_a_reservation() -> None:
    from sleep.thinkers import client as wire

    with serving() as server:
        async with wire.connected(server.url) as client:
            with pytest.raises(Exception, match="without a reservation|Connection error"):
                await client.messages.create(model=MODEL, max_tokens=5, messages=[{"role": "user", "content": "hello"}])
        assert not server.requests


async def test_source_goes_over_https_or_to_this_machine_only(home: Home) -> None:
    thinker = AnthropicLive(till(home), base_url="http://example.org")
    with pytest.raises(BadCall, match="https only"):
        await replies(thinker, [ask()])


def test_the_package_is_imported_by_whoever_sends_and_by_nobody_else() -> None:
    program = (
        "import sys, sleep.thinking.think, sleep.shift, sleep.command, sleep.thinking.thinking, sleep.thinking.thoughts\n"
        "import server.app, server.mcp, server.lookup\n"
        "import sleep.thinkers.anthropic_live, sleep.thinkers.anthropic_batches, sleep.thinkers.endpoint\n"
        "assert not [m for m in sys.modules if m.split('.')[0] == 'anthropic'], 'imported'"
    )
    root = Path(__file__).resolve().parent.parent
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True, timeout=60)


# -- what it costs -----------------------------------------------------------------------------------------------------------


async def test_the_cost_is_the_servers_bill_to_the_cent(home: Home) -> None:
    with serving() as server:
        asks = [
            ask("a"),
            ask("b", text="y = 2\n" * 3000, shared=True),
            ask("b", text="y = 2\n" * 3000, shared=True, sample=1),
        ]
        done = await replies(live(home, server), asks)
        sonnet = await replies(live(home, server, "5"), [ask("c", model="claude-sonnet-5-5")])
        batch = batches(home, server)
        await replies(batch, [ask("d"), ask("e")])
        halves = await replies(batch, [])
        assert len(done) == 3 and len(sonnet) == 1 and len(halves) == 2
        assert cents(batch.spent()) == cents(server.usd)
        assert cents(sum(r.usd for r in halves)) == cents(sum(b.usd for b in server.ledger if b.batch))


async def test_a_prompt_over_the_tier_is_billed_at_the_higher_price_throughout(home: Home) -> None:
    with serving() as server:
        thinker = live(home, server, "5")
        [reply] = await replies(thinker, [ask(text="z" * 420_000)])
        assert reply.usage and reply.usage.prompt > 100_000
        assert cents(thinker.spent()) == cents(server.usd)
        assert reply.usd > Decimal("0.05")


async def test_a_model_without_a_price_gets_nothing(home: Home) -> None:
    with serving() as server:
        thinker = live(home, server)
        assert not await replies(thinker, [ask(model="claude-fable-5-2")])
        assert "no price" in thinker.stopped and not server.requests


async def test_nothing_is_sent_that_could_break_the_budget(home: Home) -> None:
    with serving() as server:
        thinker = live(home, server, "0.03")
        done = await replies(thinker, [ask(str(n), text="a = 1\n" * 8000) for n in range(9)])
        assert 0 < len(done) < 9 and "left of today's" in thinker.stopped
        assert cents(thinker.spent()) == cents(server.usd) <= Decimal("0.03")


async def test_the_cap_holds_across_processes_and_thinkers(home: Home) -> None:
    with serving() as server:
        for n in range(6):
            await replies(live(home, server, "0.024"), [ask(str(n), text="a = 1\n" * 8000)])
            await replies(batches(home, server, "0.024"), [ask(f"b{n}", text="a = 1\n" * 8000)])
        await replies(batches(home, server, "0.024"), [])
        assert 0 < server.usd <= 0.024


async def test_a_model_that_is_dearer_than_announced_gets_no_second_request(home: Home) -> None:
    with serving(lambda params: Said("w", usage={"input_tokens": 90_000})) as server:
        thinker = live(home, server, "0.05")
        assert not await replies(thinker, [ask()])
        assert "more than it could cost" in thinker.stopped
        assert len(server.ledger) == 1 and server.usd <= 0.05


async def test_an_answer_under_another_models_name_is_charged_as_that_model(home: Home) -> None:
    with serving(scripted(lambda params, lines: Said(json.dumps(EMPTY), model="claude-opus-5-5"))) as server:
        thinker = live(home, server, "0.5")
        await replies(thinker, [ask(str(n)) for n in range(5)])
        assert "it is dearer" in thinker.stopped
        assert cents(thinker.spent()) == cents(server.usd)
        assert len(server.ledger) <= 1 + AnthropicLive.at_once


# -- what can go wrong -------------------------------------------------------------------------------------------------------


async def test_overload_and_rate_limits_are_waited_out(home: Home) -> None:
    waits = Waits()
    with serving() as server:
        server.fault("status", status=429, error="rate_limit_error", headers={"retry-after": "7"})
        server.fault("status", status=529, error="overloaded_error")
        [reply] = await replies(live(home, server, pause=waits), [ask()])
        assert reply.ended == "done" and len(server.ledger) == 2
    assert waits.seconds[0] == 7 and len(waits.seconds) == 2


async def test_told_to_wait_an_hour_we_stop_for_the_night(home: Home) -> None:
    waits = Waits()
    with serving() as server:
        thinker = live(home, server, pause=waits)
        await replies(thinker, [ask("first")])
        server.fault("status", status=429, error="rate_limit_error", headers={"retry-after": "3600"}, times=9)
        assert not await replies(thinker, [ask()])
        assert "3600" in thinker.stopped and not waits.seconds
        assert cents(thinker.spent()) == cents(server.usd)
        assert [r.ended for r in await replies(live(home, serving_again(server)), [ask()])] == ["done"]


def serving_again(server: AnthropicServer) -> AnthropicServer:
    """The same server, the next night."""
    server._faults.clear()
    return server


@pytest.mark.parametrize(
    ("status", "error", "code", "says"),
    [
        (529, "overloaded_error", None, "529"),
        (401, "authentication_error", None, "401"),
        (402, "billing_error", None, "402"),
        (403, "permission_error", None, "403"),
        (404, "not_found_error", None, "404"),
        (429, "rate_limit_error", "enforced_spend_limit_reached", "spend limit"),
    ],
)
async def test_what_no_ask_can_pass_ends_the_night_and_costs_nothing(
    home: Home, status: int, error: str, code: str | None, says: str
) -> None:
    with serving() as server:
        await replies(live(home, server), [ask("first")])
        before = server.usd
        server.fault("status", status=status, error=error, code=code, times=99)
        thinker = live(home, server)
        assert not await replies(thinker, [ask("x"), ask("y")])
        assert says in thinker.stopped and cents(thinker.spent()) == cents(before)


@pytest.mark.parametrize("kind", ["bad_json", "lost_answer"])
async def test_an_answer_that_was_lost_is_charged_and_never_asked_for_again(home: Home, kind: str) -> None:
    with serving() as server:
        await replies(live(home, server), [ask("first")])
        server.fault(kind)
        thinker = live(home, server)
        assert not await replies(thinker, [ask()])
        sent = len(server.sent())
        assert not await replies(live(home, server), [ask()])
        assert len(server.sent()) == sent
        assert thinker.spent() >= Decimal(server.usd)
        assert not thinker.stopped


@pytest.mark.parametrize("kind", ["sse_cut", "sse_error"])
async def test_a_stream_that_is_cut_is_no_answer(home: Home, kind: str) -> None:
    with serving(scripted(lambda params, lines: {"facts": [], "questions": [], "pad": "x" * 3000})) as server:
        await replies(live(home, server), [ask("first")])
        server.fault(kind)
        thinker = live(home, server)
        assert not await replies(thinker, [ask(long=True)])
        assert thinker.notes and thinker.spent() >= Decimal(server.usd)
        assert [r.ended for r in await replies(live(home, server), [ask("b", long=True)])] == ["done"]


@pytest.mark.parametrize("long", [False, True])
async def test_a_web_page_instead_of_an_answer_stops_everything_and_costs_nothing(home: Home, long: bool) -> None:
    with serving() as server:
        await replies(live(home, server), [ask("first")])
        server.fault("html", times=9)
        thinker = live(home, server)
        assert not await replies(thinker, [ask("x", long=long), ask("y", long=long)])
        assert thinker.stopped or thinker.notes


@pytest.mark.parametrize("long", [False, True])
async def test_an_answer_without_a_bill_is_charged_at_the_worst(home: Home, long: bool) -> None:
    with serving() as server:
        await replies(live(home, server), [ask("first")])
        before = server.usd
        server.fault("missing_usage")
        thinker = live(home, server)
        await replies(thinker, [ask(long=long)])
        assert thinker.spent() - Decimal(before) > Decimal("0.003")


async def test_a_refusal_and_a_truncated_answer_are_paid_for_and_not_tried_again(home: Home) -> None:
    said = iter([Said("no", stop="refusal"), Said("{" + "x" * 40_000)])
    with serving(scripted(lambda params, lines: next(said))) as server:
        asks = [ask("a"), ask("b")]
        ended = {r.ended for r in await replies(live(home, server), asks)}
        assert ended == {"refused", "truncated"}
        again = live(home, server)
        assert {r.ended for r in await replies(again, asks)} == ended
        assert len(server.ledger) == 3 and cents(again.spent()) == cents(server.usd)


async def test_an_invalid_request_is_left_out_and_the_others_go_on(home: Home) -> None:
    with serving() as server:
        await replies(live(home, server), [ask("first")])
        server.fault("status", status=400, error="invalid_request_error")
        thinker = live(home, server)
        done = await replies(thinker, [ask(n) for n in "abc"])
        assert len(done) == 2 and not thinker.stopped


async def test_a_server_that_is_not_there_costs_nothing(home: Home) -> None:
    with serving() as server:
        pass
    thinker = live(home, server)
    assert not await replies(thinker, [ask()])
    assert "no connection" in thinker.stopped and thinker.spent() == 0


async def test_without_credentials_we_say_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("HOME", str(home.root))
    with serving() as server:
        thinker = live(home, server)
        assert not await replies(thinker, [ask()])
        assert "credentials" in thinker.stopped.lower() and not server.ledger


# -- batches -----------------------------------------------------------------------------------------------------------------


async def test_a_later_shift_collects_what_an_earlier_one_sent(home: Home) -> None:
    with serving() as server:
        server.end_batches = False
        first = batches(home, server)
        assert not await replies(first, [ask("a"), ask("b")])
        assert not await replies(batches(home, server), [ask("a"), ask("b")])
        server.end_batches = True
        later = await replies(batches(home, server), [ask("a"), ask("b")])
        assert {r.ended for r in later} == {"done"} and len(later) == 2 and len(server.batches) == 1
        assert len(await replies(batches(home, server), [ask("a"), ask("b")])) == 2
        assert cents(first.spent()) == cents(server.usd)


async def test_a_batch_whose_confirmation_was_lost_is_adopted_and_not_sent_twice(home: Home) -> None:
    with serving() as server:
        await replies(live(home, server), [ask("first")])
        server.fault("lost_answer", path=".*batches", method="POST")
        assert not await replies(batches(home, server), [ask("a"), ask("b")])
        later = batches(home, server)
        server.end_batches = False
        assert not await replies(later, [ask("a"), ask("b")])
        server.end_batches = True
        for batch in server.batches.values():
            server._finish(batch)
        assert len(await replies(later, [ask("a"), ask("b")])) == 2
        assert len(server.batches) == 1 and any("found again" in n for n in later.notes)
        assert cents(later.spent()) == cents(server.usd)


async def test_a_batch_that_never_arrived_is_sent_again(home: Home) -> None:
    with serving() as server:
        await replies(live(home, server), [ask("first")])
        server.fault("bad_batch", path=".*batches", method="POST")
        thinker = batches(home, server)
        await replies(thinker, [ask("a")])
        lost = next(iter(server.batches))
        del server.batches[lost]
        for intent in Journal(home).all():
            Journal(home).put(intent.model_copy(update={"state": "intended", "batch": ""}))
        await replies(batches(home, server), [ask("a")])
        assert len(await replies(batches(home, server), [ask("a")])) == 1


async def test_somebody_elses_batch_is_not_taken_for_ours(home: Home) -> None:
    with serving() as server:
        other = Home(make_folder(home.root / "other"))
        await replies(live(home, server), [ask("first")])
        await replies(batches(other, server), [ask("theirs"), ask("theirs too")])
        server.fault("lost_answer", path=".*batches", method="POST")
        await replies(batches(home, server), [ask("a"), ask("b")])
        for batch in server.batches.values():
            server._finish(batch)
        done = await replies(batches(home, server), [])
        assert {r.ask for r in done} == {ask("a").id, ask("b").id}


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


async def test_each_outcome_of_a_batch_is_dealt_with(home: Home) -> None:
    with serving() as server:
        asks = {n: ask(n) for n in ("good", "expired", "failed", "invalid", "missing")}
        server.outcomes = {
            custom_id(asks["expired"].id): "expired",
            custom_id(asks["failed"].id): "errored:api_error",
            custom_id(asks["invalid"].id): "errored:invalid_request_error",
            custom_id(asks["missing"].id): "missing",
        }
        await replies(batches(home, server), list(asks.values()))
        thinker = batches(home, server)
        [reply] = [r for r in await replies(thinker, []) if r.ended == "done"]
        assert reply.ask == asks["good"].id
        server.outcomes = {}
        again = await replies(thinker, [asks["expired"], asks["failed"], asks["invalid"], asks["missing"]])
        final = {r.ask for r in await replies(thinker, []) if r.ended == "done"} | {
            r.ask for r in again if r.ended == "done"
        }
        assert final == {asks["expired"].id, asks["failed"].id}
        assert cents(thinker.spent()) - cents(server.usd) < Decimal("0.01")


@pytest.mark.parametrize("kind", ["jsonl_cut", "jsonl_short"])
async def test_results_that_are_cut_are_read_again(home: Home, kind: str) -> None:
    with serving() as server:
        asks = [ask(n) for n in "abcd"]
        await replies(batches(home, server), asks)
        server.fault(kind, path=".*results", times=1)
        found = {r.ask for r in await replies(batches(home, server), [])}
        found |= {r.ask for r in await replies(batches(home, server), [])}
        assert found == {a.id for a in asks} and len(server.batches) == 1


async def test_a_shift_may_wait_for_its_batch(home: Home) -> None:
    with serving() as server:
        assert len(await replies(batches(home, server, wait_s=60.0), [ask("a"), ask("b")])) == 2


# -- other servers -----------------------------------------------------------------------------------------------------------


async def test_another_server_gets_plain_text_and_never_the_users_key(home: Home) -> None:
    with serving(compat=True) as server:
        thinker = endpoint(home, server)
        [reply] = await replies(thinker, [ask(model="qwen3:8b")])
        body = server.sent()[-1]
    assert reply.ended == "done" and thinker.spent() == 0
    assert "output_config" not in body and "JSON schema" in body["system"]
    assert {b["type"] for b in body["messages"][0]["content"]} == {"text"}
    assert not any("sk-of-the-user" in str(h) for h in server.headers)


async def test_a_server_that_drops_what_it_is_sent_is_not_used(home: Home) -> None:
    with serving(lambda params: Said("I am a helpful assistant."), compat=True) as server:
        thinker = endpoint(home, server)
        assert not await replies(thinker, [ask(model="qwen3:8b")])
        assert "did not come back" in thinker.stopped and len(server.sent()) == 1


async def test_a_small_model_gets_one_chance_to_mend_the_form(home: Home) -> None:
    said = iter(["Sure! Here is what I found.", "```json\n" + json.dumps(EMPTY) + "\n```"])
    with serving(scripted(lambda params, lines: Said(next(said))), compat=True) as server:
        [reply] = await replies(endpoint(home, server), [ask(model="qwen3:8b")])
        assert "facts" in reply.text and len(server.sent()) == 3
