"""Whether a wording of nobody who was there is covered by what was said: no name, number or negation of its own. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from sleep.consolidate.generate import LONGEST, proposal_of
from store.lessons import contrary
from store.question.terms import synonyms
from store.said.statement import FILLER, Statement, opposes, statement
from store.secrets import redact
from store.words import Observation

if TYPE_CHECKING:
    from collections.abc import Sequence

CORE = 0.5
"""So many of what is said must say a word before it may not be missing."""

_WEIGHTY = frozenset(
    ("not", "no", "never", "nor", "only", "without", "unless", "except", "must", "always", "instead", "rather")
)
"""Words that are said in passing elsewhere, and change everything here."""

_WORD = re.compile(r"[A-Za-z0-9_]+")
_MARKS = frozenset(" .,;:'()-")


def uncovered(text: str, said: Sequence[str]) -> str:
    """Why a wording may not stand for what was said; "" if it may."""
    sources = [statement(one) for one in said]
    here = statement(text)
    if not 0 < len(text) <= LONGEST or redact(text) != text or not text.isprintable():
        return "its form"
    if set(re.sub(r"\w", "", text)) - _MARKS - set("".join(said)):
        return "characters of its own"
    if own := _own_words(text, said, sources):
        return f"words of its own: {', '.join(sorted(own)[:3])}"
    if here.names - frozenset().union(*(one.names for one in sources)):
        return "names of its own"
    counted = Counter(number for one in sources for number in one.numbers)
    if not {n for n, times in counted.items() if times > CORE * len(sources)} <= here.numbers <= counted.keys():
        return "other numbers"
    return _negated(here, sources) or _opposed(text, said) or _thin(here, sources)


def _own_words(text: str, said: Sequence[str], sources: Sequence[Statement]) -> set[str]:
    known = {word.lower() for one in said for word in _WORD.findall(one)}
    stems = frozenset().union(*(one.words for one in sources))
    new = {word for word in _WORD.findall(text.lower()) if word not in known and word not in FILLER - _WEIGHTY}
    return {
        w
        for w in new
        if w in _WEIGHTY or not (cut := statement(w).words) or not all(c in stems or synonyms(c) & stems for c in cut)
    }


def _negated(here: Statement, sources: Sequence[Statement]) -> str:
    ruled_out = [one.against for one in sources]
    if here.against - frozenset().union(*ruled_out):
        return "rules out what nobody ruled out"
    if all(ruled_out) and not here.against:
        return "a negation is missing"
    wanted = frozenset().union(*(one.wanted for one in sources))
    if (here.wanted & frozenset().union(*ruled_out)) - wanted:
        return "wants what was ruled out"
    return "firmer than what was said" if here.firm and not any(one.firm for one in sources) else ""


def _opposed(text: str, said: Sequence[str]) -> str:
    alike = any(contrary(text, one, lambda *_: 1.0) or opposes(statement(text), statement(one)) for one in said)
    kept = not isinstance(proposal_of(Observation(id="-", text=text, kind="pattern")), str)
    return "" if kept and not alike else "against what was said"


def _thin(here: Statement, sources: Sequence[Statement]) -> str:
    counts = Counter(word for one in sources for word in one.words)
    core = {word for word, n in counts.items() if n > CORE * len(sources)}
    kept = {word for word in core if word in here.words or synonyms(word) & here.words}
    return "" if kept == core else f"leaves out {', '.join(sorted(core - kept)[:3])}"
