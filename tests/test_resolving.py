"""What Python references mean across files: modules, re-exports, classes, types, fixtures; and what is only a name."""

from __future__ import annotations

from textwrap import dedent

import pytest

from store.graph.index import Index
from store.graph.resolve import module_stem
from store.source.languages.python import read_python


def index_of(files: dict[str, str]) -> Index:
    index = Index()
    index.apply([read_python(p, dedent(t).lstrip("\n").encode()) for p, t in files.items()])
    return index


def targets(files: dict[str, str], path: str, kind: str | None = None) -> set[str]:
    row = index_of(files).row(path)
    assert row is not None
    return {e.target for e in row.edges if (e.kind == kind if kind else e.kind != "import")}


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("src/flask/cli.py", "cli"),
        ("flask.cli", "cli"),
        ("./cli.js", "cli"),
        ("src/flask/__init__.py", "flask"),
        ("flask/index.ts", "flask"),
        ("flask", "flask"),
        ("./types.d.ts", "types"),
        ("..money", "money"),
    ],
)
def test_the_stem_of_a_module_is_its_last_name(name: str, stem: str) -> None:
    assert module_stem(name) == stem


# -- modules -------------------------------------------------------------------------------------------------------------

CART = "class Cart:\n    def pay(self): ...\ndef go(): ...\n"


@pytest.mark.parametrize("root", ["", "src/", "backend/lib/"])
def test_a_package_is_found_below_whatever_folder_it_lies_in(root: str) -> None:
    files = {
        f"{root}shop/__init__.py": "",
        f"{root}shop/cart.py": CART,
        "tests/test_a.py": "from shop.cart import go\ngo()\n",
    }
    assert targets(files, "tests/test_a.py") == {f"{root}shop/cart.py::go"}


def test_a_namespace_package_needs_no_init() -> None:
    files = {"src/acme/shop/cart.py": CART, "tests/test_a.py": "import acme.shop.cart\nacme.shop.cart.go()\n"}
    assert "src/acme/shop/cart.py::go" in targets(files, "tests/test_a.py")


def test_a_folder_without_init_inside_a_package_belongs_to_it() -> None:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/core/cart.py": CART,
        "src/shop/a.py": "from .core.cart import go\ngo()\n",
    }
    files["src/shop/core/b.py"] = (
        "import cart\nfrom shop.core import cart as c\nfrom . import cart as d\nc.go\nd.Cart\ncart.x\n"
    )
    assert targets(files, "src/shop/a.py") == {"src/shop/core/cart.py::go"}
    assert {"src/shop/core/cart.py::go", "src/shop/core/cart.py::Cart", "ext:cart.x"} <= targets(
        files, "src/shop/core/b.py"
    )


@pytest.mark.parametrize(
    ("statement", "use"),
    [
        ("from . import cart", "cart.go()"),
        ("from .cart import go", "go()"),
        ("from ..shop.cart import go as g", "g()"),
        ("from ..shop import cart as c", "c.go()"),
        ("import shop.cart", "shop.cart.go()"),
        ("import shop.cart as sc", "sc.go()"),
        ("from shop import *", "cart.go()"),
    ],
)
def test_every_way_to_import_leads_to_the_same_place(statement: str, use: str) -> None:
    files = {"shop/__init__.py": "", "shop/cart.py": CART, "shop/till.py": f"{statement}\n{use}\n"}
    assert "shop/cart.py::go" in targets(files, "shop/till.py")


def test_a_script_imports_from_its_own_folder_and_others_do_not() -> None:
    files = {"tools/helpers.py": CART, "tools/run.py": "from helpers import go\ngo()\n"}
    files["other/run.py"] = "from helpers import go\ngo()\n"
    assert targets(files, "tools/run.py") == {"tools/helpers.py::go"}
    assert targets(files, "other/run.py") == {"ext:helpers.go"}


def test_the_nearest_of_two_packages_of_one_name_is_meant() -> None:
    files = {f"{s}/shop/{f}": t for s in ("one", "two") for f, t in (("__init__.py", ""), ("cart.py", CART))}
    files["two/tests/test_a.py"] = "from shop.cart import go\ngo()\n"
    assert targets(files, "two/tests/test_a.py") == {"two/shop/cart.py::go"}


def test_the_standard_library_is_not_shadowed_by_a_file_of_the_same_name() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/json/__init__.py": "def dumps(): ...\n",
        "tests/json.py": "def dumps(): ...\n",
    }
    files |= {"shop/a.py": "import json\njson.dumps()\n", "tests/test_a.py": "import json\njson.dumps()\n"}
    assert targets(files, "shop/a.py") == {"ext:json.dumps"}
    assert targets(files, "tests/test_a.py") == {"ext:json.dumps"}


