"""The composition root: one repository, its store and its sleeper, put together. The only file that knows `sleep`.

Nothing heavy is imported before it is needed: a server answers `tools/list` first and opens its rooms afterwards, or at
the first lookup. The protocol is `server/mcp.py`, the process around it `server/serve.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from server.background import Background
from store import way
from store.errors import ForethoughtError, NoSuchRepo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from server.agent_sleep import NextThought, SubmittedThought
    from server.brief.brief import Brief, Wanted
    from server.observe import Observing
    from server.results import LookupResult, ObservationResult, Receipt, RecordResult, SummaryResult
    from server.rooms import Rooms
    from sleep.report import ShiftReport
    from sleep.schedule import Sleeper
    from sleep.thinking.thoughts import Thoughts

log = logging.getLogger("forethought")

IN_BITES = 400
"""Up to so many files that changed at once are read here, bite by bite; more are left to a shift, if there is a sleeper."""

AFTER_RESPONSE_S = 0.05
"""Between the first response and the heavy imports: time for it to leave, because they hold the interpreter."""

PATIENCE_S = 10.0
"""How long a command of the terminal waits for the shared tiers."""


@dataclass(frozen=True)
class Settings:
    """Where to work. Made by `server/cli.py` from arguments and environment."""

    repo: Path
    store: str | None = None
    session: str = ""
    token: str | None = None
    verify_sample: float = 0.0
    team: str | None = None
    org: str | None = None
    """Where the shared tiers are: folders or URIs."""
    promote_after: int | None = None
    """In how many sessions a lesson must have been seen to be handed to the next wider tier by itself; None: never."""
    claude: Path | None = None
    """Claude Code's folder of configuration, if the environment names one."""


