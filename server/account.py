"""The account of a repository, read from its store: for `forethought report` and `status`. The arithmetic: `store/ledger.py`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from store.ledger import WAITED, Account, account
from store.noted import LAST_SHIFT
from store.words import Spend

if TYPE_CHECKING:
    from server.app import Settings
    from store.tables import Store

_LINES = 50_000


async def account_in(store: Store, weight: float = WAITED) -> Account:
    """The account of an open store."""
    lines = await store.entries("ledger", Spend, _LINES)
    hit = {line.key for line in lines if line.status == "hit"}
    last = json.loads(await store.meta_get(LAST_SHIFT) or "{}")
    return account(lines, served=len(hit), weight=weight).model_copy(update={"last_ended": last.get("ended", "")})


async def account_of(settings: Settings, weight: float) -> Account:
    """The account of a repository's store; an empty one where nothing was studied yet."""
    from store.errors import NoStore
    from store.home import Home
    from store.tables import Store

    home = await asyncio.to_thread(Home, settings.repo, settings.store, create=False)
    try:
        store = await Store.open(home, create=False)
    except NoStore:
        return account([], weight=weight)
    try:
        return await account_in(store, weight)
    finally:
        store.close()
