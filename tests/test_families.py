"""What structure alone answers: each family on a small real repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import families
from store.evidence import Sources
from store.families.absent import close_to
from store.graph.index import Index
from store.places import fill
from store.question.understand import understand
from store.source.read import read
from store.source.tree import Tree
from store.words import Answer, Kind, Query
from tests.conftest import MakeRepo, git, write

SHOP = {
    "pyproject.toml": (
        '[project]\nname = "shop"\nrequires-python = ">=3.11"\n\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
    ),
    "shop/__init__.py": '"""A small shop."""\nfrom shop.cart import Cart as Cart\n',
    "shop/errors.py": (
        'class ShopError(Exception):\n    """Base of all."""\n\n\n'
        'class EmptyCart(ShopError):\n    """Nothing was put in."""\n'
    ),
    "shop/cart.py": (
        '"""Carts."""\nimport os\n\nfrom shop.errors import EmptyCart\n\n\n'
        "class Cart:\n"
        '    """What a customer wants to buy."""\n\n'
        "    def __init__(self) -> None:\n        self.items: list[int] = []\n\n"
        "    def total(self) -> int:\n"
        '        """The sum of all prices."""\n'
        "        if not self.items:\n            raise EmptyCart('nothing')\n"
        "        return with_tax(sum(self.items))\n\n\n"
        "def with_tax(price: int) -> int:\n"
        '    """Adds the tax of the country."""\n'
        '    return price + int(os.environ.get("SHOP_TAX", "7"))\n\n\n'
        "class GiftCart(Cart):\n"
        "    def total(self) -> int:\n        return 0\n"
    ),
    "shop/desk.py": "from shop.cart import Cart\n\n\ndef checkout(cart: Cart) -> int:\n    return cart.total()\n",
    "tests/test_cart.py": "from shop.cart import with_tax\n\n\ndef test_tax():\n    assert with_tax(1) == 8\n",
}


KINDS_OF_USE: tuple[Kind, ...] = ("callers", "impact", "explain")


class Repo:
    """A repository with its index, asked as the server asks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tree = Tree(root)
        self.index = Index()
        self.sources = Sources(self.index, self.tree)
        self.follow()

    def follow(self) -> None:
        changes = self.tree.sync()
        self.index.apply([read(p, data) for p, data in changes.changed.items()], changes.gone)

    def answer(self, kind: Kind, *entities: str, since: str | None = None) -> Answer:
        found = families.answer(self.sources, Query(kind=kind, entities=entities, since=since))
        assert found is not None
        return found

    def ask(self, kind: Kind, *entities: str) -> str:
        return fill("\n".join(c.text for c in self.answer(kind, *entities).claims), self.index)

    def still_fresh(self, answer: Answer) -> bool:
        assert answer.evidence
        return all(self.sources.verdict(e).fresh for e in answer.evidence)


@pytest.fixture
def shop(make_repo: MakeRepo) -> Repo:
    return Repo(make_repo(SHOP))


def test_callers_are_found_through_a_typed_receiver(shop: Repo) -> None:
    assert "`checkout` shop/desk.py:5" in shop.ask("callers", "shop/cart.py::Cart.total")


def test_nobody_calls_it_is_an_answer(shop: Repo) -> None:
    assert "no callers" in shop.ask("callers", "shop/desk.py::checkout")


def test_callees_tell_what_is_here_and_what_is_not(shop: Repo) -> None:
    said = shop.ask("callees", "shop/cart.py::Cart.total")
    assert "`with_tax` shop/cart.py:20-22" in said


def test_tests_are_found_directly_and_through_one_call(shop: Repo) -> None:
    assert "`test_tax` tests/test_cart.py:4-5" in shop.ask("tests", "shop/cart.py::with_tax")
    assert "No test refers" in shop.ask("tests", "shop/desk.py::checkout")


def test_subclasses_and_overriding_methods(shop: Repo) -> None:
    assert "`GiftCart`" in shop.ask("subclasses", "shop/cart.py::Cart")
    assert "`GiftCart.total`" in shop.ask("subclasses", "shop/cart.py::Cart.total")


def test_who_raises_an_error_and_under_which_condition(shop: Repo) -> None:
    said = shop.ask("raises", "shop/errors.py::EmptyCart")
    assert "`Cart.total`" in said and "if not self.items" in said
    assert "`EmptyCart`" in shop.ask("raises", "shop/cart.py::Cart.total")


def test_a_setting_with_its_default_and_reader(shop: Repo) -> None:
    said = shop.ask("setting", "setting:SHOP_TAX")
    assert "default `7`" in said or "default `'7'`" in said or 'default `"7"`' in said
    assert "`with_tax`" in said


def test_how_to_test_is_quoted_from_the_project(shop: Repo) -> None:
    assert "testpaths" in shop.ask("commands", "command:test")
    assert ">=3.11" in shop.ask("commands", "command:python")


