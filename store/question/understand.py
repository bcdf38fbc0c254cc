"""From a question to what it means: a kind, entities of this repository, a time window. Explainable: each reading says why.

The shape of the sentence gives the kind (`kinds.py`), names are linked exactly (`link.py`), anything else is found by description
(`find.py`). What the caller states in `kind`, `about` and `since` wins over what was understood. It answers nothing: `store/families/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.question.find import Finder
from store.question.kinds import Shape, shape_of, window_of
from store.question.link import Link, Linker
from store.question.mention import Mention, masked, mentions
from store.question.terms import terms
from store.words import KINDS, Kind, Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.evidence import Sources
    from store.graph.index import Index

LEAST_COVERED = 0.42
"""A description is a miss where the best thing found contains less of the question's information than this."""

CLEARLY = 1.12
"""The best is answered without asking back where its score is this much better than the next one's."""


class Reading(NamedTuple):
    """One meaning of a question."""

    query: Query
    score: float
    why: tuple[str, ...]


class Understanding(NamedTuple):
    """What a question may mean, best first. `certain`: the first reading may be answered without asking back."""

    readings: tuple[Reading, ...]
    certain: bool
    kind: Kind | None
    notes: tuple[str, ...] = ()


def understand(
    question: str,
    sources: Sources,
    finder: Finder | None = None,
    *,
    kind: str | None = None,
    about: Sequence[str] = (),
    since: str | None = None,
) -> Understanding:
    """What the question means in this repository. No readings: it has nothing to do with what is here."""
    return Understander(sources.index, finder).understand(question, kind=kind, about=about, since=since)


_linkers: dict[int, tuple[Index, Linker]] = {}


def _linker(index: Index) -> Linker:
    """The linker of an index, kept while the index is the same object."""
    known = _linkers.get(id(index))
    if known is None or known[0] is not index:
        _linkers.clear()
        known = _linkers[id(index)] = (index, Linker(index))
    return known[1]


