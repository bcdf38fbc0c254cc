"""Text without a structure that is read here: licences, logs, lock files, and what no grammar could parse.

Documents with headings: `documents.py`. Keys and values: `keys.py`.
"""

from __future__ import annotations

from store.source.languages.page import Page, first_paragraph
from store.source.record import FileRecord


def read_text(page: Page, *, parsed: bool = True, note: str = "") -> FileRecord:
    """The file as text, its first paragraph as doc. `parsed` is False where a grammar was expected to read it."""
    lines = page.lines[:40]
    secret = any(line.startswith("-----BEGIN") for line in lines)
    return page.record(language="text", parsed=parsed, doc="" if secret else first_paragraph(lines), note=note)
