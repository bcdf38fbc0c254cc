"""The content of one file: its stat, its digest, or why it is no text to study.

Nothing is remembered here: what changed since the last look is `store/source/tree.py`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from store.source.stamps import TRANSIENT, racy
from store.words import digest_of

SNIFF = 8192
"""A NUL among the first so many bytes makes a file binary, as it does for git."""


class Limits(msgspec.Struct, frozen=True):
    """What is too much for the tree to hold."""

    file_bytes: int = 1_000_000


class Stat(msgspec.Struct, frozen=True):
    """What the file system says of a file, and when it was asked: `seen_ns` is the time just before the content was read."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int
    seen_ns: int

    @property
    def racy(self) -> bool:
        """Whether a later change could hide behind the same stat."""
        return racy(self.mtime_ns, self.ctime_ns, self.seen_ns)


class Entry(msgspec.Struct, frozen=True):
    """What is known of one file."""

    stat: Stat
    digest: str


class Refused(NamedTuple):
    """A file that is there but is no text to study. It is followed all the same: it may become one."""

    stat: Stat
    reason: str


class Content(NamedTuple):
    """A file as it is now. `data` is empty where the stat alone said that it is what it was."""

    entry: Entry
    data: bytes


Found = Content | Refused | None
"""What a path turned out to be; None if it is no file any more."""


def examine(where: str, known: Entry | None, limits: Limits, clock: Callable[[], int]) -> Found:
    """What is at a path now. A known file with the same stat, and no doubt about it, is not read."""
    seen = clock()
    s = lstat(where)
    if s is None or not stat.S_ISREG(s.st_mode):
        return None
    if known and same(known.stat, s) and not known.stat.racy:
        return Content(known, b"")
    if s.st_size > limits.file_bytes:
        return Refused(_stat(s, seen), "too large")
    try:
        s, data = read_file(where, limits)
    except OSError as e:
        if e.errno in TRANSIENT:
            raise
        return None if e.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP) else Refused(_stat(s, seen), "unreadable")
    reason = unfit(data, limits)
    return Refused(_stat(s, seen), reason) if reason else Content(Entry(_stat(s, seen), digest_of(data)), data)


def unfit(data: bytes, limits: Limits) -> str:
    """Why this, as `read_file` gave it, is no text to study, or ""."""
    if b"\0" in data[:SNIFF]:
        return "binary"
    return "too large" if len(data) > limits.file_bytes else ""


def read_file(where: str, limits: Limits) -> tuple[os.stat_result, bytes]:
    """Stat and content of a regular file that is no symlink: at most a byte over the limit, only the start of a binary."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    fd = os.open(where, flags | getattr(os, "O_CLOEXEC", 0))
    with open(fd, "rb", buffering=0) as file:
        s = os.fstat(fd)
        if not stat.S_ISREG(s.st_mode):
            raise FileNotFoundError(errno.ENOENT, "not a file", where)
        data = file.read(SNIFF) or b""
        if b"\0" in data or len(data) < SNIFF:
            return s, data
        parts = [data]
        size = len(data)
        while size <= limits.file_bytes and (more := file.read(limits.file_bytes + 1 - size)):
            parts.append(more)
            size += len(more)
        return s, b"".join(parts)


def lstat(where: str) -> os.stat_result | None:
    """`os.lstat`, or None where there is nothing to be seen."""
    try:
        return os.lstat(where)
    except OSError:
        return None


def _stat(s: os.stat_result, seen_ns: int) -> Stat:
    return Stat(s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, seen_ns)


def same(known: Stat, s: os.stat_result | None) -> bool:
    """Whether a file is, by its stat, what it was."""
    return (
        s is not None
        and s.st_ctime_ns == known.ctime_ns
        and s.st_mtime_ns == known.mtime_ns
        and s.st_size == known.size
        and s.st_ino == known.inode
    )
