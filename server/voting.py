"""Voting: a mark on an answer is also one on the lessons that stood beside it, or that the agent names. An observation.

What a vote counts for is `sleep/consolidate/votes.py`. It carries links and a question, never a statement: nothing that is said
of an answer can become a lesson.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from store.lessons import LESSON, TRACE
from store.secrets import redact
from store.words import Observation

if TYPE_CHECKING:
    from server.record import Recording

MOST = 8
LONGEST = 300


def vote_of(wanted: Recording) -> Observation | None:
    """The vote in a mark; None without a mark, or without a lesson."""
    named = tuple(a.strip() for a in wanted.about if a.startswith(LESSON))
    if wanted.useful is None or not (named or wanted.shown):
        return None
    about = named or (f"{TRACE}{wanted.trace}", *wanted.shown)
    return Observation(
        id=uuid.uuid4().hex[:16], text=redact(wanted.question)[:LONGEST], kind="pattern" if wanted.useful else "failure",
        about=tuple(a[:200] for a in about[:MOST]), session=wanted.session, client=wanted.client,
    )  # fmt: skip
