"""Git: what the history and the work tree say, asked of the git command alone, and never failing on a folder without it.

It never writes, prompts, fetches or runs what a repository's configuration names. What git cannot tell is None or empty, with the
reason in `notes`. Where HEAD is and what is ignored is read without a process (`store/source/repo.py`).
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from pathlib import Path

from store.source.git_words import FORMAT, Author, Commit, History, Status, parse_blame, parse_log, parse_status
from store.source.listing import Key, Outer, key_of, racy
from store.source.past import FAR, TOGETHER, Past, partners_in, with_folders
from store.source.repo import Repo, find_repo, head_of, markers, outer_rules
from store.source.since import since_of

QUICK = 10.0
"""Seconds that one question may take."""

BULK = 120.0
"""Seconds for what walks much of the history, in a shift."""

_SETTINGS = ("core.quotepath=off", "core.fsmonitor=false", "log.showSignature=false", "log.follow=false", "color.ui=false")
_SAFE = ("--no-optional-locks", "--literal-pathspecs", "--no-pager", *(w for s in _SETTINGS for w in ("-c", s)))
_LOG = ("log", "-z", f"--format={FORMAT}", "--no-renames", "--no-merges", "--no-ext-diff", "--no-textconv")


def _environment() -> dict[str, str]:
    """The caller's environment without what points git elsewhere (a server may be started from a git hook)."""
    pointing = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
    env = {k: v for k, v in os.environ.items() if k not in pointing and not k.startswith("GIT_TRACE")}
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ASKPASS": "", "LC_ALL": "C"}
    return {**env, **quiet, "GIT_PAGER": "cat", "GIT_NO_REPLACE_OBJECTS": "1"}


