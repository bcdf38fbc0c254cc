"""What an earlier forethought wrote is still read: a frozen sample of everything that is persisted.

When one of these fails, a store in somebody's repository has become unreadable: give the new field a default, or raise
SCHEMA_VERSION (computed rows) or ANALYSER_VERSION (their content). The samples are never written anew.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import msgspec
import pytest

from store.encoding import decode
from store.journal import segments
from store.source.record import decode as decode_row
from store.source.record import encode as encode_row
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
    blob = base64.b64decode(json.loads((SAMPLES / "row.json").read_text())["msgpack"])
    row = decode_row(blob)
    assert row.record.symbols[0].qual == "App.run" and row.edges[0].target == "ext:os.path"
    assert row.consulted == ("src/base.py",)
    before, now = msgspec.msgpack.decode(blob), msgspec.msgpack.decode(encode_row(row))
    assert before == {key: now[key] for key in before}
