"""A portion of the full text: what can be found in one file, and by which words. Made when the file is read, kept in its record.

It depends on the record alone, so it is right for as long as the record is; other weights or fields here are another analyser
(`ANALYSER_VERSION`). Searching many portions: `fulltext.py`; ranking what is found: `find.py`.
"""

from __future__ import annotations

import sys
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from store.question.lexicon import DUNDERS
from store.question.terms import split_name, stem, terms
from store.source.record import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.source.record import FileRecord, Ref, Symbol

WEIGHTS = {
    "name": 4.5,
    "owner": 2.0,
    "path": 1.0,
    "signature": 2.2,
    "doc": 2.2,
    "body": 1.0,
    "uses": 0.3,
    "around": 0.2,
}
"""What a term counts for, by the field that it stands in."""

USUAL = {
    "name": 2.5,
    "owner": 3.0,
    "path": 4.0,
    "signature": 6.0,
    "doc": 14.0,
    "body": 45.0,
    "uses": 12.0,
    "around": 20.0,
}
"""A field's usual number of terms: longer ones count less. Constants, so that a change touches its own documents only."""

SATURATION = 1.6
LENGTH_MATTERS = 0.65

SHORT = 2**16
"""With fewer terms than this, their places are stored in 16 bits."""


class Doc(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What can be found: a symbol, or with an empty `qual` the file itself."""

    qual: str
    kind: str
    nested: bool


class Portion(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The documents of one file, and for each of them, one after the other, its terms and what they count.

    `docs` are left undecoded until one of them is found. The arrays are little-endian: `sizes` (32 bits) the number of terms of
    each document, `which` (16 bits, or 32) their places in `terms`, `counts` (32 bits) what they count, between 0 and 1.
    """

    terms: tuple[str, ...]
    sizes: bytes
    which: bytes
    counts: bytes
    docs: msgspec.Raw


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Portion)
_docs = msgspec.msgpack.Decoder(tuple[Doc, ...])


def portion_of(record: FileRecord) -> Portion:
    """The portion of a file, as it was stored with its record or worked out now."""
    return _decoder.decode(record.portion or made(record))


def docs_of(portion: Portion) -> tuple[Doc, ...]:
    """The documents, decoded."""
    return _docs.decode(portion.docs)


def names_of(doc: Doc, path: str) -> frozenset[str]:
    """The stems of a document's name and its owner's; of the path, for a file."""
    if not doc.qual:
        return frozenset(_place(path))
    owner, name = _named(doc.qual, doc.kind)
    return frozenset((*name, *owner))


def made(record: FileRecord) -> bytes:
    """Work out the portion of a file from its record, in which the symbols still have their words."""
    places: dict[str, int] = {}
    sizes, counts = array("I"), array("f")
    which: list[int] = []
    docs = []
    for doc, fields in _documents(record):
        weights = _weighed(fields)
        docs.append(doc)
        sizes.append(len(weights))
        which += [places.setdefault(term, len(places)) for term in weights]
        counts.extend([weight / (weight + SATURATION) for weight in weights.values()])
    raw = msgspec.Raw(_encoder.encode(docs))
    places_of = array("H" if len(places) < SHORT else "I", which)
    return _encoder.encode(Portion(tuple(places), _little(sizes), _little(places_of), _little(counts), raw))


