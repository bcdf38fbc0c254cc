"""Import and export statements, taken apart: one function per language, from a captured statement to `Import`s.

Which file an import means: `store/graph/path_names.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.source.record import Import

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node


def imports_of(language: str, node: Node) -> list[Import]:
    """The imports that one captured statement makes."""
    line = node.start_point.row + 1
    if language == "python":
        return _python(_text(node), line)
    found = _READERS[language](node)
    return [Import(module, name, alias if alias != name else "", 0, line) for module, name, alias in found]


def bound_names(imports: list[Import], joint: str) -> dict[str, list[tuple[str, str]]]:
    """What each imported name stands for: the scope of the import, and the beginning of a chain.

    `{"parse": [("", "./util#parse")], "util": [("", "./util#")]}`, or with dots where `joint` is one.
    """
    bound: dict[str, list[tuple[str, str]]] = {}
    for i in imports:
        name = bound_name(i)
        if name in ("", "*", "_"):
            continue
        if joint == "#":
            chain = f"{i.module}#{i.name}"
        elif i.alias or i.name:
            chain = "." * i.level + ".".join(p for p in (i.module, i.name) if p)
        else:
            name = chain = i.module.split(".")[0]
        bound.setdefault(name, []).append((i.scope, chain))
    return bound


def bound_name(imported: Import) -> str:
    """The name that an import binds in its file."""
    return imported.alias or imported.name or _last_part(imported.module)


def _last_part(module: str) -> str:
    """The name that an import binds if it does not say: the last part of a path, without a version."""
    parts = [p for p in re.split(r"/|::", module) if p]
    if len(parts) > 1 and re.fullmatch(r"v\d+", parts[-1]):
        parts.pop()
    last = re.sub(r"\.v\d+$", "", parts[-1]) if parts else ""
    return last if last.isidentifier() else re.sub(r"^go-|-go$|\.go$", "", last).replace("-", "_")


# -- JavaScript and TypeScript ---------------------------------------------------------------------------------------


def _ecmascript(node: Node) -> Iterator[tuple[str, str, str]]:
    if node.type == "call_expression":
        yield from _required(node)
        return
    source = node.child_by_field_name("source")
    clause = next((c for c in node.named_children if c.type in ("import_clause", "import_require_clause")), None)
    if source is None and clause is not None:
        source = clause.child_by_field_name("source")
    if source is None:
        return
    module = _string(source)
    if clause is None:
        yield module, "", ""
        return
    for part in clause.named_children:
        if part.type == "identifier":
            yield module, "" if clause.type == "import_require_clause" else "default", _text(part)
        elif part.type == "namespace_import":
            yield module, "", _text(part.named_children[0])
        elif part.type == "named_imports":
            for one in part.named_children:
                if one.type == "import_specifier":
                    name = _text(one.child_by_field_name("name"))
                    yield module, name, _text(one.child_by_field_name("alias")) or name


def _required(node: Node) -> Iterator[tuple[str, str, str]]:
    arguments = node.child_by_field_name("arguments")
    if arguments is None or not arguments.named_children:
        return
    module = _string(arguments.named_children[0])
    holder = node.parent
    member = ""
    if holder is not None and holder.type == "await_expression":
        holder = holder.parent
    if holder is not None and holder.type == "member_expression":
        member, holder = _text(holder.child_by_field_name("property")), holder.parent
    if holder is None or holder.type != "variable_declarator":
        yield module, "", ""
        return
    pattern = holder.child_by_field_name("name")
    if pattern is not None and pattern.type == "identifier":
        yield module, member, _text(pattern)
    elif pattern is not None:
        for one in pattern.named_children:
            if one.type == "pair_pattern":
                yield module, _text(one.child_by_field_name("key")), _text(one.child_by_field_name("value"))
            elif one.type == "shorthand_property_identifier_pattern":
                yield module, _text(one), _text(one)


def exports_of(node: Node) -> tuple[list[str], list[Import]]:
    """What an export statement gives out ("name", or "name=local" under another name), and what it imports to that end."""
    if node.type == "assignment_expression":
        return _common_exports(node), _given_on(node)
    source = node.child_by_field_name("source")
    line = node.start_point.row + 1
    names: list[str] = []
    imports: list[Import] = []
    declaration = node.child_by_field_name("declaration")
    default = any(c.type == "default" for c in node.children)
    if declaration is not None:
        names = [f"default={n}" if default else n for n in _declared(declaration)]
    elif default:
        value = node.child_by_field_name("value")
        names = [f"default={_text(value)}" if value is not None and value.type == "identifier" else "default"]
    for clause in node.named_children:
        if clause.type == "export_clause":
            for one in clause.named_children:
                name = _text(one.child_by_field_name("name"))
                alias = _text(one.child_by_field_name("alias")) or name
                if source is not None:
                    imports.append(Import(_string(source), name, alias if alias != name else "", 0, line))
                names.append(alias if alias == name or source is not None else f"{alias}={name}")
        elif clause.type == "namespace_export" and source is not None:
            names.append(_text(clause.named_children[0]))
            imports.append(Import(_string(source), "", names[-1], 0, line))
    if source is not None and not imports:
        imports.append(Import(_string(source), "*", "", 0, line))
        names.append("*")
    return names, imports


def _declared(node: Node) -> list[str]:
    name = node.child_by_field_name("name")
    if name is not None:
        return [_text(name)]
    found: list[str] = []
    for child in node.named_children:
        if child.type == "variable_declarator" and (name := child.child_by_field_name("name")) is not None:
            found += [_text(name)] if name.type == "identifier" else re.findall(r"[\w$]+", _text(name))
    return found


def _given_on(node: Node) -> list[Import]:
    """`module.exports = require("./x")`: all of it, its default too, which the alias says."""
    right = node.child_by_field_name("right")
    whole = re.fullmatch(r"(?:module\.)?exports", _text(node.child_by_field_name("left")))
    if (
        right is None
        or not whole
        or right.type != "call_expression"
        or _text(right.child_by_field_name("function")) != "require"
    ):
        return []
    return [Import(module, "*", "default", 0, node.start_point.row + 1) for module, _, _ in list(_required(right))[:1]]


def _common_exports(node: Node) -> list[str]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    name = re.sub(r"^(?:module\.)?exports\.?", "", _text(left))
    if right is None or "." in name:
        return []
    if name:
        return [f"{name}={_text(right)}" if right.type == "identifier" and _text(right) != name else name]
    if right.type == "call_expression" and _text(right).startswith("require("):
        return ["*"]
    if right.type != "object" or not right.named_children:
        # `var app = module.exports = {}`: what is put on `app` is exported.
        holder = node.parent
        while holder is not None and holder.type == "assignment_expression":
            holder = holder.parent
        given = None
        if holder is not None and holder.type == "variable_declarator":
            given = holder.child_by_field_name("name")
        local = right if right.type == "identifier" else given
        return [f"default={_text(local)}" if local is not None else "default"]
    found: list[str] = []
    for one in right.named_children:
        if one.type == "shorthand_property_identifier":
            found.append(_text(one))
        elif one.type == "pair":
            key, value = _text(one.child_by_field_name("key")), one.child_by_field_name("value")
            plain = value is not None and value.type == "identifier" and _text(value) != key
            found.append(f"{key}={_text(value)}" if plain else key)
        elif one.type == "method_definition":
            found.append(_text(one.child_by_field_name("name")))
    return found


# -- the others --------------------------------------------------------------------------------------------------------


def _go(node: Node) -> Iterator[tuple[str, str, str]]:
    path, name = _string(node.child_by_field_name("path")), _text(node.child_by_field_name("name"))
    yield (path, "*", "") if name == "." else (path, "", name)


def _rust(node: Node) -> Iterator[tuple[str, str, str]]:
    if node.type == "mod_item":
        yield "self", _text(node.child_by_field_name("name")), ""
        return
    if node.type == "extern_crate_declaration":
        yield _text(node.child_by_field_name("name")), "", _text(node.child_by_field_name("alias"))
        return
    argument = node.child_by_field_name("argument")
    if argument is not None:
        yield from _used(argument, "")


def _used(node: Node, prefix: str) -> Iterator[tuple[str, str, str]]:
    """The leaves of a tree of `use`s, each as (module, name, alias)."""
    if node.type in ("use_list", "scoped_use_list"):
        path = node.child_by_field_name("path")
        inner = _below(prefix, _text(path)) if path is not None else prefix
        holder = node.child_by_field_name("list") if node.type == "scoped_use_list" else node
        for child in holder.named_children if holder is not None else ():
            yield from _used(child, inner)
    elif node.type == "use_as_clause":
        module, _, name = _below(prefix, _text(node.child_by_field_name("path"))).rpartition("::")
        yield module, name, _text(node.child_by_field_name("alias"))
    elif node.type == "use_wildcard":
        yield _below(prefix, _text(node).removesuffix("*").removesuffix("::")), "*", ""
    elif node.type == "self" and prefix:
        module, _, name = prefix.rpartition("::")
        yield module, name, ""
    elif "comment" not in node.type:
        module, _, name = _below(prefix, _text(node)).rpartition("::")
        yield (module, name, "") if module else (name, "", "")


def _below(prefix: str, path: str) -> str:
    path = re.sub(r"\s+", "", path)
    return f"{prefix}::{path}" if prefix and path else prefix or path


def _java(node: Node) -> Iterator[tuple[str, str, str]]:
    path = _text(next((c for c in node.named_children if c.type in ("scoped_identifier", "identifier")), None))
    if any(c.type == "asterisk" for c in node.named_children):
        yield path, "*", ""
    else:
        module, _, name = path.rpartition(".")
        yield module, name, ""


def _python(text: str, line: int) -> list[Import]:
    import ast

    try:
        statement = ast.parse(text.strip()).body[0]
    except (SyntaxError, IndexError):
        return []
    if isinstance(statement, ast.Import):
        return [Import(a.name, "", a.asname or "", 0, line) for a in statement.names]
    if isinstance(statement, ast.ImportFrom):
        return [Import(statement.module or "", a.name, a.asname or "", statement.level, line) for a in statement.names]
    return []


def _c(node: Node) -> Iterator[tuple[str, str, str]]:
    if node.type == "preproc_include" and (path := node.child_by_field_name("path")) is not None:
        yield _text(path).strip('"') if path.type == "string_literal" else _text(path), "*", ""


def _ruby(node: Node) -> Iterator[tuple[str, str, str]]:
    arguments = node.child_by_field_name("arguments")
    relative = _text(node.child_by_field_name("method")) == "require_relative"
    if arguments is not None and arguments.named_children:
        path = _string(arguments.named_children[0])
        yield f"./{path}" if relative and not path.startswith(".") else path, "*", ""


def _php(node: Node) -> Iterator[tuple[str, str, str]]:
    if node.type == "string":
        yield _string(node), "*", ""
        return
    path = next((_text(c) for c in node.named_children if c.type in ("qualified_name", "name")), "")
    module, _, name = path.lstrip("\\").rpartition("\\")
    yield module, name, _text(node.child_by_field_name("alias"))


def _csharp(node: Node) -> Iterator[tuple[str, str, str]]:
    alias = _text(node.child_by_field_name("name"))
    names = [_text(c) for c in node.named_children if c.type in ("qualified_name", "identifier")]
    path = next((n for n in reversed(names) if n), "")
    yield (path, "", alias) if alias and alias != path else (path, "*", "")


def _bash(node: Node) -> Iterator[tuple[str, str, str]]:
    path = _text(node).strip("\"'")
    # What comes after a variable is taken to be beside the file: `. "$DIR/lib.sh"`.
    yield re.sub(r"^(?:\$\w+|\$\{[^}]*\}|\$\([^)]*\))/", "./", path), "*", ""


def _string(node: Node | None) -> str:
    return _text(node).strip("\"'`")


def _text(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


_READERS: dict[str, Callable[[Node], Iterator[tuple[str, str, str]]]] = {
    "javascript": _ecmascript,
    "typescript": _ecmascript,
    "tsx": _ecmascript,
    "go": _go,
    "rust": _rust,
    "java": _java,
    "c": _c,
    "cpp": _c,
    "bash": _bash,
    "ruby": _ruby,
    "php": _php,
    "csharp": _csharp,
}
