"""What thinking costs is reserved before it is sent, settled by the bill, and survives a kill at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.cli import main
from sleep.thinkers.thinker import Reply
from sleep.thinkers.till import Till
from sleep.thinking.budget import Budget, OverBudget
from sleep.thinking.notebook import Notebook, Thought
from sleep.thinking.prices import TABLE, Price, Prices, UnknownModel, Usage
from sleep.thinking.rehearse import rehearse
from sleep.thinking.thinking import Thinking
from store.errors import BadCall
from store.home import Home
from tests.anthropic_server import AnthropicServer, price
from tests.clients import run
from tests.conftest import MakeRepo
from tests.senders import MODEL, ask, batches, cents, live, replies
from tests.thinking import BANK, honest, scripted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("credentials")]

EMPTY: dict[str, list[Any]] = {"facts": [], "questions": []}

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


# -- prices ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-4-5"])
@pytest.mark.parametrize("prompt", [100, 99_000, 101_000])
@pytest.mark.parametrize("batch", [False, True])
def test_the_arithmetic_is_that_of_the_published_list(model: str, prompt: int, batch: bool) -> None:
    usage = {
        "input_tokens": prompt,
        "cache_creation_input_tokens": 500,
        "cache_read_input_tokens": 400,
        "output_tokens": 300,
    }
    ours = TABLE[model].cost(Usage(input=prompt, write_5m=500, read=400, output=300), batch=batch)
    assert cents(ours) == cents(price(model, usage, batch=batch))


def test_the_worst_case_is_never_less_than_the_bill() -> None:
    for known in TABLE.values():
        for prompt in (10, 99_999, 100_001):
            bill = known.cost(Usage(write_1h=prompt, output=50))
            assert bill <= known.worst(prompt, 50)


def test_prices_can_be_overridden_and_nonsense_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text('{"my-model": {"rates": {"input": 1.5, "output": 3, "write_5m": 2, "write_1h": 3, "read": 0.1}}}')
    assert Prices.read(file).of("my-model").cost(Usage(input=1_000_000)) == Decimal("1.5")
    with pytest.raises(UnknownModel, match="no price"):
        Prices().of("my-model")
    for wrong in ("[]", "{", '{"m": {"rates": {"input": -1}}}', '{"m": 3}'):
        file.write_text(wrong)
        with pytest.raises(BadCall, match="Cannot read prices"):
            Prices.read(file)


# -- the budget --------------------------------------------------------------------------------------------------------------


def test_a_reservation_counts_until_it_is_settled(home: Home) -> None:
    budget = Budget(home, Decimal(1))
    budget.reserve("a", MODEL, Decimal("0.7"), 10)
    with pytest.raises(OverBudget, match="It was not sent"):
        budget.reserve("b", MODEL, Decimal("0.4"), 10)
    assert budget.settle("a", Decimal("0.1"), Usage(input=5))
    budget.reserve("b", MODEL, Decimal("0.4"), 10)
    budget.charge("b")
    budget.reserve("c", MODEL, Decimal("0.5"), 10)
    budget.release("c")
    assert budget.spent() == Decimal("0.5") and budget.left() == Decimal("0.5")
    with pytest.raises(ValueError, match="already"):
        budget.reserve("a", MODEL, Decimal("0.1"), 10)


def test_a_bill_that_comes_tomorrow_counts_for_the_day_of_its_reservation(home: Home) -> None:
    at = [datetime(2026, 11, 20, 23, 59, tzinfo=UTC)]
    budget = Budget(home, Decimal(1), clock=lambda: at[0])
    budget.reserve("a", MODEL, Decimal("0.9"), 10)
    at[0] += timedelta(minutes=2)
    assert budget.spent() == 0
    budget.settle("a", Decimal("0.2"), Usage())
    assert budget.spent() == 0
    at[0] -= timedelta(minutes=2)
    assert budget.spent() == Decimal("0.2")


def test_tokens_are_capped_where_nothing_has_a_price(home: Home) -> None:
    budget = Budget(home, Decimal(0), tokens_a_day=100)
    budget.reserve("a", "local", Decimal(0), 90)
    with pytest.raises(OverBudget):
        budget.reserve("b", "local", Decimal(0), 20)


def test_a_torn_line_loses_nothing_else(home: Home) -> None:
    budget = Budget(home, Decimal(1))
    budget.reserve("a", MODEL, Decimal("0.3"), 1)
    with (home.folder / "spending.jsonl").open("ab") as file:
        file.write(b'{"id": "b", "state": "reser')
    other = Budget(home, Decimal(1))
    other.reserve("c", MODEL, Decimal("0.3"), 1)
    assert budget.spent() == other.spent() == Budget(home, Decimal(1)).spent() == Decimal("0.6")


RESERVE = """
import sys
from decimal import Decimal
from pathlib import Path
from sleep.thinking.budget import Budget, OverBudget
from store.home import Home
budget = Budget(Home(Path(sys.argv[1])), Decimal(1))
for n in range(40):
    try:
        budget.reserve(f"{sys.argv[2]} {n}", "m", Decimal("0.03"), 1)
    except OverBudget:
        break