def _little(values: array[int] | array[float]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _weighed(fields: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """What each term of a document counts, over all its fields."""
    weights: dict[str, float] = {}
    for field, stems in fields.items():
        longer = max(1.0, len(stems) / USUAL[field])
        weight = WEIGHTS[field] / (1 - LENGTH_MATTERS + LENGTH_MATTERS * longer)
        if weights:
            for one in stems:
                weights[one] = weights.get(one, 0.0) + weight
        else:
            weights = dict.fromkeys(stems, weight)
    return weights


# -- documents ---------------------------------------------------------------------------------------------------------


def _documents(record: FileRecord) -> Iterator[tuple[Doc, dict[str, Sequence[str]]]]:
    """What can be found in one file, with its fields: its symbols, and itself. The longest field comes first."""
    place = _place(record.path)
    uses: dict[str, list[Ref]] = {}
    for ref in record.refs:
        uses.setdefault(ref.scope, []).append(ref)
    kinds = {s.qual: s.kind for s in record.symbols}
    around = {s.qual: terms(s.doc) for s in record.symbols if s.kind == "class"}
    for symbol in _main(record.symbols):
        owner = symbol.qual.partition("#")[0].rpartition(".")[0]
        used = uses.get(symbol.qual, ())
        fields = _fields(symbol, place, used, around.get(owner, ()))
        nested = kinds.get(owner) in ("function", "method")
        yield Doc(symbol.qual, _sort(symbol, used), nested), fields
    yield Doc("", "file", False), {"name": place, "doc": terms(record.doc)}


def _fields(
    symbol: Symbol, place: Sequence[str], uses: Sequence[Ref], around: Sequence[str]
) -> dict[str, Sequence[str]]:
    owner, name = _named(symbol.qual, symbol.kind)
    return {
        "body": _stems(symbol.words),
        "name": name,
        "owner": owner,
        "path": place,
        "signature": terms(f"{symbol.signature} {symbol.value} {' '.join(symbol.decorators)} {' '.join(symbol.bases)}"),
        "doc": terms(f"{symbol.doc} {DUNDERS.get(symbol.name, '')}"),
        "uses": _used(uses),
        "around": around,
    }


def _named(qual: str, kind: str) -> tuple[Sequence[str], Sequence[str]]:
    """The stems of a symbol's owner, and of its own name."""
    owner, _, name = qual.partition("#")[0].rpartition(".")
    return (terms(owner), terms(name)) if kind == "section" else (_name_stems(owner), _name_stems(name))


def _place(path: str) -> tuple[str, ...]:
    return _name_stems(path.rsplit(".", 1)[0])


def _sort(symbol: Symbol, uses: Sequence[Ref]) -> str:
    """A symbol's kind; but properties and methods that are there to be overridden are sorts of their own."""
    if symbol.kind in ("function", "method"):
        if any(d.rsplit(".", 1)[-1] in ("property", "cached_property") for d in symbol.decorators):
            return "property"
        if any(r.kind == "raise" and r.name.endswith("NotImplementedError") for r in uses) and not any(
            r.kind == "call" and not r.name.endswith("NotImplementedError") for r in uses
        ):
            return "stub"
    return symbol.kind


def _used(refs: Sequence[Ref]) -> list[str]:
    """Words for what a thing does with other things: their names, and that it raises, catches or translates errors."""
    found: dict[str, None] = {}
    kinds = {r.kind for r in refs}
    for ref in refs:
        if ref.kind in ("call", "raise", "catch", "base", "decorate"):
            found.update(dict.fromkeys(_name_stems(last_name(ref.name))))
    says = [*(["raise", "throw"] if "raise" in kinds else []), *(["catch"] if "catch" in kinds else [])]
    says += ["translate", "convert"] if {"raise", "catch"} <= kinds else []
    found.update(dict.fromkeys(map(stem, says)))
    return list(found)


def _main(symbols: Sequence[Symbol]) -> list[Symbol]:
    """One symbol for each name: of overloads and re-definitions the longest."""
    best: dict[str, Symbol] = {}
    for symbol in symbols:
        name = symbol.qual.partition("#")[0]
        known = best.get(name)
        if known is None or symbol.end - symbol.start > known.end - known.start:
            best[name] = symbol
    return list(best.values())


@lru_cache(maxsize=16384)
def _name_stems(name: str) -> tuple[str, ...]:
    """The stems of an identifier or path, each once: "CookieJar.open_file" -> cooky jar open file."""
    return _stems(split_name(name))


def _stems(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([stem(p) for p in parts if len(p) > 1]))
