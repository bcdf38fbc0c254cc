"""The status of a repository: its state, counts, what was asked, where everything is. Reads; changes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, Field

from server.account import account_in
from store.ledger import Account
from store.noted import DIVERGED, EVICTED, LAST_SHIFT
from store.words import Asked, Spend, State

if TYPE_CHECKING:
    from server.app import Settings
    from store.home import Home
    from store.tables import Store

_ASKED = 5_000


class Status(BaseModel):
    """What `forethought status` shows."""

    repo: str
    store: str
    state: State
    sleeper: int | None = None
    files: int = 0
    languages: dict[str, int] = Field(default_factory=dict)
    unparsed: int = 0
    changed_since: int = 0
    skipped: dict[str, int] = Field(default_factory=dict)
    cards: int = 0
    preanswers: int = 0
    asked: dict[str, int] = Field(default_factory=dict)
    journal_bytes: int = 0
    states: dict[State, int] = Field(default_factory=dict)
    spend: Account = Field(default_factory=Account)
    last_shift: dict[str, Any] | None = None
    promote_after: int | None = None
    notices: list[str] = Field(default_factory=list)

    def lines(self) -> list[str]:
        """For a person."""
        by_language = ", ".join(f"{n} {language}" for language, n in self.languages.items())
        left_out = ", ".join(f"{n} {reason}" for reason, n in self.skipped.items())
        looked_up = sum(self.asked.get(s, 0) for s in ("hit", "computed", "candidates", "miss"))
        rows = [
            ("repository", self.repo),
            ("store", self.store),
            ("state", self.state + (f" (a sleeper is at work, process {self.sleeper})" if self.sleeper else "")),
            ("files", f"{self.files}" + (f": {by_language}" if by_language else "")),
            ("as text only", f"{self.unparsed} (no grammar could read them)" if self.unparsed else ""),
            ("left out", left_out),
            ("changed", f"{self.changed_since} files since the last shift" if self.changed_since else ""),
            ("ready", f"{self.preanswers} answers, {self.cards} cards"),
            ("asked", f"{looked_up} questions: {self._shares(looked_up)}" if looked_up else "nothing yet"),
            ("states", ", ".join(f"{n} {state}" for state, n in self.states.items() if n)),
            ("spent", f"{self.spend.seconds:.1f} s, {self.spend.tokens:,} tokens, ${self.spend.usd:.4f} asleep"),
            ("net", f"{self.spend.net:,.0f} tokens; `forethought report` says how" if self.spend.queries else ""),
            ("to fold", f"{self.journal_bytes} bytes of journal" if self.journal_bytes else ""),
            ("last shift", self._last()),
            *(("- it said", notice) for notice in (self.last_shift or {}).get("notices", [])[:3]),
            ("hands on", self._hands_on()),
            *(("notice", notice) for notice in self.notices),
        ]
        return [f"{name:<14}{value}" for name, value in rows if value]

    def _shares(self, total: int) -> str:
        shown = [(s, self.asked[s]) for s in ("hit", "computed", "candidates", "miss") if self.asked.get(s)]
        return ", ".join(f"{n} {status} ({n / total:.0%})" for status, n in shown)

    def _hands_on(self) -> str:
        """The rule by which lessons leave: as the last shift had it, or as it is switched on here."""
        last = self.last_shift or {}
        if rule := last.get("promotes"):
            return f"{rule}: {last.get('promoted', 0)} lessons last time, {last.get('promoted_again', 0)} known there already"
        if self.promote_after is None:
            return ""
        return f"what is a rule or was seen in {self.promote_after} sessions, from the next shift on"

    def _last(self) -> str:
        if not self.last_shift:
            return "none yet: `forethought sleep` runs one"
        when, seconds = self.last_shift.get("started", "")[:19], self.last_shift.get("seconds", 0.0)
        return f"{when} UTC, {seconds:.1f} s, {self.last_shift.get('ended') or self.last_shift.get('outcome', '')}"


async def status_of(settings: Settings) -> Status:
    """The status, from the store, the journal and one look at the disk."""
    from store.errors import NoStore
    from store.home import Home
    from store.journal import pending
    from store.tables import Store

    home = await asyncio.to_thread(Home, settings.repo, settings.store, create=False)
    status = Status(
        repo=str(home.root), store=home.tables(1).rpartition("/")[0], state="raw", notices=_elsewhere(home, settings),
        sleeper=home.sleeper_lock().holder() if home.locks.is_dir() else None, journal_bytes=pending(home.journal),
        promote_after=settings.promote_after,
    )  # fmt: skip
    try:
        store = await Store.open(home, create=False)
    except NoStore:
        return status
    try:
        return await _filled(status, home, store)
    finally:
        store.close()


def _elsewhere(home: Home, settings: Settings) -> list[str]:
    """Where nobody chose a place for the store and it is not in the repository, people should know."""
    if home.note or settings.store or home.folder.parent == home.root:
        return [home.note] if home.note else []
    return [f"The store is kept in {home.folder}, because {home.root / '.forethought'} cannot be used."]


async def _filled(status: Status, home: Home, store: Store) -> Status:
    rows, counts, asked = await store.rows(), await store.counts(), await store.queries(_ASKED)
    last = json_of(await store.meta_get(LAST_SHIFT))
    languages = Counter(row.record.language for row, _ in rows)
    changed, skipped = await asyncio.to_thread(_differs, home, rows)
    evicted, spend = int(await store.meta_get(EVICTED) or 0), await account_in(store)
    serving = {line.split("|")[1].split("::")[0] for line in await _served(store)}
    return status.model_copy(
        update={
            "spend": spend,
            "states": states_of(
                {row.record.path for row, _ in rows},
                changed.paths,
                serving,
                evicted,
                sleeping=status.sleeper is not None,
            ),
            "files": len(rows),
            "languages": dict(languages.most_common()),
            "unparsed": sum(1 for row, _ in rows if not row.record.parsed),
            "changed_since": changed.number,
            "skipped": skipped,
            "cards": counts.get("cards", 0),
            "preanswers": counts.get("preanswers", 0),
            "asked": by_status([*asked, *await asyncio.to_thread(_just_asked, home)]),
            "last_shift": last,
            "state": _state(bool(rows), status.sleeper is not None, changed.number),
            "notices": [*status.notices, *store.notices, *_divergence(await store.meta_get(DIVERGED))],
        }
    )


async def _served(store: Store) -> set[str]:
    """The keys that were answered from the store."""
    return {
        line.key for line in await store.entries("ledger", Spend, _ASKED) if line.status == "hit" and "|" in line.key
    }


def states_of(
    studied: set[str], changed: frozenset[str], serving: set[str], evicted: int, *, sleeping: bool
) -> dict[State, int]:
    """How many contexts (files) are in each state, each in one; `evicted` counts answers that had to go."""
    new, stale = changed - studied, changed & studied
    at_work = len(changed) if sleeping else 0
    served = (serving & studied) - changed
    return {
        "raw": 0 if sleeping else len(new),
        "enriching": at_work,
        "ready": len(studied - changed - served),
        "serving": len(served),
        "stale": 0 if sleeping else len(stale),
        "evicted": evicted,
    }


def _divergence(ever: str | None) -> list[str]:
    """What verify mode found, loudly."""
    if not ever or ever == "0":
        return []
    found = f"VERIFY MODE FOUND {ever} SERVED ANSWER(S) THAT DIFFERED FROM THEIR SOURCES."
    return [f"{found} They are quarantined and never served again; please report it."]


def by_status(asked: list[Asked]) -> dict[str, int]:
    """How often each came of what was asked; of two entries about one question the later counts."""
    return dict(Counter(one.status for one in {one.id: one for one in asked}.values()))


def _just_asked(home: Home) -> list[Asked]:
    """What was asked and is not in the tables yet."""
    from store.encoding import decode
    from store.fold import unfolded

    found = []
    for line in unfolded(home.journal):
        if line.type == "Asked":
            with suppress(ValueError):  # of a later version: the sleeper sets it aside
                found.append(decode(Asked, line.body))
    return found


def json_of(text: str | None) -> dict[str, Any] | None:
    """A stored JSON object; None for anything else."""
    import json

    try:
        value = json.loads(text or "null")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _state(studied: bool, sleeping: bool, changed: int) -> State:
    if sleeping:
        return "enriching"
    if not studied:
        return "raw"
    return "stale" if changed else "ready"


class Changed(NamedTuple):
    """Files that are not as they were studied; `number` includes those that are gone."""

    paths: frozenset[str]
    number: int


def _differs(home: Home, rows: list[Any]) -> tuple[Changed, dict[str, int]]:
    """How many files are not as they were studied, and what is left out."""
    from store.source.tree import Tree

    tree = Tree(home.root)
    tree.seed({row.record.path: entry for row, entry in rows})
    changes = tree.sync()
    count = len(changes.changed) + len(changes.gone)
    return Changed(frozenset(changes.changed), count), dict(tree.skipped.most_common())
