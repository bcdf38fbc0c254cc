"""Scoring served answers against a labelled question set: pure functions over what was asked for and what was served.

Asking the questions is `server/commands/eval.py`. A row is judged by the text that the asker was shown, nothing else: an answer,
or the candidates; a head start is not an answer.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from server.results import LookupResult

Verdict = Literal["right", "wrong", "offered", "refused"]
"""`wrong` was served with confidence; `offered` are candidates without the answer; `refused` is a miss."""

_NOTHING = re.compile(r"^\W*(there is no|no such|nothing (here|in this)|no setting)\b", re.IGNORECASE)


class Labelled(BaseModel):
    """One row of a question set."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    repo: str = ""
    commit: str = ""
    question: str
    question_b: str | None = None
    kind: str = "what"
    named: bool | None = None
    must_contain: list[str] = Field(default_factory=list)
    entities: list[str] = Field(default_factory=list)
    entities_b: list[str] = Field(default_factory=list)
    expect_set: list[str] | None = None

    @classmethod
    def of(cls, data: dict[str, Any]) -> Labelled:
        """A row as it is written: a null list is an empty one, except in `expect_set`."""
        return cls(**{k: v for k, v in data.items() if v is not None or k == "expect_set"})


class Served(NamedTuple):
    """What one question was given: the result, what it was understood as, and how long that took."""

    result: LookupResult
    key: str | None
    ms: float

    @property
    def text(self) -> str:
        """What the asker was shown as an answer."""
        return self.result.answer or ""

    @property
    def confident(self) -> bool:
        return self.result.status in ("hit", "computed")


class Scored(NamedTuple):
    """One judged row. `precision` is over what the answer lists, where a set was expected."""

    row: Labelled
    verdict: Verdict
    why: str
    served: tuple[Served, ...]
    precision: float | None = None


def score(row: Labelled, served: Sequence[Served]) -> Scored:
    """Judge one row by what its question (and `question_b`) was given."""
    first = served[0]
    match row.kind:
        case "no_answer":
            verdict, why = _no_answer(first)
        case "paraphrase":
            verdict, why = _paraphrase(row, first, served[1])
        case "hard_negative":
            verdict, why = _hard_negative(row, first, served[1])
        case _:
            verdict, why = _answer(row, first)
    return Scored(row, verdict, why, tuple(served), _precision(row, first.text))


def _answer(row: Labelled, served: Served) -> tuple[Verdict, str]:
    if served.result.status == "miss":
        return "refused", "a miss"
    text = served.text
    lacking = [f"/{rule}/" for rule in row.must_contain if not re.search(rule, text)]
    if row.entities and not names_any(text, row.entities):
        lacking.append(f"entity {row.entities[0]}")
    lacking += [name for name in row.expect_set or () if not _lists(text, name)]
    if not lacking:
        return "right", ""
    return "wrong" if served.confident else "offered", f"lacks {', '.join(lacking)}"


def _no_answer(served: Served) -> tuple[Verdict, str]:
    if served.result.status == "miss" or _NOTHING.search(served.text):
        return "right", ""
    return ("wrong", "answered") if served.confident else ("offered", "candidates")


def _paraphrase(row: Labelled, one: Served, other: Served) -> tuple[Verdict, str]:
    for served in (one, other):
        if served.result.status == "miss":
            return "refused", "a miss"
    lacking = [n for n, served in ((1, one), (2, other)) if not names_any(served.text, row.entities)]
    if not lacking:
        return "right", ""
    confident = one.confident and other.confident
    return "wrong" if confident else "offered", f"entity not in answer {lacking}"


def _hard_negative(row: Labelled, one: Served, other: Served) -> tuple[Verdict, str]:
    """The second question must not be given the first one's answer."""
    if other.result.status == "miss":
        return "right", "a miss"
    if other.text == one.text:
        return "wrong", "the same text for both"
    if other.confident and one.confident and other.key == one.key and row.entities_b != row.entities:
        return "wrong", "the same key for both"
    return "right", ""


def names_any(text: str, entities: Iterable[str]) -> bool:
    """Whether a text names one of the entities, by its file or the last part of its name."""
    for entity in entities:
        path, _, qual = entity.partition(":")
        if path in text or (qual and re.search(rf"(?<!\w){re.escape(qual.rsplit('.', 1)[-1])}(?!\w)", text)):
            return True
    return False


def _lists(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def _precision(row: Labelled, text: str) -> float | None:
    """Of the names that the answer lists one to a line, how many were expected."""
    if not row.expect_set:
        return None
    listed = re.findall(r"^- `([\w.]+)`", text, re.MULTILINE)
    return sum(name in row.expect_set for name in listed) / len(listed) if listed else None


class Group(BaseModel):
    """The rows of one sort together."""

    name: str
    rows: int
    right: int
    wrong: int
    offered: int
    refused: int

    @property
    def share(self) -> float:
        return self.right / self.rows if self.rows else 0.0


class Report(BaseModel):
    """The score of a set."""

    groups: list[Group]
    skipped: int
    right_among_candidates: int
    characters_median: int
    characters_p90: int
    precision: float | None
    latency_ms_p50: float
    latency_ms_p99: float
    failures: list[dict[str, Any]]


SORTS = ("named", "described", "keyword", "answerable", "no_answer", "paraphrase", "hard_negative")


def sorts_of(row: Labelled) -> list[str]:
    """The groups that a row counts in: how it names its subject, whether it can be answered, and its kind."""
    if row.kind in ("no_answer", "paraphrase", "hard_negative"):
        return [row.kind]
    how = "keyword" if row.kind == "keyword" else "described" if row.named is False else "named"
    return [how, "answerable", *([f"kind {row.kind}"] if row.kind != "keyword" else [])]


def report(scored: Sequence[Scored], skipped: int) -> Report:
    """The table's numbers."""
    names = [*SORTS, *sorted({s for one in scored for s in sorts_of(one.row)} - set(SORTS))]
    groups = []
    for name in names:
        members = [one for one in scored if name in sorts_of(one.row)]
        if members:
            count = {v: sum(one.verdict == v for one in members) for v in ("right", "wrong", "offered", "refused")}
            groups.append(Group(name=name, rows=len(members), **count))
    answerable = [one for one in scored if "answerable" in sorts_of(one.row)]
    shown = sorted(len(one.served[0].text) for one in answerable if one.served[0].text)
    spent = sorted(s.ms for one in scored for s in one.served)
    precisions = [one.precision for one in scored if one.precision is not None]
    return Report(
        groups=groups,
        skipped=skipped,
        right_among_candidates=sum(o.verdict == "right" and not o.served[0].confident for o in answerable),
        characters_median=int(statistics.median(shown)) if shown else 0,
        characters_p90=int(_at(shown, 0.9)),
        precision=round(statistics.mean(precisions), 3) if precisions else None,
        latency_ms_p50=round(_at(spent, 0.5), 1),
        latency_ms_p99=round(_at(spent, 0.99), 1),
        failures=[_failure(one) for one in scored if one.verdict != "right"],
    )


def _failure(one: Scored) -> dict[str, Any]:
    return {
        "id": one.row.id, "kind": one.row.kind, "verdict": one.verdict, "why": one.why, "question": one.row.question,
        "question_b": one.row.question_b, "understood": [s.key for s in one.served],
    }  # fmt: skip


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
