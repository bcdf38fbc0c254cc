"""What a Python expression stands for, as far as its own file tells: a *chain* such as "flask.Flask().run".

Types are light: annotations, `x = Cls()`, `self.x = Cls()`, `with Cls() as x`, `isinstance`, `:rtype:`. In a chain "()" is the
result of a call, "T[]" and "T{}" are what holds several T, by position or by key. What chains mean in other files is worked out
by `store/graph/python_names.py`; which names are bound is `python_scopes.py`'s business.
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import NamedTuple

from store.source.languages.python_scopes import Binding, Scope, Value
from store.source.record import Via

BUILTINS = frozenset(dir(builtins))
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

    def held(self, by: str) -> Chain:
        """What holds several of this: `by` is "[]" or "{}"."""
        return Chain(self.via, self.name + by, self.written + by, True)


BUILTIN = Chain("import", "builtins", "builtins", True)
"""A value whose type is one of Python's own: its attributes are of no interest."""


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
        case ast.Subscript(value=value, slice=index):
            return _chain_of_item(chain_of(value, scope, depth), index)
        case ast.List(elts=elements) | ast.Set(elts=elements):
            return _holding(elements, "[]", scope, depth)
        case ast.Dict(values=elements):
            return _holding(elements, "{}", scope, depth)
        case ast.Constant() | ast.JoinedStr() | ast.Tuple() | ast.Compare():
            return BUILTIN
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return BUILTIN
    return None


def _chain_of_item(inner: Chain | None, index: ast.expr) -> Chain | None:
    if inner is None or inner is BUILTIN:
        return None
    last = inner.name.rsplit(".", 1)[-1]
    if not inner.typed and last[:1].isupper() and not last.isupper():
        # `Cls[int]` is still the class.
        return inner
    if isinstance(index, ast.Slice):
        return inner
    # Which one it is matters for tuples alone.
    place = index.value if isinstance(index, ast.Constant) and type(index.value) is int else None
    return inner.step("__getitem__" if place is None else f"__item{place}__").called()


def _holding(elements: list[ast.expr], by: str, scope: Scope, depth: int) -> Chain:
    inner = chain_of(elements[0], scope, depth + 1) if elements and depth < DEPTH else None
    return inner.held(by) if inner is not None and inner is not BUILTIN and inner.typed else BUILTIN


def _first(nodes: list[ast.expr], scope: Scope, depth: int) -> Chain | None:
    for node in nodes:
        if isinstance(node, ast.Constant) and node.value is None:
            continue
        chain = chain_of(node, scope, depth)
        if chain is not None:
            return chain
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
    if inner.name in _COPYING and args:
        return chain_of(args[0], scope, depth)
    return inner.called()


_COPYING = frozenset({"copy.copy", "copy.deepcopy", "dataclasses.replace", "attr.evolve", "attrs.evolve"})
"""What gives something of the type of its first argument."""
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
    if binding.assigned and (where.kind == "module" or (where.kind == "class" and where is scope)):
        return Chain("module", binding.target, binding.target)
    return _infer(node, binding, where, scope, depth)


def _infer(node: ast.Name, binding: Binding, where: Scope, scope: Scope, depth: int) -> Chain | None:
    """The type of a local: what `isinstance` told, its annotation, or else the last assignment above the use."""
    at = (node.lineno, node.col_offset)
    if depth > DEPTH:
        return None
    known = [v for v in binding.values if not (isinstance(v.node, ast.Constant) and v.node.value is None)]
    # In a comprehension the name stands before its `for`, and a closure runs at any time: there, every assignment counts.
    in_order = where.kind != "comprehension" and scope.function is where
    above = [v for v in known if v.after <= at] if in_order else known
    since = above[-1].after if above else (0, 0)
    for narrowed in reversed(where.narrowed):
        if narrowed.name == node.id and narrowed.start <= at <= narrowed.end and since <= narrowed.start:
            return chain_of_annotation(narrowed.type, where, depth + 1)
    for value in binding.values:
        if value.how == "annotation" and value.node is not None:
            return chain_of_annotation(value.node, where, depth + 1)
    return _chain_of_value(above[-1], where, depth + 1) if above else None


def _chain_of_value(value: Value, scope: Scope, depth: int) -> Chain | None:
    if value.node is None:
        return None
    if value.how == "caught":
        return None if isinstance(value.node, ast.Tuple) else chain_of_annotation(value.node, scope, depth)
    if value.how == "second":
        return _second(value.node, scope, depth)
    chain = chain_of(value.node, scope, depth)
    if chain is None or chain is BUILTIN or value.how in ("value", "part"):
        return chain
    return chain.step("__enter__" if value.how == "enter" else "__next__").called()


