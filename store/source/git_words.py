"""What git says, as typed values: commits, the work state; and how they are read out of git's output. Pure.

Who runs git is `store/source/git.py`.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

_OURS = "\x1e" + secrets.token_hex(8)
"""Before each commit. It cannot be foreseen, so no message or name can pretend to be a commit."""

FORMAT = f"%x1e{_OURS[1:]}%H%x1f%ct%x1f%an%x1f%s"
"""How `git log` is asked to print a commit. Parsed with `-z`, so names come between NULs."""

_HEAD = re.compile(r"([0-9a-f]{40,64})\x1f(\d+)\x1f([^\x1f\0]*)\x1f([^\0]*)\0?")


class Commit(NamedTuple):
    """One commit; `at` is when it was committed, `paths` what it touches (empty if that was not asked for)."""

    id: str
    at: datetime
    author: str
    subject: str
    paths: tuple[str, ...] = ()


class History(NamedTuple):
    """What the newest commits say about files: how many commits were read, how often each changed, which changed together."""

    commits: int
    churn: Counter[str]
    pairs: Counter[tuple[str, str]]


class Status(NamedTuple):
    """The work state. Paths are relative to the root; `ahead` and `behind` are None without an upstream."""

    branch: str | None = None
    upstream: str | None = None
    ahead: int | None = None
    behind: int | None = None
    staged: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    conflicted: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not (self.staged or self.modified or self.untracked or self.conflicted)


def moment_of(seconds: str) -> datetime:
    """A time as git prints it. A commit may claim any: one beyond the calendar is taken for its last year."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime(9999, 1, 1, tzinfo=UTC)


def parse_log(out: str) -> list[Commit]:
    """The commits of `git log -z --format=FORMAT [--name-only]`."""
    commits: list[Commit] = []
    for chunk in out.split(_OURS):
        head = _HEAD.match(chunk)
        if head is None:
            continue
        names = tuple(n for name in chunk[head.end() :].split("\0") if (n := name.lstrip("\n")))
        commits.append(Commit(head[1], moment_of(head[2]), head[3], head[4].rstrip("\n"), names))
    return commits


def parse_status(out: str, inside: str = "") -> Status:
    """The work state from `git status --porcelain=v2 --branch -z`; paths are cut to below `inside`."""
    facts: dict[str, str] = {}
    lists: dict[str, list[str]] = {"staged": [], "modified": [], "untracked": [], "conflicted": []}
    for line in out.split("\0"):
        mark, _, rest = line.partition(" ")
        if mark == "#":
            key, _, value = rest.partition(" ")
            facts[key] = value
        elif mark == "?":
            lists["untracked"].append(rest)
        elif mark == "u":
            lists["conflicted"].append(rest.split(" ", 9)[-1])
        elif mark == "1":
            fields = rest.split(" ", 7)
            if len(fields) == 8:
                if fields[0][0] != ".":
                    lists["staged"].append(fields[7])
                if fields[0][1] != ".":
                    lists["modified"].append(fields[7])
    counts = re.fullmatch(r"\+(\d+) -(\d+)", facts.get("branch.ab", ""))
    branch = facts.get("branch.head", "")
    return Status(
        branch if branch and branch != "(detached)" else None,
        facts.get("branch.upstream"),
        int(counts[1]) if counts else None,
        int(counts[2]) if counts else None,
        *(tuple(p[len(inside) :] for p in paths if p.startswith(inside)) for paths in lists.values()),
    )


def lines_before(diff: str, start: int, end: int) -> tuple[int, int] | None:
    """Where lines of the new side of a `git diff -U0` are on its old side; None if all of them are new."""
    first, last = start, end
    for old, count_old, new, count_new in re.findall(
        r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", diff, re.MULTILINE
    ):
        was, now = int(count_old or 1), int(count_new or 1)
        old_from, new_from = int(old) + (was == 0), int(new) + (now == 0)
        shift = (old_from + was) - (new_from + now)
        if start >= new_from + now:
            first = start + shift
        elif start >= new_from:
            first = old_from
        if end >= new_from + now:
            last = end + shift
        elif end >= new_from:
            last = old_from + was - 1
    return (first, last) if first <= last else None


def parse_batch(out: bytes, asked: Sequence[str]) -> dict[str, bytes]:
    """What `git cat-file --batch` gave for each name that was asked for, in that order; without what it did not have."""
    found: dict[str, bytes] = {}
    at = 0
    for name in asked:
        end = out.find(b"\n", at)
        match = re.fullmatch(rb"[0-9a-f]+ (\w+) (\d+)", out[at:end])
        at = end + 1
        if match:
            size = int(match[2])
            if match[1] == b"blob":
                found[name] = out[at : at + size]
            at += size + 1
    return found
