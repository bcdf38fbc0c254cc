"""What the tests put into a store: small words of each kind, told apart by a name or number."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from store.home import Home
from store.source.record import Edge, FileRecord, Row, Symbol
from store.source.tree import Entry, Stat
from store.tables import Store
from store.words import Asked, Claim, Evidence, Lesson, PreAnswer, Query

AT = datetime(2026, 11, 1, tzinfo=UTC)


def row(path: str, digest: str = "d1") -> tuple[Row, Entry]:
    symbol = Symbol(qual="f", kind="function", start=1, end=2, signature="def f()", digest="s")
    record = FileRecord(path=path, digest=digest, language="python", lines=2, symbols=(symbol,))
    edge = Edge(target="ext:os", kind="use", scope="f", lines=(2,))
    return Row(record, (edge,), ("other.py",)), Entry(stat=Stat(1, 2, 3, 2**63 + 5, 4), digest=digest)


def preanswer(name: str, question: str, **more: object) -> PreAnswer:
    query = Query(kind="callers", entities=(f"a.py::{name}",))
    evidence = (Evidence(kind="file", subject="a.py", digest="d1"),)
    values = {"brief": "b", "claims": (Claim(text="c"),), "evidence": evidence, "key": query.key, **more}
    return PreAnswer.model_validate({"query": query, "question": question, **values})


def asked(number: int) -> Asked:
    return Asked(id=f"id{number}", question=f"q{number}", query=None, status="miss")


def vector(seed: int) -> list[float]:
    numbers = random.Random(seed)
    made = [numbers.gauss(0, 1) for _ in range(384)]
    length = sum(x * x for x in made) ** 0.5
    return [x / length for x in made]


def lesson(name: str, text: str, **more: object) -> Lesson:
    values = {
        "id": name, "text": text, "kind": "correction", "state": "active", "explicit": True, "at": AT, "first": AT,
        "sessions": (name,), "sources": (f"source of {name}",), **more,
    }  # fmt: skip
    return Lesson.model_validate(values)


class Flat:
    """Says that no two texts are alike, so that words alone decide; loading the real model takes seconds."""

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[0.0] * 384 for _ in texts]


async def put(home: Home, *lessons: Lesson) -> None:
    """Lessons into the store of a home."""
    store = await Store.open(home)
    await store.add("lessons", lessons)
    store.close()


async def lessons_of(home: Home) -> list[Lesson]:
    """The lessons in the store of a home."""
    store = await Store.open(home)
    try:
        return await store.lessons()
    finally:
        store.close()
