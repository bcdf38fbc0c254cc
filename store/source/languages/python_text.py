"""The text of a Python file as symbols show it: lines, digests, words, signatures, docstrings. No names are looked up here."""

from __future__ import annotations

import ast
import keyword

from store.source.languages.python_scopes import Definition
from store.source.languages.spelling import WORD_LIMIT, words_in
from store.words import digest_of

MAX_DOC = 400

_DROPPED = frozenset(k.lower() for k in keyword.kwlist) | {"self", "cls"}


class Source:
    """A file's lines, as `ast` counts them, with the words of each line worked out once."""

    def __init__(self, text: str) -> None:
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self.lines = self.text.split("\n")
        if self.lines and not self.lines[-1]:
            self.lines.pop()
        self._words: dict[int, tuple[str, ...]] = {}

    def digest(self, first: int, last: int) -> str:
        """The digest of lines `first` to `last`."""
        return digest_of("\n".join(self.lines[first - 1 : last]))

    def segment(self, node: ast.expr) -> str:
        """The source of an expression on one line. (`ast.get_source_segment` splits the whole file at every call.)"""
        if node.end_lineno != node.lineno:
            return ast.unparse(node)
        line = self.lines[node.lineno - 1]
        if line.isascii():
            return line[node.col_offset : node.end_col_offset]
        return line.encode()[node.col_offset : node.end_col_offset].decode(errors="replace")

    def comment_above(self, line: int) -> str:
        """The comment directly above a line, and what stands after `#:` in it or on the line itself."""
        found: list[str] = []
        at = line - 2
        while at >= 0 and self.lines[at].lstrip().startswith("#") and len(found) < 8:
            found.append(self.lines[at].strip().lstrip("#:").strip())
            at -= 1
        return " ".join(reversed(found))[:MAX_DOC]

    def words(self, first: int, last: int) -> tuple[str, ...]:
        """The distinct word parts of some lines, in order of first appearance."""
        found: dict[str, None] = {}
        for number in range(first - 1, min(last, len(self.lines))):
            parts = self._words.get(number)
            if parts is None:
                parts = self._words[number] = words_in(self.lines[number], _DROPPED)
            found.update(dict.fromkeys(parts))
            if len(found) >= WORD_LIMIT:
                return tuple(found)[:WORD_LIMIT]
        return tuple(found)


def decorators_of(node: Definition) -> tuple[str, ...]:
    """The decorators' names, without what they are called with."""
    return tuple(_dotted(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list)


def fixture_name(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name that `@pytest.fixture(name="...")` gives a fixture, or ""."""
    for decorator in node.decorator_list:
        for given in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if given.arg == "name" and isinstance(given.value, ast.Constant):
                return str(given.value.value)
    return ""


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ast.unparse(node)


def first_paragraph(node: ast.Module | Definition) -> str:
    """The first paragraph of a docstring, on one line."""
    text = ast.get_docstring(node, clean=False) or ""
    return " ".join(text.strip().split("\n\n", 1)[0].split())[:MAX_DOC]


def signature_of(node: Definition, source: Source) -> str:
    """A definition's head on one line, without decorators and colon."""
    if isinstance(node, ast.ClassDef):
        inside = [source.segment(b) for b in node.bases]
        inside += [
            f"{k.arg}={source.segment(k.value)}" if k.arg else f"**{source.segment(k.value)}" for k in node.keywords
        ]
        return f"class {node.name}({', '.join(inside)})" if inside else f"class {node.name}"
    prefix = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {source.segment(node.returns)}" if node.returns is not None else ""
    return f"{prefix} {node.name}({_arguments(node.args, source)}){returns}"


def _arguments(args: ast.arguments, source: Source) -> str:
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    parts: list[str] = []
    for number, (argument, default) in enumerate(zip(positional, defaults, strict=True), 1):
        parts.append(_argument(argument, default, source))
        if number == len(args.posonlyargs):
            parts.append("/")
    if args.vararg:
        parts.append(f"*{_argument(args.vararg, None, source)}")
    elif args.kwonlyargs:
        parts.append("*")
    for argument, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        parts.append(_argument(argument, default, source))
    if args.kwarg:
        parts.append(f"**{_argument(args.kwarg, None, source)}")
    return ", ".join(parts)


def _argument(argument: ast.arg, default: ast.expr | None, source: Source) -> str:
    name = f"{argument.arg}: {source.segment(argument.annotation)}" if argument.annotation else argument.arg
    if default is None:
        return name
    return f"{name} = {source.segment(default)}" if argument.annotation else f"{name}={source.segment(default)}"
