"""What of a text counts: texts of one substance differ in comments, docs, imports, types of arguments or layout only.

It compares, it does not explain: what is said about a change is `risky.py` and `touched.py`.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from store.source.languages.grammars import GRAMMARS, parser_and_query

if TYPE_CHECKING:
    from tree_sitter import Node

_CLOSING = frozenset(")]}>")
_STRING = re.compile(r"""^(?:'([^'"\\]*)'|"([^'"\\]*)")$""")


def substance(text: str, language: str, name: str = "") -> str:
    """A text that two definitions share if they do the same. With `name`, what it is called itself does not count."""
    found = (_python(text) if language == "python" else None) or _leaves(text, language)
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "·", found) if name else found


def parsed(text: str) -> ast.Module | None:
    """Python's own reading of a text; None where it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about their strings, to whoever reads ours
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _python(text: str) -> str | None:
    tree = parsed(textwrap.dedent(text))
    try:
        return None if tree is None else ast.dump(_Bare().visit(tree))
    except RecursionError:  # a sum of a thousand terms is read, and too deep to be walked
        return None


class _Bare(ast.NodeTransformer):
    """Takes docstrings out, and annotations where they only inform: in a class body they may declare its fields."""

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        node.body = [_unannotated(statement) for statement in _undocumented(node.body)]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        node.body = _undocumented(node.body)
        return self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """Where a name comes from is told by what is done with it."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """As above."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """What only guarded imports goes with them."""
        self.generic_visit(node)
        return node if node.body or node.orelse else None

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = _undocumented(node.body)
        return self.generic_visit(node)


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    return [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]


def _unannotated(statement: ast.stmt) -> ast.stmt:
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return ast.Assign(targets=[statement.target], value=statement.value, lineno=statement.lineno)
    return statement


def _leaves(text: str, language: str) -> str:
    """The words of a text without its comments, and without what formatters put in or take out."""
    if language not in GRAMMARS:
        return " ".join(text.split())
    tree = parser_and_query(language)[0].parse(text.encode("utf-8", "surrogatepass"))
    words: list[str] = []
    for leaf in _in_order(tree.root_node):
        if words and words[-1] == "," and leaf in _CLOSING:
            words.pop()
        if leaf != ";":
            words.append(leaf)
    return " ".join(words)


def _in_order(root: Node) -> Iterator[str]:
    """The leaves. Without recursion: a chain of a thousand additions is a thousand nodes deep."""
    stack = [root]
    while stack:
        node = stack.pop()
        if "comment" in node.type:
            continue
        if node.child_count and node.type not in ("string", "template_string"):
            stack += reversed(node.children)
            continue
        word = (node.text or b"").decode("utf-8", "replace")
        match = _STRING.match(word)
        yield f'"{match[1] or match[2] or ""}"' if match else word