"""


def test_processes_at_once_never_reserve_more_than_there_is(tmp_path: Path) -> None:
    Home(tmp_path)
    words = [sys.executable, "-c", RESERVE, str(tmp_path)]
    running = [subprocess.Popen([*words, str(n)], cwd=ROOT) for n in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    budget = Budget(Home(tmp_path), Decimal(1))
    assert budget.spent() == Decimal("0.99") and len(budget.entries()) == 33


def test_a_kill_between_reservation_and_request_costs_nothing(home: Home) -> None:
    till = Till(Notebook(home), Budget(home, Decimal("0.01")), Prices())
    one = ask()
    till.budget.reserve(one.id, MODEL, till.worst(one, 1000), 1000)
    till.open(one, "anthropic", 1000)
    assert till.budget.spent() == till.worst(one, 1000)


def test_a_kill_between_reply_and_settlement_settles_later(home: Home) -> None:
    till = Till(Notebook(home), Budget(home, Decimal("0.01")), Prices())
    one = ask()
    till.open(one, "anthropic", 1000)
    bill = Reply(ask=one.id, ended="done", text="{}", model=MODEL, usage=Usage(input=10), usd=Decimal("0.000001"))
    till.notebook.put(Thought(ask=one, state="answered", thinker="anthropic", reply=bill))
    assert till.recover("anthropic") == 0 and till.budget.spent() == Decimal("0.000001")


# -- kill -9 -----------------------------------------------------------------------------------------------------------------

PROGRAM = """
import asyncio, sys
from pathlib import Path
from store.home import Home
from tests.senders import ask, batches, live, replies
class Server: url = sys.argv[3]
made = {"live": live, "batches": batches}[sys.argv[2]](Home(Path(sys.argv[1])), Server)
made.recovered()
asyncio.run(replies(made, [ask(f"n{n}", text=f"def f{n}():\\n    return {n}") for n in range(6)]))
"""


def asks() -> list[Any]:
    return [ask(f"n{n}", text=f"def f{n}():\n    return {n}") for n in range(6)]


def killed(home: Home, server: AnthropicServer, kind: str, when: str, nth: int) -> None:
    """Run the six asks in a process of their own, and kill it at the nth time that the server sees `when`."""
    left = [nth]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home.root), kind, server.url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    def seen(what: str) -> None:
        if what == when:
            left[0] -= 1
            if left[0] == 0:
                os.kill(process.pid, signal.SIGKILL)

    server.seen = seen
    assert process.wait(timeout=60) == -signal.SIGKILL
    server.seen = lambda what: None


def asked_of(server: AnthropicServer) -> Counter[str]:
    """How often each ask was worked on: live, or in a batch."""
    bodies = [*server.sent(), *(r["params"] for b in server.batches.values() for r in b.requests)]
    texts = [json.dumps(b["messages"]) for b in bodies]
    return Counter(name for name in (f"f{n}()" for n in range(6)) for text in texts if name in text)


async def test_a_live_thinker_killed_on_the_way_pays_for_nothing_twice(home: Home) -> None:
    with AnthropicServer(scripted(lambda params, lines: EMPTY)) as server:
        killed(home, server, "live", "worked", 4)
        later = live(home, server)
        lost = later.recovered()
        done = await replies(later, asks())
        assert max(asked_of(server).values()) == 1
        assert len(done) + lost == 6 and 1 <= lost <= live(home, server).at_once
        assert later.spent() >= cents(server.usd)


async def test_a_batch_killed_on_the_way_is_found_again_and_paid_for_once(home: Home) -> None:
    with AnthropicServer(scripted(lambda params, lines: EMPTY)) as server:
        killed(home, server, "batches", "batched", 1)
        for batch in server.batches.values():
            server._finish(batch)
        later = batches(home, server)
        later.recovered()
        found = {r.ask: r.ended for _ in range(2) for r in await replies(later, asks())}
        assert list(found.values()) == ["done"] * 6 and len(server.batches) == 1
        assert max(asked_of(server).values()) == 1 and cents(later.spent()) == cents(server.usd)


# -- before spending ---------------------------------------------------------------------------------------------------------


async def test_a_rehearsal_shows_what_it_would_cost_and_sends_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo(BANK)
    with AnthropicServer(scripted(honest)) as server:
        chosen = Thinking(thinker="anthropic", budget_usd=Decimal("0.5"), base_url=server.url, eagerness=100)
        shown = await rehearse(Home(repo), chosen)
        assert not server.requests
        [context] = shown.contexts
        assert context.subject == "bank/" and Decimal(0) < context.usd < context.most_usd
        done = run(
            "sleep", "--repo", str(repo), "--thinker", "anthropic", "--budget-usd", "0.5", "--base-url", server.url,
            "--eagerness", "100",
            env={**os.environ, "ANTHROPIC_API_KEY": "sk-x"},
        )  # fmt: skip
        assert done.returncode == 0 and "2 facts and 1 answers published" in done.stdout, done.stderr
        assert context.usd / 4 < Decimal(server.usd) < context.most_usd
        assert (await rehearse(Home(repo), chosen)).contexts[0].known == 1


def test_a_shift_that_costs_money_needs_a_budget_and_a_known_model(
    make_repo: MakeRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(BANK)
    for words, says in (
        (("--thinker", "anthropic"), "--budget-usd"),
        (("--thinker", "batches", "--budget-usd", "1", "--model", "gpt-x"), "no price"),
        (("--thinker", "endpoint"), "--base-url"),
        (("--model", "claude-haiku-5-5"), "mean nothing"),
        (("--thinker", "anthropic", "--budget-usd", "1", "--samples", "99"), "--samples"),
        (("--dry-run",), "--thinker"),
    ):
        assert main(["sleep", "--repo", str(repo), *words]) == 2 and says in capsys.readouterr().err


def test_the_words_of_a_choice_say_the_same_again() -> None:
    import argparse

    from sleep.thinking import switch

    chosen = Thinking(
        thinker="batches",
        budget_usd=Decimal("0.25"),
        samples=3,
        unsent=("a/*", "b.py"),
        judge_model="claude-sonnet-5-5",
    )
    parser = argparse.ArgumentParser()
    switch.configure(parser)
    assert switch.chosen(parser.parse_args(chosen.words())) == chosen


def test_a_price_has_no_gaps() -> None:
    for model, known in TABLE.items():
        assert isinstance(known, Price) and known.rates.output > known.rates.input > known.rates.read, model
