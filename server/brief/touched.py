"""What a difference touches: who uses what changed, which tests refer to it, which files used to change with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.brief.material import Item
from server.brief.risky import SHOWN
from store.families.draft import called
from store.families.usage import tests_of, users_of
from store.places import where
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.brief.changed import Change
    from server.brief.difference import Difference
    from store.families.view import View
    from store.graph.index import Index

TOGETHER = 4
"""Commits that two files must have had in common, and the share of the commits of the one, before the other is missed."""

SHARE = 0.6


def changed(view: View, index: Index, found: Difference) -> Iterator[Item]:
    """What changed, file by file, by its symbols; the rest by its commits."""
    work = {*found.window.status.modified, *found.window.status.staged, *found.window.status.untracked}
    for rank, path in enumerate(found.compared):
        changes = found.of(path)
        if not changes or view.is_test(path):
            continue
        names = [f"{_SIGN[c.how]}{called(c.entity)}{_lines(c, index)}" for c in changes]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        state = " (not committed)" if path in work else ""
        value = (9.0 if path in work else 5.0) - min(rank, 20) * 0.2
        yield Item("changed", f"{path}{state}: {', '.join(names[:SHOWN])}{more}", (), value)
    code = set(found.compared)
    telling = sorted(enumerate(found.window.commits), key=lambda one: (not code.intersection(one[1].paths), one[0]))
    for rank, (_, commit) in enumerate(telling[:5]):
        line = f"{commit.id[:8]} {commit.at:%Y-%m-%d} {commit.author}: {commit.subject[:90]}"
        yield Item("changed", line, (), 4.5 - rank * 0.5)


_SIGN = {"added": "new ", "changed": "", "removed": "gone "}


def _lines(change: Change, index: Index) -> str:
    """ ":12-30" behind the name of what is still there: its path has been said."""
    place = where(change.entity, index) if index.symbol(change.entity) else ""
    return f":{place.rpartition(':')[2]}" if ":" in place else ""


def touched(view: View, index: Index, found: Difference) -> Iterator[Item]:
    """Users, tests and absent partners of what changed."""
    yield from _used(view, index, found)
    yield from _to_run(view, found)
    yield from _absent(index, found)
    for old, new in list(found.moves.items())[:3]:
        yield Item("touched", f"{called(old)} moved from {split_id(old)[0]} to {where(new, index)}", (), 3.0)


def _used(view: View, index: Index, found: Difference) -> Iterator[Item]:
    """The most used of what changed, with who uses it."""
    ranked = []
    for change in found.changes:
        if change.how == "changed" and not change.breaking and not view.is_test(split_id(change.entity)[0]):
            users = [s for s in users_of(view, change.entity).library if s.exact and s.id not in found.entities]
            if users:
                ranked.append((len({s.id for s in users}), change.entity, users))
    ranked.sort(key=lambda one: (-one[0], one[1]))
    for rank, (count, entity, users) in enumerate(ranked[:4]):
        places = tuple(dict.fromkeys(f"{s.path}:{s.lines[0]}" for s in users))[:3]
        who = f"{count} users outside the change" if count > 1 else "one user outside the change"
        yield Item("touched", f"{called(entity)} has {who}", places, 4.0 + min(count, 10) / 5 - rank)


def _to_run(view: View, found: Difference) -> Iterator[Item]:
    tests: dict[str, int] = {}
    for change in found.changes:
        if not view.is_test(split_id(change.entity)[0]):
            for test in tests_of(view, change.entity):
                tests[split_id(test)[0]] = tests.get(split_id(test)[0], 0) + 1
    if tests:
        files = sorted(tests, key=lambda path: (-tests[path], path))
        more = f" and {len(files) - SHOWN} more files" if len(files) > SHOWN else ""
        yield Item("touched", f"Tests that refer to what changed: {', '.join(files[:SHOWN])}{more}", (), 5.0)


def _absent(index: Index, found: Difference) -> Iterator[Item]:
    """Files that changed in most commits of a changed one, and did not now."""
    churn, pairs = found.history.churn, found.history.pairs
    missing: dict[str, tuple[float, str, int]] = {}
    for (one, other), times in pairs.items():
        for here, there in ((one, other), (other, one)):
            if here in found.window.changed and there not in found.window.changed and there in index:
                share = times / churn[here]
                if times >= TOGETHER and share >= SHARE and share > missing.get(there, (0.0, "", 0))[0]:
                    missing[there] = (share, here, times)
    for there, (share, here, times) in sorted(missing.items(), key=lambda one: -one[1][0])[:3]:
        text = f"{there} did not change, though it did in {times} of the last {churn[here]} commits to {here}"
        yield Item("touched", text, (), 3.5 + share)
