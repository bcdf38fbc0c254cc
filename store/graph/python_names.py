"""What a Python name means across files: modules, re-exports, classes and their bases, types of attributes and of results.

Every answer is a pure function of the records and the set of paths, whatever was asked before: that is what lets the index
re-resolve a few files and still equal one built from scratch. Which file a module is: `python_modules.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.graph.python_modules import Modules, folder_of, inside
from store.source.record import FileRecord, Import, Symbol, symbol_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.graph.index import Index
    from store.source.record import Ref, RefKind

DEPTH = 6
"""How many types are followed, one through the other."""


class Meaning(NamedTuple):
    """What a chain means so far.

    kind       what
    module     the file (or namespace folder) `path`
    symbol     the symbol `qual` of `path`, as found on `bound` (a class) if it is an attribute
    instance   a value of the class `qual` of `path`
    super      the same, looked up behind its own class
    entered    something whose call gives `inner`
    several    what holds several `inner`, by position ("[]") or by key ("{}"), as `qual` tells
    builtin    of no interest
    manager    what a function made by `contextmanager` gives
    outside    something of another distribution: `qual` is its dotted name
    """

    kind: str
    path: str
    qual: str = ""
    bound: tuple[str, str] | None = None
    inner: Meaning | None = None


class _Namespace(NamedTuple):
    """What the top level of a module binds by import."""

    imports: dict[str, Import]
    stars: tuple[Import, ...]
    local: dict[str, Import]


class PythonNames:
    """Resolves the references of Python files."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._modules = Modules(index)
        self._namespaces: dict[str, _Namespace] = {}
        self._members: dict[tuple[str, str], tuple[Meaning | None, frozenset[str]]] = {}
        self._mros: dict[tuple[str, str], tuple[tuple[Meaning, ...], frozenset[str]]] = {}
        self._chains: dict[tuple[str, str, tuple[str, str] | None, int], tuple[Meaning | None, frozenset[str]]] = {}
        self._consulted: set[str] = set()

    def forget(self) -> None:
        self._modules.forget()
        for cache in (self._namespaces, self._members, self._mros, self._chains):
            cache.clear()

    def resolve(
        self, record: FileRecord
    ) -> tuple[list[tuple[str, RefKind, str, tuple[int, ...], bool]], tuple[str, ...]]:
        """(target, kind, scope, lines, exact) of every import and reference, and the paths that were looked at."""
        self._consulted = set()
        found: list[tuple[str, RefKind, str, tuple[int, ...], bool]] = []
        for imported in record.imports:
            for target, exact in self._import_targets(imported, record.path):
                found.append((target, "import", imported.scope, (imported.line,), exact))
        for ref in record.refs:
            target, exact = self._target(ref, record)
            if target:
                found.append((target, ref.kind, ref.scope, ref.lines, exact))
        return found, tuple(sorted(self._consulted - {record.path}))

    # -- targets ---------------------------------------------------------------------------------------------------

    def _target(self, ref: Ref, record: FileRecord) -> tuple[str, bool]:
        name = ref.name.rsplit(".", 1)[-1].removesuffix("()")
        by_name = (f"?{name}", False)
        if ref.via == "unknown":
            return by_name
        root = ref.base_via if ref.via == "type" else ref.via
        if root == "unknown":
            meaning = self._from_fixture(ref.name, record.path, ref.scope)
            if meaning is None and "." not in ref.name:
                return "", True
        elif root == "import":
            if "." not in ref.name and ref.kind == "use" and self._absolute(ref.name, record.path) is None:
                return "", True
            meaning = self._imported(ref.name, record.path)
        else:
            meaning = self.chain(record.path, ref.name, None, 0)
        return _shown(meaning) or by_name

    def _import_targets(self, imported: Import, origin: str) -> Iterator[tuple[str, bool]]:
        module = self._module(imported, origin)
        if module is None:
            dotted = ".".join(p for p in (imported.module, imported.name.removesuffix("*")) if p)
            yield (f"?{dotted.rsplit('.', 1)[-1]}", False) if imported.level else (f"ext:{dotted}", True)
            return
        if not module.endswith("/"):
            yield module, True
        if imported.name and imported.name != "*":
            meaning = self.member(module, imported.name)
            shown = _shown(meaning)
            yield shown if shown else (f"?{imported.name}", False)

    # -- modules and what they bind ------------------------------------------------------------------------------------

    def _module(self, imported: Import, origin: str) -> str | None:
        parts = imported.module.split(".") if imported.module else []
        if imported.level:
            return self._modules.relative(imported.level, parts, origin, self._consulted)
        return self._modules.absolute(parts, origin, self._consulted)

    def _absolute(self, top: str, origin: str) -> str | None:
        return self._modules.absolute([top], origin, self._consulted)

    def _namespace(self, path: str) -> _Namespace:
        found = self._namespaces.get(path)
        if found is None:
            record = self._index.record(path)
            imports: dict[str, Import] = {}
            local: dict[str, Import] = {}
            stars: list[Import] = []
            for imported in record.imports if record else ():
                bound = imported.alias or imported.name or imported.module.split(".")[0]
                if imported.name == "*":
                    stars.append(imported)
                elif imported.scope:
                    local.setdefault(bound, imported)
                else:
                    imports[bound] = imported
            found = self._namespaces[path] = _Namespace(imports, tuple(stars), local)
        return found

    def member(self, module: str, name: str) -> Meaning | None:
        """What `name` is in a module: defined there, imported into it, or a submodule of it."""
        key = (module, name)
        if key not in self._members:
            outer, self._consulted = self._consulted, set()
            meaning = self._member(module, name, set())
            self._members[key] = (meaning, frozenset(self._consulted))
            self._consulted = outer
        meaning, consulted = self._members[key]
        self._consulted |= consulted
        return meaning

    def _member(self, module: str, name: str, seen: set[tuple[str, str]]) -> Meaning | None:
        if (module, name) in seen:
            return None
        seen.add((module, name))
        if not module.endswith("/"):
            self._consulted.add(module)
            if name in self._index.symbols(module):
                return Meaning("symbol", module, name)
            namespace = self._namespace(module)
            imported = namespace.imports.get(name)
            if imported is not None:
                return self._import(imported, module, seen)
            for star in namespace.stars:
                meaning = self._starred(star, module, name, seen)
                if meaning is not None:
                    return meaning
        below = self._modules.child(module, name)
        if below is not None:
            return Meaning("module", below)
        if not module.endswith("/") and (imported := self._namespace(module).local.get(name)):
            return self._import(imported, module, seen)
        return None

    def _import(self, imported: Import, origin: str, seen: set[tuple[str, str]]) -> Meaning | None:
        """What one import statement binds."""
        if not imported.name and not imported.alias:
            top = imported.module.split(".")[0]
            module = self._absolute(top, origin)
            whole = self._module(imported, origin)
            if module is None and whole is not None:
                module = self._absolute(top, whole)
            return Meaning("module", module) if module else Meaning("outside", "", top)
        module = self._module(imported, origin)
        if module is None:
            if imported.level:
                return None
            return Meaning("outside", "", ".".join(p for p in (imported.module, imported.name) if p))
        if not imported.name:
            return Meaning("module", module)
        meaning = self._member(module, imported.name, seen)
        if meaning is None:
            below = self._modules.child(module, imported.name)
            meaning = Meaning("module", below) if below else None
        return meaning

    def _starred(self, star: Import, origin: str, name: str, seen: set[tuple[str, str]]) -> Meaning | None:
        module = self._module(star, origin)
        record = self._index.record(module) if module else None
        if module is None or record is None:
            return None
        self._consulted.add(module)
        public = name in record.exports if record.exports is not None else not name.startswith("_")
        return self._member(module, name, seen) if public else None

    def _imported(self, dotted: str, origin: str, depth: int = 0) -> Meaning | None:
        """What an absolute or relative dotted chain means, of which the first parts are modules."""
        parts = dotted.lstrip(".").split(".")
        level = len(dotted) - len(dotted.lstrip("."))
        if level:
            module = self._modules.relative(level, [], origin, self._consulted)
            return self._walk(Meaning("module", module), parts, depth) if module else None
        for top in self._modules.tops(parts[0], origin, len(parts)):
            meaning = self._walk(Meaning("module", top), parts[1:], depth)
            if meaning is not None or not top.endswith("/"):
                return meaning
        return Meaning("outside", "", ".".join(_split(p)[0] for p in parts))

    # -- chains ----------------------------------------------------------------------------------------------------

    def chain(self, path: str, chain: str, bound: tuple[str, str] | None, depth: int) -> Meaning | None:
        """What a chain, as the file `path` writes it, means."""
        # The depth is part of the key: what is remembered must not depend on what was asked first.
        key = (path, chain, bound, depth)
        known = self._chains.get(key)
        if known is None:
            outer, self._consulted = self._consulted, set()
            meaning = self._chain(path, chain, bound, depth)
            known = self._chains[key] = (meaning, frozenset(self._consulted))
            self._consulted = outer
        self._consulted |= known[1]
        return known[0]

    def _chain(self, path: str, chain: str, bound: tuple[str, str] | None, depth: int) -> Meaning | None:
        if depth > DEPTH:
            return None
        if chain.startswith("@"):
            return self._from_fixture(chain[1:], path, "", depth)
        first, *rest = chain.split(".")
        name, suffixes = _split(first)
        if name == "Self":
            meaning = Meaning("instance", *bound) if bound else None
        else:
            meaning = self.member(path, name)
            if meaning is None and rest:
                # A docstring names types from the top.
                return self._imported(chain, path, depth)
        return self._walk(self._apply(meaning, suffixes, depth), rest, depth)

    def _apply(self, meaning: Meaning | None, suffixes: str, depth: int) -> Meaning | None:
        """What the "()", "[]" and "{}" behind a name make of it."""
        for at in range(0, len(suffixes), 2):
            if meaning is None:
                return None
            suffix = suffixes[at : at + 2]
            if suffix == "()":
                meaning = self._call(meaning, depth)
            else:
                meaning = Meaning("several", "", suffix, inner=self._settled(meaning, depth))
        return meaning

    def _walk(self, meaning: Meaning | None, parts: list[str], depth: int) -> Meaning | None:
        """Follow the parts of a chain, from what comes before them."""
        for number, part in enumerate(parts):
            if meaning is None:
                return None
            name, suffixes = _split(part)
            if part == "super()":
                meaning = Meaning("super", meaning.path, meaning.qual, (meaning.path, meaning.qual))
                continue
            before, meaning = meaning, self._attribute(meaning, name, depth)
            meaning = self._apply(meaning, suffixes, depth)
            if before.kind == "module" and number + 1 < len(parts):
                # A package may bind the name of one of its own modules to something else.
                below = self._modules.child(before.path, name)
                if below is not None and meaning != Meaning("module", below):
                    further = self._walk(meaning, parts[number + 1 :], depth)
                    return further or self._walk(Meaning("module", below), parts[number + 1 :], depth)
        return meaning

    def _attribute(self, meaning: Meaning, name: str, depth: int) -> Meaning | None:
        match meaning.kind:
            case "module":
                return self.member(meaning.path, name)
            case "outside":
                if name == "__enter__":
                    return Meaning("entered", "", inner=meaning)
                if name in ("__next__", "__getitem__"):
                    return None
                return meaning._replace(qual=f"{meaning.qual}.{name}")
            case "several":
                return _of_several(meaning, name)
            case "instance" | "super":
                return self._of_instance(meaning, name, depth)
            case "manager":
                return Meaning("entered", "", inner=meaning.inner)
            case "symbol":
                symbol = self._symbol(meaning)
                if symbol is None:
                    return None
                if symbol.kind == "class":
                    return self._of_class(meaning, name)
                nested = f"{meaning.qual}.{name}"
                if nested in self._index.symbols(meaning.path):
                    return Meaning("symbol", meaning.path, nested)
                value = self._value(meaning, symbol, depth)
                return self._attribute(value, name, depth) if value is not None else None
        return None

    def _of_instance(self, meaning: Meaning, name: str, depth: int) -> Meaning | None:
        found = self._of_class(meaning, name)
        if name == "__next__" and (found is None or found.kind != "symbol"):
            # What iterating gives, by way of `__iter__`.
            several = self._call(self._of_class(meaning, "__iter__"), depth)
            return _of_several(several, name) if several is not None and several.kind == "several" else None
        if found is None and name == "__enter__":
            return Meaning("entered", "", inner=meaning)
        if found is not None and found.kind == "outside" and name in ("__enter__", "__getitem__"):
            return Meaning("entered", "", inner=meaning) if name == "__enter__" else None
        return found

    def _symbol(self, meaning: Meaning) -> Symbol | None:
        self._consulted.add(meaning.path)
        return self._index.symbols(meaning.path).get(meaning.qual)

    def _value(self, meaning: Meaning, symbol: Symbol, depth: int) -> Meaning | None:
        """What a variable, an attribute or a property holds."""
        record = self._index.record(meaning.path)
        if symbol.kind in ("function", "method"):
            if not any(d.rsplit(".", 1)[-1].endswith("property") for d in symbol.decorators):
                return None
            written = symbol.returns
        else:
            written = record.types.get(symbol.qual, "") if record else ""
        if not written:
            return None
        return self._settled(self.chain(meaning.path, written, meaning.bound, depth + 1), depth + 1)

    def _settled(self, meaning: Meaning | None, depth: int) -> Meaning | None:
        """The value behind a type's name: a class means one of its instances, a variable means what it holds."""
        if meaning is None or meaning.kind != "symbol":
            return meaning
        symbol = self._symbol(meaning)
        if symbol is None:
            return None
        if symbol.kind == "class":
            return Meaning("instance", meaning.path, meaning.qual)
        return self._value(meaning, symbol, depth) if depth <= DEPTH else None

    def _call(self, meaning: Meaning | None, depth: int) -> Meaning | None:
        """What calling something gives."""
        if depth > DEPTH or meaning is None or meaning.kind in ("outside", "module", "super", "manager", "several", "builtin"):
            return meaning if meaning is not None and meaning.kind == "outside" and depth <= DEPTH else None
        if meaning.kind == "entered":
            return meaning.inner
        if meaning.kind == "instance":
            return self._call_instance(meaning, depth)
        symbol = self._symbol(meaning)
        if symbol is None:
            return None
        if symbol.kind == "class":
            return Meaning("instance", meaning.path, meaning.qual)
        if symbol.kind not in ("function", "method") or any("property" in d for d in symbol.decorators):
            value = self._value(meaning, symbol, depth)
            return self._call(value, depth + 1) if value is not None else None
        if not symbol.returns:
            return None
        bound = meaning.bound or _class_of(meaning)
        result = self._settled(self.chain(meaning.path, symbol.returns, bound, depth + 1), depth + 1)
        if any(d.endswith("contextmanager") for d in symbol.decorators):
            return Meaning("manager", "", inner=result)
        if result is None and symbol.name in ("__enter__", "__aenter__") and bound:
            return Meaning("instance", *bound)
        return result

    def _call_instance(self, meaning: Meaning, depth: int) -> Meaning | None:
        called = self._of_class(meaning, "__call__")
        # What is written `type[Cls]` is kept as `Cls`: calling it makes one.
        return self._call(called, depth) if called is not None and called.kind == "symbol" else meaning

    # -- classes ---------------------------------------------------------------------------------------------------

    def _of_class(self, meaning: Meaning, name: str) -> Meaning | None:
        """An attribute of a class or of its instances, by the order in which Python looks through the bases."""
        bound = meaning.bound if meaning.kind == "super" and meaning.bound else (meaning.path, meaning.qual)
        order = self._order(meaning.path, meaning.qual)
        outside: Meaning | None = None
        for base in order[1:] if meaning.kind == "super" else order:
            if base.kind == "outside":
                outside = outside or base
                continue
            self._consulted.add(base.path)
            qual = f"{base.qual}.{name}"
            if qual in self._index.symbols(base.path):
                return Meaning("symbol", base.path, qual, bound)
        return outside._replace(qual=f"{outside.qual}.{name}") if outside else None

    def _order(self, path: str, qual: str) -> tuple[Meaning, ...]:
        """The class itself and all its bases, in method resolution order."""
        key = (path, qual)
        if key not in self._mros:
            outer, self._consulted = self._consulted, set()
            start = Meaning("symbol", path, qual)
            order = self._linear(start, ()) or tuple(self._reachable(start, {}))
            self._mros[key] = (order, frozenset(self._consulted))
            self._consulted = outer
        order, consulted = self._mros[key]
        self._consulted |= consulted
        return order

    def _linear(self, cls: Meaning, above: tuple[Meaning, ...]) -> tuple[Meaning, ...] | None:
        """The C3 linearisation, or None where there is none (a cycle, or bases at odds)."""
        if cls.kind == "outside":
            return (cls,)
        if cls in above or len(above) > 50:
            return None
        bases = self._bases(cls)
        orders = [self._linear(b, (*above, cls)) for b in bases]
        if any(o is None for o in orders):
            return None
        waiting = [list(o) for o in orders if o] + [list(bases)]
        result = [cls]
        while waiting := [w for w in waiting if w]:
            head = next((w[0] for w in waiting if not any(w[0] in other[1:] for other in waiting)), None)
            if head is None:
                return None
            result.append(head)
            waiting = [[c for c in w if c != head] for w in waiting]
        return tuple(result)

    def _reachable(self, cls: Meaning, seen: dict[Meaning, None]) -> dict[Meaning, None]:
        if cls not in seen:
            seen[cls] = None
            for base in self._bases(cls) if cls.kind != "outside" else ():
                self._reachable(base, seen)
        return seen

    def _bases(self, cls: Meaning) -> tuple[Meaning, ...]:
        symbol = self._symbol(cls)
        found = (self._base(cls.path, b, 0) for b in (symbol.bases if symbol else ()))
        return tuple(dict.fromkeys(b for b in found if b is not None))

    def _base(self, path: str, written: str, depth: int) -> Meaning | None:
        """The class that a base names. Types are not followed, only names: so this ends."""
        first, *rest = written.split(".")
        meaning = self.member(path, first)
        for name in rest:
            if meaning is None:
                break
            if meaning.kind == "module":
                meaning = self.member(meaning.path, name)
            elif meaning.kind == "outside":
                meaning = meaning._replace(qual=f"{meaning.qual}.{name}")
            else:
                nested = f"{meaning.qual}.{name}"
                meaning = meaning._replace(qual=nested) if nested in self._index.symbols(meaning.path) else None
        if meaning is None:
            # `object`, `Exception`, what a call made: nothing that could be looked into.
            return None
        if meaning.kind == "symbol":
            symbol = self._symbol(meaning)
            if symbol is None or symbol.kind != "class":
                record = self._index.record(meaning.path)
                alias = record.types.get(meaning.qual, "") if record else ""
                return (
                    self._base(meaning.path, alias, depth + 1) if alias and "(" not in alias and depth < DEPTH else None
                )
        return meaning if meaning.kind in ("symbol", "outside") else None

    # -- pytest ----------------------------------------------------------------------------------------------------

    def _from_fixture(self, chain: str, path: str, scope: str, depth: int = 0) -> Meaning | None:
        """What a chain means whose first part is a parameter that pytest fills in."""
        first, *rest = chain.split(".")
        name, suffixes = _split(first)
        fixture = self._fixture(name, path, scope)
        if fixture is None or not (rest or suffixes):
            return fixture
        meaning = self._settled(self._result(fixture, depth), depth)
        return self._walk(self._apply(meaning, suffixes, depth), rest, depth)

    def _result(self, fixture: Meaning, depth: int) -> Meaning | None:
        symbol = self._symbol(fixture)
        if symbol is None or not symbol.returns:
            return None
        return self.chain(fixture.path, symbol.returns, None, depth + 1)

    def _fixture(self, name: str, path: str, scope: str) -> Meaning | None:
        """The fixture of that name that is nearest: the class's, the file's, or a conftest.py's above."""
        owner = scope.rpartition(".")[0]
        wanted = [f"{owner}.{name}"] if owner else []
        for qual in (*wanted, name):
            meaning = Meaning("symbol", path, qual) if qual in self._index.symbols(path) else self.member(path, qual)
            if qual != scope and self._is_fixture(meaning):
                return meaning
        folder = folder_of(path)
        while True:
            conftest = inside(folder, "conftest.py")
            if conftest in self._index and conftest != path:
                meaning = self.member(conftest, name)
                if self._is_fixture(meaning):
                    return meaning
            if not folder:
                return None
            folder = folder_of(folder)

    def _is_fixture(self, meaning: Meaning | None) -> bool:
        if meaning is None or meaning.kind != "symbol":
            return False
        symbol = self._symbol(meaning)
        return symbol is not None and any(d.rsplit(".", 1)[-1] == "fixture" for d in symbol.decorators)


