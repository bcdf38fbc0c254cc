"""The index follows the tree: after any changes it equals one built from scratch, and it re-resolves little on the way."""

from __future__ import annotations

import random

import pytest

from store.graph.index import Index, rows_digest
from store.graph.postings import FEW, Postings
from store.source.languages.python import read_python
from store.source.record import Row, decode, encode

PACKAGE = {
    "src/shop/__init__.py": "from .cart import Cart\nfrom .money import *\n",
    "src/shop/money.py": "__all__ = ['Price']\nclass Price:\n    def total(self): ...\nclass Hidden: ...\n",
    "src/shop/cart.py": (
        "from .money import Price\nfrom .base import Base\n"
        "class Cart(Base):\n    price: Price\n    def pay(self):\n        self.save()\n        return self.price.total()\n"
    ),
    "src/shop/base.py": "class Base:\n    def save(self): ...\n    def load(self): ...\n",
    "tests/conftest.py": "import pytest\nfrom shop import Cart\n@pytest.fixture\ndef cart():\n    return Cart()\n",
    "tests/test_cart.py": "def test_pay(cart):\n    cart.pay()\n    cart.load()\n",
    "tools/report.py": "import shop\nfrom shop.cart import Cart\nshop.Price().total()\nCart().load()\n",
}


def built(files: dict[str, str]) -> Index:
    index = Index()
    index.apply([read_python(p, t.encode()) for p, t in files.items()])
    return index


def rows(index: Index) -> list[Row]:
    found = [index.row(p) for p in sorted(index.paths())]
    return [r for r in found if r is not None]


def targets(index: Index, path: str, scope: str = "") -> set[str]:
    row = index.row(path)
    assert row is not None
    return {e.target for e in row.edges if e.scope == scope and e.kind != "import"}


def change(index: Index, files: dict[str, str], path: str, text: str | None) -> int:
    """Change one file in both, check that the index equals one from scratch, and return how many files were resolved."""
    before = index.resolutions
    if text is None:
        del files[path]
        index.apply([], [path])
    else:
        files[path] = text
        index.apply([read_python(path, text.encode())])
    done = index.resolutions - before
    assert rows(index) == rows(built(files))
    return done


def test_an_edit_of_a_body_resolves_that_file_alone() -> None:
    files = dict(PACKAGE)
    index = built(files)
    assert change(index, files, "src/shop/base.py", PACKAGE["src/shop/base.py"].replace("...", "print('now')")) == 1


def test_a_method_that_overrides_a_bases_takes_over_its_callers() -> None:
    files = dict(PACKAGE)
    index = built(files)
    assert "src/shop/base.py::Base.load" in targets(index, "tests/test_cart.py", "test_pay")
    change(index, files, "src/shop/cart.py", PACKAGE["src/shop/cart.py"] + "    def load(self): ...\n")
    assert "src/shop/cart.py::Cart.load" in targets(index, "tests/test_cart.py", "test_pay")
    assert "src/shop/cart.py::Cart.load" in targets(index, "tools/report.py")


def test_a_base_class_that_changes_is_seen_through_its_subclasses() -> None:
    files = dict(PACKAGE)
    index = built(files)
    change(
        index,
        files,
        "src/shop/base.py",
        "class Root:\n    def load(self): ...\nclass Base(Root):\n    def save(self): ...\n",
    )
    assert "src/shop/base.py::Root.load" in targets(index, "tools/report.py")


def test_a_new_name_in_a_much_used_file_is_no_concern_of_its_users() -> None:
    files = dict(PACKAGE)
    index = built(files)
    assert change(index, files, "src/shop/money.py", PACKAGE["src/shop/money.py"] + "def tax(): ...\n") == 1


def test_a_package_that_starts_to_re_export_is_seen_by_who_imports_from_it() -> None:
    files = dict(PACKAGE) | {"tools/save.py": "import shop\nshop.Base().save()\n"}
    index = built(files)
    assert targets(index, "tools/save.py") == {"src/shop/__init__.py", "?Base", "?save"}
    change(index, files, "src/shop/__init__.py", PACKAGE["src/shop/__init__.py"] + "from .base import Base\n")
    assert "src/shop/base.py::Base.save" in targets(index, "tools/save.py")


