"""What the sleeper notes for whoever serves: the names in the `meta` table under which both look (`Store.meta_get`).

What only the sleeper reads again is named where it is used.
"""

from __future__ import annotations

LAST_SHIFT = "last_shift"
"""The report of the last shift, as JSON."""

EVICTED = "evicted"
"""How many answers ever had to go for want of room."""

DIVERGED = "diverged"
"""How many answers ever had to be quarantined, because working them out from scratch gave something else."""
