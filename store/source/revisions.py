"""Which commit is meant: the one that is checked out, or what a name, a time or a number of commits stands for.

Asked anew each time, and never failing on a folder without git. What a phrase of time says is `since.py`; what commits say of the
files is `git.py`.
"""

from __future__ import annotations

import os
from datetime import datetime

from store.source.around import Around
from store.source.command import GitCommand
from store.source.repo import head_of, is_shallow, under_way
from store.source.since import commits_of, since_of


class Revisions:
    """The commits of one root, and what is checked out of them."""

    def __init__(self, command: GitCommand) -> None:
        self._command = command
        self._around = Around(command)

    @property
    def notes(self) -> list[str]:
        """Why something could not be told, once each."""
        return self._command.notes

    @property
    def is_repo(self) -> bool:
        """Whether the root is in a work tree that git is willing to speak of."""
        return self._around.repo is not None

    # -- HEAD ------------------------------------------------------------------------------------------------------------

    def head(self) -> str | None:
        """The id of the commit that is checked out; None in a plain folder and before the first commit."""
        return self._head()[1] or None

    def branch(self) -> str | None:
        """The branch that is checked out; None when HEAD is detached or in a plain folder."""
        return self._head()[0] or None

    def _head(self) -> tuple[str, str]:
        repo = self._around.repo
        if repo is None:
            return "", ""
        found = head_of(repo)
        if found is None:
            branch = self._command.run(["symbolic-ref", "-q", "--short", "HEAD"], quiet=True) or ""
            found = (
                branch.strip(),
                (self._command.run(["rev-parse", "-q", "--verify", "HEAD"], quiet=True) or "").strip(),
            )
        return found

    def under_way(self) -> str:
        """What somebody has begun and not ended: "a merge", "a rebase"; or ""."""
        repo = self._around.repo
        return under_way(repo) if repo else ""

    @property
    def is_shallow(self) -> bool:
        """Whether the history was cut off when it was cloned."""
        repo = self._around.repo
        return bool(repo and is_shallow(repo))

    # -- by a name, a time or a number -------------------------------------------------------------------------------------

    def commit_of(self, ref: str) -> str | None:
        """The commit that a ref, tag or id stands for; "2.3" also finds the tag "v2.3". None if there is no such thing."""
        if not ref or ref.startswith("-") or self.head() is None:
            return None
        for name in dict.fromkeys((ref, f"v{ref}" if ref[:1].isdigit() else ref.removeprefix("v"))):
            words = ["rev-parse", "-q", "--verify", "--end-of-options", f"{name}^{{commit}}"]
            if found := self._command.run(words, quiet=True):
                return found.split()[-1]
        return None

    def then(self, since: str | datetime) -> str:
        """The commit that was there at a time, or that a ref names; before the first commit, the empty tree. "" if unknown."""
        return self._base(since).partition("..")[0] if self.head() is not None else ""

    def fork(self, commit: str) -> tuple[str, int]:
        """Where the way to a commit left the way to HEAD, and how many commits lie on its side alone."""
        base = (self._command.run(["merge-base", commit, "HEAD"], quiet=True) or "").strip()
        aside = (self._command.run(["rev-list", "--count", "--no-merges", commit, "^HEAD"], quiet=True) or "0").strip()
        return base or commit, int(aside) if aside.isdigit() else 0

    def before(self, count: int) -> str:
        """The commit on HEAD's own line after which the newest `count` commits came (or the fewest more); else the beginning.

        Merges do not count.
        """
        line = (self._command.run(["rev-list", "--first-parent", f"-n{count + 1}", "HEAD"]) or "").split()
        low, high = 1, len(line)
        while low < high:  # the further back, the more commits
            middle = (low + high) // 2
            low, high = (low, middle) if self._since(line[middle]) >= count else (middle + 1, high)
        return line[low] if low < len(line) else self._beginning()

    def _since(self, base: str) -> int:
        return int((self._command.run(["rev-list", "--count", "--no-merges", f"{base}..HEAD"]) or "0").strip() or 0)

    def _beginning(self) -> str:
        """What there was before the first commit: the empty tree; where the history is cut off, the oldest commit there is."""
        if self.is_shallow:
            return ((self._command.run(["rev-list", "--first-parent", "HEAD"]) or "").split() or [""])[-1]
        return (self._command.run(["hash-object", "-t", "tree", os.devnull]) or "").strip()

    def _window(self, since: str | datetime | None) -> tuple[list[str], str] | None:
        """Options and range for a `since`; None if it means nothing."""
        moment = _moment(since)
        if since is None or moment is not None:
            return [f"--since=@{int(moment.timestamp())}"] if moment else [], "HEAD"
        if (count := commits_of(str(since))) and not self.commit_of(str(since)):
            base = self.before(count)
            return [], f"{base}..HEAD" if self.commit_of(base) else "HEAD"
        commits = [self.commit_of(ref) or "" for ref in str(since).split("..") if ref]
        return ([], "..".join([*commits, "HEAD"][:2])) if commits and all(commits) else None

    def _base(self, since: str | datetime) -> str:
        """The commit that was there at a time, or that a ref names; before the first commit, the empty tree. "" if unknown."""
        moment = _moment(since)
        if moment is None:
            if (count := commits_of(str(since))) and not self.commit_of(str(since)):
                return self.before(count)
            commits = [self.commit_of(ref) or "" for ref in str(since).split("..") if ref]
            return "..".join(commits) if all(commits) else ""
        # On HEAD's own line: what a branch had by then came here only when it was merged.
        out = self._command.run(["rev-list", "-1", "--first-parent", f"--before=@{int(moment.timestamp())}", "HEAD"])
        if out is None:
            return ""
        return out.strip() or self._beginning()


def _moment(since: str | datetime | None) -> datetime | None:
    if since is None or isinstance(since, datetime):
        return since
    return since_of(since, datetime.now().astimezone())
