"""What changed, by symbols: the files of then are parsed again and compared with the records of now. No git, no wording."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from server.brief.parameters import Parameters, parameters
from server.brief.substance import substance
from store.source.languages.known import language_of
from store.source.record import symbol_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.source.record import FileRecord, Symbol

CODE = frozenset(
    {"class", "function", "method", "interface", "struct", "enum", "trait", "type", "macro", "constant", "variable"}
)
FUNCTIONS = frozenset({"function", "method"})


class Side(NamedTuple):
    """One file then or now."""

    record: FileRecord
    text: str

    def source(self, symbol: Symbol, members: Iterable[Symbol] = ()) -> str:
        """The text of a symbol, without that of its members; where those are left out, something stands for them."""
        lines = self.text.split("\n")
        inside = {n for member in members for n in range(member.start, member.end + 1)}
        kept = [lines[n - 1] for n in range(symbol.start, symbol.end + 1) if n not in inside and n <= len(lines)]
        last = lines[symbol.start - 1 : symbol.start][:1]
        blank = " " * (len(last[0]) - len(last[0].lstrip()) + 4) if last else ""
        return "\n".join(kept) + (f"\n{blank}pass" if inside and self.record.language == "python" else "")


class Change(NamedTuple):
    """What became of one symbol: "added", "removed", "changed", or only its "wording" (comments, docs, types, layout).

    `before` and `after` are its signatures where those differ, `old` and `new` what it wants to be called with, where that does.
    """

    entity: str
    how: str
    before: str = ""
    after: str = ""
    old: Parameters | None = None
    new: Parameters | None = None
    kind: str = ""
    core: str = ""
    """Its substance without its name, of what came or went: by it, it is found again elsewhere."""

    @property
    def counts(self) -> bool:
        return self.how != "wording"


def compared(path: str, then: Side | None, now: Side | None) -> list[Change]:
    """Added, changed and removed symbols of one file. A class counts only for what is its own, not for its methods."""
    before, after = _symbols(then), _symbols(now)
    found = dict.fromkeys(before.keys() - after.keys(), "removed")
    found |= dict.fromkeys(after.keys() - before.keys(), "added")
    found |= {q: "changed" for q in before.keys() & after.keys() if before[q].digest != after[q].digest}
    told = {q: how for q, how in found.items() if how != "changed" and found.get(q.rpartition(".")[0]) == how}
    texts = {
        q: (_own(then, before, q, found[q]), _own(now, after, q, found[q])) for q in sorted(found.keys() - told.keys())
    }
    return [
        _change(path, q, found[q], (then, before.get(q)), (now, after.get(q)), t)
        for q, t in texts.items()
        if t[0] != t[1]
    ]


def _own(side: Side | None, symbols: dict[str, Symbol], qual: str, how: str) -> str:
    """The text of a symbol; of a class that changed only what is its own, because what became of its members is told by them."""
    symbol = symbols.get(qual)
    if side is None or symbol is None:
        return ""
    members = [s for q, s in symbols.items() if q.rpartition(".")[0] == qual and s.kind in FUNCTIONS]
    return side.source(symbol, members if how == "changed" else ())


def same(path: str, then: Side, now: Side) -> bool:
    """Whether a file does what it did."""
    language = _language(path, now)
    return substance(then.text, language) == substance(now.text, language)


def _symbols(side: Side | None) -> dict[str, Symbol]:
    """The definitions that count. A second one of the same name (an overload, a setter) belongs to the first.

    What is defined inside a function is the function's own matter.
    """
    if side is None or not side.record.parsed:
        return {}
    found = {
        s.qual: s
        for s in side.record.symbols
        if s.kind in CODE and "#" not in s.qual and not s.name.startswith("__all")
    }
    inner = {s.qual for s in found.values() if s.kind in FUNCTIONS}
    return {q: s for q, s in found.items() if not any(a in inner for a in _around(q))}


def _around(qual: str) -> list[str]:
    parts = qual.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _change(
    path: str,
    qual: str,
    how: str,
    then: tuple[Side | None, Symbol | None],
    now: tuple[Side | None, Symbol | None],
    texts: tuple[str, str],
) -> Change:
    entity = symbol_id(path, qual)
    name = qual.rpartition(".")[2]
    language = _language(path, then[0] or now[0])
    old, new = then[1], now[1]
    kind = old.kind if old else new.kind if new else ""
    if how != "changed":
        return Change(entity, how, kind=kind, core=substance(texts[0] or texts[1], language, name))
    if substance(texts[0], language) == substance(texts[1], language):
        return Change(entity, "wording")
    if old is None or new is None or new.kind not in FUNCTIONS or old.kind not in FUNCTIONS:
        return Change(entity, how, kind=kind)
    wants = [
        parameters(text, name, language, method=s.kind == "method") for text, s in zip(texts, (old, new), strict=True)
    ]
    differ = old.signature != new.signature
    return Change(
        entity, how, old.signature if differ else "", new.signature if differ else "", wants[0], wants[1], kind
    )


def _language(path: str, side: Side | None) -> str:
    return language_of(path, side.text) if side else ""


def moved(changes: Iterable[Change]) -> dict[str, str]:
    """Removed entity -> the added one of the same substance: under another name, or elsewhere. One-liners say too little."""
    changes = [c for c in changes if len(c.core) > _TELLING]
    added: dict[str, list[str]] = {}
    for change in changes:
        if change.how == "added":
            added.setdefault(change.core, []).append(change.entity)
    gone = ((c.entity, added.get(c.core, [])) for c in changes if c.how == "removed")
    return {entity: found[0] for entity, found in gone if len(found) == 1}


_TELLING = 60
