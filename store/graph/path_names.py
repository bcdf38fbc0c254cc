"""What the names in files of the other languages mean: JavaScript, TypeScript, Go, Rust, Java, C, C++ and shell.

Here is what they have in common: a reference is a chain, its first part is looked up as the language does it (the
neighbours `ecmascript_modules.py`, `go_packages.py`, `rust_crates.py`, `java_packages.py`, `c_includes.py`), and the others
are followed through members, types and results. What is not certain is left to its name ("?name") or marked as a guess.
Python: `python_names.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.graph.languages import Meaning
from store.source.record import FileRecord, Import, Symbol, symbol_id

if TYPE_CHECKING:
    from store.graph.index import Index
    from store.graph.languages import Language
    from store.source.record import Ref, RefKind

    Found = tuple[str, RefKind, str, tuple[int, ...], bool]

DEPTH = 8
"""How many types, results and bases are followed, one through the other."""

_TYPES = frozenset({"class", "interface", "struct", "enum", "trait", "type"})
_FUNCTIONS = frozenset({"function", "method", "macro"})
_NO_TYPES = frozenset({"function", "method", "constant", "variable"})
_UNWRAPS = frozenset({"unwrap", "expect", "unwrap_or_default", "unwrap_or_else", "unwrap_or"})


class PathNames:
    """Resolves the references of one file after the other; caches between them until `forget`."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._languages: dict[str, Language] = {}
        self._seen: set[str] = set()
        self._depth = 0

    def forget(self) -> None:
        """Drop what was remembered about the tree: it has changed."""
        self._languages.clear()

    def resolve(self, record: FileRecord) -> tuple[list[Found], tuple[str, ...]]:
        """(target, kind, scope, lines, exact) of every import and reference, and the paths that were looked at."""
        self._seen = set()
        language = self._language(record.language)
        found: list[Found] = []
        if language is not None:
            for imported in record.imports:
                target, exact = self._imported(imported, record.path, language)
                if target:
                    found.append((target, "import", imported.scope, (imported.line,), exact))
        for ref in record.refs:
            target, exact = self._target(ref, record, language)
            if target:
                found.append((target, ref.kind, ref.scope, ref.lines, exact))
        return found, tuple(sorted(self._seen - {record.path}))

    def _language(self, name: str) -> Language | None:
        if name not in self._languages:
            made = _made(name, self)
            if made is None:
                return None
            self._languages[name] = made
        return self._languages[name]

    # -- reading the index, and remembering what was read ------------------------------------------------------------------

    def see(self, *paths: str) -> None:
        """These paths, or that they are absent, matter to the file that is being resolved."""
        self._seen.update(paths)

    def record(self, path: str) -> FileRecord | None:
        """The record of a file, seen."""
        self._seen.add(path)
        return self.index.record(path)

    def symbol(self, path: str, qual: str) -> Symbol | None:
        """A symbol of a file, seen."""
        self._seen.add(path)
        return self.index.symbols(path).get(qual)

    # -- targets -------------------------------------------------------------------------------------------------------

    def _imported(self, imported: Import, path: str, language: Language) -> tuple[str, bool]:
        module = language.module(path, imported.module, imported.scope)
        last = _last_word(imported.name.strip("*") or imported.module)
        if module is None:
            return f"?{last}", False
        if imported.name in ("", "*"):
            return self._shown(module, language) or ("", True)
        meaning = self.walk(module, [imported.name], language)
        return (self._shown(meaning, language) if meaning else None) or (f"?{last}", False)

    def _target(self, ref: Ref, record: FileRecord, language: Language | None) -> tuple[str, bool]:
        by_name = (f"?{_last_word(ref.name)}", False)
        via = ref.base_via if ref.via == "type" else ref.via
        meaning: Meaning | None = None
        if via == "module":
            meaning = self._own(record.path, ref.name, language)
        elif via == "import" and language is not None:
            meaning = self._from_import(ref, record.path, language)
        if meaning is None or meaning.wrapped or (ref.kind == "annotate" and self._is_value(meaning, record.language)):
            return by_name
        return (
            self._shown(meaning, language) if language else (symbol_id(meaning.path, meaning.qual), True)
        ) or by_name

    def _is_value(self, meaning: Meaning, language: str) -> bool:
        """Whether something cannot be meant by a type's name: in TypeScript, types and values are named apart."""
        symbol = self.index.symbols(meaning.path).get(meaning.qual) if meaning.kind == "symbol" else None
        return language == "typescript" and symbol is not None and symbol.kind in _NO_TYPES

    def _own(self, path: str, chain: str, language: Language | None) -> Meaning | None:
        """A chain that starts with a symbol of the file itself: the longest beginning that is one counts."""
        parts = chain.split(".")
        symbols = self.index.symbols(path)
        for length in range(len(parts), 0, -1):
            last = parts[length - 1]
            qual = ".".join((*parts[: length - 1], last.replace("()", "")))
            if qual in symbols and "()" not in ".".join(parts[: length - 1]):
                meaning: Meaning | None = Meaning("symbol", path, qual)
                if language is None:
                    return meaning if length == len(parts) else None
                for _ in range(last.count("()")):
                    meaning = self._result(meaning, language, 0) if meaning else None
                return self.walk(meaning, parts[length:], language)
        return self._elsewhere(path, parts, language) if language else None

    def _elsewhere(self, path: str, parts: list[str], language: Language) -> Meaning | None:
        """A chain that starts with a type of which only members are defined in this file."""
        for length in range(min(len(parts), 4), 0, -1):
            name = ".".join(parts[:length])
            if "()" not in name and (meaning := language.scope(path, name, "")) is not None:
                return self.walk(meaning, parts[length:], language)
        return None

    def _from_import(self, ref: Ref, path: str, language: Language) -> Meaning | None:
        specifier, _, chain = ref.name.partition("#")
        if chain in ("", "*"):
            whole = language.module(path, specifier, ref.scope)
            called = (
                language.member(whole, "default") if whole and whole.kind == "file" and ref.kind == "call" else None
            )
            return called or whole
        parts = chain.split(".")
        if specifier != ".":
            return self.walk(language.module(path, specifier, ref.scope), parts, language)
        return self.chain(path, parts, ref.scope, language)

    def _shown(self, meaning: Meaning, language: Language) -> tuple[str, bool] | None:
        match meaning.kind:
            case "file":
                return meaning.path, not meaning.guess
            case "symbol":
                meaning = language.settled(meaning)
                return symbol_id(meaning.path, meaning.qual), not meaning.guess
            case "outside":
                return f"ext:{meaning.qual}", True
        target = language.shown(meaning)
        return (target, not meaning.guess) if target else None

    # -- chains --------------------------------------------------------------------------------------------------------

    def chain(self, path: str, parts: list[str], scope: str, language: Language, depth: int = 0) -> Meaning | None:
        """What a chain means whose first part is looked up in a file."""
        first = parts[0]
        meaning = language.scope(path, first.replace("()", ""), scope)
        for _ in range(first.count("()")):
            meaning = self._result(meaning, language, depth) if meaning else None
        return self.walk(meaning, parts[1:], language, depth)

    def walk(self, meaning: Meaning | None, parts: list[str], language: Language, depth: int = 0) -> Meaning | None:
        """Follow the parts of a chain, from what comes before them."""
        for part in parts:
            if meaning is None or depth > DEPTH:
                return None
            name = part.replace("()", "")
            if name in _UNWRAPS and part.endswith("()") and (meaning.wrapped or name == "unwrap"):
                meaning = meaning._replace(wrapped=False)
                continue
            if meaning.wrapped:
                return None
            meaning = self.step(meaning, name, language, depth)
            for _ in range(part.count("()")):
                meaning = self._result(meaning, language, depth) if meaning else None
        return meaning

    def step(self, meaning: Meaning, name: str, language: Language, depth: int) -> Meaning | None:
        """What `name` is on something."""
        if meaning.kind == "outside":
            return meaning._replace(qual=f"{meaning.qual}.{name}")
        if meaning.kind != "symbol":
            return _doubtful(language.member(meaning, name), meaning.guess)
        return _doubtful(self._attribute(meaning, name, language, depth, set()), meaning.guess)

    def _attribute(
        self, of: Meaning, name: str, language: Language, depth: int, passed: set[tuple[str, str]]
    ) -> Meaning | None:
        """A member of a symbol: its own, of a base of it, or of what it holds."""
        if (of.path, of.qual) in passed or depth > DEPTH:
            return None
        passed.add((of.path, of.qual))
        symbol = self.symbol(of.path, of.qual)
        if symbol is None:
            return None
        if self.symbol(of.path, f"{of.qual}.{name}") is not None:
            return Meaning("symbol", of.path, f"{of.qual}.{name}")
        if symbol.kind == "module":
            return language.member(Meaning("module", of.path, of.qual), name)
        if symbol.kind in _TYPES:
            return language.attribute(of, name) or self._inherited(of, symbol, name, language, depth, passed)
        record = self.index.record(of.path)
        written = record.types.get(of.qual, "") if record else ""
        value = self.typed(of.path, written, of.qual, language, depth + 1) if written else None
        if value is None or value.wrapped:
            return None
        return _doubtful(self.step(value, name, language, depth + 1), value.guess)

    def of_types_around(self, path: str, name: str, scope: str, language: Language) -> Meaning | None:
        """A member of one of the types around a place, or of their bases, by its bare name."""
        if self._depth > DEPTH:
            return None
        self._depth += 1
        try:
            while scope:
                symbol = self.index.symbols(path).get(scope)
                owner = Meaning("symbol", path, scope) if symbol else language.scope(path, scope, "")
                held = self.symbol(owner.path, owner.qual) if owner and owner.kind == "symbol" else None
                if owner is not None and held is not None and held.kind in _TYPES:
                    found = self._attribute(owner, name, language, 0, set())
                    if found is not None:
                        return _doubtful(found, owner.guess)
                scope = scope.rpartition(".")[0]
            return None
        finally:
            self._depth -= 1

    def _inherited(
        self, of: Meaning, symbol: Symbol, name: str, language: Language, depth: int, passed: set[tuple[str, str]]
    ) -> Meaning | None:
        outside: Meaning | None = None
        for base in symbol.bases:
            above = self.chain(of.path, base.split("."), of.qual.rpartition(".")[0], language, depth + 1)
            if above is None:
                continue
            if above.kind == "outside":
                outside = outside or above._replace(qual=f"{above.qual}.{name}")
            elif above.kind == "symbol" and (found := self._attribute(above, name, language, depth + 1, passed)):
                return _doubtful(found, above.guess)
        # Several bases, one of them unknown: the member is the unknown one's for sure only where there is no other.
        return outside if outside and len(symbol.bases) == 1 else None

    def typed(self, path: str, written: str, scope: str, language: Language, depth: int) -> Meaning | None:
        """An instance of a type as a file writes it; "Foo?" is one that has to be unwrapped."""
        if depth > DEPTH:
            return None
        parts = written.rstrip("?").split(".")
        if parts[0] == "Self":
            owner = self._type_around(path, scope)
            meaning = self.walk(owner, parts[1:], language, depth) if owner else None
        else:
            meaning = self.chain(path, parts, scope, language, depth)
        return meaning._replace(wrapped=True) if meaning and written.endswith("?") else meaning

    def _type_around(self, path: str, scope: str) -> Meaning | None:
        while scope:
            symbol = self.symbol(path, scope)
            if symbol is not None and symbol.kind in _TYPES:
                return Meaning("symbol", path, scope)
            scope = scope.rpartition(".")[0]
        return None

    def _result(self, meaning: Meaning, language: Language, depth: int) -> Meaning | None:
        """What calling something gives."""
        if meaning.kind == "outside":
            return meaning
        if meaning.kind != "symbol" or meaning.wrapped:
            return None
        symbol = self.symbol(meaning.path, meaning.qual)
        if symbol is None:
            return None
        if symbol.kind in _TYPES:
            return meaning
        if symbol.kind in _FUNCTIONS and symbol.returns:
            made = self.typed(meaning.path, symbol.returns, meaning.qual, language, depth + 1)
            return _doubtful(made, meaning.guess)
        return None


def _doubtful(meaning: Meaning | None, guess: bool) -> Meaning | None:
    return meaning._replace(guess=True) if meaning and guess else meaning


def _last_word(name: str) -> str:
    last = name.rstrip("*#").rsplit("#", 1)[-1].replace("::", ".").rstrip("./")
    return last.rsplit("/", 1)[-1].rsplit(".", 1)[-1].replace("()", "")


def _made(name: str, names: PathNames) -> Language | None:
    match name:
        case "javascript" | "typescript":
            from store.graph.ecmascript_modules import EcmascriptModules

            return EcmascriptModules(names)
        case "go":
            from store.graph.go_packages import GoPackages

            return GoPackages(names)
        case "rust":
            from store.graph.rust_crates import RustCrates

            return RustCrates(names)
        case "java":
            from store.graph.java_packages import JavaPackages

            return JavaPackages(names)
        case "c" | "cpp" | "bash":
            from store.graph.c_includes import Includes

            return Includes(names)
    return None
