"""What happened: the commits by what they say, the files by their symbols, and what else changed. What is risky: `risky.py`."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from server.brief.difference import in_place_test, is_library
from server.brief.material import Item, listed
from server.brief.parameters import altered
from store.families.draft import called
from store.families.usage import users_of
from store.places import where
from store.source.languages.known import is_lock_file, is_test
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.brief.changed import Change
    from server.brief.difference import Difference
    from store.families.view import View
    from store.graph.index import Index
    from store.source.git_words import Commit

SHOWN = 4
COMMITS = 6
ALL = 8
"""So few commits are all told, in their order."""

SWEEPING = 30
"""A commit of more files is a formatter's or a renaming: it is told after those that mean something."""

_SIGN = {"added": "new ", "changed": "", "removed": "gone "}


def commits(found: Difference) -> Iterator[Item]:
    """The commits that brought most, each once by what it says, newest first."""
    telling = list({c.subject: c for c in reversed(found.window.commits)}.values())[::-1]
    ranked = sorted(telling, key=lambda c: -_weight(c, found))[:COMMITS]
    for rank, commit in enumerate(telling if len(telling) <= ALL else [c for c in telling if c in ranked]):
        size = f", {len(commit.paths)} files" if len(commit.paths) > 1 and not found.window.shallow else ""
        text = f"{commit.id[:8]} {_cut(commit.subject)} ({commit.author}, {commit.at:%Y-%m-%d}{size})"
        value = 8.0 - 0.5 * (ranked.index(commit) if commit in ranked else COMMITS) - 0.01 * rank
        yield Item("commits", text, (), value, -rank)


def _weight(commit: Commit, found: Difference) -> float:
    """Code that others rest on before tests, those before the rest; a sweep through everything is not worth more for it."""
    telling = {split_id(c.entity)[0] for c in found.changes if c.counts}
    library = sum(p in telling and is_library(p) for p in commit.paths)
    tests = sum(p in telling and is_test(p) for p in commit.paths)
    sweep = 0.3 if len(commit.paths) > SWEEPING else 1.0
    return sweep * (min(library, 5) * 3.0 + min(tests, 3)) + (0.5 if commit.paths else 0.0)


def _cut(subject: str) -> str:
    return subject if len(subject) <= 80 else subject[:79].rsplit(" ", 1)[0] + "…"


def changed(view: View, index: Index, found: Difference) -> Iterator[Item]:
    """The changed files of the library by their symbols, the weightiest first; then the rest in few words."""
    told = []
    for path in found.compared:
        changes = [c for c in found.of(path) if c.counts and is_library(c.entity)]
        if is_library(path) and path not in found.reworded and (changes or not _only_moved(path, found)):
            ranked = sorted(changes, key=lambda c: (-_importance(view, c), c.entity))
            told.append((path not in found.window.work, -sum(_importance(view, c) for c in ranked), path, ranked))
    for rank, (committed, _, path, ranked) in enumerate(sorted(told, key=lambda one: one[:3])):
        names = listed([_named(c, index) for c in ranked], SHOWN) or "outside of any definition"
        text = f"{path}{_state(path, found, committed=committed)}: {names}"
        value = (7.0 if committed else 12.0) - min(rank, 20) * 0.3
        yield Item("changed", text, (), value if ranked else 2.0)
    yield from _moved(index, found)
    yield from _tests(found)
    yield from _others(found)


def _only_moved(path: str, found: Difference) -> bool:
    """Whether all that became of a file is told by what moved."""
    return any(path in (split_id(old)[0], split_id(new)[0]) for old, new in found.moves.items())


def _importance(view: View, change: Change) -> float:
    """How many use it; what is public and how it is called counts more than what is inside."""
    name = split_id(change.entity)[1].rpartition(".")[2]
    users = len({s.id for s in users_of(view, change.entity).library}) if change.how != "removed" else 0
    public = 0.4 if name.startswith("_") and not name.startswith("__") else 1.0
    return (1.0 + math.log1p(users) + (change.how != "changed") + bool(change.before)) * public


def _state(path: str, found: Difference, *, committed: bool) -> str:
    old = found.window.renamed.get(path)
    how = {"A": "new", "D": "gone"}.get(found.window.changed.get(path, ""), "")
    words = [how, f"was {old}" if old else "", "" if committed else "not committed"]
    return f" ({', '.join(filter(None, words))})" if any(words) else ""