def _second(node: ast.expr, scope: Scope, depth: int) -> Chain | None:
    """The second of the pairs that `x.items()` and `enumerate(x)` give."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="items"), args=[]):
            chain = chain_of(inner, scope, depth)
            values = chain.step("values").called() if chain is not None and chain is not BUILTIN else None
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
            values = chain_of(inner, scope, depth)
        case _:
            return None
    return values.step("__next__").called() if values is not None and values is not BUILTIN else None


_TRANSPARENT = frozenset(
    {"Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Type", "type", "Union"}
)
_BY_POSITION = frozenset(
    {
        "list",
        "List",
        "Sequence",
        "MutableSequence",
        "Iterable",
        "Iterator",
        "Generator",
        "Collection",
        "set",
        "Set",
        "frozenset",
    }
    | {"FrozenSet", "AbstractSet", "MutableSet", "deque", "Deque", "AsyncIterator", "AsyncIterable", "AsyncGenerator"}
    | {"KeysView", "ValuesView", "Container", "Reversible"}
)
_BY_KEY = frozenset(
    {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict", "WeakValueDictionary"}
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
            held = _held_by(name, inner)
            if held is not None:
                chain = chain_of_annotation(held[0], scope, depth + 1)
                return chain if chain is None or chain is BUILTIN else chain.held(held[1])
            return chain_of_annotation(value, scope, depth + 1)
        case ast.Name() | ast.Attribute():
            last = node.attr if isinstance(node, ast.Attribute) else node.id
            owner = _owner(scope)
            if last in ("Any", "object"):
                return None
            if last == "Self" and owner:
                return Chain("module", owner, "Self", True)
            if isinstance(node, ast.Name) and scope.find(node.id) is None and node.id in BUILTINS:
                return BUILTIN
            chain = chain_of(node, scope, depth + 1)
            return chain if chain is None or chain is BUILTIN else chain._replace(typed=True)
    return None


def _held_by(name: str, inner: ast.expr) -> tuple[ast.expr, str] | None:
    """What a generic type of Python's own holds, and how: the T of `list[T]`, `dict[str, T]`, `tuple[T, ...]`."""
    items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name in _BY_POSITION:
        return items[0], "[]"
    if name in ("tuple", "Tuple") and len(items) == 2 and isinstance(items[1], ast.Constant) and items[1].value is ...:
        return items[0], "[]"
    if name in _BY_KEY and len(items) == 2:
        return items[1], "{}"
    return (items[0], "{}") if name == "ContextVar" else None


_TOLD = re.compile(r":(rtype|type \w+):[ \t]*([A-Za-z_][\w.]*)[ \t]*$", re.MULTILINE)


def chain_of_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef, what: str, scope: Scope) -> Chain | None:
    """The type that a docstring tells in the manner of Sphinx: `:rtype: Cls`, `:type name: package.Cls`."""
    text = ast.get_docstring(node, clean=False) or ""
    for match in _TOLD.finditer(text) if f":{what}:" in text else ():
        if match[1] == what and match[2].rsplit(".", 1)[-1][:1].isupper():
            first = match[2].split(".")[0]
            if scope.find(first) is None and "." in match[2]:
                return Chain("import", match[2], match[2], True)
            return chain_of_annotation(ast.copy_location(ast.parse(match[2], mode="eval").body, node), scope)
    return None


def chain_of_type_variable(node: ast.expr, scope: Scope) -> Chain | None:
    """What a TypeVar is bound to: `TypeVar("T", bound=Cls)`."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        bound = next((k.value for k in node.keywords if k.arg == "bound"), None)
        if name == "TypeVar":
            return chain_of_annotation(bound, scope) if bound is not None else BUILTIN
    return None


def tuple_parts(annotation: ast.expr) -> list[ast.expr]:
    """The types of `tuple[A, B]`, each of its own; none for `tuple[A, ...]` and all else."""
    match annotation:
        case ast.Subscript(
            value=ast.Name(id="tuple" | "Tuple") | ast.Attribute(attr="Tuple"), slice=ast.Tuple(elts=parts)
        ):
            return [] if any(isinstance(p, ast.Constant) and p.value is ... for p in parts) else parts
    return []
