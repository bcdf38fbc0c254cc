"""What is around the root: the repository that it is in, and what the listing needs to know from there.

Looked at before every sync, so it costs a few lstat calls as long as nothing changed. How a repository is laid out on disk:
`store/source/repo.py`. What its history says: `store/source/git.py`.
"""

from __future__ import annotations

import os
import threading
import time

from store.source.command import BULK, QUICK, GitCommand, reason_of
from store.source.listing import Outer
from store.source.past import with_folders
from store.source.repo import Repo, find_repo, markers, outer_rules, places_of_markers
from store.source.stamps import Key, key_of, racy


class Around:
    """The surroundings of one root. A `git init`, or a `.git` taken away, is noticed."""

    def __init__(self, command: GitCommand) -> None:
        self.root = command.root
        self._command = command
        self._lock = threading.RLock()
        self._places = places_of_markers(self.root)
        self._markers: tuple[int, ...] | None = None
        self._repo: Repo | None = None
        self._willing: bool | None = None
        self._outer = Outer()
        self._rule_keys: tuple[tuple[str, Key | None], ...] = ()
        self._rule_texts: tuple[str | None, ...] | None = None
        self._index_key: Key | None = None

    @property
    def repo(self) -> Repo | None:
        """The repository, if git is willing to speak of it."""
        with self._lock:
            found = self._locate()
            if found is not None and self._willing is None:
                self._willing = self._ask(found)
            return found if self._willing else None

    @property
    def inside(self) -> str:
        """The root's own path in the repository: "" at its top, or "a/b/"."""
        with self._lock:
            return self._outer.inside

    def outer(self, rules_changed: bool = False) -> Outer:
        """Rules from outside the root and tracked-but-ignored files; the same object as long as nothing changed."""
        with self._lock:
            repo = self._locate()
            if repo is not None and not all(_is(path, key) for path, key in self._rule_keys):
                rules_changed |= self._read_rules(repo)
                repo = self._repo
            if repo is not None:
                self._read_forced(repo, rules_changed)
            return self._outer

    def _locate(self) -> Repo | None:
        now = markers(self._places)
        if now != self._markers:
            self._markers, self._willing = now, None
            self._index_key, self._rule_keys, self._rule_texts, self._outer = None, (), None, Outer()
            self._repo = find_repo(self.root)
            if self._repo:
                self._read_rules(self._repo)
        return self._repo

    def _read_rules(self, repo: Repo) -> bool:
        """Read the ignore files outside the root again; whether they say something else than before."""
        found = outer_rules(self.root, repo)
        self._rule_keys = found.keys
        if found.texts == self._rule_texts:
            return False
        self._rule_texts = found.texts
        if found.ignored:
            self._repo, self._outer = None, Outer()
            self._command.note(f"the repository at {repo.top} ignores this folder: taken as a plain folder")
        else:
            self._outer = Outer(found.rules, found.inside, self._outer.forced, repo=True)
        return True

    def _ask(self, repo: Repo) -> bool:
        done = self._command.call(["rev-parse", "--absolute-git-dir"], QUICK)
        if done is None:
            return False
        if done.returncode != 0:
            self._command.note(reason_of(done.stderr))
            return False
        said = os.fsdecode(done.stdout.strip())
        if os.path.realpath(said) != os.path.realpath(repo.git_dir):
            self._command.note(f"git takes {said} for the repository of this folder: taken as a plain folder")
            return False
        return True

    def _read_forced(self, repo: Repo, rules_changed: bool) -> None:
        """Follow git's index: files that it tracks although they are ignored stay in the tree."""
        index = f"{repo.git_dir}/index"
        if not rules_changed and self._index_key is not None and _is(index, self._index_key):
            return
        key, sure = _key(index)
        forced: frozenset[str] = frozenset()
        if key is not None:
            out = self._command.run(["ls-files", "-c", "-i", "--exclude-standard", "-z"], BULK)
            if out is None:
                return
            forced = with_folders([p for p in out.split("\0") if p])
        self._index_key = key if sure else None
        if forced != self._outer.forced:
            self._outer = Outer(self._outer.rules, self._outer.inside, forced, repo=True)


def _key(path: str) -> tuple[Key | None, bool]:
    """The key of a file, and whether no change can hide behind it."""
    seen = time.time_ns()
    try:
        s = os.lstat(path)
    except OSError:
        return None, True
    return key_of(s), not racy(s.st_mtime_ns, s.st_ctime_ns, seen)


def _is(path: str, key: Key | None) -> bool:
    try:
        return key_of(os.lstat(path)) == key
    except OSError:
        return key is None