def test_what_is_not_here_is_denied_and_near_names_are_only_mentioned(shop: Repo) -> None:
    said = shop.ask("explain", "absent:with_taxes")
    assert "There is no `with_taxes`" in said and "`with_tax`" in said


def test_a_denial_claims_no_more_than_it_knows(shop: Repo) -> None:
    write(shop.root, {"web/shop.ts": "import { Cart as Basket } from './cart'\nexport const b = new Basket()\n"})
    write(shop.root, {"go.mod": "module example.org/shop\n\ngo 1.22\n"})
    shop.follow()
    aliased = shop.ask("explain", "absent:Basket")
    assert "There is no `Basket`" in aliased and "outside" not in aliased
    assert "no file of that name" in shop.ask("explain", "absent:nope.go")


def test_importers_that_are_not_shown_are_counted(shop: Repo) -> None:
    write(shop.root, {f"shop/use{n}.py": "from shop.cart import with_tax\n" for n in range(20)})
    shop.follow()
    assert "- and 6 more" in shop.ask("callers", "shop/cart.py")


def test_a_package_of_go_keeps_its_whole_name(shop: Repo) -> None:
    write(shop.root, {"web/main.go": 'package main\n\nimport "github.com/spf13/pflag"\n\nvar f = pflag.Arg\n'})
    shop.follow()
    assert "`github.com/spf13/pflag`" in shop.ask("depends", "web/main.go")


def test_a_module_is_answered_by_what_it_holds(shop: Repo) -> None:
    assert "class `Cart`" in shop.ask("contents", "shop/cart.py")
    assert "`shop/cart.py`" in shop.ask("contents", "shop/")
    assert "shop/errors.py" in shop.ask("depends", "shop/cart.py")


def test_changes_come_live_from_git(shop: Repo) -> None:
    assert "start" in shop.ask("changes", "shop/cart.py")
    write(shop.root, {"shop/cart.py": SHOP["shop/cart.py"] + "\n\nTOP = 1\n"})
    git(shop.root, "commit", "-qam", "A top")
    assert "A top" in shop.ask("changes", "shop/cart.py")


# -- what each answer rests on -------------------------------------------------------------------------------------------------


def test_a_new_caller_in_a_new_file_makes_callers_stale(shop: Repo) -> None:
    before = shop.answer("callers", "shop/cart.py::with_tax")
    write(shop.root, {"shop/new.py": "from shop.cart import with_tax\n\n\ndef more():\n    return with_tax(2)\n"})
    shop.follow()
    assert not shop.still_fresh(before)
    (shop.root / "shop/new.py").unlink()
    shop.follow()
    assert shop.still_fresh(before)


def test_an_edit_elsewhere_in_the_file_moves_lines_and_leaves_the_answer_fresh(shop: Repo) -> None:
    before = shop.answer("explain", "shop/cart.py::with_tax")
    write(shop.root, {"shop/cart.py": SHOP["shop/cart.py"].replace('"""Carts."""', '"""Carts.\n\nMany.\n"""')})
    shop.follow()
    assert shop.still_fresh(before)
    assert "shop/cart.py:23-25" in fill(before.claims[0].text, shop.index)


def test_a_denial_is_not_certain_while_code_that_cannot_be_read_mentions_the_name(shop: Repo) -> None:
    certain = shop.answer("explain", "absent:refund_all")
    write(shop.root, {"tools/refund.zig": "fn refund_all() void {}\n"})
    shop.follow()
    assert not shop.still_fresh(certain)
    doubtful = shop.answer("explain", "absent:refund_all")
    assert "Not certain" in doubtful.claims[-1].text and "`tools/refund.zig` mentions it" in doubtful.claims[-1].text
    assert doubtful.confidence < certain.confidence and "There is no" not in doubtful.brief
    write(shop.root, {"tools/refund.zig": "fn refund_all_of() void {}\n"})
    shop.follow()
    assert shop.still_fresh(certain) and not shop.still_fresh(doubtful)


def test_what_tests_cover_a_class_does_not_rest_on_how_its_file_declares_other_things(shop: Repo) -> None:
    before = shop.answer("tests", "shop/cart.py::Cart")
    text = (shop.root / "shop/cart.py").read_text()
    write(shop.root, {"shop/cart.py": text + "\n\ndef other(a: int = 1) -> int:\n    return a\n"})
    shop.follow()
    assert shop.still_fresh(before)


def test_a_name_that_comes_into_being_makes_its_denial_stale(shop: Repo) -> None:
    before = shop.answer("explain", "absent:refund")
    write(shop.root, {"shop/refund.py": "def refund():\n    pass\n"})
    shop.follow()
    assert not shop.still_fresh(before)


