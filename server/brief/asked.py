"""What is likely to be asked next, with its answer ready.

Each question is put to the understanding first: what that would not recognise for certain, or would answer with a denial, is not
offered. How questions are answered: `server/lookup.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from server import present
from server.brief.material import Item
from store import families
from store.errors import NoSuchFile, OutsideRepo
from store.evidence import check, fresh
from store.families.draft import called
from store.families.usage import users_of
from store.families.view import View
from store.graph.index import Index
from store.question.find import Finder
from store.question.understand import understand
from store.words import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.brief.difference import Difference
    from store.evidence import Sources
    from store.words import Answer, Asked, Kind, PreAnswer

SHOWN = 3

LIKELY: tuple[tuple[Kind, str], ...] = (
    ("impact", "What is affected if {} changes?"),
    ("tests", "Which tests reach {}?"),
)

_NOTHING = re.compile(r"^no\b|\bno resolved\b|\bnothing\b", re.IGNORECASE)


class Likely(NamedTuple):
    """A question in the words that it will be put in, what it means, and why it is expected."""

    question: str
    query: Query
    why: str = ""


def likely(sources: Sources, found: Difference, asked: Iterable[Asked]) -> list[Likely]:
    """What was asked more than once, then what the weightiest changes invite. Recognised for certain, each in its own words."""
    view, nothing = View(sources), Finder(Index())
    candidates = [*_again(asked), *_about(view, found)]
    sure = []
    for one in candidates:
        meant = understand(one.question, sources, nothing)
        if meant.certain and meant.readings and meant.readings[0].query.key == one.query.key:
            sure.append(one)
    return sure


def _again(asked: Iterable[Asked]) -> Iterator[Likely]:
    known = [a for a in asked if a.query and not a.ours and a.query.kind not in families.LIVE]
    counts = Counter(a.query.key for a in known if a.query)
    first = {a.query.key: a for a in reversed(known) if a.query}
    for key, times in counts.most_common(SHOWN):
        one = first[key]
        if times > 1 and one.query:
            yield Likely(one.question, one.query, f"asked {times} times")


def _about(view: View, found: Difference) -> Iterator[Likely]:
    here = [c.entity for c in found.library if c.how != "removed" and "::__" not in c.entity]
    ranked = sorted(here, key=lambda e: (-len(users_of(view, e).library), e))[:SHOWN]
    for kind, words in LIKELY:
        for entity in ranked:
            name = called(entity).strip("`")
            yield Likely(words.format(name), Query(kind=kind, entities=(entity,)))


def items(sources: Sources, questions: Iterable[Likely], stored: Mapping[str, Iterable[PreAnswer]]) -> Iterator[Item]:
    """The questions whose answer says something, the stored and fresh ones before those that would be worked out on asking."""
    told = []
    for rank, one in enumerate(questions):
        kept = next((row for row in stored.get(one.query.key, ()) if fresh(row, check(sources, row))), None)
        answer = kept or _worked_out(sources, one.query)
        if answer is not None and not _NOTHING.search(answer.brief):
            told.append((kept is None, rank, one, answer))
    for rank, (_, _, one, answer) in enumerate(sorted(told, key=lambda t: t[:2])[:SHOWN]):
        line = present.one_line(answer.brief, sources.index, 170)
        why = f" ({one.why})" if one.why else ""
        places = [p for p in present.places(answer.evidence, sources.index) if ":" in p][:1]
        yield Item("asked", f'"{one.question}"{why} {line}', tuple(places), 3.6 - rank * 0.4)


def _worked_out(sources: Sources, query: Query) -> Answer | None:
    try:
        return families.answer(sources, query)
    except (NoSuchFile, OutsideRepo):
        return None
