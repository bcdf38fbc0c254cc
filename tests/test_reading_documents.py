"""Documents, data files and recipes: their headings, keys, targets and commands are symbols with the right lines."""

# ruff: noqa: E501 - samples of source are easier to read on one line

from __future__ import annotations

from store.source.read import read
from store.source.record import FileRecord, Symbol


def record(path: str, text: str) -> FileRecord:
    found = read(path, text.encode())
    assert found.parsed, found.note
    return found


def keys(path: str, text: str) -> dict[str, str]:
    return {s.qual: s.value for s in record(path, text).symbols}


def spans(path: str, text: str) -> dict[str, tuple[int, int]]:
    return {s.qual: (s.start, s.end) for s in record(path, text).symbols}


MARKDOWN = """\
---
title: ignored
---
[![badge](x)](y)

# The *Shop*

It sells `Cart.pay()` things.

## Version 2.0

```sh
# no heading
```

Setext
------
Text with [a link](url).

## Version 2.0
"""


def test_markdown_headings_are_sections_by_their_path() -> None:
    found = record("README.md", MARKDOWN)
    assert [(s.qual, s.start, s.end) for s in found.symbols] == [
        ("The Shop", 6, 20),
        ("The Shop.Version 2-0", 10, 14),
        ("The Shop.Setext", 16, 18),
        ("The Shop.Version 2-0#2", 20, 20),
    ]
    assert [s.name for s in found.symbols] == ["The Shop", "Version 2-0", "Setext", "Version 2-0"]
    assert found.symbols[1].signature == "The Shop > Version 2.0"
    assert found.symbols[2].doc == "Text with a link."
    assert found.doc == "It sells Cart.pay() things."
    assert [(r.name, r.kind, r.scope) for r in found.refs] == [("pay", "use", "The Shop")]


def test_restructured_text_headings_are_levelled_by_their_marks() -> None:
    text = "====\nShop\n====\n\nSells :class:`~shop.Cart` things.\n\nUse\n---\n\n.. code::\n\n    x\n    --\n\nMore\n~~~~\n\nLast\n----\n\nWords.\n"
    found = record("index.rst", text)
    assert [(s.qual, s.start, s.end) for s in found.symbols] == [
        ("Shop", 1, 21),
        ("Shop.Use", 7, 16),
        ("Shop.Use.More", 15, 16),
        ("Shop.Last", 18, 21),
    ]
    assert [r.name for r in found.refs] == ["Cart"]


PYPROJECT = """\
# What this is.
[project]
name = "shop"
dependencies = [
    "attrs",  # why
]

[project.scripts]
shop = "shop.cli:main"

[tool.pytest.ini_options]
addopts = \"\"\"
-q
\"\"\"

[[tool.mypy.overrides]]
module = "x"
[[tool.mypy.overrides]]
module = 'y'
"""


def test_toml_keys_have_their_values_and_lines() -> None:
    found = keys("pyproject.toml", PYPROJECT)
    assert found["project.scripts.shop"] == "shop.cli:main"
    assert found["project.dependencies"] == '["attrs"]'
    assert found["tool.pytest.ini_options.addopts"] == "-q"
    assert (found["tool.mypy.overrides.module"], found["tool.mypy.overrides.module#2"]) == ("x", "y")
    where = spans("pyproject.toml", PYPROJECT)
    assert (where["project"], where["project.dependencies"]) == ((2, 6), (4, 6))
    assert where["tool.pytest.ini_options.addopts"] == (12, 14)
    assert record("pyproject.toml", PYPROJECT).doc == "What this is."


def test_broken_toml_is_read_as_far_as_its_lines_make_sense() -> None:
    found = read("a.toml", b'[a]\nx = 1\ny = = 2\n[b]\nz = "3"\n')
    assert {s.qual: s.value for s in found.symbols}["b.z"] == "3"
    assert "not valid TOML" in found.note


PACKAGE = """\
{
  "name": "@shop/cart",
  "scripts": {
    "build": "tsc -p .",
    "test:unit": "vitest \\"run\\""
  },
  "files": ["dist"],
  "exports": {".": {"import": "./x.js"}}
}
"""


def test_json_keys_of_the_upper_levels() -> None:
    found = keys("package.json", PACKAGE)
    assert found["scripts.build"] == "tsc -p ."
    assert found["scripts.test:unit"] == 'vitest "run"'
    assert found["files"] == '["dist"]'
    assert spans("package.json", PACKAGE)["scripts"] == (3, 6)
    assert keys("tsconfig.json", '// why\n{"a": {"b": 1,}, /* c */ "d": [{"e": 1}],}') == {
        "a": '{"b": 1,}',
        "a.b": "1",
        "d": '[{"e": 1}]',
    }


