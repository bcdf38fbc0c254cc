"""How fast answers go stale, by what lookups found: an answer that was there, whose evidence had moved.

Git tells how often a file is committed (`touches.py`); this tells how often an answer that somebody wanted was overtaken, also
by edits that were never committed. Each stored state of an answer counts once, however often it was found stale. It lowers what
answering ahead is worth (`predict.py`) and nothing else: it says something of the code's pace, so no lesson follows from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from store.words import Trace, now

if TYPE_CHECKING:
    from store.tables import Store

SINCE = timedelta(days=14)
REPEATED = 2
"""Once is chance: somebody edited what they had asked about."""

_TRACES = 5_000


async def overtaken(store: Store) -> dict[str, float]:
    """By key, how often a day its answer was overtaken lately."""
    return overtaken_in(await store.entries("traces", Trace, _TRACES), now())


def overtaken_in(traces: Iterable[Trace], at: datetime) -> dict[str, float]:
    """The same of these traces."""
    recent = [trace for trace in traces if at - SINCE <= trace.at <= at]
    states: dict[str, set[str]] = defaultdict(set)
    for trace in recent:
        if trace.variant and trace.status != "hit":  # it was there, and could not be served
            states[trace.variant.rpartition("@")[0]].add(trace.variant)
    first = min((trace.at for trace in recent), default=at)
    days = max(1.0, (at - first).total_seconds() / 86_400)
    return {key: len(found) / days for key, found in states.items() if len(found) >= REPEATED}
