"""The listing: which files belong to the tree, folder by folder, kept equal to the disk at the price of one lstat per folder.

A folder's own times tell of every name that came, went or was replaced in it, so only changed folders are listed again. It
knows names only: what is in the files is `store/source/tree.py`, what the ignore files say is `store/source/ignore.py`.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from store.errors import NoSuchRepo
from store.source.ignore import GIT_IGNORE, OWN_IGNORE, Rules

NEVER = frozenset({
    ".git", ".hg", ".svn", ".bzr", ".jj", ".forethought", "node_modules", "bower_components", "__pycache__", "__pypackages__",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".eggs", ".ipynb_checkpoints", ".gradle",
    ".terraform", ".next", ".nuxt", ".svelte-kit", ".turbo", ".parcel-cache", ".yarn", ".pnpm-store", ".DS_Store",
})  # fmt: skip
"""Names that are never looked into, whatever git says of them."""

CLOSING = {"pyvenv.cfg": "virtual environment", "CACHEDIR.TAG": "cache"}
"""A file that says that the folder around it is not source."""

RACY_NS = 50_000_000
"""A time stamp this close to the look at it may stand for a later change as well: kernels tick in up to 10 ms."""

COARSE_NS = 2_000_000_000
"""The same where the file system keeps whole seconds only (FAT ticks in two)."""

TRANSIENT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.EAGAIN})
"""Errors that say nothing of the file but of us: whoever asked must know that nothing was seen."""

IGNORE_LIMIT = 1_000_000
"""An ignore file longer than this is not read on."""


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


class Folder:
    """One folder of the tree: what was seen in it at the last look."""

    __slots__ = ("files", "folders", "forced_only", "key", "path", "rules", "skipped", "texts", "unsure")

    def __init__(self, path: str, rules: Rules, forced_only: bool = False) -> None:
        self.path = path
        self.rules = rules
        self.forced_only = forced_only
        self.key: Key | None = None
        self.unsure = True
        self.texts: tuple[str | None, str | None] = (None, None)
        self.files: set[str] = set()
        self.folders: dict[str, Folder] = {}
        self.skipped: Counter[str] = Counter()

    @property
    def prefix(self) -> str:
        return f"{self.path}/" if self.path else ""

    def walk(self) -> Iterator[Folder]:
        """This folder and all below it, parents first."""
        yield self
        for folder in self.folders.values():
            yield from folder.walk()


class Delta(NamedTuple):
    """What a look found: paths of files that came (or were replaced by a look afresh), and that went."""

    came: set[str]
    went: set[str]


class Listing:
    """All files that belong to the tree, by path. `refresh` follows the disk."""

    def __init__(self, root: Path, outer: Callable[[bool], Outer], clock: Callable[[], int] = time.time_ns) -> None:
        self.root = root
        self._clock = clock
        self._before = os.path.join(root, "")
        self._outer_of = outer
        self._outer = Outer()
        self._delta = Delta(set(), set())
        self._rules_changed = False
        self._folders: dict[str, Folder] = {}
        self._ignore_files: dict[str, Key | None] = {}
        self.opened: Callable[[str], None] = lambda path: None
        """Called before a folder is listed for the first time."""
        self.closed: Callable[[str], None] = lambda path: None
        """Called when a folder is no longer part of the tree."""

    def __len__(self) -> int:
        return len(self._folders)

    def __contains__(self, path: str) -> bool:
        folder = self._folders.get(path.rpartition("/")[0])
        return folder is not None and path in folder.files

    def paths(self) -> Iterator[str]:
        for folder in self._folders.values():
            yield from folder.files

    def folders(self) -> Iterator[str]:
        """The paths of all folders of the tree; the root is ""."""
        return iter(self._folders)

    def files_of(self, folder: str) -> set[str]:
        """The paths of the files directly in one folder."""
        found = self._folders.get(folder)
        return found.files if found else set()

    @property
    def skipped(self) -> Counter[str]:
        """What was left out, by reason; an ignored folder counts once."""
        total: Counter[str] = Counter()
        for folder in self._folders.values():
            total.update(folder.skipped)
        return total

    def refresh(self, only: set[str] | None = None) -> Delta:
        """Look at every known folder (or only at those named, and list those again); what that changed."""
        outer = self._outer_of(False)
        root = self._folders.get("")
        if root is None or outer is not self._outer:
            self._afresh(outer)
        else:
            for folder in self._stale(only):
                if self._folders.get(folder.path) is folder:
                    self._scan(folder, folder.rules, self._delta)
        if self._rules_changed:
            outer = self._outer_of(True)
            if outer is not self._outer:
                self._afresh(outer)
            self._rules_changed = False
        delta, self._delta = self._delta, Delta(set(), set())
        return delta

    def _afresh(self, outer: Outer) -> None:
        """List everything under other rules from outside."""
        self._outer = outer
        self._scan(self._folders.get("") or self._open("", outer.rules), outer.rules, self._delta, deep=True)

    def _stale(self, only: set[str] | None) -> list[Folder]:
        if only is not None:
            return [f for path in sorted(only) if (f := self._folders.get(path))]
        found = []
        before, lstat = self._before, os.lstat
        for path, folder in self._folders.items():
            try:
                s = lstat(before + path)
            except OSError:
                found.append(folder)
                continue
            k = folder.key
            if (
                folder.unsure
                or k is None
                or s.st_mtime_ns != k.mtime_ns
                or s.st_ctime_ns != k.ctime_ns
                or s.st_ino != k.inode
                or s.st_dev != k.device
            ):
                found.append(folder)
        known = set(map(id, found))
        for path in [p for p, k in self._ignore_files.items() if self._rewritten(p, k)]:
            folder = self._folders[path.rpartition("/")[0]]
            if id(folder) not in known:
                found.append(folder)
        return found

    def _rewritten(self, path: str, known: Key | None) -> bool:
        try:
            return known is None or key_of(os.lstat(self._before + path)) != known
        except OSError:
            return True

    # -- one folder ----------------------------------------------------------------------------------------------------

    def _open(self, path: str, rules: Rules, forced_only: bool = False) -> Folder:
        folder = self._folders[path] = Folder(path, rules, forced_only)
        self.opened(path)
        return folder

    def _scan(self, folder: Folder, rules: Rules, delta: Delta, deep: bool = False) -> None:
        """List one folder again (`deep`: and all below it), under the rules of its parent plus its own ignore files."""
        names = self._list(folder)
        texts = (self._ignore_text(folder, GIT_IGNORE, names), self._ignore_text(folder, OWN_IGNORE, names))
        if texts != folder.texts or deep:
            parent = self._folders.get(folder.path.rpartition("/")[0]) if folder.path else None
            above = parent.rules if parent else self._outer.rules
            folder.rules = above.below(len(self._outer.inside + folder.prefix), *texts)
            self._rules_changed |= texts != folder.texts
            folder.texts, deep = texts, True
        files, folders = self._admit(folder, names)
        self._replace_files(folder, files, delta)
        for name in folder.folders.keys() - folders.keys():
            self._close(folder.folders.pop(name), delta)
        for name, forced_only in folders.items():
            below = folder.folders.get(name)
            new = below is None
            if below is None:
                below = folder.folders[name] = self._open(folder.prefix + name, folder.rules, forced_only)
            changed = below.forced_only != forced_only
            below.forced_only = forced_only
            if new or deep or changed:
                self._scan(below, folder.rules, delta, deep=True)

    def _list(self, folder: Folder) -> dict[str, os.DirEntry[str]]:
        """The names in a folder, with its key as it was just before."""
        folder.skipped.clear()
        seen = self._clock()
        where = self._before + folder.path
        try:
            s = os.lstat(where)
            if not stat.S_ISDIR(s.st_mode):
                raise NotADirectoryError(where)
            with os.scandir(where) as entries:
                names = {e.name: e for e in entries}
        except OSError as e:
            folder.key, folder.unsure = None, True
            if not folder.path:
                raise NoSuchRepo(self.root, e.strerror or str(e)) from e
            if e.errno in TRANSIENT:
                raise
            if not isinstance(e, (FileNotFoundError, NotADirectoryError)):
                folder.skipped["unreadable"] += 1
            return {}
        folder.key = key_of(s)
        folder.unsure = racy(s.st_mtime_ns, s.st_ctime_ns, seen)
        reason = self._shut(folder, names)
        if reason:
            folder.skipped[reason] += 1
            return {}
        return names

    def _shut(self, folder: Folder, names: dict[str, os.DirEntry[str]]) -> str:
        """Why nothing in this folder counts, or ""."""
        if not folder.path:
            return ""
        for name, reason in CLOSING.items():
            if name in names:
                return reason
        if ".git" in names:
            return self._outer.foreign(Path(self._before + folder.path))
        return ""

    def _ignore_text(self, folder: Folder, name: str, names: dict[str, os.DirEntry[str]]) -> str | None:
        """The text of an ignore file, None without one; it is watched from now on, even if it ignores itself."""
        path = folder.prefix + name
        entry = names.get(name)
        if entry is None or not entry.is_file(follow_symlinks=False):
            self._ignore_files.pop(path, None)
            return None
        text, self._ignore_files[path] = read_ignore(Path(self._before + path))
        return text

    def _admit(self, folder: Folder, names: dict[str, os.DirEntry[str]]) -> tuple[set[str], dict[str, bool]]:
        """The files of the tree among these names, and the folders (True: only what git tracks there although it is ignored)."""
        files: set[str] = set()
        folders: dict[str, bool] = {}
        prefix, inside, forced = folder.prefix, self._outer.inside, self._outer.forced
        for name, entry in names.items():
            reason = _unfit(entry)
            if reason:
                folder.skipped[reason(self.root) if callable(reason) else reason] += 1
                continue
            path = prefix + name
            below = entry.is_dir(follow_symlinks=False)
            verdict = folder.rules.verdict(inside + path, name, below)
            if verdict == "kept" and folder.forced_only:
                verdict = "git"
            if verdict == "kept" or verdict == "git" and path in forced:
                if below:
                    folders[name] = verdict == "git"
                else:
                    files.add(path)
            else:
                folder.skipped["ignored"] += 1
        return files, folders

    @staticmethod
    def _replace_files(folder: Folder, files: set[str], delta: Delta) -> None:
        went, came = folder.files - files, files - folder.files
        folder.files = files
        delta.went.update(went)
        delta.came.update(came)
        delta.went.difference_update(came)

    def _close(self, folder: Folder, delta: Delta) -> None:
        """Take a folder and all below it out of the tree."""
        for one in list(folder.walk()):
            delta.went.update(one.files)
            delta.came.difference_update(one.files)
            for name in (GIT_IGNORE, OWN_IGNORE):
                self._ignore_files.pop(one.prefix + name, None)
            if self._folders.get(one.path) is one:
                del self._folders[one.path]
                self.closed(one.path)


class Outer:
    """What the listing must know from outside the root: the rules above it, and what git tracks although it is ignored.

    `inside` is the root's own path in the repository around it ("" or "a/b/"). `forced` holds tracked files that the rules would
    leave out, and the folders on the way to them.
    """

    def __init__(
        self, rules: Rules | None = None, inside: str = "", forced: frozenset[str] = frozenset(), repo: bool = False
    ) -> None:
        self.rules = rules or Rules()
        self.inside = inside
        self.forced = forced
        self.repo = repo

    def foreign(self, folder: Path) -> str:
        """Why a folder with a `.git` of its own does not belong to this tree, or "" if it does (a submodule).

        A linked work tree is a second copy of the repository around it. A clone inside a repository is no part of it for
        git either; inside a plain folder it is simply content.
        """
        marker = folder / ".git"
        try:
            if marker.is_file():
                target = marker.read_text("utf-8", "replace").replace("\\", "/")
                return "other work tree" if "/worktrees/" in target else ""
        except OSError:
            return ""
        return "other repository" if self.repo else ""


def read_ignore(path: Path) -> tuple[str | None, Key | None]:
    """The text of an ignore file and the key to watch it by: None where it must be read again at the next look."""
    seen = time.time_ns()
    try:
        with path.open("rb") as file:
            s = os.fstat(file.fileno())
            data = file.read(IGNORE_LIMIT) if stat.S_ISREG(s.st_mode) else b""
    except OSError:
        return None, None
    sure = not racy(s.st_mtime_ns, s.st_ctime_ns, seen)
    return data.decode("utf-8", "surrogateescape"), key_of(s) if sure else None


def _unfit(entry: os.DirEntry[str]) -> str | Callable[[Path], str]:
    """Why a name can be no part of the tree, or ""."""
    if entry.name in NEVER:
        return "never source"
    try:
        entry.name.encode("utf-8")
    except UnicodeEncodeError:
        return "undecodable name"
    if entry.is_symlink():
        return lambda root: "symlink" if _leads_inside(entry.path, root) else "outside (symlink)"
    if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
        return ""
    return "not a file"


def _leads_inside(path: str, root: Path) -> bool:
    real = os.path.realpath(path)
    return real == str(root) or real.startswith(f"{str(root).rstrip(os.sep)}{os.sep}")
