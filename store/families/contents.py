"""What a class, a file, a folder or the whole repo holds: an overview from its own declarations, most used first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from store.families.depends import imports_of
from store.families.draft import Draft, by_entity, called, count, first_sentence, headline, names_of
from store.places import place
from store.source.record import split_id, symbol_id
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.source.record import Symbol

_SYMBOLS = 16
_MEMBERS = 14
_SORTS = ("methods", "fields")
_FILES = 14
_FOLDERS = 6
_DATA = frozenset({"toml", "yaml", "json", "ini", "text"})
"""Languages whose first lines are not a description."""
_TOP = frozenset(
    {"class", "function", "interface", "struct", "trait", "enum", "type", "macro", "constant", "section", "key"}
)


def answer(sources: Sources, query: Query) -> Answer | None:
    return by_entity(sources, query, _contents)


def _contents(draft: Draft, entity: str) -> str:
    if entity == "." or entity.endswith("/"):
        return _folder(draft, "" if entity == "." else entity)
    if "::" in entity:
        return _class(draft, entity)
    return _file(draft, entity) if entity in draft.view else ""


def _class(draft: Draft, entity: str) -> str:
    """What is declared inside a class, public first; with the scope "methods" or "fields" only those."""
    view = draft.view
    symbol = view.symbol(entity)
    if symbol is None:
        return ""
    depth = symbol.qual.count(".") + 1
    inside = {i: s for i in view.members(entity) if (s := view.symbol(i)) and s.qual.count(".") == depth}
    sort = draft.query.scope if draft.query.scope in _SORTS else ""
    wanted = {i: s for i, s in inside.items() if not sort or (s.kind in ("method", "function")) == (sort == "methods")}
    ranked = sorted(
        wanted, key=lambda i: (not wanted[i].exported, *_rank(wanted[i])[:2], split_id(i)[0], wanted[i].start)
    )
    draft.say(headline(entity, symbol))
    if not ranked:
        draft.say(f"It declares no {sort} of its own." if sort else "It declares nothing of its own.")
    else:
        draft.say("\n".join(_line(split_id(i)[0], wanted[i], 60) for i in ranked[:_MEMBERS]))
    if len(ranked) > _MEMBERS:
        draft.say(f"And {len(ranked) - _MEMBERS} more: " + names_of(ranked[_MEMBERS:], _MEMBERS) + ".")
    if left := len(inside) - len(wanted):
        draft.say(f"Beside these it has {count(left, 'field' if sort == 'methods' else 'method')}.")
    if bases := view.bases(entity):
        draft.say(f"Inherits what is in {names_of(bases, 4)}.")
    return f"{called(entity)}: {names_of(ranked) or 'nothing of its own'}"


def _file(draft: Draft, path: str) -> str:
    view = draft.view
    head = view.head(path)
    if head is None:
        return ""
    top = [s for s in view.symbols(path).values() if "." not in s.qual and s.kind in _TOP]
    doc = first_sentence(head.doc)
    draft.say(f"`{path}` ({head.language}{', tests' if head.is_test else ''})" + (f": {doc}" if doc else ""))
    if top:
        draft.say("\n".join(_line(path, s) for s in _ranked(top)[:_SYMBOLS]))
        if len(top) > _SYMBOLS:
            draft.say(f"And {len(top) - _SYMBOLS} more.")
    elif not view.symbols(path):
        draft.quote(path, "\n".join(view.source(path).splitlines()[:30]))
    users = [p for p in view.importers(path) if not view.is_test(p)]
    if users:
        draft.say(f"Used by {names_of(users, 6)}.")
    return f"`{path}`: {doc or count(len(top), 'definition')}"


def _ranked(symbols: list[Symbol]) -> list[Symbol]:
    """Public before private, then in the order of the file."""
    return sorted(symbols, key=_rank)


def _rank(symbol: Symbol) -> tuple[bool, bool, int]:
    return symbol.name.startswith("_"), symbol.kind in ("constant", "variable", "attribute"), symbol.start


def _line(path: str, symbol: Symbol, most: int = 90) -> str:
    doc = first_sentence(symbol.doc)
    doc = doc if len(doc) <= most else doc[: most - 1].rstrip() + "…"
    value = f" = `{symbol.value[:40]}`" if symbol.kind == "key" and symbol.value and "`" not in symbol.value else ""
    return f"- {symbol.kind} `{symbol.qual}` {place(symbol_id(path, symbol.qual))}{value}" + (f": {doc}" if doc else "")


def _folder(draft: Draft, folder: str) -> str:
    view = draft.view
    paths = view.below(folder)
    if not paths:
        return ""
    name = folder or "."
    heads = {p: r for p in paths if _head_of(p, folder) and (r := view.head(p))}
    doc = next((first_sentence(r.doc) for r in heads.values() if r.doc), "")
    code = [p for p in paths if not view.is_test(p)]
    languages = Counter(p.rsplit(".", 1)[-1] for p in code if "." in p.rsplit("/", 1)[-1])
    tests = len(paths) - len(code)
    kinds = ", ".join(f".{e} {n}" for e, n in languages.most_common(5))
    text = f"`{name}` holds {_counted(len(paths), tests)}"
    text += f"; {'the others' if tests else 'these'} by kind: {kinds}" if kinds else ""
    draft.say(text + (f". {doc}" if doc else "."))
    draft.say("\n".join(_below_lines(draft, folder, paths)))
    _, outside = imports_of(view, [p for p in code if p.endswith((".py", ".ts", ".js", ".go", ".rs", ".java"))][:200])
    if outside:
        draft.say("Built on: " + ", ".join(f"`{n}`" for n in outside[:10]) + ".")
    return f"`{name}`: {doc or _counted(len(paths), tests)}"


def _counted(files: int, tests: int) -> str:
    """ "12 files, 3 of them tests"."""
    some = f", {tests} of them {'a test' if tests == 1 else 'tests'}"
    return count(files, "file") + (", all tests" if tests == files else some if tests else "")


def _head_of(path: str, folder: str) -> bool:
    """Files whose doc speaks for their folder."""
    rest = path.removeprefix(folder)
    return rest in ("__init__.py", "mod.rs", "lib.rs", "doc.go", "package-info.java") or rest.lower().startswith(
        "readme"
    )


def _below_lines(draft: Draft, folder: str, paths: list[str]) -> list[str]:
    """One line for each folder and file directly below, folders first, biggest first; tests only where they lie in a folder."""
    folders: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    files = []
    for path in paths:
        name, slash, _ = path.removeprefix(folder).partition("/")
        test = draft.view.is_test(path)
        if slash:
            folders[name] += 1
            tests[name] += test
        elif not test:
            files.append(path)
    order = sorted(folders, key=lambda name: (tests[name] == folders[name], tests[name] - folders[name]))
    lines = [
        f"- `{folder}{name}/` ({_counted(folders[name], tests[name])})"
        for name in order[: max(_FOLDERS, _FILES - len(files))]
    ]
    if len(order) > len(lines):
        lines.append(f"- and {len(order) - len(lines)} more folders")
    shown = max(0, _FILES - len(lines))
    for path in files[:shown]:
        head = draft.view.head(path)
        doc = first_sentence(head.doc)[:90] if head and head.language not in _DATA else ""
        declared = (s for s in draft.view.symbols(path).values() if "." not in s.qual and s.exported)
        top = list(dict.fromkeys(s.name for s in declared if s.kind in ("class", "function")))
        what = doc or (", ".join(f"`{t}`" for t in top[:4]) + (" …" if len(top) > 4 else ""))
        lines.append(f"- {called(path)}" + (f": {what}" if what else ""))
    left = len(files) - shown
    return [*lines, f"- and {left} more files"] if left > 0 and len(files) > left else lines
