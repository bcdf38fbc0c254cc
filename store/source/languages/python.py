"""Reads one Python file with the standard library's `ast`: symbols, references, imports, settings, types.

Names and types are worked out in `python_scopes.py`, references in `python_refs.py`, settings in `python_settings.py`. What
this interpreter's grammar cannot parse raises SyntaxError; `store/source/read.py` then falls back to another reader.
"""

from __future__ import annotations

import ast
import io
import threading
import tokenize
import warnings
from collections.abc import Sequence

from store.source.languages.known import is_test
from store.source.languages.python_refs import References
from store.source.languages.python_scopes import (
    Definition,
    Scope,
    bind,
    bind_parameters,
    end_of,
    join,
    narrow,
    narrow_to,
    says_nothing,
    start_of,
    type_alias,
    unpacked,
)
from store.source.languages.python_settings import Settings
from store.source.languages.python_text import Source, decorators_of, first_paragraph, fixture_name, signature_of
from store.source.languages.python_types import (
    BUILTIN,
    Chain,
    chain_of,
    chain_of_annotation,
    chain_of_docstring,
    chain_of_type_variable,
    tuple_parts,
)
from store.source.record import FileRecord, Import, Symbol, SymbolKind
from store.words import digest_of


def read_python(path: str, data: bytes, text: str | None = None) -> FileRecord:
    """The record of a Python file. Raises SyntaxError (or ValueError, RecursionError) where `ast` cannot read it."""
    source = Source(text if text is not None else decode(data))
    tree = _parsed(source.text)
    reading = _Reading(path, source)
    reading.module(tree)
    return FileRecord(
        path=path,
        digest=digest_of(data),
        language="python",
        lines=len(source.lines),
        is_test=reading.is_test,
        doc=first_paragraph(tree),
        symbols=tuple(sorted(reading.symbols.values(), key=lambda s: (s.start, -s.end, s.qual))),
        refs=reading.references.refs(),
        imports=tuple(reading.imports),
        settings=reading.settings.settings(),
        exports=reading.exports,
        types=reading.types,
    )


