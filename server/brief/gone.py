"""What is gone or has another name, and is still spoken of: names and files that nothing here answers to any more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from server.brief.calls import calls_in
from server.brief.difference import DOCUMENTS, is_library, text_of
from server.brief.material import Item, few, listed
from store.families.draft import called
from store.source.record import last_name, split_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.brief.difference import Difference
    from store.evidence import Sources
    from store.graph.index import Index
    from store.source.record import FileRecord

SHOWN = 4

_PLAIN = 5
"""A name shorter than this says little: it is mentioned everywhere for other reasons."""

_LOG = re.compile(
    r"(?:^|/)(?:changes|changelog|history|news|releases?|release-notes)\b[^/]*$|(?:^|/)changelog/", re.IGNORECASE
)
_ALL = re.compile(r"^__all__\s*\+?=\s*[\[(][^\])]*[\])]", re.MULTILINE)
"""What a module says it gives out: a name that stands only there is one that nothing defines."""

_CODE = (".py", ".ts", ".tsx", ".js", ".jsx", ".mjs")


class Gone(NamedTuple):
    """A name that was defined in `path`, what it is called now ("" where it is not), and where it is still named."""

    entity: str
    now: str
    places: tuple[str, ...]

    @property
    def in_code(self) -> tuple[str, ...]:
        return tuple(p for p in self.places if not p.rpartition(":")[0].endswith(DOCUMENTS))


def gone(sources: Sources, found: Difference) -> Iterator[Item]:
    """Files first, then names, by the file that they were in; documents that speak of them matter less than code."""
    yield from _files(sources.index, found)
    names = {c.entity: "" for c in found.changes if c.how == "removed" and c.kind not in ("variable", "constant")}
    names |= {old: new for old, new in found.moves.items() if _name(old) != _name(new)}
    left = [one for entity, now in names.items() if (one := _still_named(sources, found, entity, now)).places]
    files: dict[str, list[Gone]] = {}
    for one in left:
        files.setdefault(split_id(one.entity)[0], []).append(one)
    for path, several in files.items():
        code = [one for one in several if one.in_code]
        told = code or several
        what = listed([_told(one) for one in told], SHOWN)
        every = list(dict.fromkeys(p for one in told for p in (one.in_code or one.places)))
        text = f"Gone from {path}, and still named in {'code' if code else 'documents'}: {what}"
        yield Item("risky", text, few(every, SHOWN), 18.0 + min(len(told), 5) / 5 if code else 5.0)


def _told(one: Gone) -> str:
    return f"{called(one.entity)} (now {called(one.now)})" if one.now else called(one.entity)


def _name(entity: str) -> str:
    return split_id(entity)[1].rpartition(".")[2].partition("#")[0]


def _still_named(sources: Sources, found: Difference, entity: str, now: str) -> Gone:
    name, index = _name(entity), sources.index
    nothing = Gone(entity, now, ())
    if len(name) < _PLAIN or name.startswith("__") or index.named(name) or not is_library(entity):
        return nothing
    quoted = re.compile(rf"""["']{re.escape(name)}["']""")
    if any(quoted.search(_ALL.sub("", text_of(sources, p))) for p in found.compared if is_library(p)):
        return nothing  # what changed with it still deals with it: an alias, a fallback, a lazy import
    conflicted = found.window.status.conflicted
    paths = [p for p in index.mentions(name) if not _LOG.search(p) and p not in conflicted]
    records = [r for p in paths if (r := index.record(p))]
    return Gone(
        entity, now, (*_at_home(sources, entity, name), *(p for r in records for p in _naming(r, entity, name)))
    )


def _at_home(sources: Sources, entity: str, name: str) -> list[str]:
    """Where its own file still calls it: a bare name that nothing defines is no reference that a reader keeps."""
    path, qual = split_id(entity)
    text = "" if "." in qual else text_of(sources, path)
    bare = [c.line for c in calls_in(path, text, name, range(1, text.count("\n") + 2)) if not c.through and not c.path]
    return [f"{path}:{min(bare)}"] if bare else []


def _naming(record: FileRecord, entity: str, name: str) -> list[str]:
    """The first place in a file that refers to the name where it was, or imports it from there."""
    path, qual = split_id(entity)
    owner = qual.rpartition(".")[0].rpartition(".")[2]
    lines = [
        i.line for i in record.imports if i.name == name and (i.level or _leads_to(_WORDS.findall(i.module), path))
    ]
    for ref in record.refs:
        if not ref.lines or last_name(ref.name) != name:
            continue
        way = _WORDS.findall(ref.name)[:-1]
        if owner:
            fits = way[-1:] == [owner]
        elif record.path.endswith(DOCUMENTS) or record.path == path:
            fits = True
        else:
            fits = ref.via != "unknown" and (ref.name.startswith(".") or _leads_to(way, path))
        if fits:
            lines.append(ref.lines[0])
    return [f"{record.path}:{min(lines)}"] if lines else []


def _leads_to(way: list[str], path: str) -> bool:
    """Whether a dotted way ends at a file, or at the package that it lies in. A stem alone is one only at the top."""
    *folders, stem = path.rpartition(".")[0].split("/")
    package = folders[-1] if folders else ""
    at_file = way[-1:] == [stem] and (way[-2:-1] == [package] or package in ("", "src", "lib"))
    return at_file or (bool(package) and way[-1:] == [package])


_WORDS = re.compile(r"\w+")


# -- files -------------------------------------------------------------------------------------------------------------------


def _files(index: Index, found: Difference) -> Iterator[Item]:
    """A file of code that went, or has another name, while others still import it."""
    window = found.window
    went = {old: new for new, old in window.renamed.items()} | {
        p: "" for p, how in window.changed.items() if how == "D"
    }
    for path, now in sorted(went.items()):
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        stem = folder.rpartition("/")[2] if stem in ("__init__", "index", "mod") else stem
        if not path.endswith(_CODE) or len(stem) < 2 or any(p.endswith(_CODE) for p in index.with_stem(stem)):
            continue
        every = [f"{p}:{line}" for p in sorted(index.paths()) if (line := _importing(index, p, folder, stem))]
        if every:
            text = f"{path} is {f'now {now}' if now else 'gone'}, and is still imported by its old name"
            yield Item("risky", text, few(every, SHOWN), 19.0)


def _importing(index: Index, path: str, folder: str, stem: str) -> int:
    """The first line of a file that imports a module by its stem from where it was; 0 if none does."""
    record = index.record(path)
    package = folder.rpartition("/")[2]
    for one in record.imports if record else ():
        if "/" in one.module:
            last = one.module.rpartition("/")[2]
            named = one.module.startswith(".") and last.partition(".")[0] == stem
        else:
            near = one.level > 0 and path.startswith(folder)
            named = (near and (one.module == stem or (not one.module and one.name == stem))) or (
                bool(package) and f".{one.module}".endswith(f".{package}.{stem}")
            )
        if named:
            return one.line
    return 0
