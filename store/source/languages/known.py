"""Which language a file is in, and whether it is a test: from its path, and its first line where the path says nothing.

How each language is read: `store/source/read.py` and its neighbours here.
"""

from __future__ import annotations

import re

_EXTENSIONS = {
    "python": "py pyi pyw",
    "javascript": "js mjs cjs jsx",
    "typescript": "ts mts cts",
    "tsx": "tsx",
    "go": "go",
    "rust": "rs",
    "java": "java",
    "c": "c",
    "cpp": "cc cpp cxx c++ hh hpp hxx h++ ipp inl cu cuh",
    "ruby": "rb rake gemspec",
    "php": "php phtml",
    "csharp": "cs",
    "bash": "sh bash bats ksh zsh",
    "markdown": "md markdown mdx mdc",
    "rst": "rst rest",
    "toml": "toml",
    "yaml": "yaml yml",
    "json": "json jsonc json5 webmanifest",
    "ini": "ini cfg conf editorconfig properties env",
    "make": "mk mak",
    "just": "just",
    "docker": "dockerfile",
    "text": "txt text adoc asciidoc org log",
}
_BY_EXTENSION = {ext: language for language, exts in _EXTENSIONS.items() for ext in exts.split()}

_BY_NAME = {
    "makefile": "make",
    "gnumakefile": "make",
    "justfile": "just",
    ".justfile": "just",
    "dockerfile": "docker",
    "containerfile": "docker",
    "gemfile": "ruby",
    "rakefile": "ruby",
    "go.mod": "gomod",
    "go.work": "gomod",
    ".editorconfig": "ini",
    ".flake8": "ini",
    ".coveragerc": "ini",
    ".pylintrc": "ini",
    ".gitconfig": "ini",
    ".npmrc": "ini",
    ".env": "ini",
    ".envrc": "bash",
    "pipfile": "toml",
    "tsconfig.json": "json",
    ".eslintrc": "json",
    ".prettierrc": "json",
    ".babelrc": "json",
    ".swcrc": "json",
    ".bashrc": "bash",
    ".profile": "bash",
    "codeowners": "text",
    "license": "text",
    "licence": "text",
    "copying": "text",
    "notice": "text",
    "authors": "text",
    "contributors": "text",
    "maintainers": "text",
    "changelog": "text",
    "changes": "text",
    "readme": "text",
    "install": "text",
    "todo": "text",
    "news": "text",
    "version": "text",
    "procfile": "text",
    ".gitignore": "text",
    ".gitattributes": "text",
    ".dockerignore": "text",
    ".mailmap": "text",
}

LOCK_FILES = frozenset({
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "cargo.lock",
    "poetry.lock", "uv.lock", "pdm.lock", "pipfile.lock", "composer.lock", "gemfile.lock", "go.sum", "go.work.sum",
    "flake.lock", "deno.lock", "gradle.lockfile", "pubspec.lock", "podfile.lock", "mix.lock",
})  # fmt: skip
"""Written by tools: kept as text."""

UNREAD = frozenset({
    "kt", "kts", "swift", "scala", "lua", "pl", "pm", "r", "jl", "hs", "ex", "exs", "erl", "clj", "cljs",
    "dart", "zig", "nim", "vue", "svelte", "fish", "ps1", "bat", "m", "mm", "ml", "mli", "fs", "fsx", "vb", "pas", "groovy",
    "gradle", "tf", "proto", "sol", "asm", "s", "f90", "cmake", "nix", "elm", "cr", "v", "d", "tcl", "el", "lisp", "scm",
})  # fmt: skip
"""Extensions of source code that nothing here reads: kept as text, and counted as not parsed."""

_SHEBANG = re.compile(r"^#!.*?\b(python|bash|sh|dash|zsh|ksh|bats|ruby|php|node|deno|bun|make|just)[\d.]*\b")
_INTERPRETERS = {
    "python": "python",
    "ruby": "ruby",
    "php": "php",
    "node": "javascript",
    "deno": "typescript",
    "bun": "typescript",
    "make": "make",
    "just": "just",
}

_CPLUSPLUS = re.compile(
    r"^\s*(?:class\s+\w|namespace\b|template\s*<|using\s+\w|public:|private:|#include\s*<\w+>)", re.MULTILINE
)

_TEST_FOLDER = re.compile(
    r"(?:^|/)(?:tests?|__tests?__|specs?|e2e|[\w-]+[._-]tests?|(?:unit|integration|functional)[_-]?tests?)/",
    re.IGNORECASE,
)
_TEST_NAME = re.compile(
    r"""
    ^(?: tests?[_-].* | .*[_.-](?:tests?|spec|specs|unittest|e2e|cy)\.\w+ | conftest\.py | tests?\.(?:py|rs|go|rb|[jt]sx?)
       | .*(?:Tests?|TestCase|Spec|IT)\.(?:java|kt|scala|cs|php|swift|groovy|cpp|cc)
       | Test[A-Z]\w*\.(?:java|kt|php|cpp) | .*\.(?:bats|snap|test|t) )$
    """,
    re.VERBOSE,
)


def language_of(path: str, text: str) -> str:
    """The language a file is to be read as; "text" for documents without structure, "" for what nothing here reads."""
    name = path.rsplit("/", 1)[-1].lower()
    stem, _, extension = name.rpartition(".")
    language = _BY_NAME.get(name) or (_BY_EXTENSION.get(extension) if stem else None)
    language = language or _from_parts(name, text)
    if extension == "h":
        language = "cpp" if _CPLUSPLUS.search(text) else "c"
    return language


def _from_parts(name: str, text: str) -> str:
    first = name.split(".", 1)[0]
    if first in ("makefile", "dockerfile", "containerfile"):
        return _BY_NAME[first]
    if name.startswith(".env."):
        return "ini"
    if found := _SHEBANG.match(text[:200]):
        return _INTERPRETERS.get(found[1], "bash")
    if first.split("-", 1)[0] in _BY_NAME and _BY_NAME[first.split("-", 1)[0]] == "text":
        return "text"
    return "" if "." in name.lstrip(".") else "text"


def is_test(path: str) -> bool:
    """Whether the path is where tests, or what only they use, are kept by the conventions of any of the languages."""
    return bool(_TEST_FOLDER.search(path) or _TEST_NAME.match(path.rsplit("/", 1)[-1]))


def is_lock_file(path: str) -> bool:
    return path.rsplit("/", 1)[-1].lower() in LOCK_FILES


def is_minified(path: str, text: str) -> bool:
    """Whether the text was made for machines: its lines are too long to have been written."""
    if re.search(r"[.-]min\.(?:js|mjs|css)$", path):
        return True
    return len(text) > 20_000 and len(text) / (text.count("\n") + 1) > 300
