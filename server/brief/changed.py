"""What changed, by symbols: the files of then are parsed again and compared with the records of now. No git, no wording."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from store.source.record import symbol_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.source.record import FileRecord, Symbol

CODE = frozenset({"class", "function", "method", "interface", "struct", "enum", "trait", "type", "macro", "constant"})


class Change(NamedTuple):
    """What became of one symbol. `old` and `new` are its signatures where those differ."""

    entity: str
    how: str
    old: str = ""
    new: str = ""

    @property
    def breaking(self) -> bool:
        """Whether calls that were right may not be any more, as far as signatures tell."""
        return bool(self.old) and not still_fits(self.old, self.new)


def compared(path: str, then: FileRecord | None, now: FileRecord | None) -> list[Change]:
    """Added, changed and removed symbols of one file. A class counts only for what is its own, not for its methods."""
    before, after = _symbols(then), _symbols(now)
    found = dict.fromkeys(before.keys() - after.keys(), "removed")
    found |= dict.fromkeys(after.keys() - before.keys(), "added")
    found |= {q: "changed" for q in before.keys() & after.keys() if before[q].digest != after[q].digest}
    kept = {q: how for q, how in found.items() if not _told_by_another(q, how, found, before, after)}
    return [_change(path, q, how, before.get(q), after.get(q)) for q, how in sorted(kept.items())]


def _symbols(record: FileRecord | None) -> dict[str, Symbol]:
    """The definitions that count. A second one of the same name (an overload, a setter) belongs to the first."""
    if record is None or not record.parsed:
        return {}
    return {s.qual: s for s in record.symbols if s.kind in CODE and "#" not in s.qual}


def _told_by_another(
    qual: str, how: str, found: dict[str, str], before: dict[str, Symbol], after: dict[str, Symbol]
) -> bool:
    """A container that changed because of its members, or a member of what came or went as a whole."""
    owner = qual.rpartition(".")[0]
    if how != "changed":
        return found.get(owner) == how
    inner = any(other.startswith(f"{qual}.") for other in found)
    return inner and before[qual].signature == after[qual].signature


def _change(path: str, qual: str, how: str, old: Symbol | None, new: Symbol | None) -> Change:
    if old and new and old.signature != new.signature and old.kind in ("function", "method"):
        return Change(symbol_id(path, qual), how, old.signature, new.signature)
    return Change(symbol_id(path, qual), how)


def moved(changes: Iterable[Change], then: dict[str, Symbol], now: dict[str, Symbol]) -> dict[str, str]:
    """Removed entity -> the added one that has the very same text under the same name."""
    changes = list(changes)
    added = {
        (now[c.entity].name, now[c.entity].digest): c.entity for c in changes if c.how == "added" and c.entity in now
    }
    gone = [(c.entity, then[c.entity]) for c in changes if c.how == "removed" and c.entity in then]
    return {e: added[s.name, s.digest] for e, s in gone if (s.name, s.digest) in added}


def still_fits(old: str, new: str) -> bool:
    """Whether every call that fitted the old signature fits the new one, as far as Python's rules tell; if in doubt, not."""
    before, after = _arguments(old), _arguments(new)
    if before is None or after is None:
        return False
    olds, news = _positional(before), _positional(after)
    same = all(a.arg == b.arg for a, b in zip(olds, news, strict=False))
    if len(news) < len(olds) and after.vararg is None or not same:
        return False
    if len(news) - len(after.defaults) > max(len(olds) - len(before.defaults), 0):
        return False
    wanted = {a.arg for a, d in zip(after.kwonlyargs, after.kw_defaults, strict=True) if d is None}
    named = {a.arg for a in before.kwonlyargs}
    known = {a.arg for a in (*after.kwonlyargs, *after.args)}
    lost = bool(before.vararg and not after.vararg) or bool(before.kwarg and not after.kwarg)
    return not lost and wanted <= named and (named <= known or after.kwarg is not None)


def _positional(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args]


def _arguments(signature: str) -> ast.arguments | None:
    try:
        [made] = ast.parse(f"{signature}: ...").body
    except (SyntaxError, ValueError):
        return None
    return made.args if isinstance(made, ast.FunctionDef | ast.AsyncFunctionDef) else None
