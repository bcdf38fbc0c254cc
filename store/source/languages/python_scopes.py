"""Python's scope rules: which names a body binds, to what, and which of them a load sees.

Not here: what an expression stands for (`python_types.py`), nor what the references of a file are (`python_refs.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
NOWHERE = (1 << 30, 0)
"""A position behind every file's end."""


class Value(NamedTuple):
    """One assignment to a name: how, of what expression, and from when on.

    value: the expression; enter: what `with` makes of it; element: what iterating it gives; second: the second part of that;
    annotation: the type; caught: the class that is caught or matched; part: a part of what is unpacked; opaque: nothing is
    known.
    """

    how: str
    node: ast.expr | None
    after: tuple[int, int]


@dataclass(slots=True)
class Binding:
    """What a name is in one scope: a definition, an import, a parameter or a variable with what was assigned to it."""

    kind: str
    target: str = ""
    values: list[Value] = field(default_factory=list)

    @property
    def assigned(self) -> bool:
        """Whether an assignment makes it, so that at the top level or in a class it is a symbol; loops and `with` do not."""
        return any(v.how in ("value", "annotation", "part") for v in self.values)


class Narrowing(NamedTuple):
    """A stretch of the source in which `isinstance` has told what a name is."""

    name: str
    type: ast.expr
    start: tuple[int, int]
    end: tuple[int, int]


