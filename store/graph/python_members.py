"""What a name is in a Python module: defined there, imported into it (through any number of re-exports), or a submodule.

Which file a module is: `python_modules.py`. What attributes of values and classes are: `python_names.py`, `python_classes.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.graph.python_meaning import Looked, Meaning
from store.graph.python_modules import Modules
from store.source.record import Import

if TYPE_CHECKING:
    from store.graph.index import Index


class _Bound(NamedTuple):
    """What a module binds by import: at its top level by name and by star, and inside functions."""

    imports: dict[str, Import]
    stars: tuple[Import, ...]
    local: dict[str, Import]


class Members:
    """Looks names up in modules. A lookup is a search through the graph of imports, so cycles end it, never mislead it."""

    def __init__(self, index: Index, looked: Looked) -> None:
        self.modules = Modules(index)
        self._index = index
        self._looked = looked
        self._bound: dict[str, _Bound] = {}
        self._members: dict[tuple[str, str], tuple[Meaning | None, frozenset[str]]] = {}

    def forget(self) -> None:
        """Drop what was remembered about the tree."""
        self.modules.forget()
        self._bound.clear()
        self._members.clear()

    def member(self, module: str, name: str) -> Meaning | None:
        """What `name` is in a module."""
        return self._looked.remember(self._members, (module, name), lambda: self._member(module, name, set()))

    def module(self, imported: Import, origin: str) -> str | None:
        """The module that an import statement names."""
        parts = imported.module.split(".") if imported.module else []
        if imported.level:
            return self.modules.relative(imported.level, parts, origin, self._looked.paths)
        return self.modules.absolute(parts, origin, self._looked.paths)

    def top(self, name: str, origin: str) -> str | None:
        """The module of `import name`."""
        return self.modules.absolute([name], origin, self._looked.paths)

    def _member(self, module: str, name: str, seen: set[tuple[str, str]]) -> Meaning | None:
        if (module, name) in seen:
            return None
        seen.add((module, name))
        if module.endswith("/"):
            below = self.modules.child(module, name)
            return Meaning("module", below) if below else None
        self._looked.paths.add(module)
        if name in self._index.symbols(module):
            return Meaning("symbol", module, name)
        bound = self._bound_in(module)
        if name in bound.imports:
            return self._imported(bound.imports[name], module, seen)
        for star in bound.stars:
            meaning = self._starred(star, module, name, seen)
            if meaning is not None:
                return meaning
        below = self.modules.child(module, name)
        if below is not None:
            return Meaning("module", below)
        return self._imported(bound.local[name], module, seen) if name in bound.local else None

    def _bound_in(self, path: str) -> _Bound:
        found = self._bound.get(path)
        if found is None:
            record = self._index.record(path)
            imports: dict[str, Import] = {}
            local: dict[str, Import] = {}
            stars: list[Import] = []
            for imported in record.imports if record else ():
                name = imported.alias or imported.name or imported.module.split(".")[0]
                if imported.name == "*":
                    stars.append(imported)
                elif imported.scope:
                    local.setdefault(name, imported)
                else:
                    imports[name] = imported
            found = self._bound[path] = _Bound(imports, tuple(stars), local)
        return found

    def _imported(self, imported: Import, origin: str, seen: set[tuple[str, str]]) -> Meaning | None:
        """What one import statement binds."""
        if not imported.name and not imported.alias:
            # `import a.b` binds a.
            name = imported.module.split(".")[0]
            top = self.top(name, origin)
            if top is None and (whole := self.module(imported, origin)) is not None:
                top = self.top(name, whole)
            return Meaning("module", top) if top else Meaning("outside", "", name)
        module = self.module(imported, origin)
        if module is None:
            outside = ".".join(p for p in (imported.module, imported.name) if p)
            return None if imported.level else Meaning("outside", "", outside)
        if not imported.name:
            return Meaning("module", module)
        meaning = self._member(module, imported.name, seen)
        if meaning is None:
            below = self.modules.child(module, imported.name)
            meaning = Meaning("module", below) if below else None
        return meaning

    def _starred(self, star: Import, origin: str, name: str, seen: set[tuple[str, str]]) -> Meaning | None:
        module = self.module(star, origin)
        record = self._index.record(module) if module else None
        if module is None or record is None:
            return None
        self._looked.paths.add(module)
        public = name in record.exports if record.exports is not None else not name.startswith("_")
        return self._member(module, name, seen) if public else None
