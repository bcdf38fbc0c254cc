"""The connected agent as thinker: it claims a context under a lease, reads the files itself, and submits what it found.

What it submits is believed as little as any model's answer (`sleep/thinking/verify.py`), and refused if what it rests
on has changed since the claim. A claim that nobody answers falls back when its lease is over. The tools around this
are `server/agent_sleep.py`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sleep.limits import Limits
from sleep.report import ThinkReport
from sleep.thinkers.thinker import Ask, Reply
from sleep.thinking.enrich import Context, pack
from sleep.thinking.notebook import Notebook, Thought, write_whole
from sleep.thinking.notes import schema_of
from sleep.thinking.prompt import PROMPT, instructions
from sleep.thinking.publish import Believed, publish
from sleep.thinking.think import held_of, worthwhile
from sleep.thinking.thinking import Thinking
from store.evidence import Sources
from store.words import Word, digest_of, now

if TYPE_CHECKING:
    from sleep.thinking.pack import Pack
    from sleep.thinking.publish import Vectors
    from store.home import Home
    from store.question.find import Finder
    from store.tables import Store

LEASE = timedelta(minutes=10)
TRIES = 3
"""Claims of one context; after that it is left alone until it changes."""

A_SESSION = 20
"""Claims of one session in a day: thinking spends the user's own plan."""

LONGEST = 200_000
"""Characters of one submission."""

AGENT = Thinking(thinker="agent", eagerness=1_000)
"""Its user asked for it, and says how much: the best contexts come first, whatever they are worth."""


class Lease(Word):
    """One claim: what it is of, by whom, and until when."""

    task: str
    lease: str
    session: str
    until: datetime
    digest: str
    subject: str
    entities: tuple[str, ...]
    open: bool = True


class Leases(Word):
    """All claims of the day, as they are kept on disk."""

    claims: tuple[Lease, ...] = ()


class Claimed(NamedTuple):
    """What an agent is given: names and lines of files, never their content."""

    task: str
    lease: str
    seconds: int
    subject: str
    files: list[dict[str, str]]


class Submitted(NamedTuple):
    """What became of a submission. `accepted` items are published; `dropped` says why the others are not."""

    accepted: int
    dropped: dict[str, int]
    problem: str = ""


