"""The lookup: a question walks from the disk's present state to an answer, a choice of readings, or a head start.

    refresh -> understand -> stored answers of that key -> evidence checked -> hit
                                                        -> worked out now   -> computed
                          -> not sure which is meant                        -> candidates
                          -> nothing                                        -> miss, with a head start

Similarity only proposes. Nothing here parses in bulk, calls a model, or waits for the sleeper. The parts: `server/live.py`
(the disk), `server/shelf.py` (what is stored), `store/families/` (working out), `server/present.py` (wording),
`server/nearby.py` (misses).
"""

from __future__ import annotations

import logging
import random
import uuid
from typing import TYPE_CHECKING

from anyio import to_thread

from server import present
from server.learnt import lessons_in
from server.results import Candidate, LookupResult, Receipt
from server.step import READINGS, Clock, Outcome, Step
from server.trace import trace_of
from store import families
from store.errors import NoSuchFile, OutsideRepo, StoreError
from store.evidence import check, fresh
from store.graph.index import Index
from store.question.find import Finder
from store.question.gate import doubts, servable
from store.question.understand import Understanding, understand
from store.secrets import redact
from store.steady import Moved
from store.words import TIERS, Asked, PreAnswer, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from server.live import Live
    from server.nearby import Nearby
    from server.step import Asking
    from server.tiers import Tiered
    from store.journal import Journal
    from store.words import Answer

log = logging.getLogger("forethought.lookup")

DOUBTFUL = 0.5
"""Confidence of an answer beside which stored answers to questions like it are offered."""
REMEMBERED = 1_000
TRIES = 3
"""How often a lookup begins again because a file changed under it."""


