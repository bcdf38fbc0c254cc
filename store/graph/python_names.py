"""What the references of a Python file mean: chains of names through modules, classes, types of attributes and results.

Every answer is a pure function of the records and the set of paths, whatever was asked before: that is what lets the index
re-resolve a few files and still equal one built from scratch. Names in modules: `python_members.py`; in classes:
`python_classes.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.graph.python_classes import Classes
from store.graph.python_meaning import Looked, Meaning, is_item, of_several, split_suffixes
from store.graph.python_members import Members
from store.graph.python_modules import folder_of, inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.graph.index import Index
    from store.source.record import FileRecord, Import, Ref, RefKind, Symbol

    Found = tuple[str, RefKind, str, tuple[int, ...], bool]
    Chains = dict[tuple[str, str, tuple[str, str] | None, int], tuple[Meaning | None, frozenset[str]]]

DEPTH = 6
"""How many types are followed, one through the other."""


class PythonNames:
    """Resolves the references of Python files."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._looked = Looked()
        self._members = Members(index, self._looked)
        self._classes = Classes(index, self._members, self._looked)
        self._chains: Chains = {}

    def forget(self) -> None:
        """Drop what was remembered about the tree."""
        self._members.forget()
        self._classes.forget()
        self._chains.clear()

    def resolve(self, record: FileRecord) -> tuple[list[Found], tuple[str, ...]]:
        """(target, kind, scope, lines, exact) of every import and reference, and the paths that were looked at."""
        self._looked.paths = set()
        found: list[Found] = [
            (target, "import", imported.scope, (imported.line,), target[:1] != "?")
            for imported in record.imports
            for target in self._import_targets(imported, record.path)
        ]
        for ref in record.refs:
            target = self._target(ref, record)
            if target:
                found.append((target, ref.kind, ref.scope, ref.lines, target[0] != "?"))
        return found, tuple(sorted(self._looked.paths - {record.path}))

    # -- targets ---------------------------------------------------------------------------------------------------

    def _target(self, ref: Ref, record: FileRecord) -> str:
        """The target of a reference, "" for one that deserves no edge."""
        last = split_suffixes(ref.name.rsplit(".", 1)[-1])[0]
        if ref.via == "unknown":
            return f"?{last}"
        root = ref.base_via if ref.via == "type" else ref.via
        meaning: Meaning | None
        if root == "unknown":
            meaning = self._from_fixture(ref.name, record.path, ref.scope, 0)
            if meaning is None and "." not in ref.name:
                return ""
        elif root == "import":
            if "." not in ref.name and ref.kind == "use" and self._members.top(ref.name, record.path) is None:
                # The `os` of `os.path`: the import statement says as much.
                return ""
            meaning = self._absolute(ref.name, record.path, 0)
        else:
            meaning = self._chain(record.path, ref.name, None, 0)
        target = meaning.target if meaning is not None else None
        return f"?{last}" if target is None else target

    def _import_targets(self, imported: Import, origin: str) -> Iterator[str]:
        module = self._members.module(imported, origin)
        if module is None:
            dotted = ".".join(p for p in (imported.module, imported.name.removesuffix("*")) if p)
            yield f"?{dotted.rsplit('.', 1)[-1]}" if imported.level else f"ext:{dotted}"
            return
        if not module.endswith("/"):
            yield module
        if imported.name not in ("", "*"):
            meaning = self._members.member(module, imported.name)
            target = meaning.target if meaning is not None else None
            if target != "":
                yield target or f"?{imported.name}"

    # -- chains ----------------------------------------------------------------------------------------------------

    def _absolute(self, dotted: str, origin: str, depth: int) -> Meaning | None:
        """What an absolute or relative dotted chain means, of which the first parts are modules."""
        parts = dotted.lstrip(".").split(".")
        level = len(dotted) - len(dotted.lstrip("."))
        modules = self._members.modules
        if level:
            module = modules.relative(level, [], origin, self._looked.paths)
            return self._walk(Meaning("module", module), parts, depth) if module else None
        for top in modules.tops(parts[0], origin, len(parts)):
            meaning = self._walk(Meaning("module", top), parts[1:], depth)
            if meaning is not None or not top.endswith("/"):
                return meaning
        return Meaning("outside", "", ".".join(split_suffixes(p)[0] for p in parts))

    def _chain(self, path: str, chain: str, bound: tuple[str, str] | None, depth: int) -> Meaning | None:
        """What a chain means, as the file `path` writes it; `bound` is the class that `Self` stands for."""
        # The depth is part of the key: what is remembered must not depend on what was asked first.
        key = (path, chain, bound, depth)
        return self._looked.remember(self._chains, key, lambda: self._follow(path, chain, bound, depth))

    def _follow(self, path: str, chain: str, bound: tuple[str, str] | None, depth: int) -> Meaning | None:
        if depth > DEPTH:
            return None
        first, *rest = chain.split(".")
        name, suffixes = split_suffixes(first)
        meaning: Meaning | None
        if name == "Self":
            meaning = Meaning("instance", *bound) if bound else None
        elif name.startswith("@"):
            meaning = self._given(self._fixture(name[1:], path, ""), depth)
        else:
            meaning = self._members.member(path, name)
            if meaning is None and rest:
                # A docstring names types from the top.
                return self._absolute(chain, path, depth)
        return self._walk(self._suffixed(meaning, suffixes, depth), rest, depth)

    def _walk(self, meaning: Meaning | None, parts: Sequence[str], depth: int) -> Meaning | None:
        """Follow the parts of a chain, from what comes before them."""
        for number, part in enumerate(parts):
            if meaning is None:
                return None
            if part == "super()":
                meaning = Meaning("super", meaning.path, meaning.qual, (meaning.path, meaning.qual))
                continue
            name, suffixes = split_suffixes(part)
            before = meaning
            meaning = self._suffixed(self._attribute(before, name, depth), suffixes, depth)
            if before.kind == "module" and number + 1 < len(parts):
                # A package may bind the name of one of its own modules to something else.
                below = self._members.modules.child(before.path, name)
                if below is not None and meaning != Meaning("module", below):
                    further = self._walk(meaning, parts[number + 1 :], depth)
                    return further or self._walk(Meaning("module", below), parts[number + 1 :], depth)
        return meaning

    def _suffixed(self, meaning: Meaning | None, suffixes: list[str], depth: int) -> Meaning | None:
        """What the "()", "[]" and "{}" behind a name make of it."""
        for suffix in suffixes:
            if meaning is None:
                return None
            if suffix == "()":
                meaning = self._call(meaning, depth)
            else:
                meaning = Meaning("several", "", suffix, inner=self._settled(meaning, depth))
        return meaning

    # -- attributes ------------------------------------------------------------------------------------------------

    def _attribute(self, meaning: Meaning, name: str, depth: int) -> Meaning | None:
        match meaning.kind:
            case "module":
                return self._members.member(meaning.path, name)
            case "outside":
                if is_item(name):
                    return None
                entered = name == "__enter__"
                return Meaning("entered", inner=meaning) if entered else meaning._replace(qual=f"{meaning.qual}.{name}")
            case "several":
                return of_several(meaning, name)
            case "tuple":
                return self._of_tuple(meaning, name, depth)
            case "instance" | "super":
                return self._of_instance(meaning, name, depth)
            case "manager":
                return Meaning("entered", inner=meaning.inner)
            case "symbol":
                return self._of_symbol(meaning, name, depth)
        return None

    def _of_tuple(self, meaning: Meaning, name: str, depth: int) -> Meaning:
        """What unpacking a tuple gives: `__item0__` is the first."""
        parts = meaning.qual.split(", ")
        index = int(name[6:-2]) if is_item(name) and name[6:-2].isdigit() else len(parts)
        if index >= len(parts):
            return Meaning("builtin")
        return Meaning("entered", inner=self._written(meaning, parts[index], meaning.bound, depth))

    def _of_symbol(self, meaning: Meaning, name: str, depth: int) -> Meaning | None:
        symbol = self._symbol(meaning)
        if symbol is None:
            return None
        if symbol.kind == "class":
            return self._classes.attribute(meaning, name)
        nested = f"{meaning.qual}.{name}"
        if nested in self._index.symbols(meaning.path):
            return Meaning("symbol", meaning.path, nested)
        value = self._value(meaning, symbol, depth)
        return self._attribute(value, name, depth) if value is not None else None

    def _of_instance(self, meaning: Meaning, name: str, depth: int) -> Meaning | None:
        found = self._classes.attribute(meaning, name)
        if found is not None and found.kind == "symbol":
            return found
        if name.startswith("__item"):
            method = self._classes.attribute(meaning, "__getitem__")
            return method if method is not None and method.kind == "symbol" else None
        if name == "__next__":
            # What iterating gives, by way of `__iter__`.
            method = self._classes.attribute(meaning, "__iter__")
            several = self._call(method, depth) if method is not None else None
            return of_several(several, name) if several is not None and several.kind == "several" else None
        if name in ("__enter__", "_get_current_object"):
            # A context manager from outside mostly gives itself; a LocalProxy is annotated as what it stands for.
            return Meaning("entered", inner=meaning)
        return None if is_item(name) else found

    def _symbol(self, meaning: Meaning) -> Symbol | None:
        self._looked.paths.add(meaning.path)
        return self._index.symbols(meaning.path).get(meaning.qual)

    # -- values ----------------------------------------------------------------------------------------------------

    def _value(self, meaning: Meaning, symbol: Symbol, depth: int) -> Meaning | None:
        """What a variable, an attribute or a property holds."""
        if symbol.kind in ("function", "method"):
            written = symbol.returns if _is_property(symbol) else ""
        else:
            record = self._index.record(meaning.path)
            written = record.types.get(symbol.qual, "") if record else ""
        return self._written(meaning, written, meaning.bound, depth)

    def _written(self, meaning: Meaning, written: str, bound: tuple[str, str] | None, depth: int) -> Meaning | None:
        """The value of a type as it is written in the file of `meaning`."""
        if not written:
            return None
        if ", " in written:
            return Meaning("tuple", meaning.path, written, bound)
        return self._settled(self._chain(meaning.path, written, bound, depth + 1), depth + 1)

    def _settled(self, meaning: Meaning | None, depth: int) -> Meaning | None:
        """The value behind a type's name: a class means one of its instances, a variable means what it holds."""
        if meaning is None or meaning.kind != "symbol":
            return meaning
        symbol = self._symbol(meaning)
        if symbol is None or depth > DEPTH:
            return None
        if symbol.kind == "class":
            return Meaning("instance", meaning.path, meaning.qual)
        return self._value(meaning, symbol, depth)

    def _call(self, meaning: Meaning, depth: int) -> Meaning | None:
        """What calling something gives."""
        if depth > DEPTH:
            return None
        match meaning.kind:
            case "outside":
                return meaning
            case "entered":
                return meaning.inner
            case "instance":
                called = self._classes.attribute(meaning, "__call__")
                # What is written `type[Cls]` is kept as `Cls`: calling it makes one.
                return self._call(called, depth) if called is not None and called.kind == "symbol" else meaning
            case "symbol":
                return self._call_symbol(meaning, depth)
        return None

    def _call_symbol(self, meaning: Meaning, depth: int) -> Meaning | None:
        symbol = self._symbol(meaning)
        if symbol is None:
            return None
        if symbol.kind == "class":
            return Meaning("instance", meaning.path, meaning.qual)
        if symbol.kind not in ("function", "method") or _is_property(symbol):
            value = self._value(meaning, symbol, depth)
            return self._call(value, depth + 1) if value is not None else None
        owner = meaning.qual.rpartition(".")[0]
        bound = meaning.bound or ((meaning.path, owner) if owner else None)
        result = self._written(meaning, symbol.returns, bound, depth)
        if any(d.endswith("contextmanager") for d in symbol.decorators):
            return Meaning("manager", inner=result)
        if result is None and symbol.name in ("__enter__", "__aenter__") and bound:
            return Meaning("instance", *bound)
        return result

    # -- pytest ----------------------------------------------------------------------------------------------------

    def _from_fixture(self, chain: str, path: str, scope: str, depth: int) -> Meaning | None:
        """What a chain means whose first part is a parameter that pytest fills in."""
        first, *rest = chain.split(".")
        name, suffixes = split_suffixes(first)
        fixture = self._fixture(name, path, scope)
        if fixture is None or not (rest or suffixes):
            return fixture
        return self._walk(self._suffixed(self._given(fixture, depth), suffixes, depth), rest, depth)

    def _given(self, fixture: Meaning | None, depth: int) -> Meaning | None:
        """The value of a fixture."""
        symbol = self._symbol(fixture) if fixture is not None else None
        return (
            self._written(fixture, symbol.returns, None, depth) if fixture is not None and symbol is not None else None
        )

    def _fixture(self, name: str, path: str, scope: str) -> Meaning | None:
        """The fixture of that name that is nearest: the class's, the file's, or a conftest.py's above."""
        owner = scope.rpartition(".")[0]
        for qual in (f"{owner}.{name}", name) if owner else (name,):
            own = qual in self._index.symbols(path)
            meaning = Meaning("symbol", path, qual) if own else self._fixture_in(path, qual)
            if qual != scope and meaning is not None and self._is_fixture(meaning):
                return meaning
        folder = folder_of(path)
        while True:
            conftest = inside(folder, "conftest.py")
            if conftest in self._index and conftest != path:
                meaning = self._fixture_in(conftest, name)
                if meaning is not None and self._is_fixture(meaning):
                    return meaning
            if not folder:
                return None
            folder = folder_of(folder)

    def _fixture_in(self, path: str, name: str) -> Meaning | None:
        """What a file binds to a name; or the function that is a fixture of that name by `fixture(name=...)`."""
        record = self._index.record(path)
        renamed = record.types.get(name, "") if record and name not in self._index.symbols(path) else ""
        return self._members.member(path, renamed or name)

    def _is_fixture(self, meaning: Meaning) -> bool:
        symbol = self._symbol(meaning) if meaning.kind == "symbol" else None
        return symbol is not None and any(d.rsplit(".", 1)[-1] == "fixture" for d in symbol.decorators)


def _is_property(symbol: Symbol) -> bool:
    return any(d.rsplit(".", 1)[-1].endswith("property") for d in symbol.decorators)
