"""One Python file as read: symbols, references with the scope rules applied, imports, settings, types."""

from __future__ import annotations

from textwrap import dedent

import pytest

from store.source.languages.python import read_python
from store.source.read import read
from store.source.record import FileRecord, Ref, Symbol
from store.words import digest_of


def reading(text: str, path: str = "src/shop/cart.py") -> FileRecord:
    return read_python(path, dedent(text).lstrip("\n").encode())


def symbols(text: str) -> dict[str, Symbol]:
    return {s.qual: s for s in reading(text).symbols}


def refs(text: str, path: str = "src/shop/cart.py") -> set[tuple[str, str, str]]:
    return {(r.name, r.via, r.kind) for r in reading(text, path).refs}


def settings(text: str, path: str = "src/shop/cart.py") -> set[tuple[str, str, str, str]]:
    return {(s.name, s.kind, s.access, s.default) for s in reading(text, path).settings}


# -- symbols -----------------------------------------------------------------------------------------------------------


def test_every_kind_of_definition_is_a_symbol() -> None:
    found = symbols(
        """
        LIMIT = 3
        names: list[str] = []
        class Cart(Base):
            size: int = 0
            class Meta: ...
            def __init__(self):
                self.owner = None
            def pay(self):
                def later(): ...
        async def main(): ...
        """
    )
    kinds = {q: s.kind for q, s in found.items()}
    assert kinds == {
        "LIMIT": "constant",
        "names": "variable",
        "Cart": "class",
        "Cart.size": "attribute",
        "Cart.Meta": "class",
        "Cart.__init__": "method",
        "Cart.owner": "attribute",
        "Cart.pay": "method",
        "Cart.pay.later": "function",
        "main": "function",
    }
    assert found["LIMIT"].value == "3"
    assert found["Cart"].bases == ("Base",)


def test_a_signature_is_one_line_and_a_doc_is_the_first_paragraph() -> None:
    found = symbols(
        '''
        class Cart(Base, metaclass=Meta):
            """What somebody
            is going to buy.

            More of it.
            """
            def run(
                self, host: str | None = None, /, *items, port: int = 5000, quiet=False, **options: t.Any
            ) -> None:
                """Run."""
        '''
    )
    assert found["Cart"].signature == "class Cart(Base, metaclass=Meta)"
    assert found["Cart"].doc == "What somebody is going to buy."
    expected = (
        "def run(self, host: str | None = None, /, *items, port: int = 5000, quiet=False, **options: t.Any) -> None"
    )
    assert found["Cart.run"].signature == expected


def test_lines_include_decorators_and_the_digest_is_of_just_those_lines() -> None:
    text = "import x\n\n@x.route('/')\n@x.auth\ndef index():\n    return 1\n\nrest = 2\n"
    symbol = {s.qual: s for s in read_python("a.py", text.encode()).symbols}["index"]
    assert (symbol.start, symbol.end) == (3, 6)
    assert symbol.decorators == ("x.route", "x.auth")
    assert symbol.digest == digest_of("\n".join(text.split("\n")[2:6]))


def test_a_second_definition_is_numbered_and_the_implementation_of_overloads_is_the_first() -> None:
    record = reading(
        """
        @overload
        def get(x: int) -> int: ...
        @overload
        def get(x: str) -> str: ...
        def get(x): return x
        class A:
            @property
            def b(self): ...
            @b.setter
            def b(self, value): ...
        """
    )
    starts = {s.qual: s.start for s in record.symbols}
    assert starts == {"get#2": 1, "get#3": 3, "get": 5, "A": 6, "A.b": 7, "A.b#2": 9}


def test_words_are_parts_of_names_strings_comments_and_docstrings() -> None:
    found = symbols(
        '''
        def loadURLs(path):
            """Reads a sitemap."""
            # throttled
            return HTTPClient().fetch_all("robots.txt")
        '''
    )
    assert found["loadURLs"].words[:3] == ("load", "url", "path")
    assert {"sitemap", "throttled", "http", "client", "fetch", "robots"} <= set(found["loadURLs"].words)


def test_comments_above_a_variable_are_its_doc() -> None:
    assert symbols("#: How many at most.\nLIMIT = 3\n")["LIMIT"].doc == "How many at most."


def test_exports_are_what_all_lists() -> None:
    assert reading("__all__ = ['a']\n__all__ += ['b']\n").exports == ("a", "b")
    assert reading("a = 1\n").exports is None