def test_a_file_that_shadows_a_module_takes_its_importers_over() -> None:
    files = dict(PACKAGE)
    index = built(files)
    shadow = "class Cart:\n    def load(self): ...\n"
    change(index, files, "tools/shop/cart.py", shadow)
    change(index, files, "tools/shop/__init__.py", "Price = 1\n")
    assert "tools/shop/cart.py::Cart.load" in targets(index, "tools/report.py")
    change(index, files, "tools/shop/__init__.py", None)
    assert "src/shop/base.py::Base.load" in targets(index, "tools/report.py")


def test_a_new_file_with_a_new_caller_touches_nothing_else() -> None:
    files = dict(PACKAGE)
    index = built(files)
    assert change(index, files, "tools/late.py", "from shop import Cart\nCart().pay()\n") == 1
    assert "tools/late.py" in {s.path for s in index.sites("src/shop/cart.py::Cart.pay")}


def test_a_nearer_conftest_overrides_a_fixture() -> None:
    files = dict(PACKAGE) | {"tests/deep/test_deep.py": "def test_it(cart):\n    cart.load()\n"}
    index = built(files)
    assert "src/shop/base.py::Base.load" in targets(index, "tests/deep/test_deep.py", "test_it")
    other = "import pytest\nclass Own:\n    def load(self): ...\n@pytest.fixture\ndef cart():\n    yield Own()\n"
    change(index, files, "tests/deep/conftest.py", other)
    assert "tests/deep/conftest.py::Own.load" in targets(index, "tests/deep/test_deep.py", "test_it")


def test_a_file_that_goes_leaves_its_users_with_names_only() -> None:
    files = dict(PACKAGE)
    index = built(files)
    change(index, files, "src/shop/base.py", None)
    assert "?load" in targets(index, "tools/report.py")
    change(index, files, "src/shop/base.py", PACKAGE["src/shop/base.py"])
    assert "src/shop/base.py::Base.load" in targets(index, "tools/report.py")


def test_stored_rows_come_back_as_they_were_and_are_followed_further() -> None:
    files = dict(PACKAGE)
    index = Index()
    index.load([decode(encode(r)) for r in rows(built(files))])
    assert rows_digest(rows(index)) == rows_digest(rows(built(files)))
    change(index, files, "src/shop/cart.py", PACKAGE["src/shop/cart.py"] + "    def load(self): ...\n")


# -- any sequence of changes -------------------------------------------------------------------------------------------------

FOLDERS = ["", "src/", "src/a/", "src/a/", "src/a/deep/", "src/b/", "b/", "tests/", "tests/a/"]
NAMES = ["a", "b", "deep", "one", "two", "three", "__init__", "conftest", "test_x"]
WORDS = ["one", "two", "three", "Alpha", "Beta", "Gamma", "run", "stop", "a", "b"]
MODULES = [
    "a",
    "b",
    "a.one",
    "a.two",
    "a.deep",
    "a.deep.three",
    "b.one",
    "b.two",
    "one",
    "two",
    "tests.one",
    "deep.one",
    "os",
]


def _expression(draw: random.Random) -> str:
    word = draw.choice(WORDS)
    for _ in range(draw.randrange(4)):
        word += draw.choice(["()", ".run", ".stop", ".one", ".Alpha", ".make()", ".held", ".held[0]", ".deep", ".Beta"])
    return word


