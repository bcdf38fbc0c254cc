"""Where a repository's store is, and the locks around it. What is in the tables is `store/tables.py`'s matter.

.forethought/            0700, ignored by git
    tables/v<layout>/    LanceDB (or in an object store: then only the rest of this is local)
    journal/             what was recorded and not yet folded into the tables (`store/journal.py`)
    locks/               empty files that processes lock; the system frees them when a process dies
    cookies/             by which the watcher is synchronised with
    aside/               damaged tables that were set aside

An object store holds the tables only; the rest is then in the user's cache folder.
"""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from store.errors import BadCall, NoSuchRepo, StoreBusy, StoreFull, StoreUnwritable

if TYPE_CHECKING:
    from types import TracebackType

    from filelock import BaseFileLock

FOLDER = ".forethought"

NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}

_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENOENT}


class Home:
    """The place of one repository's store.

    `location` is a folder or an object-store URI; without it the store is `.forethought/` in the repository, or, where
    that cannot be written, a folder of the user's cache. `note` says so in that case, and is empty otherwise.
    With `create=False` nothing is made, and it is only found out where the store would be.

    Raises NoSuchRepo, StoreUnwritable (a given folder that cannot be used), StoreFull.
    """

    def __init__(self, root: Path, location: str | None = None, *, create: bool = True) -> None:
        if not Path(root).is_dir():
            raise NoSuchRepo(root)
        self.root = Path(root).resolve()
        self.location = location
        self.note = ""
        self.mends = True
        """Whether damage may be repaired from here: not in a store that is somebody else's to write."""
        self.remote = location is not None and "://" in location
        if location is not None and not location.strip():
            raise BadCall("The store's location is empty. Give a folder or a URI such as s3://bucket/path.")
        if self.remote:
            assert location is not None
            self.folder = _cache_folder(f"{location} {self.root}")
            self._tables = location.rstrip("/")
        else:
            self.folder = self._local(location, create)
            self._tables = str(self.folder / "tables")
        self.journal = self.folder / "journal"
        self.locks = self.folder / "locks"
        self.cookies = self.folder / "cookies"
        self.aside = self.folder / "aside"
        if create:
            self._create(given=location is not None and not self.remote)

    def tables(self, layout: int) -> str:
        """The URI under which the tables of a layout are kept."""
        return f"{self._tables}/v{layout}"

    def layouts(self) -> list[int]:
        """The layouts that are present here, ascending. Empty for an object store, where `meta` alone tells."""
        if self.remote:
            return []
        try:
            names = os.listdir(self._tables)
        except OSError:
            return []
        return sorted(int(name[1:]) for name in names if name[:1] == "v" and name[1:].isdecimal())

    def lock(self, name: str, wait: float = 10.0) -> BaseFileLock:
        """An exclusive lock among the processes of this machine; taking it raises filelock.Timeout after `wait` seconds."""
        from filelock import FileLock

        self.locks.mkdir(parents=True, exist_ok=True)
        return FileLock(self.locks / f"{name}.lock", timeout=wait, thread_local=False)

    def sleeper_lock(self) -> SleeperLock:
        """The lock that makes it one sleeper per store, whatever the number of server processes."""
        return SleeperLock(self)

    def _local(self, location: str | None, create: bool) -> Path:
        if location is not None:
            return Path(location).expanduser().resolve()
        folder = self.root / FOLDER
        # A link that came with the repository could lead anywhere, and a store could say anything: neither is used.
        if folder.is_symlink():
            return self._fallback("it is a symbolic link")
        if folder.is_dir() and _tracked(self.root):
            return self._fallback("it is under version control, so somebody else may have written it")
        if not create:
            other = _cache_folder(str(self.root))
            return folder if folder.is_dir() or not other.is_dir() else other
        try:
            _make(folder)
        except OSError as error:
            if error.errno not in _REFUSED:
                raise _translated(error, folder) from error
            return self._fallback((error.strerror or "it cannot be written").lower())
        return folder

    def _fallback(self, reason: str) -> Path:
        folder = _cache_folder(str(self.root))
        self.note = f"The store is kept in {folder}, because {self.root / FOLDER} cannot be used: {reason}."
        return folder

    def _create(self, given: bool) -> None:
        try:
            new = _make(self.folder)
            if new or not given:
                _ignore(self.folder)
            for part in (self.journal, self.locks, self.cookies):
                part.mkdir(exist_ok=True)
            if not self.remote:
                Path(self._tables).mkdir(exist_ok=True)
        except OSError as error:
            raise _translated(error, self.folder) from error


class SleeperLock:
    """Held by the one sleeper of a store. After a crash or kill -9 the operating system has freed it."""

    def __init__(self, home: Home) -> None:
        self._lock = home.lock("sleeper", wait=0)
        self._pid_file = home.locks / "sleeper.pid"

    def take(self) -> bool:
        """Take it if nobody holds it; never waits."""
        from filelock import Timeout

        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        self._pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
        return True

    def release(self) -> None:
        """Give it back; harmless if it is not held."""
        if self._lock.is_locked:
            self._pid_file.unlink(missing_ok=True)
            self._lock.release()

    def holder(self) -> int | None:
        """The process that holds it, as far as can be told without touching the lock."""
        try:
            pid = int(self._pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return pid if _alive(pid) else None

    def __enter__(self) -> Self:
        """Raises StoreBusy, naming the holder."""
        if not self.take():
            raise StoreBusy("sleeper's place", self.holder())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _cache_folder(of: str) -> Path:
    import platformdirs

    digest = hashlib.sha256(os.fsencode(of)).hexdigest()[:16]
    return Path(platformdirs.user_cache_dir("forethought", appauthor=False)) / "stores" / digest


def _tracked(root: Path) -> bool:
    """Whether git's index names files in the store's folder. Asked of the file itself: git would take its time."""
    try:
        index = (root / ".git" / "index").read_bytes()
    except OSError:
        return False
    # Without its first character, which the compressed form of the index leaves out where the path before shares it.
    return any(f"{FOLDER[1:]}/{part}".encode() in index for part in ("tables/", "journal/", ".gitignore"))


def _make(folder: Path) -> bool:
    """Make a private folder that can be written; whether it is new. An existing one keeps its mode."""
    new = not folder.is_dir()
    if new:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))
    return new


def _ignore(folder: Path) -> None:
    """Keep git, and other users of this machine, out of it."""
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")


def _translated(error: OSError, folder: Path) -> Exception:
    if error.errno in NO_SPACE:
        return StoreFull(folder)
    return StoreUnwritable(folder, (error.strerror or str(error)).lower())


def _alive(pid: int) -> bool:
    if os.name == "nt":  # there, signal 0 is not a question
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