def test_private_names_are_not_exported() -> None:
    found = symbols("def _a(): ...\nclass B:\n    def __init__(self): ...\n    def _c(self): ...\n")
    assert [q for q, s in found.items() if s.exported] == ["B", "B.__init__"]


# -- references ----------------------------------------------------------------------------------------------------------


def test_locals_parameters_and_builtins_are_no_references() -> None:
    assert refs("def f(a, *b, c=1, **d):\n    e = len(a)\n    for g in b:\n        print(e, g, c, d)\n") == set()


def test_imports_are_substituted_whatever_they_are_called_here() -> None:
    found = refs("import a.b as ab\nfrom .x import y as z\nfrom c import d\nab.run()\nz.go()\nd()\n")
    assert found >= {("a.b.run", "import", "call"), (".x.y.go", "import", "call"), ("c.d", "import", "call")}


def test_an_import_in_a_function_holds_there_only() -> None:
    assert refs("def f():\n    from a import b\n    b()\ndef g():\n    b()\n") == {("a.b", "import", "call")}


def test_a_parameter_shadows_a_function_of_the_same_name() -> None:
    assert refs("def run(): ...\ndef f(run):\n    run()\n") == set()
    assert refs("def run(): ...\ndef f():\n    run()\n") == {("run", "module", "call")}


def test_names_of_a_class_body_are_not_seen_from_its_methods() -> None:
    found = refs("def a(): ...\nclass C:\n    def a(self): ...\n    b = a\n    def c(self):\n        a()\n")
    assert found == {("C.a", "module", "use"), ("a", "module", "call")}


def test_self_and_cls_are_the_class_and_super_is_what_comes_behind_it() -> None:
    found = refs(
        """
        class C(B):
            def a(self):
                self.b()
                super().a()
            @classmethod
            def k(cls):
                cls.b
            @staticmethod
            def s(self):
                self.b()
        """
    )
    assert found >= {
        ("C.b", "type", "call"),
        ("C.super().a", "type", "call"),
        ("C.b", "type", "use"),
        ("b", "unknown", "call"),
    }


@pytest.mark.parametrize(
    "body",
    [
        "def f(x: Cart): x.pay()",
        "def f(x: 'Cart'): x.pay()",
        "def f(x: Optional[Cart]): x.pay()",
        "def f(x: Cart | None = None): x.pay()",
        "def f(x: 't.Annotated[Cart, 1]'): x.pay()",
        "def f(x):\n    assert isinstance(x, Cart)\n    x.pay()",
        "def f(x):\n    if isinstance(x, Cart) and x:\n        x.pay()",
        "def f(x):\n    if not isinstance(x, Cart):\n        return\n    x.pay()",
        "def f(x):\n    return isinstance(x, Cart) and x.pay()",
        "def f(xs: list[Cart]): xs.pay()",
    ],
)
def test_an_annotation_or_isinstance_tells_the_type_of_a_name(body: str) -> None:
    held = "[]" if "list[" in body else ""
    assert (f"shop.Cart{held}.pay", "type", "call") in refs(f"import typing as t\nfrom shop import Cart\n{body}\n")


@pytest.mark.parametrize(
    ("body", "chain"),
    [
        ("x = a", None),
        ("x = Cart()", "Cart()"),
        ("x = None\nx = Cart()", "Cart()"),
        ("x = y = Cart()", "Cart()"),
        ("x = make(1).cart", "make().cart"),
        ("x = await make()", "make()"),
        ("x = a or Cart()", "Cart()"),
        ("x = Cart() if a else None", "Cart()"),
        ("with Cart() as x: pass", "Cart().__enter__()"),
        ("for x in make(): pass", "make().__next__()"),
        ("for k, x in make().items(): pass", "make().values().__next__()"),
        ("for i, x in enumerate(make()): pass", "make().__next__()"),
        ("x = make()[0]", "make().__item0__()"),
        ("x = make()[a]", "make().__getitem__()"),
        ("_, x = make()", "make().__item1__()"),
        ("_, x = 1, make()", "make()"),
        ("x = [Cart()][0]", "Cart()[].__item0__()"),
        ("x = copy.copy(make())", "make()"),
        ("(x := Cart())", "Cart()"),
    ],
)
def test_an_assignment_tells_the_type_of_a_local(body: str, chain: str | None) -> None:
    inside = "\n".join(f"    {line}" for line in body.split("\n"))
    found = refs(f"import copy\nclass Cart: ...\ndef make(): ...\nasync def f(a):\n{inside}\n    x.pay()\n")
    assert ((f"{chain}.pay", "type", "call") if chain else ("pay", "unknown", "call")) in found


