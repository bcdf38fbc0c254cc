"""What an earlier forethought wrote is still read: a frozen sample of everything that is persisted.

When one of these fails, a store in somebody's repository has become unreadable: give the new field a default, or raise
SCHEMA_VERSION (computed rows) or ANALYSER_VERSION (their content). A sample is never written anew, but where its version is no
longer read: the row is of ANALYSER_VERSION 2.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from store.encoding import decode
from store.journal import segments
from store.question.fulltext import FullText
from store.question.portion import docs_of, portion_of
from store.source.record import decode as decode_row
from store.words import Asked, Card, PreAnswer, Word

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize(("name", "model"), [("preanswer", PreAnswer), ("card", Card), ("asked", Asked)])
def test_a_word_of_before_is_read_with_every_field_that_it_had(name: str, model: type[Word]) -> None:
    text = (SAMPLES / f"{name}.json").read_text(encoding="utf-8")
    now = json.loads(decode(model, text).model_dump_json())
    for field, value in json.loads(text).items():
        assert now[field] == value, field


def test_a_journal_of_before_is_read(tmp_path: Path) -> None:
    (tmp_path / "00-1-a.jsonl").write_bytes((SAMPLES / "journal.jsonl").read_bytes())
    (segment,) = segments(tmp_path)
    (line,) = segment.lines
    assert (line.type, line.id, line.at.isoformat()) == ("Asked", "a1", "2026-11-20T18:30:00.123456+00:00")
    assert decode(Asked, line.body).question == "who calls App.run?"


def test_a_row_of_before_is_read_with_every_field_that_it_had() -> None:
    sample = json.loads((SAMPLES / "row.json").read_text())
    row = decode_row(base64.b64decode(sample["msgpack"]))
    assert row.record.symbols[0].qual == "App.run" and row.edges[0].target == "ext:os.path"
    assert_says(sample["says"], row)


def assert_says(before: Any, now: Any) -> None:
    """Every field that was written by name has its value; fields that came since may have any."""
    if isinstance(now, msgspec.Struct):
        for field, value in before.items():
            assert_says(value, getattr(now, field))
    elif isinstance(now, tuple):
        for one, other in zip(before, now, strict=True):
            assert_says(one, other)
    else:
        assert before == (base64.b64encode(now).decode() if isinstance(now, bytes) else now)


def test_what_a_file_of_before_can_be_found_by_is_read() -> None:
    record = decode_row(base64.b64decode(json.loads((SAMPLES / "row.json").read_text())["msgpack"])).record
    portion = portion_of(record)
    assert [(doc.qual, doc.kind) for doc in docs_of(portion)] == [("App.run", "method"), ("", "file")]
    text = FullText()
    text.add([portion])
    assert "app" in text and "run" in text and "walk" not in text
    assert [hit.number for hit in text.rank([(1.0, [("run", 1.0)])], 5)] == [0]
