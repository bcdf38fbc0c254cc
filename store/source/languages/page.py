"""A file as the readers are given it: its path, language, text and lines, and the making of its record.

What the parts of a record mean: `store/source/record.py`. Which reader gets a page: `store/source/read.py`.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from store.source.languages.known import is_test
from store.source.record import FileRecord, Symbol
from store.words import digest_of

DOC_LIMIT = 300
LINE_LIMIT = 200


class Page:
    """One file, decoded. `note` says what was wrong with its bytes; it goes into the record."""

    def __init__(self, path: str, language: str, text: str, digest: str, note: str = "") -> None:
        self.path = path
        self.language = language
        self.text = text
        self.digest = digest
        self.note = note

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends. Only "\\n" ends a line, as for every tool that prints line numbers."""
        lines = self.text.split("\n")
        return lines[:-1] if lines[-1] == "" else lines

    def span(self, start: int, end: int) -> str:
        """The text of lines `start` to `end`, 1-based, both included."""
        return "\n".join(self.lines[start - 1 : end])

    def symbol(self, qual: str, kind: Any, start: int, end: int, **parts: Any) -> Symbol:
        """A symbol of these lines, with the digest of their text."""
        return Symbol(qual=qual, kind=kind, start=start, end=end, digest=digest_of(self.span(start, end)), **parts)

    def record(self, **parts: Any) -> FileRecord:
        """A record of this file; symbols are put in order and a second one of a qual becomes `qual#2`."""
        notes = "; ".join(n for n in (self.note, parts.pop("note", "")) if n)
        symbols = numbered(parts.pop("symbols", ()))
        language = parts.pop("language", self.language)
        return FileRecord(
            path=self.path, digest=self.digest, language=language, lines=len(self.lines), is_test=is_test(self.path),
            symbols=symbols, note=notes, **parts,
        )  # fmt: skip


def numbered(symbols: Any) -> tuple[Symbol, ...]:
    """The symbols in the order of the file, each qual once: the second is `qual#2`."""
    import msgspec

    seen: dict[str, int] = {}
    found = []
    for symbol in sorted(symbols, key=lambda s: (s.start, -s.end)):
        count = seen[symbol.qual] = seen.get(symbol.qual, 0) + 1
        found.append(symbol if count == 1 else msgspec.structs.replace(symbol, qual=f"{symbol.qual}#{count}"))
    return tuple(found)


_BLANKS = re.compile(r"\s+")


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """The text with every run of white space as one blank, cut to `limit`."""
    line = _BLANKS.sub(" ", text[: limit * 4]).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def first_paragraph(lines: list[str]) -> str:
    """The first run of lines that are not blank, as one line of prose."""
    taken: list[str] = []
    for line in lines:
        if line.strip():
            taken.append(line.strip())
        elif taken:
            break
    return one_line(" ".join(taken), DOC_LIMIT)
