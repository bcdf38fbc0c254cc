"""What a file or folder depends on, and what depends on it: imports resolved to files here, and packages from outside."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from store.families.draft import Draft, by_entity, count, names_of
from store.source.record import split_id
from store.words import Answer, Query

if TYPE_CHECKING:
    from store.evidence import Sources
    from store.families.view import View


_STANDARD = sys.stdlib_module_names | {"_typeshed"}


def answer(sources: Sources, query: Query) -> Answer | None:
    return by_entity(sources, query, _depends_of)


def _depends_of(draft: Draft, entity: str) -> str:
    subject = split_id(entity)[0]
    whole = subject == "." or subject.endswith("/")
    paths = draft.view.below("" if subject == "." else subject) if whole else [subject]
    paths = [p for p in paths if p in draft.view]
    return _depends(draft, subject, paths) if paths else ""


def _depends(draft: Draft, subject: str, paths: list[str]) -> str:
    inside, outside = imports_of(draft.view, paths)
    draft.say(
        f"`{subject}` imports {count(len(inside), _thing(inside))} of this repository"
        + (f": {names_of(inside, 12)}." if inside else ".")
    )
    if outside:
        draft.say("From outside: " + ", ".join(f"`{name}`" for name in outside[:16]) + ".")
    if len(paths) == 1 and not paths[0].endswith(".go"):
        importers = [p for p in draft.view.importing(paths[0]) if not draft.view.is_test(p)]
        draft.say(f"It is imported by {names_of(importers, 10) or 'no library file'}.")
    return f"`{subject}` depends on {names_of(inside, 4) or 'nothing here'}" + (
        f" and {', '.join(outside[:4])}" if outside else ""
    )


def _thing(inside: list[str]) -> str:
    """What is imported: files, or, in Go, the packages that folders are."""
    return "package" if inside and all(p.endswith("/") for p in inside) else "file"


def _package(name: str, path: str) -> str:
    """The first part of a dotted Python name; elsewhere a dot is a part of the name ("github.com/spf13/pflag")."""
    return name.split(".")[0] if path.endswith((".py", ".pyi")) or "/" not in name else name


def imports_of(view: View, paths: list[str]) -> tuple[list[str], list[str]]:
    """Files here that these files import (without themselves), and packages from outside, most used first.

    What comes with Python is left out: it says nothing about a file.
    """
    inside: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    for path in paths:
        for target in dict.fromkeys(edge.target for edge in view.imports(path)):
            if target.startswith("ext:"):
                outside[_package(target.removeprefix("ext:"), path)] += 1
            elif not target.startswith("?"):
                inside[split_id(target)[0]] += 1
    packages = [n for n, _ in outside.most_common() if n not in _STANDARD]
    own = {f"{p.rpartition('/')[0] or '.'}/" for p in paths}
    return [p for p, _ in inside.most_common() if p not in paths and p not in own], packages
