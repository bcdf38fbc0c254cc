"""Python's scope rules: which names a body binds, and what a name or an expression stands for as far as one file tells.

Not here: what the references of a file are (`python_refs.py`), nor what they mean in other files (`store/graph/python_names.py`).
Types are light: annotations, `x = Cls()`, `self.x = Cls()`, `with Cls() as x`; an expression becomes a *chain* such as
"flask.Flask().run", in which "()" stands for the result of a call.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from store.source.record import Via

BUILTINS = frozenset(dir(builtins))
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEPTH = 8
"""How many assignments are followed from a name to its type."""


class Chain(NamedTuple):
    """What an expression stands for: a dotted chain with the scope rules applied, and the same as this file writes it.

    `typed` says that the chain went through a type or a call, so that the last step is an attribute of an instance.
    `via` "unknown" is a parameter that only a pytest fixture of that name can explain.
    """

    via: Via
    name: str
    written: str
    typed: bool = False

    def step(self, part: str) -> Chain:
        return Chain(self.via, f"{self.name}.{part}", f"{self.written}.{part}", self.typed)

    def called(self) -> Chain:
        return Chain(self.via, f"{self.name}()", f"{self.written}()", True)


BUILTIN = Chain("import", "builtins", "builtins", True)
"""A value whose type is one of Python's own: its attributes are of no interest."""


class Value(NamedTuple):
    """One assignment to a name: how ("value", "enter", "annotation", or "opaque" where nothing is known) and from when on."""

    how: str
    node: ast.expr | None
    after: tuple[int, int]


