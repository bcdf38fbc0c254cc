"""The tree: the content of the repository's files as it is on disk now, by digest, and what changed since the last look.

`sync` is what freshness rests on: every change that was on disk before the call began is seen, whoever made it. It does not parse
(`store/source/read.py`), does not decide which files count (`store/source/listing.py`) and stores nothing.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from store.errors import NoSuchFile, NoSuchRepo, OutsideRepo
from store.source.content import Content, Entry, Found, Limits, Refused, Stat, examine, lstat, read_file, same, unfit
from store.source.git import Git
from store.source.listing import Delta, Listing
from store.source.watch import Report, Watch

__all__ = ["Changes", "Entry", "Limits", "Stat", "Tree"]

GLANCE = 20
"""With a limit, up to so many times as many files are read to find out which of them really changed."""


WATCHED = 5000
"""From so many files on a watch is worth its doubts; below, a sweep takes a few milliseconds and is certain."""

PATIENCE = 3
"""A large tree that was swept so many times will be looked at again and again, as a server does: it is watched from then on."""

SWEEP = 600.0
"""Seconds after which a watched tree is swept all the same: writes through a memory map or another hard link make no event."""


class Changes(NamedTuple):
    """What a sync took over, or, with `pending` not empty, what it left for later: then nothing at all was taken over."""

    changed: dict[str, bytes]
    gone: list[str]
    pending: list[str]


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
        self._refused: dict[str, Refused] = {}
        self._dirty: set[str] = set()
        self._lost: set[str] = set()
        self._racy: set[str] = set()
        self._differs: dict[str, Stat] = {}
        self._listed = False
        self._lock = threading.RLock()
        self._watch: Watch | None = None
        self._watch_from = WATCHED
        self._must_sweep = True
        self._swept = 0.0
        self.unwatched = ""
        """Why a large tree is not watched, if it is not."""
        self.sweeps = 0
        """How often every file was looked at."""

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

    def left_out(self, path: str) -> bool:
        """Whether the user's own ignore files leave a path out, also one that only git still knows of: nothing is said of it."""
        with self._lock:
            return self._listing.left_out(path)

    def too_large(self) -> dict[str, Stat]:
        """The files that are left out for their size, as they are now: nothing is known of what is in them."""
        with self._lock:
            return {path: r.stat for path, r in self._refused.items() if r.reason == "too large"}

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

    def watch(self) -> bool:
        """Have a large tree watched, if it can be; a small one is swept faster than it could be doubted.

        It takes some 0.1 s for 5,000 folders, so it is for a moment when nobody waits. Forgotten, it is done after a few syncs.
        """
        with self._lock:
            if self._watch is None and not self.unwatched and len(self._entries) >= WATCHED:
                try:
                    self.attach(Watch(self.root))
                except OSError as e:
                    self.unwatched = str(e)
            return self._watch is not None and not self._watch.broken

    def attach(self, watch: Watch, *, files: int = WATCHED) -> None:
        """From so many `files` on, look only where the watch heard something."""
        with self._lock:
            self._watch, self._watch_from, self._must_sweep = watch, files, True
            self._listing.opened, self._listing.closed = watch.open, watch.close
            for folder in list(self._listing.folders()):
                watch.open(folder)

    # -- looking -------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Bring `_dirty` (must be examined) and `_lost` (known, but no more there) up to date."""
        report = self._report()
        if report is None:
            self._absorb(self._listing.refresh())
        else:
            self._absorb(self._listing.refresh(report.folders, report.replaced))
        if not self._listed:
            self._listed = True
            there = set(self._listing.paths())
            self._lost |= self._entries.keys() - there
            self._dirty &= there
        elif report is None:
            self._compare(self._entries.items())
            self._compare_refused(self._refused)
        else:
            near = {path for folder in report.folders for path in self._listing.files_of(folder)}
            self._compare((path, self._entries[path]) for path in near if path in self._entries)
            self._compare_refused(near & self._refused.keys())
        self._dirty |= self._racy
        self._must_sweep = False

    def _report(self) -> Report | None:
        """Where to look, if the watch knows; None to look everywhere."""
        if self.sweeps == PATIENCE:
            self.watch()
        heard = self._watch.report() if self._watch else None
        now = time.monotonic()
        due = self._must_sweep or now - self._swept > SWEEP or len(self._entries) < self._watch_from
        if due or self._root_moved():
            heard = None
        self._must_sweep = True  # until the look is over: an error in the middle must not lose what was heard
        if heard is None:
            self._swept = now
            self.sweeps += 1
        return heard

    def _root_moved(self) -> bool:
        s = lstat(str(self.root))
        return s is None or (s.st_dev, s.st_ino) != self._listing.root_is

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

    def _compare(self, entries: Iterable[tuple[str, Entry]]) -> None:
        """lstat known files; one that differs is dirty."""
        before, look = self._before, os.lstat
        suspects = []
        for path, entry in entries:
            try:
                s = look(before + path)
            except OSError:
                suspects.append(path)
                continue
            k = entry.stat
            if s.st_ctime_ns != k.ctime_ns or s.st_mtime_ns != k.mtime_ns or s.st_size != k.size or s.st_ino != k.inode:
                suspects.append(path)
        self._dirty.update(p for p in suspects if p not in self._lost)

    def _compare_refused(self, paths: Iterable[str]) -> None:
        self._dirty.update(p for p in paths if not same(self._refused[p].stat, lstat(self._before + p)))

    # -- taking over ---------------------------------------------------------------------------------------------------

    def _take(self, limit: int | None) -> Changes:
        if limit is None:
            return self._take_over({path: self._examine(path) for path in self._dirty})
        found: dict[str, Found] = {}
        differing: list[str] = []
        unread: list[str] = []
        glances = GLANCE * max(limit, 10)
        for path in list(self._dirty):
            known = self._differs.get(path)
            if known and not known.racy and same(known, lstat(self._before + path)):
                differing.append(path)
                continue
            if not glances:
                unread.append(path)
                continue
            what = self._examine(path)
            glances -= not isinstance(what, Content) or what.entry is not self._entries.get(path)
            if self._unchanged(path, what):
                self._settle(path, what, {}, [])
                continue
            differing.append(path)
            self._note(path, what)
            if len(differing) <= limit:
                found[path] = what
        if unread or len(differing) > limit:
            return Changes({}, [], sorted(differing + unread))
        return self._take_over(found | {path: self._examine(path) for path in differing if path not in found})

    def _examine(self, path: str) -> Found:
        return examine(self._before + path, self._entries.get(path), self.limits, self._clock)

    def _take_over(self, found: dict[str, Found]) -> Changes:
        changed: dict[str, bytes] = {}
        gone: list[str] = []
        for path, what in sorted(found.items()):
            self._settle(path, what, changed, gone)
        gone += [path for path in self._lost if self._entries.pop(path, None)]
        self._lost.clear()
        return Changes(changed, sorted(gone), [])

    def _unchanged(self, path: str, what: Found) -> bool:
        """Whether taking this over would change no entry."""
        entry = self._entries.get(path)
        if isinstance(what, Content):
            return entry is not None and entry.digest == what.entry.digest
        return entry is None

    def _note(self, path: str, what: Found) -> None:
        if what is None:
            self._differs.pop(path, None)
        else:
            self._differs[path] = what.stat if isinstance(what, Refused) else what.entry.stat

    def _settle(self, path: str, what: Found, changed: dict[str, bytes], gone: list[str]) -> None:
        """Take over what is known of one path now; it is dirty no more, but looked at again if a change could still hide."""
        self._dirty.discard(path)
        self._differs.pop(path, None)
        self._refused.pop(path, None)
        self._racy.discard(path)
        old = self._entries.get(path)
        if isinstance(what, Content):
            self._entries[path] = what.entry
            if old is None or old.digest != what.entry.digest:
                changed[path] = what.data
        elif old is not None:
            del self._entries[path]
            gone.append(path)
        if isinstance(what, Refused):
            self._refused[path] = what
        if what is None and path in self._listing:
            # It went after its folder was listed. Come back before the next look, it would be no news to the listing.
            self._racy.add(path)
        if what is not None:
            known = what.entry.stat if isinstance(what, Content) else what.stat
            if known.racy or isinstance(what, Refused) and what.reason == "unreadable":
                self._racy.add(path)

    # -- reading for others --------------------------------------------------------------------------------------------

    def read(self, path: str, most: int = 0) -> bytes:
        """The content of one file of the tree as it is on disk now; with `most`, one of that size counts as text to study.

        :raises OutsideRepo: if the path leads out of the root, by `..` or through a symlink
        :raises NoSuchFile: if there is no such file, or it is ignored, binary, too large or unreadable
        """
        real = self._inside(path)
        limits = Limits(file_bytes=most) if most else self.limits
        try:
            _, data = read_file(self._before + real, limits)
        except OSError as e:
            raise NoSuchFile(path, e.strerror or "") from e
        if reason := unfit(data, limits):
            raise NoSuchFile(path, reason)
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
