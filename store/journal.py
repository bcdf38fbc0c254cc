"""What was recorded while somebody waited: one line per entry, in a file of this process's own, until the sleeper folds it.

A line is `{"t": "Asked", "v": 1, "id": ..., "at": ..., "body": {...}}` and a newline, written by one `write` to a file
that was opened for appending, before `append` returns. So an acknowledged entry survives a crash or kill -9 of the
process: it is in the system's page cache, where it costs microseconds. Against a loss of power only
`append(..., durable=True)` protects (fdatasync: a fraction of a millisecond to several, by the disk). Nobody waits for a
lock here: each process writes a segment of its own, and holds a lock on it for as long as it lives, which tells the
reader whether more may come.

How segments get into the tables, and that a crash on the way loses and doubles nothing: `store/fold.py`.
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from store.encoding import Line, line_of
from store.errors import StoreFull, StoreUnwritable
from store.home import NO_SPACE

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from store.home import Home
    from store.words import Word

VERSION = 1
"""The form of a line. A line of a later form is set aside, never guessed at."""

SEGMENT_BYTES = 4_000_000
"""A segment that has grown to this is closed, and another begun, so that a long-lived process's lines can be cleared away."""


class Segment(NamedTuple):
    """What one process wrote, as far as it is complete. `closed` tells that no more will come."""

    path: Path
    lines: list[Line]
    damaged: list[bytes]
    end: int
    closed: bool


class Journal:
    """The journal of one store. Safe to use from several threads, and across a fork."""

    def __init__(self, home: Home, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = home.journal
        self.segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._file = -1
        self._size = 0
        self._pid = 0
        self._path = Path()
        self._held: BaseFileLock | None = None

    def append(self, entry: Word, *, durable: bool = False) -> None:
        """Record an entry; when this returns it outlives the process (and, if `durable`, a loss of power).

        Raises StoreFull or StoreUnwritable when it was not recorded; a caller that has an answer gives it all the same.
        """
        line = _written(line_of(entry))
        with self._lock:
            try:
                if self._file < 0 or self._pid != os.getpid() or self._size >= self.segment_bytes:
                    self._begin()
                self._write(line)
                if durable:
                    os.fdatasync(self._file) if hasattr(os, "fdatasync") else os.fsync(self._file)
            except OSError as error:
                if error.errno in NO_SPACE:
                    raise StoreFull(self.folder) from error
                raise StoreUnwritable(self.folder, (error.strerror or str(error)).lower()) from error

    def close(self) -> None:
        """Let go of this process's segment; the next append begins another."""
        with self._lock:
            self._end()

    def _begin(self) -> None:
        self._end()
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        held = _lock_of(self.folder / f"{name}.jsonl")
        held.acquire(blocking=False)
        self._path = self.folder / f"{name}.jsonl"
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | _CLOEXEC, 0o600)
        self._held, self._size, self._pid = held, 0, os.getpid()

    def _end(self) -> None:
        if self._file < 0:
            return
        os.close(self._file)
        self._file = -1
        if self._held is not None and self._pid == os.getpid():
            if self._size == 0:
                self._path.unlink(missing_ok=True)
            self._held.release()
        self._held = None

    def _write(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            if written != len(line):  # the disk filled up in the middle of it
                written += os.write(self._file, line[written:])
        except OSError:
            # What was written of it is no entry: nobody was told that it was recorded.
            os.ftruncate(self._file, self._size)
            raise
        self._size += written


def segments(folder: Path, offsets: dict[str, int] | None = None) -> Iterator[Segment]:
    """All segments, oldest first, each from its offset on. Locks nothing that a writer would wait for."""
    for path in sorted(folder.glob("*.jsonl")):
        if not path.name[:1].isdigit():  # damaged.jsonl
            continue
        # Asked before reading: a writer that ends in between leaves a segment that is "open" once more than needed.
        closed = _is_closed(path)
        try:
            with path.open("rb") as file:
                start = (offsets or {}).get(path.name, 0)
                file.seek(start)
                data = file.read()
        except FileNotFoundError:
            continue
        if not closed:
            data = data[: data.rfind(b"\n") + 1]
        lines, damaged = _parsed(data)
        yield Segment(path, lines, damaged, start + len(data), closed)


def remove(segment: Segment) -> None:
    """Delete a closed segment, and its lock."""
    segment.path.unlink(missing_ok=True)
    _lock_path(segment.path).unlink(missing_ok=True)


def pending(folder: Path) -> int:
    """How many bytes wait to be folded, roughly: for `status`."""
    total = 0
    for path in folder.glob("[0-9]*.jsonl"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


_CLOEXEC = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _written(line: Line) -> bytes:
    head = json.dumps({"t": line.type, "v": VERSION, "id": line.id, "at": line.at.isoformat()})
    return f'{head[:-1]}, "body": {line.body}}}\n'.encode()  # the body is JSON already


def _parsed(data: bytes) -> tuple[list[Line], list[bytes]]:
    lines, damaged = [], []
    for raw in data.split(b"\n"):
        if not raw.strip(b" \r\0"):
            continue
        try:
            lines.append(_entry(json.loads(raw)))
        except (ValueError, KeyError, TypeError, RecursionError):
            damaged.append(raw)
    return lines, damaged


def _entry(value: dict[str, Any]) -> Line:
    if value["v"] != VERSION or not isinstance(value["body"], dict):
        raise ValueError(f"not a line of form {VERSION}")
    body = json.dumps(value["body"], ensure_ascii=False, separators=(",", ":"))
    return Line(str(value["t"]), str(value["id"]), datetime.fromisoformat(value["at"]), body)


def _lock_path(path: Path) -> Path:
    return path.with_suffix(".lock")


def _lock_of(path: Path) -> BaseFileLock:
    from filelock import FileLock

    return FileLock(_lock_path(path), timeout=0, thread_local=False)


def _is_closed(path: Path) -> bool:
    """Whether the process that wrote a segment has let go of it, or died."""
    from filelock import Timeout

    if not _lock_path(path).exists():
        return True
    lock = _lock_of(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    lock.release()
    return True
