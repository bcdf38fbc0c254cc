"""What changed, when, by whom: from git at the moment of asking. Never computed ahead: it moves while no file changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from store.families.draft import Draft, called, names_of
from store.families.usage import tests_of
from store.places import place
from store.source.origin import origin_of
from store.source.record import split_id
from store.source.since import READ
from store.words import Answer, Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.evidence import Sources
    from store.source.git_words import Commit

_LISTED = 6
_ALL = 5_000
"""Of a path with more commits than this, the first is not told."""


def answer(sources: Sources, query: Query) -> Answer | None:
    """Commits that touched a path or symbol, or that brought or mention a text, newest first."""
    draft = Draft(sources, query)
    if not sources.tree.is_git:
        draft.say("This folder has no git history, so what changed in it is not known.")
        return draft.answer("No git history here")
    briefs = []
    for entity in query.entities or (".",):
        if entity.startswith("text:"):
            briefs.append(_text(draft, entity.removeprefix("text:")))
        elif draft.view.symbol(entity):
            briefs.append(_symbol(draft, entity))
        else:
            briefs.append(_path(draft, entity))
    return draft.answer("; ".join(briefs))


def _line(commit: Commit) -> str:
    return f"- {commit.id[:8]} {commit.at:%Y-%m-%d} {commit.author}: {commit.subject}"


def _path(draft: Draft, path: str) -> str:
    git = draft.view.git
    if draft.query.since and not git.then(draft.query.since):
        draft.say(f"`{draft.query.since}` is nothing that can be read here as a beginning. What can: {READ}.")
        return f"`{draft.query.since}` is no time, commit, branch or tag here"
    commits = git.log(path.rstrip("/") or ".", limit=_LISTED, since=draft.query.since)
    draft.view.history(path.rstrip("/") or ".")
    window = f" since {draft.query.since}" if draft.query.since else ""
    what = "the repository" if path == "." else called(path)
    if not commits:
        draft.say(f"No commit changed {what}{window}.")
        return f"No commit changed {what}{window}"
    if draft.query.scope == "first" and not draft.query.since:
        begun = git.log(path.rstrip("/"), limit=_ALL, paths=False)
        if 0 < len(begun) < _ALL:
            draft.say(f"{what} came to its place with:\n{_line(begun[-1])}")
    draft.say(f"Last commits to {what}{window}:")
    draft.say("\n".join(_line(c) for c in commits))
    if path == "." or path.endswith("/"):
        touched = _told(draft, (p for c in commits for p in c.paths if p.startswith(path.removeprefix("."))))
        if touched:
            draft.say(f"Files they touched: {names_of(touched, 8)}.")
    return f"{what} last changed in {commits[0].id[:8]} ({commits[0].at:%Y-%m-%d}): {commits[0].subject}"


def _told(draft: Draft, paths: Iterable[str]) -> list[str]:
    """Files that git names, each once, without those that the user wants left out."""
    return [path for path in dict.fromkeys(paths) if not draft.view.sources.tree.left_out(path)]


def _symbol(draft: Draft, entity: str) -> str:
    path, _ = split_id(entity)
    symbol = draft.view.symbol(entity)
    git = draft.view.git
    commits = git.log_of_lines(path, symbol.start, symbol.end, limit=_LISTED) if symbol else []
    draft.view.history(path)
    draft.view.source(entity)
    if not commits:
        return _path(draft, path)
    draft.say(f"Last commits to {called(entity)} {place(entity)}:")
    draft.say("\n".join(_line(c) for c in commits))
    if tests := tests_of(draft.view, entity):
        draft.say(f"Tests that refer to it: {names_of(tests, 4)}.")
    return f"{called(entity)} last changed in {commits[0].id[:8]} ({commits[0].at:%Y-%m-%d}): {commits[0].subject}"


def _holding(draft: Draft, text: str) -> list[str]:
    """The files that define a name now, else those that have it as a word."""
    if defining := list(dict.fromkeys(split_id(e)[0] for e in draft.view.named(text))):
        return defining
    written = draft.view.sources.written(text)
    return [] if written.left else [path for path, _ in written.lines]


def _text(draft: Draft, text: str) -> str:
    """The commit that brought a text into the tree, and commits whose message speaks of it."""
    git = draft.view.git
    draft.view.history(".")
    with ThreadPoolExecutor(1) as beside:
        searched = beside.submit(git.search_log, text, limit=_LISTED)
        first, certain = origin_of(git, text, _holding(draft, text))
        speaking = searched.result()
    if first:
        before = "" if certain else " (git was stopped before it could tell if it was there before)"
        draft.say(f"`{text}` came into the files with{before}:\n{_line(first)}")
        if paths := _told(draft, first.paths):
            draft.say(f"That commit touched {names_of(paths, 6)}.")
    if speaking:
        draft.say(f"Commits whose message mentions `{text}`:")
        draft.say("\n".join(_line(c) for c in speaking))
    if not first and not certain:
        draft.say(f"Which commit brought `{text}` could not be told: git took too long.")
        return f"Which commit brought `{text}` is not known"
    if not first and not speaking:
        draft.say(f"No commit brought or mentions `{text}`.")
    return f"`{text}` came with {first.id[:8]}: {first.subject}" if first else f"No commit brought `{text}`"
