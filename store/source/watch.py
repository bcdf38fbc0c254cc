"""The watch: which folders something happened in since the last look, so that a large tree need not be swept each time.

Linux only, by inotify. The kernel queues an event before the system call that caused it returns, so whoever reads the queue to
its end has heard of all that was done before. It is told which folders to watch (`store/source/listing.py` knows them) and says
only where to look; what is there, `store/source/tree.py` finds out. Whenever it cannot be sure, it says so: the tree is swept.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import select
import struct
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import NamedTuple

MODIFY, ATTRIB, CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE, DELETE_SELF = (
    0x2,
    0x4,
    0x8,
    0x40,
    0x80,
    0x100,
    0x200,
    0x400,
)
UNMOUNT, OVERFLOW, IGNORED, ISDIR = 0x2000, 0x4000, 0x8000, 0x4000_0000
_ONLYDIR, _DONT_FOLLOW = 0x0100_0000, 0x0200_0000
_WANTED = (
    MODIFY | ATTRIB | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | DELETE_SELF | _ONLYDIR | _DONT_FOLLOW
)
_HEAD = struct.Struct("iIII")

HONEST = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "bcachefs", "f2fs", "zfs", "jfs", "nilfs2", "tmpfs", "overlay"}
)
"""File systems on which nothing changes without an event. On a network, or under FUSE, others write unheard."""

MOST = 100_000
"""So many folders are kept in mind; beyond that, a sweep is no dearer."""

PAUSE = 0.02
"""Seconds between two readings while events pour in: they are read in batches."""


class Report(NamedTuple):
    """Folders in which something happened, and those that came, went or were swapped for another."""

    folders: set[str]
    replaced: set[str]


class CannotWatch(OSError):
    """This system, or this file system, cannot be watched to the full; the message says why."""


class Watch:
    """Watches exactly the folders that it is told to. Safe to use from several threads; `stop` it, or let it go.

    :raises CannotWatch: where events are not to be had, or not to be trusted
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._before = os.path.join(root, "")
        self._lock = threading.RLock()
        self._libc = _libc()
        self._mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _check_mounts(root, _mounts(self._mounts))
            self._fd = int(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
            if self._fd < 0:
                raise CannotWatch(f"inotify: {os.strerror(ctypes.get_errno())}")
        except BaseException:
            os.close(self._mounts)
            raise
        self._paths: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._shared: set[str] = set()
        self._report = Report(set(), set())
        self._unsure = True
        self._asleep = _asleep()
        self.broken = ""
        """Why nothing is watched any more, or ""."""
        self._ended = threading.Event()
        wake, self._wake = os.pipe2(os.O_CLOEXEC)
        self.stop = weakref.finalize(self, _stop, self._ended, self._wake)
        """End the watch. It is called by itself when nobody holds this any more."""
        args = (weakref.ref(self), self._lock, self._ended, self._fd, (self._fd, self._mounts, wake))
        threading.Thread(target=_drain, args=args, daemon=True, name="watch").start()

    def __len__(self) -> int:
        return len(self._numbers)

    def open(self, path: str) -> None:
        """Watch a folder from now on: to be called before it is listed, so that nothing falls between."""
        with self._lock:
            if self.broken or self._ended.is_set():
                return
            name = os.fsencode(self._before + path)
            number = int(self._libc.inotify_add_watch(self._fd, name, _WANTED))
            if number < 0:
                code = ctypes.get_errno()
                if code in (errno.ENOSPC, errno.ENOMEM):
                    self._break("the limit of watches is reached (fs.inotify.max_user_watches)")
                return  # gone or unreadable: its parent, or its listing, will tell
            self._unmap(path, number)
            other = self._paths.get(number)
            if other is not None and other != path and self._numbers.get(other) == number:
                # One folder under two names (a bind mount): its events come under one of them, so both count as touched.
                self._shared |= {other, path}
            self._paths[number] = path
            self._numbers[path] = number

    def close(self, path: str) -> None:
        """Watch a folder no more."""
        with self._lock:
            self._unmap(path)
            self._shared.discard(path)

    def _unmap(self, path: str, but: int = -1) -> None:
        """Watch whatever was last seen at this path no more, unless it is `but`, or is now known by another path."""
        number = self._numbers.get(path, but)
        if number == but:
            return
        del self._numbers[path]
        if self._paths.get(number) == path:
            del self._paths[number]
            if not self._ended.is_set():
                self._libc.inotify_rm_watch(self._fd, number)

    def report(self) -> Report | None:
        """Everything heard of since the last call, up to what was done before this one. None: something may have been missed."""
        with self._lock:
            if not self._ended.is_set():
                self.hear()
            asleep = _asleep()
            sure = not self._unsure and not self.broken and not self._ended.is_set() and abs(asleep - self._asleep) < 1
            self._unsure, self._asleep = False, asleep
            report, self._report = self._report, Report(set(), set())
            report.folders.update(self._shared)
            return report if sure else None

    # -- hearing -------------------------------------------------------------------------------------------------------

    def hear(self) -> None:
        """Take all that is queued."""
        poll = select.poll()
        poll.register(self._mounts, select.POLLPRI)
        if poll.poll(0):
            self._remounted()
        if len(self._report.folders) + len(self._report.replaced) > MOST:
            self._unsure = True
            self._report = Report(set(), set())
        while True:
            try:
                data = os.read(self._fd, 262_144)
            except BlockingIOError:
                return
            except OSError as e:
                return self._break(f"inotify: {e.strerror}")
            at = 0
            while at < len(data):
                number, mask, _, length = _HEAD.unpack_from(data, at)
                at += _HEAD.size + length
                self._heard(number, mask, data[at - length : at].rstrip(b"\0") if length else b"")

    def _heard(self, number: int, mask: int, name: bytes) -> None:
        if mask & (OVERFLOW | UNMOUNT):
            self._unsure = True
            return
        path = self._paths.get(number)
        if path is None:
            return  # heard before it was closed, and listed after that
        self._report.folders.add(path)
        if mask & IGNORED:
            del self._paths[number]
            if self._numbers.get(path) == number:
                del self._numbers[path]
                self._report.replaced.add(path)
                self._report.folders.add(path.rpartition("/")[0])
        elif mask & ISDIR and name:
            below = f"{path}/{os.fsdecode(name)}" if path else os.fsdecode(name)
            (self._report.folders if mask & ATTRIB else self._report.replaced).add(below)

    def _remounted(self) -> None:
        """Something was mounted or unmounted: perhaps over a folder of ours, of which no event tells."""
        self._unsure = True
        try:
            _check_mounts(self.root, _mounts(self._mounts))
        except CannotWatch as e:
            self._break(str(e))

    def _break(self, reason: str) -> None:
        self.broken = reason
        self._paths.clear()
        self._numbers.clear()
        self.stop()


def _drain(
    watch: weakref.ref[Watch], lock: threading.RLock, ended: threading.Event, events: int, fds: tuple[int, ...]
) -> None:
    """Read the queue before it overflows, until the watch is stopped or let go; then give everything back."""
    poll = select.poll()
    poll.register(events, select.POLLIN)
    poll.register(fds[-1], select.POLLIN)
    while not ended.wait(PAUSE):
        poll.poll()
        with lock:
            it = watch()
            if it is None or ended.is_set():
                break
            it.hear()
        del it
    ended.wait()
    with lock:  # nobody is reading just now, and nobody will again
        for fd in fds:
            os.close(fd)


def _stop(ended: threading.Event, wake: int) -> None:
    ended.set()
    os.close(wake)


def _libc() -> ctypes.CDLL:
    if not sys.platform.startswith("linux"):
        raise CannotWatch("inotify is Linux's")
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.inotify_init1.argtypes = [ctypes.c_int]
        libc.inotify_add_watch.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32]
        libc.inotify_rm_watch.argtypes = [ctypes.c_int, ctypes.c_int]
    except (OSError, AttributeError) as e:
        raise CannotWatch(f"this system has no inotify ({e})") from e
    return libc


def _asleep() -> float:
    """How long this machine has been suspended: it grows when something may have happened while nobody looked."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def _mounts(fd: int) -> list[tuple[str, str]]:
    """Mount points and their file systems, in the order in which they were mounted."""
    text = b""
    while part := os.pread(fd, 65_536, len(text)):
        text += part
    found = []
    for line in os.fsdecode(text).splitlines():
        left, _, right = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), left.split(" ")[4])
        found.append((point, right.split(" ")[0]))
    return found


def _check_mounts(root: Path, mounts: list[tuple[str, str]]) -> None:
    """The root, and whatever is mounted below it, must be on a file system that tells everything.

    :raises CannotWatch: otherwise
    """
    own, kind = "", ""
    for point, file_system in mounts:
        inside = point.startswith(os.path.join(root, ""))
        if inside and file_system not in HONEST:
            raise CannotWatch(f"{point} is on {file_system}, where not every change is heard of")
        if os.path.join(root, "").startswith(os.path.join(point, "")) and len(point) >= len(own):
            own, kind = point, file_system
    if kind not in HONEST:
        raise CannotWatch(f"the folder is on {kind or 'an unknown file system'}, where not every change is heard of")
