"""What the names in a syntax tree refer to, as far as one file tells: locals are left out, imports substituted, receivers typed.

A *chain* is a path from something known: "./db#open().users.find" is what `users.find` of a call's result is called, whatever
that turns out to be in `store/graph/path_names.py`. Which names are bound where: `outline.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.source.languages.outline import Binding
from store.source.record import Ref

if TYPE_CHECKING:
    from tree_sitter import Node

    from store.source.languages.grammars import Grammar
    from store.source.languages.outline import Outline, Scope
    from store.source.record import RefKind, Via

DEPTH = 40
"""How deep an expression is looked into."""

HOP = 8
"""What following a local to its value or type costs of that."""

STEPS = 12
"""How many parts a chain may have."""

_UNWRAPS = frozenset({"await_expression", "await", "try_expression"})
_UNWRAP = "unwrap()"

_CALLING = frozenset({"method_invocation", "call", "member_call_expression", "scoped_call_expression"})
"""Members that are called where they are named."""


class Chain(NamedTuple):
    """Something known: `name` under `via`, as in `Ref`; for via "type", `base` tells how its first part is looked up."""

    via: Via
    name: str
    base: Via = "module"

    def then(self, part: str) -> Chain | None:
        """The chain with one more part; None where that would be too long to mean anything."""
        if self.name.count(".") > STEPS:
            return None
        return self._replace(name=self.name + part if self.name.endswith("#") else f"{self.name}.{part}")

    def called(self) -> Chain | None:
        """What calling it gives."""
        return None if self.name.endswith("#") else self._replace(name=f"{self.name}()")


class Mentions:
    """Collects the references of one file."""

    def __init__(self, grammar: Grammar, outline: Outline, imports: dict[str, list[tuple[str, str]]]) -> None:
        self._grammar = grammar
        self._outline = outline
        self._imports = imports
        self._found: dict[tuple[str, str, str, str, str], set[int]] = {}
        self._beginnings: set[int] = set()
        self.done: set[int] = set()

    def refs(self) -> tuple[Ref, ...]:
        """All references, one per name, kind and scope, with their lines."""
        return tuple(
            Ref(name=name, via=via, kind=kind, scope=scope, lines=tuple(sorted(lines)), base_via=base)  # type: ignore[arg-type]
            for (name, via, kind, scope, base), lines in self._found.items()
        )

    def path(self, node: Node, kind: RefKind, scope: Scope) -> None:
        """A name as a member of something, at this place."""
        members = self._grammar.members
        fields = members[node.type]
        owner, name = node.child_by_field_name(fields[0]), node.child_by_field_name(fields[1])
        if name is None:
            return
        while name.type in members and (inner := name.child_by_field_name(fields[1])) is not None:
            name = inner
        start = name.start_byte
        if owner is None:
            if start not in self.done:
                self.plain(name, kind, scope)
            return
        if start in self.done and kind in ("use", "annotate"):
            return
        self.done.add(start)
        self._beginnings.add(node.start_byte)
        self._member(node, owner, name, kind, scope)

    def unknown_member(self, node: Node, kind: RefKind, scope: Scope) -> None:
        """A member of something that the tree does not show."""
        self.done.add(node.start_byte)
        self._add(Chain("unknown", _text(node)), kind, scope, node)

    def plain(self, node: Node, kind: RefKind, scope: Scope) -> None:
        """A name that stands alone."""
        name = _text(node)
        start = node.start_byte
        self.done.add(start)
        if name in ("", "_") or name in self._grammar.selves or name in self._grammar.supers:
            return
        bound = self._bound(name, scope)
        if bound is not None:
            if bound.qual:
                self._add(Chain("module", bound.qual), kind, scope, node)
            return
        imported = self._imported(name, scope)
        if imported is not None:
            if not (imported.endswith("#") and start in self._beginnings):
                self._add(Chain("import", imported), kind, scope, node)
        elif name not in self._grammar.known and name.isidentifier() and (len(name) > 1 or kind != "annotate"):
            self._unknown(name, kind, scope, node)

    def _unknown(self, name: str, kind: RefKind, scope: Scope, node: Node) -> None:
        chain = Chain("import", f".#{name}") if self._grammar.open_names else Chain("unknown", name)
        self._add(chain, kind, scope, node)

    def _member(self, node: Node, owner: Node, name: Node, kind: RefKind, scope: Scope) -> None:
        attribute = _text(name).lstrip("#")
        if attribute in ("", "default") or len(attribute) > 100:
            return
        if owner.type == "super" and scope.owner and self._grammar.queries != "rust":
            base = self._base_of(scope)
            chain = base.then(attribute) if base else None
        else:
            chain = self.chain(node, scope)
        if chain is not None:
            self._add(chain, kind, scope, name)
            return
        first = _text(_first(owner))
        if first not in self._grammar.known or self._bound(first, scope) is not None:
            self._add(Chain("unknown", attribute), kind, scope, name)

    def _base_of(self, scope: Scope) -> Chain | None:
        owner = self._outline.quals.get(scope.owner)
        bases = owner.bases if owner else []
        return self._typed(_text(bases[0]).replace("::", "."), scope, 0) if bases else None

    def _add(self, chain: Chain, kind: RefKind, scope: Scope, node: Node) -> None:
        name = chain.name + "*" if chain.name.endswith("#") else chain.name
        key = (name, chain.via, kind, scope.qual, chain.base)
        self._found.setdefault(key, set()).add(node.start_point.row + 1)

    # -- what an expression stands for ---------------------------------------------------------------------------------

    def chain(self, node: Node, scope: Scope, depth: int = 0) -> Chain | None:
        """The chain that an expression is, or None where nothing is known of it."""
        grammar = self._grammar
        if depth > DEPTH:
            return None
        if (fields := grammar.members.get(node.type)) is not None:
            owner, name = node.child_by_field_name(fields[0]), node.child_by_field_name(fields[1])
            if name is None:
                return None
            if owner is None:
                return self._called(self._root(_text(name), scope, depth), node.type)
            chain = self.chain(owner, scope, depth + 1)
            parts = _path(name, grammar)
            if name.type == "private_property_identifier":
                parts = [self._outline.private(scope.owner, parts[0])]
            for part in parts:
                chain = chain.then(part) if chain else None
            return chain if depth == 0 else self._called(chain, node.type)
        if (called := grammar.calls.get(node.type)) is not None:
            function = node.child_by_field_name(called)
            chain = self.chain(function, scope, depth + 1) if function is not None else None
            return chain.called() if chain else None
        if (through := grammar.through.get(node.type)) is not None:
            inner = node.child_by_field_name(through) if through else node.named_child(0)
            chain = self.chain(inner, scope, depth + 1) if inner is not None else None
            return chain.then(_UNWRAP) if chain and node.type in _UNWRAPS else chain
        if node.named_child_count and node.type != "variable_name":
            return None
        return self._root(_text(node), scope, depth)

    def _called(self, chain: Chain | None, kind: str) -> Chain | None:
        return chain.called() if chain and kind in _CALLING else chain

    def _root(self, name: str, scope: Scope, depth: int, *, of_type: bool = False) -> Chain | None:
        """What the first name of a chain stands for."""
        grammar = self._grammar
        if depth > DEPTH:
            return None
        if name in grammar.selves:
            if grammar.queries == "rust" and not scope.owner:
                return Chain("import", "self#")
            return Chain("type", scope.owner) if scope.owner else None
        if grammar.queries == "rust" and name in ("crate", "super"):
            return Chain("import", f"{name}#")
        if not name.isidentifier():
            return None
        bound = self._bound(name, scope, of_type=of_type)
        if bound is not None:
            return self._value(bound, scope, depth)
        imported = self._imported(name, scope)
        if imported is not None:
            return Chain("import", imported)
        return Chain("import", f".#{name}") if grammar.open_names and name not in grammar.known else None

    def _value(self, bound: Binding, scope: Scope, depth: int) -> Chain | None:
        if bound.qual:
            return Chain("module", bound.qual)
        if bound.type:
            return self._typed(bound.type, scope, depth + HOP)
        if bound.value is None:
            return None
        chain = self.chain(bound.value, scope, depth + HOP)
        if chain is None or chain.via == "type":
            return chain
        return Chain("type", chain.name, chain.via)

    def _typed(self, written: str, scope: Scope, depth: int) -> Chain | None:
        """An instance of a type as it is written in this file."""
        first, *rest = written.removesuffix("?").split(".")
        if written.endswith("?"):
            return None
        chain = self._root(first, scope, depth, of_type=True)
        for part in rest:
            chain = chain.then(part) if chain else None
        if chain is None or chain.via == "type":
            return chain
        return Chain("type", chain.name, chain.via)

    def _imported(self, name: str, scope: Scope) -> str | None:
        """The chain that an imported name stands for, by the innermost import that reaches here."""
        found: tuple[str, str] | None = None
        for around, chain in self._imports.get(name, ()):
            reaches = not around or scope.qual == around or scope.qual.startswith(f"{around}.")
            if reaches and (found is None or len(around) >= len(found[0])):
                found = (around, chain)
        return found[1] if found else None

    def _bound(self, name: str, scope: Scope, *, of_type: bool = False) -> Binding | None:
        """What binds a name: the scopes from here outwards. None where nothing in the file does but an import.

        A variable may have the name of its type: with `of_type`, locals are passed over.
        """
        at: Scope | None = scope
        while at is not None:
            found = at.names.get(name)
            if found is not None and not (of_type and not found.qual) and not (at.kind == "class" and found.qual):
                return found
            own = at.owner.rpartition(".")[2] if at.kind == "class" or (at.maker and at.maker.owner) else ""
            if (
                self._grammar.bare_members
                and own not in ("", name)
                and (qual := f"{at.owner}.{name}") in self._outline.quals
            ):
                return Binding(qual=qual)
            if at.kind == "module" and at.qual and (qual := f"{at.qual}.{name}") in self._outline.quals:
                return Binding(qual=qual)
            at = at.parent
        return None


def _first(node: Node) -> Node:
    """The leftmost name of an expression."""
    while node.named_child_count and (inner := node.named_child(0)) is not None:
        node = inner
    return node


def _path(name: Node, grammar: Grammar) -> list[str]:
    """The parts of the name of a member: one, but for `a::b` within `n::a::b`."""
    fields = grammar.members.get(name.type)
    if fields is None:
        first = name.named_child(0) if name.type in ("template_type", "template_function", "template_method") else None
        return [_text(first if first is not None else name).lstrip("#")]
    owner, inner = name.child_by_field_name(fields[0]), name.child_by_field_name(fields[1])
    return [*(_path(owner, grammar) if owner else []), *(_path(inner, grammar) if inner else [])]


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