def test_attributes_of_pythons_own_types_are_no_references() -> None:
    assert (
        refs("def f(a: str, b: dict[str, int]):\n    a.join(b.keys())\n    ''.format()\n    c = []\n    c.append(1)\n")
        == set()
    )


def test_raised_caught_and_inherited_exceptions_count_even_if_they_are_builtin() -> None:
    found = refs("class E(ValueError): ...\ntry:\n    raise E('x') from KeyError()\nexcept (OSError, E): ...\n")
    assert found >= {
        ("builtins.ValueError", "import", "base"),
        ("E", "module", "raise"),
        ("builtins.OSError", "import", "catch"),
        ("E", "module", "catch"),
    }


def test_decorators_and_annotations_belong_to_the_function_they_are_on() -> None:
    record = reading("from a import d, T\n@d(1)\ndef f(x: T, y: 'list[T]' = None) -> T: ...\n")
    assert Ref("a.d", "import", "decorate", "f", (2,)) in record.refs
    assert Ref("a.T", "import", "annotate", "f", (3,)) in record.refs
    assert {r.scope for r in record.refs} == {"f"}


def test_references_of_one_kind_in_one_scope_are_one_with_all_lines() -> None:
    record = reading("from a import b\ndef f():\n    b()\n    b()\n    return b\n")
    assert record.refs == (Ref("a.b", "import", "call", "f", (3, 4)), Ref("a.b", "import", "use", "f", (5,)))


def test_parameters_of_tests_are_fixtures() -> None:
    found = refs("def test_pay(cart):\n    cart.pay()\ndef other(cart):\n    cart.pay()\n", "tests/test_cart.py")
    assert found == {("cart", "type", "use"), ("cart.pay", "type", "call"), ("pay", "unknown", "call")}


def test_comprehensions_and_lambdas_have_scopes_of_their_own() -> None:
    assert refs("def a(): ...\nx = [a for a in ()]\ny = lambda a: a()\nz = {a: 1 for b in a()}\n") == {
        ("a", "module", "call"),
        ("a", "module", "use"),
    }


# -- types ---------------------------------------------------------------------------------------------------------------


def test_types_of_attributes_and_results_are_kept_as_written() -> None:
    record = reading(
        """
        from .money import Price as P
        app: "App" = make()
        T = TypeVar("T", bound=P)
        class Cart:
            price: P | None
            all: dict[str, P]
            def __init__(self, owner: Owner):
                self.kind = Kind()
                self.owner = owner
            def a(self) -> P: ...
            def b(self): return self.kind
            def c(self): return self
            def d(self):
                '''Old style.

                :rtype: shop.Price
                '''
            def e(self, x):
                return P() if x else None
            def f(self, x):
                if x: return P()
                return Kind()
        class Kind: ...
        class Owner: ...
        class App: ...
        """
    )
    assert record.types == {
        "app": "App",
        "T": "P",
        "Cart.price": "P",
        "Cart.all": "P{}",
        "Cart.kind": "Kind()",
        "Cart.owner": "Owner",
    }
    returns = {s.name: s.returns for s in record.symbols if s.returns}
    assert returns == {"a": "P", "b": "Cart.kind", "c": "Self", "d": "shop.Price", "e": "P()"}


def test_fixtures_give_what_they_yield() -> None:
    text = "import pytest\n@pytest.fixture(name='app')\ndef _app(client):\n    yield client.app()\n"
    record = read_python("tests/conftest.py", text.encode())
    assert [s.returns for s in record.symbols] == ["@client.app()"]
    assert record.types == {"app": "_app"}


