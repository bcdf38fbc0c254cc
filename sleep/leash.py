"""What holds a shift that runs as a child: low priority, an end when the parent is gone, an orderly end on SIGTERM.

The child's side. The parent's is `sleep/child.py`; between the two, `sleep/keeper.py` stops it while somebody waits.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable

_GRACE_S = 1.5
"""After the parent has gone: time for the unit at hand, before the process just ends. The store survives either."""

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "riscv64": 30}
_IDLE_IO = 3 << 13


def humble() -> None:
    """Give way to everybody: CPU niceness 10, and the disk only when nobody else wants it. Best effort."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    number = _IOPRIO_SET.get(platform.machine())
    if number is None or not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None, use_errno=True).syscall(number, 1, 0, _IDLE_IO)


def end_on_signals(stop: Callable[[], None]) -> None:
    """SIGTERM and the first Ctrl-C end the shift after the unit at hand; the second Ctrl-C interrupts."""

    def asked(number: int, _: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)


def end_with_parent(stop: Callable[[], None], paused: Callable[[float], None]) -> None:
    """End when stdin does: the parent holds its other end, and the system closes it however the parent dies.

    What a keeper says there is how many seconds the shift was stopped each time.
    """

    def follow() -> None:
        said = b""
        with contextlib.suppress(OSError):
            while some := os.read(0, 4096):
                *lines, said = (said + some).split(b"\n")
                paused(sum(float(line) for line in lines))
        stop()
        time.sleep(_GRACE_S)
        os._exit(1)

    threading.Thread(target=follow, name="leash", daemon=True).start()
