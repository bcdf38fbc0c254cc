"""Whatever a file is, it becomes a record: nothing that is read raises, and what was not understood is said."""

from __future__ import annotations

import random

import pytest

from store.source.languages.known import is_test, language_of
from store.source.read import read
from store.words import digest_of


def test_a_record_carries_the_digest_of_the_bytes_and_the_number_of_lines() -> None:
    data = b"package a\n\nfunc F() {}"
    record = read("a.go", data)
    assert (record.digest, record.lines, record.language, record.parsed) == (digest_of(data), 3, "go", True)


ENDINGS = [
    "py",
    "pyi",
    "js",
    "jsx",
    "ts",
    "tsx",
    "go",
    "rs",
    "java",
    "c",
    "h",
    "cpp",
    "sh",
    "md",
    "rst",
    "toml",
    "yaml",
]


@pytest.mark.parametrize("ending", [*ENDINGS, "json", "cfg", "mk", "rb", "php", "cs", "lock", "css", "bin"])
def test_no_bytes_make_the_reader_raise(ending: str) -> None:
    rng = random.Random(ending)
    for size in (0, 1, 3, 50, 2000):
        noise = bytes(rng.randrange(256) for _ in range(size))
        brackets = "".join(rng.choice("{}[]()<>'\"`:;=#/*\n \\-ab1.@$,|&") for _ in range(size)).encode()
        for data in (noise, brackets, b"\xef\xbb\xbf" + brackets, b"{" * size, b"[[" * size, b"a: [" * size):
            record = read(f"x.{ending}", data)
            assert record.digest == digest_of(data)
            assert all(1 <= s.start <= max(s.end, 1) <= max(record.lines, 1) for s in record.symbols)


def test_bytes_that_are_not_utf8_are_read_as_far_as_they_are_text() -> None:
    record = read("a.js", b"// caf\xe9\nfunction serve() {}\n")
    assert [s.qual for s in record.symbols] == ["serve"]
    assert "not valid UTF-8" in record.note


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert [s.qual for s in read("a.toml", b"\xef\xbb\xbf[tool]\n").symbols] == ["tool"]
    assert [s.qual for s in read("a.ts", "export class A {}".encode("utf-16")).symbols] == ["A"]


def test_python_that_this_interpreter_cannot_parse_is_read_by_the_grammar() -> None:
    text = "import os\n\nclass Shop:\n    def open(self):\n        return self.close()\n    def close(self): ...\n\nprint 'x' ]\n"
    record = read("shop.py", text.encode())
    assert record.language == "python"
    assert record.parsed
    assert [s.qual for s in record.symbols] == ["Shop", "Shop.open", "Shop.close"]
    assert ("Shop.close", "Shop.open") in {(r.name, r.scope) for r in record.refs if r.kind == "call"}
    assert "SyntaxError" in record.note


def test_a_file_that_is_broken_in_one_place_is_read_in_the_others() -> None:
    record = read("a.go", b"package a\n\nfunc A() { return 1 + }\n\nfunc B() { A() }\n")
    assert {"A", "B"} <= {s.qual for s in record.symbols}
    assert "not understood at line 3" in record.note


def test_what_no_grammar_reads_is_text_and_code_among_it_is_counted_as_not_parsed() -> None:
    assert (read("a.kt", b"fun main() {}").parsed, read("a.kt", b"fun main() {}").language) == (False, "text")
    assert read("LICENSE", b"Apache License\n\nVersion 2.0").doc == "Apache License"
    assert read("style.css", b"a {}").parsed
    assert read("logo.png", b"\x89PNG\0\0").note == "binary"


def test_what_tools_wrote_is_kept_as_text() -> None:
    assert read("package-lock.json", b'{"a": {"b": 1}}').symbols == ()
    assert read("app.min.js", b"function a(){}").symbols == ()
    assert read("data.json", b'{"a": [' + b"1," * 150_000 + b"1]}").symbols == ()


def test_a_key_file_shows_nothing_of_the_key() -> None:
    assert read("server.pem", b"-----BEGIN PRIVATE KEY-----\nMIIEvQ\n").doc == ""


def test_languages_are_told_by_ending_name_and_first_line() -> None:
    told = {
        "a.tsx": "tsx",
        "Makefile": "make",
        "Dockerfile.dev": "docker",
        "go.mod": "gomod",
        ".env.example": "ini",
        "LICENSE-MIT": "text",
        "README": "text",
        "a.unknown": "",
        "Rakefile": "ruby",
    }
    assert {name: language_of(name, "") for name in told} == told
    assert language_of("bin/run", "#!/usr/bin/env bash\n") == "bash"
    assert language_of("bin/run", "#!/usr/bin/env python3\n") == "python"
    assert language_of("a.h", "#pragma once\nint f(void);\n") == "c"
    assert language_of("a.h", "#pragma once\nnamespace a {\n") == "cpp"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pkg/cart_test.go", True),
        ("src/cart.spec.ts", True),
        ("src/__tests__/cart.js", True),
        ("src/test/java/org/CartTest.java", True),
        ("tests/data/cart.json", True),
        ("src/CartTest.java", True),
        ("spec/cart_spec.rb", True),
        ("src/testing.ts", False),
        ("src/contest.js", False),
        ("docs/testing.md", False),
        ("latest/cart.go", False),
        (".github/workflows/tests.yaml", False),
    ],
)
def test_tests_are_told_by_the_conventions_of_their_languages(path: str, expected: bool) -> None:
    assert is_test(path) is expected
