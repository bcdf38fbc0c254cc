"""Between words and tables: the columns of a row made from words, and words made from the columns again.

Which columns there are is `store/schema.py`; who reads and writes them is `store/tables.py`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from store.encoding import Line, decode, encode
from store.schema import search_words
from store.source.record import decode as decode_row
from store.source.record import encode as encode_row
from store.words import ANALYSER_VERSION

if TYPE_CHECKING:
    import pyarrow as pa

    from store.source.record import Row
    from store.source.tree import Entry
    from store.words import Card, PreAnswer, Word

W = TypeVar("W", bound="Word")

Vector = Sequence[float]

STAT = ("mtime_ns", "ctime_ns", "size", "inode", "seen_ns")


def of_file(row: Row, entry: Entry) -> dict[str, Any]:
    """The columns of `files`. All but path, digest, analyser and blob are there for people who look into the table."""
    record, stat = row.record, entry.stat
    return {
        "path": record.path,
        "digest": entry.digest,
        "language": record.language,
        "parsed": record.parsed,
        "is_test": record.is_test,
        **{name: getattr(stat, name) for name in STAT},
        "inode": stat.inode % 2**64,
        "analyser": ANALYSER_VERSION,
        "blob": encode_row(row),
    }


def of_preanswer(row: PreAnswer, vector: Vector | None) -> dict[str, Any]:
    """The columns of `preanswers`."""
    return {
        "variant": row.variant,
        "key": row.key,
        "question": row.question,
        "kind": row.query.kind,
        "search_text": search_words(f"{row.question} {' '.join(row.query.entities)} {row.brief}"),
        "vector": vector,
        "body": encode(row),
        "analyser": row.analyser,
        "created": row.created.isoformat(),
        "origin": row.origin,
        "tier": row.tier,
        "quarantined": row.quarantined,
    }


def of_card(card: Card, vector: Vector | None) -> dict[str, Any]:
    """The columns of `cards`."""
    return {
        "subject": card.subject,
        "scope": card.scope,
        "search_text": search_words(" ".join([card.subject, card.prose, *(fact.text for fact in card.facts)])),
        "vector": vector,
        "body": encode(card),
        "analyser": card.analyser,
        "created": card.created.isoformat(),
    }


def of_line(line: Line) -> dict[str, Any]:
    """The columns of a log."""
    return {"id": line.id, "type": line.type, "at": int(line.at.timestamp() * 1_000_000), "body": line.body}


def rows(found: pa.Table) -> list[tuple[Row, Entry]]:
    """The files' rows. A damaged one is left out, as if it had not been stored: the file is then read again."""
    import msgspec

    from store.source.tree import Entry, Stat

    made: list[tuple[Row, Entry]] = []
    columns = [found[name].to_pylist() for name in ("blob", "digest", *STAT)]
    with _uncollected():
        for blob, digest, *stat in zip(*columns, strict=True):
            try:
                made.append((decode_row(blob), Entry(stat=Stat(*stat), digest=digest)))
            except msgspec.DecodeError:
                continue
    return made


def words(model: type[W], found: pa.Table) -> list[W]:
    """The words in the `body` column."""
    return decoded(model, found["body"].to_pylist())


def decoded(model: type[W], bodies: Iterable[str]) -> list[W]:
    """The words of stored texts; one that cannot be read is left out."""
    made = []
    with _uncollected():
        for body in bodies:
            try:
                made.append(decode(model, body))
            except ValueError:
                continue
    return made


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keeps the garbage collector from looking for cycles in what is being made, which would take three times as long."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
