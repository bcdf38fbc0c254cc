"""Where a name stands as a word in text: in strings, comments and documents, and in code that could not be read as code.

Whoever denies something looks here first. Code without a reader, with syntax beyond repair, minified, or too large to be
studied may define anything; other text defines nothing, but may speak of it. What the readers understood as a definition or a
reference is the index's. The memory of a search: `Sources.written`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.errors import NoSuchFile, OutsideRepo
from store.secrets import redact
from store.source.languages.known import UNREAD, language_of

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.source.record import FileRecord

ROOM = 6_000_000
"""So many bytes are searched for one name: some tens of milliseconds. Of what is beyond, nothing is claimed."""

_LINE = 110
MOST = 2000
"""So much of a line is looked at for secrets."""
_MINIFIED = "minified or generated"
_NO_CODE = frozenset({"", "text", "markdown", "rst", "toml", "yaml", "json", "ini"})


class Written(NamedTuple):
    """The result of a search. `unread` is code that may define the name; `lines` maps other files to the first line with it."""

    unread: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    unread_left: int = 0
    """How many files of unread code were not searched, because there is too much of it..."""
    left: int = 0
    """...and how many others."""
    beyond: int = 0
    """How many that are no code are left out for their size, and so are not searched either."""

    def items(self) -> list[str]:
        """The result as evidence digests it."""
        return [*self.unread, *map("\t".join, self.lines), f"{self.unread_left} {self.left} {self.beyond}"]


def written(sources: Sources, name: str) -> Written:
    """The structural query "written(name)": the files in which the name stands as a word, as far as they can be searched."""
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    too_large = sources.tree.too_large()
    large = {p: s.size for p, s in too_large.items() if _is_code(p)}
    first = sorted([p for p in sources.index.paths() if _unread(sources.index.record(p), p)] + list(large))
    unread, _lines, unread_left, room = _search(sources, word, name, first, large, ROOM)
    others = sorted(set(sources.index.paths()).difference(first), key=lambda p: _order(sources, p))
    found, lines, left, _ = _search(sources, word, name, others, {}, room)
    return Written(tuple(unread), tuple(zip(found, lines, strict=True)), unread_left, left, len(too_large) - len(large))


def _search(
    sources: Sources, word: re.Pattern[str], name: str, paths: list[str], large: dict[str, int], room: int
) -> tuple[list[str], list[str], int, int]:
    """The files with the word, the first line of each, how many were not searched, and how many bytes are left."""
    entries, needle = sources.tree.entries, name.encode()
    found, lines, left = list[str](), list[str](), 0
    for path in paths:
        size = large.get(path) or (entries[path].stat.size if path in entries else 0)
        if size > room:
            left += 1
            continue
        room -= size
        try:
            data = sources.tree.read(path, most=size + 1 if path in large else 0)
        except (NoSuchFile, OutsideRepo):
            continue
        if needle not in data:
            continue
        text = data.decode("utf-8", "replace")
        if match := word.search(text):
            found.append(path)
            lines.append(_line(text, match.start()))
    return found, lines, left, room


def _line(text: str, at: int) -> str:
    """The line around a place, short, and without what may be a secret."""
    start = text.rfind("\n", 0, at) + 1
    line, begin = text[start:].partition("\n")[0], max(0, at - start - _LINE // 2)
    whole = (
        redact(" ".join(line[:MOST].split()))
        if begin == 0 or len(line) <= _LINE
        else redact(line[begin : begin + _LINE])
    )
    return whole[:_LINE].strip()


def _order(sources: Sources, path: str) -> tuple[bool, bool, str]:
    """The library's code, then tests, then what is no code: in this order there is room."""
    record = sources.index.record(path)
    return (record is None or record.language in _NO_CODE, bool(record and record.is_test), path)


def _unread(record: FileRecord | None, path: str) -> bool:
    if record is None:
        return False
    return not record.parsed and record.note != "binary" or record.note.startswith(_MINIFIED) and _is_code(path)


def _is_code(path: str) -> bool:
    """Whether a file that was not looked into is code, by its name."""
    return language_of(path, "") not in _NO_CODE or path.rsplit(".", 1)[-1].lower() in UNREAD
