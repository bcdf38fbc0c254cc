"""The listing: which files belong to the tree, folder by folder, kept equal to the disk at the price of one lstat per folder.

A folder's own times tell of every name that came, went or was replaced in it, so only changed folders are listed again. It
knows names only: what is in the files is `store/source/tree.py`, what the ignore files say is `store/source/ignore.py`.
"""

from __future__ import annotations

import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from store.errors import NoSuchRepo
from store.source.ignore import GIT_IGNORE, OWN_IGNORE, Rules
from store.source.stamps import TRANSIENT, Key, key_of, racy

NEVER = frozenset({
    ".git", ".hg", ".svn", ".bzr", ".jj", ".forethought", "node_modules", "bower_components", "__pycache__", "__pypackages__",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".eggs", ".ipynb_checkpoints", ".gradle",
    ".terraform", ".next", ".nuxt", ".svelte-kit", ".turbo", ".parcel-cache", ".yarn", ".pnpm-store", ".DS_Store",
})  # fmt: skip
"""Names that are never looked into, whatever git says of them."""

CLOSING = {"pyvenv.cfg": "virtual environment", "CACHEDIR.TAG": "cache"}
"""A file that says that the folder around it is not source."""

IGNORE_LIMIT = 1_000_000
"""An ignore file longer than this is not read on."""