def test_names_are_followed_through_re_exports_and_stars_and_aliases() -> None:
    files = {
        "shop/__init__.py": "from .api import *\nfrom .api import pay as settle\n",
        "shop/api.py": "from .deep import *\n__all__ = ['pay', 'hidden']\n",
        "shop/deep.py": "from .cart import go as pay\nfrom .cart import Cart\n",
        "shop/cart.py": CART,
        "a.py": "import shop\nfrom shop import settle\nshop.pay()\nsettle()\nshop.Cart()\n",
    }
    assert targets(files, "a.py", "call") == {"shop/cart.py::go", "?Cart"}


def test_imports_in_a_circle_end() -> None:
    files = {
        "a.py": "from b import *\nfrom b import x\nx()\ny()\n",
        "b.py": "from a import *\nfrom a import x\ndef y(): ...\n",
    }
    assert targets(files, "a.py", "call") == {"?x", "b.py::y"}


def test_a_function_may_have_the_name_of_its_module() -> None:
    files = {"shop/__init__.py": "from .go import go\n", "shop/go.py": "def go(): ...\ndef stop(): ...\n"}
    files["a.py"] = "from shop import go\nfrom shop.go import stop\ngo()\nstop()\n"
    assert targets(files, "a.py", "call") == {"shop/go.py::go", "shop/go.py::stop"}


def test_imports_are_edges_of_their_own_to_the_file_and_to_the_name() -> None:
    files = {
        "shop/__init__.py": "from .cart import Cart\n",
        "shop/cart.py": CART,
        "a.py": "import os\nfrom shop import Cart\n",
    }
    assert targets(files, "a.py", "import") == {"ext:os", "shop/__init__.py", "shop/cart.py::Cart"}
    assert index_of(files).importers("shop/cart.py") == ["a.py", "shop/__init__.py"]


def test_what_is_not_here_is_outside_by_its_dotted_name() -> None:
    files = {
        "a.py": "import os.path\nfrom click import Context as C\ndef f(c: C):\n    os.path.join()\n    c.invoke()\n    C().x\n"
    }
    assert {"ext:os.path.join", "ext:click.Context.invoke", "ext:click.Context.x"} <= targets(files, "a.py")


# -- classes -------------------------------------------------------------------------------------------------------------

FAMILY = {
    "shop/__init__.py": "",
    "shop/base.py": "class Base:\n    limit = 1\n    def save(self): ...\n    def load(self): ...\n",
    "shop/mixin.py": "class Mixin:\n    def save(self): ...\n",
    "shop/cart.py": """
        from .base import Base
        from . import mixin
        class Cart(mixin.Mixin, Base):
            def load(self):
                super().load()
                self.save()
                self.limit
                self.nothing
    """,
}


def test_methods_are_looked_up_in_the_order_of_the_bases() -> None:
    found = targets(FAMILY, "shop/cart.py")
    assert found >= {"shop/mixin.py::Mixin.save", "shop/base.py::Base.load", "shop/base.py::Base.limit", "?nothing"}
    assert "shop/cart.py::Cart.load" not in found


def test_a_diamond_of_bases_is_linearised() -> None:
    files = {
        "a.py": """
            class A:
                def f(self): ...
            class B(A): ...
            class C(A):
                def f(self): ...
            class D(B, C): ...
            D().f()
        """
    }
    assert "a.py::C.f" in targets(files, "a.py")


def test_bases_in_a_circle_or_at_odds_end() -> None:
    files = {
        "a.py": "from b import B\nclass A(B): ...\nA().f()\n",
        "b.py": "from a import A\nclass B(A):\n    def f(self): ...\n",
    }
    assert "b.py::B.f" in targets(files, "a.py")


def test_what_a_base_from_outside_may_have_is_outside() -> None:
    files = {
        "a.py": "import click\nclass G(click.Group):\n    def own(self):\n        self.own()\n        self.command()\n"
    }
    assert targets(files, "a.py", "call") == {"a.py::G.own", "ext:click.Group.command"}


def test_a_base_may_be_an_alias_and_a_class_may_be_nested() -> None:
    files = {"a.py": "class O:\n    class I:\n        def f(self): ...\nB = O.I\nclass D(B): ...\nD().f()\nO.I().f()\n"}
    assert index_of(files).sites("a.py::O.I.f")[0].lines == (6, 7)


