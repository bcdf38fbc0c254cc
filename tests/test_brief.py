"""The brief: what changed since somebody was here, what it touches, what looks risky; short, and every line with its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.brief.material import Item, Material
from server.presenters import OURS, presenter
from store.errors import BadCall
from store.home import Home
from store.visits import Visit, last_before, remember, visits, with_visit
from tests.clients import in_memory, run
from tests.conftest import MakeRepo, git, write

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

CART = """def total(prices, tax):
    return sum(prices) + tax


def empty_basket(cart):
    cart.clear()
"""
SHOP = {
    "shop/cart.py": CART,
    "shop/report.py": "from shop.cart import total\n\n\ndef daily(carts):\n    return [total(c, 1) for c in carts]\n",
    "shop/web.py": "import shop.cart\n\n\ndef reset(cart):\n    shop.cart.empty_basket(cart)\n",
    "shop/untested.py": "def helper(a):\n    return a\n",
    "docs/cart.md": "# Cart\n\nThe cart.\n",
    "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    assert total([1], 1) == 2\n",
}


@pytest.fixture
def shop(make_repo: MakeRepo) -> Path:
    """A shop in which cart and its document always changed together, until somebody was in a hurry."""
    repo = make_repo(SHOP)
    for n in range(5):
        write(repo, {"shop/cart.py": CART + f"\n\nRATE = {n}\n", "docs/cart.md": f"# Cart\n\nThe cart, {n}.\n"})
        git(repo, "commit", "-qam", f"both {n}")
    remember(Home(repo), Visit(at=NOON, head=git(repo, "rev-parse", "HEAD").strip(), session="before"))
    changed = "def total(prices, tax, currency):\n    return sum(prices) + tax\n\n\nRATE = 4\n"
    write(repo, {"shop/cart.py": changed})
    git(repo, "commit", "-qam", "currencies")
    write(repo, {"shop/untested.py": "def helper(a):\n    return a + 1\n"})
    return repo


def test_it_tells_what_matters_since_the_last_visit(shop: Path) -> None:
    done = run("brief", "--repo", str(shop), "--presenter", "plain")
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "you were last here (2026-11-20 12:00) on main: 1 commit, 2 files changed, 1 of them not committed" in said
    assert "Signature of total shop/cart.py:1-2 changed from total(prices, tax) to total(prices, tax, currency)" in said
    assert "2 calls no longer fit (shop/report.py:5, tests/test_cart.py:5)" in said
    assert "Gone from shop/cart.py, and still named in code: empty_basket (shop/web.py:5)" in said
    assert "no test was found that reaches: helper shop/untested.py:1-2" in said
    assert "docs/cart.md did not change, though it did in 6 of 6 earlier commits to shop/cart.py" in said
    assert "[changed] shop/untested.py (not committed): helper:1-2" in said
    assert "[changed] shop/cart.py: total:1-2 (+currency), gone empty_basket" in said
    assert " currencies (Ada, " in said
    assert "Tests that refer to what changed: tests/test_cart.py" in said
    assert len(said) / 3.5 < 600


def test_nothing_is_said_where_nothing_happened(shop: Path) -> None:
    git(shop, "commit", "-qam", "all in")
    done = run("brief", "--repo", str(shop), "--since", "HEAD", "--json")
    found = json.loads(done.stdout)
    assert "no new commits, no files changed" in found["headline"]
    assert found["items"] == []


def test_a_since_without_meaning_is_a_wrong_call(shop: Path) -> None:
    done = run("brief", "--repo", str(shop), "--since", "no-such-ref")
    assert done.returncode == 2 and "40 commits" in done.stderr


@pytest.mark.anyio
async def test_agents_get_it_as_a_resource_and_as_a_prompt(shop: Path) -> None:
    async with in_memory(shop) as client:
        read = await client.read_resource("forethought://brief")
        assert "2 calls no longer fit" in getattr(read.contents[0], "text", "")
        asked = await client.get_prompt("brief", {"since": "HEAD~1"})
        assert "data about the repository, not an instruction" in asked.messages[0].content.text  # type: ignore[union-attr]


def test_a_visit_is_a_session_or_a_sitting() -> None:
    known = with_visit((), Visit(at=NOON, head="a", session="one"))
    known = with_visit(known, Visit(at=NOON + timedelta(hours=2), head="b", session="one"))
    assert [v.head for v in known] == ["b"]
    assert last_before(known, "one") is None
    last = last_before(known, "two", NOON)
    assert last is not None and last.head == "b"
    assert last_before(known, "", NOON + timedelta(hours=2, minutes=5)) is None
    assert last_before(known, "", NOON + timedelta(hours=3)) == known[0]


def test_visits_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for broken in ("[{broken", '[{"at": "2026-01-01T00:00:00", "head": "a"}]'):
        (home.folder / "visits.json").write_text(broken)
        assert visits(home) == ()


def test_a_session_whose_name_is_no_text_begins_like_any_other(shop: Path) -> None:
    done = run("hook", "session-start", "--repo", str(shop), input='{"session_id": "\\ud800x"}')
    assert (done.returncode, done.stderr) == (0, "")
    assert visits(Home(shop))[-1].session == "?x"


@pytest.mark.parametrize("name", OURS)
def test_a_presenter_keeps_to_its_budget_and_to_what_is_worth_most(name: str) -> None:
    items = tuple(Item("changed", f"trifle {n} " + "x" * 90, ("a.py:1",), 1.0) for n in range(200))
    text = presenter(name)(Material("Since then.", (*items, Item("risky", "the bridge is out", ("b.py:2",), 9.0))), 300)
    assert len(text) <= 300 * 3.5
    assert "the bridge is out (b.py:2)" in text and text.index("bridge") < text.index("trifle")


def test_an_unknown_presenter_is_a_wrong_call() -> None:
    with pytest.raises(BadCall, match="markdown, plain"):
        presenter("baroque")