class Folder:
    """One folder of the tree: what was seen in it at the last look."""

    __slots__ = ("above", "files", "folders", "forced_only", "key", "path", "rules", "skipped", "texts", "unsure")

    def __init__(self, path: str) -> None:
        self.path = path
        self.above: Rules | None = None
        self.rules = Rules()
        self.forced_only = False
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
        todo = [self]
        while todo:
            folder = todo.pop()
            yield folder
            todo += folder.folders.values()


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
        self._failed: set[str] = set()
        self.opened: Callable[[str], None] = lambda path: None
        """Called before a folder is listed, again or for the first time."""
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

    def left_out(self, path: str) -> bool:
        """Whether the user's own ignore files leave a path out, also one that is not there any more."""
        rules, parts = self._outer.rules, path.split("/")
        for n, name in enumerate(parts):
            known = self._folders.get("/".join(parts[:n]))
            rules = known.rules if known else rules
            way = self._outer.inside + "/".join(parts[: n + 1])
            if rules.verdict(way, name, n + 1 < len(parts)) == "own":
                return True
        return False

    def folders(self) -> Iterator[str]:
        """The paths of all folders of the tree; the root is ""."""
        return iter(self._folders)

    def files_of(self, folder: str) -> set[str]:
        """The paths of the files directly in one folder."""
        found = self._folders.get(folder)
        return found.files if found else set()

    @property
    def root_is(self) -> tuple[int, int] | None:
        """Device and inode of the root when it was last listed."""
        key = self._folders[""].key if "" in self._folders else None
        return (key.device, key.inode) if key else None

    @property
    def skipped(self) -> Counter[str]:
        """What was left out, by reason; an ignored folder counts once."""
        total: Counter[str] = Counter()
        for folder in self._folders.values():
            total.update(folder.skipped)
        return total

    def refresh(self, only: Iterable[str] | None = None, replaced: Iterable[str] = ()) -> Delta:
        """Look at every known folder, or list `only` those named again; what that changed.

        Of those `replaced` nothing counts any more that was known of them; their parents are to be among the others.
        """
        for path in sorted(replaced):
            self._forget(path)
        outer = self._outer_of(False)
        root = self._folders.get("")
        if root is None or outer is not self._outer:
            self._afresh(outer)
        else:
            for folder in self._stale() if only is None else self._named(only):
                if self._folders.get(folder.path) is folder:
                    self._scan(folder)
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
        self._scan(self._folders.get("") or self._open(""), deep=True)

    def _named(self, paths: Iterable[str]) -> list[Folder]:
        """Those of the paths that are folders of the tree, and those that could not be listed last time."""
        return [folder for path in sorted({*paths, *self._failed}) if (folder := self._folders.get(path))]

    def _stale(self) -> list[Folder]:
        """The folders whose stamps, or whose ignore files' stamps, are other ones than before, or in doubt."""
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

    def _open(self, path: str) -> Folder:
        folder = self._folders[path] = Folder(path)
        return folder

    def _forget(self, path: str) -> None:
        folder, parent = self._folders.get(path), self._folders.get(path.rpartition("/")[0])
        if folder is not None and parent is not None and parent is not folder:
            del parent.folders[path.rpartition("/")[2]]
            self._close(folder)

    def _scan(self, start: Folder, deep: bool = False) -> None:
        """List one folder again, and with it all that are new or under other rules (`deep`: all below it)."""
        todo = [(start, deep)]
        while todo:
            folder, deep = todo.pop()
            names = self._list(folder)
            deep = self._follow_rules(folder, names) or deep
            files, folders = self._admit(folder, names)
            self._replace_files(folder, files)
            for name in folder.folders.keys() - folders.keys():
                self._close(folder.folders.pop(name))
            for name, forced_only in folders.items():
                below = folder.folders.get(name)
                if below is None or deep:
                    below = folder.folders[name] = below or self._open(folder.prefix + name)
                    todo.append((below, True))
                below.forced_only = forced_only

    def _follow_rules(self, folder: Folder, names: dict[str, os.DirEntry[str]]) -> bool:
        """Put the rules in force in a folder together; whether its own ignore files are other ones than before."""
        texts = (self._ignore_text(folder, GIT_IGNORE, names), self._ignore_text(folder, OWN_IGNORE, names))
        parent = self._folders.get(folder.path.rpartition("/")[0]) if folder.path else None
        above = parent.rules if parent else self._outer.rules
        changed = texts != folder.texts
        self._rules_changed |= changed
        if changed or above is not folder.above:
            folder.texts, folder.above = texts, above
            folder.rules = above.below(len(self._outer.inside + folder.prefix), *texts)
        return changed

    def _list(self, folder: Folder) -> dict[str, os.DirEntry[str]]:
        """The names in a folder, with its key as it was just before."""
        folder.skipped.clear()
        self.opened(folder.path)
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
            self._failed.add(folder.path)
            if e.errno in TRANSIENT:
                raise
            if not folder.path:
                raise NoSuchRepo(self.root, e.strerror or str(e)) from e
            if not isinstance(e, (FileNotFoundError, NotADirectoryError)):
                folder.skipped["unreadable"] += 1
            return {}
        folder.key = key_of(s)
        self._failed.discard(folder.path)
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
            reason = _unfit(entry, self.root)
            if reason:
                folder.skipped[reason] += 1
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

    def _replace_files(self, folder: Folder, files: set[str]) -> None:
        went, came = folder.files - files, files - folder.files
        folder.files = files
        self._delta.went.update(went)
        self._delta.came.difference_update(went)
        self._delta.came.update(came)
        self._delta.went.difference_update(came)

    def _close(self, folder: Folder) -> None:
        """Take a folder and all below it out of the tree."""
        for one in list(folder.walk()):
            self._replace_files(one, set())
            for name in (GIT_IGNORE, OWN_IGNORE):
                self._ignore_files.pop(one.prefix + name, None)
            if self._folders.get(one.path) is one:
                del self._folders[one.path]
                self._failed.discard(one.path)
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


def _unfit(entry: os.DirEntry[str], root: Path) -> str:
    """Why a name can be no part of the tree, or ""."""
    if entry.name in NEVER:
        return "never source"
    try:
        entry.name.encode("utf-8")
    except UnicodeEncodeError:
        return "undecodable name"
    if entry.is_symlink():
        return "symlink" if _leads_inside(entry.path, root) else "outside (symlink)"
    try:
        return "" if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False) else "not a file"
    except OSError:
        return "unreadable"


def _leads_inside(path: str, root: Path) -> bool:
    real = os.path.realpath(path)
    return real == str(root) or real.startswith(f"{str(root).rstrip(os.sep)}{os.sep}")
