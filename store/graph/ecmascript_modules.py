"""How JavaScript and TypeScript find things: relative specifiers, `paths` of a tsconfig, packages of the workspace; exports.

Followed from there: `path_names.py`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from store.graph.languages import Meaning, files_above, joined, project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.graph.path_names import PathNames
    from store.source.record import FileRecord

_ENDINGS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".json", ".vue", ".svelte")
_COMPILED = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}


class EcmascriptModules:
    """The language of .js, .jsx, .ts and .tsx files."""

    def __init__(self, names: PathNames) -> None:
        self._names = names
        self._packages: dict[str, str] | None = None

    def scope(self, path: str, name: str, scope: str) -> Meaning | None:
        """A name of the file's top level: defined there, or imported."""
        return self._local(path, name, set())

    def attribute(self, of: Meaning, name: str) -> Meaning | None:
        return None

    def shown(self, meaning: Meaning) -> str:
        return meaning.path

    def settled(self, meaning: Meaning) -> Meaning:
        return meaning

    def member(self, of: Meaning, name: str) -> Meaning | None:
        """What a module exports under a name."""
        if of.kind == "module":
            return None
        return self._export(of.path, name, set())

    # -- exports -----------------------------------------------------------------------------------------------------------

    def _export(self, path: str, name: str, passed: set[tuple[str, str]]) -> Meaning | None:
        if (path, name) in passed:
            return None
        passed.add((path, name))
        record = self._names.record(path)
        if record is None:
            return None
        if record.exports is None:
            return self._local(path, name, passed) or (Meaning("file", path) if name == "default" else None)
        for export in record.exports:
            given, _, local = export.partition("=")
            if given == name:
                return self._local(path, local or name, passed)
        for i in record.imports:
            if i.name != "*" or (name == "default" and i.alias != "default"):
                continue
            if (module := self.module(path, i.module)) and module.kind == "file":
                found = self._export(module.path, name, passed)
                if found is not None:
                    return found
        for export in record.exports:
            # `module.exports = app`, and somewhere `app.use = ...`.
            given, _, local = export.partition("=")
            if given == "default" and local and self._names.symbol(path, f"{local}.{name}") is not None:
                return Meaning("symbol", path, f"{local}.{name}")
        # `import x from "./common.js"`, `require("./x").default`: the module itself.
        whole = name == "default" and not any(e.partition("=")[0] == "default" for e in record.exports)
        return Meaning("file", path) if whole and record.language == "javascript" else None

    def _local(self, path: str, name: str, passed: set[tuple[str, str]]) -> Meaning | None:
        symbol = self._names.symbol(path, name)
        if symbol is not None:
            return Meaning("symbol", path, name)
        record = self._names.record(path)
        for i in record.imports if record else ():
            if (i.alias or i.name) == name and name != "*" and not i.scope:
                module = self.module(path, i.module)
                if module is None or module.kind == "outside":
                    return module and module._replace(qual=f"{module.qual}.{i.name}" if i.name else module.qual)
                return self._export(module.path, i.name, passed) if i.name else module
        return None

    # -- specifiers --------------------------------------------------------------------------------------------------------

    def module(self, path: str, specifier: str, scope: str = "") -> Meaning | None:
        """The file that a specifier means; something outside where it is bare and no package of this repo."""
        specifier = re.sub(r"[?#].*$", "", specifier) if not specifier.startswith("#") else specifier
        if specifier.startswith("."):
            base = joined(path.rpartition("/")[0], specifier)
            found = self._file(base, path) if base is not None else None
            return Meaning("file", found) if found else None
        if not specifier or specifier.startswith("/") or re.match(r"[a-z]+:", specifier):
            return Meaning("outside", "", specifier)
        found = self._mapped(path, specifier)
        return Meaning("file", found) if found else self._package(path, specifier)

    def _file(self, base: str, origin: str) -> str | None:
        for candidate in _candidates(base, origin):
            self._names.see(candidate)
            if candidate in self._names.index:
                return candidate
        return None

    def _mapped(self, path: str, specifier: str) -> str | None:
        """By the `paths` and `baseUrl` of the nearest tsconfig.json or jsconfig.json, or of what it extends."""
        for config in ("tsconfig.json", "jsconfig.json"):
            for candidate in files_above(path, config):
                record = self._names.record(candidate)
                if record is not None:
                    return self._by_config(record, specifier, path, 0)
        return None

    def _by_config(self, record: FileRecord, specifier: str, origin: str, depth: int) -> str | None:
        folder = record.path.rpartition("/")[0]
        url = project(record, "compilerOptions.baseUrl")
        base = joined(folder, url) if url else folder
        prefix = "compilerOptions.paths."
        patterns = [k.removesuffix(".(project)")[len(prefix) :] for k in record.types if k.startswith(prefix)]
        for pattern in sorted(patterns, key=lambda p: (-len(p.partition("*")[0]), p)):
            matched = _matched(pattern, specifier)
            if matched is None or base is None:
                continue
            for target in _listed(record.types[f"{prefix}{pattern}.(project)"]):
                place = joined(base, target.replace("*", matched))
                found = self._file(place, origin) if place is not None else None
                if found:
                    return found
        if url and base is not None and (found := self._file(f"{base}/{specifier}".lstrip("/"), origin)):
            return found
        above = project(record, "extends")
        if depth < 3 and above.startswith("."):
            place = joined(folder, above)
            for candidate in (place, f"{place}.json") if place else ():
                inherited = self._names.record(candidate)
                if inherited is not None:
                    return self._by_config(inherited, specifier, origin, depth + 1)
        return None

    def _package(self, path: str, specifier: str) -> Meaning | None:
        parts = specifier.split("/")
        size = 2 if specifier.startswith("@") else 1
        name, rest = "/".join(parts[:size]), "/".join(parts[size:])
        folder = self._workspace().get(name)
        if folder is None:
            return Meaning("outside", "", specifier)
        record = self._names.record(f"{folder}/package.json".lstrip("/"))
        for candidate, guess in _entries(record, rest):
            place = joined(folder, candidate)
            found = self._file(place, path) if place is not None else None
            if found:
                return Meaning("file", found, guess=guess)
        return None

    def _workspace(self) -> dict[str, str]:
        """The folders of the repo's own packages, by name. Of two of one name neither is certain: none is taken."""
        if self._packages is None:
            found: dict[str, list[str]] = {}
            for path in self._names.index.with_stem("package"):
                if path.rpartition("/")[2] == "package.json" and (record := self._names.index.record(path)):
                    found.setdefault(project(record, "name"), []).append(path.rpartition("/")[0])
            self._packages = {name: folders[0] for name, folders in found.items() if name and len(folders) == 1}
        return self._packages


