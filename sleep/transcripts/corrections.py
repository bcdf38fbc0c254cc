"""Which sentences of a turn correct the agent or state a rule, so that a later session should know them. Pure, and no model.

Of what people type to an agent hardly one turn in a hundred does, and a wrong lesson costs more than a missed one. So a
sentence must have one of a few strict forms (`forms.py`): what we always do or never do, what the agent must never do, a note
for later, what somebody prefers; or, right after "no" and its like, this and not that. Whether it becomes a lesson is for
consolidation to say (`sleep/consolidate/`).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from sleep.transcripts import forms

LONGEST = 900
"""Characters of a turn without what was pasted; a longer one is a task with its requirements."""

LONGEST_SENTENCE = 220
MOST_WORDS = 16
"""Of a sentence that says this and not that."""

MOST = 3
"""Sentences that one turn may teach."""


class Correction(NamedTuple):
    """One sentence worth remembering, without its opening."""

    text: str
    kind: Literal["correction", "preference"]


def corrections_in(text: str, *, acted: bool = True, stopped: bool = False) -> list[Correction]:
    """What a turn teaches. `acted`: the agent had done something before; `stopped`: the user had made it stop, or refused."""
    text = "\n".join(
        line for line in text.splitlines() if line.strip()
    )  # patterns take long over thousands of empty lines
    if forms.OURS.search(text) or forms.SPEC.search(text) or len(forms.BULLET.findall(text)) > 2:
        return []
    plain = forms.FENCE.sub("\n", text)
    plain = "\n".join(line for line in plain.splitlines() if not forms.PASTED.search(line))
    if len(plain) > LONGEST:
        return []
    found: dict[str, Correction] = {}
    wrong = acted and stopped
    for nth, sentence in enumerate(_sentences(plain)):
        told = acted and bool(forms.AGAINST.match(sentence))
        if (taught := _taught(sentence, acted=acted, against=wrong or told)) is not None:
            found[taught.text] = taught
        wrong = wrong and nth == 0 or told  # what follows "that's wrong" says what is right
    return list(found.values())[:MOST]


def _sentences(text: str) -> list[str]:
    guarded = forms.ABBREVIATION.sub(lambda m: m[0].replace(".", "\0"), text)
    parts = (part.replace("\0", ".").strip(" \t-–") for part in forms.END.split(guarded))
    return [part for part in parts if part]


def _taught(sentence: str, *, acted: bool, against: bool) -> Correction | None:
    """The sentence without its opening, if it is worth remembering."""
    if sentence.rstrip("\"') ").endswith("?") or len(sentence) > LONGEST_SENTENCE:
        return None
    said = forms.OPENING.sub("", sentence).strip()
    if len(re.findall(r"\w+", said)) < 3 or forms.NOW.search(said) or forms.VERDICT.match(said):
        return None
    noted = bool(forms.NOTE.search(sentence))
    liking = bool(forms.LIKING.search(said))
    if not (liking or _holds(said, noted=noted, acted=acted, against=against)):
        return None
    return Correction(_worded(said), "preference" if liking else "correction")


def _worded(said: str) -> str:
    """As people write it who have time: "use x, not y" rules y out, and "dont" is a prohibition."""
    said = forms.DONT.sub("don't", said)
    if (use := forms.USE_NOT.match(said)) is not None:
        said = f"{use[1]} {use[2]} instead of {use[3]}"
    return said[0].upper() + said[1:]


def _holds(said: str, *, noted: bool, acted: bool, against: bool) -> bool:
    """Whether it has one of the forms."""
    if _habit(said, against=against) or _forbids(said, noted=noted, against=against) or forms.MUST.search(said):
        return True
    if forms.ALWAYS.match(said):
        return noted or _always(said, against=against)
    if forms.TASK.search(said):
        return False
    told = noted and forms.SAYS.search(said) and not forms.OF_THE_MOMENT.match(said)
    return bool(told or forms.TOLD.search(said)) or _corrects(said, acted=acted, against=against)


def _habit(said: str, *, against: bool) -> bool:
    """What we do, always or here."""
    if forms.PASSING.search(said) or (forms.TASK.search(said) and not said.lower().startswith("we ")):
        return False
    usual = forms.USES.search(said) and (forms.HERE.search(said) or forms.CONTRAST.search(said) or against)
    return bool(forms.HABIT.search(said) or usual)


def _forbids(said: str, *, noted: bool, against: bool) -> bool:
    """What must never be done, of more than the one thing at hand."""
    if not forms.FORBIDS.match(said) or forms.ONE.search(said):
        return False
    return noted or against or bool(forms.RULES.search(said)) or bool(re.search(r"\b\w+s\b", said))


def _always(said: str, *, against: bool) -> bool:
    """What must always be done: something of how one works, not of what the program does."""
    if re.search(r"\balways\b|^prefer|^reuse|^only|\beverywhere\b|^please", said, re.IGNORECASE):
        return bool(forms.OF_WORK.search(said) or forms.NAMED.search(said))
    return (
        bool(forms.INSTEAD.search(said))
        and len(said.split()) <= MOST_WORDS
        and (against or bool(forms.OF_WORK.search(said) or forms.NAMED.search(said)))
    )


def _corrects(said: str, *, acted: bool, against: bool) -> bool:
    """This and not that, or a name where the agent had another."""
    if forms.OF_THE_MOMENT.match(said):
        return False
    contrast, fact = bool(forms.CONTRAST.search(said)), bool(forms.FACT.match(said))
    named = bool(forms.NAMED.search(said))
    if not against:
        return acted and fact and contrast and named and len(said.split()) <= MOST_WORDS
    return fact and (contrast or named) or contrast and len(said.split()) <= 14
