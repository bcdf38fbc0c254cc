"""The Reflector: whether a proposal is new, known, or against what is known, and whether lessons still hold. Pure.

Similarity proposes; words in common, names, numbers and negations decide. What is one-off and not said as a rule waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sleep.consolidate.deltas import Add, Delta, Merge, Proposal, Reinforce, Retire, Scope, Update
from store.lessons import akin, contrary, is_place, personal, same

if TYPE_CHECKING:
    from store.words import Lesson

Near = Callable[[str, str], float]
"""How near two texts are in meaning, from 0 to 1."""

RECURS = 2
"""Sessions in which something must be seen, unless it was said as a rule."""

WAITS = timedelta(days=30)
UNUSED = timedelta(days=180)
KEPT_RETIRED = timedelta(days=90)


def reflect(proposal: Proposal, lessons: Mapping[str, Lesson], near: Near) -> list[Delta]:
    """What a proposal does to the lessons."""
    shown = [known for known in lessons.values() if known.state != "retired" and akin(proposal.text, known.text)]
    same = _best(proposal, shown, near, same_as)
    if same is not None:
        return _seen_again(proposal, same, shown, near)
    against = _best(proposal, shown, near, contradicts)
    if against is None or against.scope != proposal.seen.scope:
        return [Add(proposal)]  # a narrower or personal rule stands beside a wider one
    if proposal.seen.at < against.at:
        return [] if against.state == "active" else [Add(proposal)]  # it came late, from another machine: no news
    if proposal.explicit or against.state == "waiting":
        return [Update(against.id, proposal, "contradicted"), *_outdated(proposal, against.id, shown, near)]
    return [Add(proposal)]


def _outdated(proposal: Proposal, but: str, shown: Iterable[Lesson], near: Near) -> list[Delta]:
    """Other lessons that said the old thing in other words: they go where the new one is said as a rule."""
    if not proposal.explicit:
        return []
    others = (k for k in shown if k.id != but and k.scope == proposal.seen.scope and k.at < proposal.seen.at)
    return [Retire(k.id, "contradicted") for k in others if contradicts(proposal, k, near)]


def _seen_again(proposal: Proposal, same: Lesson, shown: Iterable[Lesson], near: Near) -> list[Delta]:
    """Known already: it gains, and once it has recurred it replaces what it contradicts."""
    deltas: list[Delta] = [Reinforce(same.id, proposal), *_outdated(proposal, same.id, shown, near)]
    if same.scope != proposal.seen.scope and "me" not in (same.scope, proposal.seen.scope) and same.scope != "repo":
        deltas.append(Scope(same.id, proposal))
    if same.state == "waiting":
        against = _best(proposal, [k for k in shown if k.id != same.id], near, contradicts)
        if against is not None and against.scope == same.scope and against.at <= proposal.seen.at:
            deltas += [Update(against.id, proposal, "contradicted, twice"), Merge(against.id, same.id)]
    return deltas


def same_as(proposal: Proposal, known: Lesson, near: Near) -> bool:
    """Whether a proposal says what a lesson says."""
    if (proposal.seen.scope == "me") != personal(known):
        return False
    return same(proposal.text, known.text, near)


def contradicts(proposal: Proposal, known: Lesson, near: Near) -> bool:
    """Whether a proposal and a lesson cannot both hold."""
    return contrary(proposal.text, known.text, near)


def _best(
    proposal: Proposal, lessons: Iterable[Lesson], near: Near, holds: Callable[[Proposal, Lesson, Near], bool]
) -> Lesson | None:
    """The nearest lesson that something holds for."""
    found = [known for known in lessons if holds(proposal, known, near)]
    return max(found, key=lambda known: (near(proposal.text, known.text), known.id), default=None)


def review(lessons: Iterable[Lesson], exists: Callable[[str], bool], now: datetime) -> list[Retire]:
    """Lessons that should not be shown any more: misleading, about what is gone, faded, or unused."""
    return [Retire(known.id, why) for known in lessons if (why := _why_not(known, exists, now))]


def _why_not(known: Lesson, exists: Callable[[str], bool], now: datetime) -> str:
    if known.state == "retired":
        return ""
    if known.harmful >= 2 and known.harmful > known.helpful:
        return "it misled"
    places = [a for a in known.about if is_place(a)]
    if places and not any(exists(a) for a in places) and now - known.at > WAITS:
        return "what it is about is gone"  # not at once: it may be on another branch, or in another's working tree
    if known.state == "waiting" and now - known.at > WAITS:
        return "seen once, and never again"
    if not known.explicit and not known.helpful and now - known.at > UNUSED:
        return "not seen for long"
    return ""
