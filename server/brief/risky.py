"""What looks risky: what is half done, calls that no longer fit, changes without tests; what is gone is told by `gone.py`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from server.brief.calls import calls_in, misfits
from server.brief.changed import FUNCTIONS
from server.brief.difference import is_library, text_of
from server.brief.gone import gone
from server.brief.material import Item, few, listed
from server.brief.parameters import altered
from server.brief.reached import Reach
from store.families.draft import called
from store.families.usage import users_of
from store.places import where
from store.source.languages.known import is_test
from store.source.record import split_id, symbol_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.brief.changed import Change
    from server.brief.difference import Difference
    from store.evidence import Sources
    from store.families.view import View
    from store.graph.index import Index
    from store.source.record import Symbol

SHOWN = 4


def risky(sources: Sources, view: View, found: Difference) -> Iterator[Item]:
    """Statements about risks, the gravest with the highest value."""
    yield from _half_done(found)
    for change in found.changes:
        if change.old and change.new:
            yield from _left_behind(sources, view, found, change)
    yield from gone(sources, found)
    yield from _untested(view, sources.index, found)
    yield from _hot(sources.index, found)


def _half_done(found: Difference) -> Iterator[Item]:
    window = found.window
    conflicts = list(window.status.conflicted)
    if conflicts:
        what = f"{window.under_way or 'a merge'} is under way"
        yield Item("risky", f"{what[0].upper()}{what[1:]}; {_these(conflicts)} in conflict", (), 40.0)
    elif window.under_way:
        yield Item(
            "risky", f"{window.under_way[0].upper()}{window.under_way[1:]} is under way, without conflicts", (), 30.0
        )


def _these(paths: list[str]) -> str:
    return f"{listed(paths, SHOWN)} {'are' if len(paths) > 1 else 'is'}"


# -- calls left behind -------------------------------------------------------------------------------------------------------


def _left_behind(sources: Sources, view: View, found: Difference, change: Change) -> Iterator[Item]:
    places = sorted(set(left_behind(sources, view, found, change)), key=_order)
    if places and change.old and change.new:
        told = f"{len(places)} calls no longer fit" if len(places) > 1 else "one call no longer fits"
        text = f"Signature of {called(change.entity)} {where(change.entity, sources.index)} {_became(change)}; {told}"
        yield Item("risky", text, few(places, SHOWN), 20.0 + min(len(places), 10))


def _order(place: str) -> tuple[bool, str, int]:
    """Code before tests, in the order of the files."""
    path, _, line = place.rpartition(":")
    return is_test(path), path, int(line)


def left_behind(sources: Sources, view: View, found: Difference, change: Change) -> Iterator[str]:
    """The places of calls that fitted what it was and do not fit what it is."""
    path, qual = split_id(change.entity)
    owner, _, name = qual.rpartition(".")
    if (
        change.old is None
        or change.new is None
        or change.old == change.new
        or sources.index.symbol(f"{change.entity}#2")
    ):
        return
    targets = [(change.entity, name)]
    if name in ("__init__", "constructor"):
        targets.append((symbol_id(path, owner), owner.rpartition(".")[2]))
    for target, word in targets:
        users = users_of(view, target)
        sites = [s for s in (*users.library, *users.tests) if s.exact and s.kind in ("call", "decorate")]
        for user in sorted({s.path for s in sites}):
            here = [s for s in sites if s.path == user]
            adapted = {n for s in here if found.may_be_adapted(s.id) for n in s.lines}
            for call in calls_in(user, text_of(sources, user), word, {n for s in here for n in s.lines}):
                if misfits(call, change.old, change.new, owner.rpartition(".")[2], adapted=call.line in adapted):
                    yield f"{user}:{call.line}"


def _became(change: Change) -> str:
    """From what to what, where that is short; else what became of the parameters."""
    before, after = _short(change.before), _short(change.after)
    if before and after and len(before) + len(after) <= 150:
        return f"changed from `{before}` to `{after}`"
    return f"changed ({altered(change.old, change.new) if change.old and change.new else 'see there'})"


def _short(signature: str) -> str:
    return " ".join(signature.split()).removeprefix("async ").removeprefix("def ")


# -- without tests, and often ------------------------------------------------------------------------------------------------


def _untested(view: View, index: Index, found: Difference) -> Iterator[Item]:
    """Functions that came or changed in substance, and that no test was found to reach."""
    if not any(is_test(path) for path in index.paths()):
        return
    reach = Reach(view, index)
    bare = []
    for change in found.library:
        symbol = index.symbol(change.entity)
        if symbol is None or not _testable(index, change.entity, symbol) or reach.by_tests(change.entity):
            continue
        work = split_id(change.entity)[0] in found.window.work
        users = len({s.id for s in users_of(view, change.entity).library})
        bare.append((not work, change.how != "added", -users, change.entity, change.how))
    bare.sort()
    if bare:
        names = [f"{'new ' if how == 'added' else ''}{called(e)} {where(e, index)}" for *_, e, how in bare]
        yield Item("risky", f"Changed, and no test was found that reaches: {listed(names, SHOWN)}", (), 9.0)


def _testable(index: Index, entity: str, symbol: Symbol) -> bool:
    """Whether a test could speak of it: neither a test itself, nor a hook of the language, nor a script of the shell."""
    record = index.record(split_id(entity)[0])
    hook = symbol.kind == "function" and symbol.name.startswith("__")
    is_itself = "test" in {d.rpartition("::")[2].rpartition(".")[2] for d in symbol.decorators}
    return (
        symbol.kind in (*FUNCTIONS, "class")
        and not hook
        and not is_itself
        and bool(record and record.language != "bash")
    )


def _hot(index: Index, found: Difference) -> Iterator[Item]:
    """Code that changed now as it often does: among the five that change most of all."""
    churn, commits = Counter(p for c in found.past for p in c.paths), len(found.past)
    code = [(p, n) for p, n in churn.most_common(60) if p in index and _coded(index, p)]
    touched = {split_id(c.entity)[0] for c in found.library}
    for path, times in code[:5]:
        if path in touched and commits >= 50 and times >= max(10, commits // 20):
            yield Item("touched", f"Hot spot: {path} changed in {times} of the last {commits} commits", (), 2.0)
            return


def _coded(index: Index, path: str) -> bool:
    record = index.record(path)
    return is_library(path) and bool(record and any(s.kind in (*FUNCTIONS, "class") for s in record.symbols))
