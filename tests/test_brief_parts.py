"""What a brief is made of: which calls fit, what is mere wording, who is missed, what is gone, and where nothing is under way."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.brief.calls import calls_in, misfits
from server.brief.parameters import altered, parameters
from server.brief.partners import absent
from server.brief.substance import substance
from store.source.git_words import Commit
from store.source.since import commits_of
from tests.clients import run
from tests.conftest import MakeRepo, git, write

FITS = [
    ("def f(a)", "def f(a, b=1)", "f(1)", True),
    ("def f(a)", "def f(a, *, b=1)", "f(1)", True),
    ("def f(a, b=1)", "def f(a, b=2, *rest)", "f(1, 2)", True),
    ("def f(a)", "def f(x)", "f(1)", True),
    ("def f(a)", "def f(x)", "f(a=1)", False),
    ("def f(a)", "def f(a, b)", "f(1)", False),
    ("def f(a)", "def f(a, *, b)", "f(1)", False),
    ("def f(a, b)", "def f(a)", "f(1, 2)", False),
    ("def f(a, b=0)", "def f(a)", "f(1)", True),
    ("def f(a, b)", "def f(b, a)", "f(1, 2)", False),
    ("def f(a, b)", "def f(a, x, b=1)", "f(1, 2)", False),
    ("def f(a, **more)", "def f(a)", "f(1, c=2)", False),
    ("def f(a, **more)", "def f(a)", "f(1)", True),
    ("def f(a: int) -> int", "def f(a: str) -> str", "f(1)", True),
    ("def f(a)", "def f(a, b)", "f(*given)", True),
    ("def f(a)", "def f(a, b)", "f(1, 2)", True),
    ("def f(a)", "def f(a, b)", "f()", True),
]


@pytest.mark.parametrize(("old", "new", "call", "fits"), FITS)
def test_a_call_is_left_behind_only_if_it_fitted_and_does_not_any_more(
    old: str, new: str, call: str, fits: bool
) -> None:
    was, now = (parameters(f"{head}: ...", "f", "python", method=False) for head in (old, new))
    assert was and now
    found = calls_in("a.py", f"{call}\n", "f", [1])
    assert not any(misfits(c, was, now, "") for c in found) is fits


OTHERS = [
    ("go", "a.go", "func F(a int, b string) {}", "func F(a int) {}", "package p\nfunc g() { F(1, s) }\n", False),
    ("go", "a.go", "func F(a int) {}", "func F(a int, more ...string) {}", "package p\nfunc g() { F(1) }\n", True),
    ("go", "a.go", "func F(a, b int) {}", "func F(a, b, c int) {}", "package p\nfunc g() { F(pair()) }\n", True),
    ("typescript", "a.ts", "function F(a: X<A, B>) {}", "function F(a: X<A, B>, b?: (c: C) => D) {}", "F(1)\n", True),
    ("typescript", "a.ts", "const F = (a: A): R => 1", "const F = <T>(a: A, b: B): R => 1", "F(1)\n", False),
    ("typescript", "a.ts", "const F = <T>(a: A) => 1", "const F = <T, U = {}>(a: A): R<T> => 1", "F(1)\n", True),
    ("rust", "a.rs", "fn F(&self, a: u8) {}", "fn F(&self, a: u8, b: &'a [u8]) {}", "fn g() { x.F(1); }\n", False),
    ("rust", "a.rs", "fn F(&self, a: u8) {}", "fn F<'b>(&self, a: &'b u8) -> u8 {}", "fn g() { X::F(&x, 1); }\n", True),
]


@pytest.mark.parametrize(("language", "path", "old", "new", "text", "fits"), OTHERS)
def test_elsewhere_calls_are_judged_by_how_much_they_pass(
    language: str, path: str, old: str, new: str, text: str, fits: bool
) -> None:
    was, now = (parameters(head, "F", language, method=True) for head in (old, new))
    found = calls_in(path, text, "F", range(1, 9))
    assert was and now
    assert not any(misfits(c, was, now, "") for c in found) is fits


def test_a_call_that_a_test_expects_to_be_refused_is_none() -> None:
    text = "with pytest.raises(TypeError):\n    f(1)\nf(2)\n"
    assert [c.line for c in calls_in("test_a.py", text, "f", [2, 3])] == [3]


def test_what_became_of_the_parameters_is_said_by_name() -> None:
    was, now = (parameters(f"def f({a}): ...", "f", "python", method=False) for a in ("a, tax=1", "a, *, currency"))
    assert was and now and altered(was, now) == "+currency, -tax"
    assert altered(now, now) == ""


@pytest.mark.parametrize(
    ("language", "one", "other", "same"),
    [
        ("python", 'def f(a: int) -> int:\n    """Doc."""\n    return a  # why', "def f(a):\n    return (a)", True),
        ("python", "def f(a):\n    return a", "def f(a):\n    return -a", False),
        ("python", "class A:\n    x: int = 1", "class A:\n    x: str = 1", False),
        ("python", "import a\n\nif TYPE_CHECKING:\n    import b\n", "import a, b\n", True),
        ("typescript", "const f = (a) => { return 'x' } // why", 'const f = (a) => {\n  return "x";\n}', True),
        ("typescript", "f({ a, b })", "f({\n  a,\n  b,\n})", True),
        ("typescript", "f(a)", "f(b)", False),
        ("rust", "/// Doc.\nfn f() -> u8 { 1 }", "fn f() -> u8 {\n    // one\n    1\n}", True),
        ("go", "func f() int { return 1 }", "func f() int { return 2 }", False),
    ],
)
def test_wording_is_no_substance(language: str, one: str, other: str, same: bool) -> None:
    assert (substance(one, language) == substance(other, language)) is same


def commit(*paths: str) -> Commit:
    return Commit("0" * 40, datetime(2026, 1, 1, tzinfo=UTC), "Ada", "s", paths)


def test_a_partner_is_missed_only_if_it_came_along_nearly_always() -> None:
    both, alone = commit("cart.py", "cart.md"), commit("cart.py")
    [one] = absent(["cart.py"], [*[both] * 6, alone])
    assert (one.path, one.times, one.commits) == ("cart.md", 6, 7)
    assert absent(["cart.py", "cart.md"], [both] * 6) == []
    assert absent(["cart.py"], [both] * 4) == []
    assert absent(["cart.py"], [*[both] * 6, *[alone] * 3]) == []
    assert absent(["cart.py"], [commit("cart.py", "cart.md", *(f"{n}.py" for n in range(20)))] * 9) == []
    assert absent(["test_cart.py"], [commit("test_cart.py", "cart.py")] * 9) == []
    assert absent(["cart.py"], [commit("test_cart.py", "cart.py")] * 9)[0].path == "test_cart.py"


@pytest.mark.parametrize(
    ("phrase", "count"),
    [
        ("40 commits", 40),
        ("last 40 commits", 40),
        ("the last commit", 1),
        ("two commits ago", 2),
        ("commitment", 0),
        ("40", 0),
    ],
)
def test_a_number_of_commits_is_a_beginning(phrase: str, count: int) -> None:
    assert commits_of(phrase) == count


# -- whole briefs ------------------------------------------------------------------------------------------------------------


def told(repo: Path, *words: str) -> tuple[str, list[str]]:
    """The headline, and every statement with its evidence."""
    done = run("brief", "--repo", str(repo), "--json", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found["headline"], [f"[{i['section']}] {i['text']} ({', '.join(i['evidence'])})" for i in found["items"]]


LIB = {
    "pkg/__init__.py": "",
    "pkg/rates.py": "def rate_of(country):\n    return len(country)\n\n\ndef spare_part(a):\n    return a + 1\n",
    "pkg/shop.py": "from pkg.rates import rate_of\n\n\nclass Shop:\n    def price(self):\n        return rate_of('x')\n",
    "tests/test_shop.py": "from pkg.shop import Shop\n\n\ndef test_price():\n    assert Shop().price() == 1\n",
}


@pytest.fixture
def lib(make_repo: MakeRepo) -> Path:
    return make_repo(LIB)


def test_what_a_test_reaches_through_others_is_not_called_untested(lib: Path) -> None:
    changed = LIB["pkg/rates.py"].replace("len(country)", "len(country) + 0").replace("a + 1", "a + 2")
    write(lib, {"pkg/rates.py": changed})
    _, said = told(lib, "--since", "HEAD")
    [line] = [s for s in said if "no test was found" in s]
    assert "`spare_part` pkg/rates.py:5-6" in line and "rate_of" not in line


def test_a_file_or_name_that_went_while_others_need_it_is_told_once(lib: Path) -> None:
    git(lib, "mv", "pkg/rates.py", "pkg/tariffs.py")
    _, said = told(lib, "--since", "HEAD")
    assert "[risky] pkg/rates.py is now pkg/tariffs.py, and is still imported by its old name (pkg/shop.py:1)" in said
    git(lib, "mv", "pkg/tariffs.py", "pkg/rates.py")
    write(lib, {"pkg/rates.py": LIB["pkg/rates.py"].replace("rate_of", "tariff_of")})
    _, said = told(lib, "--since", "HEAD")
    assert any(
        s.startswith("[risky] Gone from pkg/rates.py, and still named in code: `rate_of`") and "pkg/shop.py:1" in s
        for s in said
    )


def test_a_name_that_only_all_still_lists_is_gone(lib: Path) -> None:
    listed = '__all__ = (\n    "rate_of",\n)\n' + LIB["pkg/rates.py"].replace("rate_of", "tariff_of")
    write(lib, {"pkg/rates.py": listed})
    _, said = told(lib, "--since", "HEAD")
    assert any("still named in code: `rate_of`" in s for s in said)
    write(lib, {"pkg/rates.py": listed + '\nLATER = {"rate_of": "tariff_of"}\n'})
    assert not any("still named in code" in s for s in told(lib, "--since", "HEAD")[1])


def test_mere_wording_is_told_as_such(lib: Path) -> None:
    write(lib, {"pkg/rates.py": '"""Rates."""\n\n' + LIB["pkg/rates.py"].replace("(country)", "(country: str)", 1)})
    _, said = told(lib, "--since", "HEAD")
    assert any("Only comments, documentation, imports, types or layout: pkg/rates.py" in s for s in said)
    assert not any(s.startswith(("[risky]", "[touched]")) or "`rate_of`" in s for s in said)


def test_a_merge_with_conflicts_comes_first(lib: Path) -> None:
    git(lib, "checkout", "-qb", "other")
    write(lib, {"pkg/rates.py": "def rate_of(country):\n    return 2\n"})
    git(lib, "commit", "-qam", "theirs")
    git(lib, "checkout", "-q", "main")
    write(lib, {"pkg/rates.py": "def rate_of(country):\n    return 3\n"})
    git(lib, "commit", "-qam", "ours")
    with pytest.raises(Exception, match="merge"):
        git(lib, "merge", "-q", "other")
    headline, said = told(lib, "--since", "HEAD~1")
    assert said[0].startswith("[risky] A merge is under way; pkg/rates.py is in conflict")
    assert "not committed" in headline


def test_a_branch_that_lacks_what_was_there_says_so(lib: Path) -> None:
    git(lib, "checkout", "-qb", "topic")
    write(lib, {"new.md": "# New\n"})
    git(lib, "add", "-A")
    git(lib, "commit", "-qm", "on topic")
    git(lib, "checkout", "-q", "main")
    headline, said = told(lib, "--since", "topic")
    assert "no new commits, no files changed, lacking 1 commit of topic" in headline and said == []


def test_one_commit_a_shallow_clone_and_nothing_at_all(lib: Path, tmp_path: Path, make_repo: MakeRepo) -> None:
    headline, said = told(lib)
    assert "1 commit, from the very first on" in headline and [s[:10] for s in said] == ["[commits] "]
    git(tmp_path, "clone", "-q", "--depth", "1", lib.as_uri(), str(tmp_path / "cut"))
    headline, said = told(tmp_path / "cut")
    assert "The clone is shallow" in headline and said == []
    plain = make_repo({"a.py": "x = 1\n"}, name="plain", git_repo=False)
    headline, said = told(plain)
    assert "no git history" in headline and said == []


def test_code_that_is_very_deep_and_strings_that_python_warns_of_are_compared_like_any_other(
    make_repo: MakeRepo,
) -> None:
    terms = " + ".join(f'"a{n}"' for n in range(1500))
    deep = {
        "deep.py": f"def table():\n    return {terms}\n\n\ndef odd():\n    return '\\d'\n",
        "deep.js": f"export function table() {{\n  return {terms};\n}}\n",
        "chain.py": f"from deep import table\n\n\ndef query(b):\n    table(1)\n    return b{'.f(1)' * 1500}\n",
    }
    repo = make_repo(deep)
    write(repo, {p: t.replace('"a7"', '"b7"').replace(".f(1)", ".f(2)", 1) for p, t in deep.items()})
    _, said = told(repo, "--since", "HEAD")
    assert any("deep.js (not committed): `table`" in s for s in said), said
    assert any("deep.py (not committed): `table`" in s for s in said), said


def test_what_the_user_leaves_out_is_not_spoken_of_and_what_is_not_read_is_not_called_gone(
    make_repo: MakeRepo,
) -> None:
    own = "def hidden_thing(a, b):\n    return a * 2 + b\n"
    users = "from own.q import hidden_thing\n\n\ndef use():\n    return hidden_thing(3, 4)\n"
    files = {".forethoughtignore": "own/\n", "own/p.py": own, "own/q.py": own, "lib.py": users, "big.py": own}
    repo = make_repo(files)
    git(repo, "rm", "-q", "own/q.py")
    write(repo, {"own/p.py": own + "\n\nx = 1\n", "own/new.py": "y = 1\n", "big.py": own + "# more\n" * 400_000})
    headline, said = told(repo, "--since", "HEAD")
    assert "1 file changed" in headline and said == ["[changed] Besides: big.py ()"]
