"""Deliberation: where thinking is switched on, a model is asked, in few requests, what rules are unsure of among the lessons.

    doubts -> asks (budget, ledger, notebook: those of all thinking) -> replies -> what of them holds -> lessons, in one commit

The rules' result is stored before this begins and stands whatever happens here. What is asked is `doubts.py`, what is believed
`opinions.py`; who sends and pays, `sleep/thinkers/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sleep.consolidate.doubts import groups, pairs
from sleep.consolidate.opinions import Opinions, advised, opinions, packed
from sleep.consolidate.stage import LESSONS, OBSERVATIONS, consolidated, nearness, replace
from sleep.report import ThinkReport
from sleep.thinking.notebook import Notebook
from sleep.thinking.prompt import comparing
from sleep.thinking.thinking import Thinking, thinker_of
from store.encoding import decode
from store.fold import unfolded
from store.lease import alone
from store.lessons import here, nearness_by
from store.words import Lesson, Observation, now

if TYPE_CHECKING:
    from sleep.desk import Desk
    from sleep.thinkers.sending import Sending
    from sleep.thinkers.thinker import Ask
    from store.graph.index import Index
    from store.home import Home
    from store.lessons import Near
    from store.tables import Store

A_REQUEST = 20
"""Pairs, and groups, of one request."""

REQUESTS = 2
"""Requests of one shift, for each model: what is left comes next time."""

OUTPUT = 400
"""Tokens of an answer, about."""


class Known(NamedTuple):
    """What there is to deliberate on: the lessons, and what was observed, by id."""

    lessons: dict[str, Lesson]
    said: Mapping[str, str]


async def known(store: Store) -> Known:
    """As the store has it."""
    lessons = {one.id: one for one in await store.lessons()}
    return Known(lessons, {o.id: o.text for o in await store.entries("observations", Observation, OBSERVATIONS)})


def planned(have: Known, held: Opinions, chosen: Thinking, near: Near) -> list[Ask]:
    """What to ask, what matters most first; nothing that a model was asked before."""
    asks = []
    for model in models_of(chosen):
        some = [p for p in pairs(have.lessons.values(), near) if model not in held.asked.get(p.key, ())]
        many = groups(have.lessons.values(), have.said) if model == chosen.main_model else []
        many = [g for g in many if model not in held.asked.get(g.key, ())]
        for n in range(0, REQUESTS * A_REQUEST, A_REQUEST):
            if some[n : n + A_REQUEST] or many[n : n + A_REQUEST]:
                pack = packed(some[n : n + A_REQUEST], many[n : n + A_REQUEST])
                asks.append(comparing(pack, model, chosen.effort))
    return asks


def models_of(chosen: Thinking) -> tuple[str, ...]:
    """The models that have to agree on a pair."""
    return tuple(dict.fromkeys(m for m in (chosen.main_model, chosen.judge_model) if m))


async def deliberate(desk: Desk, chosen: Thinking, sender: Sending | None = None) -> None:
    """Ask, and apply what was answered, now or earlier. The connected agent is not asked: it comes by itself, for files."""
    thinker = sender or thinker_of(chosen, desk.store.home, desk.pace.turn)
    if thinker is None:
        return
    notebook, near = Notebook(desk.store.home), nearness(desk)
    have = await known(desk.store)
    if not have.lessons:
        return
    before = list(notebook.all())
    asks = planned(have, opinions(before), chosen, near)
    if asks or any(t.state == "sent" and t.ask.part == "lessons" for t in before):
        await _asked(thinker, asks, desk, chosen)
    await _applied(desk, chosen, opinions(notebook.all()), near)


async def _asked(thinker: Sending, asks: Sequence[Ask], desk: Desk, chosen: Thinking) -> None:
    report = desk.report.lessons = ThinkReport(thinker=chosen.thinker, asks=len(asks))
    mine = {ask.id for ask in asks}
    async for reply in thinker.think(asks):
        if reply.ask in mine:
            report.replies += 1
            report.ended[reply.ended] = report.ended.get(reply.ended, 0) + 1
    report.stopped, report.notes = thinker.stopped, list(dict.fromkeys(thinker.notes))[:8]
    report.usd_today = str(thinker.spent().normalize())


async def _applied(desk: Desk, chosen: Thinking, held: Opinions, near: Near) -> None:
    """Change the lessons, as they are by now: nobody waited for the model with their turn in hand."""
    if not held.pairs and not held.groups:
        return
    async with alone(desk.store, LESSONS) as turn:
        have = await known(desk.store)
        after, counts = advised(have.lessons, held, models_of(chosen), have.said, near)
        if await turn.still():
            await replace(desk.store, have.lessons, after)
    report = desk.report.lessons = desk.report.lessons or ThinkReport(thinker=chosen.thinker)
    report.held = sum(counts[did] for did in ("merged", "superseded", "reworded"))
    report.dropped = {why: n for why, n in sorted(counts.items()) if ":" in why}


async def rehearsed(home: Home, chosen: Thinking, index: Index) -> list[Ask]:
    """What a shift now would ask about lessons: as `planned`, after what waits is consolidated in memory. Nothing is stored."""
    from store.embed import Embedder
    from store.tables import Store

    store = await Store.open(home, create=False)
    try:
        have = await known(store)
        observed = await store.entries("observations", Observation, OBSERVATIONS)
    finally:
        store.close()
    observed += [decode(Observation, line.body) for line in unfolded(home.journal) if line.type == Observation.__name__]
    if not have.lessons and not observed:
        return []
    embedder = Embedder()
    near = nearness_by(embedder.embed_one)
    waiting = [o for o in observed if not o.settled]
    done = consolidated(have.lessons.values(), waiting, near, lambda about: here(about, index), now())
    then = Known(done.lessons, {o.id: o.text for o in observed})
    return planned(then, opinions(Notebook(home).all()), chosen, near)
