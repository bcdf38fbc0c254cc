"""What a name in a question means in this repository: canonical ids, or certainly nothing.

Names are linked exactly: a qualified name, `Class.member` with inherited members, a module's export, a file, a folder, a setting.
A near name is never taken for the name. Paths: `link_paths.py`. By description: `find.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.question.link_paths import Paths, stem_of
from store.source.record import PACKAGE, split_id, symbol_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.graph.index import Index
    from store.question.mention import Mention

CLASSES = frozenset(("class", "interface", "struct", "trait", "enum", "type"))
FUNCTIONS = frozenset(("function", "method", "macro"))
MINOR = frozenset(("section", "key", "attribute", "variable"))
DOCUMENTS = frozenset(("section", "key"))

_SORTS = {
    "class": CLASSES,
    "function": FUNCTIONS,
    "value": frozenset(("constant", "variable", "attribute", "function", "method")),
}
_PARAMETER = re.compile(r"[(,]\s*\*{0,2}(\w+)")


class Link(NamedTuple):
    """What one mention means: ids (best first), and how that was found. `absent` is the name that nothing here defines."""

    mention: Mention
    entities: tuple[str, ...]
    how: str
    absent: str = ""
    takers: tuple[str, ...] = ()
    """Functions that have a parameter of this name, where nothing else has it."""
    parameter: str = ""
    """The one of its parameters that is asked about."""
    foreign: bool = False
    """The name belongs to a package from outside, or is at least used here without being defined."""


class Linker:
    """Links mentions against an index, whatever state it is in."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.paths = Paths(index)
        self._generation = -1
        self._lower: dict[str, list[str]] = {}
        self._takers: dict[str, list[str]] | None = None

    def link(self, mention: Mention) -> Link:
        """What the mention means. A link with no entities and nothing `absent` is an ordinary word."""
        self.follow()
        text = mention.text
        if mention.style == "path" or mention.noun == "path":
            if found := self.paths.find(text):
                return Link(mention, found, "a path")
            if mention.style == "path":
                return self._no_path(mention)
        if mention.style == "upper" and self.index.settings(text):
            return Link(mention, (f"setting:{text}",), "a setting")
        parts = text.split(".")
        found, how = self._single(mention) if len(parts) == 1 else self._dotted(parts)
        if not found and len(parts) == 1 and (mention.codelike or mention.slot):
            found, how = self.paths.find(text), "a module"
        return Link(mention, found, how) if found else self._missing(mention)

    def joined(self, words: list[str]) -> tuple[str, ...]:
        """Classes whose name is these words: "request context" is RequestContext."""
        self.follow()
        names = self._lower.get("".join(words).lower(), ())
        return tuple(i for n in names for i in self.ranked(self.index.named(n)) if self.kind(i) in CLASSES)

    # -- ways of naming ------------------------------------------------------------------------------------------------

    def _single(self, mention: Mention) -> tuple[tuple[str, ...], str]:
        name = mention.text
        ids = [i for i in self.ranked(self.index.named(name)) if mention.codelike or self.kind(i) not in DOCUMENTS]
        how = "the name"
        if not ids and mention.style != "proper" and (mention.codelike or mention.noun in _SORTS):
            same = [i for n in self._lower.get(name.lower(), ()) for i in self.index.named(n)]
            ids, how = [i for i in self.ranked(same) if self.kind(i) not in DOCUMENTS], "the name, but for its case"
        if sort := _SORTS.get(mention.noun):
            ids = [i for i in ids if self.kind(i) in sort] or (ids if mention.codelike else [])
        if mention.style == "proper" and not mention.noun:
            ids = [i for i in ids if self.kind(i) in CLASSES]
        if mention.style == "word" and not mention.noun:
            ids = [i for i in ids if "." not in split_id(i)[1]]
        solid = [i for i in ids if self.kind(i) not in DOCUMENTS]
        return tuple(solid or ids), how

    def _dotted(self, parts: list[str]) -> tuple[tuple[str, ...], str]:
        suffix = ".".join(parts)
        exact = [i for i in self.index.named(parts[-1]) if _ends(split_id(i)[1], suffix)]
        if exact:
            return tuple(self.ranked(exact)), "the qualified name"
        if inherited := self._inherited(parts):
            return inherited, "an inherited member"
        if packaged := self._packaged(parts):
            return packaged, "the package's name for it"
        if exported := self._exported(parts):
            return exported, "the module's name for it"
        return self._of_instance(parts)

    def _of_instance(self, parts: list[str]) -> tuple[tuple[str, ...], str]:
        """`response.json()` and `r.json()`: the member of the class of that name, or whatever has that name."""
        head = parts[0]
        classes = [
            i for n in self._lower.get(head, ()) if n != head for i in self.index.named(n) if self.kind(i) in CLASSES
        ]
        members = [m for c in self.ranked(classes) for m in self.member(c, parts[-1])]
        members = members or [m for c in classes for s in self._subclasses(c) for m in self.member(s, parts[-1])]
        if members:
            return tuple(dict.fromkeys(members)), "a member of the class of that name"
        if not head.islower() or self.paths.find(head) or head in self.paths.packages:
            return (), ""
        loose = [i for i in self.ranked(self.index.named(parts[-1])) if self.kind(i) not in DOCUMENTS | CLASSES]
        return tuple(loose), "the last part of the name"

    def _inherited(self, parts: list[str]) -> tuple[str, ...]:
        owners = [i for i in self.index.named(parts[-2]) if self.kind(i) in CLASSES]
        if len(parts) > 2:
            inner = [i for i in owners if _ends(split_id(i)[1], ".".join(parts[:-1]))]
            owners = inner or [i for i in owners if self.paths.is_module(split_id(i)[0], parts[:-2])]
        return tuple(dict.fromkeys(m for o in self.ranked(owners) for m in self.member(o, parts[-1])))

    def member(self, owner: str, name: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """The definition of a member, in the class itself or the first base that has it; the class where it is only declared."""
        path, qual = split_id(owner)
        if self.index.symbol(symbol_id(path, f"{qual}.{name}")):
            return [symbol_id(path, f"{qual}.{name}")]
        for base in self.bases(owner):
            if base not in seen and (found := self.member(base, name, seen | {owner})):
                return found
        record = self.index.record(path)
        return [owner] if record and f"{qual}.{name}" in record.types else []

    def _subclasses(self, owner: str) -> list[str]:
        return [s.id for s in self.index.sites(owner) if s.kind == "base" and s.id != owner]

    def bases(self, owner: str) -> list[str]:
        """The classes here that a class inherits from, as far as they were resolved."""
        _, qual = split_id(owner)
        return [e.target for e in self.index.edges(owner) if e.kind == "base" and e.scope == qual and "::" in e.target]

    def _packaged(self, parts: list[str]) -> tuple[str, ...]:
        """`package.Name` in Go, whatever the folder and the file are called."""
        suffix = ".".join(parts[1:])
        found = [i for i in self.index.named(parts[-1]) if split_id(i)[1] == suffix and self._package(i) == parts[0]]
        return tuple(self.ranked(found))

    def _package(self, entity: str) -> str:
        record = self.index.record(split_id(entity)[0])
        return record.types.get(PACKAGE, "") if record else ""

    def outside(self, mention: Mention) -> Link | None:
        """A package from outside, or a module or name of it, that something here imports."""
        subject = f"ext:{mention.text}"
        return Link(mention, (subject,), "imported from outside") if self.index.importing(subject) else None

    def _exported(self, parts: list[str]) -> tuple[str, ...]:
        """`package.name` where the package's file defines or imports that name, or a module of that dotted name."""
        found: list[str] = []
        for path in sorted(self.index.with_stem(parts[-2])):
            record = self.index.record(path)
            if record is None or not self.paths.is_module(path, parts[:-1]):
                continue
            for imported in record.imports:
                if (imported.alias or imported.name) == parts[-1] and not imported.scope:
                    found += [i for i in self.index.named(imported.name or parts[-1]) if "." not in split_id(i)[1]]
            found += [i for i in self.index.named(parts[-1]) if i == symbol_id(path, parts[-1])]
        return tuple(self.ranked(found)) or self.paths.find("/".join(parts))

    # -- nothing of that name ------------------------------------------------------------------------------------------

    def _missing(self, mention: Mention) -> Link:
        """Certainly nothing where the name is written as code; otherwise an ordinary word."""
        if not mention.meant:
            return Link(mention, (), "an ordinary word")
        name = mention.text
        takers = tuple(self._taking(name)) if "." not in name else ()
        foreign = name.split(".")[0] in self.paths.packages or bool(self.index.mentions(name.rsplit(".", 1)[-1]))
        how = "a parameter" if takers else "nothing here defines it"
        return Link(mention, (), how, name, takers, foreign=foreign)

    def _no_path(self, mention: Mention) -> Link:
        """A path that is not here; "and/or" and "/orders/{id}" are no paths."""
        text = mention.text
        surely = "/" not in text and text == text.lower() or text.count("/") and "." in text.rsplit("/", 1)[-1]
        if text.startswith("/") or not (surely or mention.noun == "path" or text.endswith("/")):
            return Link(mention, (), "an ordinary word")
        return Link(mention, (), "no such file here", text)

    def _taking(self, name: str) -> list[str]:
        if self._takers is None:
            self._takers = {}
            for path in self.index.paths():
                for symbol in self.index.symbols(path).values():
                    if symbol.kind in FUNCTIONS:
                        for one in _PARAMETER.findall(symbol.signature):
                            self._takers.setdefault(one, []).append(symbol_id(path, symbol.qual))
        return self.ranked(self._takers.get(name, ()))

    # -- order ---------------------------------------------------------------------------------------------------------

    def ranked(self, ids: Iterable[str]) -> list[str]:
        """One id for each name (of overloads the longest), library before tests, definitions before attributes, public first."""
        best: dict[str, str] = {}
        for one in ids:
            name = one.partition("#")[0]
            if name not in best or self._lines(one) > self._lines(best[name]):
                best[name] = one
        return sorted(best.values(), key=lambda i: (*self.coarse(i), *_fine(i)))

    def coarse(self, entity: str) -> tuple[int, bool, bool]:
        """The part of the order that decides alone which of several is meant: tests, attributes and nested ones come after."""
        path, qual = split_id(entity)
        nested = qual.count(".") > 0 and self.kind(symbol_id(path, qual.rsplit(".", 1)[0])) in FUNCTIONS
        return (self.paths.minor(path), self.kind(entity) in MINOR, nested)

    def kind(self, entity: str) -> str:
        """The kind of a symbol, "" for a path."""
        symbol = self.index.symbol(entity)
        return symbol.kind if symbol else ""

    def _lines(self, entity: str) -> int:
        symbol = self.index.symbol(entity)
        if symbol is None or any(d.endswith((".setter", ".deleter")) for d in symbol.decorators):
            return 0
        return symbol.end - symbol.start + 1

    def follow(self) -> None:
        """Take the index as it is now."""
        if self._generation == self.index.generation:
            return
        self._generation = self.index.generation
        self._takers = None
        self._lower = {}
        for name in sorted(self.index.names()):
            self._lower.setdefault(name.lower(), []).append(name)
        self.paths.follow()


def _fine(entity: str) -> tuple[object, ...]:
    path, qual = split_id(entity)
    return (qual.count("."), path.count("/"), len(path), path, qual)


def _ends(qual: str, suffix: str) -> bool:
    qual = qual.split("#", 1)[0]
    return qual == suffix or qual.endswith("." + suffix)


__all__ = ["CLASSES", "FUNCTIONS", "Link", "Linker", "stem_of"]
