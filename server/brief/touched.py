"""What a difference touches: who uses what changed, which tests refer to it, which files used to change with it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from server.brief.difference import is_library
from server.brief.material import Item, listed
from server.brief.partners import absent
from store.families.draft import called
from store.families.usage import tests_of, users_of
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.brief.difference import Difference
    from store.families.view import View
    from store.graph.index import Index

SHOWN = 4


def touched(view: View, index: Index, found: Difference) -> Iterator[Item]:
    """Tests to run, absent partners, and users of what changed."""
    yield from _to_run(view, found)
    yield from _absent(index, found)
    yield from _used(view, found)


def _to_run(view: View, found: Difference) -> Iterator[Item]:
    """The tests that speak of most of what changed."""
    tests: dict[str, set[str]] = {}
    for change in found.library:
        whole = change.kind == "class" and change.how == "changed" and view.members(change.entity)
        for test in [] if whole else tests_of(view, change.entity):
            tests.setdefault(split_id(test)[0], set()).add(change.entity)
    if tests:
        files = sorted(tests, key=lambda path: (-len(tests[path]), path))
        yield Item("touched", f"Tests that refer to what changed: {listed(files, SHOWN, 'more files')}", (), 6.5)


def _absent(index: Index, found: Difference) -> Iterator[Item]:
    """Files that changed in most commits of a changed one before this, and did not now."""
    inside = {c.id for c in found.window.commits}
    before = [c for c in found.past if c.id not in inside]
    missing = [
        one
        for one in absent(found.window.changed.keys() - found.reworded, before)
        if one.path in index and one.path not in found.reworded
    ]
    for rank, one in enumerate(missing[:2]):
        text = (
            f"{one.path} did not change, though it did in {one.times} of {one.commits} earlier commits to {one.beside}"
        )
        yield Item("touched", text, (), 5.0 - rank)


def _used(view: View, found: Difference) -> Iterator[Item]:
    """The most used of what changed, with where it is used most."""
    ranked = []
    for change in found.library:
        if change.how == "changed":
            sites = [s for s in users_of(view, change.entity).library if s.exact and s.id not in found.entities]
            users = {s.id: s for s in reversed(sites) if is_library(s.id)}
            if len(users) > 1 or any(s.path != split_id(change.entity)[0] for s in users.values()):
                ranked.append((-len(users), change.entity, list(users.values())[::-1]))
    for rank, (fewer, entity, where) in enumerate(sorted(ranked, key=lambda one: one[:2])[:3]):
        files = Counter(s.path for s in where)
        first = {s.path: s.lines[0] for s in reversed(where)}
        places = tuple(f"{p}:{first[p]}" + (f" and {n - 1} more" if n > 1 else "") for p, n in files.most_common(3))
        who = f"{-fewer} users that did not change" if fewer < -1 else "one user that did not change"
        yield Item("touched", f"{called(entity)} has {who}", places, 4.0 + min(-fewer, 10) / 10 - rank)