def _parsed(text: str) -> ast.Module:
    with _quietly, warnings.catch_warnings():
        # What Python would say about somebody's escape sequences is not ours to print.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def decode(data: bytes) -> str:
    """The text of a Python file in the encoding that it declares."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding, "replace")


MAX_VALUE = 200
"""How much of a value is kept."""
_quietly = threading.Lock()
"""The filters of warnings belong to the whole process."""
_LEAVING = ast.Return | ast.Raise | ast.Continue


class _Reading:
    """The state while one file is read."""

    def __init__(self, path: str, source: Source) -> None:
        self.is_test = is_test(path)
        self.source = source
        self.symbols: dict[str, Symbol] = {}
        self.settings = Settings(path)
        self.references = References(self.settings)
        self.imports: list[Import] = []
        self.exports: tuple[str, ...] | None = None
        self.types: dict[str, str] = {}
        self._quals: dict[ast.AST, str] = {}
        self._defined: set[str] = set()

    def module(self, tree: ast.Module) -> None:
        scope = Scope("module", "")
        self._bind(scope, tree.body)
        self._body(tree.body, scope)

    def _bind(self, scope: Scope, body: Sequence[ast.stmt]) -> None:
        quals = bind(scope, body)
        self._quals.update(quals)
        self._defined.update(quals.values())

    # -- statements ------------------------------------------------------------------------------------------------

    def _body(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        for statement in body:
            self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        visit, qual = self.references.visit, scope.qual
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, scope)
            case ast.ClassDef():
                self._class(node, scope)
            case ast.Import() | ast.ImportFrom():
                self._import(node, scope)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assignment(node, scope)
            case ast.Return(value=ast.expr() as value):
                scope.returned.append(value)
                visit(value, scope, qual)
            case ast.Raise(exc=error, cause=cause):
                visit(error, scope, qual, "raise")
                visit(cause, scope, qual)
            case ast.Assert(test=test):
                self._parts(node, scope)
                narrow(scope, test, end_of(node))
            case _ if (alias := type_alias(node)) is not None:
                self._define(alias[0], node, alias[1], None, scope)
                visit(alias[1], scope, qual, "annotate")
            case _:
                self._block(node, scope)

    def _block(self, node: ast.stmt, scope: Scope) -> None:
        """A statement with statements in it, or one of no special meaning."""
        match node:
            case ast.If():
                self._narrow(node, scope)
            case ast.For() | ast.AsyncFor():
                self.settings.loop(node.target, node.iter)
            case ast.Try() | ast.TryStar():
                self._body(node.body, scope)
                for handler in node.handlers:
                    self.references.visit(handler.type, scope, scope.qual, "catch")
                    self._body(handler.body, scope)
                self._body([*node.orelse, *node.finalbody], scope)
                return
            case ast.Match(subject=subject, cases=cases):
                self.references.visit(subject, scope, scope.qual)
                for case in cases:
                    if isinstance(subject, ast.Name) and isinstance(case.pattern, ast.MatchClass):
                        narrow_to(scope, subject.id, case.pattern.cls, start_of(case.body[0]), end_of(case.body[-1]))
                    self.references.visit(case.pattern, scope, scope.qual)
                    self.references.visit(case.guard, scope, scope.qual)
                    self._body(case.body, scope)
                return
        self._parts(node, scope)

    def _parts(self, node: ast.stmt, scope: Scope) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self._statement(child, scope)
            else:
                self.references.visit(child, scope, scope.qual)

    def _narrow(self, node: ast.If, scope: Scope) -> None:
        match node.test:
            case ast.UnaryOp(op=ast.Not(), operand=operand) if isinstance(node.body[-1], _LEAVING):
                narrow(scope, operand, end_of(node))
            case test:
                narrow(scope, test, start_of(node.body[0]), end_of(node.body[-1]))

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                found = Import(alias.name, "", alias.asname or "", 0, node.lineno, scope.qual)
            else:
                line = alias.lineno
                found = Import(node.module or "", alias.name, alias.asname or "", node.level, line, scope.qual)
            self.imports.append(found)
            self.settings.imported(found.module, found.name, found.alias or found.name)

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
        self.references.visit(annotation, scope, scope.qual, "annotate")
        self.references.visit(node.value, scope, scope.qual)
        for target in targets:
            self.settings.assignment(target, node.value, scope.qual, scope.kind)
            elements = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
            for element in elements:
                value = node.value if element is target else None
                if not self._define(element, node, value, annotation, scope):
                    self.references.visit(element, scope, scope.qual)

    def _define(
        self, target: ast.expr, node: ast.stmt, value: ast.expr | None, annotation: ast.expr | None, scope: Scope
    ) -> bool:
        """Make a symbol of what a module, a class or `self.x = ...` defines. False if `target` is to be looked at as a use."""
        if isinstance(target, ast.Name):
            if target.id == "__all__" and scope.kind == "module":
                self._export(value)
            if scope.kind not in ("module", "class") or isinstance(node, ast.AugAssign):
                return True
            qual = join(scope.qual, target.id)
        elif (owner := _of_self(target, scope)) is not None and isinstance(target, ast.Attribute):
            qual = join(owner, target.attr)
        else:
            return False
        self._note_type(qual, value or _part_of(node, target), annotation, scope)
        if qual in self.symbols or qual in self._defined:
            return not isinstance(target, ast.Attribute)
        name = last_part(qual)
        constant = scope.kind == "module" and name.isupper()
        first, last = node.lineno, node.end_lineno or node.lineno
        self.symbols[qual] = Symbol(
            qual=qual,
            kind="attribute" if scope.kind != "module" else "constant" if constant else "variable",
            start=first,
            end=last,
            signature=f"{name}: {self.source.segment(annotation)}" if annotation is not None else name,
            doc=self.source.comment_above(first),
            digest=self.source.digest(first, last),
            value=self.source.segment(value)[:MAX_VALUE] if value is not None else "",
            exported=_is_public(qual),
            words=self.source.words(first, last),
        )
        return True

    def _note_type(self, qual: str, value: ast.expr | None, annotation: ast.expr | None, scope: Scope) -> None:
        if annotation is not None and not (value is not None and says_nothing(annotation)):
            chain = chain_of_annotation(annotation, scope)
        elif value is not None and qual not in self.types:
            chain = chain_of_type_variable(value, scope) or chain_of(value, scope)
        else:
            return
        written = _written(chain)
        if written:
            self.types[qual] = written

    def _export(self, value: ast.expr | None) -> None:
        nodes = ast.walk(value) if value is not None else ()
        named = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        self.exports = tuple(dict.fromkeys([*(self.exports or ()), *named]))

    # -- definitions -----------------------------------------------------------------------------------------------

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        qual = self._quals[node]
        self._decorators(node, scope, qual)
        bases = []
        for base in node.bases:
            self.references.visit(base, scope, qual, "base")
            chain = chain_of(base, scope)
            inner = base.value if isinstance(base, ast.Subscript) else base
            bases.append(_written(chain) or ast.unparse(inner))
            if inner is not base:
                self.references.visit(inner, scope, qual, "base")
        for keyword in node.keywords:
            self.references.visit(keyword.value, scope, qual)
        self.settings.fields(node, qual)
        self._symbol(node, qual, "class", bases=tuple(bases))
        inner_scope = Scope("class", qual, scope)
        self._bind(inner_scope, node.body)
        self._body(node.body, inner_scope)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        qual = self._quals[node]
        self._decorators(node, scope, qual)
        names = decorators_of(node)
        inner = Scope("function", qual, scope)
        if scope.kind == "class" and "staticmethod" not in names:
            inner.owner = scope.qual
            inner.receiver = (
                "cls" if "classmethod" in names or node.name in ("__new__", "__init_subclass__") else "self"
            )
        fixture = any(n.rsplit(".", 1)[-1] == "fixture" for n in names)
        if fixture and (renamed := fixture_name(node)):
            # Kept like an alias: what is called `renamed` is this function.
            self.types[join(scope.qual, renamed)] = qual
        wants = fixture or (self.is_test and node.name.startswith("test"))
        bind_parameters(inner, node.args, fixtures=wants)
        self._parameters(node, scope, inner, qual)
        self._bind(inner, node.body)
        self._body(node.body, inner)
        returns = self._returns(node, inner, yields=fixture or any("contextmanager" in n for n in names))
        self._symbol(node, qual, "method" if scope.kind == "class" else "function", returns=returns)

    def _parameters(self, node: ast.FunctionDef | ast.AsyncFunctionDef, outer: Scope, inner: Scope, qual: str) -> None:
        args = node.args
        for default in (*args.defaults, *args.kw_defaults):
            self.references.visit(default, outer, qual)
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
        for argument in every:
            self.references.visit(argument.annotation, outer, qual, "annotate")
            if inner.names[argument.arg].kind == "fixture":
                self.references.add(Chain("unknown", argument.arg, "", True), "use", qual, argument.lineno)
        self.references.visit(node.returns, outer, qual, "annotate")

    def _decorators(self, node: Definition, scope: Scope, qual: str) -> None:
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter", "getter"):
                # `@name.setter` refers to the property, not to something called setter.
                decorator = decorator.value
            self.references.visit(decorator, scope, qual, "decorate")

    def _returns(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, yields: bool) -> str:
        """The type of what a function gives, as written: annotated, or the one thing that it returns (or yields)."""
        if node.returns is not None:
            parts = tuple_parts(node.returns)
            if parts:
                return ", ".join(_written(chain_of_annotation(p, scope)) for p in parts)
            return _written(chain_of_annotation(node.returns, scope, yields=yields))
        told = chain_of_docstring(node, "rtype", scope)
        if told is not None:
            return _written(told)
        found: set[str] = set()
        for value in scope.yielded if scope.generator and yields else () if scope.generator else scope.returned:
            if isinstance(value, ast.Constant) and value.value is None:
                continue
            receiver = isinstance(value, ast.Name) and scope.names.get(value.id)
            if receiver and receiver.kind == "self":
                found.add("Self")
            elif isinstance(value, ast.Tuple):
                found.add(", ".join(_written(chain_of(e, scope)) for e in value.elts))
            else:
                found.add(_written(chain_of(value, scope)))
        return found.pop() if len(found) == 1 else ""

    def _symbol(
        self, node: Definition, qual: str, kind: SymbolKind, *, bases: tuple[str, ...] = (), returns: str = ""
    ) -> None:
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        last = node.end_lineno or node.lineno
        self.symbols[qual] = Symbol(
            qual=qual,
            kind=kind,
            start=first,
            end=last,
            signature=signature_of(node, self.source),
            doc=first_paragraph(node),
            digest=self.source.digest(first, last),
            bases=bases,
            decorators=decorators_of(node),
            returns=returns,
            exported=_is_public(qual),
            words=self.source.words(first, last),
        )


def last_part(qual: str) -> str:
    """The name of a qual."""
    return qual.rsplit(".", 1)[-1]


def _is_public(qual: str) -> bool:
    return not any(p.startswith("_") and not p.endswith("__") for p in qual.split("."))


def _of_self(target: ast.expr, scope: Scope) -> str | None:
    """The class of which `target` is an attribute of an instance, if it is written `self.x`."""
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
        return None
    found = scope.find(target.value.id)
    return found[0].target if found is not None and found[0].kind == "self" else None


def _part_of(node: ast.stmt, target: ast.expr) -> ast.expr | None:
    """What an assignment to several names gives one of them."""
    for whole in node.targets if isinstance(node, ast.Assign) else ():
        if isinstance(whole, ast.Tuple | ast.List) and target in whole.elts:
            return unpacked(node.value, whole, target) if isinstance(node, ast.Assign) else None
    return None


def _written(chain: Chain | None) -> str:
    return "" if chain is None or chain is BUILTIN else chain.written
