"""What a name in a question means in this repository: canonical ids, or certainly nothing.

Names are linked exactly: a qualified name, `Class.member` with inherited members, a module's export, a file, a folder, a setting.
A near name is never taken for the name; it is only told. By description: `find.py`.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

from store.source.record import split_id, symbol_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.graph.index import Index
    from store.question.mention import Mention

_MINOR = ("section", "key", "attribute", "variable")


class Link(NamedTuple):
    """What one mention means: ids (best first), and how that was found. `absent` is the name that nothing here defines."""

    mention: Mention
    entities: tuple[str, ...]
    how: str
    absent: str = ""
    near: tuple[str, ...] = ()
    external: bool = False


class Linker:
    """Links mentions against one state of an index."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._generation = -1
        self._lower: dict[str, set[str]] = {}
        self._folders: set[str] = set()
        self._roots: set[str] = set()

    def link(self, mention: Mention) -> Link:
        """What the mention means. A link without entities and without `absent` means: an ordinary word."""
        self._follow()
        text = mention.text
        if mention.style == "path" or mention.noun in ("file", "folder", "directory", "module", "package"):
            if found := self._path(text):
                return Link(mention, found, "a path")
            if mention.style == "path":
                return self._missing(mention)
        if setting := self._setting(text):
            return Link(mention, (setting,), "a setting")
        parts = text.split(".")
        found, how = self._single(parts[0], mention) if len(parts) == 1 else self._dotted(parts)
        if found:
            return Link(mention, found, how)
        if len(parts) == 1 and (folder := self._path(text)) and (mention.codelike or mention.slot):
            return Link(mention, folder, "a module")
        return self._missing(mention)

    def missing(self, text: str, mention: Mention) -> Link:
        return Link(mention, (), "nothing here defines it", text, self.near(text))

    def near(self, name: str) -> tuple[str, ...]:
        """Names that look like this one, to be offered, never to be answered for it."""
        last = name.rsplit(".", 1)[-1]
        close = difflib.get_close_matches(last, list(self.index.names()), 3, 0.75)
        return tuple(i for n in close for i in self.ranked(self.index.named(n))[:1])

    # -- ways of naming ------------------------------------------------------------------------------------------------

    def _single(self, name: str, mention: Mention) -> tuple[tuple[str, ...], str]:
        ids = self.ranked(self.index.named(name))
        if mention.noun in ("class", "exception", "error", "mixin"):
            classes = [i for i in ids if self._kind(i) == "class"]
            ids = (
                classes
                or [
                    i
                    for n in self._lower.get(name.lower(), ())
                    for i in self.ranked(self.index.named(n))
                    if self._kind(i) == "class"
                ]
                or ids
            )
        solid = [i for i in ids if self._kind(i) not in ("section", "key")]
        if solid:
            return tuple(solid), "the name"
        if ids and mention.codelike:
            return tuple(ids), "the name"
        if mention.codelike or mention.slot:
            same = [i for n in sorted(self._lower.get(name.lower(), ())) for i in self.index.named(n)]
            same = [i for i in self.ranked(same) if self._kind(i) not in ("section", "key")]
            if same and (mention.noun or mention.style != "word"):
                return tuple(same), "the name, but for its case"
        return (), ""

    def _dotted(self, parts: list[str]) -> tuple[tuple[str, ...], str]:
        suffix = ".".join(parts)
        exact = [i for i in self.index.named(parts[-1]) if _ends(split_id(i)[1], suffix)]
        if exact:
            return tuple(self.ranked(exact)), "the qualified name"
        if inherited := self._inherited(parts):
            return inherited, "an inherited member"
        if exported := self._exported(parts):
            return exported, "the module's name for it"
        head = parts[0]
        if head in self.index.names() and any(self._kind(i) == "class" for i in self.index.named(head)):
            return (), ""
        if self._path(head) or head in self._roots or not head.islower():
            return (), ""
        classes = [
            i for n in self._lower.get(head.lower(), ()) for i in self.index.named(n) if self._kind(i) == "class"
        ]
        members = [m for c in self.ranked(classes) for m in self._member(c, parts[-1])]
        if members:
            return tuple(dict.fromkeys(members)), "a member of the class of that name"
        loose = [i for i in self.ranked(self.index.named(parts[-1])) if self._kind(i) not in ("section", "key")]
        return tuple(loose), "the last part of the name"

    def _inherited(self, parts: list[str]) -> tuple[str, ...]:
        owners = [i for i in self.index.named(parts[-2]) if self._kind(i) in ("class", "interface", "struct", "trait")]
        if len(parts) > 2:
            inner = [i for i in owners if _ends(split_id(i)[1], ".".join(parts[:-1]))]
            owners = inner or [i for i in owners if self._in_module(i, parts[:-2])]
        return tuple(dict.fromkeys(m for o in self.ranked(owners) for m in self._member(o, parts[-1])))

    def _member(self, owner: str, name: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """The definition of a member, in the class itself or the first base that has it."""
        path, qual = split_id(owner)
        if self.index.symbol(symbol_id(path, f"{qual}.{name}")):
            return [symbol_id(path, f"{qual}.{name}")]
        for base in self.bases(owner):
            if base not in seen and (found := self._member(base, name, seen | {owner})):
                return found
        record = self.index.record(path)
        return [owner] if record and f"{qual}.{name}" in record.types else []

    def bases(self, owner: str) -> list[str]:
        """The classes here that a class inherits from, as far as they were resolved."""
        path, qual = split_id(owner)
        return [e.target for e in self.index.edges(owner) if e.kind == "base" and e.scope == qual and "::" in e.target]

    def _exported(self, parts: list[str]) -> tuple[str, ...]:
        """`package.name` where the package's file defines or imports that name."""
        found = []
        for path in sorted(self.index.with_stem(parts[-2])):
            record = self.index.record(path)
            if record is None or not self._in_module(path, parts[:-1]):
                continue
            for imported in record.imports:
                if (imported.alias or imported.name) == parts[-1] and not imported.scope:
                    found += [i for i in self.index.named(imported.name or parts[-1]) if "." not in split_id(i)[1]]
            found += [i for i in self.index.named(parts[-1]) if split_id(i)[0] == path and "." not in split_id(i)[1]]
        if not found and (below := self._path("/".join(parts))):
            return below
        return tuple(dict.fromkeys(self.ranked(found)))

    def _in_module(self, entity: str, parts: list[str]) -> bool:
        path = split_id(entity)[0].rsplit(".", 1)[0].removesuffix("/__init__")
        return path == "/".join(parts) or path.endswith("/" + "/".join(parts))

    def _path(self, text: str) -> tuple[str, ...]:
        text, _, rest = text.partition("::")
        text, _, line = text.partition(":")
        text = text.removeprefix("./").strip("/")
        if not text:
            return ()
        paths = [p for p in self.index.paths() if p == text or p.endswith("/" + text)]
        if not paths and "." in text and "/" not in text:
            text = text.replace(".", "/")
        if not paths:
            stems = (text.rsplit("/", 1)[-1],)
            paths = [
                p
                for s in stems
                for p in self.index.with_stem(s)
                if _stemmed(p) == text or _stemmed(p).endswith("/" + text)
            ]
        if paths:
            best = sorted(paths, key=lambda p: (p != text, self._minor_path(p), p.count("/"), p))
            if rest:
                return tuple(i for p in best if self.index.symbol(i := symbol_id(p, rest)))
            if line.isdigit():
                return tuple(self._at(p, int(line)) for p in best[:1])
            return tuple(best)
        folders = [f for f in self._folders if f == text + "/" or f.endswith("/" + text + "/")]
        return tuple(sorted(folders, key=lambda f: (f.count("/"), f)))

    def _at(self, path: str, line: int) -> str:
        inside = [s for s in self.index.symbols(path).values() if s.start <= line <= s.end]
        return symbol_id(path, max(inside, key=lambda s: s.start).qual) if inside else path

    def _setting(self, text: str) -> str:
        if text.replace("_", "").isupper() and "_" in text and self.index.settings(text):
            return f"setting:{text}"
        return ""

    def _missing(self, mention: Mention) -> Link:
        """Certainly nothing where the name is written as code; otherwise an ordinary word."""
        head = mention.text.split(".")[0]
        external = "." in mention.text and head in self._roots
        if mention.codelike or mention.slot and mention.noun:
            return Link(mention, (), "nothing here defines it", mention.text, self.near(mention.text), external)
        return Link(mention, (), "an ordinary word")

    # -- order ---------------------------------------------------------------------------------------------------------

    def ranked(self, ids: Iterable[str]) -> list[str]:
        """Library before tests and examples, definitions before attributes, public and shallow first."""
        return sorted(dict.fromkeys(ids), key=self._rank)

    def _rank(self, entity: str) -> tuple[object, ...]:
        path, qual = split_id(entity)
        return (
            self._minor_path(path),
            self._kind(entity) in _MINOR,
            qual.count("."),
            path.count("/"),
            len(path),
            path,
            qual,
        )

    def rank_class(self, entity: str) -> tuple[int, bool, bool]:
        """The coarse part of the order: where two differ in it, the first one is meant."""
        path, qual = split_id(entity)
        return (self._minor_path(path), self._kind(entity) in _MINOR, "." in qual)

    def _minor_path(self, path: str) -> int:
        record = self.index.record(path)
        if record is not None and record.is_test:
            return 2
        return (
            1
            if path.split("/")[0] in ("docs", "doc", "examples", "example", "tests", "test", "benchmarks", "scripts")
            else 0
        )

    def _kind(self, entity: str) -> str:
        symbol = self.index.symbol(entity)
        return symbol.kind if symbol else ""

    def _follow(self) -> None:
        if self._generation == self.index.generation:
            return
        self._generation = self.index.generation
        self._lower, self._folders, self._roots = {}, set(), set()
        for name in self.index.names():
            self._lower.setdefault(name.lower(), set()).add(name)
        for path in self.index.paths():
            pieces = path.split("/")[:-1]
            self._folders.update("/".join(pieces[: n + 1]) + "/" for n in range(len(pieces)))
            record = self.index.record(path)
            for imported in record.imports if record else ():
                if not imported.level:
                    self._roots.add(imported.module.split(".")[0])


def _ends(qual: str, suffix: str) -> bool:
    qual = qual.split("#", 1)[0]
    return qual == suffix or qual.endswith("." + suffix)


def _stemmed(path: str) -> str:
    return path.rsplit(".", 1)[0].removesuffix("/__init__").removesuffix("/index")
