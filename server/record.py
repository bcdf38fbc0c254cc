"""Recording: what an agent worked out itself is pinned to its sources as they are now, journalled, and served from now on.

The sleeper makes the stored row of it later (`store/recorded.py`). Looking up is `server/lookup.py`.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, NamedTuple

from server import present
from server.results import RecordResult
from server.voting import vote_of
from store.errors import BadCall
from store.lessons import LESSON
from store.question.gate import stated_key
from store.question.windows import window_of
from store.recorded import rows_of
from store.secrets import redact
from store.source.record import split_id, symbol_id
from store.words import Asked, Query, verbatim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.live import Live
    from server.shelf import Shelf
    from store.evidence import Sources
    from store.journal import Journal
    from store.words import Evidence

MOST_SOURCES = 40

_LINES = re.compile(r"^(.+?):(?:L)?(\d+)(?:\s*[-–]\s*(?:L)?(\d+))?$")


class Recording(NamedTuple):
    """What an agent wants remembered. `looked_up` is the query that the lookup with its trace id was understood as.

    `kind`, `about` and `since` are what the agent says that it means, now or in that lookup; links to lessons in `about` mean
    those. `shown` are the lessons beside the answer of that lookup, `trace` is its id.
    """

    question: str
    answer: str | None = None
    sources: tuple[str, ...] = ()
    useful: bool | None = None
    looked_up: Query | None = None
    session: str = ""
    client: str = ""
    kind: str | None = None
    about: tuple[str, ...] = ()
    since: str | None = None
    trace: str = ""
    shown: tuple[str, ...] = ()


def record(live: Live, shelf: Shelf, journal: Journal, wanted: Recording) -> RecordResult:
    """Record a question, and with an answer and its sources a pre-answer. When this returns, it is in the journal.

    Raises BadCall, OutsideRepo or NoSuchFile for a source that is none, and StoreError where nothing can be written: then
    nothing was recorded.
    """
    named = tuple(a for a in wanted.about if not a.startswith(LESSON))
    with live.lock:
        current = live.refresh()
        evidence = pinned(live.sources, wanted.sources) if current and wanted.answer else ()
        shown = present.places(evidence, live.index)
    entry = Asked(
        id=uuid.uuid4().hex[:16],
        question=redact(wanted.question),
        query=_query(wanted),
        status="recorded",
        session=wanted.session,
        client=wanted.client,
        useful=wanted.useful,
        answer=redact(present.clean(wanted.answer)) if wanted.answer else None,
        sources=wanted.sources,
        evidence=evidence,
        stated=redact(stated_key(wanted.kind, named, wanted.since or window_of(wanted.question)) or ""),
    )
    journal.append(entry, durable=True)
    if (vote := vote_of(wanted)) is not None:
        journal.append(vote)
    rows = rows_of(entry)
    for row in rows:
        shelf.give(row)
    return RecordResult(
        recorded=True,
        will_serve=bool(rows),
        evidence=shown,
        note=_note(wanted, current, bool(rows)),
        trace_id=entry.id,
    )


def _query(wanted: Recording) -> Query | None:
    """What it is about: a mark is about what was looked up or, where that is not known any more, about the question's words."""
    if wanted.useful is not None and not wanted.answer and wanted.looked_up is not None:
        return wanted.looked_up
    return verbatim(wanted.question)


def _note(wanted: Recording, current: bool, served: bool) -> str | None:
    if not wanted.answer or served:
        return None
    if not current:
        return "Many files are being read just now, so the sources could not be pinned: the answer is kept, but not served."
    return "An answer is served again only with its sources, because they are checked each time: give sources."


def pinned(sources: Sources, given: Sequence[str]) -> tuple[Evidence, ...]:
    """The evidence of "path", "path:10-20", "path::Name" and "folder/", as they are now."""
    if len(given) > MOST_SOURCES:
        raise BadCall(f"{len(given)} sources are too many: give at most {MOST_SOURCES}. Nothing was recorded.")
    return tuple(dict.fromkeys(_pinned(sources, one.strip()) for one in given if one.strip()))


def _pinned(sources: Sources, given: str) -> Evidence:
    path, qual = split_id(_relative(sources, given))
    if qual:
        if sources.index.symbol(symbol_id(path, qual)) is None:
            raise BadCall(
                f"There is no {qual!r} in {path!r}. Nothing was recorded. Give path::Qualified.name, or the path."
            )
        return sources.span(symbol_id(path, qual))
    match = None if path in sources.index else _LINES.match(path)
    if match and match[1] in sources.index:
        return _around(sources, match[1], int(match[2]), int(match[3] or match[2]))
    if path in sources.index:
        return sources.file(path)
    folder = path.rstrip("/") + "/"
    if any(p.startswith(folder) for p in sources.index.paths()):
        return sources.set("below", folder)
    sources.tree.read(match[1] if match else path)  # says why not: outside, absent, ignored
    raise BadCall(f"{path!r} is not among the files that are studied. Nothing was recorded.")


def _relative(sources: Sources, given: str) -> str:
    """Agents like absolute paths; those below the root are taken as they are meant."""
    root = f"{sources.tree.root.as_posix()}/"
    return given.removeprefix(root).removeprefix("./")


def _around(sources: Sources, path: str, first: int, last: int) -> Evidence:
    """The smallest symbol that holds these lines; the file where none does."""
    holding = [s for s in sources.index.symbols(path).values() if s.start <= first and last <= s.end]
    if not holding:
        return sources.file(path)
    smallest = min(holding, key=lambda s: s.end - s.start)
    return sources.span(symbol_id(path, smallest.qual))
