"""Forgetting: everything that a model said is dropped again, by model, prompt version, path or time. One command.

Structural answers and what people recorded are not touched. Dropped are the pre-answers, the facts on cards, and the replies that
they came from; a lesson that a model worded reads again as somebody said it (which lessons were merged stays in their history).
What it cost stays in the books (`sleep/thinking/budget.py`), because it was spent.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sleep.consolidate.stage import LESSONS, replace
from sleep.thinking.notebook import Notebook
from sleep.thinking.prompt import model_of, prompt_of
from store.errors import StoreBusy
from store.lease import alone
from store.source.record import split_id
from store.words import Card, Evidence, Lesson, PreAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from store.tables import Store


class Which(NamedTuple):
    """What to forget: all conditions that are given have to hold. With none, everything that a model ever said."""

    model: str = ""
    prompt: str = ""
    path: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def matches(self, thought: str, origin: str, evidence: Iterable[Evidence], created: datetime) -> bool:
        """Whether something inferred is meant."""
        return (
            (not self.model or self.model in (model_of(thought), origin, origin.removeprefix("model:")))
            and (not self.prompt or prompt_of(thought) == self.prompt)
            and (
                not self.path
                or any(_below(split_id(e.subject)[0], self.path) for e in evidence if e.kind in ("span", "file"))
            )
            and (self.since is None or created >= self.since)
            and (self.until is None or created <= self.until)
        )


class Forgotten(NamedTuple):
    """How much it was."""

    answers: int
    facts: int
    replies: int
    lessons: int = 0


async def forget(store: Store, which: Which) -> Forgotten:
    """Drop it. Doing it again drops nothing more."""
    rows = [
        row
        for row in await store.preanswers()
        if _inferred(row) and which.matches(row.thought, row.origin, row.evidence, row.created)
    ]
    if rows:
        await store.drop_preanswers(row.variant for row in rows)
    notebook = Notebook(store.home)
    times = {thought.ask.id: thought.at for thought in notebook.all("answered")}
    changed = [(card, kept) for card in await store.cards() if (kept := _without(card, which, times)) is not card]
    if changed:
        await store.put_cards([(kept, None) for _, kept in changed])
    thoughts = [
        thought
        for thought in notebook.all("answered", "lost")
        if which.matches(thought.ask.id, model_of(thought.ask.id), thought.ask.pack.evidence, thought.at)
    ]
    for thought in thoughts:
        notebook.drop(thought.ask.id)
    lessons = await _in_their_words(store, which, times)
    return Forgotten(len(rows), sum(len(c.facts) - len(k.facts) for c, k in changed), len(thoughts), lessons)


async def _in_their_words(store: Store, which: Which, times: Mapping[str, datetime]) -> int:
    """Lessons that a model worded, as they were said. How many."""
    async with alone(store, LESSONS) as turn:
        before = {one.id: one for one in await store.lessons()}
        said = [
            _as_said(one)
            for one in before.values()
            if one.worded and which.matches(one.thought, one.worded, (), times.get(one.thought, one.at))
        ]
        if not await turn.still():
            raise StoreBusy("right to change the lessons of the store")
        await replace(store, before, before | {one.id: one for one in said})
    return len(said)


def _as_said(lesson: Lesson) -> Lesson:
    before = [n for n, revision in enumerate(lesson.history) if revision.why == f"worded by {lesson.worded}"]
    text = lesson.history[before[-1]].text if before else lesson.text
    history = tuple(revision for n, revision in enumerate(lesson.history) if n not in before[-1:])
    return lesson.model_copy(update={"text": text, "history": history, "worded": "", "thought": ""})


def _inferred(row: PreAnswer) -> bool:
    return bool(row.thought) or row.origin.startswith("model:")


def _without(card: Card, which: Which, times: Mapping[str, datetime]) -> Card:
    kept = tuple(
        f
        for f in card.facts
        if not (
            f.inferred and which.matches(f.thought, model_of(f.thought), f.evidence, times.get(f.thought, card.created))
        )
    )
    return card if len(kept) == len(card.facts) else card.model_copy(update={"facts": kept})


def _below(path: str, wanted: str) -> bool:
    wanted = wanted.rstrip("/")
    return path == wanted or path.startswith(f"{wanted}/") or wanted == "."