class Lookup:
    """Looks questions up. `behind` is called when the disk ran ahead of the index, `unanswered` after a miss.

    `sample` is the share of hits that the sleeper is asked to check again from scratch.
    """

    def __init__(
        self, live: Live, shelf: Tiered, nearby: Nearby, journal: Journal,
        behind: Callable[[], None], unanswered: Callable[[], None],
    ) -> None:  # fmt: skip
        self.live, self.shelf, self.nearby, self.journal = live, shelf, nearby, journal
        self._behind, self._unanswered = behind, unanswered
        self.sample = 0.0
        self._asked: dict[str, tuple[Query | None, Asking, tuple[str, ...]]] = {}
        self._nothing = Finder(Index())

    async def ask(self, asking: Asking) -> Outcome:
        """Answer a question. The journal has it when this returns; an answer that cannot be journalled is given all the same."""
        trace_id = uuid.uuid4().hex[:16]
        clock = Clock()
        async with self.live.turn:
            clock.mark("queue")
            outcome = await self._walk(asking, trace_id, clock)
        outcome.receipt.timings_ms.update(clock.spent, total=clock.total)
        self._record(asking, outcome)
        self._remember(asking, outcome)
        clock.mark("journal")
        outcome.receipt.timings_ms.update(clock.spent, total=clock.total)
        return outcome

    async def _walk(self, asking: Asking, trace_id: str, clock: Clock) -> Outcome:
        for _ in range(TRIES):
            if not await to_thread.run_sync(self.live.refresh):
                clock.mark("sync")
                return self._not_yet(trace_id)
            clock.mark("sync")
            try:
                step = Step(self.live.sources, asking, await self._understood(asking), trace_id, clock)
                clock.mark("understand")
                stored = await self._stored(step.keys)
                clock.mark("store")
                outcome = await to_thread.run_sync(self._decided, step, stored)
                clock.mark("gate")
                if not asking.glance:
                    outcome = await self._beside(step, outcome, stored.get(step.stated, ()))
            except Moved:
                continue
            if asking.glance:
                return outcome or step.outcome(LookupResult(status="miss", trace_id=trace_id), None)
            return outcome or await self._missed(step)
        return self._not_yet(trace_id)

    async def _understood(self, asking: Asking) -> Understanding:
        """What is meant. The full text is only waited for where the question names nothing that is here."""
        finder = self.live.finder
        understanding = await to_thread.run_sync(self._understand, asking, finder or self._nothing)
        if finder is None and not understanding.certain and not asking.glance:
            made = await to_thread.run_sync(self.live.make_finder)
            understanding = await to_thread.run_sync(self._understand, asking, made)
        return understanding

    def _understand(self, asking: Asking, finder: Finder) -> Understanding:
        with self.live.lock:
            return understand(
                asking.question, self.live.sources, finder, kind=asking.kind, about=asking.about, since=asking.since
            )

    async def _stored(self, keys: Iterable[str]) -> dict[str, list[PreAnswer]]:
        """What is stored under these keys; nothing where the store cannot be read, because answers can be worked out."""
        try:
            return await self.shelf.rows(list(keys))
        except StoreError as problem:
            log.warning("%s", problem)
            return {}

    # -- the gate ----------------------------------------------------------------------------------------------------------

    def _decided(self, step: Step, stored: dict[str, list[PreAnswer]]) -> Outcome | None:
        with self.live.lock:
            if step.asking.glance:
                keys = [step.verbatim, *([step.certain.key] if step.certain else [])]
                return next((hit for key in keys if (hit := self._hit(step, stored.get(key, ())))), None)
            said = stored.get(step.stated, ())
            return (
                self._hit(step, stored.get(step.verbatim, ()))
                or (self._said(step, said) if step.worded else None)
                or (step.certain and (self._hit(step, stored.get(step.certain.key, ())) or self._computed(step)))
                or (None if step.worded else self._said(step, said))
                or self._candidates(step, stored)
            )

    def _said(self, step: Step, rows: Sequence[PreAnswer]) -> Outcome | None:
        """What somebody recorded under the very kind and names that the asker states, if it is beyond doubt the same question.

        About things that are here, structure may know better: there, nothing at all may speak against it.
        """
        asked = step.asking.question
        questions = list(dict.fromkeys(row.question for row in rows))
        chosen = servable(asked, questions)
        if chosen is None or (step.understanding.known and doubts(asked, questions[chosen])):
            return None
        return self._hit(step, [row for row in rows if row.question == questions[chosen]])

    def _hit(self, step: Step, rows: Iterable[PreAnswer]) -> Outcome | None:
        """The nearest, and of those the newest stored answer whose evidence is all as it was."""
        newest = sorted(rows, key=lambda r: r.created, reverse=True)
        for row in sorted(newest, key=lambda r: TIERS.index(r.tier)):
            verdicts = check(step.sources, row)
            step.seen(verdicts)
            if fresh(row, verdicts):
                step.receipt.variant = row.variant
                return self._shown(step, row, row)
            step.receipt.variant = step.receipt.variant or row.variant
        return None

    def _computed(self, step: Step) -> Outcome | None:
        answer = self._work_out(step, step.certain) if step.certain else None
        if answer is None:
            return None
        step.seen([step.sources.verdict(e) for e in answer.evidence])
        return self._shown(step, answer, None)

    def _work_out(self, step: Step, query: Query) -> Answer | None:
        try:
            return families.answer(step.sources, query)
        except (NoSuchFile, OutsideRepo) as problem:
            log.info("%s: %s", query.key, problem)
            return None

    def _shown(self, step: Step, answer: Answer, row: PreAnswer | None) -> Outcome:
        index, asking = step.sources.index, step.asking
        learnt = [] if asking.glance else self.shelf.learnt.beside(about(answer), asking.max_tokens)
        room = asking.max_tokens - sum(map(len, learnt)) // present.PER_TOKEN
        result = LookupResult(
            status="hit" if row else "computed",
            answer=present.markdown(answer, index, asking.question, room),
            learnt=learnt,
            speculative=row is not None,
            origin=row.origin if row else "structural",
            confidence=round(min(answer.confidence, step.sure_of(answer.query)), 2),
            evidence=present.places(answer.evidence, index),
            computed_at=row.created.isoformat(timespec="seconds") if row else None,
            predicted_because=(row.because or None) if row else None,
            trace_id=step.trace_id,
        )
        return step.outcome(result, row.query if row else answer.query)

    def _candidates(self, step: Step, stored: dict[str, list[PreAnswer]]) -> Outcome | None:
        """The readings that fit about equally well, each with its answer in one line."""
        found = []
        for nth, reading in enumerate(step.understanding.readings[:READINGS]):
            query = reading.query
            brief = self._brief(step, query, stored.get(query.key, ()), present.OFFERED[min(nth, 1)])
            if brief:
                found.append(Candidate(answer=brief, kind=query.kind, about=list(query.entities)))
        if not found:
            return None
        return self._offered(step, found, step.understanding.readings[0].query)

    def _offered(self, step: Step, found: list[Candidate], query: Query | None) -> Outcome:
        shown = present.choice(found)
        result = LookupResult(status="candidates", answer=shown, candidates=found, trace_id=step.trace_id)
        return step.outcome(result, query)

    def _brief(self, step: Step, query: Query, rows: Iterable[PreAnswer], room: int) -> str:
        row = next((r for r in rows if fresh(r, check(step.sources, r))), None)
        answer = row or self._work_out(step, query)
        return present.offered(answer, step.sources.index, step.asking.question, room) if answer else ""

    async def _beside(self, step: Step, outcome: Outcome | None, same: Sequence[PreAnswer]) -> Outcome | None:
        """The stored questions like this one, before what is uncertain or a mere denial. Else the outcome as it is."""
        uncertain = outcome is None or outcome.result.status == "candidates" or denies(outcome.query)
        uncertain = uncertain or outcome is not None and (outcome.result.confidence or 0.0) <= DOUBTFUL
        if not uncertain or outcome is not None and not self.shelf.free:
            return outcome
        near = await self.nearby.answers(step.asking.question, step.sources, self.live, same)
        step.clock.mark("nearest")
        step.receipt.similarity = near.similarity
        step.receipt.refused = [one._asdict() for one in near.refused]
        if not near.offered or outcome is None:
            return self._offered(step, near.offered, None) if near.offered else outcome
        readings = outcome.result.candidates or [_denial(outcome)]
        return self._offered(step, [*near.offered, *readings[: max(1, READINGS - len(near.offered))]], outcome.query)

    # -- no answer ---------------------------------------------------------------------------------------------------------

    async def _missed(self, step: Step) -> Outcome:
        """The cards to begin with."""
        head_start = await self.nearby.cards(step.asking.question, step.sources, self.live)
        step.clock.mark("head_start")
        self._unanswered()
        return step.outcome(LookupResult(status="miss", head_start=head_start, trace_id=step.trace_id), None)

    def _not_yet(self, trace_id: str) -> Outcome:
        """Too much changed to be read while somebody waits: never a guess."""
        self._behind()
        count, known = len(self.live.behind), len(self.live.index)
        note = (
            f"Nothing is studied yet: a first shift over {count} files is under way. Explore as usual and ask again later."
            if not known
            else f"{count} files changed at once and are being read; until then nothing is answered. Ask again in a moment."
        )
        return Outcome(LookupResult(status="miss", note=note, trace_id=trace_id), Receipt(notes=[note]))

    def asked(self, trace_id: str) -> tuple[Query | None, Asking | None, tuple[str, ...]]:
        """What a lookup of this process was understood as and asked with, and the lessons beside its answer.

        For who tells later what came of it.
        """
        return self._asked.get(trace_id, (None, None, ()))

    def _remember(self, asking: Asking, outcome: Outcome) -> None:
        self._asked[outcome.result.trace_id] = (outcome.query, asking, lessons_in(outcome.result.learnt))
        if len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]

    def _record(self, asking: Asking, outcome: Outcome) -> None:
        result = outcome.result
        entry = Asked(
            id=result.trace_id, question=redact(asking.question), query=outcome.query, status=result.status,
            session=asking.session, client=asking.client,
        )  # fmt: skip
        try:
            if not asking.glance:
                self.journal.append(entry)
            elif result.status != "hit":
                return
            self.journal.append(trace_of(asking, outcome, sampled=random.random() < self.sample))
        except StoreError as problem:
            log.warning("the question was answered but not recorded: %s", problem)
            outcome.receipt.notes.append(f"not recorded: {problem}")


def about(answer: Answer) -> list[str]:
    """The symbols, files and folders that an answer is about: those that were asked for; else those that it rests on."""
    entities = [e for e in answer.query.entities if ":" not in e.replace("::", "")]
    return entities or [e.subject for e in answer.evidence if e.kind in ("span", "file")]


def denies(query: Query | None) -> bool:
    """Whether the answer to this can only be that there is no such thing here."""
    return query is not None and bool(query.entities) and all(e.startswith("absent:") for e in query.entities)


def _denial(outcome: Outcome) -> Candidate:
    query = outcome.query
    about = list(query.entities) if query else []
    return Candidate(answer=outcome.result.answer or "", kind=query.kind if query else None, about=about)
