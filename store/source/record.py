"""What one file says, and nothing that another file could change: the output of the readers.

A record depends on a file's bytes, its path and the analyser only, so it can be kept by digest. What the references
*mean* is worked out by `store/graph/resolve.py`, which sees the other records.
"""

from __future__ import annotations

from sys import intern
from typing import Literal

import msgspec
from msgspec.structs import force_setattr

SymbolKind = Literal[
    "class", "function", "method", "constant", "variable", "attribute", "interface", "struct", "enum", "trait", "type",
    "macro", "module", "section", "key",
]  # fmt: skip

RefKind = Literal["call", "use", "raise", "catch", "base", "decorate", "annotate", "import"]
"""How something is referred to. "import" is not a reference of a reader: the resolver makes one such edge of every `Import`
(target: the imported symbol or file), so that a mere re-export is seen too and is never mistaken for a use."""

Via = Literal["module", "import", "type", "unknown"]


# gc=False: a record cannot be part of a cycle, and there are a million of these in a large repository. The garbage collector,
# which would look at all of them again and again, need not know of them.


class Symbol(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A definition in a file.

    `qual` is the name with its enclosing definitions ("Flask.run"; a heading path for documents; a dotted key for data files).
    A second definition of the same qual in a file is kept as `qual#2`. `start` and `end` are 1-based lines, decorators and
    leading comment-free text included. `digest` is of the lines' own text. `words` are the distinct lower-case word parts of body
    identifiers, comments and string literals, for finding by description (at most 200): what readers find, and `read` drops again
    when it has made the file's `portion` of them.
    """

    qual: str
    kind: SymbolKind
    start: int
    end: int
    signature: str = ""
    doc: str = ""
    digest: str = ""
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    returns: str = ""
    value: str = ""
    exported: bool = True
    words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last part of `qual`, as it is referred to."""
        return self.qual.rsplit(".", 1)[-1].split("#", 1)[0]


class Ref(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """References from one scope to one name, as written but with the scope rules of the language applied.

    via      name
    module   dotted, from this file's own top level: "Flask.run"
    import   dotted, absolute after the import was substituted: "flask.cli.run_command"; relative ones keep their leading dots;
             for languages that import by path, "<specifier>#name": "./util.js#parse"
    type     a receiver whose type is known, then "." and the attribute: "Flask.run", "flask.app.Flask.run" (see `Ref.base_via`)
    unknown  receiver not known: the attribute or name alone: "run"

    `scope` is the qual of the enclosing symbol, "" at module level. `lines` are 1-based.
    """

    name: str
    via: Via
    kind: RefKind
    scope: str
    lines: tuple[int, ...]
    base_via: Via = "module"
    """For via="type": how the type itself is to be looked up."""


class Import(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One imported name: `from module import name as alias`. `name` is "" for a whole module, "*" for all of it."""

    module: str
    name: str = ""
    alias: str = ""
    level: int = 0
    line: int = 0
    scope: str = ""


class Setting(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A read or a definition of an environment variable, configuration key or command-line option."""

    name: str
    kind: Literal["env", "config", "option"]
    access: Literal["read", "define", "write"]
    line: int
    scope: str = ""
    default: str = ""


class FileRecord(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One file of the current tree.

    `parsed` is False for a file that is kept as text because no grammar could read it (and `language` is then "text" or what
    was tried). `exports` is None where the language has no export list (Python's `__all__`). `types` maps a qual to the dotted
    type of an attribute or variable as written ("App.config": "Config"). `portion` is what the full text holds of the file
    (`store/question/portion.py`).
    """

    path: str
    digest: str
    language: str
    lines: int
    parsed: bool = True
    is_test: bool = False
    doc: str = ""
    symbols: tuple[Symbol, ...] = ()
    refs: tuple[Ref, ...] = ()
    imports: tuple[Import, ...] = ()
    settings: tuple[Setting, ...] = ()
    exports: tuple[str, ...] | None = None
    types: dict[str, str] = {}
    note: str = ""
    portion: bytes = b""


class Edge(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A reference with its meaning.

    target: "path::Qual" (a symbol here), "path" (a file imported as a module), "ext:dotted" (outside the repo), or
    "?name" (by name only: the receiver is unknown, or the language is resolved by name).
    `exact` is False for "?name" and for targets guessed because the name is unique.
    """

    target: str
    kind: RefKind
    scope: str
    lines: tuple[int, ...]
    exact: bool = True


class Row(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A record with the meaning of its references, as the `files` table keeps it.

    `consulted` are the paths whose interface the resolution looked at: when one of those changes, it is done again.
    """

    record: FileRecord
    edges: tuple[Edge, ...] = ()
    consulted: tuple[str, ...] = ()


PACKAGE = "(package)"
"""The key in `FileRecord.types` for what a file of Go calls its package."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Row)


def encode(row: Row) -> bytes:
    """The row as the blob that is stored; `decode` undoes it."""
    return _encoder.encode(row)


def decode(blob: bytes) -> Row:
    """The row of a stored blob. Raises msgspec.DecodeError on a damaged one.

    Names recur in and between files: that equal ones are one string costs as much time again and saves a third of the memory.
    """
    row: Row = _decoder.decode(blob)
    for edge in row.edges:
        force_setattr(edge, "target", intern(edge.target))
        force_setattr(edge, "scope", intern(edge.scope))
    for ref in row.record.refs:
        force_setattr(ref, "name", intern(ref.name))
        force_setattr(ref, "scope", intern(ref.scope))
    return row


def last_name(dotted: str) -> str:
    """The part of a reference that names the thing: "flask.cli.run" -> "run", "./util.js#parse" -> "parse"."""
    return dotted.rsplit("#", 1)[-1].rsplit(".", 1)[-1]


def symbol_id(path: str, qual: str) -> str:
    """The canonical id of a symbol: "path::Qual"; of a file, where `qual` is empty: "path"."""
    return f"{path}::{qual}" if qual else path


def split_id(entity: str) -> tuple[str, str]:
    """The path and qual of a canonical id; qual is "" for a file."""
    path, _, qual = entity.partition("::")
    return path, qual