def _split(part: str) -> tuple[str, str]:
    """A part of a chain as its name and what stands behind it: "items()[]" -> "items", "()[]"."""
    if part[-1:] not in (")", "]", "}"):
        return part, ""
    at = min(n for n in (part.find("("), part.find("["), part.find("{")) if n >= 0)
    return part[:at], part[at:]


def _of_several(meaning: Meaning, name: str) -> Meaning:
    """An attribute of a list, a dict or the like."""
    keyed = meaning.qual == "{}"
    if name == "__next__" and not keyed or name in ("__getitem__", "get", "pop", "setdefault", "popleft"):
        return Meaning("entered", "", inner=meaning.inner)
    if name == "copy" or (name == "values" and keyed):
        return Meaning("entered", "", inner=meaning._replace(qual="[]") if name == "values" else meaning)
    return Meaning("builtin", "")


def _class_of(meaning: Meaning) -> tuple[str, str] | None:
    owner = meaning.qual.rpartition(".")[0]
    return (meaning.path, owner) if owner else None


def _shown(meaning: Meaning | None) -> tuple[str, bool] | None:
    """The target of an edge, and whether it is exact."""
    if meaning is None:
        return None
    match meaning.kind:
        case "module":
            return ("", True) if meaning.path.endswith("/") else (meaning.path, True)
        case "symbol" | "instance":
            return symbol_id(meaning.path, meaning.qual.split("#")[0]), True
        case "outside":
            return f"ext:{meaning.qual}", True
        case "builtin" | "entered":
            return "", True
    return None
