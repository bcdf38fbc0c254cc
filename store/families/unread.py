"""Code that could not be read as code: no reader for its language, syntax beyond repair, or minified. It may define anything.

Whoever denies something looks here first. Text that is not code (documents, lock files, data) defines nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.errors import NoSuchFile, OutsideRepo

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.source.record import FileRecord

ROOM = 4_000_000
"""So many bytes are searched for one name: some milliseconds. Of what is beyond, nothing can be said."""

BEYOND = "…"
"""Stands for files that were not searched."""

_MINIFIED = "minified or generated"


def mentioning(sources: Sources, name: str) -> list[str]:
    """The structural query "unread(name)": unread code in which the name stands as a word, and `BEYOND` if any was left out."""
    index, entries = sources.index, sources.tree.entries
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    room, found = ROOM, list[str]()
    for path in sorted(p for p in index.paths() if (r := index.record(p)) and _unread(r)):
        room -= entries[path].stat.size if path in entries else 0
        if room < 0:
            return [*found, BEYOND]
        try:
            text = sources.text(path)
        except (NoSuchFile, OutsideRepo):
            continue
        if word.search(text):
            found.append(path)
    return found


def _unread(record: FileRecord) -> bool:
    return not record.parsed and record.note != "binary" or record.note.startswith(_MINIFIED)
