"""How Rust finds things: crates by their Cargo.toml, modules by the files they lie in, names through `use`.

A module is a file, or a `mod` within one. Followed from there: `path_names.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.graph.languages import Meaning, files_above, joined, project
from store.source.languages.imports import bound_name
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.graph.path_names import PathNames

_STANDARD = frozenset({"std", "core", "alloc", "proc_macro", "test"})
_ROOTS = ("lib.rs", "main.rs")
_TARGETS = ("tests", "examples", "benches", "bin")


class RustCrates:
    """The language of .rs files."""

    def __init__(self, names: PathNames) -> None:
        self._names = names
        self._crates: dict[str, str] | None = None
        self._busy: set[tuple[str, str, str, bool]] = set()

    # -- names -------------------------------------------------------------------------------------------------------------

    def scope(self, path: str, name: str, scope: str) -> Meaning | None:
        """A name in a module: its own, imported, or a crate."""
        inside = self._module_around(path, scope)
        if name in ("crate", "self", "super"):
            return self._from_root(path, inside, name)
        found = self.member(Meaning("module", path, inside), name)
        if found is not None:
            return found
        return self._crate(path, name) or self._macro(path, name)

    def _macro(self, path: str, name: str) -> Meaning | None:
        """The crate's only macro of that name: macros are in scope from where they are written on, not by module."""
        root = self._crate_folder(path)
        places = [split_id(e) for e in self._names.index.named(name)]
        found = [
            (p, q) for p, q in places
            if q == name and self._names.index.symbols(p)[q].kind == "macro" and p.startswith(f"{root}/" if root else "")
        ]  # fmt: skip
        self._names.see(*(p for p, _ in found))
        return Meaning("symbol", *found[0], guess=True) if len(found) == 1 else None

    def module(self, path: str, specifier: str, scope: str = "") -> Meaning | None:
        """A path such as `crate::a::b`, from a file: a module, or a type that has what comes after."""
        parts = [p for p in specifier.split("::") if p]
        if not parts or specifier == ".":
            return None
        inside = self._module_around(path, scope)
        if parts[0] in ("crate", "self", "super"):
            meaning = self._from_root(path, inside, parts[0])
        else:
            found = self.member(Meaning("module", path, inside), parts[0], as_module=True)
            meaning = found or self._crate(path, parts[0])
        for name in parts[1:]:
            if meaning is None:
                return None
            meaning = self._next(meaning, name, as_module=True)
        return meaning

    def _next(self, meaning: Meaning, name: str, *, as_module: bool) -> Meaning | None:
        """What comes after `meaning::`."""
        if meaning.kind == "outside":
            return meaning._replace(qual=f"{meaning.qual}.{name}")
        if meaning.kind == "module":
            if name == "super":
                return self._above(meaning.path)
            return self.member(meaning, name, as_module=as_module)
        nested = f"{meaning.qual}.{name}"
        return Meaning("symbol", meaning.path, nested) if self._names.symbol(meaning.path, nested) else None

    def member(self, of: Meaning, name: str, *, as_module: bool = False) -> Meaning | None:
        """What a module defines, declares or uses under a name; a module and a function may share one."""
        key = (of.path, of.qual, name, as_module)
        if key in self._busy or len(self._busy) > 60:
            return None
        self._busy.add(key)
        try:
            found = self._members(of.path, of.qual, name, as_module=as_module)
            first = None
            for meaning in found:
                if (meaning.kind == "module") == as_module:
                    return meaning
                first = first or meaning
            return first
        finally:
            self._busy.discard(key)

    def _members(self, path: str, inside: str, name: str, *, as_module: bool) -> Iterator[Meaning]:
        qual = f"{inside}.{name}" if inside else name
        symbol = self._names.symbol(path, qual)
        if symbol is not None:
            yield Meaning("module" if symbol.kind == "module" else "symbol", path, qual)
        record = self._names.record(path)
        if record is None:
            return
        imports = [i for i in record.imports if self._module_around(path, i.scope) == inside]
        for i in imports:
            if i.name != "*" and bound_name(i) == name:
                if i.module == "self" and not i.alias:
                    below = self._below(path, name)
                    if below is not None:
                        yield below
                module = self.module(path, i.module, inside) if i.module != name or i.name else self._crate(path, name)
                found = self._next(module, i.name, as_module=as_module) if module and i.name else module
                if found is not None:
                    yield found
        for i in imports:
            if i.name == "*" and (module := self.module(path, i.module, inside)) is not None:
                found = self.member(module, name, as_module=as_module) if module.kind == "module" else None
                if module.kind == "symbol" and self._names.symbol(module.path, f"{module.qual}.{name}") is not None:
                    found = Meaning("symbol", module.path, f"{module.qual}.{name}")
                if found is not None:
                    yield found

    def attribute(self, of: Meaning, name: str) -> Meaning | None:
        """A method from an `impl` in another file of the crate: two types may have one name, so that is a guess."""
        wanted = f"{of.qual.rpartition('.')[2]}.{name}"
        root = self._crate_folder(of.path)
        found = []
        for entity in self._names.index.named(name):
            path, qual = split_id(entity)
            own = qual == wanted or qual.endswith(f".{wanted}")
            if own and path.endswith(".rs") and (not root or path.startswith(f"{root}/")) and path != of.path:
                found.append((path, qual))
        self._names.see(*(p for p, _ in found))
        return Meaning("symbol", *found[0], guess=True) if len(found) == 1 else None

    def shown(self, meaning: Meaning) -> str:
        return f"{meaning.path}::{meaning.qual}" if meaning.qual else meaning.path

    def settled(self, meaning: Meaning) -> Meaning:
        return meaning

    def _module_around(self, path: str, scope: str) -> str:
        while scope:
            symbol = self._names.symbol(path, scope)
            if symbol is not None and symbol.kind == "module":
                return scope
            scope = scope.rpartition(".")[0]
        return ""

    # -- modules and files -------------------------------------------------------------------------------------------------

    def _from_root(self, path: str, inside: str, name: str) -> Meaning | None:
        if name == "self":
            return Meaning("module", path, inside)
        if name == "super":
            return Meaning("module", path, inside.rpartition(".")[0]) if inside else self._above(path)
        root = self._root_of(path)
        return Meaning("module", root) if root else None

    def _below(self, path: str, name: str) -> Meaning | None:
        """The file of `mod name;` in a file."""
        folder, _, file = path.rpartition("/")
        is_root = file in ("mod.rs", "build.rs", *_ROOTS) or self._is_target(path)
        base = folder if is_root else path.removesuffix(".rs")
        for candidate in (f"{base}/{name}.rs".lstrip("/"), f"{base}/{name}/mod.rs".lstrip("/")):
            self._names.see(candidate)
            if candidate in self._names.index:
                return Meaning("module", candidate)
        return None

    def _above(self, path: str) -> Meaning | None:
        folder, _, file = path.rpartition("/")
        if file == "mod.rs":
            folder = folder.rpartition("/")[0]
        above, _, last = folder.rpartition("/")
        candidates = [f"{folder}/{n}" for n in ("mod.rs", *_ROOTS)]
        candidates.append(f"{above}/{last}.rs" if above else f"{last}.rs")
        for candidate in candidates:
            self._names.see(candidate)
            if candidate in self._names.index and candidate != path:
                return Meaning("module", candidate)
        return None

    def _is_target(self, path: str) -> bool:
        """Whether a file is the root of a crate: the library, a binary, a test, an example."""
        return self._root_of(path) == path

    def _root_of(self, path: str) -> str | None:
        """The root of the crate that a file is part of: of the manifest's targets, that in the nearest folder above."""
        folder = self._crate_folder(path)
        if folder is None:
            return None
        manifest = self._names.record(f"{folder}/Cargo.toml".lstrip("/"))
        written = [joined(folder, t) for t in project(manifest, "targets").splitlines()]
        targets = [t for t in written if t is not None]
        beside, _, file = path.rpartition("/")
        if path in targets:
            return path
        if beside.rpartition("/")[2] in _TARGETS and not any(t.rpartition("/")[0] == beside for t in targets):
            return path
        order = ("main.rs", "lib.rs") if file == "main.rs" else _ROOTS
        usual = [f"{folder}/src/{name}".lstrip("/") for name in order]
        self._names.see(*targets, *usual)
        above = [
            t for t in (*targets, *usual) if t in self._names.index and path.startswith(t.rpartition("/")[0] + "/")
        ]
        return max(above, key=lambda t: t.count("/"), default=None)

    # -- crates ------------------------------------------------------------------------------------------------------------

    def _crate_folder(self, path: str) -> str | None:
        for candidate in files_above(path, "Cargo.toml"):
            record = self._names.record(candidate)
            if record is not None and project(record, "package.name"):
                return candidate.rpartition("/")[0]
        return None

    def _crate(self, path: str, name: str) -> Meaning | None:
        if name in _STANDARD:
            return Meaning("outside", "", name)
        if self._crates is None:
            self._crates = self._all_crates()
        folder = self._crates.get(name)
        if folder is not None:
            root = self._root_of(f"{folder}/src/lib.rs".lstrip("/"))
            return Meaning("module", root) if root else None
        return Meaning("outside", "", name) if name in self._dependencies(path) else None

    def _all_crates(self) -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for path in self._names.index.with_stem("Cargo"):
            record = self._names.index.record(path)
            name = project(record, "lib.name") or project(record, "package.name")
            if name and path.endswith("Cargo.toml"):
                found.setdefault(name.replace("-", "_"), []).append(path.rpartition("/")[0])
        return {name: folders[0] for name, folders in found.items() if len(folders) == 1}

    def _dependencies(self, path: str) -> set[str]:
        for candidate in files_above(path, "Cargo.toml"):
            record = self._names.record(candidate)
            if record is not None and project(record, "package.name"):
                return set(project(record, "dependencies").split())
        return set()
