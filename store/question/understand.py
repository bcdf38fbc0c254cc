"""From a question to what it means: a kind, entities of this repository, a time window. Explainable: each reading says why.

    the shape of the sentence (`kinds.py`)  ->  names in it (`mention.py`), linked (`link.py`)  ->  readings by name (`named.py`)
                                            ->  nothing named: found by description (`find.py`)  ->  readings (`described.py`)

What the caller states in `kind`, `about` and `since` wins over what was understood. It answers nothing: `store/families/`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

from store.question.described import Described
from store.question.find import Finder
from store.question.kinds import Shape, shape_of
from store.question.link import Link, Linker
from store.question.mention import Mention, existence, masked, mentions
from store.question.named import Named
from store.question.reading import Reading, Understanding, query_of
from store.question.terms import split_name, stem
from store.question.windows import window_of
from store.source.record import split_id
from store.words import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.evidence import Sources
    from store.graph.index import Index

__all__ = ["Reading", "Understanding", "understand"]

_OF_A_NAME = frozenset(("callers", "callees", "tests", "subclasses", "raises", "impact"))
"""Kinds that ask for what stands in a relation to one name."""

_MEANS = re.compile(r"\b[a-z]+(?:ed|en|ing) (?:with|by|through|via|to|from|into|using)(?: the| a)? $")
_IN = re.compile(
    r"\b(?:in|inside|within|under|below)(?: the)?(?: (?:folder|package|directory|module))? $", re.IGNORECASE
)

_DOES = re.compile(r"^\s*what (does|do|did) (the )?[\w.]+ (do|return|raise|call|take|accept|expect)\W*$", re.IGNORECASE)

_SETTING = re.compile(
    r"\b(?:setting|config(?:uration)? (?:key|option)) `?([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b", re.IGNORECASE
)

_linkers: dict[int, tuple[Index, Linker]] = {}


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
    linker = _linker(sources.index)
    links = [_about(linker, a) for a in about]
    meant = _meant(question, linker, finder if finder is not None else Finder(sources.index), kind, since, links)
    return meant._replace(known=all(link.entities for link in links))


def _meant(
    question: str, linker: Linker, finder: Finder, kind: str | None, since: str | None, about: list[Link]
) -> Understanding:
    links = [link for m in mentions(question) if (link := linker.link(m)).entities or link.absent]
    plain = [linker.link(m) for m in mentions(question) if m.slot]
    links = _pair(linker, question) or links
    if re.search(r"\bimport", question, re.IGNORECASE):
        links = _with_outside(linker, links, [linker.link(m) for m in mentions(question)])
    shape = _stated(
        shape_of(masked(question, [link.mention for link in links if not _passing(link)]), question), kind, since
    )
    if shape.kind == "setting":
        about = [_as_setting(x) if not x.entities or _read_elsewhere(linker, x) else x for x in about]
    links = about or _setting(question, shape, linker, links)
    shape, links = _placed(question, shape, links)
    notes = [f"kind {shape.kind}: {shape.why}", *map(_note, links)]
    if shape.topics:
        reading = Reading(query_of(shape, [f"command:{t}" for t in shape.topics]), 1.0, (shape.why,))
        return Understanding((reading,), True, shape.kind, tuple(notes))
    if shape.whole:
        return Understanding((Reading(query_of(shape, ["."]), 1.0, (shape.why,)),), True, shape.kind, tuple(notes))
    if nothing := _unheard_of(question, finder):
        reading = Reading(query_of(shape, [f"absent:{nothing}"]), 1.0, ("asks if there is such a thing",))
        return Understanding((reading,), True, shape.kind, tuple(notes))
    named = Named(linker, finder)
    if subject := named.subject(question, shape, links):
        meant = named.understand(question, shape, subject, notes)
        if shape.kind != "explain" or not _by_way_of(question, subject):
            return meant
        # "Where are functions registered with X executed?" is not about X, but X leads there.
        described = Described(linker, finder).understand(question, shape, links, notes)
        return described._replace(readings=(*described.readings[:2], *meant.readings[:1]), certain=False)
    meant = Described(linker, finder).understand(question, shape, links, notes)
    if undefined := _undefined(question, shape, about or plain):
        note = f"{undefined} stands where a name stands, and nothing here has it: what is like it is only offered"
        return meant._replace(certain=False, notes=(*meant.notes, note))
    return meant


def _setting(question: str, shape: Shape, linker: Linker, links: list[Link]) -> list[Link]:
    """The links, or the name in "the setting worker_pool" where no code defines that, and something refers to it."""
    match = (
        None
        if any(link.entities and not _read_elsewhere(linker, link) for link in links)
        else _SETTING.search(question)
    )
    if match is None:
        return links
    link = linker.link(Mention(match[1], match.start(1), match.end(1), "snake", "value", True))
    documented = _read_elsewhere(linker, link) and shape.kind in (
        "where",
        "callers",
    )  # what it does, its document tells
    return [_as_setting(link)] if link.foreign or documented else links


def _read_elsewhere(linker: Linker, link: Link) -> bool:
    """Whether documents and tests alone have a name: they set and explain a setting, and do not read it."""
    records = [linker.index.record(split_id(e)[0]) for e in link.entities]
    return bool(records) and all(
        linker.kind(e) == "section" or (r is not None and r.is_test)
        for e, r in zip(link.entities, records, strict=True)
    )


def _as_setting(link: Link) -> Link:
    return Link(link.mention, (f"setting:{link.mention.text}",), "a setting")


def _with_outside(linker: Linker, links: list[Link], others: list[Link]) -> list[Link]:
    """The links of a question about imports: it may name what comes from outside, too."""
    found = {x.mention.start: x for x in (*others, *links)}
    asked = [x if x.entities else linker.outside(x.mention) or x for _, x in sorted(found.items())]
    return [x for x in asked if x.entities or x.absent]


def _by_way_of(question: str, subject: list[Link]) -> bool:
    """Whether the only name is a means of something else that is asked about: "things made with X"."""
    return len(subject) == 1 and bool(_MEANS.search(question[: subject[0].mention.start].rstrip("`")))


def _placed(question: str, shape: Shape, links: list[Link]) -> tuple[Shape, list[Link]]:
    """A folder in which something else is asked for is where to look, and not what is asked for."""
    folders = [
        x for x in links if len(links) > 1 and x.entities and _IN.search(question[: x.mention.start].rstrip("`"))
    ]
    for link in folders:
        path = link.entities[0]
        folder = path if path.endswith("/") else path.removesuffix("__init__.py")
        others = [x for x in links if x is not link and x.entities]
        if folder.endswith("/") and others and shape.kind == "callers":
            return shape._replace(scope=folder), others
    return shape, links


def _unheard_of(question: str, finder: Finder) -> str:
    """The proper name in "is there a Redis storage" of which no word is known here."""
    finder.follow()
    if not finder.size or not existence(question):
        return ""
    for mention in mentions(question):
        if mention.style == "proper" and not any(finder.knows(stem(p)) for p in split_name(mention.text)):
            return mention.text
    return ""


def _undefined(question: str, shape: Shape, links: list[Link]) -> str:
    """The plain word that is asked about as a name is ("who calls price"), and that nothing here is called.

    What fits it by description has another name, so it is not what was asked for.
    """
    if shape.kind not in _OF_A_NAME and not _DOES.search(question):
        return ""
    return next((x.mention.text for x in links if x.mention.slot and not x.entities and not x.absent), "")


def _pair(linker: Linker, question: str) -> list[Link]:
    """A class and its member as two words: "Window close"."""
    match = re.fullmatch(r"\s*([A-Z]\w*) (\w+)(?:\(\))?\s*", question)
    link = linker.link(Mention(f"{match[1]}.{match[2]}", 0, len(question), "dotted", "", True)) if match else None
    return [link] if link is not None and link.entities else []


def _linker(index: Index) -> Linker:
    """The linker of an index, kept while the index is the same object."""
    known = _linkers.get(id(index))
    if known is None or known[0] is not index:
        _linkers.clear()
        known = _linkers[id(index)] = (index, Linker(index))
    return known[1]


def _stated(shape: Shape, kind: str | None, since: str | None) -> Shape:
    """The shape with what the asker stated put over it. A kind that is none of ours is ignored."""
    for known in get_args(Kind):
        if kind == known:
            topics = shape.topics if known == "commands" else ()
            shape = shape._replace(kind=known, topics=topics, why="stated by the asker")
    return shape._replace(since=window_of(since) or since) if since else shape


def _about(linker: Linker, name: str) -> Link:
    """What the asker stated as a name or path: an id as it was served before, or any way of writing a name."""
    if name in linker.index or linker.index.symbol(name) is not None or name.startswith(("setting:", "command:")):
        return Link(Mention(name, 0, 0, "ticks", "", True), (name,), "stated by the asker")
    found = mentions(f"`{name}`")
    return linker.link(found[0] if found else Mention(name, 0, 0, "ticks", "", True))


def _passing(link: Link) -> bool:
    """A capitalised word within the sentence is left standing: it may be a plain word."""
    return link.mention.style == "proper" and not link.mention.noun and not link.mention.slot


def _note(link: Link) -> str:
    return f"{link.mention.text}: {link.how}"
