"""Observing: what somebody was corrected in, prefers, noticed or ran into is appended to the journal, and nothing else.

What becomes of it is consolidation's (`sleep/consolidate/`), while nobody waits.
"""

from __future__ import annotations

import posixpath
import uuid
from typing import TYPE_CHECKING, NamedTuple

from server.results import ObservationResult
from store.errors import BadCall

if TYPE_CHECKING:
    from store.journal import Journal
    from store.words import ObservationKind

LONGEST = 2_000


class Observing(NamedTuple):
    """What is to be remembered."""

    text: str
    kind: ObservationKind
    scope: str = "repo"
    about: tuple[str, ...] = ()


def observe(journal: Journal, wanted: Observing, session: str, client: str) -> ObservationResult:
    """Append it. Raises BadCall for a text that is none, and StoreError where nothing can be written."""
    from server.present import clean
    from store.secrets import redact
    from store.words import Observation

    wanted = wanted._replace(scope=redact(clean(wanted.scope)))
    text = clean(wanted.text).strip()
    if not text or len(text) > LONGEST:
        raise BadCall(f"Say it in one general sentence; {len(text):,} characters are none. Nothing was recorded.")
    entry = Observation(
        id=uuid.uuid4().hex[:16], text=redact(text), kind=wanted.kind, scope=_scope(wanted), session=session, client=client,
        about=tuple(redact(clean(a).strip())[:200] for a in wanted.about[:8] if a.strip()),
    )  # fmt: skip
    journal.append(entry, durable=True)
    return ObservationResult(recorded=True, id=entry.id)


def _scope(wanted: Observing) -> str:
    """Where it holds. A preference is personal unless it was said to hold for the repository."""
    scope = wanted.scope.strip() or "repo"
    if scope.casefold() in ("repo", "me"):
        return scope.casefold()
    path = posixpath.normpath(" ".join(scope.split()))[:200]
    if path.startswith(("/", "..")):
        raise BadCall(f"{scope!r} is no scope: give repo, me, or a path of this repository. Nothing was recorded.")
    return "repo" if path == "." else path
