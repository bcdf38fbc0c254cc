"""What looks risky in a difference: callers left behind, names gone but still used, changes without tests, hot spots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.brief.material import Item
from store.families.draft import called
from store.families.usage import tests_of, users_of
from store.graph.index import last_name
from store.places import fill, place, where
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.brief.changed import Change
    from server.brief.difference import Difference
    from store.families.view import View
    from store.graph.index import Index, Site

SHOWN = 4

_PLAIN = 5
"""A name shorter than this says little: it is mentioned everywhere for other reasons."""


def risky(view: View, index: Index, found: Difference) -> Iterator[Item]:
    """Statements about risks, the gravest with the highest value."""
    for change in found.changes:
        if change.breaking:
            yield from _left_behind(view, index, found, change)
        elif change.how == "removed":
            yield from _still_named(view, index, found, change)
    yield from _untested(view, index, found)
    yield from _hot(index, found)


def left_behind(view: View, found: Difference, entity: str) -> list[Site]:
    """The calls of something from what did not change."""
    users = users_of(view, entity)
    return [s for s in (*users.library, *users.tests) if s.kind == "call" and s.exact and s.id not in found.entities]


def _left_behind(view: View, index: Index, found: Difference, change: Change) -> Iterator[Item]:
    sites = left_behind(view, found, change.entity)
    if sites:
        text = (
            f"Signature of {called(change.entity)} {where(change.entity, index)} changed from `{_short(change.old)}` to "
            f"`{_short(change.new)}`; {len(sites)} {'callers were' if len(sites) > 1 else 'caller was'} not touched"
        )
        yield Item("risky", text, _places(index, sites, change.entity), 10.0 + min(len(sites), 10))


def _still_named(view: View, index: Index, found: Difference, change: Change) -> Iterator[Item]:
    """Something is gone, nothing has its name now, and code that did not change still speaks of it."""
    path, qual = split_id(change.entity)
    name = qual.rsplit(".", 1)[-1].split("#")[0]
    if len(name) < _PLAIN or name.startswith("__") or index.named(name):
        return
    places = [p for path in view.mentions(name) if path not in found.window.changed for p in _naming(index, path, name)]
    if places:
        yield Item(
            "risky", f"{called(change.entity)} is gone from {path}, and is still named in", tuple(places[:SHOWN]), 12.0
        )


def _naming(index: Index, path: str, name: str) -> list[str]:
    """The first place in a file that refers to a name or imports it."""
    record = index.record(path)
    if record is None:
        return []
    lines = [r.lines[0] for r in record.refs if r.lines and last_name(r.name) == name]
    lines += [i.line for i in record.imports if i.name == name]
    return [f"{path}:{min(lines)}"] if lines else []


def _untested(view: View, index: Index, found: Difference) -> Iterator[Item]:
    """Functions that changed or came, and that no test refers to by name. A test may still run them."""
    bare = []
    for change in found.changes:
        symbol = index.symbol(change.entity)
        path, _ = split_id(change.entity)
        if symbol is None or symbol.kind not in ("function", "method", "class") or view.is_test(path):
            continue
        if not symbol.name.startswith("_") and not _documentation(path) and not tests_of(view, change.entity):
            bare.append((len(users_of(view, change.entity).library), change.entity))
    bare.sort(key=lambda one: (-one[0], one[1]))
    if bare:
        names = ", ".join(f"{called(entity)} {where(entity, index)}" for _, entity in bare[:SHOWN])
        more = f" and {len(bare) - SHOWN} more" if len(bare) > SHOWN else ""
        yield Item("risky", f"Changed, and no test refers to: {names}{more}", (), 6.0)


def _hot(index: Index, found: Difference) -> Iterator[Item]:
    """Code that changed now as it often does: among the five that change most of all."""
    churn, commits = found.history.churn, found.history.commits
    code = [(p, n) for p, n in churn.most_common(60) if p in index and _coded(index, p)]
    for path, times in code[:5]:
        if path in found.window.changed and commits >= 50 and times >= 10:
            yield Item(
                "risky", f"Hot spot: {path} changed in {times} of the last {commits} commits, and again now", (), 3.0
            )
            return


def _coded(index: Index, path: str) -> bool:
    record = index.record(path)
    return bool(
        record and not record.is_test and any(s.kind in ("function", "method", "class") for s in record.symbols)
    )


def _documentation(path: str) -> bool:
    return path.startswith(("docs/", "examples/", "doc/"))


def _places(index: Index, sites: list[Site], entity: str) -> tuple[str, ...]:
    ids = list(dict.fromkeys(s.id for s in sites))
    shown = tuple(fill(place(i, entity), index) for i in ids[:SHOWN])
    return (*shown, f"{len(ids) - SHOWN} more") if len(ids) > SHOWN else shown


def _short(signature: str) -> str:
    flat = " ".join(signature.split()).removeprefix("async ").removeprefix("def ")
    return flat if len(flat) <= 110 else flat[:109] + "…"