def _named(change: Change, index: Index) -> str:
    """The name, its lines where it is still there (its path has been said), and what became of its parameters."""
    place = where(change.entity, index) if index.symbol(change.entity) else ""
    lines = f":{place.rpartition(':')[2]}" if ":" in place else ""
    became = altered(change.old, change.new) if change.old and change.new else ""
    return f"{_SIGN[change.how]}{called(change.entity)}{lines}{f' ({became})' if became else ''}"


def _moved(index: Index, found: Difference) -> Iterator[Item]:
    """What has another name or another place now, by where it went from and to."""
    ways: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for old, new in found.moves.items():
        if not is_library(new):
            continue
        ways.setdefault((split_id(old)[0], split_id(new)[0]), []).append((old, new))
    for (here, there), pairs in sorted(ways.items(), key=lambda one: -len(one[1]))[:2]:
        if here == there:
            what, names = "Renamed", [f"{called(old)} is now {called(new)} {where(new, index)}" for old, new in pairs]
        else:
            what, names = f"Moved from {here} to {there}", [called(old) for old, _ in pairs]
        yield Item("changed", f"{what}: {listed(names, SHOWN)}", (), 5.0)


def _tests(found: Difference) -> Iterator[Item]:
    """The tests that came or changed."""
    counted: dict[str, Counter[str]] = {}
    for path in found.compared:
        changes = [c for c in found.of(path) if c.counts and (is_test(path) or in_place_test(*split_id(c.entity)))]
        if changes or (is_test(path) and path not in found.reworded):
            counted[path] = Counter(c.how for c in changes)
    files = sorted(counted, key=lambda p: (p not in found.window.work, -sum(counted[p].values()), p))
    if files:
        told = listed([p + _counts(counted[p], found.window.changed[p]) for p in files], SHOWN, "more files")
        yield Item("changed", f"Tests: {told}", (), 4.0 + any(p in found.window.work for p in files))


def _counts(counted: Counter[str], how: str) -> str:
    words = {"added": "new", "changed": "changed", "removed": "gone"}
    told = ", ".join(f"{n} {words[how]}" for how, n in sorted(counted.items()))
    whole = {"A": "new file", "D": "gone"}.get(how, told)
    return f" ({whole})" if whole else ""


def _others(found: Difference) -> Iterator[Item]:
    """What builds; what is the same in substance; the rest by its number."""
    window = found.window
    telling = {p for p in found.compared if is_library(p) or is_test(p)} - found.reworded
    rest = [p for p in window.changed if p not in telling and p not in window.status.conflicted]
    building = [p for p in rest if _builds(p)]
    if building:
        yield Item("changed", f"Build and dependencies: {listed(building, SHOWN)}", (), 5.0)
    sources = sorted(p for p in rest if p in found.reworded and is_library(p))
    if sources:
        same = f"Only comments, documentation, imports, types or layout: {listed(sources, SHOWN)}"
        yield Item("changed", same, (), 1.5)
    left = [p for p in rest if p not in building and p not in sources and not is_lock_file(p)]
    if left and len(left) <= SHOWN:
        yield Item("changed", f"Besides: {', '.join(left)}", (), 3.0 + any(p in window.work for p in left))
    elif left:
        kinds = Counter(f"{p.partition('/')[0]}/" if "/" in p else p for p in left)
        shown = ", ".join(f"{n} in {k}" if k.endswith("/") else k for k, n in kinds.most_common(SHOWN))
        yield Item(
            "changed", f"Besides, {len(left)} files: {shown}{'' if len(kinds) <= SHOWN else ' and elsewhere'}", (), 1.0
        )


_BUILDS = frozenset({
    "pyproject.toml", "setup.py", "setup.cfg", "package.json", "go.mod", "cargo.toml", "dockerfile", "makefile", "justfile",
    "tox.ini", "pom.xml", "build.gradle", "build.gradle.kts", "cmakelists.txt", "tsconfig.json", "composer.json", "gemfile",
    "build.rs", "build.zig", "docker-compose.yml", "compose.yaml",
})  # fmt: skip


def _builds(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name in _BUILDS or (name.startswith("requirements") and name.endswith(".txt"))
