"""Which turns of a session are questions that this repository can answer: they count as asked. Pure.

What follows from what was asked is `sleep/prediction/demand.py`; what a question means, `store/question/understand.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.question.understand import understand
from store.words import Asked

if TYPE_CHECKING:
    from sleep.transcripts.reading import Turn
    from store.evidence import Sources
    from store.question.find import Finder

LONGEST = 400
"""Characters of a turn that is a question; a longer one is a task, with pasted text in it."""


def question_in(turn: Turn, client: str, sources: Sources, finder: Finder) -> Asked | None:
    """The question of a turn, if it is one and certainly understood."""
    if len(turn.text) > LONGEST:
        return None
    readings = understand(turn.text, sources, finder)
    query = readings.readings[0].query if readings.certain and readings.readings else None
    if query is None:
        return None
    return Asked(
        id=turn.id, at=turn.at, question=turn.text, query=query, status="recorded", session=turn.session, client=client,
    )  # fmt: skip
