"""One brief, from the question "what is new?" to text: the only room here that knows the store and the open rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from anyio import to_thread

from server.brief.asked import Likely, likely
from server.brief.compose import material
from server.brief.difference import Difference, difference
from server.brief.learnt import learnt
from server.brief.material import Material
from server.brief.window import window_of, without
from server.presenters import presenter
from store.errors import BadCall, StoreError
from store.lessons import applies
from store.steady import Moved
from store.visits import Visit, last_before, visits

if TYPE_CHECKING:
    from datetime import datetime

    from server.rooms import Rooms
    from store.words import Asked, Lesson, PreAnswer

TOKENS = 600
LEAST, MOST = 60, 8_000

TRIES = 3
"""How often it begins again because a file changed under it."""


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
    """Work the brief out. Raises BadCall for a `since`, a presenter or a budget that means nothing."""
    if not LEAST <= wanted.max_tokens <= MOST:
        raise BadCall(
            f"A brief of {wanted.max_tokens:,} tokens is none: its first line alone takes up to {LEAST}; at most {MOST:,}."
        )
    shown = presenter(wanted.presenter)
    lessons, asked = await _lessons(rooms), await _asked(rooms)
    visit = last_before(visits(rooms.home), wanted.session)
    last = None if visit or wanted.since else _last_asked(asked, wanted.session)
    async with rooms.live.turn:
        made = None
        for _ in range(TRIES):
            try:
                made = await _material(rooms, (wanted.since, visit, last), lessons, asked)
                break
            except Moved:
                continue
    made = made or Material("Files are changing just now; ask for the brief again in a moment.")
    return Brief(shown(made, wanted.max_tokens), made)


async def _material(
    rooms: Rooms, since: tuple[str | None, Visit | None, datetime | None], lessons: list[Lesson], asked: list[Asked]
) -> Material:
    live = rooms.live
    if not await to_thread.run_sync(live.refresh):
        return Material(f"{len(live.behind)} files are being read just now; ask for the brief again in a moment.")
    if not live.tree.git.is_repo:
        return Material("This folder has no git history, so what is new here is not known.")
    found, questions = await to_thread.run_sync(_found, rooms, since, asked)
    stored = await _stored(rooms, questions)
    return await to_thread.run_sync(_made, rooms, found, lessons, questions, stored)


def _found(
    rooms: Rooms, since: tuple[str | None, Visit | None, datetime | None], asked: list[Asked]
) -> tuple[Difference, list[Likely]]:
    with rooms.live.lock:
        sources = rooms.live.sources
        window = without(window_of(sources.tree.git, *since), sources.tree.left_out)
        found = difference(sources, window)
        return found, likely(sources, found, asked)


def _made(
    rooms: Rooms,
    found: Difference,
    lessons: list[Lesson],
    questions: list[Likely],
    stored: dict[str, list[PreAnswer]],
) -> Material:
    with rooms.live.lock:
        told = learnt([one for one in lessons if applies(one, rooms.live.index)], found)
        return material(rooms.live.sources, found, told, questions, stored)


async def _stored(rooms: Rooms, questions: list[Likely]) -> dict[str, list[PreAnswer]]:
    try:
        return await rooms.shelf.rows([one.query.key for one in questions])
    except StoreError:
        return {}


async def _lessons(rooms: Rooms) -> list[Lesson]:
    try:
        return await rooms.shelf.lessons()
    except StoreError:
        return []


async def _asked(rooms: Rooms) -> list[Asked]:
    try:
        return await rooms.store.queries(200)
    except StoreError:
        return []


def _last_asked(asked: list[Asked], session: str) -> datetime | None:
    """When somebody last asked in another session; for want of sessions' names, before this sitting."""
    times = (a.at for a in asked if not a.ours and last_before([Visit(at=a.at, session=a.session)], session))
    return max(times, default=None)
