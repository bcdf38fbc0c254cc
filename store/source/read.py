"""From the bytes of one file to its record: decodes, chooses the reader of the language, and never fails.

What a reader finds in its language is in `store/source/languages/`; by which words that is found, in `store/question/portion.py`.
What the references mean is worked out by `store/graph/resolve.py`. Reading the disk is done by `store/source/tree.py`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from importlib import import_module

from msgspec import structs

from store.question import portion
from store.secrets import redact
from store.source.languages.known import UNREAD, is_lock_file, is_minified, language_of
from store.source.languages.page import Page
from store.source.languages.text import read_text
from store.source.record import FileRecord
from store.words import digest_of

Reader = Callable[[Page], FileRecord]

DATA_LIMIT = 200_000
"""Data files (JSON, YAML) above this many characters are kept as text."""

_TREES = ("javascript", "typescript", "tsx", "go", "rust", "java", "c", "cpp", "bash", "ruby", "php", "csharp")

_READERS = {
    **dict.fromkeys(_TREES, "trees:read_tree"),
    "markdown": "documents:read_markdown",
    "rst": "documents:read_rst",
    "toml": "keys:read_toml",
    "yaml": "keys:read_yaml",
    "json": "keys:read_json",
    "ini": "keys:read_ini",
    "make": "recipes:read_make",
    "just": "recipes:read_just",
    "docker": "recipes:read_docker",
    "gomod": "recipes:read_gomod",
    "text": "text:read_text",
}
"""Language -> module of `languages/` and function. Each is imported when the first such file comes."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def read(path: str, data: bytes) -> FileRecord:
    """The record of a file. Never raises: what cannot be parsed is kept as text with `parsed=False` and a note."""
    record = without_secrets(_read_any(path, data))
    symbols = tuple(structs.replace(s, words=()) if s.words else s for s in record.symbols)
    return structs.replace(record, symbols=symbols, portion=portion.made(record))


def without_secrets(record: FileRecord) -> FileRecord:
    """The record with every secret cut out of what it quotes: documentation, signatures, values, defaults."""
    quoted = [record.doc, *(part for s in record.symbols for part in (_valued(s.name, s.value), s.signature, s.doc))]
    quoted += [_valued(one.name, one.default) for one in record.settings]
    together = "\n".join(quoted)
    if redact(together) == together:
        return record
    symbols = tuple(
        structs.replace(s, doc=redact(s.doc), signature=redact(s.signature), value=_value_of(s.name, s.value))
        for s in record.symbols
    )
    settings = tuple(structs.replace(one, default=_value_of(one.name, one.default)) for one in record.settings)
    return structs.replace(record, doc=redact(record.doc), symbols=symbols, settings=settings)


def _valued(name: str, value: str) -> str:
    """A value under its name, by which it may be known for a secret."""
    return f"{name} = {value}" if value else ""


def _value_of(name: str, value: str) -> str:
    return redact(_valued(name, value)).removeprefix(f"{name} = ")


def _read_any(path: str, data: bytes) -> FileRecord:
    digest = digest_of(data)
    text, note = _decode(data)
    page = Page(path, "text", text, digest, note)
    try:
        return _read(page, data)
    except Exception as error:  # noqa: BLE001 - one file must never end the study of a repository
        note = f"the {page.language} reader failed: {type(error).__name__}: {error}"
        return read_text(page, parsed=False, note=note[:200])


def _read(page: Page, data: bytes) -> FileRecord:
    if "\0" in page.text[:8000]:
        return Page(page.path, "text", "", page.digest, "binary").record(parsed=False)
    if is_lock_file(page.path):
        return read_text(page, note="a lock file: not read further")
    page.language = language_of(page.path, page.text)
    if not page.language:
        code = page.path.rsplit(".", 1)[-1].lower() in UNREAD
        return read_text(page, parsed=not code, note="no reader for this language" if code else "")
    if is_minified(page.path, page.text):
        return read_text(page, note="minified or generated: not read further")
    if page.language == "python":
        return _read_python(page, data)
    if page.language in ("json", "yaml") and len(page.text) > DATA_LIMIT:
        return read_text(page, note="large data: not read further")
    return reader_of(page.language)(page)


def _read_python(page: Page, data: bytes) -> FileRecord:
    """By the standard library's parser; by the grammar, which forgives, where that fails."""
    from store.source.languages.python import read_python

    try:
        # What is not UTF-8 may say in its first lines what it is: the reader looks there if it is not given the text.
        record = read_python(page.path, data, None if page.note else page.text)
        return structs.replace(record, note=page.note) if page.note else record
    except (SyntaxError, ValueError, RecursionError, LookupError) as error:
        reason = f"{type(error).__name__}: {error}"
    from store.source.languages.trees import read_tree

    return read_tree(page, note=reason[:120])


def reader_of(language: str) -> Reader:
    """The reader of a language, imported now if it was not."""
    module, _, function = _READERS[language].partition(":")
    reader: Reader = getattr(import_module(f"store.source.languages.{module}"), function)
    return reader


def _decode(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), ""
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        return data.decode("utf-8", "replace"), f"not valid UTF-8 at byte {error.start}"
