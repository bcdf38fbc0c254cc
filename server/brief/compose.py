"""The material of a brief: every part asked for what it has to say. Reads the index and git; writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server import present
from server.brief import asked
from server.brief.difference import Difference
from server.brief.material import Item, Material
from server.brief.news import changed, commits
from server.brief.risky import risky
from server.brief.touched import touched
from server.brief.window import COMMITS
from store.families.draft import count
from store.families.view import View
from store.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.brief.asked import Likely
    from store.evidence import Sources
    from store.words import PreAnswer


def material(
    sources: Sources,
    found: Difference,
    learnt: Iterable[Item],
    questions: Iterable[Likely],
    stored: Mapping[str, Iterable[PreAnswer]],
) -> Material:
    """Everything that could be said about a difference."""
    view, index = View(sources), sources.index
    said = [*risky(sources, view, found), *commits(found), *changed(view, index, found), *touched(view, index, found)]
    said += [*learnt, *asked.items(sources, questions, stored)]
    items = tuple(i._replace(text=_line(i.text), evidence=tuple(map(_line, i.evidence))) for i in said)
    return Material(_line(headline(found)), items, found.window.base, sources.tree.git.head() or "")


def _line(text: str) -> str:
    """Messages, names and branches are other people's words: on one line, without secrets and control characters."""
    return present.clean(redact(text)).replace("\n", " ")


def headline(found: Difference) -> str:
    """Since when, where, and how much happened."""
    window = found.window
    number, files, work = len(window.commits), len(window.changed), len(window.work & window.changed.keys())
    parts = (
        [f"more than {COMMITS} commits"]
        if number > COMMITS
        else [count(number, "new commit" if not number else "commit")]
    )
    parts = parts if window.base or window.commits else []
    if window.before_all:
        parts.append("from the very first on")
    if files or not window.before_all:
        parts.append(f"{count(files, 'file')} changed")
    if work:
        parts.append("not committed" if work == files else f"{work} of them not committed")
    if window.aside:
        parts.append(f"lacking {count(window.aside, 'commit')} of {window.then}")
    status = window.status
    parts += [f"{status.ahead} not pushed"] if status.ahead else []
    parts += [f"{status.behind} to pull from {status.upstream}"] if status.behind else []
    branch = f" on {status.branch}" if status.branch else ""
    cut = " The clone is shallow: of older commits nothing is known." if window.shallow else ""
    return f"{window.said}{branch}: {', '.join(parts)}.{cut}"
