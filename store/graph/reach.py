"""What a change of one file can reach: the other files whose references may mean something else afterwards.

It must never miss one (`tests/test_index.py` compares with an index built from scratch) and should name few. A lookup starts
from a word in the file's own references, or from one that a consulted file shows in its declarations; so a change matters to
those who consulted the changed file *and* can have looked up a name that changed in it. The lookups themselves: `resolve.py`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from store.source.record import FileRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.graph.index import Index

ANY = "*"
"""Instead of a name: nobody can tell which names changed."""

_PROJECT = "(project)"

_IMPLICIT = frozenset({"__call__", "__iter__", "__getitem__", _PROJECT})
"""Looked up although no reference names them."""

_WORD = re.compile(r"[^\W\d]\w*")


def words_of(record: FileRecord) -> set[str]:
    """Every name that resolving the references of a file starts from."""
    return _import_words(record).union(_WORD.findall(" ".join({r.name for r in record.refs})))


def shown_words(record: FileRecord) -> set[str]:
    """Every name in what a file shows to others: its imports, bases, types and results."""
    written = set(record.types.values())
    for symbol in record.symbols:
        written.add(symbol.returns)
        written.update(symbol.bases)
    return _import_words(record).union(_WORD.findall(" ".join(written)))


def _import_words(record: FileRecord) -> set[str]:
    written = {name for imported in record.imports for name in (imported.module, imported.name)}
    found = set(_WORD.findall(" ".join(written)))
    for level in {imported.level for imported in record.imports if imported.level}:
        found.update(_folder_names(record.path)[-level:])
    return found


def changed_names(old: FileRecord | None, new: FileRecord | None) -> set[str]:
    """The last names whose declaration differs; with `ANY` where it cannot be told."""
    before, after = _declarations(old), _declarations(new)
    names = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
    if _PROJECT in names:
        # How a whole project is found: whoever imports something of it by its name, before or now.
        names |= {w for record in (old, new) if record for w in _project_words(record)}
    exports_before, exports_after = (old.exports if old else None), (new.exports if new else None)
    if exports_before != exports_after:
        differ = set(exports_before or ()) ^ set(exports_after or ())
        names |= {ANY} if exports_before is None or exports_after is None else {_exported(e) for e in differ}
    return names | {ANY} if names & _IMPLICIT else names


def _project_words(record: FileRecord) -> list[str]:
    """The last words of what a package.json, go.mod or Cargo.toml says of its project (see `path_names.project`)."""
    found = [_WORD.findall(t)[-1:] for q, t in record.types.items() if q.endswith(_PROJECT)]
    return [word for words in found for word in words]


def _exported(export: str) -> str:
    """The name under which something is given out: "default=Cart" -> "default", "shop.Cart.pay" -> "pay"."""
    return export.partition("=")[0].rpartition(".")[2]


def _declarations(record: FileRecord | None) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    if record is None:
        return found
    for s in record.symbols:
        value = s.value if s.kind == "key" else ""
        found[s.name].append((s.qual, s.kind, *s.bases, ";", *s.decorators, ";", s.returns, value))
    for qual, written in record.types.items():
        found[qual.rsplit(".", 1)[-1]].append((qual, "type", written))
    for i in record.imports:
        bound = i.alias or i.name or _WORD.findall(i.module)[:1]
        found[bound if isinstance(bound, str) else "".join(bound)].append(
            ("import", i.module, i.name, str(i.level), i.scope)
        )
    return found


def reach(index: Index, old: FileRecord | None, new: FileRecord | None, path: str) -> set[str]:
    """The files that must be resolved again when `old` becomes `new`, in the index as it was before or as it is after."""
    names = changed_names(old, new)
    found = _by_name(index, names)
    if old is not None and new is not None:
        return found | _consulting(index, path, names) if names else found
    found |= index.consulting(path)
    return found | (_by_python_path(index, path) if path.endswith(".py") else _by_path(index, path))


def _consulting(index: Index, path: str, names: set[str]) -> set[str]:
    """Who consulted `path` and can have looked up one of the names in it; a file always consults itself."""
    users = index.consulting(path) | {path}
    if ANY in names:
        return set(users)
    direct = {p for n in names for p in index.mentioning(n)}
    through = {p for n in names for p in index.showing(n)}
    return {u for u in users if u in direct or u in through or not through.isdisjoint(index.consulted(u))}


def _by_name(index: Index, names: set[str]) -> set[str]:
    """Files of languages that are resolved by name: they mention one of them."""
    return {p for n in names for p in index.mentioning(n) if not p.endswith(".py")}


def _by_path(index: Index, path: str) -> set[str]:
    *folders, name = path.split("/")
    return _looking_for(index, {*name.split("."), *folders[-1:]})


def _looking_for(index: Index, names: Iterable[str]) -> set[str]:
    """Who may look for a module of one of these names, itself or through a file that it consulted."""
    found: set[str] = set()
    for name in names:
        found.update(index.mentioning(name))
        for path in index.showing(name):
            found |= index.consulting(path)
    return found


def _by_python_path(index: Index, path: str) -> set[str]:
    """Who may find another module, or none, because a Python file came or went."""
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".py")
    appearing = _appearing(index, folder)
    if stem == "__init__":
        # Whatever lies below is now reached in another way.
        below = index.below(folder)
        names = {part for p in below for part in _parts_below(p, folder)}
        return _all_of(index, below) | _looking_for(index, names | appearing | set(_folder_names(path)[-1:]))
    found = _looking_for(index, appearing)
    if stem == "conftest":
        found |= _all_of(index, index.below(folder))
    init = f"{folder}/__init__.py" if folder else "__init__.py"
    if init in index:
        return found | _consulting(index, init, {stem}) | (_looking_for(index, {stem}) if not folder else set())
    return found | _looking_for(index, {stem})


def _all_of(index: Index, paths: Iterable[str]) -> set[str]:
    """Some files and all who consulted one of them."""
    found = set(paths)
    return found.union(*(index.consulting(p) for p in found))


def _appearing(index: Index, folder: str) -> set[str]:
    """The names of folders that hold Python files only since, or only until, a change in `folder`."""
    found: set[str] = set()
    while folder and index.python_files(folder) <= 1:
        found.add(folder.rpartition("/")[2])
        folder = folder.rpartition("/")[0]
    return found


def _parts_below(path: str, folder: str) -> list[str]:
    parts = path[len(folder) :].strip("/").split("/")
    return [*parts[:-1], parts[-1].removesuffix(".py")]


def _folder_names(path: str) -> list[str]:
    return path.split("/")[:-1]
