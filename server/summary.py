"""The card of a file, a folder or the repository: stored and still true, or made now from the index.

What is on a card is `store/cards.py`. Questions are `server/lookup.py`.
"""

from __future__ import annotations

import difflib
import os
import posixpath
from typing import TYPE_CHECKING

from anyio import to_thread

from server import present
from server.nearby import holds
from server.results import SummaryResult
from store.cards import card_of, render_card, with_inferred
from store.errors import BadCall, ForethoughtError, OutsideRepo
from store.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.live import Live
    from server.tiers import Tiered
    from store.words import Card


class Summary:
    """Shows cards."""

    def __init__(self, live: Live, shelf: Tiered, behind: Callable[[], None]) -> None:
        self._live, self._shelf, self._behind = live, shelf, behind

    async def of(self, path: str, max_tokens: int) -> SummaryResult:
        """The card of a path. Raises OutsideRepo, and BadCall for a path that is not there, naming near ones."""
        async with self._live.turn:
            return await self._of(path, max_tokens)

    async def _of(self, path: str, max_tokens: int) -> SummaryResult:
        if not await to_thread.run_sync(self._live.refresh):
            self._behind()
            return SummaryResult(
                path=path, summary="", note="The repository is being read just now. Ask again in a moment."
            )
        subject = await to_thread.run_sync(self._subject, path)
        try:
            stored = await self._shelf.card(subject)
        except ForethoughtError:
            stored = None  # a store that cannot be read does not keep a card from being made
        return await to_thread.run_sync(self._shown, subject, stored, max_tokens)

    def _subject(self, path: str) -> str:
        """A path as cards name it: "path", "folder/" or "."."""
        live = self._live
        root = live.tree.root.as_posix()
        asked = path.strip().replace(os.sep, "/")
        if asked == root or asked.startswith(f"{root}/"):
            asked = asked[len(root) :].lstrip("/")
        subject = posixpath.normpath(asked or ".")
        if subject.startswith(("/", "../")) or subject == "..":
            raise OutsideRepo(path)
        with live.lock:
            if subject == "." or subject in live.index:
                return subject
            paths = list(live.index.paths())
        if any(p.startswith(f"{subject}/") for p in paths):
            return f"{subject}/"
        near = difflib.get_close_matches(subject, paths, 3, 0.6) or [p for p in paths if p.endswith(f"/{subject}")][:3]
        hint = f" Did you mean {' or '.join(near)}?" if near else ' "." shows what there is.'
        raise BadCall(f"There is no {subject!r} among the studied files of this repository.{hint}")

    def _shown(self, subject: str, stored: Card | None, max_tokens: int) -> SummaryResult:
        live = self._live
        with live.lock:
            kept = stored if stored and holds(stored, live.sources) else None
            card = kept or with_inferred(card_of(live.sources, subject), stored, live.sources)
            if card is None:
                return SummaryResult(path=subject, summary="", note="There is nothing to study here yet.")
            learnt = self._shelf.learnt.on_card(subject, live.index, max_tokens)
            text = render_card(card, live.index, max_tokens - sum(map(len, learnt)) // present.PER_TOKEN)
        text = "\n".join([text, *learnt])
        return SummaryResult(
            path=subject,
            summary=present.clean(redact(text)),
            speculative=kept is not None,
            computed_at=kept.created.isoformat(timespec="seconds") if kept else None,
        )
