"""The Curator: deltas applied to the lessons, one by one, each with what it came from. Pure; what is decided is `reflect.py`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from sleep.consolidate.deltas import (
    Add,
    Delta,
    Merge,
    Proposal,
    Reinforce,
    Retire,
    Reword,
    Scope,
    Supersede,
    Update,
    Vote,
)
from sleep.consolidate.reflect import KEPT_RETIRED, RECURS, WAITS
from store.lessons import KEPT, LESSON, united
from store.words import Lesson, Observation, Revision, digest_of

MOST = {"active": 500, "waiting": 1_000, "retired": 500}
"""Lessons that a store keeps, whatever is observed: nobody reads more, and comparing takes time."""

REVISIONS = 20

Lessons = dict[str, Lesson]


def applied(lessons: Lessons, deltas: Iterable[Delta]) -> Lessons:
    """The lessons after the deltas. Applying a delta of an observation that a lesson has already changes nothing."""
    found = dict(lessons)
    for delta in deltas:
        match delta:
            case Add(proposal):
                made = _made(proposal)
                found.setdefault(made.id, made)
            case Reinforce(name, proposal):
                found[name] = _with(found[name], proposal)
            case Update(name, proposal, why):
                found[name] = _updated(found[name], proposal, why)
            case Scope(name, proposal):
                found[name] = _set(found[name], scope="repo")
            case Merge(into, name, why):
                found[into] = _settled(_merged(found[into], found.pop(name), why))
            case Supersede(name, old, why):
                found[name] = _superseding(found[name], found.pop(old), why)
            case Reword(name, text, by, thought):
                found[name] = _reworded(found[name], text, by, thought)
            case Retire(name, why):
                found[name] = _set(found[name], state="retired", why=why)
            case Vote(name, helped, source):
                if name in found:
                    found[name] = _voted(found[name], helped, source)
            case _:
                assert_never(delta)
    return found


def forgotten(lessons: Lessons, now: datetime) -> set[str]:
    """Lessons that are not even kept for their history: what never came true, what was retired long ago, what is too much."""
    gone = {
        name
        for name, known in lessons.items()
        if known.state == "retired"
        and (not known.history and len(known.sessions) < RECURS or now - known.at > KEPT_RETIRED)
    }
    for state, most in MOST.items():
        some = [known for name, known in lessons.items() if known.state == state and name not in gone]
        gone |= {known.id for known in sorted(some, key=_worth)[: max(len(some) - most, 0)]}
    return gone


def _worth(known: Lesson) -> tuple[bool, int, int, datetime, str]:
    """What is kept where not all can be: rules, what helped, what recurs, what is new."""
    return known.explicit, known.helpful - known.harmful, len(known.sessions), known.at, known.id


def _made(proposal: Proposal) -> Lesson:
    seen = proposal.seen
    made = Lesson(
        id=digest_of(seen.id)[:12], text=proposal.text, kind=seen.kind, scope=seen.scope,
        about=tuple(a for a in seen.about if not a.startswith(LESSON)), explicit=proposal.explicit,
        at=seen.at, first=seen.at, sessions=(_session(proposal),), sources=marks(seen), wordings=(_wording(proposal),),
    )  # fmt: skip
    return _settled(made)


def _with(known: Lesson, proposal: Proposal) -> Lesson:
    seen = proposal.seen
    if seen.id in known.sources:
        return known
    if known.state == "waiting" and abs(seen.at - known.first) > WAITS:
        return _anew(known, proposal)
    # Who was shown a lesson and repeats its words has observed nothing: what waits was not shown.
    echo = known.state == "active" and proposal.text.casefold() == known.text.casefold()
    sessions = known.sessions if echo else tuple(dict.fromkeys((*known.sessions, _session(proposal))))[-KEPT:]
    return _settled(
        _set(
            known,
            sessions=sessions,
            wordings=tuple(dict.fromkeys((*known.wordings, _wording(proposal))))[:8],
            first=min(known.first, seen.at),
            sources=(*known.sources, *marks(seen))[-KEPT:],
            at=max(known.at, seen.at),
            explicit=known.explicit or proposal.explicit,
            about=tuple(dict.fromkeys((*known.about, *seen.about)))[:8],
        )
    )


def _anew(known: Lesson, proposal: Proposal) -> Lesson:
    """What comes back after it had time to fade is seen for the first time: a remark a month is no recurrence."""
    seen = proposal.seen
    noted = _set(known, sources=(*known.sources, *marks(seen))[-KEPT:])
    if seen.at < known.first:
        return noted
    again = _set(noted, first=seen.at, at=seen.at, sessions=(_session(proposal),), wordings=(_wording(proposal),))
    return _settled(_set(again, explicit=proposal.explicit))


def _updated(known: Lesson, proposal: Proposal, why: str) -> Lesson:
    seen = proposal.seen
    if seen.id in known.sources or seen.at < known.at:
        return known
    then = Revision(text=known.text, until=seen.at, why=why)
    changed = _set(
        known, text=proposal.text, kind=seen.kind, explicit=proposal.explicit, at=max(known.at, seen.at),
        sessions=(_session(proposal),), sources=(*known.sources, *marks(seen))[-KEPT:], wordings=(_wording(proposal),),
        helpful=0, harmful=0, worded="", thought="",
        history=(*known.history, then)[-REVISIONS:], state="waiting" if known.state == "waiting" else "active",
    )  # fmt: skip
    return _settled(changed)


def _merged(known: Lesson, other: Lesson, why: str) -> Lesson:
    history = known.history if not why else (*known.history, Revision(text=other.text, until=other.at, why=why))
    return _set(united(known, other), history=history[-REVISIONS:])


def _superseding(known: Lesson, old: Lesson, why: str) -> Lesson:
    history = (*old.history, Revision(text=old.text, until=known.first, why=why), *known.history)
    sources = tuple(dict.fromkeys((*old.sources, *known.sources)))[-KEPT:]
    return _set(known, history=history[-REVISIONS:], sources=sources, first=min(old.first, known.first))


def _reworded(known: Lesson, text: str, by: str, thought: str) -> Lesson:
    then = Revision(text=known.text, until=known.at, why=f"worded by {by}")
    return _set(known, text=text, worded=by, thought=thought, history=(*known.history, then)[-REVISIONS:])


def _voted(known: Lesson, helped: bool, source: str) -> Lesson:
    if source in known.sources:
        return known
    counted = {"helpful": known.helpful + 1} if helped else {"harmful": known.harmful + 1}
    return _set(known, sources=(*known.sources, source)[-KEPT:], **counted)


def _settled(known: Lesson) -> Lesson:
    """Shown once it was said as a rule, or was seen in several sessions: one more where it was the very same words."""
    wanted = RECURS if len(known.wordings) > 1 else RECURS + 1
    if known.state == "waiting" and (known.explicit or len(known.sessions) >= wanted):
        return _set(known, state="active")
    return known


def marks(seen: Observation) -> tuple[str, str]:
    """By what an observation is known again: its id, and what was said when, whatever id it came with from elsewhere."""
    return seen.id, f"={digest_of(f'{seen.at.isoformat()} {seen.text.casefold()}')[:12]}"


def _session(proposal: Proposal) -> str:
    """The session, or for want of its name the day."""
    return proposal.seen.session or f"{proposal.seen.at:%Y-%m-%d}"


def _wording(proposal: Proposal) -> str:
    return digest_of(proposal.text.casefold())[:8]


def _set(known: Lesson, **fields: object) -> Lesson:
    return known.model_copy(update=fields)
