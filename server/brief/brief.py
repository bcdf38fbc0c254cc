"""One brief, from the question "what is new?" to text: the only room here that knows the store and the open rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from anyio import to_thread

from server.brief.compose import differing, likely, material
from server.brief.learnt import learnt
from server.brief.material import Material
from server.brief.window import window_of
from server.presenters import presenter
from store.errors import StoreError
from store.lessons import applies
from store.visits import Visit, last_before, visits
from store.words import now

if TYPE_CHECKING:
    from datetime import datetime

    from server.brief.difference import Difference
    from server.rooms import Rooms
    from store.words import Lesson, PreAnswer, Query

TOKENS = 600


class Wanted(NamedTuple):
    """Which brief. Without `since` it is what is new since the last visit of another session."""

    since: str | None = None
    session: str = ""
    presenter: str = "markdown"
    max_tokens: int = TOKENS


class Brief(NamedTuple):
    """A brief as text, and what it was made of."""

    text: str
    material: Material


async def brief(rooms: Rooms, wanted: Wanted) -> Brief:
    """Work the brief out. Raises BadCall for a `since` or a presenter that means nothing."""
    shown = presenter(wanted.presenter)
    live = rooms.live
    lessons = await _lessons(rooms)
    visit = last_before(visits(rooms.home), wanted.session)
    asked = None if visit or wanted.since else await _last_asked(rooms, wanted.session)
    async with live.turn:
        if not await to_thread.run_sync(live.refresh):
            note = Material(f"{len(live.behind)} files are being read just now; ask for the brief again in a moment.")
            return Brief(shown(note, wanted.max_tokens), note)
        if not live.tree.git.is_repo:
            note = Material("This folder has no git history, so what is new here is not known.")
            return Brief(shown(note, wanted.max_tokens), note)
        found, questions = await to_thread.run_sync(_found, rooms, wanted.since, visit, asked)
        stored = await _stored(rooms, questions)
        made = await to_thread.run_sync(_made, rooms, found, lessons, questions, stored)
    return Brief(shown(made, wanted.max_tokens), made)


def _found(
    rooms: Rooms, since: str | None, visit: Visit | None, asked: datetime | None
) -> tuple[Difference, list[tuple[str, Query]]]:
    with rooms.live.lock:
        sources = rooms.live.sources
        found = differing(sources, window_of(sources.tree.git, since, visit, asked))
        return found, likely(sources, found)


def _made(
    rooms: Rooms,
    found: Difference,
    lessons: list[Lesson],
    questions: list[tuple[str, Query]],
    stored: dict[str, list[PreAnswer]],
) -> Material:
    with rooms.live.lock:
        told = learnt([one for one in lessons if applies(one, rooms.live.index)], found)
        return material(rooms.live.sources, found, told, questions, stored)


async def _stored(rooms: Rooms, questions: list[tuple[str, Query]]) -> dict[str, list[PreAnswer]]:
    try:
        return await rooms.shelf.rows([query.key for _, query in questions])
    except StoreError:
        return {}


async def _lessons(rooms: Rooms) -> list[Lesson]:
    try:
        return await rooms.shelf.lessons()
    except StoreError:
        return []


async def _last_asked(rooms: Rooms, session: str) -> datetime | None:
    """When somebody last asked in another session; for want of sessions' names, before this sitting."""
    here = Visit(at=now(), session=session)
    try:
        asked = await rooms.store.queries(200)
    except StoreError:
        return None
    times = (
        a.at for a in asked if a.client != "eval" and last_before([Visit(at=a.at, session=a.session)], here.session)
    )
    return max(times, default=None)