def test_the_contents_of_a_class_are_its_members_with_what_they_say(make_repo: MakeRepo) -> None:
    repo = Repo(make_repo(SHOP))
    found = repo.answer("contents", "shop/cart.py::Cart")
    told = "\n".join(claim.text for claim in found.claims)
    assert "`Cart.total`" in told and "The sum of all prices." in told and "with_tax" not in told
    assert "Inherits" in "\n".join(c.text for c in repo.answer("contents", "shop/cart.py::GiftCart").claims)


def test_near_names_are_those_that_begin_alike_and_are_nearly_the_same() -> None:
    assert close_to("with_taxx", ["with_tax", "_with_tax", "without", "other"]) == ["with_tax", "_with_tax"]
    assert close_to("", ["a"]) == []


def test_a_test_that_calls_the_name_on_an_unknown_receiver_is_mentioned_as_such(shop: Repo) -> None:
    write(shop.root, {"tests/test_more.py": "def test_more(thing):\n    assert thing.total()\n"})
    shop.follow()
    said = shop.ask("tests", "shop/cart.py::Cart.total")
    assert "By name only (`.total`" in said and "`test_more`" in said


def test_use_through_an_unknown_receiver_is_never_told_as_no_use(make_repo: MakeRepo) -> None:
    repo = Repo(
        make_repo(
            {
                "app.py": "class App:\n    def send_task(self):\n        return 1\n",
                "beat.py": "def tick(app):\n    return app.send_task()\n",
                "docs/news.rst": "News\n====\n\nSee ``app.send_task()``.\n",
            }
        )
    )
    asked = "app.py::App.send_task"
    assert "no caller that could be resolved" in repo.ask("callers", asked)
    assert "affects no caller that could be resolved" in repo.ask("impact", asked)
    for kind in KINDS_OF_USE:
        said = repo.ask(kind, asked)
        assert "y name only" in said and "`tick`" in said and "News" not in said
        assert "no callers" not in said and "Nothing in the library" not in said


def test_an_error_that_a_class_gives_on_is_raised_by_name_only(make_repo: MakeRepo) -> None:
    repo = Repo(
        make_repo(
            {
                "errors.py": "class TooMany(Exception):\n    pass\n\n\nclass Quiet(Exception):\n    pass\n",
                "task.py": (
                    "from errors import TooMany\n\n\nclass Task:\n    TooMany = TooMany\n\n"
                    "    def retry(self, n):\n        raise self.TooMany(n)\n\n"
                    "    def other(self, n):\n        raise (TooMany(n) if n else ValueError(n))\n"
                ),
            }
        )
    )
    assert "`Task.other` task.py:11" in repo.ask("raises", "errors.py::TooMany")
    assert "Nothing here raises it" in repo.ask("raises", "errors.py::Quiet")
    text = (repo.root / "task.py").read_text().replace("raise (TooMany(n) if n else ValueError(n))", "return n")
    write(repo.root, {"task.py": text})
    repo.follow()
    said = repo.ask("raises", "errors.py::TooMany")
    assert "By name only" in said and "`Task.retry`" in said and "Nothing here" not in said


def test_a_setting_that_is_read_as_an_attribute_is_told_by_name_and_not_denied(make_repo: MakeRepo) -> None:
    worker = "def start(app):\n    return app.conf.pool_size or either('pool_size')\n"
    conf = "pool_size\n=========\n\nHow many.\n"
    repo = Repo(
        make_repo({"worker.py": worker, "docs/conf.rst": conf, "tests/test_w.py": "class Conf:\n    pool_size = 1\n"})
    )
    said = repo.ask("setting", "setting:pool_size")
    assert "By name only" in said and "`start` worker.py:2" in said and "No setting" not in said
    assert "No setting `pool_sizes`" in repo.ask("setting", "setting:pool_sizes")
    for question, kind, about in (("where is the setting pool_size read", None, ()), ("it", "setting", ("pool_size",))):
        [reading] = understand(question, repo.sources, kind=kind, about=about).readings
        assert reading.query.entities == ("setting:pool_size",), question
    described = understand(
        "what does the setting pool_size do", repo.sources
    ).readings  # its document tells, if anything
    assert not [r for r in described if r.query.entities[0].startswith("setting:")]


def test_whether_there_is_a_thing_is_not_answered_by_another_that_shares_words(make_repo: MakeRepo) -> None:
    doc = '"""Body limit middleware: limits the body."""'
    files = {
        "middleware/body_limit.py": f"{doc}\n\n\ndef body_limit_middleware(options):\n    {doc}\n    return options\n"
    }
    for fruit in ["apple", "pear", "plum", "grape", "melon", "lemon", "fig", "date", "kiwi", "lime"]:
        files[f"{fruit}.py"] = f'def part_{fruit}(x):\n    """Keeps {fruit}."""\n    return x\n'
    repo = Repo(make_repo(files))
    assert understand("Is there a body limit middleware?", repo.sources).certain
    assert not understand("Is there a rate limit middleware?", repo.sources).certain