def _statement(draw: random.Random, indent: str = "") -> list[str]:
    name = draw.choice(WORDS)
    match draw.randrange(14):
        case 0:
            return [f"{indent}import {draw.choice(MODULES)}"]
        case 1:
            return [f"{indent}import {draw.choice(MODULES)} as {name}"]
        case 2 | 3:
            other = f" as {draw.choice(WORDS)}" if draw.random() < 0.3 else ""
            return [f"{indent}from {draw.choice(MODULES)} import {name}{other}"]
        case 4 | 5:
            module = draw.choice(["", "one", "two", "deep", "deep.three", "a", "b"])
            return [f"{indent}from {'.' * draw.randrange(1, 4)}{module} import {name}"]
        case 6 if not indent:
            return [f"from {draw.choice([*MODULES, '.one', '.two', '..a'])} import *"]
        case 7 if not indent:
            return [f"__all__ = {draw.sample(WORDS, 3)!r}"]
        case 8:
            return [f"{indent}{name}: {draw.choice(['Alpha', 'list[Alpha]', 'a.Beta', 'int'])}"]
        case 9 if len(indent) < 8:
            bases = ", ".join(draw.sample([*WORDS[3:6], "a.Alpha", "Exception"], draw.randrange(3)))
            body = [line for _ in range(draw.randrange(1, 4)) for line in _statement(draw, indent + "    ")]
            return [f"{indent}class {draw.choice(WORDS[3:6])}({bases}):", f"{indent}    held: list[Beta]", *body]
        case 10 | 11 if len(indent) < 8:
            fixture = not indent and draw.random() < 0.3
            head = (
                [f"{indent}@pytest.fixture"]
                if fixture
                else [f"{indent}@property"]
                if indent and draw.random() < 0.2
                else []
            )
            arguments = ", ".join(["self"] if indent else draw.sample(WORDS, draw.randrange(3)))
            returns = draw.choice(["", "", " -> Alpha", " -> 'Beta'", " -> list[Gamma]", " -> Self"])
            body = [line for _ in range(draw.randrange(1, 3)) for line in _statement(draw, indent + "    ")]
            called = draw.choice([*WORDS, "make", "test_x", "__call__", "__iter__", "__enter__"])
            last = f"{indent}    return {_expression(draw)}"
            return [*head, f"{indent}def {called}({arguments}){returns}:", *body, last]
        case 12 if indent:
            return [f"{indent}self.{name} = {_expression(draw)}", f"{indent}self.{_expression(draw)}"]
    return [f"{indent}{draw.choice([name + ' = ', ''])}{_expression(draw)}"]


def _text(draw: random.Random) -> str:
    head = [
        f"from {'.' * draw.randrange(1, 3)}{draw.choice(['', 'one', 'two', 'deep'])} import {', '.join(draw.sample(WORDS, 3))}"
    ]
    lines = [line for _ in range(draw.randrange(3, 9)) for line in _statement(draw)]
    return "\n".join([*(head if draw.random() < 0.6 else []), *lines]) + "\n"


def _path(draw: random.Random) -> str:
    return f"{draw.choice(FOLDERS)}{draw.choice(NAMES)}.py"


@pytest.mark.parametrize("seed", range(12))
def test_any_sequence_of_changes_gives_what_a_build_from_scratch_gives(seed: int) -> None:
    draw = random.Random(seed)
    files = {_path(draw): _text(draw) for _ in range(24)}
    index = built(files)
    for _ in range(15):
        changed: dict[str, str] = {}
        gone: list[str] = []
        for _ in range(draw.choice([1, 1, 1, 2, 4])):
            existing = sorted(files.keys() - set(gone) - changed.keys())
            kind = draw.choice(["edit", "edit", "add", "add", "delete", "rename"])
            if kind == "add" or not existing:
                changed[_path(draw)] = _text(draw)
                continue
            path = draw.choice(existing)
            if kind == "edit":
                lines = files[path].splitlines()
                changed[path] = files[path] + _text(draw) if draw.random() < 0.5 or len(lines) < 2 else _text(draw)
                continue
            gone.append(path)
            if kind == "rename":
                changed[_path(draw)] = files[path]
        gone = [p for p in gone if p not in changed]
        files = {p: t for p, t in files.items() if p not in gone} | changed
        index.apply([read_python(p, t.encode()) for p, t in changed.items()], gone)
        fresh = built(files)
        for path in sorted(files):
            assert index.row(path) == fresh.row(path), (seed, path)
        assert set(index.paths()) == set(files)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_postings_hold_what_sets_would_hold_however_few_or_many(seed: int) -> None:
    dice, postings, sets = random.Random(seed), Postings(), dict[str, set[str]]()
    for _ in range(2_000):
        keys = {dice.choice("abcdef") for _ in range(3)}
        path = f"{dice.randrange(2 * FEW)}.py"
        if dice.random() < 0.55:
            postings.add(keys, path)
            for key in keys:
                sets.setdefault(key, set()).add(path)
        else:
            postings.discard(keys, path)
            for key in keys:
                sets.get(key, set()).discard(path)
        assert {key: sorted(postings.get(key)) for key in postings} == {k: sorted(v) for k, v in sets.items() if v}
        assert all((key in postings) == bool(sets.get(key)) for key in "abcdef")


def test_equal_names_of_stored_rows_are_one_string() -> None:
    first, second = [
        decode(encode(built(PACKAGE).row("tools/report.py") or Row(read_python("", b"")))) for _ in range(2)
    ]
    assert first.edges and first == second
    for one, other in zip(first.edges, second.edges, strict=True):
        assert one.target is other.target and one.scope is other.scope
