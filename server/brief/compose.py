"""The material of a brief: every part asked for what it has to say. Reads the index and git; writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server import present
from server.brief.difference import Difference, difference
from server.brief.material import Item, Material
from server.brief.risky import risky
from server.brief.touched import changed, touched
from store import families
from store.errors import NoSuchFile, OutsideRepo
from store.evidence import check, fresh
from store.families.draft import called
from store.families.usage import users_of
from store.families.view import View
from store.secrets import redact
from store.source.record import split_id
from store.words import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.brief.window import Window
    from store.evidence import Sources
    from store.words import Answer, Kind, PreAnswer

LIKELY: tuple[tuple[Kind, str], ...] = (("impact", "What breaks if {} changes?"), ("tests", "Which tests reach {}?"))


def differing(sources: Sources, window: Window) -> Difference:
    """The difference that the rest is about."""
    return difference(sources, window)


def likely(sources: Sources, found: Difference) -> list[tuple[str, Query]]:
    """Questions that what changed invites, the most used thing first: how they are put, and what they mean."""
    view = View(sources)
    code = [c.entity for c in found.changes if c.how != "removed" and not view.is_test(split_id(c.entity)[0])]
    ranked = sorted(code, key=lambda e: (-len(users_of(view, e).library), e))[:2]
    return [(words.format(called(e)), Query(kind=kind, entities=(e,))) for e in ranked for kind, words in LIKELY]


def material(
    sources: Sources,
    found: Difference,
    learnt: Iterable[Item],
    questions: Iterable[tuple[str, Query]],
    stored: Mapping[str, Iterable[PreAnswer]],
) -> Material:
    """Everything that could be said about a difference."""
    view, index = View(sources), sources.index
    said = [*risky(view, index, found), *changed(view, index, found), *touched(view, index, found), *learnt]
    for rank, (words, query) in enumerate(questions):
        if (answer := _answer(sources, query, stored.get(query.key, ()))) is not None:
            line = present.one_line(answer.brief, index, 180)
            said.append(Item("asked", f"{words} {line}", (), 3.0 - rank * 0.5))
    items = tuple(i._replace(text=present.clean(redact(i.text)).replace("\n", " ")) for i in said)
    return Material(headline(found), items, found.window.base, sources.tree.git.head() or "")


def _answer(sources: Sources, query: Query, rows: Iterable[PreAnswer]) -> Answer | None:
    kept = next((row for row in rows if fresh(row, check(sources, row))), None)
    if kept is not None:
        return kept
    try:
        return families.answer(sources, query)
    except (NoSuchFile, OutsideRepo):
        return None


def headline(found: Difference) -> str:
    """Since when, and how much happened."""
    window = found.window
    commits, files = len(window.commits), len(window.changed)
    parts = [f"{commits} commit{'s' * (commits != 1)}" if commits else "no new commits"]
    parts.append(f"{files} file{'s' * (files != 1)} changed" if files else "no file changed")
    work = {*window.status.modified, *window.status.staged, *window.status.untracked, *window.status.conflicted}
    parts += [f"{len(work)} of them not committed"] if work else []
    branch = f" on {window.status.branch}" if window.status.branch else ""
    return f"{window.said}{branch}: {', '.join(parts)}."
