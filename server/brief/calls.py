"""Which calls fitted a function as it was and do not fit it as it is: read from the text of the callers, not guessed from names.

A call that cannot be judged (it unpacks arguments, or did not fit before either) is not among them. What functions want:
`parameters.py`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from server.brief.substance import parsed
from store.source.languages.grammars import GRAMMARS, parser_and_query
from store.source.languages.known import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

    from server.brief.parameters import Parameters

COUNTED = frozenset({"go", "rust", "typescript", "tsx", "javascript", "c", "java"})
"""Languages whose calls are judged by the number of their arguments."""


class Call(NamedTuple):
    """One call: its line, the positional arguments and the named ones; `through` is what stands before the name."""

    line: int
    given: int
    named: tuple[str, ...] = ()
    through: str = ""
    path: bool = False
    """Called through its type, as `Type::name(...)`: a receiver is one of the arguments."""


def calls_in(path: str, text: str, name: str, lines: Iterable[int]) -> list[Call]:
    """The calls of a name on these lines, without those that unpack what they pass."""
    wanted = set(lines)
    language = language_of(path, text)
    if language == "python":
        return list(_python(text, name, wanted))
    return list(_counted(text, language, name, wanted)) if language in COUNTED else []


def misfits(call: Call, old: Parameters, new: Parameters, owner: str, *, adapted: bool = False) -> bool:
    """Whether a call was right and is not any more. One that may be `adapted` already is only wrong if it cannot be made."""
    if not _fits(call, old, owner):
        return False
    return not _fits(call, new, owner) or (not adapted and _shifted(call, old, new))


def _fits(call: Call, wants: Parameters, owner: str) -> bool:
    if wants.signature is None or wants.whole is None:
        return wants.least + (wants.receiver and call.path) <= call.given <= wants.most + (wants.receiver and call.path)
    unbound = wants.receiver and not wants.bound and bool(owner) and call.through == owner
    try:
        (wants.whole if unbound else wants.signature).bind(*range(call.given), **dict.fromkeys(call.named))
    except TypeError:
        return False
    return True


def _shifted(call: Call, old: Parameters, new: Parameters) -> bool:
    """Whether a positional argument lands on another parameter than it used to, which is still there."""
    if old.signature is None or new.signature is None:
        return False
    places = zip(old.names[: call.given], new.names, strict=False)
    return any(was != now and was in new.names and not was.startswith("*") for was, now in places)


def _python(text: str, name: str, wanted: set[int]) -> Iterator[Call]:
    tree = parsed(text)
    if tree is None:
        return
    meant = _meant_to_fail(tree)
    for node in ast.walk(tree):
        if (
            not isinstance(node, ast.Call)
            or node.lineno in meant
            or not wanted & {node.lineno, node.func.lineno, node.func.end_lineno}
        ):
            continue
        called = node.func
        last = _last(called)
        unpacks = any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)
        if last == name and not unpacks:
            through = _last(called.value) if isinstance(called, ast.Attribute) else ""
            line = called.end_lineno or node.lineno
            yield Call(line, len(node.args), tuple(k.arg for k in node.keywords if k.arg), through)


def _last(node: ast.AST) -> str:
    """The last part of a dotted name; "" for what is none."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _meant_to_fail(tree: ast.Module) -> set[int]:
    """The lines of calls that a test expects to be refused."""
    spans = (
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.With)
        and any("raises" in _last(e).lower() for i in n.items for e in ast.walk(i.context_expr))
    )
    return {line for span in spans for line in range(span.lineno, (span.end_lineno or span.lineno) + 1)}


_CALLING = frozenset({"call_expression", "new_expression", "method_invocation"})
_UNPACKING = frozenset({"spread_element", "variadic_argument"})


def _counted(text: str, language: str, name: str, wanted: set[int]) -> Iterator[Call]:
    if language not in GRAMMARS:
        return
    stack: list[Node] = [parser_and_query(language)[0].parse(text.encode("utf-8", "surrogatepass")).root_node]
    while stack:
        node = stack.pop()
        stack += node.children
        if node.type not in _CALLING:
            continue
        called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        called = called or node.child_by_field_name("name")
        given = node.child_by_field_name("arguments")
        if called is None or given is None or called.end_point.row + 1 not in wanted or _name(called) != name:
            continue
        kinds = [child.type for child in given.named_children if "comment" not in child.type]
        several = language == "go" and (kinds == ["call_expression"] or b"..." in (given.text or b""))
        if not several and not _UNPACKING & set(kinds):
            yield Call(called.end_point.row + 1, len(kinds), path=called.type == "scoped_identifier")


def _name(called: Node) -> str:
    text = (called.text or b"").decode("utf-8", "replace")
    return text.split("<", 1)[0].rstrip(":").replace("?.", ".").replace("::", ".").rpartition(".")[2].strip()
