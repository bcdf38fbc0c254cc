"""The references of a Python file: every load of a name or attribute that could mean something of another scope or file.

Locals, parameters and builtins are dropped; what a name stands for is `python_types.py`'s business. The same walk shows every
expression to `python_settings.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from store.source.languages.python_scopes import (
    Scope,
    bind_loop,
    bind_parameters,
    bind_walrus,
    end_of,
    narrow,
    start_of,
)
from store.source.languages.python_settings import Settings
from store.source.languages.python_types import BUILTIN, BUILTINS, Chain, chain_of
from store.source.record import Ref, RefKind, Via

_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
_Key = tuple[str, Via, RefKind, str, Via]


class References:
    """Collects the references of one file. Same name, kind and scope become one `Ref` with all its lines."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lines: dict[_Key, list[int]] = {}

    def refs(self) -> tuple[Ref, ...]:
        return tuple(
            Ref(name, via, kind, scope, tuple(dict.fromkeys(lines)), base)
            for (name, via, kind, scope, base), lines in self._lines.items()
        )

    def add(self, chain: Chain, kind: RefKind, qual: str, line: int) -> None:
        """One reference to what a chain stands for."""
        via: Via = "type" if chain.typed else chain.via
        self._put(chain.name.removesuffix("()"), via, kind, qual, line, chain.via if chain.typed else "module")

    def _put(self, name: str, via: Via, kind: RefKind, qual: str, line: int, base: Via = "module") -> None:
        self._lines.setdefault((name, via, kind, qual, base), []).append(line)

    def visit(self, node: ast.AST | None, scope: Scope, qual: str, kind: RefKind = "use") -> None:
        """All references in an expression. `kind` is that of the outermost one."""
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node, scope, qual, kind)
        elif node is not None:
            self._parts(node, scope, qual)

    def _parts(self, node: ast.AST, scope: Scope, qual: str, kind: RefKind = "use") -> None:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for part in value:
                    if isinstance(part, ast.AST):
                        self.visit(part, scope, qual, kind)
            elif isinstance(value, ast.AST):
                self.visit(value, scope, qual, kind)

    def _constant(self, node: ast.Constant, scope: Scope, qual: str, kind: RefKind) -> None:
        if kind == "annotate" and isinstance(node.value, str):
            self._quoted(node, scope, qual)

    def _compound(self, node: ast.AST, scope: Scope, qual: str, kind: RefKind) -> None:
        """`A | B`, `A[B]`, `(A, B)`: each part is an annotation, or is caught, as the whole is."""
        if isinstance(node, ast.Subscript):
            self.settings.subscript(node, qual)
        self._parts(node, scope, qual, kind if kind in ("annotate", "catch") else "use")

    def _compare(self, node: ast.Compare, scope: Scope, qual: str, kind: RefKind) -> None:
        self.settings.compare(node, qual)
        self._parts(node, scope, qual)

    def _lambda(self, node: ast.Lambda, scope: Scope, qual: str, kind: RefKind) -> None:
        inner = Scope("function", scope.qual, scope)
        bind_parameters(inner, node.args, fixtures=False)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            self.visit(default, scope, qual)
        self.visit(node.body, inner, qual)

    def _walrus(self, node: ast.NamedExpr, scope: Scope, qual: str, kind: RefKind) -> None:
        bind_walrus(scope, node)
        self.visit(node.value, scope, qual)

    def _both(self, node: ast.BoolOp, scope: Scope, qual: str, kind: RefKind) -> None:
        for value in node.values:
            if isinstance(node.op, ast.And):
                narrow(scope, value, end_of(value), end_of(node))
            self.visit(value, scope, qual)

    def _either(self, node: ast.IfExp, scope: Scope, qual: str, kind: RefKind) -> None:
        narrow(scope, node.test, start_of(node.body), end_of(node.body))
        self.visit(node.test, scope, qual)
        for branch in (node.body, node.orelse):  # `raise A() if new else B()` raises both
            self.visit(branch, scope, qual, kind if kind == "raise" else "use")

    def _yield(self, node: ast.Yield | ast.YieldFrom, scope: Scope, qual: str, kind: RefKind) -> None:
        scope.function.generator = True
        if isinstance(node, ast.Yield) and node.value is not None:
            scope.function.yielded.append(node.value)
        self.visit(node.value, scope, qual)

    def _quoted(self, node: ast.Constant, scope: Scope, qual: str) -> None:
        try:
            parsed = ast.parse(str(node.value).strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return
        for child in ast.walk(parsed):
            child.lineno = node.lineno  # type: ignore[attr-defined]
        self.visit(parsed, scope, qual, "annotate")

    def _name(self, node: ast.Name, scope: Scope, qual: str, kind: RefKind) -> None:
        if isinstance(node.ctx, ast.Store):
            return
        found = scope.find(node.id)
        if found is None:
            if node.id in BUILTINS:
                if kind in ("raise", "catch", "base"):
                    self._put(f"builtins.{node.id}", "import", kind, qual, node.lineno)
            elif scope.module.stars:
                self._put(node.id, "module", kind, qual, node.lineno)
            return
        binding, where = found
        if binding.kind in ("definition", "import"):
            self._put(binding.target, "module" if binding.kind == "definition" else "import", kind, qual, node.lineno)
        elif binding.assigned and where.kind in ("module", "class"):
            self._put(binding.target, "module", kind, qual, node.lineno)
        elif kind in ("call", "raise", "decorate"):
            # A local that holds something callable: what it is called with is of interest.
            chain = chain_of(node, scope)
            if chain is not None and chain is not BUILTIN and not chain.typed:
                self.add(chain, kind, qual, node.lineno)

    def _attribute(self, node: ast.Attribute, scope: Scope, qual: str, kind: RefKind) -> None:
        self.settings.attribute(node, qual)
        line = node.end_lineno or node.lineno
        chain = chain_of(node.value, scope)
        if chain is None:
            if kind == "use" and node.attr.startswith("__") and node.attr.endswith("__"):
                # `__name__`, `__dict__`: everything has them.
                return self.visit(node.value, scope, qual)
            self._put(node.attr, "unknown", kind, qual, line)
        elif chain is not BUILTIN:
            self.add(chain.step(node.attr), kind, qual, line)
        self.visit(node.value, scope, qual)

    def _call(self, node: ast.Call, scope: Scope, qual: str, kind: RefKind) -> None:
        self.settings.call(node, qual)
        self.visit(node.func, scope, qual, kind if kind in ("raise", "decorate") else "call")
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for position, argument in enumerate(node.args):
            self.visit(argument, scope, qual, "annotate" if name == "cast" and position == 0 else "use")
        for keyword in node.keywords:
            self.visit(keyword.value, scope, qual)

    def _comprehension(self, node: _Comprehension, scope: Scope, qual: str, kind: RefKind) -> None:
        inner = Scope("comprehension", scope.qual, scope)
        for number, generator in enumerate(node.generators):
            self.visit(generator.iter, inner if number else scope, qual)
            bind_loop(inner, generator.target, generator.iter)
            self.settings.loop(generator.target, generator.iter)
            for condition in generator.ifs:
                narrow(inner, condition, (0, 0))
                self.visit(condition, inner, qual)
        results: Sequence[ast.expr] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for result in results:
            self.visit(result, inner, qual)


def _nothing(*_: object) -> None:
    """Contexts, operators: no names in them."""


_HANDLERS: dict[type[ast.AST | None], Callable[..., None]] = {
    ast.Name: References._name,
    ast.Attribute: References._attribute,
    ast.Call: References._call,
    ast.Constant: References._constant,
    ast.Subscript: References._compound,
    ast.Compare: References._compare,
    ast.Lambda: References._lambda,
    ast.NamedExpr: References._walrus,
    ast.BoolOp: References._both,
    ast.IfExp: References._either,
    ast.Yield: References._yield,
    ast.YieldFrom: References._yield,
    **dict.fromkeys((ast.BinOp, ast.Tuple, ast.List, ast.Starred), References._compound),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), References._comprehension),
    **dict.fromkeys((ast.Load, ast.Store, ast.Del), _nothing),
}