@dataclass(slots=True)
class Scope:
    """A namespace.

    `owner` is the class that `self` and `cls` belong to; `receiver` is what the first parameter is. `returned` and `yielded` are
    what a function gives, filled in while its body is read.
    """

    kind: str
    qual: str
    parent: Scope | None = None
    owner: str = ""
    receiver: str = ""
    names: dict[str, Binding] = field(default_factory=dict)
    stars: bool = False
    narrowed: list[Narrowing] = field(default_factory=list)
    returned: list[ast.expr] = field(default_factory=list)
    yielded: list[ast.expr] = field(default_factory=list)
    generator: bool = False
    outer: frozenset[str] = frozenset()

    def find(self, name: str) -> tuple[Binding, Scope] | None:
        """The binding that a load of `name` in this scope sees: class bodies are seen only from directly inside."""
        scope: Scope | None = self
        inside = True
        while scope is not None:
            if (inside or scope.kind != "class") and name in scope.names and name not in scope.outer:
                return scope.names[name], scope
            inside = inside and scope.kind == "comprehension"
            scope = scope.parent
        return None

    @property
    def function(self) -> Scope:
        """The innermost scope that can `return` or `yield`: not a comprehension."""
        scope = self
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return scope

    @property
    def module(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


def join(qual: str, name: str) -> str:
    """The qual of `name` defined inside `qual`."""
    return f"{qual}.{name}" if qual else name


# -- binding ---------------------------------------------------------------------------------------------------------------


def bind(scope: Scope, body: Sequence[ast.stmt]) -> dict[ast.AST, str]:
    """Enter everything that the statements of one body bind. Gives each definition its qual (`name#2` for a second one)."""
    quals: dict[ast.AST, str] = {}
    same: dict[str, list[Definition]] = {}
    for statement in _statements(body):
        _bind_statement(scope, statement)
        if isinstance(statement, Definition):
            same.setdefault(statement.name, []).append(statement)
    for name, nodes in same.items():
        # The implementation is what the name means; its overloads come after it.
        if len(nodes) > 1:
            nodes.sort(key=_is_overload)
        taken = scope.names.get(name)
        if taken is None or taken.kind == "variable":
            scope.names[name] = Binding("definition", join(scope.qual, name))
        for number, node in enumerate(nodes, 1):
            quals[node] = join(scope.qual, name if number == 1 else f"{name}#{number}")
    return quals


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of the blocks in it, but not of the definitions in it."""
    for statement in body:
        yield statement
        if isinstance(statement, Definition):
            continue
        for block in ("body", "orelse", "finalbody"):
            inner = getattr(statement, block, None)
            if inner:
                yield from _statements(inner)
        for handler in getattr(statement, "handlers", ()):
            yield from _statements(handler.body)
        for case in getattr(statement, "cases", ()):
            yield from _statements(case.body)


def _is_overload(node: Definition) -> bool:
    return any(ast.unparse(d).rsplit(".", 1)[-1] == "overload" for d in node.decorator_list)


def _bind_statement(scope: Scope, node: ast.stmt) -> None:
    match node:
        case ast.Import() | ast.ImportFrom():
            _bind_import(scope, node)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _bind_target(scope, target, Value("value", value, end_of(node)))
        case ast.AnnAssign(target=target, annotation=annotation, value=value):
            bare = value is not None and says_nothing(annotation)
            _bind_target(
                scope, target, Value("value", value, end_of(node)) if bare else Value("annotation", annotation, (0, 0))
            )
        case ast.AugAssign(target=target):
            _bind_target(scope, target, None)
        case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
            bind_loop(scope, target, iterable)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    _bind_target(
                        scope, item.optional_vars, Value("enter", item.context_expr, end_of(item.optional_vars))
                    )
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            for handler in handlers:
                if handler.name:
                    after = end_of(handler.type) if handler.type else (0, 0)
                    _bind_name(scope, handler.name, Value("caught", handler.type, after))
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            scope.outer |= frozenset(names)
        case _ if (made := type_alias(node)) is not None:
            _bind_target(scope, made[0], Value("value", made[1], end_of(node)))
        case ast.Match(cases=cases):
            for pattern in (p for c in cases for p in ast.walk(c.pattern)):
                _bind_pattern(scope, pattern)


def _bind_import(scope: Scope, node: ast.Import | ast.ImportFrom) -> None:
    for alias in node.names:
        if isinstance(node, ast.Import):
            root = alias.name if alias.asname else alias.name.split(".")[0]
            scope.names[alias.asname or root] = Binding("import", root)
        elif alias.name == "*":
            scope.stars = True
        else:
            source = "." * node.level + (f"{node.module}." if node.module else "")
            scope.names[alias.asname or alias.name] = Binding("import", f"{source}{alias.name}")


def _bind_pattern(scope: Scope, pattern: ast.AST) -> None:
    match pattern:
        case ast.MatchAs(name=str() as name, pattern=ast.MatchClass(cls=cls)):
            _bind_name(scope, name, Value("caught", cls, end_of(pattern)))
        case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
            _bind_name(scope, name, Value("opaque", None, end_of(pattern)))


def says_nothing(annotation: ast.expr) -> bool:
    """Whether an annotation leaves the type to the value: a bare `Final` or `ClassVar`."""
    name = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", "")
    return name in ("Final", "ClassVar", "TypeAlias")


def type_alias(node: ast.stmt) -> tuple[ast.expr, ast.expr] | None:
    """The name and the value of `type X = ...`, a statement that the oldest Python we run on has no class for."""
    return (getattr(node, "name"), getattr(node, "value")) if type(node).__name__ == "TypeAlias" else None  # noqa: B009


def start_of(node: ast.AST) -> tuple[int, int]:
    """Where a node begins, as line and column."""
    return (node.lineno, node.col_offset)  # type: ignore[attr-defined]


def end_of(node: ast.AST) -> tuple[int, int]:
    return (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]


def _bind_target(scope: Scope, target: ast.expr, value: Value | None) -> None:
    match target:
        case ast.Name(id=name):
            _bind_name(scope, name, value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            after = value.after if value else (0, 0)
            for element in elements:
                part = unpacked(value.node, target, element) if value and value.node and value.how == "value" else None
                how = "part" if value is not None and value.how == "value" else "opaque"
                _bind_target(scope, element, Value(how, part, after))
        case ast.Starred(value=inner):
            _bind_target(scope, inner, Value("opaque", None, value.after if value else (0, 0)))


def unpacked(value: ast.expr, target: ast.expr, element: ast.expr) -> ast.expr | None:
    """The expression that `a, b = value` gives one of its names: `value[0]`, or what stands there in a literal tuple."""
    if not isinstance(target, ast.Tuple | ast.List) or any(isinstance(e, ast.Starred) for e in target.elts):
        return None
    place = target.elts.index(element)
    if isinstance(value, ast.Tuple | ast.List):
        return value.elts[place] if place < len(value.elts) else None
    return ast.copy_location(ast.Subscript(value, ast.Constant(place), ast.Load()), value)


def _bind_name(scope: Scope, name: str, value: Value | None) -> None:
    binding = scope.names.setdefault(name, Binding("variable", join(scope.qual, name)))
    if value is not None and binding.kind in ("variable", "parameter"):
        binding.values.append(value)


def bind_loop(scope: Scope, target: ast.expr, iterable: ast.expr) -> None:
    """Bind what a `for` binds, in a statement or a comprehension."""
    after = end_of(target)
    pair = isinstance(target, ast.Tuple) and len(target.elts) == 2 and isinstance(iterable, ast.Call)
    if not pair:
        _bind_target(scope, target, Value("element", iterable, after))
        return
    first, second = target.elts  # type: ignore[attr-defined]
    _bind_target(scope, first, Value("opaque", None, after))
    _bind_target(scope, second, Value("second", iterable, after))


def bind_walrus(scope: Scope, node: ast.NamedExpr) -> None:
    """Bind the name of a `:=`, in the scope outside of comprehensions."""
    _bind_target(scope.function, node.target, Value("value", node.value, end_of(node.value)))


def narrow(scope: Scope, test: ast.expr, start: tuple[int, int], end: tuple[int, int] = NOWHERE) -> None:
    """Note what a condition tells of names by `isinstance`, for the stretch from `start` to `end`."""
    for part in test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]:
        match part:
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), type_]):
                narrow_to(scope, name, type_, start, end)


def narrow_to(scope: Scope, name: str, type_: ast.expr, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Note that a name is of a type, for the stretch from `start` to `end`."""
    found = scope.find(name)
    if found is not None:
        found[1].narrowed.append(Narrowing(name, type_, start, end))


def bind_parameters(scope: Scope, arguments: ast.arguments, fixtures: bool) -> None:
    """Bind a function's parameters. `fixtures`: what has no annotation may be a pytest fixture."""
    positional = [*arguments.posonlyargs, *arguments.args]
    every = [*positional, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
    defaulted = (
        {a.arg for a in positional[len(positional) - len(arguments.defaults) :]} if arguments.defaults else set()
    )
    for argument in every:
        values = [Value("annotation", argument.annotation, (0, 0))] if argument.annotation else []
        star = argument in (arguments.vararg, arguments.kwarg)
        if star:
            values = [Value("opaque", None, (0, 0))]
        fixture = fixtures and not values and argument.arg not in defaulted
        scope.names[argument.arg] = Binding("fixture" if fixture else "parameter", argument.arg, values)
    if scope.receiver and positional:
        scope.names[positional[0].arg] = Binding(scope.receiver, scope.owner)