@dataclass(slots=True)
class Binding:
    """What a name is in one scope: a definition, an import, a parameter or a variable with what was assigned to it."""

    kind: str
    target: str = ""
    values: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class Scope:
    """A namespace. `owner` is the class that `self` and `cls` belong to; `receiver` is the name of that first parameter."""

    kind: str
    qual: str
    parent: Scope | None = None
    owner: str = ""
    receiver: str = ""
    names: dict[str, Binding] = field(default_factory=dict)
    stars: bool = False
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
    def module(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


def join(qual: str, name: str) -> str:
    """The qual of `name` defined inside `qual`."""
    return f"{qual}.{name}" if qual else name


# -- binding ---------------------------------------------------------------------------------------------------------------


def bind(scope: Scope, body: Sequence[ast.stmt], quals: dict[ast.AST, str]) -> None:
    """Enter everything that the statements of one body bind, and give each definition its qual (`name#2` for a second one)."""
    same: dict[str, list[Definition]] = {}
    for statement in _statements(body):
        _bind_statement(scope, statement)
        if isinstance(statement, Definition):
            same.setdefault(statement.name, []).append(statement)
    for name, nodes in same.items():
        # The implementation is what the name means; its overloads come after it.
        nodes.sort(key=_is_overload)
        taken = scope.names.get(name)
        if taken is None or taken.kind == "variable":
            scope.names[name] = Binding("definition", join(scope.qual, name))
        for number, node in enumerate(nodes, 1):
            quals[node] = join(scope.qual, name if number == 1 else f"{name}#{number}")


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
        case ast.Import(names=names):
            for alias in names:
                root = alias.name if alias.asname else alias.name.split(".")[0]
                scope.names[alias.asname or root] = Binding("import", root)
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                if alias.name == "*":
                    scope.stars = True
                    continue
                source = "." * level + (module or "")
                separator = "." if module else ""
                scope.names[alias.asname or alias.name] = Binding("import", f"{source}{separator}{alias.name}")
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _bind_target(scope, target, Value("value", value, _end(node)))
        case ast.AnnAssign(target=target, annotation=annotation):
            _bind_target(scope, target, Value("annotation", annotation, (0, 0)))
        case ast.AugAssign(target=target):
            _bind_target(scope, target, None)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            _bind_target(scope, target, Value("opaque", None, _end(target)))
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    _bind_target(scope, item.optional_vars, Value("enter", item.context_expr, _end(item.optional_vars)))
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            for handler in handlers:
                if handler.name:
                    after = _end(handler.type) if handler.type else (0, 0)
                    _bind_name(scope, handler.name, Value("caught", handler.type, after))
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            scope.outer |= frozenset(names)
        case ast.Match(cases=cases):
            for name in (n for c in cases for p in ast.walk(c.pattern) if (n := getattr(p, "name", None))):
                _bind_name(scope, str(name), Value("opaque", None, (0, 0)))


def _end(node: ast.AST) -> tuple[int, int]:
    return (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]


def _bind_target(scope: Scope, target: ast.expr, value: Value | None) -> None:
    match target:
        case ast.Name(id=name):
            _bind_name(scope, name, value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                _bind_target(scope, element, Value("opaque", None, value.after if value else (0, 0)))
        case ast.Starred(value=inner):
            _bind_target(scope, inner, Value("opaque", None, value.after if value else (0, 0)))


def _bind_name(scope: Scope, name: str, value: Value | None) -> None:
    binding = scope.names.setdefault(name, Binding("variable", join(scope.qual, name)))
    if value is not None and binding.kind in ("variable", "parameter"):
        binding.values.append(value)


def bind_targets(scope: Scope, target: ast.expr) -> None:
    """Bind the loop names of a comprehension, or the name of a `:=`."""
    _bind_target(scope, target, Value("opaque", None, (0, 0)))


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


# -- what an expression stands for --------------------------------------------------------------------------------------


def chain_of(node: ast.expr, scope: Scope, depth: int = 0) -> Chain | None:
    """The chain of an expression, BUILTIN for values of Python's own types, None where this file does not tell."""
    match node:
        case ast.Name():
            return _chain_of_name(node, scope, depth)
        case ast.Attribute(value=value, attr=attr):
            inner = chain_of(value, scope, depth)
            return inner if inner is None or inner is BUILTIN else inner.step(attr)
        case ast.Call(func=function, args=args):
            return _chain_of_call(function, args, scope, depth)
        case ast.Await(value=value) | ast.NamedExpr(value=value):
            return chain_of(value, scope, depth)
        case ast.IfExp(body=first, orelse=second):
            return _first([first, second], scope, depth)
        case ast.BoolOp(values=values):
            return _first(values, scope, depth)
        case ast.Subscript(value=value):
            inner = chain_of(value, scope, depth)
            # `Cls[int]` is still the class; what `items[0]` is, is not known.
            return inner if inner and not inner.typed and inner.name.rsplit(".", 1)[-1][:1].isupper() else None
        case ast.Constant() | ast.JoinedStr() | ast.List() | ast.Dict() | ast.Set() | ast.Tuple() | ast.Compare():
            return BUILTIN
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return BUILTIN
    return None


def _first(nodes: list[ast.expr], scope: Scope, depth: int) -> Chain | None:
    for node in nodes:
        if isinstance(node, ast.Constant) and node.value is None:
            continue
        return chain_of(node, scope, depth)
    return None


def _chain_of_call(function: ast.expr, args: list[ast.expr], scope: Scope, depth: int) -> Chain | None:
    if isinstance(function, ast.Name) and scope.find(function.id) is None:
        owner = _owner(scope)
        if function.id == "super" and owner:
            return Chain("module", f"{owner}.super()", f"{owner}.super()", True)
        if function.id == "type" and len(args) == 1:
            return chain_of(args[0], scope, depth)
        if function.id in BUILTINS:
            return BUILTIN if function.id in _BUILTIN_RESULTS else None
    inner = chain_of(function, scope, depth)
    if inner is None or inner is BUILTIN:
        return None
    if inner.name in ("typing.cast", "t.cast") and args:
        return chain_of_annotation(args[0], scope, depth)
    return inner.called()


_BUILTIN_RESULTS = frozenset(
    {"str", "int", "float", "bool", "bytes", "bytearray", "list", "dict", "set", "frozenset", "tuple", "len", "repr"}
    | {"sorted", "sum", "range", "enumerate", "zip", "open", "isinstance", "hasattr", "hash", "id", "ord", "chr"}
)


def _owner(scope: Scope) -> str:
    current: Scope | None = scope
    while current is not None:
        if current.owner:
            return current.owner
        current = current.parent
    return ""


def _chain_of_name(node: ast.Name, scope: Scope, depth: int) -> Chain | None:
    name = node.id
    found = scope.find(name)
    if found is None:
        if name in BUILTINS:
            return BUILTIN
        # Only a star import can bring it.
        return Chain("module", name, name) if scope.module.stars else None
    binding, where = found
    match binding.kind:
        case "definition":
            return Chain("module", binding.target, binding.target)
        case "import":
            return Chain("import", binding.target, name)
        case "self" | "cls":
            return Chain("module", binding.target, binding.target, True)
        case "fixture" if not binding.values:
            return Chain("unknown", name, f"@{name}", True)
    if where.kind == "module" or (where.kind == "class" and where is scope):
        return Chain("module", binding.target, binding.target)
    return _infer(binding, where, scope, (node.lineno, node.col_offset), depth)


def _infer(binding: Binding, where: Scope, scope: Scope, at: tuple[int, int], depth: int) -> Chain | None:
    """The type of a local: its annotation, or else the last assignment above the use."""
    if depth > DEPTH:
        return None
    for value in binding.values:
        if value.how == "annotation" and value.node is not None:
            return chain_of_annotation(value.node, where, depth + 1)
    known = [v for v in binding.values if not (isinstance(v.node, ast.Constant) and v.node.value is None)]
    above = [v for v in known if v.after <= at] if where is scope or scope.kind == "comprehension" else known
    return _chain_of_value(above[-1], where, depth + 1) if above else None


def _chain_of_value(value: Value, scope: Scope, depth: int) -> Chain | None:
    if value.node is None:
        return None
    if value.how == "caught":
        return None if isinstance(value.node, ast.Tuple) else chain_of_annotation(value.node, scope, depth)
    chain = chain_of(value.node, scope, depth)
    if value.how == "enter" and chain is not None and chain is not BUILTIN:
        return chain.step("__enter__").called()
    return chain


_TRANSPARENT = frozenset(
    {"Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Type", "type", "Union"}
)
_YIELDING = frozenset({"Iterator", "Generator", "Iterable", "AsyncIterator", "AsyncGenerator", "AsyncIterable"})


def chain_of_annotation(node: ast.expr, scope: Scope, depth: int = 0, yields: bool = False) -> Chain | None:
    """The chain of the type that an annotation names; `yields` takes what an iterator yields (fixtures, context managers)."""
    if depth > DEPTH:
        return None
    match node:
        case ast.Constant(value=str() as text):
            try:
                parsed = ast.parse(text.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                return None
            return chain_of_annotation(ast.copy_location(parsed, node), scope, depth + 1, yields)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            sides = [s for s in (left, right) if not (isinstance(s, ast.Constant) and s.value is None)]
            return chain_of_annotation(sides[0], scope, depth + 1, yields) if sides else BUILTIN
        case ast.Subscript(value=value, slice=inner):
            name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
            if name in _TRANSPARENT or (yields and name in _YIELDING):
                items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                kept = [i for i in items if not (isinstance(i, ast.Constant) and i.value is None)]
                return chain_of_annotation(kept[0], scope, depth + 1) if kept else None
            return chain_of_annotation(value, scope, depth + 1)
        case ast.Name() | ast.Attribute():
            last = node.attr if isinstance(node, ast.Attribute) else node.id
            owner = _owner(scope)
            if last == "Self" and owner:
                return Chain("module", owner, "Self", True)
            if isinstance(node, ast.Name) and scope.find(node.id) is None and node.id in BUILTINS:
                return BUILTIN
            chain = chain_of(node, scope, depth + 1)
            return chain if chain is None or chain is BUILTIN else chain._replace(typed=True)
    return None
