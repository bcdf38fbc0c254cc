"""What a question may mean: the results of understanding it, and how they are put together. No rules here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.words import Kind, Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.question.kinds import Shape


class Reading(NamedTuple):
    """One meaning of a question: `score` is 1 for what was named, less for what was described.

    `why` says in words how it came about.
    """

    query: Query
    score: float
    why: tuple[str, ...]


class Understanding(NamedTuple):
    """What a question may mean, best first. `certain`: the first reading may be answered without asking back."""

    readings: tuple[Reading, ...]
    certain: bool
    kind: Kind | None
    notes: tuple[str, ...] = ()
    known: bool = True
    """Whether all names that the asker stated are things of this repository."""


def query_of(shape: Shape, entities: Sequence[str], kind: Kind | None = None) -> Query:
    """The query of that shape about these entities."""
    return Query(
        kind=kind or shape.kind, entities=tuple(entities), since=shape.since, scope=shape.scope, negated=shape.negated
    )