class Thoughts:
    """The queue of one store. Any number of servers may hold one."""

    def __init__(self, home: Home, *, clock: Callable[[], datetime] = now) -> None:
        self._notebook = Notebook(home)
        self._path = home.folder / "thinking" / "leases.json"
        self._lock = home.lock("thoughts")
        self._clock = clock
        self._plan: tuple[int, list[Context]] = (-1, [])

    def claim(self, sources: Sources, session: str) -> Claimed | None:
        """The next context worth thinking about, leased; None when nothing is left (or this session has done its share)."""
        with self._lock:
            claims = self._claims()
            if sum(c.session == session for c in claims) >= A_SESSION:
                return None
            for context in self._contexts(sources):
                packed = pack(sources, context)
                if packed is None or not self._free(_ask(packed), claims):
                    continue
                claim = self._lease(packed, context, session)
                self._keep([*claims, claim])
                return Claimed(claim.task, claim.lease, int(LEASE.total_seconds()), context.subject, _files(packed))
        return None

    async def submit(
        self,
        store: Store,
        sources: Sources,
        task: str,
        lease: str,
        notes: Any,
        vector: Vectors,
        finder: Finder | None = None,
    ) -> Submitted:
        """Verify what an agent found and publish what holds. Doing it again changes nothing."""
        packed, problem = self._taken(sources, task, lease)
        if packed is None:
            return Submitted(0, {}, problem)
        text = json.dumps(notes)
        if len(text) > LONGEST:
            return Submitted(0, {}, f"the submission is longer than {LONGEST:,} characters; nothing of it was kept")
        ask = _ask(packed)
        reply = Reply(ask=ask.id, ended="done", text=text, model="agent")
        report = ThinkReport(thinker="agent")
        held = held_of(reply, ask, sources, report)
        if not held:
            return Submitted(
                0,
                dict(report.dropped),
                "nothing in it could be verified; mend it and submit again under the same lease",
            )
        self._notebook.put(Thought(ask=ask, state="answered", thinker="agent", reply=reply))
        self._close(lease)
        done = await publish(store, sources, [Believed(packed, held, "agent", ask.id)], vector, finder)
        dropped = {**report.dropped, **done.dropped}
        return Submitted(done.answers + done.facts, {reason: n for reason, n in dropped.items() if n})

    # -- claims ------------------------------------------------------------------------------------------------------------

    def _contexts(self, sources: Sources) -> list[Context]:
        if self._plan[0] != sources.index.generation:
            self._plan = (sources.index.generation, worthwhile(sources, AGENT, Limits(answers=400)))
        return self._plan[1]

    def _free(self, ask: Ask, claims: Sequence[Lease]) -> bool:
        """Whether it was not answered yet, nobody is at it, and it was not tried too often."""
        if self._notebook.get(ask.id) is not None:
            return False
        mine = [c for c in claims if c.task == task_of(ask.id)]
        return len(mine) < TRIES and not any(c.open and c.until > self._clock() for c in mine)

    def _lease(self, packed: Pack, context: Context, session: str) -> Lease:
        return Lease(
            task=task_of(_ask(packed).id), lease=uuid.uuid4().hex, session=session, until=self._clock() + LEASE,
            digest=packed.digest, subject=context.subject, entities=context.entities,
        )  # fmt: skip

    def _taken(self, sources: Sources, task: str, lease: str) -> tuple[Pack | None, str]:
        """The pack of a claim as it still is; None, and why, for a claim that no longer counts."""
        with self._lock:
            claim = next((c for c in self._claims() if c.lease == lease and c.task == task), None)
            if claim is None:
                return None, "no such lease; call next_thought for another"
            if not claim.open:
                return None, "this thought was submitted already"
            if claim.until <= self._clock():
                return None, "the lease is over; call next_thought for another"
            packed = pack(sources, Context(claim.subject, claim.entities, 0.0, 0))
            if packed is None or packed.digest != claim.digest:
                self._keep([c for c in self._claims() if c.lease != lease])
                return (
                    None,
                    "the files changed since the claim, so nothing of it was kept; call next_thought for another",
                )
            return packed, ""

    def _close(self, lease: str) -> None:
        with self._lock:
            self._keep([c.model_copy(update={"open": False}) if c.lease == lease else c for c in self._claims()])

    def _claims(self) -> list[Lease]:
        """The claims of the last day."""
        try:
            known = Leases.model_validate_json(self._path.read_bytes()).claims
        except (FileNotFoundError, ValueError):
            return []
        return [c for c in known if c.until > self._clock() - timedelta(days=1)]

    def _keep(self, claims: Sequence[Lease]) -> None:
        write_whole(self._path, Leases(claims=tuple(claims)).model_dump_json().encode())


def task_of(ask_id: str) -> str:
    """The name of a task: it tells nothing."""
    return f"t{digest_of(ask_id)[:16]}"


def guide() -> dict[str, Any]:
    """What to do with a claim, and the form of a submission: the same for every claim."""
    return {"instructions": instructions("all"), "schema": json.loads(schema_of("all")), "version": PROMPT}


def _ask(packed: Pack) -> Ask:
    from sleep.thinking.think import asks_of

    return asks_of(packed, AGENT)[0]


def _files(packed: Pack) -> list[dict[str, str]]:
    """Which lines of which files: what the agent's quotes must come from."""
    found: dict[str, list[tuple[int, int]]] = {}
    for block in packed.blocks:
        spans = found.setdefault(block.path, [])
        if spans and block.start <= spans[-1][1] + 3:
            spans[-1] = (spans[-1][0], block.end)
        else:
            spans.append((block.start, block.end))
    return [{"path": path, "lines": ", ".join(f"{a}-{b}" for a, b in spans)} for path, spans in found.items()]
