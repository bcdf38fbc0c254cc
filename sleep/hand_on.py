"""Handing on: the stage of a shift that gives lessons to a wider tier, where somebody switched it on.

Which lessons, and how, is `sleep/promote.py`. The wider tier may be far away, gone or held: that costs a shift a bounded time and
a notice, never the shift.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sleep.consolidate.stage import nearness
from sleep.promote import promote_by_rule
from store.errors import UNREACHABLE
from store.home import Home
from store.tables import Store

if TYPE_CHECKING:
    from sleep.desk import Desk
    from sleep.rule import Rule

WITHIN_S = 120.0


async def hand_on(desk: Desk, rule: Rule | None) -> None:
    """Hand on what the rule says; without a rule nothing leaves."""
    if rule is None:
        return
    desk.report.promotes = f"to the {rule.tier}'s tier, what is a rule or was seen in {rule.sessions} sessions"
    try:
        async with asyncio.timeout(WITHIN_S):
            done = await _handed(desk, rule)
    except UNREACHABLE as problem:
        why = str(problem) or f"it did not answer within {WITHIN_S:.0f} s"
        desk.report.notices.append(
            f"What was learnt could not be handed to the {rule.tier}'s tier: {why} It stays here; the next shift tries again."
        )
    else:
        desk.report.promoted, desk.report.promoted_again = done


async def _handed(desk: Desk, rule: Rule) -> tuple[int, int]:
    home = await asyncio.to_thread(Home, desk.store.home.root, rule.location)
    theirs = await Store.open(home)
    try:
        done = await promote_by_rule(desk.store, theirs, rule, nearness(desk))
        return done.lessons, done.gained
    finally:
        theirs.close()
