"""What is told about a lookup to those who evaluate it: a row of the `traces` table, and attributes of the tool's span.

The answer itself and its receipt are made in `server/lookup.py`. Without an OpenTelemetry SDK the attributes cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.words import Checked, Trace

if TYPE_CHECKING:
    from server.results import LookupResult, Receipt
    from server.step import Asking, Outcome

_PREFIX = "forethought."


def trace_of(asking: Asking, outcome: Outcome, *, sampled: bool) -> Trace:
    """The trace of one lookup. Only a hit can be sampled: there is nothing else to compare."""
    result, receipt = outcome.result, outcome.receipt
    checked = tuple(
        Checked(kind=c["kind"], subject=c["subject"], then=c["then"], now=c["now"], how=c["how"])
        for c in receipt.checked
    )
    return Trace(
        id=result.trace_id, status=result.status, speculative=result.speculative, origin=result.origin or "",
        key=receipt.key or "", variant=receipt.variant or "", checked=checked, timings_ms=dict(receipt.timings_ms),
        session=asking.session, client=asking.client, sampled=sampled and result.status == "hit",
    )  # fmt: skip


def put_on_span(result: LookupResult, receipt: Receipt) -> None:
    """Say on the tool's span what an evaluation needs to tell pre-answers from live ones."""
    from opentelemetry.trace import get_current_span

    span = get_current_span()
    if not span.is_recording():
        return
    stale = sum(1 for c in receipt.checked if not c["fresh"])
    span.set_attributes(
        {
            _PREFIX + "status": result.status,
            _PREFIX + "speculative": result.speculative,
            _PREFIX + "origin": result.origin or "",
            _PREFIX + "trace_id": result.trace_id,
            _PREFIX + "evidence.checked": len(receipt.checked),
            _PREFIX + "evidence.stale": stale,
            **{f"{_PREFIX}ms.{name}": ms for name, ms in receipt.timings_ms.items()},
        }
    )
