"""Whether a test reaches something: names it, or calls what leads to it. Generous, so that "none does" can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.brief.difference import DOCUMENTS, in_place_test
from store.families.usage import ancestors_of, overrides, users_of
from store.source.languages.known import is_test
from store.source.record import last_name, split_id, symbol_id

if TYPE_CHECKING:
    from store.families.view import View
    from store.graph.index import Index

STEPS = 8
"""Calls that are followed from a test."""

WIDE = 300
"""Symbols that are looked at for one: what is used that widely is reached."""

NAMESAKES = 30


class Reach:
    """Asks, and remembers which names the tests speak of."""

    def __init__(self, view: View, index: Index) -> None:
        self._view, self._index = view, index
        self._spoken: dict[str, bool] = {}

    def by_tests(self, entity: str) -> bool:
        """Whether any test speaks of it, or of what uses it, up to `STEPS` away."""
        seen = {entity}
        edge = [entity]
        for _ in range(STEPS + 1):
            if any(self._spoken_of(e) for e in edge) or len(seen) > WIDE:
                return True
            users = [u for e in edge for u in self._users(e)]
            if any(not split_id(u)[1] for u in users):
                return True  # used as its module is imported: registered, or run
            edge = [u for u in dict.fromkeys(users) if u not in seen]
            seen.update(edge)
        return False

    def _users(self, entity: str) -> list[str]:
        path, qual = split_id(entity)
        owner, _, name = qual.rpartition(".")
        found = [s.id for s in users_of(self._view, entity).library]
        if owner:
            found += [s.id for s in users_of(self._view, entity, loose=True).library]
            found += overrides(self._view, entity)
            for other in self._view.named(name)[:NAMESAKES]:  # a call that was taken for one of them may be of another
                found += [s.id for s in users_of(self._view, other).library]
        found = [user for user in found if not split_id(user)[0].endswith(DOCUMENTS)]
        if owner and (not found or self._is_implied(symbol_id(path, owner), name)):
            found.append(symbol_id(path, owner))
        return found

    def _is_implied(self, owner: str, name: str) -> bool:
        """Whether a method is called without being named: by the language, or by what its class inherits from elsewhere."""
        if (name.startswith("__") and name.endswith("__")) or name in ("new", "constructor", "init"):
            return True
        line = [owner, *ancestors_of(self._view, owner)]
        known = ((self._index.symbol(one), one) for one in line)
        return any(symbol and len(symbol.bases) > len(self._view.bases(one)) for symbol, one in known)

    def _spoken_of(self, entity: str) -> bool:
        name = split_id(entity)[1].rpartition(".")[2].partition("#")[0]
        if name not in self._spoken:
            self._spoken[name] = any(self._speaks(path, name) for path in self._view.mentions(name))
        return self._spoken[name]

    def _speaks(self, path: str, name: str) -> bool:
        if is_test(path):
            return True
        record = self._index.record(path) if path.endswith(".rs") else None
        return bool(record) and any(
            in_place_test(path, r.scope) and last_name(r.name) == name for r in (record.refs if record else ())
        )
