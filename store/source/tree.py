"""The tree: the content of the repository's files as it is on disk now, by digest, and what changed since the last look.

`sync` is what freshness rests on: every change that was on disk before the call began is seen, whoever made it. It does not parse
(`store/source/read.py`), does not decide which files count (`store/source/listing.py`) and stores nothing.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from store.errors import NoSuchFile, NoSuchRepo, OutsideRepo
from store.source.git import Git
from store.source.listing import Delta, Listing
from store.source.stamps import TRANSIENT, racy
from store.words import digest_of

SNIFF = 8192
"""A NUL among the first so many bytes makes a file binary, as it does for git."""

GLANCE = 20
"""With a limit, up to so many times as many files are read to find out which of them really changed."""


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


class Changes(NamedTuple):
    """What a sync took over, or, with `pending` not empty, what it left for later: then nothing at all was taken over."""

    changed: dict[str, bytes]
    gone: list[str]
    pending: list[str]


class _Refused(NamedTuple):
    """A file that is there but is no text to study. It is watched all the same: it may become one."""

    stat: Stat
    reason: str


class _Read(NamedTuple):
    entry: Entry
    data: bytes


class Tree:
    """The files of one repository or plain folder. Safe to use from several threads; one sync runs at a time.

    With a `limit`, a sync is all or nothing: as long as more than `limit` files have other content, they are `pending`, deletions
    wait with them, and `entries` stays what it was. What was found to be unchanged is settled all the same, so a branch switched
    there and back costs one look.
    """

    def __init__(self, root: Path, limits: Limits | None = None, clock: Callable[[], int] = time.time_ns) -> None:
        try:
            self.root = Path(root).resolve(strict=True)
            os.scandir(self.root).close()
        except OSError as e:
            raise NoSuchRepo(root, e.strerror or str(e)) from e
        self.limits = limits or Limits()
        self.git = Git(self.root)
        self._before = os.path.join(self.root, "")
        self._clock = clock
        self._listing = Listing(self.root, self.git.outer, clock)
        self._entries: dict[str, Entry] = {}
        self._refused: dict[str, _Refused] = {}
        self._dirty: set[str] = set()
        self._lost: set[str] = set()
        self._racy: set[str] = set()
        self._differs: dict[str, Stat] = {}
        self._listed = False
        self._lock = threading.RLock()

    @property
    def is_git(self) -> bool:
        return self.git.is_repo

    @property
    def entries(self) -> Mapping[str, Entry]:
        """What is known, by path from the root with forward slashes."""
        return MappingProxyType(self._entries)

    @property
    def skipped(self) -> Counter[str]:
        """How many names were left out, by reason. An ignored folder counts once."""
        with self._lock:
            return self._listing.skipped + Counter(r.reason for r in self._refused.values())

    def seed(self, entries: Mapping[str, Entry]) -> None:
        """Take entries as known, over what was known of those paths: what a store has rows for. The next sync checks them."""
        with self._lock:
            for path, entry in entries.items():
                self._entries[path] = entry
                self._differs.pop(path, None)
                self._refused.pop(path, None)
                if self._listed and path not in self._listing:
                    self._lost.add(path)
                else:
                    self._dirty.add(path)

    def sync(self, limit: int | None = None) -> Changes:
        """See every change that was on disk before this call, and take it over (see the class for `limit`)."""
        with self._lock:
            self._look()
            return self._take(None if limit is None else max(limit, 0))

    def take(self, paths: Iterable[str]) -> Changes:
        """Take over some of what the last sync found, without a new look: bulk work in bites."""
        with self._lock:
            changed: dict[str, bytes] = {}
            gone: list[str] = []
            for path in [p for p in paths if p in self._dirty]:
                self._settle(path, self._examine(path), changed, gone)
            return Changes(changed, gone, [])

    # -- looking -------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Bring `_dirty` (must be examined) and `_lost` (known, but no more there) up to date."""
        self._absorb(self._listing.refresh())
        if not self._listed:
            self._listed = True
            there = set(self._listing.paths())
            self._lost |= self._entries.keys() - there
            self._dirty &= there
            return
        self._dirty |= self._racy
        self._sweep()

    def _absorb(self, delta: Delta) -> None:
        self._dirty |= delta.came
        self._dirty -= delta.went
        self._lost -= delta.came
        for path in delta.went:
            self._refused.pop(path, None)
            self._differs.pop(path, None)
            self._racy.discard(path)
            if path in self._entries:
                self._lost.add(path)

    def _sweep(self) -> None:
        """lstat every known file; one that differs is dirty."""
        before, lstat = self._before, os.lstat
        suspects = []
        for path, entry in self._entries.items():
            try:
                s = lstat(before + path)
            except OSError:
                suspects.append(path)
                continue
            k = entry.stat
            if s.st_ctime_ns != k.ctime_ns or s.st_mtime_ns != k.mtime_ns or s.st_size != k.size or s.st_ino != k.inode:
                suspects.append(path)
        for path, refused in self._refused.items():
            if not _same(refused.stat, _lstat(before + path)):
                suspects.append(path)
        self._dirty.update(p for p in suspects if p not in self._lost)

    # -- taking over ---------------------------------------------------------------------------------------------------

    def _take(self, limit: int | None) -> Changes:
        found: dict[str, _Read | _Refused | None] = {}
        waiting: list[str] = []
        differing, glances = 0, 0
        for path in list(self._dirty):
            known = self._differs.get(path)
            if limit is not None and known and not known.racy and _same(known, _lstat(self._before + path)):
                differing += 1
                waiting.append(path)
                continue
            if limit is not None and glances > limit * GLANCE:
                waiting.append(path)
                continue
            what = self._examine(path)
            if self._unchanged(path, what):
                self._settle(path, what, {}, [])
                continue
            glances += 1
            if limit is not None:
                differing += 1
                self._note(path, what)
                if differing > limit:
                    waiting.append(path)
                    continue
            found[path] = what
        if limit is not None and (differing > limit or len(waiting) > differing):
            return Changes({}, [], sorted({*waiting, *found}))
        for path in waiting:
            found[path] = self._examine(path)
        return self._take_over(found)

    def _take_over(self, found: dict[str, _Read | _Refused | None]) -> Changes:
        changed: dict[str, bytes] = {}
        gone: list[str] = []
        for path, what in sorted(found.items()):
            self._settle(path, what, changed, gone)
        gone += [path for path in self._lost if self._entries.pop(path, None)]
        self._lost.clear()
        return Changes(changed, sorted(gone), [])

    def _unchanged(self, path: str, what: _Read | _Refused | None) -> bool:
        """Whether taking this over would change no entry."""
        entry = self._entries.get(path)
        if isinstance(what, _Read):
            return entry is not None and entry.digest == what.entry.digest
        return entry is None

    def _note(self, path: str, what: _Read | _Refused | None) -> None:
        if what is None:
            self._differs.pop(path, None)
        else:
            self._differs[path] = what.stat if isinstance(what, _Refused) else what.entry.stat

    def _settle(self, path: str, what: _Read | _Refused | None, changed: dict[str, bytes], gone: list[str]) -> None:
        """Take over what is known of one path now; it is dirty no more, but looked at again if a change could still hide."""
        self._dirty.discard(path)
        self._differs.pop(path, None)
        self._refused.pop(path, None)
        self._racy.discard(path)
        old = self._entries.get(path)
        if isinstance(what, _Read):
            self._entries[path] = what.entry
            if old is None or old.digest != what.entry.digest:
                changed[path] = what.data
        elif old is not None:
            del self._entries[path]
            gone.append(path)
        if isinstance(what, _Refused):
            self._refused[path] = what
        if what is not None:
            known = what.entry.stat if isinstance(what, _Read) else what.stat
            if known.racy or isinstance(what, _Refused) and what.reason == "unreadable":
                self._racy.add(path)

    def _examine(self, path: str) -> _Read | _Refused | None:
        """What a path is now; None if it is no file any more. A known file with an unsuspicious stat is not read."""
        seen = self._clock()
        where = self._before + path
        s = _lstat(where)
        if s is None or not stat.S_ISREG(s.st_mode):
            return None
        entry = self._entries.get(path)
        if entry and _same(entry.stat, s) and not entry.stat.racy:
            return _Read(entry, b"")
        if s.st_size > self.limits.file_bytes:
            return _Refused(_stat(s, seen), "too large")
        try:
            s, data = _read(where, self.limits.file_bytes)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as e:
            if e.errno in TRANSIENT:
                raise
            return _Refused(_stat(s, seen), "unreadable")
        now = _stat(s, seen)
        if b"\0" in data[:SNIFF]:
            return _Refused(now, "binary")
        if len(data) > self.limits.file_bytes:
            return _Refused(now, "too large")
        return _Read(Entry(now, digest_of(data)), data)

    # -- reading for others --------------------------------------------------------------------------------------------

    def read(self, path: str) -> bytes:
        """The content of one file of the tree as it is on disk now.

        :raises OutsideRepo: if the path leads out of the root, by `..` or through a symlink
        :raises NoSuchFile: if there is no such file, or it is ignored, binary, too large or unreadable
        """
        real = self._inside(path)
        try:
            _, data = _read(self._before + real, self.limits.file_bytes)
        except (OSError, ValueError) as e:
            raise NoSuchFile(path, getattr(e, "strerror", None) or str(e)) from e
        if b"\0" in data[:SNIFF] or len(data) > self.limits.file_bytes:
            raise NoSuchFile(path, "binary or too large")
        return data

    def text(self, path: str) -> str:
        """The content as text. Bytes that are not UTF-8 come as replacement characters."""
        return self.read(path).decode("utf-8-sig", "replace")

    def _inside(self, path: str) -> str:
        """The path of the real file, from the root; checked."""
        if "\0" in path:
            raise NoSuchFile(path, "no such name")
        real = os.path.realpath(self._before + path)
        if os.path.isabs(path) or not os.path.join(real, "").startswith(self._before):
            raise OutsideRepo(path)
        inside = real[len(self._before) :].replace(os.sep, "/")
        with self._lock:
            if inside in self._entries or inside in self._listing:
                return inside
            if not self._listed:
                self._look()
            else:
                parts = inside.split("/")[:-1]
                delta = self._listing.refresh({"/".join(parts[:n]) for n in range(len(parts) + 1)})
                self._absorb(delta)
            if inside in self._listing:
                return inside
        raise NoSuchFile(path, "ignored" if os.path.isfile(real) else "no such file")


def _read(where: str, limit: int) -> tuple[os.stat_result, bytes]:
    """Stat and content of a regular file that is no symlink: at most a byte more than `limit`, only the start of a binary."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    fd = os.open(where, flags | getattr(os, "O_CLOEXEC", 0))
    with open(fd, "rb", buffering=0) as file:
        s = os.fstat(fd)
        if not stat.S_ISREG(s.st_mode):
            raise FileNotFoundError(where)
        data = file.read(SNIFF) or b""
        if b"\0" in data or len(data) < SNIFF:
            return s, data
        parts = [data]
        size = len(data)
        while size <= limit and (more := file.read(limit + 1 - size)):
            parts.append(more)
            size += len(more)
        return s, b"".join(parts)


def _lstat(where: str) -> os.stat_result | None:
    try:
        return os.lstat(where)
    except OSError:
        return None


def _stat(s: os.stat_result, seen_ns: int) -> Stat:
    return Stat(s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, seen_ns)


def _same(known: Stat, s: os.stat_result | None) -> bool:
    return (
        s is not None
        and s.st_ctime_ns == known.ctime_ns
        and s.st_mtime_ns == known.mtime_ns
        and s.st_size == known.size
        and s.st_ino == known.inode
    )
