"""What may be done to the lessons: small changes, never a rewrite. Deciding: `reflect.py`; applying: `curate.py`."""

from __future__ import annotations

from typing import NamedTuple

from store.words import Observation


class Proposal(NamedTuple):
    """An observation that could be a lesson, in the words that would be kept."""

    seen: Observation
    text: str
    explicit: bool


class Add(NamedTuple):
    """Something that was not known."""

    proposal: Proposal


class Reinforce(NamedTuple):
    """Something known was seen again."""

    lesson: str
    proposal: Proposal


class Update(NamedTuple):
    """Something known holds no longer as it was said: it says this now, and what it said is its history."""

    lesson: str
    proposal: Proposal
    why: str


class Scope(NamedTuple):
    """Something known holds more widely than was said: it was seen outside its scope too."""

    lesson: str
    proposal: Proposal


class Merge(NamedTuple):
    """Two lessons turned out to be one: the second goes into the first. With `why`, what it said is kept as history."""

    into: str
    lesson: str
    why: str = ""


class Supersede(NamedTuple):
    """Of two lessons that cannot both hold the newer one stays, and has the other in its history."""

    lesson: str
    old: str
    why: str


class Reword(NamedTuple):
    """A lesson is said in other words, by somebody who was not there."""

    lesson: str
    text: str
    by: str
    thought: str


class Retire(NamedTuple):
    """A lesson is not shown any more."""

    lesson: str
    why: str


class Vote(NamedTuple):
    """A lesson helped, or misled."""

    lesson: str
    helped: bool
    source: str


Delta = Add | Reinforce | Update | Scope | Merge | Supersede | Reword | Retire | Vote
