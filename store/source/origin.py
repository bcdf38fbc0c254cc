"""Where a text came from: the commit that brought it into the files, followed back through the files that it moved between.

Asking git for every commit that ever touched a text takes seconds on a long history. Here only the files that hold it are
searched, and then the one tree before it came; where it was there already, in another file, that is followed. Git: `git.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.source.git import Git
    from store.source.git_words import Commit

MOVES = 6
"""So many moves from file to file are followed."""

PATHS = 40
"""Of a text in more files than this, so many are searched."""

LOOKS = 12
"""So many commits are looked at for which of them had the text as a word."""


class Origin(NamedTuple):
    """The commit that brought a text; None where there is none or it cannot be told. `certain` is False where git gave up."""

    commit: Commit | None
    certain: bool = True


def origin_of(git: Git, text: str, holding: Sequence[str]) -> Origin:
    """The commit that brought `text`, which the files `holding` have in it now (none: it is searched everywhere)."""
    found, certain = _origin(git, text, holding)
    return Origin(found and (git.commit(found.id) or found), certain)


def _origin(git: Git, text: str, holding: Sequence[str]) -> Origin:
    """The commit, with those of its paths alone that were searched."""
    paths, until, found = list(holding)[:PATHS], "HEAD", None
    for _ in range(MOVES):
        commits = git.pickaxe(text, paths, until)
        if commits is None:
            return Origin(found, certain=False)
        if not commits:
            # Not committed yet in these files, or gone: what is left is the whole history.
            return Origin(found) if found or not paths else _origin(git, text, ())
        found, certain = _first_as_word(git, text, commits)
        if not paths or not certain:
            return Origin(found, certain)
        before = git.holding(text, f"{found.id}^")
        if not before:
            return Origin(found, certain=before is not None)
        paths, until = before[:PATHS], f"{found.id}^"
    return Origin(found, certain=False)


def _first_as_word(git: Git, text: str, commits: Sequence[Commit]) -> tuple[Commit, bool]:
    """The oldest of these commits after which the text is there as a word: "pay" did not come with "payment"."""
    oldest = list(reversed(commits))
    for commit in oldest[:LOOKS] if text.isidentifier() else ():
        held = git.holding(text, commit.id, commit.paths or (".",))
        if held is None:
            return commit, False
        if held:
            return commit, True
    return oldest[0], not text.isidentifier() or len(oldest) <= LOOKS
