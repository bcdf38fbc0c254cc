"""Ignore rules: which names of a folder git, or the user for forethought, wants left out.

Git's own semantics (gitignore(5)), so that a plain folder and a machine without git see the same files. It reads nothing
and walks nothing: `store/source/listing.py` does, and hands in the text of the ignore files that it meets.
"""

from __future__ import annotations

import re
import sys
from typing import Literal, NamedTuple

GIT_IGNORE = ".gitignore"
OWN_IGNORE = ".forethoughtignore"

Verdict = Literal["kept", "git", "own"]
"""Whether a name is kept, or which of the two kinds of ignore file leaves it out."""

_FLAGS = re.DOTALL | (re.IGNORECASE if sys.platform in ("win32", "darwin") else 0)
_POSIX = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "digit": "0-9", "lower": "a-z", "space": "\\s",
    "upper": "A-Z", "xdigit": "0-9a-fA-F", "punct": "!-/:-@\\[-`{-~", "cntrl": "\\x00-\\x1f\\x7f", "print": " -~", "graph": "!-~",
}  # fmt: skip


class Pattern(NamedTuple):
    """One line of an ignore file. `by_name`: it is held against the last part of the path alone."""

    regex: str
    negated: bool
    folders_only: bool
    by_name: bool


class Patterns:
    """The patterns of one ignore file; the last one that matches decides."""

    def __init__(self, text: str) -> None:
        self._patterns = [p for line in text.removeprefix("\ufeff").split("\n") if (p := parse(line))]
        self._tests = [(re.compile(p.regex, _FLAGS).fullmatch, p) for p in reversed(self._patterns)]
        # Nearly every name matches nothing: one alternation says so in one step.
        self._any_folder = self._any(self._patterns)
        self._any_file = self._any([p for p in self._patterns if not p.folders_only])

    @staticmethod
    def _any(patterns: list[Pattern]) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        def union(parts: list[str]) -> re.Pattern[str] | None:
            return re.compile("|".join(f"(?:{p})" for p in parts), _FLAGS) if parts else None

        return union([p.regex for p in patterns if p.by_name]), union([p.regex for p in patterns if not p.by_name])

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def verdict(self, path: str, name: str, folder: bool) -> bool | None:
        """True: ignored; False: kept by a negation; None: no pattern speaks of it. `path` is relative to the ignore file."""
        names, paths = self._any_folder if folder else self._any_file
        if not (names and names.fullmatch(name)) and not (paths and paths.fullmatch(path)):
            return None
        for matches, pattern in self._tests:
            if (folder or not pattern.folders_only) and matches(name if pattern.by_name else path):
                return not pattern.negated
        return None


class Rules(NamedTuple):
    """The ignore files in force inside one folder, outermost first, each with the length of its own folder's path.

    What forethought's own ignore files say has the last word; below that, the innermost git one that speaks decides.
    """

    git: tuple[tuple[int, Patterns], ...] = ()
    own: tuple[tuple[int, Patterns], ...] = ()

    def below(self, base: int, git: str | None, own: str | None) -> Rules:
        """These rules and those of a folder whose path has `base` characters, slash included."""
        more_git, more_own = git and Patterns(git), own and Patterns(own)
        return Rules(
            (*self.git, (base, more_git)) if more_git else self.git,
            (*self.own, (base, more_own)) if more_own else self.own,
        )

    def verdict(self, path: str, name: str, folder: bool) -> Verdict:
        """What becomes of `path` (from the top of the repository), whose parents are all kept."""
        for kind, files in (("own", self.own), ("git", self.git)):
            for base, patterns in reversed(files):
                found = patterns.verdict(path[base:], name, folder)
                if found is not None:
                    return ("own" if kind == "own" else "git") if found else "kept"
        return "kept"


