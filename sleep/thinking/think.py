"""Thinking: the stage of a shift in which a model reasons over contexts, and what it said is verified and published.

    contexts, best first -> packs -> asks -> replies -> verified, agreed, judged -> published

Replies that came in earlier (a batch, an agent, a shift that was killed) are taken up where they are, at no cost. What is
packed is `sleep/thinking/enrich.py`, what is believed `sleep/thinking/verify.py`, who thinks and pays `sleep/thinkers/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sleep.desk import Desk
from sleep.limits import Limits
from sleep.prediction.predict import Prediction, Signals, predict
from sleep.report import ThinkReport
from sleep.thinkers.thinker import Ask, Effort, Reply
from sleep.thinking.agree import agreed
from sleep.thinking.enrich import Context, contexts, pack
from sleep.thinking.notebook import Notebook
from sleep.thinking.notes import offered, read_judgement, read_notes
from sleep.thinking.pack import Pack
from sleep.thinking.prompt import judging, model_of, thinking
from sleep.thinking.publish import Believed, publish
from sleep.thinking.thinking import Thinking, thinker_of
from sleep.thinking.verify import Held, verify
from store.evidence import Sources
from store.source.record import split_id
from store.words import Asked

if TYPE_CHECKING:
    from sleep.thinkers.sending import Sending

DEEP = 10
"""One context in so many, the most valuable ones, is thought about several times and with more effort."""

_MORE: dict[Effort, Effort] = {"low": "medium", "medium": "high", "high": "high"}


class Job(NamedTuple):
    """One context on its way: what it is worth, what is sent of it, and what is asked."""

    context: Context
    pack: Pack
    asks: tuple[Ask, ...]


async def think(
    desk: Desk, sources: Sources, predictions: Sequence[Prediction], asked: Sequence[Asked], chosen: Thinking
) -> None:
    """Have the best contexts thought about, as far as the budget and the time go; publish what came and holds."""
    thinker = thinker_of(chosen, desk.store.home, desk.pace.turn)
    notebook = Notebook(desk.store.home)
    report = desk.report.thinking = ThinkReport(thinker=chosen.thinker)
    jobs = planned(sources, predictions, asked, chosen)
    desk.progress.stage("think", len(jobs))
    if thinker is not None:
        report.lost = thinker.recovered()
        await _asked(thinker, [ask for job in jobs for ask in job.asks], desk, report)
    ready = _verified(jobs, notebook, sources, report)
    if thinker is not None and chosen.judge_model:
        ready = await _judged(ready, thinker, chosen.judge_model, desk, report)
    new = await _unpublished(desk, ready)
    done = await publish(desk.store, sources, new, desk.vector)
    report.answers, report.facts = done.answers, done.facts
    report.dropped.update(done.dropped)
    _conclude(report, thinker)


def planned(sources: Sources, predictions: Iterable[Prediction], asked: Sequence[Asked], chosen: Thinking) -> list[Job]:
    """What to ask, best first: contexts that are worth more than thinking about them costs."""
    worth = _worth(sources, predictions, chosen)[: chosen.contexts]
    jobs: list[Job] = []
    for number, context in enumerate(worth):
        packed = pack(sources, context)
        if packed is not None:
            deep = number * DEEP < len(worth) and chosen.samples > 1
            jobs.append(Job(context, packed, asks_of(packed, chosen, deep=deep, asked=_about(context, asked))))
    return jobs


def worthwhile(sources: Sources, chosen: Thinking, limits: Limits) -> list[Context]:
    """The contexts worth thinking about by structure alone: for who has no shift's predictions at hand."""
    return _worth(sources, predict(Signals(sources.index), limits), chosen)


def _worth(sources: Sources, predictions: Iterable[Prediction], chosen: Thinking) -> list[Context]:
    found = contexts(sources.index, predictions, chosen.unsent)
    return [c for c in found if c.value * chosen.eagerness > c.tokens + c.output]


def asks_of(packed: Pack, chosen: Thinking, *, deep: bool = False, asked: Sequence[str] = ()) -> tuple[Ask, ...]:
    """One packed request, or one for each model; several samples of each where it is worth it."""
    samples = chosen.samples if deep else 1
    effort = _MORE[chosen.effort] if deep else chosen.effort
    model, other = (chosen.main_model, chosen.answer_model) if chosen.thinker != "agent" else ("agent", "")
    split = bool(other) and other != model
    parts = (("facts", model), ("questions", other)) if split else (("all", model),)
    return tuple(
        thinking(packed, part, by, effort=effort, sample=n, shared=samples > 1, asked=asked)  # type: ignore[arg-type]
        for part, by in parts
        for n in range(samples)
    )