# -- types ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "from shop import make\nmake().pay()",
        "from shop import Till\nTill().cart.pay()",
        "from shop import Till\nTill().late.pay()",
        "from shop import Till\nTill().held.pay()",
        "from shop import Till\nTill().copy().cart.pay()",
        "from shop import Till\nTill()().pay()",
        "from shop import the_till\nthe_till.cart.pay()",
        "from shop import Till\nwith Till() as t:\n    t.pay()",
        "from shop import opened\nwith opened() as t:\n    t.pay()",
        "from shop import Till\nfor c in Till().all: c.pay()",
        "from shop import Till\nTill().all[0].pay()",
        "from shop import Till\n[c.pay() for c in Till()]",
        "from shop import Till\nfor k, c in Till().named.items(): c.pay()",
        "from shop import Till\nTill().named.get('a').pay()",
        "from shop import Till\ndef f(t: Till):\n    c = t.cart\n    c.pay()",
        "from shop import Till\ndef f(t: Till):\n    t.kind().pay()",
        "from shop import Till\ndef f():\n    'x'\n    return Till()\nf().cart.pay()",
        "from shop import told\ntold().pay()",
        "from shop import both\n_, c = both()\nc.pay()",
        "from shop import pair\n_, c = pair()\nc.pay()",
        "from shop import Till\nc, *_ = 1, 2\nc, d = Till().all\nc.pay()",
        "from shop import Cart\ndef f(x):\n    match x:\n        case Cart():\n            x.pay()",
        "from shop import Cart\ndef f(x):\n    match x:\n        case Cart() as c:\n            c.pay()",
    ],
)
def test_types_are_followed_through_attributes_results_and_containers(text: str) -> None:
    shop = """
        from __future__ import annotations
        from contextlib import contextmanager
        from typing import Iterator
        class Cart:
            def pay(self): ...
        class Till:
            cart: Cart | None = None
            all: list[Cart]
            named: dict[str, Cart]
            kind: type[Cart] = Cart
            def __init__(self):
                self.held = make()
            @property
            def late(self): return make()
            def copy(self): return self
            def __call__(self) -> Cart: ...
            def __enter__(self): return self.cart
            def __iter__(self) -> Iterator[Cart]: ...
        def make(): return Cart()
        @contextmanager
        def opened() -> Iterator[Cart]: yield Cart()
        the_till = Till()
        def both() -> tuple[Till, Cart]: ...
        def pair(): return Till(), make()
        def told():
            ''':rtype: shop.Cart'''
    """
    index = index_of({"shop.py": shop, "a.py": text + "\n"})
    assert [s.path for s in index.sites("shop.py::Cart.pay")] == ["a.py"]


def test_types_that_chase_each_other_end() -> None:
    files = {
        "a.py": "from b import y\nx = y.v\nx.run()\n",
        "b.py": "from a import x\ny = x.v\nclass C:\n    __call__: C\nC()()()\n",
    }
    assert targets(files, "a.py", "call") == {"?run"}


def test_an_unknown_receiver_stays_a_name_even_if_only_one_thing_is_called_so() -> None:
    index = index_of({"a.py": "class Cart:\n    def pay(self): ...\ndef f(x):\n    x.pay()\n"})
    assert index.sites("a.py::Cart.pay") == []
    assert [(s.scope, s.exact) for s in index.loose("pay")] == [("f", False)]


# -- pytest --------------------------------------------------------------------------------------------------------------


def test_fixtures_come_from_the_nearest_place_and_give_their_types() -> None:
    fixture = "import pytest\nfrom shop import Cart\n@pytest.fixture\ndef cart():\n    return Cart()\n"
    files = {
        "shop.py": CART,
        "tests/conftest.py": fixture + "@pytest.fixture(name='till')\ndef _till(cart):\n    yield cart\n",
        "tests/deep/conftest.py": fixture,
        "tests/test_a.py": "def test_a(cart, till, tmp_path):\n    cart.pay()\n    till.pay()\n    tmp_path.mkdir()\n",
        "tests/deep/test_b.py": "def test_b(cart):\n    cart.pay()\n",
    }
    found = targets(files, "tests/test_a.py")
    assert found == {"tests/conftest.py::cart", "tests/conftest.py::_till", "shop.py::Cart.pay", "?mkdir"}
    assert "tests/deep/conftest.py::cart" in targets(files, "tests/deep/test_b.py")


def test_a_fixture_that_overrides_one_of_its_name_asks_for_the_other() -> None:
    base = "import pytest\n@pytest.fixture\ndef app():\n    return 1\n"
    files = {
        "tests/conftest.py": base,
        "tests/test_a.py": "import pytest\n@pytest.fixture\ndef app(app):\n    return app\n",
    }
    assert "tests/conftest.py::app" in targets(files, "tests/test_a.py", "use")
