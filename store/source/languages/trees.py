"""Reads a file by its syntax tree: the query of its language captures what matters, and the record is made of the captures.

One reader for all grammars (`grammars.py`). The steps: definitions and scopes (`outline.py`), imports and exports (`imports.py`),
references (`mentions.py`). Valid Python is read by `python.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from store.source.languages.grammars import GRAMMARS, Grammar, parser_and_query
from store.source.languages.imports import bound_names, exports_of, imports_of
from store.source.languages.mending import mended
from store.source.languages.mentions import Mentions
from store.source.languages.outline import Definition, Outline
from store.source.languages.text import read_text
from store.source.languages.writing import Comments
from store.source.record import PACKAGE, FileRecord, Import, Setting

if TYPE_CHECKING:
    from tree_sitter import Node

    from store.source.languages.outline import Scope
    from store.source.languages.page import Page

_KINDS: dict[str, int] = {
    k: n
    for n, k in enumerate(
        ("skip", "attr.call", "attr.use", "base", "raise", "catch", "decorate", "call", "annotate", "use")
    )
}
"""What a name is captured as; where it is captured twice, the first counts."""

_RECORDED_AS = {"tsx": "typescript"}


class Name(NamedTuple):
    """A captured name, or path to one: what it was captured as, and where it starts (asking a node costs more)."""

    rank: int
    kind: str
    node: Node
    start: int


class Captures(NamedTuple):
    """What the query captured, sorted by what it is for."""

    definitions: dict[tuple[int, int], Definition]
    locals: dict[int, tuple[str, Node, Node | None, Node | None]]
    names: dict[int, Name]
    taken: set[int]
    imports: list[Node]
    exports: list[Node]
    settings: dict[int, tuple[str, Node, Node | None]]
    comments: list[Node]
    attributes: list[tuple[Node, str]]
    errors: list[Node]
    package: list[Node]


def read_tree(page: Page, note: str = "") -> FileRecord:
    """The record of a file in a language of `GRAMMARS`. What is broken in it is left out; a hopeless file is text."""
    from tree_sitter import QueryCursor

    grammar = GRAMMARS[page.language]
    parser, query = parser_and_query(page.language)
    text = mended(page.text, page.language, broken=False)
    data = text.encode("utf-8", "surrogatepass")
    tree = parser.parse(data)
    if tree.root_node.has_error and (better := mended(text, page.language, broken=True)) != text:
        data = better.encode("utf-8", "surrogatepass")
        tree = parser.parse(data)
    found = _sorted_out(QueryCursor(query).matches(tree.root_node), page.language)
    broken = sum(e.end_byte - e.start_byte for e in found.errors)
    if broken > len(data) / 2 and not any(d.kind not in ("scope", "within") for d in found.definitions.values()):
        return read_text(page, parsed=False, note=f"not read as {page.language}: {note or 'syntax errors throughout'}")
    if found.errors:
        where = f"syntax not understood at line {found.errors[0].start_point.row + 1}"
        note = f"{note}; {where}" if note else where
    return _record(page, grammar, found, data, note)


def _record(page: Page, grammar: Grammar, found: Captures, data: bytes, note: str) -> FileRecord:
    comments = Comments(found.comments, found.attributes, page.lines)
    exports, placed = _imports_and_exports(page, found)
    required = {(i.alias or i.name, i.line) for _, i in placed} if grammar.queries.endswith("ecmascript") else set()
    defined = [
        d for d in found.definitions.values()
        if d.kind not in ("constant", "variable") or (d.name, d.node.start_point.row + 1) not in required
    ]  # fmt: skip
    outline = Outline(page, grammar, defined, len(data))
    outline.bind_locals(list(found.locals.values()))
    imports = _within(outline, placed)
    public = frozenset(e.partition("=")[2] or e for e in exports or ())
    mentions = Mentions(grammar, outline, bound_names(imports, grammar.joint))
    mentions.done |= found.taken
    _mention_all(mentions, outline, grammar, found)
    return page.record(
        language=_RECORDED_AS.get(page.language, page.language),
        doc=comments.leading(page.lines),
        symbols=outline.symbols(data, comments, public),
        refs=mentions.refs(),
        imports=tuple(imports),
        settings=_settings(outline, found),
        exports=outline.defined() if page.language in ("c", "cpp") else exports,
        types=outline.types | ({PACKAGE: _text(found.package[0])} if found.package else {}),
        note=note,
    )


# -- sorting the captures ----------------------------------------------------------------------------------------------


def _sorted_out(matches: list[tuple[int, dict[str, list[Node]]]], language: str) -> Captures:
    found = Captures({}, {}, {}, set(), [], [], {}, [], [], [], [])
    bases: list[tuple[str, Node]] = []
    for rank, match in matches:
        for capture, nodes in match.items():
            if capture in _KINDS:
                _name(found, _KINDS[capture], capture, nodes)
                if capture == "base" or (capture == "decorate" and language == "java"):
                    bases += [(capture, node) for node in nodes]
            elif capture.startswith("def.") or capture in ("within", "scope"):
                _definition(found, rank, capture.removeprefix("def."), nodes[0], match)
            elif capture == "local":
                _local(found, nodes, match)
            elif capture == "attribute":
                name = _text((match.get("decorate") or nodes)[0])
                found.attributes.append((nodes[0], re.sub(r"^#!?\[|\]$|\(.*", "", name, flags=re.DOTALL)))
            elif capture.startswith("setting"):
                default = match.get("default", [None])[0]
                for node in nodes:
                    if node.id not in found.settings or default is not None:
                        found.settings[node.id] = (capture, node, default)
            elif capture in ("comment", "import", "export", "error", "package"):
                {
                    "comment": found.comments, "import": found.imports, "export": found.exports, "error": found.errors,
                    "package": found.package,
                }[capture].extend(nodes)  # fmt: skip
    _give_bases(found, bases)
    for node in found.imports:
        if node.type not in ("call_expression", "mod_item"):
            found.taken.update(_leaves(node))
    for node in found.exports:
        for clause in node.named_children:
            if clause.type in ("export_clause", "namespace_export"):
                found.taken.update(_leaves(clause))
    return found


def _name(found: Captures, rank: int, kind: str, nodes: list[Node]) -> None:
    for node in nodes:
        before = found.names.get(node.id)
        if before is None or rank < before.rank:
            found.names[node.id] = Name(rank, kind, node, node.start_byte)


def _local(found: Captures, nodes: list[Node], match: dict[str, list[Node]]) -> None:
    kind, value = (match.get(k, [None])[0] for k in ("type", "value"))
    for node in nodes:
        name = declared(node)
        if name is not None and (name.id not in found.locals or kind is not None or value is not None):
            found.locals[name.id] = (_text(name), name, kind, value)
            found.taken.add(name.start_byte)


def _definition(found: Captures, rank: int, kind: str, node: Node, match: dict[str, list[Node]]) -> None:
    named = match.get("name")
    name = declared(named[0]) if named else None
    key = (node.id, name.id if name is not None else 0)
    before = found.definitions.get(key)
    if before is not None and (before.rank <= rank or kind == "scope"):
        return
    if kind == "scope" and any(d.node.id == node.id for d in (found.definitions.get((node.id, 0)),) if d):
        return
    owner, text = _qualified(_text(name) if name is not None else "" if kind == "scope" else "default")
    if text in _TEST_MACROS and node.type == "function_definition":
        owner, text = _tested(text, _text(named[0]) if named else "")
    if "owner" in match:
        owner = re.sub(r"^[\s*&]+|[<\[(].*$", "", _text(match["owner"][0]), flags=re.DOTALL)
        found.taken.update((match["owner"][0].start_byte, *_leaves(match["owner"][0])))
    one = {k: match[k][0] for k in ("body", "returns", "type", "value") if match.get(k)}
    private = name is not None and name.type == "private_property_identifier"
    found.definitions[key] = Definition(node, kind, rank, text, owner, private, **one)  # type: ignore[arg-type]
    if name is not None:
        found.taken.add(name.start_byte)
        found.taken.update(_leaves(name))


_TEST_MACROS = frozenset({"TEST", "TEST_F", "TEST_P", "TYPED_TEST", "TYPED_TEST_P"})


def _tested(macro: str, head: str) -> tuple[str, str]:
    """The fixture and the name in `TEST_F(Fixture, Name)`: the test is as good as a method of its fixture."""
    inside = re.search(r"\(\s*(\w+)\s*,\s*(\w+)\s*\)", head)
    return (inside[1], inside[2]) if inside else ("", macro)


def _qualified(text: str) -> tuple[str, str]:
    """The owner and the name in "Foo.prototype.bar", "exports.bar" and "n::Foo<T>::bar"."""
    if text.isidentifier():
        return "", text
    text = (
        re.sub(r"\s+|<[^<>]*(?:<[^<>]*>[^<>]*)*>(?!$|=)", "", text).replace("::", ".").strip("\"'`:").replace("#", "")
    )
    if "<" in text and not text.startswith(("operator", "<")):
        text = text.split("<", 1)[0]
    text = re.sub(r"\.prototype\b", "", text)
    text = re.sub(r"^(?:module\.)?exports(?:\.|$)", "", text) or "default"
    owner, _, name = text.rpartition(".")
    return owner, name or text


_DECLARATORS = frozenset({
    "function_declarator", "pointer_declarator", "array_declarator", "init_declarator", "parenthesized_declarator",
    "reference_declarator", "attributed_declarator", "rvalue_reference_declarator", "variadic_declarator",
    "bitfield_clause",
})  # fmt: skip


def declared(node: Node) -> Node | None:
    """The name in a C declarator, however deep; any other node is its own name."""
    for _ in range(12):
        if node.type not in _DECLARATORS:
            return None if node.type.startswith("abstract_") else node
        inner = node.child_by_field_name("declarator") or (node.named_child(0) if node.named_child_count else None)
        if inner is None:
            return None
        node = inner
    return None


def _give_bases(found: Captures, heads: list[tuple[str, Node]]) -> None:
    """Each base (and what annotates from within) goes to the innermost definition in whose head it stands."""
    holders = sorted((d for d in found.definitions.values() if d.kind != "scope"), key=lambda d: d.node.start_byte)
    starts = [d.node.start_byte for d in holders]
    for capture, node in heads:
        at = bisect_right(starts, node.start_byte) - 1
        while at >= 0 and holders[at].node.end_byte <= node.start_byte:
            at -= 1
        if at >= 0:
            (holders[at].bases if capture == "base" else holders[at].decorators).append(node)


# -- what is made of them ----------------------------------------------------------------------------------------------


def _imports_and_exports(page: Page, found: Captures) -> tuple[tuple[str, ...] | None, list[tuple[int, Import]]]:
    """What the file exports, and its imports with the places where they stand."""
    imports = [(node.start_byte, i) for node in found.imports for i in imports_of(page.language, node)]
    exports: list[str] = []
    for node in found.exports:
        names, more = exports_of(node)
        exports += names
        imports += [(node.start_byte, i) for i in more]
    return (tuple(dict.fromkeys(exports)) or None), imports


def _within(outline: Outline, placed: list[tuple[int, Import]]) -> list[Import]:
    """The imports, each with the definition in which it stands."""
    order = sorted(range(len(placed)), key=lambda n: placed[n][0])
    scopes = outline.around([placed[n][0] for n in order])
    quals = {n: scope.qual for n, scope in zip(order, scopes, strict=True)}
    return [structs.replace(i, scope=quals[n]) if quals[n] else i for n, (_, i) in enumerate(placed)]


def _mention_all(mentions: Mentions, outline: Outline, grammar: Grammar, found: Captures) -> None:
    names = []
    for name in found.names.values():
        if name.kind == "skip":
            mentions.done.add(name.start)
            mentions.done.update(_leaves(name.node))
        else:
            names.append(name)
    names.sort(key=lambda n: n.start)
    scopes = outline.around([n.start for n in names])
    # Paths first, the longer ones before those they begin with: what is left over stands alone.
    paths: list[tuple[Name, Scope]] = []
    alone: list[tuple[Name, Scope]] = []
    for name, scope in zip(names, scopes, strict=True):
        (paths if name.node.type in grammar.members else alone).append((name, scope))
    paths.sort(key=lambda p: p[0].rank)
    for name, scope in paths:
        mentions.path(name.node, name.kind, scope)  # type: ignore[arg-type]
    for name, scope in alone:
        if name.kind.startswith("attr."):
            mentions.unknown_member(name.node, name.kind.removeprefix("attr."), scope)  # type: ignore[arg-type]
        elif name.start not in mentions.done:
            mentions.plain(name.node, name.kind, scope)  # type: ignore[arg-type]


def _leaves(node: Node) -> list[int]:
    found = [c.start_byte for c in node.named_children]
    for child in node.named_children:
        found += _leaves(child)
    return found


def _settings(outline: Outline, found: Captures) -> tuple[Setting, ...]:
    nodes = sorted(found.settings.values(), key=lambda s: s[1].start_byte)
    scopes: list[Scope] = outline.around([n.start_byte for _, n, _ in nodes])
    settings = []
    for (capture, node, default), scope in zip(nodes, scopes, strict=True):
        access = "define" if capture.endswith("define") else "read"
        text = _unquoted(_text(default))[:200] if default is not None else ""
        name = _text(node).strip("\"'`")
        settings.append(Setting(name, "env", access, node.start_point.row + 1, scope.qual, text))  # type: ignore[arg-type]
    return tuple(dict.fromkeys(settings))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`" else text


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
