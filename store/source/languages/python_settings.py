"""What a Python file reads and defines as settings: environment variables, configuration keys, command-line options.

A table of patterns over call, subscript and comparison; nothing is evaluated beyond literals and loops over literals.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from store.source.languages.python_scopes import Definition
from store.source.record import Setting

_UPPER = re.compile(r"^[A-Z][A-Z0-9_]{1,}$")
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_CONFIGS = frozenset({"config", "conf", "settings", "default_config", "defaults", "cfg"})


def settings_of(tree: ast.Module, quals: dict[ast.AST, str]) -> tuple[Setting, ...]:
    """All settings of a file, in order of line."""
    found: dict[Setting, None] = {}
    for node, scope, loops in _walk(tree, "", {}, quals):
        for setting in _settings(node, scope, loops):
            found.setdefault(setting)
    return tuple(sorted(found, key=lambda s: (s.line, s.name, s.access)))


_Loops = dict[str, tuple[str, ...]]


def _walk(node: ast.AST, scope: str, loops: _Loops, quals: dict[ast.AST, str]) -> Iterator[tuple[ast.AST, str, _Loops]]:
    """Every node with its enclosing symbol and the loop variables that run over literal strings."""
    for child in ast.iter_child_nodes(node):
        inner, names = scope, loops
        if isinstance(child, Definition):
            inner = quals.get(child, scope)
        elif isinstance(child, ast.For) and isinstance(child.target, ast.Name):
            strings = _strings(child.iter)
            if strings:
                names = {**loops, child.target.id: strings}
        yield child, inner, names
        yield from _walk(child, inner, names, quals)


def _strings(node: ast.expr) -> tuple[str, ...]:
    if not isinstance(node, ast.Tuple | ast.List | ast.Set):
        return ()
    return tuple(e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str))


def _settings(node: ast.AST, scope: str, loops: _Loops) -> Iterator[Setting]:
    match node:
        case ast.Call():
            yield from _from_call(node, scope, loops)
        case ast.Subscript(value=value, slice=key, ctx=context):
            kind = _mapping(value)
            if kind:
                access = "read" if isinstance(context, ast.Load) else "write"
                for name in _names(key, loops, kind):
                    yield Setting(name, kind, access, node.lineno, scope)  # type: ignore[arg-type]
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[container]):
            kind = _mapping(container)
            if kind:
                for name in _names(left, loops, kind):
                    yield Setting(name, kind, "read", node.lineno, scope)  # type: ignore[arg-type]
        case ast.Attribute(value=value, attr=attr, ctx=context) if _UPPER.match(attr) and _mapping(value) == "config":
            access = "read" if isinstance(context, ast.Load) else "write"
            yield Setting(attr, "config", access, node.lineno, scope)  # type: ignore[arg-type]
        case ast.Assign(targets=[target], value=value) if _last(target) in _CONFIGS:
            yield from _defaults(value, scope)
        case ast.AnnAssign(target=target, value=value) if value is not None and _last(target) in _CONFIGS:
            yield from _defaults(value, scope)


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _mapping(node: ast.expr) -> str:
    """ "env" for os.environ, "config" for something named like a configuration, else ""."""
    last = _last(node)
    if last == "environ":
        return "env"
    return "config" if last.lower() in _CONFIGS or last.lower().endswith(("_config", "_settings")) else ""


def _names(node: ast.expr, loops: _Loops, kind: str) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return loops.get(node.id, ())
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,) if kind == "env" and _NAME.match(node.value) or _UPPER.match(node.value) else ()
    return ()


def _literal(node: ast.expr | None) -> str:
    return (
        ast.unparse(node)[:80] if isinstance(node, ast.Constant | ast.UnaryOp | ast.List | ast.Tuple | ast.Dict) else ""
    )


def _defaults(value: ast.expr, scope: str) -> Iterator[Setting]:
    """The keys of a dict of defaults, however it is wrapped: `default_config = ImmutableDict({"DEBUG": None, ...})`."""
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            for key, default in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and _UPPER.match(key.value):
                    yield Setting(key.value, "config", "define", key.lineno, scope, _literal(default))


def _from_call(node: ast.Call, scope: str, loops: _Loops) -> Iterator[Setting]:
    function = node.func
    name = _last(function)
    first = node.args[0] if node.args else None
    default = _literal(node.args[1]) if len(node.args) > 1 else _literal(_keyword(node, "default"))
    receiver = function.value if isinstance(function, ast.Attribute) else None
    kind = _mapping(receiver) if receiver is not None and name in ("get", "setdefault", "pop") else ""
    if first is not None and (kind or name == "getenv" or ("env" in name.lower() and _is_upper(first))):
        kind = kind or "env"
        access = "write" if name == "setdefault" else "read"
        for key in _names(first, loops, kind):
            yield Setting(key, kind, access, node.lineno, scope, default)  # type: ignore[arg-type]
    elif name.endswith("ConfigAttribute") and isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield Setting(first.value, "config", "read", node.lineno, scope)
    elif name in ("add_argument", "option", "Option", "add_option"):
        default = _literal(_keyword(node, "default"))
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                for option in argument.value.split("/"):
                    if option.strip().startswith("--"):
                        yield Setting(option.strip(), "option", "define", node.lineno, scope, default)
    variable = _keyword(node, "envvar")
    if variable is not None:
        for key in _strings(variable) or _names(variable, loops, "env"):
            yield Setting(key, "env", "read", node.lineno, scope, _literal(_keyword(node, "default")))


def _is_upper(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(_UPPER.match(node.value))


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in node.keywords if k.arg == name), None)
