"""Git: what the history and the work tree say, asked of the git command, and never failing on a folder without it.

What git cannot tell is None or empty, with the reason in `notes`. Merges are never listed: what they bring in was made by the
commits that they merge. How git is run: `store/source/command.py`; which commit is meant by a name or a time: `revisions.py`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from pathlib import Path

from store.source.command import BULK, QUICK, GitCommand
from store.source.git_words import (
    FORMAT,
    Commit,
    History,
    Status,
    lines_before,
    parse_batch,
    parse_log,
    parse_status,
)
from store.source.past import FAR, TOGETHER, Past, partners_in, with_folders
from store.source.revisions import Revisions

MOVED = 3000
"""A move of HEAD over more commits than this is not followed: what was kept is forgotten."""

_LOG = ("log", "-z", "--no-renames", "--no-merges", "--no-ext-diff", "--no-textconv")
_NAMES = ("--name-only", "--relative")
_PATCH = (
    "--no-merges", "--format=%x1e%ct", "-p", "-U0", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv",
    "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "--diff-filter=AM", "--inter-hunk-context=0",
)  # fmt: skip


class Git(Revisions):
    """The git side of one root, which may be the top of a work tree, a folder in one, or no repository at all."""

    def __init__(self, root: Path) -> None:
        super().__init__(GitCommand(root))
        self.root = root
        self._lock = threading.RLock()
        self._head_then: str | None = None
        self._last: dict[str, str | None] = {}
        self._partners: dict[tuple[str, int], list[tuple[str, int]]] = {}
        self._past: Past | None = None
        self._histories: dict[int, History] = {}
        self.outer = self._around.outer
        """What the listing needs to know from outside the root."""

    # -- what is kept until HEAD moves -----------------------------------------------------------------------------------

    def last_commit(self, path: str) -> str | None:
        """The id of the newest commit that touches `path`, a file or folder; "." for HEAD itself."""
        head = self.head()
        path = path.rstrip("/")
        if head is None or path == ".":
            return head
        with self._lock:
            self._follow(head)
            known, commit = self._past.last_commit(path) if self._past else (False, None)
            if known or path in self._last:
                return commit if known else self._last[path]
        out = self._command.run(
            ["log", "-1", "--format=%H", "--full-history", "--no-merges", "--no-renames", head, "--", path]
        )
        if out is None:
            return None
        with self._lock:
            if self._head_then == head:
                self._last[path] = out.strip() or None
        return out.strip() or None

    def read_ahead(self) -> None:
        """Read the whole log once, so that `last_commit` and `partners` need no process for each path."""
        head = self.head()
        if head is None:
            return
        with self._lock:
            self._follow(head)
            if self._past is not None and self._past.whole:
                return
        commits = self._log([f"-n{FAR}", *_NAMES, head, *self._only(None)], BULK)
        with self._lock:
            if commits and self._head_then == head:
                self._past = Past(commits, complete=len(commits) < FAR)

    def _follow(self, head: str) -> None:
        """Let what is kept hold for `head`: of the paths that the commits between then and now touch, git is asked again."""
        if head == self._head_then:
            return
        then, self._head_then = self._head_then, head
        self._histories.clear()
        if not self._last and not self._partners and self._past is None:
            return
        between = self._between(then, head)
        if between is None:
            self._last.clear()
            self._partners.clear()
            self._past = None
            return
        commits, straight = between
        touched = with_folders(path for commit in commits for path in commit.paths)
        for path in touched:
            self._last.pop(path, None)
        self._partners = {key: found for key, found in self._partners.items() if key[0] not in touched}
        if self._past is not None and straight:
            self._past.extend(commits)
        elif self._past is not None:
            self._past.forget(touched)

    def _between(self, then: str | None, head: str) -> tuple[list[Commit], bool] | None:
        """The commits on one side only, and whether they simply follow each other from then to now; None where git cannot say."""
        if then is None:
            return None
        moved = [f"-n{MOVED}", f"{then}...{head}"]
        out = self._command.run(["rev-list", "--left-right", "--parents", *moved], quiet=True)
        if out is None or out.count("\n") >= MOVED:
            return None
        straight = all(line.startswith(">") and len(line.split()) == 2 for line in out.splitlines())
        return self._log([*_NAMES, *moved]), straight

    def history(self, limit: int = 2000) -> History:
        """How often files change, and which change together, over the newest commits."""
        head = self.head()
        if head is None:
            return History(0, Counter(), Counter())
        with self._lock:
            self._follow(head)
            kept = self._histories.get(limit)
        if kept is None:
            kept = _history(self._log([f"-n{limit}", *_NAMES, head, *self._only(None)], BULK))
            with self._lock:
                if self._head_then == head:
                    self._histories[limit] = kept
        return kept

    def churn(self, limit: int = 2000) -> Counter[str]:
        """Files by how many of the newest commits changed them."""
        return self.history(limit).churn

    def partners(self, path: str, limit: int = 100) -> list[tuple[str, int]]:
        """Files that changed at least twice in the last `limit` commits of `path` together with it, most often first."""
        head = self.head()
        if head is None:
            return []
        with self._lock:
            self._follow(head)
            commits = self._past.of(path.rstrip("/"), limit) if self._past else None
            key = (path.rstrip("/"), limit)
            if commits is None and key in self._partners:
                return self._partners[key]
        if commits is not None:
            return partners_in(commits, path)
        found = partners_in(self._log([f"-n{limit}", *_NAMES, "--full-diff", head, *self._only(path)]), path)
        with self._lock:
            if self._head_then == head:
                self._partners[key] = found
        return found

    # -- asked anew each time --------------------------------------------------------------------------------------------

    def log(
        self,
        path: str | None = None,
        limit: int = 20,
        since: str | datetime | None = None,
        *,
        paths: bool = True,
    ) -> list[Commit]:
        """The newest commits first. `since` is a time, a phrase of time, a ref, or "one..other"; nothing if it means nothing."""
        if self.head() is None:
            return []
        window = self._window(since)
        if window is None:
            return []
        options = [f"-n{limit}", *window[0], *(_NAMES if paths else ())]
        return self._log([*options, window[1], *self._only(path)])

    def patches(self, limit: int) -> str:
        """The newest commits as patches without context, newest first, to follow lines through. "" in a plain folder."""
        if self.head() is None:
            return ""
        words = ["log", *_PATCH, f"-n{limit}", "HEAD", *self._only(None)]
        return self._command.run(words, BULK, quiet=True) or ""

    def unfinished(self) -> str:
        """The difference of what is on disk from the last commit, staged or not, as one patch without context."""
        if self.head() is None:
            return ""
        words = ["diff", *_PATCH[3:], "HEAD", *self._only(None)]
        return self._command.run(words, BULK, quiet=True) or ""

    def search_log(self, text: str, limit: int = 20) -> list[Commit]:
        """Commits whose message holds `text`, in any case, newest first."""
        if self.head() is None:
            return []
        words = [f"-n{limit}", f"--grep={text}", "--fixed-strings", "--regexp-ignore-case", *_NAMES]
        return self._log([*words, "HEAD", *self._only(None)])

    def pickaxe(self, text: str, paths: Sequence[str] = (), until: str = "HEAD") -> list[Commit] | None:
        """The commits up to `until` that changed how often `text` occurs, newest first; None where git could not tell.

        Without paths it is slow on a long history: `origin.py` asks for the commit that brought a text.
        """
        if self.head() is None or not text:
            return None
        only = ["--full-history", "--", *paths] if paths else self._only(None)
        out = self._command.run([*_LOG, f"--format={FORMAT}", f"-S{text}", *_NAMES, until, *only])
        return None if out is None else parse_log(out)

    def commit(self, name: str) -> Commit | None:
        """One commit with all the paths that it touches."""
        return next(iter(self._log(["-n1", *_NAMES, name, "--"], quiet=True)), None)

    def holding(self, text: str, commit: str, paths: Sequence[str] = (".",)) -> list[str] | None:
        """Which files have `text` in a commit, a name as a word; none without that commit, None if git could not tell."""
        as_word = ["-w"] if text.isidentifier() else []
        words = ["grep", "-l", "-z", "-F", "-I", *as_word, "-e", text, commit, "--", *paths]
        done = self._command.call(words, QUICK)
        if done is None or done.returncode > 1:
            return [] if done is not None and self.commit_of(commit) is None else None
        found = done.stdout.decode("utf-8", "surrogateescape").split("\0")
        return [path.removeprefix(f"{commit}:") for path in found if path]

    def log_of_lines(self, path: str, start: int, end: int, limit: int = 6) -> list[Commit]:
        """The newest commits that touched what is on these lines of the file as it is on disk, as far as it is committed."""
        if self.head() is None:
            return []
        diff = self._command.run(["diff", "-U0", "--no-ext-diff", "--no-textconv", "--no-renames", "HEAD", "--", path])
        before = lines_before(diff or "", start, end)
        if before is None:
            return []
        words = [f"-n{limit}", f"-L{before[0]},{before[1]}:{path}", "--no-patch", "HEAD"]
        return self._log(words, quiet=True)

    def changed_since(self, since: str | datetime) -> dict[str, str]:
        """What differs between then and the work tree now: path -> "A", "M" or "D"; untracked files count as added.

        With "one..other" it is what differs between those two.
        """
        if self.head() is None:
            return {}
        base, _, other = self._base(since).partition("..")
        if not base:
            return {}
        ends = [base, other] if other else [base]
        out = self._command.run(
            ["diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", "--relative", *ends, "--", "."]
        )
        words = (out or "").split("\0")
        found = {path: state[:1] for state, path in zip(words[::2], words[1::2], strict=False)}
        return found if other else {**found, **dict.fromkeys(self.status().untracked, "A")}

    def status(self) -> Status:
        """What is modified, staged, untracked and not pushed, as it is at this moment: never kept."""
        if not self.is_repo:
            return Status()
        words = ["status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=all", "--", "."]
        return parse_status(self._command.run(words, BULK) or "", self._around.inside)

    def contents(self, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
        """Files as they were in a commit, by one process; those that were not there are left out."""
        asked = [path for path in paths if "\n" not in path]
        wanted = "".join(f"{commit}:./{path}\n" for path in asked)
        done = self._command.call(["cat-file", "--batch"], BULK, wanted.encode("utf-8", "surrogateescape"))
        return parse_batch(done.stdout, asked) if done is not None and done.returncode == 0 else {}

    def renames(self, base: str) -> dict[str, str]:
        """Files that got another name between a commit and the work tree, new -> old. Untracked ones are not seen."""
        words = ["diff", "-M", "--diff-filter=R", "--name-status", "-z", "--no-ext-diff", "--relative", base, "--", "."]
        fields = (self._command.run(words, quiet=True) or "").split("\0")
        return {new: old for old, new in zip(fields[1::3], fields[2::3], strict=False)}

    # -- words for git ---------------------------------------------------------------------------------------------------

    def _only(self, path: str | None) -> list[str]:
        """The pathspec that keeps to a path, and to the root where it is not the top of the repository."""
        if path and path != ".":
            return ["--full-history", "--", path.rstrip("/")]
        return ["--full-history", "--", "."] if self._around.inside else ["--"]

    def _log(self, words: Sequence[str], seconds: float = QUICK, *, quiet: bool = False) -> list[Commit]:
        return parse_log(self._command.run([*_LOG, f"--format={FORMAT}", *words], seconds, quiet=quiet) or "")


def _history(commits: list[Commit]) -> History:
    churn: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for commit in commits:
        churn.update(commit.paths)
        if len(commit.paths) <= TOGETHER:
            pairs.update(combinations(sorted(commit.paths), 2))
    return History(len(commits), churn, pairs)
