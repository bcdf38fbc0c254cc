"""Stamps: what the file system says of a file without reading it, and when that is to be doubted.

Who looks at stamps: `store/source/listing.py` (folders), `store/source/tree.py` (files), `store/source/around.py` (git's).
"""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

RACY_NS = 50_000_000
"""A time stamp this close to the look at it may stand for a later change as well: kernels tick in up to 10 ms."""

COARSE_NS = 2_000_000_000
"""The same where the file system keeps whole seconds only (FAT ticks in two)."""

TRANSIENT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.EAGAIN})
"""Errors that say nothing of the file but of us: whoever asked must know that nothing was seen."""


class Key(NamedTuple):
    """What `lstat` says of a folder or an ignore file; a change of content or of names changes it."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int
    device: int


def key_of(s: os.stat_result) -> Key:
    return Key(s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, s.st_dev)


def racy(mtime_ns: int, ctime_ns: int, seen_ns: int) -> bool:
    """Whether a change just after `seen_ns` could leave these times as they are.

    A change always sets ctime to the present, so an mtime in the far future, which anybody can set, is no reason for doubt.
    """
    window = RACY_NS if ctime_ns % 1_000_000_000 else COARSE_NS
    return ctime_ns >= seen_ns - window or -window <= mtime_ns - seen_ns <= window
