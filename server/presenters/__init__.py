"""Presenters: how what was gathered is worded for one kind of reader, under a budget. Swapping one reprocesses nothing.

A third party's is an entry point of the group `forethought.presenters`: a callable like those here. What there is to say comes
from `server/brief/` and `server/hooks.py`; which of it fits is decided alike for all, in `packing.py`.
"""

from __future__ import annotations

import logging
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Protocol, cast

from store.errors import BadCall

if TYPE_CHECKING:
    from server.brief.material import Material

log = logging.getLogger("forethought")

GROUP = "forethought.presenters"

OURS = {"markdown": "server.presenters.markdown", "plain": "server.presenters.plain"}

DEFAULT = "markdown"


class Presenter(Protocol):
    """Material in, text of at most about `max_tokens` out. No disk, no store, no network."""

    def __call__(self, material: Material, max_tokens: int) -> str: ...


def presenter(name: str) -> Presenter:
    """The presenter of a name, ours or an installed one. Raises BadCall, naming those that there are.

    One of another's that breaks leaves the default in its place, with a warning that says why.
    """
    if name in OURS:
        return cast("Presenter", import_module(OURS[name]).present)
    theirs = {point.name: point for point in entry_points(group=GROUP)}
    if name not in theirs:
        raise BadCall(f"There is no presenter {name!r}; there are {', '.join([*OURS, *theirs])}.")
    return _guarded(theirs[name])


def _guarded(point: EntryPoint) -> Presenter:
    def present(material: Material, max_tokens: int) -> str:
        try:
            text = point.load()(material, max_tokens)
            if isinstance(text, str):
                return text
            problem = f"it gave {type(text).__name__} instead of text"
        except Exception as error:  # noqa: BLE001 - it is not ours, and must not take the brief with it
            problem = f"{type(error).__name__}: {error}"
        log.warning("the presenter %r (%s) does not work: %s. Shown as %s.", point.name, point.value, problem, DEFAULT)
        return presenter(DEFAULT)(material, max_tokens)

    return present