# -- settings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("os.environ['A_B']", ("A_B", "env", "read", "")),
        ("os.environ.get('A_B', 'x')", ("A_B", "env", "read", "'x'")),
        ("os.getenv('A_B', None)", ("A_B", "env", "read", "None")),
        ("environ.get('A_B')", ("A_B", "env", "read", "")),
        ("os.environ.setdefault('A_B', '1')", ("A_B", "env", "write", "'1'")),
        ("os.environ['A_B'] = '1'", ("A_B", "env", "write", "")),
        ("'A_B' in os.environ", ("A_B", "env", "read", "")),
        ("e = os.environ\ne.get('A_B')", ("A_B", "env", "read", "")),
        (
            "class C:\n    _e: M = os.environ\n    def f(self):\n        e = self._e\n        e.get('A_B')",
            ("A_B", "env", "read", ""),
        ),
        ("get_bool_env('A_B', default=False)", ("A_B", "env", "read", "False")),
        ("env.int('A_B')", ("A_B", "env", "read", "")),
        ("for v in ('A_B', 'C_D'):\n    os.environ.get(v)", ("C_D", "env", "read", "")),
        ("[os.environ.get(v) for v in ('A_B', 'C_D')]", ("C_D", "env", "read", "")),
        ("x = os.environ.get('A_B') or os.environ.get('C_D')", ("C_D", "env", "read", "")),
        ("app.config['A_B']", ("A_B", "config", "read", "")),
        ("app.config.get('A_B', 3)", ("A_B", "config", "read", "3")),
        ("app.config.update(A_B=True)", ("A_B", "config", "write", "True")),
        ("settings.A_B", ("A_B", "config", "read", "")),
        ("getattr(settings, 'A_B', 1)", ("A_B", "config", "read", "1")),
        ("x = ConfigAttribute[bool]('A_B')", ("A_B", "config", "read", "")),
        ("default_config = dict({'A_B': 5})", ("A_B", "config", "define", "5")),
        ("class ProdConfig:\n    A_B = 5", ("A_B", "config", "define", "5")),
        ("class S(BaseSettings):\n    a_b: int = 5", ("A_B", "env", "read", "5")),
        ("parser.add_argument('-q', '--quiet', default=False)", ("--quiet", "option", "define", "False")),
        ("@click.option('--yes/--no', envvar='A_B')\ndef f(): ...", ("--no", "option", "define", "")),
        ("@click.option('--yes/--no', envvar='A_B')\ndef f(): ...", ("A_B", "env", "read", "")),
        ("monkeypatch.setenv('A_B', '1')", ("A_B", "env", "write", "")),
        ("monkeypatch.setitem(os.environ, 'A_B', '1')", ("A_B", "env", "write", "")),
    ],
)
def test_settings_are_found(text: str, expected: tuple[str, str, str, str]) -> None:
    assert expected in settings(f"import os\nfrom os import environ\n{text}\n")


@pytest.mark.parametrize(
    "text", ["request.environ['HTTP_HOST']", "def app(environ):\n    environ['PATH_INFO']", "x['A_B']"]
)
def test_what_only_looks_like_a_setting_is_none(text: str) -> None:
    assert settings(f"import os\n{text}\n") == set()


def test_a_settings_file_defines_settings() -> None:
    assert settings("DEBUG = True\n_x = 1\n", "shop/settings.py") == {("DEBUG", "config", "define", "True")}


# -- odd files -----------------------------------------------------------------------------------------------------------


def test_the_encoding_that_a_file_declares_holds() -> None:
    record = read("a.py", "# coding: latin-1\nname = 'é'\n".encode("latin-1"))
    assert record.parsed
    assert record.symbols[0].value == "'é'"


def test_a_byte_order_mark_and_carriage_returns_change_nothing() -> None:
    plain = read_python("a.py", b"def a():\n    return 1\n")
    odd = read_python("a.py", b"\xef\xbb\xbfdef a():\r\n    return 1\r\n")
    assert odd.symbols == plain.symbols


def test_columns_behind_other_alphabets_are_right() -> None:
    assert symbols("größe, x = '☃', f('ä', b)\ny = ('☃', 1)\n")["y"].value == "('☃', 1)"


@pytest.mark.parametrize("data", [b"def f(:\n", b"x = (" * 500, b"x = " + b"+".join([b"1"] * 9000)])
def test_what_python_cannot_parse_is_read_by_the_grammar_that_forgives(data: bytes) -> None:
    record = read("a.py", data)
    assert record.path == "a.py"
    assert record.note


def test_somebody_elses_bad_escape_sequence_warns_nobody() -> None:
    assert reading("pattern = '\\d'\n").symbols[0].qual == "pattern"
