"""Presenters: how what was gathered is worded for one kind of reader, under a budget. Swapping one reprocesses nothing.

A third party's is an entry point of the group `forethought.presenters`: a callable like those here. What there is to say comes
from `server/brief/`; which of it fits is decided alike for all, in `packing.py`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, cast

from store.errors import BadCall

if TYPE_CHECKING:
    from server.brief.material import Material

GROUP = "forethought.presenters"

OURS = {"markdown": "server.presenters.markdown", "plain": "server.presenters.plain"}


class Presenter(Protocol):
    """Material in, text of at most about `max_tokens` out. No disk, no store, no network."""

    def __call__(self, material: Material, max_tokens: int) -> str: ...


def presenter(name: str) -> Presenter:
    """The presenter of a name, ours or an installed one. Raises BadCall, naming those that there are."""
    if name in OURS:
        return cast("Presenter", import_module(OURS[name]).present)
    theirs = {point.name: point for point in entry_points(group=GROUP)}
    if name not in theirs:
        raise BadCall(f"There is no presenter {name!r}; there are {', '.join([*OURS, *theirs])}.")
    return cast("Presenter", theirs[name].load())
