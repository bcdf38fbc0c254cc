"""What two statements are to each other by what both fill: the same slot or number, and nothing else said differently. Pure.

    common slots -> what is left of both texts without them -> equal: same, or contradiction; otherwise: nobody can tell by rules

What is left must say the same: "in the Makefile" or "of the metrics endpoint" narrows a rule, and then both may hold. The slots
are `slots.py`, the numbers `quantities.py`; whole sentences are compared in `store/lessons.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from store.question.terms import stem
from store.said import quantities, slots
from store.said.slots import Filled
from store.said.statement import Statement, content

Relation = Literal["same", "contradicts", "unsure", ""]
"""`unsure`: one slot, other answers, and other words around them. "": nothing in common."""

_MEANT = """
deploy deployment release ship publish rollout cut deliver
pr change patch merge
target open base
store save persist keep
api server service backend app application
upload uploading
expire expiration live
approve approval review reviewer
function method
"""
"""Words that mean the same beside a slot, a set each line."""

_AROUND = (
    "our their everywhere new here whole strictly usual default now current currently right direct directly plain proper library "
    "tool take follow believe come live belong must end written write made make kind through via what enough more most "
    "least api server service backend app application project code team place first second goes sent set name called is be"
)
_SAYS_NOTHING = frozenset(stem(word) for word in _AROUND.split())
"""Words around a slot that narrow nothing."""

_PHRASES = (
    (re.compile(r"\b(?:pull|merge) requests?\b|\bPRs\b", re.IGNORECASE), "PR"),
    (re.compile(r"\btime[sd]? out\b", re.IGNORECASE), "timeout"),
)
"""Words that mean something together."""

_REASON = re.compile(r"\b(?:because|since|so that|as it|as they|otherwise|or else)\b.*$", re.IGNORECASE)


@lru_cache(maxsize=1)
def _meant() -> dict[str, str]:
    return {stem(w): line.split()[0] for line in _MEANT.strip().splitlines() for w in line.split()}


@lru_cache(maxsize=8192)
def fills(text: str) -> dict[str, Filled]:
    """Every slot and number of a text."""
    return {**slots.filled(text), **quantities.quantities(text)}


def relation(one: Statement, other: Statement) -> Relation:
    """What two statements are to each other by their slots alone."""
    here, there = fills(one.text), fills(other.text)
    if not here or not there or not (common := here.keys() & there.keys()):
        return ""
    compared = {slot: _compared(here[slot], there[slot], one, other) for slot in common}
    against = [slot for slot, said in compared.items() if said == "contradicts"]
    if _left(one, here, common) != _left(other, there, common):
        return "unsure" if against else ""
    if against:
        return "contradicts"
    return "same" if all(said == "same" for said in compared.values()) and here.keys() == there.keys() else ""


def _compared(here: Filled, there: Filled, one: Statement, other: Statement) -> Relation:
    """One slot in both: its wanted answers exclude each other, are the same, or neither."""
    mine, no = _wanted(here, one)
    theirs, never = _wanted(there, other)
    if mine & never or theirs & no or (mine and theirs and not mine & theirs):
        return "contradicts"
    return "same" if mine == theirs and mine else ""


def _wanted(filled: Filled, said: Statement) -> tuple[frozenset[str], frozenset[str]]:
    """Which answers a statement is for, and which it rules out."""
    ruled_out = frozenset(v for v in filled.values if {stem(w) for w in re.findall(r"[a-z0-9]+", v)} <= said.against)
    return filled.values - ruled_out, ruled_out


@lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    text = _REASON.sub("", text)
    for phrase, word in _PHRASES:
        text = phrase.sub(word, text)
    return frozenset(content(text))


def _left(said: Statement, filled: dict[str, Filled], common: frozenset[str] | set[str]) -> frozenset[str]:
    """What a statement says besides the slots that both fill."""
    gone = set(_SAYS_NOTHING)
    for slot in common:
        gone |= filled[slot].said | slots.cues_of(slot) | quantities.cues_of(slot)
        gone |= {w for beside in filled.values() if beside.said & filled[slot].said for w in beside.said}
    meant = _meant()
    return frozenset(meant.get(w, w) for w in _words(said.text) if w not in gone and not w.isdigit())