WORKFLOW = """\
name: CI
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      # install
      - run: pip install .
      - name: Test
        run: |
          pytest -q
          mypy .
        env:
          A: 1
  lint:
    runs-on: x
"""


def test_the_commands_of_a_workflow_are_found() -> None:
    found = keys(".github/workflows/ci.yml", WORKFLOW)
    assert found["jobs.test.steps.run"] == "pip install ."
    assert found["jobs.test.steps.run#2"] == "pytest -q\nmypy ."
    where = spans(".github/workflows/ci.yml", WORKFLOW)
    assert (where["jobs"], where["jobs.test"], where["jobs.test.steps.run#2"]) == ((3, 17), (4, 15), (11, 13))


def test_ini_sections_and_continued_values() -> None:
    text = "[testenv]\ndeps =\n    pytest\n    # not this\n    mypy\ncommands = pytest {posargs}\n\n[flake8]\nmax-line-length: 100\n"
    assert keys("tox.ini", text) == {
        "testenv": "",
        "testenv.deps": "pytest\nmypy",
        "testenv.commands": "pytest {posargs}",
        "flake8": "",
        "flake8.max-line-length": "100",
    }
    assert spans("tox.ini", text)["testenv"] == (1, 6)


def test_an_environment_file_defines_settings_and_keeps_its_secrets() -> None:
    secret = record(".env", "export TOKEN=abc\n# x\nHOST=localhost\n")
    assert [(s.name, s.access, s.default) for s in secret.settings] == [("TOKEN", "define", ""), ("HOST", "define", "")]
    assert "abc" not in repr([s.value for s in secret.symbols])
    example = record(".env.example", "HOST=localhost\n")
    assert [(s.name, s.default) for s in example.settings] == [("HOST", "localhost")]


def test_targets_of_a_makefile_have_their_commands() -> None:
    text = "PYTHON ?= python3\n.PHONY: test\n# Runs all tests.\ntest: build lint\n\t@$(PYTHON) -m pytest \\\n\t  -q\n\nbuild lint:\n\tmake it\n%.o: %.c\n\tcc\n"
    found = record("Makefile", text)
    assert {s.qual: s.value for s in found.symbols} == {
        "PYTHON": "python3",
        "test": "$(PYTHON) -m pytest -q",
        "build": "make it",
        "lint": "make it",
    }
    test = next(s for s in found.symbols if s.qual == "test")
    assert (test.start, test.end, test.doc, test.signature) == (4, 6, "Runs all tests.", "test: build lint")
    assert {(r.name, r.scope) for r in found.refs} == {("build", "test"), ("lint", "test")}
    assert [(s.name, s.default) for s in found.settings] == [("PYTHON", "python3")]


def test_recipes_of_a_justfile_and_instructions_of_a_dockerfile() -> None:
    just = "set shell := ['sh']\n# Tests.\ntest filter='':\n    cargo test {{filter}}\n"
    assert keys("justfile", just) == {"test": "cargo test {{filter}}"}
    docker = 'FROM python:3.12\nENV PORT=80\nRUN pip install . && \\\n    rm -rf x\nCMD ["shop"]\n'
    assert keys("Dockerfile", docker) == {
        "FROM": "python:3.12",
        "ENV": "PORT=80",
        "RUN": "pip install . && rm -rf x",
        "CMD": '["shop"]',
    }


def test_go_mod_and_cargo_say_how_their_project_is_imported() -> None:
    assert keys("go.mod", "module example.org/shop // x\n\ngo 1.22\n\nrequire (\n\ta v1\n\tb v2\n)\n") == {
        "module": "example.org/shop",
        "go": "1.22",
        "require": "a v1\nb v2",
    }
    cargo = record(
        "Cargo.toml",
        '[package]\nname = "the-shop"\n[[bin]]\nname = "rg"\npath = "core/main.rs"\n[dependencies]\nserde-json = "1"\n',
    )
    assert cargo.types == {
        "package.name.(project)": "the-shop",
        "targets.(project)": "core/main.rs",
        "dependencies.(project)": "serde_json",
    }


def test_every_symbols_lines_are_where_its_text_is() -> None:
    for path, text in {
        "README.md": MARKDOWN,
        "pyproject.toml": PYPROJECT,
        "package.json": PACKAGE,
        "ci.yml": WORKFLOW,
    }.items():
        lines = text.split("\n")
        found: tuple[Symbol, ...] = record(path, text).symbols
        assert found
        for symbol in found:
            word = symbol.name.split(" ")[0].split(":")[0]
            assert word.lower() in lines[symbol.start - 1].lower().replace("*", ""), symbol