def _candidates(base: str, origin: str) -> Iterator[str]:
    """The files that a path without its ending may mean, in the order in which they are tried."""
    stem, dot, ending = base.rpartition(".")
    compiled = _COMPILED.get(f".{ending}", ()) if dot else ()
    written_in_js = origin.endswith((".js", ".jsx", ".mjs", ".cjs"))
    if dot and (written_in_js or not compiled):
        yield base
    yield from (stem + e for e in compiled)
    if dot and compiled and not written_in_js:
        yield base
    yield from (base + e for e in _ENDINGS if base)
    yield from (f"{base}/index{e}".lstrip("/") for e in _ENDINGS)


def _matched(pattern: str, specifier: str) -> str | None:
    before, star, after = pattern.partition("*")
    if not star:
        return "" if pattern == specifier else None
    if specifier.startswith(before) and specifier.endswith(after) and len(specifier) >= len(before) + len(after):
        return specifier[len(before) : len(specifier) - len(after)]
    return None


def _listed(value: str) -> list[str]:
    try:
        found = json.loads(value)
    except ValueError:
        return []
    return [v for v in found if isinstance(v, str)] if isinstance(found, list) else []


def _entries(record: FileRecord | None, rest: str) -> Iterator[tuple[str, bool]]:
    """Where the source of a package may be, and whether that is a guess: what is published is often built from it."""
    if rest:
        yield from ((rest, False), (f"src/{rest}", True))
        return
    for key in ("source", "types", "module", "main"):
        entry = project(record, key)
        if entry:
            yield entry, False
            built = re.sub(r"^(?:\./)?(?:dist|lib|build|out|es|esm|cjs)/(?:cjs/|esm/|es/|types/)?", "src/", entry)
            yield re.sub(r"(?:\.d)?\.[cm]?[jt]sx?$", "", built), True
    yield from (("index", False), ("src/index", True))
