"""Where git keeps its things for a folder: found by reading, without running git, so that a sync pays no process.

It knows of the repository around a root, HEAD, and what the listing needs from outside the root. Everything that asks git
itself is `store/source/git.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from store.source.ignore import GIT_IGNORE, Rules
from store.source.listing import read_ignore
from store.source.stamps import Key

_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Repo(NamedTuple):
    """One work tree: its top folder, its own git folder and the one that it shares with its siblings."""

    top: Path
    git_dir: Path
    common_dir: Path


def find_repo(root: Path) -> Repo | None:
    """The repository that `root` is in: the nearest folder upwards with a `.git`, as git would find it."""
    for folder in (root, *root.parents):
        git_dir = _git_dir(folder / ".git")
        if git_dir is not None:
            return Repo(folder, git_dir, _common_dir(git_dir))
    return None


def places_of_markers(root: Path) -> tuple[str, ...]:
    """Where a `.git` could be: in the root, and in every folder above it."""
    return tuple(str(folder / ".git") for folder in (root, *root.parents))


def markers(places: tuple[str, ...]) -> tuple[int, ...]:
    """A key that changes when a `.git` appears or goes."""
    return tuple(_inode(place) for place in places)


def _inode(path: str) -> int:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return 0


def _git_dir(marker: Path) -> Path | None:
    """The git folder behind a `.git`: itself, or what a `.git` file of a linked work tree or submodule points to."""
    try:
        if marker.is_file():
            text = marker.read_text("utf-8", "surrogateescape")
            if not text.startswith("gitdir:"):
                return None
            marker = (marker.parent / text.removeprefix("gitdir:").strip()).resolve()
        return marker if (marker / "HEAD").is_file() or (marker / "HEAD").is_symlink() else None
    except OSError:
        return None


def _common_dir(git_dir: Path) -> Path:
    try:
        return (git_dir / (git_dir / "commondir").read_text("utf-8", "surrogateescape").strip()).resolve()
    except OSError:
        return git_dir


def head_of(repo: Repo) -> tuple[str, str] | None:
    """HEAD as (branch or "", commit or "" before the first one); None where only git itself can tell (reftable)."""
    git_dir, common_dir = os.fspath(repo.git_dir), os.fspath(repo.common_dir)
    text = _text(f"{git_dir}/HEAD")
    if text is None or os.path.isdir(f"{common_dir}/reftable"):
        return None
    if not text.startswith("ref:"):
        return ("", text) if _OBJECT.fullmatch(text) else None
    name = text.removeprefix("ref:").strip()
    branch = name.removeprefix("refs/heads/")
    for _ in range(5):
        found = _ref(git_dir, common_dir, name)
        if not found.startswith("ref:"):
            return branch, found
        name = found.removeprefix("ref:").strip()
    return None


_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}


def under_way(repo: Repo) -> str:
    """What somebody has begun in this work tree and not ended ("a merge"), or ""."""
    return next((said for name, said in _UNDER_WAY.items() if (repo.git_dir / name).exists()), "")


def is_shallow(repo: Repo) -> bool:
    """Whether the history was cut off when it was cloned."""
    return (repo.common_dir / "shallow").is_file()


def _ref(git_dir: str, common_dir: str, name: str) -> str:
    """What a ref file says, or the packed refs do; "" if neither knows it."""
    if ".." in name:
        return ""
    for folder in dict.fromkeys((git_dir, common_dir)):
        text = _text(f"{folder}/{name}")
        if text is not None:
            return text
    packed = _text(f"{common_dir}/packed-refs") or ""
    match = re.search(rf"^([0-9a-f]+) {re.escape(name)}$", packed, re.MULTILINE)
    return match[1] if match else ""


def _text(path: str) -> str | None:
    """A small file's text, stripped; without the layers of `open`, because every question asks where HEAD is."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return None
    try:
        parts = []
        while part := os.read(fd, 65_536):
            parts.append(part)
        return b"".join(parts).decode("utf-8", "surrogateescape").strip()
    except OSError:
        return None
    finally:
        os.close(fd)


class OuterRules(NamedTuple):
    """The ignore rules that come from outside the root; the texts that they were made of, and the keys of those files."""

    rules: Rules
    inside: str
    texts: tuple[str | None, ...]
    keys: tuple[tuple[str, Key | None], ...]
    ignored: bool


def outer_rules(root: Path, repo: Repo) -> OuterRules:
    """`info/exclude`, then the `.gitignore` of every folder from the top down to the one above the root.

    `ignored`: the rules leave the root itself out, so it is no part of that repository (a home folder under git, a build folder).
    """
    parts = root.relative_to(repo.top).parts
    folders = [repo.top.joinpath(*parts[:n]) for n in range(len(parts))]
    files = [repo.common_dir / "info" / "exclude", *(folder / GIT_IGNORE for folder in folders)]
    read = [read_ignore(file) for file in files]
    rules = Rules().below(0, read[0][0], None)
    base, ignored = "", False
    for part, (text, _) in zip(parts, read[1:], strict=True):
        rules = rules.below(len(base), text, None)
        ignored = ignored or rules.verdict(base + part, part, True) != "kept"
        base += f"{part}/"
    keys = tuple((str(file), key) for file, (_, key) in zip(files, read, strict=True))
    return OuterRules(rules, base, tuple(text for text, _ in read), keys, ignored)
