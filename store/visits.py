"""Visits: when somebody was last at work here, and what was checked out then. What a brief says is new since.

A small file beside the journal, not a table: a session that ends has little more than a second, and another machine's visits
are nobody's business. What changed since a visit is worked out by `server/brief/`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, TypeAdapter

from store.words import Word, now

if TYPE_CHECKING:
    from store.home import Home

SITTING = timedelta(minutes=30)
"""Without a session's name, what lies nearer together than this is one visit."""

KEPT = 20

_FILE = "visits.json"


class Visit(Word):
    """One sitting: when it was last noticed, and HEAD then."""

    at: AwareDatetime
    head: str = ""
    session: str = ""


_VISITS = TypeAdapter(tuple[Visit, ...])


def visits(home: Home) -> tuple[Visit, ...]:
    """What is remembered, oldest first. A damaged file is as good as none."""
    try:
        return _VISITS.validate_json((home.folder / _FILE).read_bytes())
    except (OSError, ValueError):
        return ()


def remember(home: Home, visit: Visit) -> None:
    """Keep a visit; the same one noticed again moves on. Raises OSError where nothing can be written."""
    kept = _VISITS.dump_json(with_visit(visits(home), visit))
    new = home.folder / f"{_FILE}.{os.getpid()}"
    new.write_bytes(kept)
    os.replace(new, home.folder / _FILE)


def with_visit(known: Sequence[Visit], visit: Visit) -> tuple[Visit, ...]:
    """The visits with this one noticed."""
    others = [v for v in known if not _same(v, visit)]
    return (*others, visit)[-KEPT:]


def last_before(known: Sequence[Visit], session: str, at: datetime | None = None) -> Visit | None:
    """The newest visit that is not the one going on now."""
    here = Visit(at=at or now(), session=session)
    return next((v for v in reversed(known) if not _same(v, here)), None)


def _same(one: Visit, other: Visit) -> bool:
    if one.session and other.session:
        return one.session == other.session
    return abs(one.at - other.at) < SITTING
