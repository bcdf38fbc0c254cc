"""The definitions of a syntax tree: their nesting, names, spans and docs; and the scopes in which names are bound.

What the captures are called: `queries/README.md`. What the other names in the tree refer to: `mentions.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.source.languages.page import one_line
from store.source.languages.spelling import words_in
from store.source.languages.writing import Comments, signature_of, type_made, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

    from store.source.languages.grammars import Grammar
    from store.source.languages.page import Page
    from store.source.record import Symbol

_FUNCTIONS = frozenset({"function", "method", "macro"})
_TYPES = frozenset({"class", "interface", "struct", "enum", "trait", "type"})
_VALUES = frozenset({"constant", "variable", "attribute"})
_WRAPPERS = frozenset({"export_statement", "template_declaration", "decorated_definition", "ambient_declaration"})


@dataclass(slots=True)
class Definition:
    """A definition, a container (`kind` "within") or a closure (`kind` "scope"), as captured."""

    node: Node
    kind: str
    rank: int
    name: str = ""
    owner: str = ""
    private: bool = False
    body: Node | None = None
    returns: Node | None = None
    type: Node | None = None
    value: Node | None = None
    bases: list[Node] = field(default_factory=list)
    decorators: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Binding:
    """What a name is bound to in a scope: a definition (`qual`), or a local with the type or the value it was given."""

    qual: str = ""
    type: str = ""
    value: Node | None = None


@dataclass(slots=True)
class Scope:
    """A stretch of the file with names of its own. `qual` is the enclosing definition's; `owner` the enclosing type's."""

    start: int
    end: int
    kind: str
    qual: str = ""
    owner: str = ""
    parent: Scope | None = None
    maker: Definition | None = None
    names: dict[str, Binding] = field(default_factory=dict)

    def bind(self, name: str, binding: Binding) -> None:
        """Bind a name; bound to two things, it means neither for sure."""
        before = self.names.get(name)
        if before is None or (binding.qual and not before.qual):
            self.names[name] = binding
        elif not before.qual and (before.type != binding.type or before.value != binding.value):
            known = before.type or binding.type
            same = not before.type or not binding.type or before.type == binding.type
            self.names[name] = Binding(type=known if same else "")


class Outline:
    """The scopes and symbols of one tree."""

    def __init__(self, page: Page, grammar: Grammar, definitions: Iterable[Definition], end: int) -> None:
        self._page = page
        self._grammar = grammar
        self.module = Scope(0, end + 1, "module")
        self.scopes: list[Scope] = [self.module]
        self.quals: dict[str, Definition] = {}
        self.types: dict[str, str] = {}
        self._adopted: dict[str, list[Node]] = {}
        self._arrange(sorted(definitions, key=lambda d: (d.node.start_byte, -d.node.end_byte, d.rank)))

    # -- nesting -----------------------------------------------------------------------------------------------------

    def _arrange(self, definitions: list[Definition]) -> None:
        stack = [self.module]
        for definition in definitions:
            while stack[-1].end <= definition.node.start_byte or _twin(stack[-1], definition):
                stack.pop()
            scope = Scope(
                definition.node.start_byte, definition.node.end_byte, "scope", parent=stack[-1], maker=definition
            )
            self._place(definition, scope)
            self.scopes.append(scope)
            stack.append(scope)

    def _place(self, definition: Definition, scope: Scope) -> None:
        parent = scope.parent or self.module
        scope.qual, scope.owner = parent.qual, parent.owner
        kind = definition.kind
        if kind == "within":
            scope.kind, scope.owner = "class", _join(parent.qual, definition.name)
            scope.qual = scope.owner
            self._adopted.setdefault(scope.owner, []).extend(definition.bases)
            return
        inside = _enclosing(parent)
        if kind == "scope" or self._is_local(definition, parent, inside):
            return
        if kind == "attribute" and inside.kind in ("function", "scope") and parent.owner:
            container = parent.owner
        else:
            container = _join(parent.qual, definition.owner)
        base = _join(container, definition.name)
        before = self.quals.get(base)
        if kind in _VALUES and before is not None and before.private <= definition.private:
            if before.node.type != "assignment_expression" or definition.node.type == "assignment_expression":
                return
            # `this.x = ...` came before the field itself.
            del self.quals[base]
            self.types.pop(base, None)
        qual = self._numbered(base, definition)
        if kind == "function" and (definition.owner or inside.kind == "class"):
            definition.kind = "method"
        elif kind in ("variable", "constant") and inside.kind == "class":
            definition.kind = "attribute" if kind == "variable" else kind
        self.quals[qual] = definition
        if not definition.owner and inside.kind != "class" and kind != "attribute":
            holder = _function_around(inside) if _hoisted(definition.node) else inside
            holder.bind(definition.name, Binding(qual=qual))
        self._enter(definition, scope, qual, container)

    def _enter(self, definition: Definition, scope: Scope, qual: str, container: str) -> None:
        scope.qual = qual
        if definition.kind in _FUNCTIONS:
            scope.kind = "function"
            scope.owner = container if definition.owner else scope.owner
        elif definition.kind in _TYPES:
            scope.kind, scope.owner = "class", qual
        else:
            scope.kind = "module" if definition.kind == "module" else "plain"
        written = type_of(definition.type, self._grammar.queries)
        if not written and definition.kind in _VALUES and definition.type is None:
            written = type_made(definition.value, self._grammar.calls)
        if written:
            self.types[qual] = written

    def _is_local(self, definition: Definition, parent: Scope, inside: Scope) -> bool:
        """Whether what looks like a definition only matters inside a function; if so, it is bound there."""
        if inside.kind not in ("function", "scope"):
            return False
        kind, node = definition.kind, definition.node
        if kind in ("variable", "constant"):
            if kind == "variable" and _hoisted(node):
                inside = _function_around(inside)
                if inside.kind == "module":
                    return False
            inside.bind(definition.name, self._local(definition.type, definition.value))
            return True
        if kind == "attribute":
            return not parent.owner
        if node.type in ("pair", "method_definition", "assignment_expression"):
            return not (definition.owner == "this" or parent.kind in ("class", "plain"))
        return kind in ("function", "method") and definition.body is None and self._grammar.queries != "python"

    def _numbered(self, base: str, definition: Definition) -> str:
        """The qual of a definition: of several with one name, the public one or that with a body has it plain, or the first."""
        before = self.quals.get(base)
        if before is None:
            return base
        number = 2
        while f"{base}#{number}" in self.quals:
            number += 1
        if before.private <= definition.private and (definition.body is None or before.body is not None):
            return f"{base}#{number}"
        self.quals[f"{base}#{number}"] = self.quals.pop(base)
        if base in self.types:
            self.types[f"{base}#{number}"] = self.types.pop(base)
        for scope in self.scopes:
            if scope.qual == base and scope.maker is before:
                scope.qual = f"{base}#{number}"
        return base

    def private(self, owner: str, name: str) -> str:
        """The last part of the qual of `#name` in a class, which may have a public `name` too."""
        number = 1
        while (found := self.quals.get(f"{owner}.{name}#{number}" if number > 1 else f"{owner}.{name}")) is not None:
            if found.private:
                return f"{name}#{number}" if number > 1 else name
            number += 1
        return name

    # -- names bound in scopes ---------------------------------------------------------------------------------------

    def bind_locals(self, found: list[tuple[str, Node, Node | None, Node | None]]) -> None:
        """Bind (name, node, type, value) each in the innermost scope around it."""
        found.sort(key=lambda item: item[1].start_byte)
        for (name, _node, kind, value), scope in zip(found, self.around([f[1].start_byte for f in found]), strict=True):
            inside = _enclosing(scope)
            if inside.kind in ("function", "scope"):
                inside.bind(name, self._local(kind, value))
            else:
                inside.names.setdefault(name, Binding())

    def _local(self, written: Node | None, value: Node | None) -> Binding:
        """A local with its type; what it was given only tells where no type is written."""
        inferred = written is None or written.text in (b"var", b"auto")
        return Binding(type=type_of(written, self._grammar.queries), value=value if inferred else None)

    def around(self, places: list[int]) -> list[Scope]:
        """The innermost scope around each place, given in the order of the file."""
        found: list[Scope] = []
        stack = [self.module]
        waiting = iter(self.scopes[1:])
        coming = next(waiting, None)
        for at in places:
            while coming is not None and coming.start <= at:
                while stack[-1].end <= coming.start:
                    stack.pop()
                stack.append(coming)
                coming = next(waiting, None)
            while stack[-1].end <= at:
                stack.pop()
            found.append(stack[-1])
        return found

    def defined(self) -> tuple[str, ...]:
        """The functions and variables that are defined here for all to link with, and not only declared (C, C++)."""
        kinds = ("function", "method", "variable")
        return tuple(
            q
            for q, d in self.quals.items()
            if d.kind in kinds
            and (d.body or d.kind == "variable")
            and not re.match(rb"(?:\w+\s+)*(?:static|extern)\b", d.node.text or b"")
        )

    # -- symbols -----------------------------------------------------------------------------------------------------

    def symbols(self, data: bytes, comments: Comments, exports: frozenset[str]) -> list[Symbol]:
        """The symbols of all definitions."""
        return [self._symbol(qual, d, data, comments, exports) for qual, d in self.quals.items()]

    def _symbol(self, qual: str, d: Definition, data: bytes, comments: Comments, exports: frozenset[str]) -> Symbol:
        whole = d.node.parent if d.node.parent is not None and d.node.parent.type in _WRAPPERS else d.node
        start = whole.start_point.row + 1
        last = d.node.end_point
        end = max(start, last.row + (1 if last.column else 0))
        head, alone = signature_of(d.node, d.body, data)
        start, doc, decorators = comments.above(start, d.node.start_point.row + 1) if alone else (start, "", ())
        top = qual.split(".", 1)[0].split("#", 1)[0]
        value = one_line(d.value.text.decode("utf-8", "replace")) if d.value is not None and d.value.text else ""
        return self._page.symbol(
            qual, d.kind, start, end,
            signature=head,
            doc=doc,
            bases=tuple(dict.fromkeys(_dotted(b) for b in (*d.bases, *self._adopted.get(qual, ())))),
            decorators=(*decorators, *(_dotted(n) for n in d.decorators)),
            returns=type_of(d.returns, self._grammar.queries, returned=True),
            value=value if d.kind in _VALUES or d.kind == "macro" else "",
            exported=(not exports or top in exports) and self._grammar.exported(d.name, head),
            words=words_in(f"{doc}\n{self._page.span(start, end)}", self._grammar.keywords),
        )  # fmt: skip


def _join(outer: str, name: str) -> str:
    return f"{outer}.{name}" if outer and name else outer or name


def _twin(top: Scope, definition: Definition) -> bool:
    """Whether two definitions are one node (`var a, b int`): then neither is in the other."""
    return top.maker is not None and top.maker.node.id == definition.node.id


def _enclosing(scope: Scope) -> Scope:
    """The scope that binds the names of this place: what only lends its name to what is in it does not."""
    while scope.kind == "plain" and scope.parent is not None:
        scope = scope.parent
    return scope


_BLOCKS = frozenset({"statement_block", "switch_body", "for_statement", "for_in_statement", "catch_clause"})


def _hoisted(node: Node) -> bool:
    """Whether a declarator is JavaScript's `var`, which holds in the whole function."""
    return node.parent is not None and node.parent.type == "variable_declaration"


def _function_around(scope: Scope) -> Scope:
    while scope.parent is not None and (
        scope.kind == "plain"
        or (scope.maker is not None and scope.kind == "scope" and scope.maker.node.type in _BLOCKS)
    ):
        scope = scope.parent
    return scope


def _dotted(node: Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace")
    return re.sub(r"\s+|<.*", "", text, flags=re.DOTALL).replace("::", ".")
