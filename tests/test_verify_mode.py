"""Verify mode: a sample of hits is worked out again from scratch; what differs is quarantined, loudly. And what a trace holds."""

from __future__ import annotations

import pytest

from server.app import App, Settings
from sleep.desk import Desk
from sleep.limits import Limits
from sleep.pace import Pace
from sleep.progress import Quiet
from sleep.recheck import recheck
from sleep.report import ShiftReport
from sleep.shift import run_shift
from store.fold import fold
from store.home import Home
from store.source.tree import Tree
from store.tables import Store
from store.words import Claim, Trace
from tests.conftest import MakeRepo

pytestmark = pytest.mark.anyio

FILES = {"shop.py": "def price():\n    return 1\n\n\ndef total():\n    return price()\n"}


class NoVectors:
    """An embedder for tests that are not about finding by meaning."""

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[0.0] * 383 + [1.0] for _ in texts]


async def test_a_hit_leaves_a_trace_with_its_receipt_and_a_wrong_row_is_quarantined(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    home = Home(repo)
    await run_shift(home, repo, embedder=NoVectors())
    store = await Store.open(home)
    [right] = [
        r for r in await store.preanswers() if r.query.kind == "callers" and "shop.py::price" in r.query.entities
    ]
    wrong = right.model_copy(update={"claims": (Claim(text="Nobody calls it."),)})
    await store.put_preanswers([(wrong, None)])

    app = App(Settings(repo=repo, verify_sample=1.0))
    result, receipt = await app.lookup("who calls price?", "callers", ["shop.py::price"], None, 700, "s1", "test")
    assert result.status == "hit" and result.answer == "Nobody calls it."
    await app.close()

    report = await run_shift(home, repo, embedder=NoVectors())
    assert (report.rechecked, report.diverged) == (1, 1)
    assert any("quarantined" in notice for notice in report.notices)
    [trace] = [t for t in await store.entries("traces", Trace) if t.id == result.trace_id]
    assert trace.speculative and trace.sampled and trace.session == "s1"
    assert {c.then for c in trace.checked} == {c["now"] for c in receipt.checked} and trace.timings_ms["sync"] >= 0
    rows = [r for r in await store.preanswers_of([right.key]) if r.variant == right.variant]
    assert not any(r.quarantined == "" and r.claims == wrong.claims for r in rows)

    app = App(Settings(repo=repo))
    again, _ = await app.lookup("who calls price?", "callers", ["shop.py::price"], None, 700, "s1", "test")
    assert "`total`" in (again.answer or "")
    await app.close()
    store.close()


async def test_what_is_right_passes(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    home = Home(repo)
    await run_shift(home, repo, embedder=NoVectors())
    app = App(Settings(repo=repo, verify_sample=1.0))
    result, _ = await app.lookup("who calls price?", "callers", ["shop.py::price"], None, 700, "", "")
    assert result.status == "hit"
    await app.close()
    store = await Store.open(home)
    await fold(store)
    desk = Desk(store, NoVectors(), Pace(), Limits(), Quiet(), ShiftReport())
    await recheck(desk, Tree(repo))
    assert (desk.report.rechecked, desk.report.diverged) == (1, 0)
    store.close()
