"""The stage of a shift that takes past sessions in: questions join what was asked, corrections join the observations.

Nothing is opened unless the user switched it on. Secrets are cut out before anything is looked at; what was understood goes into
the store, and only then is it noted how far each session was read: a shift that dies in between does the same again, by id.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from sleep.consolidate.stage import OBSERVATIONS
from sleep.transcripts.corrections import corrections_in
from sleep.transcripts.questions import question_in
from sleep.transcripts.reading import Place, Read, Turn, folder_of, read_new
from store.lessons import here
from store.question.find import Finder
from store.secrets import redact
from store.words import Asked, Observation, digest_of

if TYPE_CHECKING:
    from sleep.desk import Desk
    from store.evidence import Sources
    from store.graph.index import Index

Whose = Literal["none", "claude-code"]

PLACES = "transcripts"
"""The name in `meta` of how far each session was read: {file name: [bytes, digest]}."""

CLIENT = "claude-code transcript"

MOST = 2_000
"""Turns that are taken in with one shift."""

_OF_ONESELF = re.compile(r"\b(?:[Mm]e|[Mm]y|[Mm]ine|I)\b")
"""Who speaks of themselves says what holds for them: it never leaves the individual tier."""


async def take_in(desk: Desk, sources: Sources, whose: Whose) -> list[Asked]:
    """Store what the sessions since last time hold; the questions among it. Nothing where it is not switched on."""
    if whose == "none":
        return []
    root = sources.tree.root
    found = read_new(folder_of(root, os.environ), places_of(await desk.store.meta_get(PLACES)), root)
    finder = Finder(sources.index) if found.turns else None
    asked: list[Asked] = []
    seen: list[Observation] = []
    turns = {
        turn.id: turn for turn in reversed(found.turns)
    }  # a forked session begins with a copy of the one it came from
    for turn in list(reversed(turns.values()))[-MOST:]:
        if not await desk.pace.turn():
            return []  # nothing is noted as read: the next shift begins where this one did
        safe = turn._replace(text=redact(turn.text))
        question = question_in(safe, CLIENT, sources, finder) if finder is not None else None
        asked += [question] if question is not None else []
        seen += observations_of(safe, sources.index)
    await desk.store.add_queries(asked)
    await _observe(desk, seen)
    await desk.store.meta_set(PLACES, json.dumps(found.places))
    desk.report.transcripts_read = len(asked)
    _tell(desk, found)
    return asked


def observations_of(turn: Turn, index: Index) -> list[Observation]:
    """What a turn teaches, linked to the files and folders of this repository that it names."""
    return [
        Observation(
            id=f"heard-{digest_of(f'{turn.id} {taught.text}')[:20]}",  # the same in a copy of the session
            at=turn.at,
            text=taught.text,
            kind=taught.kind,
            scope="me" if taught.kind == "preference" or _OF_ONESELF.search(taught.text) else "repo",
            about=places_in(taught.text, index),
            session=turn.session,
            client=CLIENT,
        )
        for taught in corrections_in(turn.text, acted=turn.acted, stopped=turn.stopped)
    ]


def places_in(text: str, index: Index) -> tuple[str, ...]:
    """The files and folders that a text names, as far as they are here: a link to nothing would make the lesson look outdated."""
    words = (word.strip("`'\"(),.:;!?*").removeprefix("./") for word in text.split())
    named = (word for word in words if not word.startswith("/") and ("/" in word or "." in word))
    return tuple(dict.fromkeys(name for name in named if here(name, index)))[:4]


async def _observe(desk: Desk, seen: Iterable[Observation]) -> None:
    """Add observations. One that is there already stays as it is settled."""
    fresh = {one.id: one for one in seen}
    if fresh:
        for known in await desk.store.entries("observations", Observation, OBSERVATIONS):
            fresh.pop(known.id, None)
        await desk.store.add("observations", list(fresh.values()))
    desk.report.corrections_found = len(fresh)


def _tell(desk: Desk, found: Read) -> None:
    if found.malformed:
        desk.report.notices.append(f"{found.malformed} lines of past sessions could not be read and were passed over.")
    if found.too_long:
        desk.report.notices.append(f"{found.too_long} lines of past sessions are too long and were passed over.")


def places_of(text: str | None) -> Mapping[str, Place]:
    """What was noted; nothing where that cannot be read, and then every session is read again, which adds nothing twice."""
    try:
        noted = json.loads(text or "{}")
        return {str(name): Place(int(end), str(mark)) for name, (end, mark) in noted.items()}
    except (ValueError, AttributeError, TypeError):
        return {}
