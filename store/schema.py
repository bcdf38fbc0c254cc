"""The tables as LanceDB has them: columns, keys, and how a value may stand in a filter.

What the rows mean: `store/tables.py`. How they are read and written: `store/lance.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

DIMENSION = 384
EMBEDDER_ID = f"minilm-int8/{DIMENSION}"
"""Which embedder the vectors of a store are of: those of another cannot be compared with them."""

LogName = Literal["queries", "observations", "lessons", "jobs", "ledger", "traces"]
TableName = Literal["meta", "files", "cards", "preanswers", LogName]

IVF_ROWS = 10_000
"""Below this, looking at every vector is as fast as an index, and exact."""


class Layout(NamedTuple):
    """How one table is laid out. `precious` rows come from people and cannot be computed again."""

    name: TableName
    key: str
    columns: tuple[tuple[str, str], ...]
    precious: bool = False
    text: bool = False
    vector: bool = False

    def schema(self) -> pa.Schema:
        """The Arrow schema. Its key is declared to LanceDB, without which two writers can insert it twice."""
        import pyarrow as pa

        types = {
            "text": pa.string(),
            "int": pa.int64(),
            "uint": pa.uint64(),
            "bool": pa.bool_(),
            "bytes": pa.large_binary(),
            "vector": pa.list_(pa.float32(), DIMENSION),
        }
        primary = {b"lance-schema:unenforced-primary-key:position": b"1"}
        fields = [pa.field(self.key, pa.string(), nullable=False, metadata=primary)]
        fields += [pa.field(name, types[kind]) for name, kind in self.columns]
        return pa.schema(fields)


_STAT = (("mtime_ns", "int"), ("ctime_ns", "int"), ("size", "int"), ("inode", "uint"), ("seen_ns", "int"))

_FOUND = (("search_text", "text"), ("vector", "vector"), ("body", "text"), ("analyser", "int"), ("created", "text"))

_LOG = (("type", "text"), ("at", "int"), ("body", "text"))

LAYOUTS: dict[TableName, Layout] = {
    layout.name: layout
    for layout in (
        Layout("meta", "key", (("value", "text"),)),
        Layout(
            "files",
            "path",
            (
                ("digest", "text"),
                ("language", "text"),
                ("parsed", "bool"),
                ("is_test", "bool"),
                *_STAT,
                ("analyser", "int"),
                ("blob", "bytes"),
            ),
        ),
        Layout("cards", "subject", (("scope", "text"), *_FOUND), text=True, vector=True),
        Layout(
            "preanswers",
            "variant",
            (
                ("key", "text"),
                ("question", "text"),
                ("kind", "text"),
                *_FOUND,
                ("origin", "text"),
                ("tier", "text"),
                ("quarantined", "text"),
            ),
            text=True,
            vector=True,
        ),
        Layout("queries", "id", _LOG, precious=True),
        Layout("observations", "id", _LOG, precious=True),
        Layout("lessons", "id", _LOG, precious=True),
        Layout("jobs", "id", _LOG),
        Layout("ledger", "id", _LOG, precious=True),
        Layout("traces", "id", _LOG),
    )
}


def quoted(value: str) -> str:
    """A string literal of a filter. Every value that goes into a filter goes through here or `one_of`."""
    return "'" + value.replace("'", "''") + "'"


def one_of(column: str, values: Iterable[str]) -> str:
    """The filter for rows whose column is one of the values."""
    return f"{column} IN ({', '.join(quoted(v) for v in values)})"


_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\dA-Za-z_]+")


def search_words(text: str) -> str:
    """The text as full-text search sees it: identifiers whole and in their parts (`getHTTPUser_id` -> get, http, user, id)."""
    words: dict[str, None] = {}
    for token in re.findall(r"\w+", text):
        words.setdefault(token.lower().strip("_"))
        for part in _PARTS.findall(token):
            words.setdefault(part.lower())
    words.pop("", None)
    return " ".join(words)
