"""What was said of lessons that were shown: that one helped, misled, or says the wrong thing now. Pure.

A lesson is known by the link `lesson:<id>`, which stands behind it wherever it is shown. Said directly, a pattern is a vote for
it, a failure one against it, and a correction is one against it that also says what holds instead. Said of an answer beside which
it stood (a link `trace:<id>` comes with it; `server/voting.py`), it may well be the answer that failed: a rule that somebody
stated is not voted on that way. A session has one vote for and one against each lesson, however often an agent repeats itself.
What follows from votes is `reflect.py` (retiring) and `server/learnt.py` (order).

Two things say nothing about lessons, and are not read here: stale hits (the evidence of an answer moved; that is churn,
`sleep/prediction/staleness.py`) and marks on answers without lessons beside them (`sleep/prediction/demand.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sleep.consolidate.deltas import Merge, Reinforce, Retire, Update, Vote
from sleep.consolidate.generate import proposal_of
from sleep.consolidate.reflect import reflect
from store.lessons import LESSON, TRACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sleep.consolidate.deltas import Delta
    from sleep.consolidate.reflect import Near
    from store.words import Lesson, Observation


def lessons_of(seen: Observation) -> list[str]:
    """The lessons that an observation is about, by id."""
    return [a.removeprefix(LESSON) for a in seen.about if a.startswith(LESSON)]


def said_of_lessons(seen: Observation, known: Mapping[str, Lesson], near: Near) -> tuple[list[Delta], str]:
    """What an observation about lessons does, and what is noted about it."""
    named = [name for name in dict.fromkeys(lessons_of(seen)) if name in known]
    if not named:
        return [], "dropped: no such lesson here"
    if any(a.startswith(TRACE) for a in seen.about):
        named = [name for name in named if not known[name].explicit]
        return list(_votes(seen, named)), "a vote" if named else "dropped: a rule is not voted on beside an answer"
    if seen.kind not in ("correction", "preference"):
        return list(_votes(seen, named)), "a vote"
    instead = _instead(seen, named, known, near)
    settled = {d.lesson for d in instead if isinstance(d, (Update, Reinforce, Retire, Merge))}
    against = _votes(seen, [name for name in named if name not in settled]) if seen.kind == "correction" else ()
    return [*instead, *against], type(instead[0]).__name__.lower() if instead else "a vote"


def _instead(seen: Observation, named: list[str], known: Mapping[str, Lesson], near: Near) -> list[Delta]:
    """What a correction of lessons says holds instead; nothing where it is no statement."""
    about = tuple(a for a in seen.about if not a.startswith((LESSON, TRACE)))
    proposal = proposal_of(seen.model_copy(update={"about": about}))
    if isinstance(proposal, str):
        return []
    deltas = reflect(proposal, known, near)
    meant = known[named[0]]
    repeats = bool(deltas) and isinstance(deltas[0], Reinforce) and deltas[0].lesson == meant.id
    may = seen.kind == "correction" and len(named) == 1 and meant.state != "retired" and meant.scope == seen.scope
    if may and not repeats and (proposal.explicit or not meant.explicit):
        return [Update(meant.id, proposal, "corrected")]
    return deltas


def _votes(seen: Observation, names: Iterable[str]) -> Iterable[Vote]:
    helped = seen.kind == "pattern"
    who = seen.session or f"{seen.at:%Y-%m-%d}"
    return [Vote(name, helped, f"{'for' if helped else 'against'} {who}") for name in names]
