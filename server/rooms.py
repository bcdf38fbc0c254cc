"""What a serving process holds open for its repository, and how it is opened: store, index, journal, lookup.

Imported with the first lookup, or after the first response: it brings in everything heavy. Who opens it: `server/app.py`.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from typing import TYPE_CHECKING

from server.borrowed import Shared, Tier
from server.live import Live
from server.lookup import Lookup
from server.nearby import Nearby
from server.summary import Summary
from server.tiers import Tiered
from store import families
from store.embed import Embedder
from store.encoding import decode
from store.fold import unfolded
from store.home import Home
from store.journal import Journal
from store.lessons import nearness_by
from store.recorded import rows_of
from store.tables import Store
from store.words import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from server.app import Settings
    from store.lessons import Near


class Rooms:
    """Everything of one repository, opened. Made by `open_rooms`."""

    def __init__(
        self,
        home: Home,
        store: Store,
        live: Live,
        shared: Sequence[Shared],
        *,
        behind: Callable[[], None],
        unanswered: Callable[[], None],
    ) -> None:
        self.home, self.store, self.live = home, store, live
        self.journal = Journal(home)
        self.embedder = Embedder()
        self.shelf = Tiered(store, shared, self._near)
        nearby = Nearby(self.shelf, self.embedder)
        self.lookup = Lookup(live, self.shelf, nearby, self.journal, behind, unanswered)
        self.summary = Summary(live, self.shelf, behind)
        self._adopted = -1

    @property
    def studied(self) -> bool:
        """Whether anything is known of the repository."""
        return len(self.live.index) > 0

    async def adopt(self) -> None:
        """Take stored rows over, if there are other ones than last time and something is behind."""
        version = await self.store.table("files").version()
        if version == self._adopted or (self.studied and not self.live.behind):
            return
        self._adopted = version
        rows = await self.store.rows()
        if rows:
            await asyncio.to_thread(self.live.adopt, rows)

    def remember_recorded(self) -> None:
        """Serve what other processes recorded and the sleeper has not stored yet."""
        for line in unfolded(self.home.journal):
            if line.type == Asked.__name__:
                for row in rows_of(decode(Asked, line.body)):
                    self.shelf.give(row)

    @property
    def warming(self) -> tuple[Callable[[], object], ...]:
        """What loads what later questions need, by urgency. Each takes up to seconds: not for the event loop."""
        return (self._load_families, self.live.watch, self.live.make_finder, self._read_history, self.embedder.warm)

    def _load_families(self) -> None:
        for room in pkgutil.iter_modules(families.__path__, "store.families."):
            importlib.import_module(room.name)

    def _read_history(self) -> None:
        """What changes together is evidence: from here on it costs no process of git to check it."""
        self.live.tree.git.read_ahead()

    def _near(self) -> Near | None:
        """How near texts are in meaning, once the model is in memory."""
        return nearness_by(self.embedder.embed_one) if self.embedder.ready() else None

    async def close(self) -> None:
        """Let go of the files. What was recorded is on disk already."""
        self.journal.close()
        await self.shelf.close()
        self.store.close()


async def open_rooms(
    settings: Settings, *, behind: Callable[[], None], unanswered: Callable[[], None], patience_s: float = 0.0
) -> Rooms:
    """Open the store and take over what it knows; wait so long for shared tiers. Raises what `Home` and `Store.open` raise."""
    home = await asyncio.to_thread(Home, settings.repo, settings.store)
    store = await Store.open(home)
    try:
        live = await asyncio.to_thread(Live, home.root)
        tiers: tuple[tuple[Tier, str | None], ...] = (("team", settings.team), ("org", settings.org))
        shared = [Shared(tier, location) for tier, location in tiers if location]
        rooms = Rooms(home, store, live, shared, behind=behind, unanswered=unanswered)
        rooms.lookup.sample = settings.verify_sample
        await asyncio.to_thread(rooms.remember_recorded)
        await rooms.adopt()
        await rooms.shelf.settled(patience_s)
    except BaseException:
        store.close()
        raise
    return rooms
