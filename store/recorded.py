"""The pre-answer that a recorded answer becomes: pinned to its sources as they were, and marked as verified by nobody.

Used twice for the same row: awake, where it is served at once (`server/record.py`), and asleep, where it is stored
(`sleep/fold.py`).
"""

from __future__ import annotations

from store.secrets import redact
from store.words import Answer, Asked, Claim, PreAnswer, verbatim

CONFIDENCE = 0.8
"""Of an answer that somebody worked out and nobody verified."""

_BRIEF = 160


def rows_of(one: Asked) -> list[PreAnswer]:
    """What is stored: the pre-answer under the question's own words, and once more under what its asker said it means."""
    row = preanswer_of(one)
    if row is None:
        return []
    return [row, row.model_copy(update={"key": one.stated})] if one.stated else [row]


def preanswer_of(one: Asked) -> PreAnswer | None:
    """The pre-answer; None without an answer, or without sources, because then nothing could ever be checked."""
    if not one.answer or not one.evidence:
        return None
    query = one.query or verbatim(one.question)
    text = redact(one.answer)
    lines = text.strip().splitlines() or [""]
    answer = Answer(
        query=query,
        brief=lines[0][:_BRIEF],
        claims=(Claim(text=text, inferred=True),),
        evidence=one.evidence,
        confidence=CONFIDENCE,
    )
    return PreAnswer(
        **dict(answer),
        key=query.key,
        question=redact(one.question),
        origin="recorded",
        because=f"worked out by {one.client or 'an agent'} when it was asked",
        created=one.at,
    )
