"""A shift over real repositories into a real store: what it works out, what it leaves alone, and what it must never do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sleep.limits import Limits
from sleep.pace import Pace
from sleep.prediction.demand import demand_of, not_useful
from sleep.prediction.forecast import Forecast
from sleep.prediction.predict import Prediction, from_asked, predict
from sleep.prediction.signals import Signals
from sleep.prediction.wording import question_of
from sleep.readers import read_all
from sleep.report import ShiftReport
from sleep.shift import run_shift
from sleep.tidy import surplus
from store.embed import Embedder
from store.evidence import Sources, check, fresh
from store.graph.index import Index
from store.home import Home
from store.journal import Journal
from store.source.read import read
from store.source.tree import Tree
from store.steady import Moved, SteadySources
from store.tables import Store
from store.words import KINDS, Asked, Claim, Evidence, PreAnswer, Query, digest_of, now, verbatim
from tests.conftest import MakeRepo, git, write

pytestmark = pytest.mark.anyio

FILES = {
    "shop/__init__.py": "",
    "shop/prices.py": '"""Prices."""\n\n\ndef net(gross: int) -> int:\n    """Without tax."""\n    return gross * 100 // 119\n',
    "shop/cart.py": (
        "from shop.prices import net\n\n\nclass Cart:\n    \"\"\"What is to be bought.\"\"\"\n\n"
        "    def total(self) -> int:\n        return net(119)\n"
    ),
    "shop/orders.py": "from shop.cart import Cart\n\n\ndef order() -> int:\n    return Cart().total()\n",
    "tests/test_prices.py": "from shop.prices import net\n\n\ndef test_net() -> None:\n    assert net(119) == 100\n",
    "README.md": "# Shop\n\nRun `pytest`.\n",
}  # fmt: skip

NET = "shop/prices.py::net"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo(FILES)


async def shift(repo: Path, embedder: Embedder, **more: object) -> ShiftReport:
    return await run_shift(Home(repo), repo, embedder=embedder, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def stored(repo: Path) -> AsyncIterator[Store]:
    store = await Store.open(Home(repo))
    try:
        yield store
    finally:
        store.close()


async def rows_of(repo: Path, kind: str, entity: str) -> list[PreAnswer]:
    async with stored(repo) as store:
        return await store.preanswers_of([Query(kind=kind, entities=(entity,)).key])  # type: ignore[arg-type]


def sources_of(repo: Path) -> Sources:
    """The sources as they are now, worked out from scratch."""
    tree, index = Tree(repo), Index()
    index.apply([read(path, data) for path, data in tree.sync().changed.items()])
    return Sources(index, tree)


def journal(repo: Path, *asked: Asked) -> None:
    entries = Journal(Home(repo))
    for one in asked:
        entries.append(one)
    entries.close()


# -- what a shift does ---------------------------------------------------------------------------------------------------


async def test_a_first_shift_reads_every_file_and_answers_what_matters(repo: Path, embedder: Embedder) -> None:
    report = await shift(repo, embedder)
    assert report.outcome == "done"
    assert (report.files, report.files_read, report.files_unchanged) == (6, 6, 0)
    assert report.answers_computed > 20 and report.answers_kept == 0
    [callers] = await rows_of(repo, "callers", NET)
    assert "total" in callers.claims[0].text + callers.brief
    assert callers.question == "Who calls net?"
    assert "caller" in callers.because
    assert fresh(callers, check(sources_of(repo), callers))
    async with stored(repo) as store:
        subjects = {card.subject for card in await store.cards()}
    assert subjects >= {".", "shop/", "tests/", "shop/cart.py"}


async def test_the_report_of_the_last_shift_is_kept_in_the_store(repo: Path, embedder: Embedder) -> None:
    report = await shift(repo, embedder, reason="a test")
    async with stored(repo) as store:
        kept = ShiftReport.model_validate_json(await store.meta_get("last_shift") or "")
    assert kept == report and kept.reason == "a test" and kept.peak_rss_mb > 0


async def test_a_second_shift_over_an_unchanged_tree_does_nothing(repo: Path, embedder: Embedder) -> None:
    first = await shift(repo, embedder)
    second = await shift(repo, embedder)
    assert (second.files_read, second.rows_resolved, second.cards_written, second.answers_computed) == (0, 0, 0, 0)
    assert second.answers_kept == first.answers_computed
    assert second.cards_fresh == first.cards_written


async def test_after_one_changed_file_only_it_and_what_depends_on_it_is_done_again(
    repo: Path, embedder: Embedder
) -> None:
    await shift(repo, embedder)
    await shift(repo, embedder)
    async with stored(repo) as store:
        before = {row.variant: row.query.key for row in await store.preanswers()}
    path = repo / "shop/orders.py"
    path.write_text(path.read_text().replace("Cart().total()", "Cart().total() + 1"))
    report = await shift(repo, embedder)
    assert (report.files_read, report.rows_resolved) == (1, 1)
    async with stored(repo) as store:
        new = [row for row in await store.preanswers() if row.variant not in before]
    assert report.answers_computed == len(new) > 0
    again = [row for row in new if row.query.key in before.values()]  # what is new was not expected before
    assert again and all(row.query.entities[0].startswith("shop/orders.py") for row in again)
    assert report.cards_written <= 3  # the file, its folder, the repo


async def test_a_caller_in_a_new_file_makes_the_callers_be_worked_out_again(repo: Path, embedder: Embedder) -> None:
    await shift(repo, embedder)
    write(repo, {"shop/extra.py": "from shop.prices import net\n\n\ndef extra() -> int:\n    return net(1)\n"})
    report = await shift(repo, embedder)
    assert report.files_read == 1
    newest, older = await rows_of(repo, "callers", NET)
    sources = sources_of(repo)
    assert fresh(newest, check(sources, newest)) and not fresh(older, check(sources, older))
    assert "extra" in "".join(c.text for c in newest.claims)


async def test_a_deleted_file_leaves_no_row_and_no_card(repo: Path, embedder: Embedder) -> None:
    await shift(repo, embedder)
    (repo / "shop/orders.py").unlink()
    report = await shift(repo, embedder)
    assert report.files_gone == 1 and report.cards_dropped == 1
    async with stored(repo) as store:
        assert "shop/orders.py" not in await store.digests()
        assert await store.card("shop/orders.py") is None


async def test_both_branches_keep_their_answers(repo: Path, embedder: Embedder) -> None:
    await shift(repo, embedder)
    git(repo, "checkout", "-q", "-b", "other")
    write(repo, {"shop/prices.py": FILES["shop/prices.py"].replace("119", "107")})
    git(repo, "commit", "-q", "-am", "lower tax")
    await shift(repo, embedder)
    git(repo, "checkout", "-q", "main")
    back = await shift(repo, embedder)
    assert back.files_read == 1 and back.answers_computed == 0
    assert len(await rows_of(repo, "explain", NET)) == 2


async def test_a_plain_folder_and_an_empty_repository_are_studied_too(make_repo: MakeRepo, embedder: Embedder) -> None:
    plain = await shift(make_repo(FILES, name="plain", git_repo=False), embedder)
    assert plain.outcome == "done" and plain.answers_computed > 20
    empty = await shift(make_repo({".gitignore": ""}, name="empty"), embedder)
    assert empty.outcome == "done" and empty.notices == []


# -- what was asked ------------------------------------------------------------------------------------------------------


async def test_a_missed_question_is_answered_by_the_next_shift_before_anything_else(
    repo: Path, embedder: Embedder
) -> None:
    query = Query(kind="raises", entities=(NET,))
    journal(repo, *(Asked(id=str(n), question="what can net raise", query=query, status="miss") for n in range(2)))
    report = await shift(repo, embedder, limits=Limits(answers=1))
    assert (report.queries_folded, report.predicted, report.answers_computed) == (2, 1, 1)
    [row] = await rows_of(repo, "raises", NET)
    assert row.because == "asked twice and missed"


async def test_a_question_that_nobody_understood_is_understood_when_its_name_has_come(
    repo: Path, embedder: Embedder
) -> None:
    journal(repo, Asked(id="1", question="who calls discount?", query=None, status="miss"))
    await shift(repo, embedder)
    write(
        repo, {"shop/deals.py": "def discount() -> int:\n    return 1\n\n\ndef deal() -> int:\n    return discount()\n"}
    )
    await shift(repo, embedder)
    [row] = await rows_of(repo, "callers", "shop/deals.py::discount")
    assert row.because == "asked once and missed"


async def test_a_recorded_answer_is_kept_with_the_sources_it_was_pinned_to(repo: Path, embedder: Embedder) -> None:
    pinned = sources_of(repo).span(NET)
    question = "Why is the tax 19 percent?"
    one = Asked(id="1", question=question, query=None, status="recorded", answer="It is the law.", evidence=(pinned,))
    journal(repo, one)
    write(repo, {"shop/prices.py": FILES["shop/prices.py"].replace("119", "107")})
    report = await shift(repo, embedder)
    assert report.answers_recorded == 1
    async with stored(repo) as store:
        [row] = await store.preanswers_of([verbatim(question).key])
    assert row.origin == "recorded" and row.claims[0].text == "It is the law."
    assert not fresh(row, check(sources_of(repo), row)), "it was pinned to what the source was when it was recorded"
    write(repo, {"shop/prices.py": FILES["shop/prices.py"]})
    assert fresh(row, check(sources_of(repo), row))
    assert (await shift(repo, embedder)).answers_recorded == 0


async def test_answers_that_were_called_useless_twice_are_dropped_and_not_made_again(
    repo: Path, embedder: Embedder
) -> None:
    await shift(repo, embedder)
    query = Query(kind="callers", entities=(NET,))
    votes = [Asked(id=str(n), question="who calls net", query=query, status="recorded", useful=False) for n in range(2)]
    journal(repo, *votes)
    report = await shift(repo, embedder)
    assert report.answers_dropped == 1
    assert await rows_of(repo, "callers", NET) == []


# -- ending early, and not alone -----------------------------------------------------------------------------------------


async def test_a_store_that_another_sleeper_holds_is_an_outcome(repo: Path, embedder: Embedder) -> None:
    with Home(repo).sleeper_lock():
        report = await shift(repo, embedder)
    assert report.outcome == "busy" and report.files == 0
    assert (await shift(repo, embedder)).outcome == "done"


async def test_a_shift_whose_time_is_up_keeps_what_it_did_and_the_next_goes_on(repo: Path, embedder: Embedder) -> None:
    pace = Pace(deadline_s=3.5, clock=iter_clock())  # each look at the clock takes a second
    early = await shift(repo, embedder, pace=pace)
    assert early.outcome == "deadline" and 0 < early.files_read < 6
    rest = await shift(repo, embedder)
    assert rest.outcome == "done" and rest.files_read == 6 - early.files_read
    scratch, sources = sources_of(repo).index, Index()
    async with stored(repo) as store:
        sources.load(row for row, _ in await store.rows())
    assert all(sources.row(path) == scratch.row(path) for path in scratch.paths())


def iter_clock() -> object:
    ticks = iter(range(10_000))
    return lambda: float(next(ticks))


async def test_a_stopped_shift_says_so(repo: Path, embedder: Embedder) -> None:
    pace = Pace()
    pace.stop()
    assert (await shift(repo, embedder, pace=pace)).outcome == "stopped"


async def test_text_that_moved_on_since_the_study_is_not_quoted(repo: Path) -> None:
    seen = sources_of(repo)
    steady = SteadySources(seen.index, seen.tree)
    assert "gross" in steady.text("shop/prices.py")
    (repo / "shop/prices.py").write_text("def net(): ...\n")
    with pytest.raises(Moved, match="shop/prices.py"):
        steady.text("shop/prices.py")


async def test_workers_read_what_is_read_inline(repo: Path) -> None:
    files = Tree(repo).sync().changed
    before = dict(os.environ)
    pooled = [r async for some in read_all(files, Pace(), Limits(pool_above=0, workers=2)) for r in some]
    assert dict(os.environ) == before
    assert sorted(pooled, key=lambda r: r.path) == [read(path, data) for path, data in sorted(files.items())]


# -- decisions, without a store ------------------------------------------------------------------------------------------


def asked(status: str = "computed", *, days: float = 0, useful: bool | None = None, name: str = "a.py::f") -> Asked:
    query = Query(kind="callers", entities=(name,))
    return Asked(
        id=f"{status}{days}{name}{useful}",
        at=now() - timedelta(days=days),
        question="?",
        query=query,
        status=status,  # type: ignore[arg-type]
        useful=useful,
    )


def test_what_was_asked_more_often_more_lately_or_was_missed_is_worth_more() -> None:
    def worth(*rows: Asked) -> float:
        [one] = from_asked(Signals(Index(), demand=demand_of(rows, now())), Forecast.begin())
        return one.value

    assert worth(asked(), asked(days=1)) > worth(asked())
    assert worth(asked()) > worth(asked(days=60))
    assert worth(asked("miss")) > worth(asked("computed"))


def test_a_vote_of_useful_forgives_the_votes_before_it() -> None:
    key = Query(kind="callers", entities=("a.py::f",)).key
    bad = [asked("recorded", days=d, useful=False) for d in (3, 2)]
    assert not_useful(bad) == {key}
    assert not_useful([*bad, asked("recorded", days=1, useful=True)]) == set()


def test_predictions_are_unique_ranked_bounded_and_have_a_reason(make_repo: MakeRepo) -> None:
    index = sources_of(make_repo(FILES)).index
    found = predict(Signals(index), Limits(answers=20))
    values = [p.value for p in found]
    assert len(found) == 20 and values == sorted(values, reverse=True)
    assert len({p.query.key for p in found}) == 20
    assert all(p.because and question_of(p.query) for p in found)
    everything = {p.query.key: p for p in predict(Signals(index), Limits(answers=10_000))}
    assert worth_of(everything, "callers", NET) > worth_of(everything, "callers", "tests/test_prices.py::test_net")


def test_the_queries_that_are_prepared_are_of_many_kinds(make_repo: MakeRepo) -> None:
    body = "".join(
        f"def f{n}(a: int) -> int:\n    def inner() -> int:\n        return f{n // 2}(a)\n\n    return inner()\n\n\n"
        for n in range(200)
    )
    found = predict(Signals(sources_of(make_repo({"a.py": body})).index), Limits(answers=450))
    assert len({p.query.kind for p in found}) >= 5
    assert not any(entity.endswith(".inner") for p in found for entity in p.query.entities)


def worth_of(found: dict[str, Prediction], kind: str, entity: str) -> float:
    return found[Query(kind=kind, entities=(entity,)).key].value  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_query_has_a_sentence(kind: str) -> None:
    sentence = question_of(Query(kind=kind, entities=(NET,)))  # type: ignore[arg-type]
    assert sentence.endswith("?") and "::" not in sentence


def row(key: str, digest: str, *, days: float = 0, **more: object) -> PreAnswer:
    query = Query(kind="explain", entities=(key,))
    evidence = (Evidence(kind="file", subject="a.py", digest=digest_of(digest)),)
    return PreAnswer(
        query=query, brief="", claims=(Claim(text="x"),), evidence=evidence, key=query.key, question="?",
        created=now() - timedelta(days=days), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_of_one_key_the_most_recent_few_are_kept_and_of_all_the_most_used() -> None:
    limits = Limits(variants=2, rows=3)
    variants = [row("k", str(n), days=n) for n in range(4)]
    assert surplus(variants, limits) == variants[2:]
    used, recorded, old = (
        row("a", "1", days=9, served=3),
        row("b", "1", days=8, origin="recorded"),
        row("c", "1", days=7),
    )
    assert surplus([old, used, recorded, row("d", "1")], limits) == [old]


async def test_a_store_that_outgrows_its_disk_budget_lets_go_of_what_is_worth_least(
    repo: Path, embedder: Embedder
) -> None:
    first = await shift(repo, embedder)
    second = await shift(repo, embedder, limits=Limits(disk_mb=0.001, answers=5))
    assert second.answers_dropped > first.answers_computed / 2
    assert any("had to go" in n for n in second.notices)
    async with stored(repo) as store:
        assert int(await store.meta_get("evicted") or 0) == second.answers_dropped
        assert (await store.counts())["preanswers"] > 0


async def test_working_out_answers_stops_at_the_budget_of_processor_time(repo: Path, embedder: Embedder) -> None:
    report = await shift(repo, embedder, limits=Limits(cpu_seconds=1e-6))
    assert report.outcome == "done" and report.answers_computed < report.predicted
    assert any("the most for one shift" in n for n in report.notices)


async def test_what_an_older_analyser_made_is_cleared_away_once(repo: Path, embedder: Embedder) -> None:
    await shift(repo, embedder)
    async with stored(repo) as store:
        await store.put_preanswers([(row("old", "1", analyser=0), None)])
        count = (await store.counts())["preanswers"]
        await store.meta_set("cleared_of_analysers_before", "0")
    await shift(repo, embedder)
    async with stored(repo) as store:
        assert (await store.counts())["preanswers"] == count - 1