def parse(line: str) -> Pattern | None:
    """One line as a pattern; None for blanks, comments and patterns that can match nothing."""
    line = _trim(line.removesuffix("\r"))
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line
    folders_only = line.endswith("/")
    line = line.removesuffix("/")
    by_name = "/" not in line
    regex = _wild(line.removeprefix("/"), by_name)
    return Pattern(regex, negated, folders_only, by_name) if regex and line else None


def _trim(line: str) -> str:
    """Without trailing spaces, unless they are escaped."""
    end = i = 0
    while i < len(line):
        if line[i] == "\\" and i + 1 < len(line):
            i += 1
            end = i + 1
        elif line[i] != " ":
            end = i + 1
        i += 1
    return line[:end]


_STAR, _DEEP = "*", "**/"
"""The pieces of a glob that match more than one character; all others match exactly one."""


def _wild(glob: str, by_name: bool) -> str:
    """A glob as a regular expression, or "" where git would never match it (an open bracket, a backslash at the end)."""
    out: list[str] = []
    i = 0
    while i < len(glob):
        c = glob[i]
        if c == "*":
            piece, i = _stars(glob, i, by_name)
        elif c == "[":
            piece, i = _bracket(glob, i)
        else:
            i += c == "\\"
            piece = "[^/]" if c == "?" else re.escape(glob[i : i + 1])
            i += 1
        if not piece:
            return ""
        out.append(piece)
    return _regex(out)


def _regex(pieces: list[str]) -> str:
    """The pieces as one expression. No path can keep it busy: open pieces but the last take as little as will do, for good."""
    parts: list[list[str]] = [[]]
    for piece in pieces:
        if piece == _DEEP:
            parts.append([])
        else:
            parts[-1].append(piece)
    regex = _segment(parts[0])
    for part in parts[1:-1]:
        regex += f"(?>(?:.*?/)??{_segment(part)})"
    return regex + (f"(?:.*/)?{_segment(parts[-1])}" if len(parts) > 1 else "")


def _segment(pieces: list[str]) -> str:
    """What stands between two "**/"."""
    parts = "\0".join("\1" if p == _STAR else p for p in pieces).split("\1")
    first, *more = (p.replace("\0", "") for p in parts)
    if not more:
        return first
    return first + "".join(f"(?>[^/]*?{p})" for p in more[:-1]) + f"[^/]*{more[-1]}"


def _stars(glob: str, i: int, by_name: bool) -> tuple[str, int]:
    """The piece for a run of stars at `i`, and where to go on."""
    after = len(glob) - len(glob[i:].lstrip("*"))
    whole = after - i >= 2 and not by_name and (i == 0 or glob[i - 1] == "/")
    if whole and after == len(glob):
        return ".+", after
    if whole and glob[after] == "/":
        return _DEEP, after + 1
    return _STAR, after


def _bracket(glob: str, i: int) -> tuple[str, int]:
    """The regular expression for a bracket expression at `i`, and where to go on; "" if it is not closed."""
    j = i + 1
    negated = glob[j : j + 1] in ("!", "^")
    j += negated
    parts: list[str] = []
    first = True
    while j < len(glob) and (first or glob[j] != "]"):
        first = False
        if glob.startswith("[:", j) and (end := glob.find(":]", j)) > 0:
            if glob[j + 2 : end] not in _POSIX:
                return "", j
            parts.append(_POSIX[glob[j + 2 : end]])
            j = end + 2
            continue
        low, j = _member(glob, j)
        if glob[j : j + 1] == "-" and j + 1 < len(glob) and glob[j + 1] != "]":
            high, j = _member(glob, j + 1)
            parts.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
        else:
            parts.append(re.escape(low))
    if j >= len(glob):
        return "", j
    members = "".join(parts)
    if not members:
        return ("[^/]" if negated else "(?!)"), j + 1
    return (f"[^/{members}]" if negated else f"(?!/)[{members}]"), j + 1


def _member(glob: str, j: int) -> tuple[str, int]:
    """One character of a bracket expression, escaped or not, and where to go on."""
    if glob[j] == "\\" and j + 1 < len(glob):
        j += 1
    return glob[j], j + 1