class Understander:
    """One question against one state of an index."""

    def __init__(self, index: Index, finder: Finder | None = None) -> None:
        self.index = index
        self.linker = _linker(index)
        self.finder = finder if finder is not None else Finder(index)

    def understand(self, question: str, *, kind: str | None, about: Sequence[str], since: str | None) -> Understanding:
        names = mentions(question)
        links = [self.linker.link(m) for m in names]
        stated = [self._stated(a) for a in about]
        meant = [link for link in links if link.entities or link.absent]
        shape = shape_of(masked(question, [link.mention for link in meant]))
        if kind in KINDS:
            shape = shape._replace(kind=kind, why="stated by the asker")
        if since:
            shape = shape._replace(since=window_of(since) or since)
        notes = [f"kind {shape.kind}: {shape.why}"]
        notes += [
            f"{link.mention.text}: {link.how}" + (f", near: {', '.join(link.near)}" if link.near else "")
            for link in meant
        ]
        if shape.topics:
            query = _query(shape, [f"command:{t}" for t in shape.topics])
            return Understanding((Reading(query, 1.0, (shape.why,)),), True, "commands", tuple(notes))
        chosen = self._chosen(question, shape, stated or meant)
        if chosen:
            return self._by_name(question, shape, chosen, notes)
        return self._by_description(question, shape, [link for link in links if link.entities], notes)

    def _stated(self, name: str) -> Link:
        if name in self.index or self.index.symbol(name) is not None:
            return Link(Mention(name, 0, 0, "ticks", "", True), (name,), "stated by the asker")
        found = mentions(f"`{name}`")
        mention = found[0] if found else Mention(name, 0, 0, "word", "", True)
        return self.linker.link(mention)

    # -- by name -------------------------------------------------------------------------------------------------------

    def _chosen(self, question: str, shape: Shape, links: list[Link]) -> list[Link]:
        """The links that the question is about: the class of a named member, and externals beside a definition, say nothing more."""
        here = [link for link in links if link.entities]
        absent = [link for link in links if link.absent]
        if absent and (not here or absent[0].mention.slot and not here[0].mention.slot):
            return absent[:1]
        if not here:
            return []
        solid = [link for link in here if not self._weak(link)] or ([] if len(terms(question)) > 2 else here)
        members = [link for link in solid if any(self._inside(link, other) for other in solid if other is not link)]
        if members:
            outer = [o for o in solid for m in members if o is not m and self._inside(m, o)]
            solid = [self._narrowed(m, outer) if m in members else m for m in solid if m not in outer]
        if shape.compares:
            return solid[:2]
        slotted = [link for link in solid if link.mention.slot]
        return (slotted or solid)[:1]

    def _weak(self, link: Link) -> bool:
        """A name that only hints: an attribute or variable that was not asked for as such."""
        symbol = self.index.symbol(link.entities[0])
        minor = symbol is not None and symbol.kind in ("attribute", "variable", "section", "key")
        return minor and not link.mention.slot and link.mention.style not in ("dotted", "call", "upper")

    def _inside(self, link: Link, outer: Link) -> bool:
        return any(
            a.startswith((b + ".", b + "::", b if b.endswith("/") else b + "\0"))
            for a in link.entities
            for b in outer.entities
        )

    def _narrowed(self, link: Link, outer: list[Link]) -> Link:
        kept = tuple(e for e in link.entities if any(e.startswith(b) for o in outer for b in o.entities))
        return link._replace(entities=kept or link.entities)

    def _by_name(self, question: str, shape: Shape, chosen: list[Link], notes: list[str]) -> Understanding:
        first = chosen[0]
        if first.absent:
            reading = Reading(_query(shape, [f"absent:{first.absent}"]), 1.0, (shape.why, first.how))
            return Understanding((reading,), True, shape.kind, tuple(notes))
        shape = self._settled(shape, first)
        if shape.compares and len(chosen) > 1:
            reading = Reading(_query(shape, [link.entities[0] for link in chosen]), 1.0, (shape.why, "compares two"))
            return Understanding((reading,), True, shape.kind, tuple(notes))
        ids = self._ordered(question, first)
        readings = tuple(
            Reading(_query(shape, [e]), 1.0 - 0.05 * n, (shape.why, first.how)) for n, e in enumerate(ids[:3])
        )
        return Understanding(readings, len(ids) == 1 or self._clear(first, ids), shape.kind, tuple(notes))

    def _settled(self, shape: Shape, link: Link) -> Shape:
        """The kind as the entity allows it: a setting's questions are about the setting."""
        if link.entities[0].startswith("setting:") and shape.kind in (
            "explain",
            "where",
            "callers",
            "callees",
            "contents",
            "commands",
        ):
            return shape._replace(kind="setting", why="a setting")
        return shape

    def _ordered(self, question: str, link: Link) -> list[str]:
        """Several things of one name: those that the rest of the question describes come first."""
        ids = list(link.entities)
        if len(ids) < 2:
            return ids
        found = {f.entity: f.covered for f in self.finder.find(question, 60)}
        return sorted(ids, key=lambda e: (ids.index(e) - 3 * found.get(e, 0.0), ids.index(e)))

    def _clear(self, link: Link, ids: list[str]) -> bool:
        """Whether the first of several of that name is surely meant: the others are tests, or lie deeper than a public one."""
        rank = [self.linker.rank_class(e) for e in ids[:2]]
        return rank[0] < rank[1]

    # -- by description ------------------------------------------------------------------------------------------------

    def _by_description(self, question: str, shape: Shape, hints: list[Link], notes: list[str]) -> Understanding:
        tests, docs = shape.kind == "tests", shape.kind == "docs"
        found = self.finder.find(question, 8, tests=False, docs=docs)
        hinted = {e for link in hints for e in link.entities}
        found = sorted(found, key=lambda f: -f.score * (1.3 if f.entity in hinted else 1.0))
        found = [f for f in found if f.covered >= LEAST_COVERED]
        if not found:
            return Understanding((), False, shape.kind, (*notes, "nothing here fits the description"))
        top = found[0].score
        readings = tuple(
            Reading(
                _query(shape, [f.entity]),
                round(f.score / top, 3),
                (shape.why, f"fits {f.covered:.0%} of the description"),
            )
            for f in found[:3]
        )
        certain = len(found) == 1 or top >= CLEARLY * found[1].score
        return Understanding(readings, certain, shape.kind, tuple(notes))


def _query(shape: Shape, entities: Sequence[str]) -> Query:
    return Query(kind=shape.kind, entities=tuple(entities), since=shape.since, scope=shape.scope, negated=shape.negated)
