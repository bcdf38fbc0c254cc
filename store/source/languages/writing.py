"""How definitions are written: signatures, types as text, and the comments and attributes above them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.source.languages.page import first_paragraph, one_line

if TYPE_CHECKING:
    from tree_sitter import Node

_LEAD = re.compile(r"[\w\s]*$")
_ANNOTATIONS = re.compile(r"^(?:@(?!interface\b)[\w.]+(?:\s*\([^()]*(?:\([^()]*\)[^()]*)*\))?\s*|#?\[[^\]\n]*\]\s+)+")
_TAIL = re.compile(r"\s+#\s.*$|\s*(?:\{|=>|=|:|;)?\s*$")


def signature_of(node: Node, body: Node | None, data: bytes) -> tuple[str, bool]:
    """The head of a definition on one line (up to its body, without annotations), and whether nothing but words is before it."""
    start = node.start_byte
    line = data.rfind(b"\n", 0, start) + 1
    alone = bool(_LEAD.match(data[line:start].decode("utf-8", "replace")))
    start = line if alone else start
    text = data[start : body.start_byte if body is not None else node.end_byte].decode("utf-8", "replace")
    text = _ANNOTATIONS.sub("", text.lstrip())
    head = one_line(text) + (" interface" if body is not None and body.type == "interface_type" else "")
    return (_TAIL.sub("", head) if body is not None else head.rstrip(" ,;{")), alone


_SIGILS = re.compile(
    r"(?:[&*:?\s]|->|'\w+\b|\b(?:mut|const|dyn|impl|struct|class|enum|union|readonly|volatile|final|static)\b)+"
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::)[A-Za-z_$][\w$]*)*")
_SAME = frozenset(
    {
        "Box",
        "Arc",
        "Rc",
        "Cow",
        "Readonly",
        "NonNullable",
        "std.shared_ptr",
        "std.unique_ptr",
        "shared_ptr",
        "unique_ptr",
    }
)
_WRAPPED = frozenset({"Promise", "Option", "Result", "io.Result", "Optional"})
_NOTHING = frozenset({
    "void", "int", "string", "bool", "boolean", "number", "any", "unknown", "never", "error", "str", "char",
    "double", "float", "long", "short", "byte", "auto", "var", "u8", "u16", "u32", "u64", "usize", "i8", "i16",
    "i32", "i64", "isize", "f32", "f64", "object", "size_t", "unsigned", "int8", "int16", "int32", "int64", "uint",
    "uint8", "uint16", "uint32", "uint64",
})  # fmt: skip


def type_of(node: Node | None, language: str, *, returned: bool = False) -> str:
    """The type that a node names, as a dotted name; "" where it names none that has members of interest.

    What comes out only after waiting or unwrapping (`Promise<Foo>`, `Option<Foo>`) is written "Foo?".
    """
    if node is None or not node.text:
        return ""
    text = node.text.decode("utf-8", "replace").strip()
    if returned and language == "go" and text.startswith("("):
        text = text[1:].split(",", 1)[0].rstrip(")").split(" ")[-1]
    return type_named(text, go=language == "go")


_MADE = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::)[A-Za-z_$][\w$]*)*$")
_MAKING = frozenset({"new_expression", "object_creation_expression", "composite_literal", "struct_expression"})


def type_made(value: Node | None, calls: dict[str, str]) -> str:
    """The type of a value by how it is made: `new Foo(...)` is a "Foo", `open(...)` is what "open()" gives."""
    if value is not None and value.type == "expression_list" and value.named_child_count == 1:
        value = value.named_child(0)
    if value is not None and value.type in ("unary_expression", "await_expression") and value.named_child_count == 1:
        value = value.named_child(0)
    if value is None or value.type not in calls:
        return ""
    maker = value.child_by_field_name(calls[value.type])
    name = (maker.text or b"").decode("utf-8", "replace") if maker is not None else ""
    if not _MADE.match(name) or name in ("require", "make", "append", "len"):
        return ""
    return name.replace("::", ".") + ("" if value.type in _MAKING else "()")


def type_named(text: str, *, go: bool = False, depth: int = 0) -> str:
    """The same for the text of a type."""
    text = re.sub(r"\|\s*(?:null|undefined)\b|\b(?:null|undefined)\s*\|", "", text).strip()
    if lead := _SIGILS.match(text):
        text = text[lead.end() :]
    found = _NAME.match(text)
    if found is None or depth > 3:
        return ""
    name, rest = found[0].replace("::", "."), text[found.end() :].strip()
    if name in _NOTHING:
        return ""
    if rest.startswith("<") or (go and rest.startswith("[")):
        inner, rest = _bracketed(rest)
        if name in _SAME:
            return type_named(inner, depth=depth + 1)
        if name in _WRAPPED or name.endswith(".Result"):
            wrapped = type_named(inner, depth=depth + 1)
            return wrapped and wrapped.rstrip("?") + "?"
    return "" if rest.strip("&*?! \n") not in ("", "const") else name


def _bracketed(text: str) -> tuple[str, str]:
    """The first argument in brackets, and what comes after the closing one."""
    depth, comma = 0, 0
    for at, char in enumerate(text):
        if char in "<[(":
            depth += 1
        elif char in ">])":
            depth -= 1
            if depth == 0:
                return text[1 : comma or at], text[at + 1 :]
        elif char == "," and depth == 1 and not comma:
            comma = at
    return text[1:], ""


_MARKS = re.compile(r"^\s*(?:/\*+!?|\*+/|\*(?!\*)|//[/!]?|#+!?|--)\s?|\s*\*+/\s*$")
_NOISE = re.compile(
    r"^(?:eslint|prettier|ts-|@ts-|tslint|istanbul|nolint|go:|\+build|NOLINT|clang-format|deno-|biome|webpack|[-=*_#/ ]+$)"
)


class Comments:
    """The comments and attributes of a file by the line on which they end, for what stands below them."""

    def __init__(self, comments: list[Node], attributes: list[tuple[Node, str]], lines: list[str]) -> None:
        self._comments: dict[int, tuple[int, str]] = {}
        self._attributes: dict[int, tuple[int, str]] = {}
        self._beside: dict[int, str] = {}
        for node in comments:
            start, end = node.start_point.row + 1, _last_row(node)
            if start <= len(lines) and not lines[start - 1].encode()[: node.start_point.column].strip():
                self._comments[end] = (start, (node.text or b"").decode("utf-8", "replace"))
        for node, name in attributes:
            row, column = node.end_point
            if column and lines[row].encode()[column:].strip()[:1] not in (b"", b"/", b"#", b"@"):
                self._beside[row + 1] = name
                continue
            self._attributes[_last_row(node)] = (node.start_point.row + 1, name)

    def above(self, line: int, head: int) -> tuple[int, str, tuple[str, ...]]:
        """For a definition that starts at `line`, its own words at `head`: its start with attributes, its doc, their names."""
        start, at = line, line
        blocks: list[str] = []
        names = [self._attributes[n][1] for n in range(head, line - 1, -1) if n in self._attributes]
        if line in self._beside:
            names.append(self._beside[line])
        while at > 1:
            if at - 1 in self._attributes:
                at, name = self._attributes[at - 1]
                start = at
                names.append(name)
            elif at - 1 in self._comments and len(blocks) < 60:
                at, text = self._comments[at - 1]
                blocks.append(text)
            else:
                break
        return start, self.doc_of(list(reversed(blocks))), tuple(dict.fromkeys(n for n in reversed(names) if n))

    def leading(self, lines: list[str]) -> str:
        """The doc of the file: the first paragraph of its first comment that is not a licence or a directive."""
        at, blocks = (2 if lines and lines[0].startswith("#!") else 1), []
        starts = {start: (end, text) for end, (start, text) in self._comments.items()}
        while at <= len(lines):
            if at in starts:
                end, text = starts[at]
                blocks.append(text)
                at = end + 1
            elif not lines[at - 1].strip() and blocks and _is_licence("\n".join(blocks)):
                blocks, at = [], at + 1
            elif not lines[at - 1].strip() and not blocks:
                at += 1
            else:
                break
        return "" if _is_licence("\n".join(blocks)) else self.doc_of(blocks)

    def doc_of(self, blocks: list[str]) -> str:
        """The first paragraph of some comments, without their marks."""
        lines = [_MARKS.sub("", _MARKS.sub("", line)).rstrip() for block in blocks for line in block.split("\n")]
        lines = [re.sub(r"</?(?:summary|para|remarks)>", "", line) for line in lines]
        kept = [line for line in lines if not _NOISE.match(line.strip()) or not line.strip()]
        tag = next((n for n, line in enumerate(kept) if re.match(r"\s*@(?!link|code)\w+", line)), len(kept))
        plain = re.sub(r"\s@(?:param|returns?|throws|see|since|type)\b.*", "", first_paragraph(kept[:tag]))
        if not plain and tag < len(kept):
            found = re.match(r"\s*@(?:description|desc|brief|summary|file|fileoverview|module)\s+(.*)", kept[tag])
            plain = first_paragraph([found[1] if found else "", *kept[tag + 1 :]]) if found else ""
        return plain


def _is_licence(text: str) -> bool:
    return bool(re.search(r"copyright|licen[sc]e|SPDX", text[:600], re.IGNORECASE))


def _last_row(node: Node) -> int:
    end = node.end_point
    return end.row + (1 if end.column else 0)