class Git:
    """The git side of one root, which may be the top of a work tree, a folder in one, or no repository at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notes: list[str] = []
        self._lock = threading.RLock()
        self._markers: tuple[int, ...] | None = None
        self._repo: Repo | None = None
        self._works: bool | None = None
        self._outer = Outer()
        self._outer_keys: tuple[tuple[str, Key | None], ...] = ()
        self._index_key: Key | None = None
        self._last: dict[str, str | None] = {}
        self._last_head: str | None = None
        self._histories: dict[int, History] = {}
        self._past: Past | None = None

    # -- where -----------------------------------------------------------------------------------------------------------

    @property
    def is_repo(self) -> bool:
        """Whether the root is in a work tree that git is willing to speak of."""
        with self._lock:
            if self._locate() is None:
                return False
            if self._works is None:
                self._works = self._willing()
            return self._works

    def _locate(self) -> Repo | None:
        now = markers(self.root)
        if now != self._markers:
            self._markers, self._works = now, None
            self._repo = find_repo(self.root)
            self._index_key, self._outer_keys, self._outer = None, (), Outer()
            if self._repo:
                self._read_outer(self._repo)
        return self._repo

    def _read_outer(self, repo: Repo) -> None:
        found = outer_rules(self.root, repo)
        self._outer_keys = found.keys
        if found.ignored:
            self._repo, self._outer = None, Outer()
            self._note(f"the repository at {repo.top} ignores this folder: taken as a plain folder")
            return
        self._outer = Outer(found.rules, found.inside, self._outer.forced, repo=True)

    def _willing(self) -> bool:
        done = self._call(["rev-parse", "--absolute-git-dir"], QUICK)
        if done is None:
            return False
        if done.returncode != 0:
            self._note(_reason(done.stderr))
            return False
        said, repo = os.fsdecode(done.stdout.strip()), self._repo
        if repo is None or os.path.realpath(said) != os.path.realpath(repo.git_dir):
            self._note(f"git takes {said} for the repository of this folder: taken as a plain folder")
            return False
        return True

    def _note(self, text: str) -> None:
        if text and text not in self.notes:
            self.notes.append(text)

    # -- what the listing needs ------------------------------------------------------------------------------------------

    def outer(self, rules_changed: bool = False) -> Outer:
        """Rules from outside the root and tracked-but-ignored files; the same object as long as nothing changed."""
        with self._lock:
            repo = self._locate()
            if repo is None:
                return self._outer
            if any(key is None and os.path.exists(p) or not _is(p, key) for p, key in self._outer_keys):
                self._read_outer(repo)
                rules_changed = True
            self._read_forced(repo, rules_changed)
            return self._outer

    def _read_forced(self, repo: Repo, rules_changed: bool) -> None:
        """Follow the index: files that git tracks although they are ignored stay in the tree."""
        index = str(repo.git_dir / "index")
        if not rules_changed and self._index_key is not None and _is(index, self._index_key):
            return
        key, sure = _key(index)
        if key is None:
            self._index_key, forced = None, frozenset[str]()
        else:
            out = self._run(["ls-files", "-c", "-i", "--exclude-standard", "-z"], BULK)
            if out is None:
                return
            self._index_key = key if sure else None
            forced = with_folders([p for p in out.split("\0") if p])
        if forced != self._outer.forced:
            self._outer = Outer(self._outer.rules, self._outer.inside, forced, repo=True)

    # -- HEAD ------------------------------------------------------------------------------------------------------------

    def head(self) -> str | None:
        """The id of the commit that is checked out; None in a plain folder and before the first commit."""
        found = self._head()
        return found[1] or None if found else None

    def branch(self) -> str | None:
        """The branch that is checked out; None when HEAD is detached or in a plain folder."""
        found = self._head()
        return found[0] or None if found else None

    def _head(self) -> tuple[str, str] | None:
        if not self.is_repo:
            return None
        with self._lock:
            repo = self._repo
        found = head_of(repo) if repo else None
        if found is None:
            branch = (self._run(["symbolic-ref", "-q", "--short", "HEAD"], QUICK, quiet=True) or "").strip()
            found = branch, (self._run(["rev-parse", "-q", "--verify", "HEAD"], QUICK, quiet=True) or "").strip()
        return found

    def last_commit(self, path: str) -> str | None:
        """The id of the newest commit that touches `path` (a file or folder; "." for any). Kept until HEAD moves.

        Merges do not count: what they bring in was made by the commits that they merge.
        """
        head = self.head()
        if head is None or path == ".":
            return head
        path = path.rstrip("/")
        with self._lock:
            self._follow(head)
            if path in self._last:
                return self._last[path]
            known, commit = self._past.last_commit(path) if self._past else (False, None)
        if known:
            return commit
        out = self._run(
            ["log", "-1", "--format=%H", "--full-history", "--no-merges", "--no-renames", head, "--", path], QUICK
        )
        if out is None:
            return None
        with self._lock:
            if self._last_head == head:
                self._last[path] = out.strip() or None
        return out.strip() or None

    def _follow(self, head: str) -> None:
        """Let what is kept about `_last_head` hold for `head`: forget what the commits between them touch, or everything."""
        if head == self._last_head:
            return
        touched = self._touched_between(self._last_head, head) if self._last else None
        if touched is None:
            self._last.clear()
        else:
            for path in touched:
                self._last.pop(path, None)
        self._last_head = head
        self._histories.clear()
        self._past = None

    def _touched_between(self, old: str | None, new: str) -> frozenset[str] | None:
        """Files and folders touched by the commits after `old`; None where `new` does not simply come after it."""
        if old is None or self._run(["merge-base", "--is-ancestor", old, new], QUICK, quiet=True) is None:
            return None
        out = self._run(
            ["log", "-z", "--format=", "--name-only", "--no-renames", "--no-merges", "--relative", f"{old}..{new}"], QUICK
        )
        return None if out is None else with_folders([p.lstrip("\n") for p in out.split("\0") if p.strip("\n")])

    def read_ahead(self) -> None:
        """Read the whole log once, so that `last_commit` and `partners` need no process for each path, until HEAD moves."""
        head = self.head()
        if head is None:
            return
        with self._lock:
            self._follow(head)
            if self._past is not None:
                return
        commits = self._log([f"-n{FAR}", "--name-only", "--relative", head, *self._only(None)], BULK)
        with self._lock:
            if commits and self._last_head == head:
                self._past = Past(commits, complete=len(commits) < FAR)

    # -- history ---------------------------------------------------------------------------------------------------------

    def log(
        self,
        path: str | None = None,
        limit: int = 20,
        since: str | datetime | None = None,
        *,
        author: str | None = None,
        paths: bool = True,
    ) -> list[Commit]:
        """The newest commits first, merges left out; `since` is a time, a phrase of time or a ref."""
        if self.head() is None:
            return []
        window = self._window(since)
        if window is None:
            return []
        options = [f"-n{limit}", *window[0], *(["--name-only", "--relative"] if paths else [])]
        options += [f"--author={author}", "--fixed-strings", "--regexp-ignore-case"] if author else []
        return self._log([*options, window[1], *self._only(path)])

    def search_log(self, text: str, limit: int = 20) -> list[Commit]:
        """Commits whose message holds `text`, in any case, newest first."""
        if self.head() is None:
            return []
        words = [f"-n{limit}", f"--grep={text}", "--fixed-strings", "--regexp-ignore-case", "--name-only", "--relative"]
        return self._log([*words, "HEAD", *self._only(None)])

    def pickaxe(self, text: str, path: str | None = None) -> Commit | None:
        """The commit that first brought `text` in (changed how often it occurs). Slow on a long history without a path."""
        if self.head() is None or not text:
            return None
        found = self._log([f"-S{text}", "--name-only", "--relative", "HEAD", *self._only(path)])
        return found[-1] if found else None

    def log_of_lines(self, path: str, start: int, end: int, limit: int = 6) -> list[Commit]:
        """The newest commits that touched these lines of the committed file, followed back as the lines move."""
        if self.head() is None:
            return []
        return self._log([f"-n{limit}", f"-L{start},{end}:{path}", "--no-patch", "HEAD"], quiet=True)

    def partners(self, path: str, limit: int = 100) -> list[tuple[str, int]]:
        """Files that changed at least twice in the last `limit` commits of `path` together with it, most often first."""
        head = self.head()
        if head is None:
            return []
        with self._lock:
            self._follow(head)
            commits = self._past.of(path.rstrip("/"), limit) if self._past else None
        if commits is None:
            commits = self._log([f"-n{limit}", "--name-only", "--relative", "--full-diff", head, *self._only(path)])
        return partners_in(commits, path)

    def changed_since(self, since: str | datetime) -> dict[str, str]:
        """What differs between then and the work tree now: path -> "A", "M" or "D"; untracked files count as added."""
        if self.head() is None:
            return {}
        base = self._base(since)
        if base is None:
            return {}
        out = self._run(["diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", "--relative", base, "--", "."], QUICK)
        words = (out or "").split("\0")
        found = {path: state[:1] for state, path in zip(words[::2], words[1::2], strict=False)}
        return {**found, **dict.fromkeys(self.status().untracked, "A")}

    def blame_symbol(self, path: str, start: int, end: int) -> list[Author]:
        """Who wrote these lines, the most recent first."""
        if self.head() is None:
            return []
        out = self._run(["blame", "--porcelain", f"-L{start},{end}", "--", path], QUICK, quiet=True)
        return parse_blame(out or "")

    def history(self, limit: int = 2000) -> History:
        """How often files change, and which change together, over the newest commits. Kept until HEAD moves."""
        head = self.head()
        if head is None:
            return History(0, Counter(), Counter())
        with self._lock:
            self._follow(head)
            kept = self._histories.get(limit)
        if kept is None:
            commits = self._log([f"-n{limit}", "--name-only", "--relative", head, *self._only(None)], BULK)
            kept = _history(commits)
            with self._lock:
                if self._last_head == head:
                    self._histories[limit] = kept
        return kept

    def cochange(self, limit: int = 2000) -> Counter[tuple[str, str]]:
        """Pairs of files (sorted) by how many commits changed both; commits of more than 30 files do not count."""
        return self.history(limit).pairs

    def churn(self, limit: int = 2000) -> Counter[str]:
        """Files by how many of the newest commits changed them."""
        return self.history(limit).churn

    # -- the work tree -----------------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """What is modified, staged, untracked and not pushed, as it is at this moment: never kept."""
        if not self.is_repo:
            return Status()
        out = self._run(["status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=all", "--", "."], BULK)
        with self._lock:
            inside = self._outer.inside
        return parse_status(out or "", inside)

    def commit_of(self, ref: str) -> str | None:
        """The commit that a ref, tag or id stands for; None if there is no such thing."""
        if not ref or ref.startswith("-") or self.head() is None:
            return None
        out = self._run(["rev-parse", "-q", "--verify", "--end-of-options", f"{ref}^{{commit}}"], QUICK, quiet=True)
        return (out or "").strip().splitlines()[-1] if out and out.strip() else None

    # -- asking ------------------------------------------------------------------------------------------------------------

    def _window(self, since: str | datetime | None) -> tuple[list[str], str] | None:
        """Options and range for a `since`; None if it means nothing."""
        if since is None:
            return [], "HEAD"
        moment = since if isinstance(since, datetime) else since_of(since, datetime.now().astimezone())
        if moment is not None:
            return [f"--since=@{int(moment.timestamp())}"], "HEAD"
        commit = self.commit_of(since) if isinstance(since, str) else None
        return ([], f"{commit}..HEAD") if commit else None

    def _base(self, since: str | datetime) -> str | None:
        """The commit that was there at a time, or that a ref names; before the first commit, the empty tree."""
        moment = since if isinstance(since, datetime) else since_of(since, datetime.now().astimezone())
        if moment is None:
            return self.commit_of(since) if isinstance(since, str) else None
        out = self._run(["rev-list", "-1", f"--before=@{int(moment.timestamp())}", "HEAD"], QUICK)
        if out is None:
            return None
        return out.strip() or (self._run(["hash-object", "-t", "tree", os.devnull], QUICK) or "").strip() or None

    def _only(self, path: str | None) -> list[str]:
        """The pathspec that keeps to a path, and to the root where it is not the top of the repository."""
        with self._lock:
            below = bool(self._outer.inside)
        if path and path != ".":
            return ["--full-history", "--", path.rstrip("/")]
        return ["--full-history", "--", "."] if below else ["--"]

    def _log(self, words: Sequence[str], seconds: float = QUICK, *, quiet: bool = False) -> list[Commit]:
        out = self._run([*_LOG, *words], seconds, quiet=quiet)
        return parse_log(out or "")

    def _run(self, words: Sequence[str], seconds: float, *, quiet: bool = False) -> str | None:
        """What git printed; None if it would not, which `notes` then explains (unless that was to be expected)."""
        done = self._call(words, seconds)
        if done is None:
            return None
        if done.returncode != 0:
            if not quiet:
                self._note(f"git {words[0]}: {_reason(done.stderr)}")
            return None
        return done.stdout.decode("utf-8", "replace")

    def _call(self, words: Sequence[str], seconds: float) -> subprocess.CompletedProcess[bytes] | None:
        try:
            return subprocess.run(
                ["git", *_SAFE, *words],
                cwd=self.root,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self._note(f"git {words[0]} took more than {seconds:.0f} s and was stopped")
        except OSError as e:
            self._note(f"git cannot be run ({e.strerror}): there is no history")
        return None


def _history(commits: list[Commit]) -> History:
    churn: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for commit in commits:
        churn.update(commit.paths)
        if len(commit.paths) <= TOGETHER:
            pairs.update(combinations(sorted(commit.paths), 2))
    return History(len(commits), churn, pairs)


def _key(path: str) -> tuple[Key | None, bool]:
    """The key of a file, and whether a change could not hide behind it."""
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


def _reason(stderr: bytes) -> str:
    """Why git would not, in one line."""
    text = stderr.decode("utf-8", "replace").strip()
    if "dubious ownership" in text:
        return "git refuses this folder because it belongs to another user: there is no history (see git's safe.directory)"
    return text.splitlines()[0][:200] if text else "failed without a reason"
