"""The Generator: which observations could be lessons at all. Noise, passing states and our own words are none. Pure."""

from __future__ import annotations

import re

from sleep.consolidate.deltas import Proposal
from store.said.statement import statement
from store.words import Observation

LONGEST = 280
"""Characters of a lesson: what needs more is a document."""

LEAST = 3
"""Words with content. Fewer say nothing to somebody who was not there."""

OURS = re.compile(
    r"\bforethought\b|\[(?:risky|changed|touched|learnt|asked)\]|\blesson[: ][0-9a-f]{6,}\b|\blearnt here: |\bhead_start\b"
    r"|\btrace(?:_id)? [0-9a-f]{8,}|computed (?:this answer )?ahead|\blookup_preanswer\b",
    re.IGNORECASE,
)
"""Marks of what we said ourselves: an agent that repeats it has observed nothing."""

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.]{0,24}\b(?:previous|prior|above|earlier|all|any|your)\b[^.]{0,24}"
    r"\b(?:instructions?|prompts?|lessons?|guidelines|messages)\b|\bsystem prompt\b|\bnew instructions\b"
    r"|\b(?:retire|delete|drop|remove|answer|mark|merge) (?:all|every|each|any)\b[^.]{0,16}\b(?:lessons?|pairs?)\b",
    re.IGNORECASE,
)
"""Words to whoever reads what was learnt, not about this repository: a file or a page said them, and an agent wrote them down."""

_PASSING = re.compile(
    r"\b(?:just now|right now|at the moment|for now|this time|today|yesterday|tomorrow|tonight|currently|for the time being)\b"
    r"|^(?:ok(?:ay)?|thanks?|thank you|great|done|perfect|nice|good|sure|yes|no|hi|hello)\b"
    r"|^(?:i|we|the agent|the user|claude|it)(?: have| has|'ve| just)* "
    r"(?:ran|run|fixed|pushed|merged|created|updated|deleted|committed|looked|read|opened|went|started|finished|tried|asked|saw|added|changed)\b"
    r"|\b(?:all )?(?:tests|checks|build|ci|lint) (?:pass|passed|passes|failed|is green|are green|succeeded|finished)\b"
    r"|\bin progress\b|\bwas merged\b|\bexit code\b|^traceback\b|\bsession (?:started|ended)\b",
    re.IGNORECASE,
)


def proposal_of(seen: Observation) -> Proposal | str:
    """The proposal, or why there is none."""
    text = " ".join(seen.text.split())
    if OURS.search(text):
        return "our own words"
    if _ORDERS.search(text):
        return "orders to whoever reads it"
    if text.endswith("?"):
        return "a question"
    said = statement(text)
    if len(said.words) < LEAST and not (said.firm and len(said.words) >= LEAST - 1):
        return "says too little"
    if not said.firm and _PASSING.search(text):
        return "a passing state"
    if said.firm and re.match(r"^(?:ok|thanks?)\b", text, re.IGNORECASE) and len(said.words) < LEAST:
        return "says too little"
    return Proposal(seen, _short(text), said.firm)


def _short(text: str) -> str:
    """The first sentences that fit."""
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST]
    end = max(cut.rfind(". "), cut.rfind("; "))
    return cut[: end + 1] if end > LONGEST // 3 else cut.rsplit(" ", 1)[0] + "…"