def _about(context: Context, asked: Iterable[Asked]) -> list[str]:
    """What was asked about a context and not answered well, the newest first."""
    paths = {split_id(e)[0] for e in context.entities}
    found = [
        a.question
        for a in sorted(asked, key=lambda a: a.at, reverse=True)
        if a.query is not None
        and a.status in ("miss", "candidates")
        and paths & {split_id(e)[0] for e in a.query.entities}
    ]
    return list(dict.fromkeys(found))[:8]


async def _asked(thinker: Sending, asks: Sequence[Ask], desk: Desk, report: ThinkReport) -> None:
    report.asks += len(asks)
    async for reply in thinker.think(asks):
        desk.progress.step()
        report.replies += 1
        report.ended[reply.ended] = report.ended.get(reply.ended, 0) + 1


def _verified(jobs: Iterable[Job], notebook: Notebook, sources: Sources, report: ThinkReport) -> list[Believed]:
    """What holds of the replies that are here: each item against the text that the model was given."""
    found: list[Believed] = []
    for job in jobs:
        for part in dict.fromkeys(ask.part for ask in job.asks):
            asks = [ask for ask in job.asks if ask.part == part]
            samples = [_held(ask, notebook, sources, report) for ask in asks]
            here = [sample for sample in samples if sample is not None]
            waiting = any(_waiting(notebook, ask) for ask in asks)
            if here and not waiting:
                held = agreed(here)
                report.dropped["no agreement"] = (
                    report.dropped.get("no agreement", 0) + max(len(s) for s in here) - len(held)
                )
                found.append(Believed(job.pack, held, origin_of(asks[0]), asks[0].id))
    return found


def origin_of(ask: Ask) -> str:
    """Whose answer it is, as it is shown."""
    model = model_of(ask.id)
    return "agent" if model == "agent" else f"model:{model}"


def _held(ask: Ask, notebook: Notebook, sources: Sources, report: ThinkReport) -> list[Held] | None:
    thought = notebook.get(ask.id)
    reply = thought.reply if thought and thought.state == "answered" else None
    if thought is None or reply is None:
        return None
    return held_of(reply, thought.ask, sources, report)


def held_of(reply: Reply, ask: Ask, sources: Sources, report: ThinkReport) -> list[Held] | None:
    """The items of a reply that hold; None for a reply that cannot be read. What does not hold is counted."""
    notes = read_notes(reply.text, ask.part) if reply.ended == "done" else None
    if notes is None:
        report.dropped["unreadable reply"] = report.dropped.get("unreadable reply", 0) + 1
        return None
    verified = verify(notes, ask.pack, sources.index)
    malformed = offered(reply.text) - len(notes.facts) - len(notes.questions)
    for reason, number in (verified.dropped + Counter({"malformed": malformed})).items():
        report.dropped[reason] = report.dropped.get(reason, 0) + number
    report.held += len(verified.held)
    return verified.held


def _waiting(notebook: Notebook, ask: Ask) -> bool:
    thought = notebook.get(ask.id)
    return thought is not None and thought.state == "sent"


async def _judged(
    believed: Sequence[Believed], thinker: Sending, model: str, desk: Desk, report: ThinkReport
) -> list[Believed]:
    """What a second model supports too. What it has not yet looked at waits."""
    asks = {n: judging(b.pack, [h.item for h in b.held], model) for n, b in enumerate(believed) if b.held}
    await _asked(thinker, list(asks.values()), desk, report)
    notebook = Notebook(desk.store.home)
    kept: list[Believed] = []
    for n, ask in asks.items():
        thought = notebook.get(ask.id)
        reply = thought.reply if thought and thought.state == "answered" else None
        judgement = read_judgement(reply.text) if reply and reply.ended == "done" else None
        if judgement is None:
            continue
        supported = {v.number for v in judgement.verdicts if v.verdict == "supported"}
        supported -= {v.number for v in judgement.verdicts if v.verdict != "supported"}
        held = [
            h._replace(confidence=min(h.confidence + 0.15, 0.95))
            for i, h in enumerate(believed[n].held)
            if i in supported
        ]
        report.dropped["second reader"] = report.dropped.get("second reader", 0) + len(believed[n].held) - len(held)
        kept.append(believed[n]._replace(held=held))
    return kept


async def _unpublished(desk: Desk, ready: Sequence[Believed]) -> list[Believed]:
    """Those of which nothing is stored yet."""
    if not ready:
        return []
    known = {row.thought for row in await desk.store.preanswers()}
    known |= {fact.thought for card in await desk.store.cards() for fact in card.facts}
    return [b for b in ready if b.held and b.thought not in known]


def _conclude(report: ThinkReport, thinker: Sending | None) -> None:
    report.dropped = {reason: n for reason, n in sorted(report.dropped.items()) if n}
    if thinker is not None:
        report.stopped = thinker.stopped
        report.notes = list(dict.fromkeys(thinker.notes))[:8]
        report.usd_today = str(thinker.spent().normalize())
