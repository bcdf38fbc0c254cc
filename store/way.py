"""Making way: how a request that somebody waits for tells a shift, in another process, to pause.

One empty file whose time is set at each request: 5 microseconds to ask, 2 to look. Not here: what a shift does about it
(`sleep/pace.py`).
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

_NAME = "make-way"


def ask(folder: Path) -> None:
    """Ask whatever shift works on the store in this local folder to pause. Never fails: it is a courtesy, not a lock."""
    path = folder / _NAME
    with contextlib.suppress(OSError):
        try:
            os.utime(path)
        except FileNotFoundError:
            path.touch(mode=0o600)


def asked(folder: Path) -> Callable[[], float]:
    """A function that tells how many seconds ago the way was last asked for (infinity: never)."""
    path = os.fspath(folder / _NAME)

    def ago() -> float:
        try:
            return abs(time.time() - os.stat(path).st_mtime)
        except OSError:
            return math.inf

    return ago


def never() -> float:
    """For a shift that nobody can be waiting beside."""
    return math.inf