class App:
    """What one process does for one repository. With `sleeps`, shifts are started in the background.

    Raises NoSuchRepo at once; everything about the store is found out when it is opened, and told by whatever needed it.
    """

    def __init__(
        self, settings: Settings, *, sleeps: bool = False, thinking: tuple[str, ...] = (), patience_s: float = 0.0
    ) -> None:
        if not settings.repo.is_dir():
            raise NoSuchRepo(settings.repo)
        self.settings = settings
        self._sleeps = sleeps
        self._patience_s = patience_s
        self._thinking = thinking
        self._opening: asyncio.Task[Rooms] | None = None
        self._background = Background()
        self._sleeper: Sleeper | None = None
        self._agents: Thoughts | None = None
        self._closed = False

    # -- what the tools do -------------------------------------------------------------------------------------------------

    async def lookup(
        self, question: str, kind: str | None, about: list[str], since: str | None, max_tokens: int,
        session: str, client: str,
    ) -> tuple[LookupResult, Receipt]:  # fmt: skip
        """Answer a question (see `server/lookup.py`)."""
        from server.step import Asking

        rooms = await self.rooms()
        self._requested(rooms)
        asking = Asking(question, kind, tuple(about), since, max_tokens, session or self.settings.session, client)
        outcome = await rooms.lookup.ask(asking)
        return outcome.result, outcome.receipt

    async def summary(self, path: str, max_tokens: int) -> SummaryResult:
        """The card of a path (see `server/summary.py`)."""
        rooms = await self.rooms()
        self._requested(rooms)
        return await rooms.summary.of(path, max_tokens)

    async def brief(self, wanted: Wanted) -> Brief:
        """What is new since somebody was last here (see `server/brief/`)."""
        from server.brief.brief import brief

        rooms = await self.rooms()
        self._requested(rooms)
        return await brief(rooms, wanted)

    async def brief_text(self, since: str | None, max_tokens: int | None = None) -> str:
        """The brief as an agent reads it."""
        from server.brief.brief import TOKENS, Wanted

        return (await self.brief(Wanted(since, self.settings.session, max_tokens=max_tokens or TOKENS))).text

    async def beside_prompt(self, prompt: str, session: str) -> str:
        """What a prompt hook may inject: a pre-answer that is there, fresh and exact; else nothing (see `server/hooks.py`)."""
        from server.hooks import beside_prompt
        from server.step import Asking

        rooms = await self.rooms()
        asking = Asking(prompt, max_tokens=350, session=session or self.settings.session, client="hook", glance=True)
        return beside_prompt((await rooms.lookup.ask(asking)).result)

    async def record(
        self, question: str, answer: str | None, sources: list[str], useful: bool | None, trace_id: str | None,
        session: str, client: str, kind: str | None = None, about: Sequence[str] = (),
        since: str | None = None,
    ) -> RecordResult:  # fmt: skip
        """Remember a question or an answer (see `server/record.py`)."""
        from server.record import Recording, record

        rooms = await self.rooms()
        looked_up, asking, shown = rooms.lookup.asked(trace_id or "")
        if asking and not kind and not about:
            kind, about, since = asking.kind, asking.about, since or asking.since
        wanted = Recording(
            question, answer, tuple(sources), useful, looked_up, session or self.settings.session, client,
            kind, tuple(about), since, trace_id or "", shown,
        )  # fmt: skip
        async with rooms.live.turn:
            return await asyncio.to_thread(record, rooms.live, rooms.shelf, rooms.journal, wanted)

    async def observe(self, wanted: Observing, session: str, client: str) -> ObservationResult:
        """Remember an observation: an append and nothing else (see `server/observe.py`)."""
        from server.observe import observe

        rooms = await self.rooms()
        self._requested(rooms)
        return await asyncio.to_thread(observe, rooms.journal, wanted, session or self.settings.session, client)

    async def next_thought(self, session: str) -> NextThought:
        """The next context for the connected agent to think about (see `sleep/thinking/thoughts.py`)."""
        from server.agent_sleep import NextThought
        from sleep.thinking.thoughts import guide

        rooms, thoughts = await self.rooms(), await self._thoughts()
        self._requested(rooms)
        async with rooms.live.turn:
            if not await asyncio.to_thread(rooms.live.refresh):
                self._behind()
                return NextThought(note="The repository is being read just now. Ask again in a moment.")
            claim = await asyncio.to_thread(thoughts.claim, rooms.live.sources, session or self.settings.session)
        if claim is None:
            return NextThought(
                note="Nothing is left that is worth thinking about now, or this session has done its share."
            )
        how = guide()
        return NextThought(
            task_id=claim.task, lease_id=claim.lease, expires_in_s=claim.seconds, subject=claim.subject, files=claim.files,
            instructions=how["instructions"], notes_schema=how["schema"],
        )  # fmt: skip

    async def submit_thought(self, task: str, lease: str, notes: dict[str, Any]) -> SubmittedThought:
        """What the connected agent found, verified and published as far as it holds."""
        from server.agent_sleep import SubmittedThought

        rooms, thoughts = await self.rooms(), await self._thoughts()
        self._requested(rooms)
        async with rooms.live.turn:
            if not await asyncio.to_thread(rooms.live.refresh):
                self._behind()
                return SubmittedThought(
                    accepted=0, note="The repository is being read just now. Submit again in a moment."
                )
            sources, embed, finder = rooms.live.sources, rooms.embedder.embed_one, rooms.live.finder
            done = await thoughts.submit(rooms.store, sources, task, lease, notes, embed, finder)
        return SubmittedThought(accepted=done.accepted, dropped=done.dropped, note=done.problem or None)

    async def _thoughts(self) -> Thoughts:
        if self._agents is None:
            from sleep.thinking.thoughts import Thoughts

            self._agents = Thoughts((await self.rooms()).home)
        return self._agents

    def responded(self) -> None:
        """The first response is on its way: open the rooms and wake the sleeper, so that the first lookup finds them ready."""
        if self._opening is None and not self._closed:
            asyncio.get_running_loop().call_later(AFTER_RESPONSE_S, self._background.begin, "warm", self._warm)

    # -- opening and closing -----------------------------------------------------------------------------------------------

    async def rooms(self) -> Rooms:
        """Everything opened, once. A failure is told to whoever waits; the next one tries again."""
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.create_task(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> Rooms:
        from server.rooms import open_rooms

        rooms = await open_rooms(
            self.settings, behind=self._behind, unanswered=self._unanswered, patience_s=self._patience_s
        )
        if self._sleeps:
            self._background.begin("warm", self._warm)
        return rooms

    async def _warm(self) -> None:
        """Open the rooms; then, when no lookup waits, wake the sleeper and load what later questions may need."""
        with contextlib.suppress(ForethoughtError):  # whoever asks is told; a server that nobody asks needs no store
            rooms = await self.rooms()
            async with rooms.live.turn:
                if self._sleeps and not self._closed:
                    self._wake(rooms)
            await rooms.shelf.prefetch()
            for step in rooms.warming:
                async with rooms.live.turn:
                    pass
                await asyncio.to_thread(step)

    async def close(self) -> None:
        """End the sleeper and every task, let go of the store. Nothing that was recorded is lost."""
        self._closed = True
        if self._sleeper is not None:
            await self._sleeper.stop()
        await self._background.close()
        if self._opening is None:
            return
        self._opening.cancel()
        await asyncio.gather(self._opening, return_exceptions=True)
        if not self._opening.cancelled() and self._opening.exception() is None:
            await self._opening.result().close()

    # -- the sleeper -------------------------------------------------------------------------------------------------------

    async def studied(self) -> bool:
        """Whether anything is stored or so small that it was read at once."""
        rooms = await self.rooms()
        async with rooms.live.turn:
            await asyncio.to_thread(rooms.live.refresh)
        return rooms.studied or not rooms.live.behind

    async def first_shift(self, *, bars: bool) -> ShiftReport:
        """One shift, here and now, and its rows taken over. The server's own shifts run in a child process."""
        from sleep.progress import Quiet
        from sleep.progress import bars as shown
        from sleep.shift import run_shift

        rooms = await self.rooms()
        with shown() if bars else contextlib.nullcontext(Quiet()) as progress:
            report = await run_shift(rooms.home, rooms.home.root, progress=progress, reason="the first question")
        await rooms.adopt()
        return report

    def _wake(self, rooms: Rooms) -> None:
        from sleep.child import Errand
        from sleep.schedule import Sleeper

        errand = Errand(rooms.home.root, self.settings.store, thinking=self._thinking)
        self._sleeper = Sleeper(errand, rooms.home.folder, ended=self._shift_ended)
        self._sleeper.start(raw=not rooms.studied)

    def _shift_ended(self, report: ShiftReport) -> None:
        for notice in report.notices:
            log.warning("%s", notice)
        self._background.begin("adopt", self._adopt)

    def _requested(self, rooms: Rooms) -> None:
        """Whatever shift runs on this store, ours or another process's, makes way."""
        if self._sleeper is not None:
            self._sleeper.requested()
        else:
            way.ask(rooms.home.folder)

    def _unanswered(self) -> None:
        if self._sleeper is not None:
            self._sleeper.unanswered()

    # -- keeping up with the disk ------------------------------------------------------------------------------------------

    def _behind(self) -> None:
        """More changed than a lookup reads by itself. Called in the event loop, by every lookup that finds it so."""
        assert self._opening is not None
        rooms = self._opening.result()
        if self._sleeper is None or len(rooms.live.behind) <= IN_BITES:
            self._background.begin("catch up", self._catch_up)
            return
        if rooms.studied:
            self._sleeper.want(f"{len(rooms.live.behind)} files changed at once")
        self._background.begin("adopt", self._adopt)

    async def _catch_up(self) -> None:
        rooms = await self.rooms()
        more = True
        while more:
            async with rooms.live.turn:
                more = await asyncio.to_thread(rooms.live.catch_up)

    async def _adopt(self) -> None:
        """Take over what a shift has published, ours or another process's, if it helps."""
        rooms = await self.rooms()
        await rooms.adopt()
        await rooms.shelf.prefetch()
        await asyncio.to_thread(rooms.live.watch)


async def forgetting(
    settings: Settings, model: str, prompt: str, path: str, since: datetime | None, until: datetime | None
) -> dict[str, int]:
    """Drop what models said (see `sleep/thinking/forget.py`); how much it was."""
    from sleep.thinking.forget import Which, forget
    from store.home import Home
    from store.tables import Store

    store = await Store.open(Home(settings.repo, settings.store, create=False), create=False)
    try:
        return (await forget(store, Which(model, prompt, path, since, until)))._asdict()
    finally:
        store.close()


async def promoting(
    settings: Settings, location: str, tier: Literal["team", "org"], lessons: list[str], *, answers: bool
) -> dict[str, int]:
    """Hand what was learnt to a wider tier (see `sleep/promote.py`); how much it was."""
    from sleep.promote import promote
    from store.embed import Embedder
    from store.home import Home
    from store.tables import Store

    mine = await Store.open(Home(settings.repo, settings.store))
    try:
        theirs = await Store.open(Home(settings.repo, location))
        try:
            return (await promote(mine, theirs, tier, lessons, Embedder().embed_one, answers=answers))._asdict()
        finally:
            theirs.close()
    finally:
        mine.close()


def begin_shift(settings: Settings, reason: str) -> None:
    """A shift that outlives this process. It runs at low priority, and ends at once where another sleeper is at work."""
    from sleep.child import Errand, detach
    from sleep.rule import rule_of

    rule = rule_of(settings.store, settings.team, settings.org, settings.promote_after)
    detach(Errand(settings.repo.resolve(), settings.store, reason=reason, thinking=rule.words() if rule else ()))


def thinking_switch() -> ModuleType:
    """The flags that switch thinking on, which are the sleeper's own."""
    from sleep.thinking import switch

    return switch


async def expected(settings: Settings, limit: int) -> list[dict[str, Any]]:
    """What is expected to be asked next (see `sleep/prediction/expect.py`)."""
    from sleep.prediction.expect import expect
    from store.home import Home

    return await expect(Home(settings.repo, settings.store, create=False), limit)


def sleep_command() -> ModuleType:
    """The command line's `sleep`, which is the sleeper's own."""
    from sleep import command

    return command


@contextlib.asynccontextmanager
async def opened(settings: Settings, patience_s: float = PATIENCE_S) -> AsyncIterator[App]:
    """An app for one command, which asks once: so it waits a little for the shared tiers, as a server never does."""
    app = App(settings, patience_s=patience_s)
    try:
        yield app
    finally:
        await app.close()
