"""Readings of a question that names what it is about: which of the linked names is the subject, and which thing of that name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.question.link import CLASSES, Link, Linker
from store.question.reading import Reading, Understanding, query_of
from store.question.terms import split_name, stem, terms

if TYPE_CHECKING:
    from store.question.find import Finder, Found
    from store.question.kinds import Shape

_CONSTRUCTOR = re.compile(
    r"\b(constructors?|constructed|instantiat\w+|initiali[sz]\w+|signature|parameters?|arguments?|args|kwargs|defaults?)\b"
)
_INTRODUCED = re.compile(r"\b(first|introduc\w+|brought|bring|add(ed|s)?|appear\w*|came|creat\w+|origin\w*)\b")
_DOCUMENTS = (".txt", ".html", ".xml", ".css", ".md", ".csv")
"""What a file that only a running program deals with ends in: "robots.txt" """
_OF_FOLDERS = frozenset(("contents", "explain", "where", "changes", "depends", "callers"))
"""Kinds that a folder can be asked for, and not only a file."""
_SETTING_KINDS = frozenset(("explain", "where", "callers", "callees", "contents", "commands", "docs"))


class Named:
    """Readings by name, against one index."""

    def __init__(self, linker: Linker, finder: Finder) -> None:
        self.linker = linker
        self.finder = finder

    def subject(self, question: str, shape: Shape, links: list[Link]) -> list[Link]:
        """The links that the question is about; none where it only mentions names in passing."""
        solid = [link for link in links if link.entities and not self._passing(question, link)]
        absent = [link for link in links if link.absent and not (link.takers and len(terms(question)) > 2)]
        if absent and (not solid or self._denies(absent[0], solid[0])):
            return absent[:1] if self._surely_absent(absent[0], question) else []
        solid = self._narrowed(solid, [link for link in links if link.entities])
        for link in solid or [link for link in links if link.entities]:
            if taken := self._taking(link, links):
                return [taken]
        if shape.compares or len(solid) < 2:
            return solid[:2]
        return ([link for link in solid if link.mention.slot] or solid)[:1]

    def understand(self, question: str, shape: Shape, subject: list[Link], notes: list[str]) -> Understanding:
        """The readings of a question about these links."""
        first = subject[0]
        if first.absent and not first.entities:
            reading = Reading(query_of(shape, [f"absent:{first.absent}"]), 1.0, (shape.why, first.how))
            return Understanding((reading,), True, shape.kind, tuple(notes))
        if shape.kind == "changes" and (
            _INTRODUCED.search(question.lower()) or first.entities[0].startswith("setting:")
        ):
            # What brought a name into the files is found by the name's text; the log of its lines says what changed it last.
            return self._introduced(shape, first, notes)
        shape, first = self._settled(shape, first)
        if shape.compares and len(subject) > 1:
            reading = Reading(query_of(shape, [s.entities[0] for s in subject]), 1.0, (shape.why, "compares two"))
            return Understanding((reading,), True, shape.kind, tuple(notes))
        if first.parameter and shape.kind == "explain":
            shape = shape._replace(scope=f"parameter:{first.parameter}")
        ids, clear = self._ordered(question, self._constructor(question, shape, first))
        readings = tuple(
            Reading(query_of(shape, [e]), round(1 - 0.05 * n, 2), (shape.why, first.how)) for n, e in enumerate(ids[:3])
        )
        # What is asked for by what it is not cannot be read off one thing: it is only offered.
        return Understanding(readings, clear and not shape.negated, shape.kind, tuple(notes))

    def _settled(self, shape: Shape, link: Link) -> tuple[Shape, Link]:
        """The kind as the thing allows it: files import where functions call, only classes have subclasses."""
        entity = link.entities[0]
        kind = self.linker.kind(entity)
        if entity.startswith("setting:"):
            return (shape._replace(kind="setting", why="a setting") if shape.kind in _SETTING_KINDS else shape), link
        if not kind:
            if shape.kind == "callees":
                shape = shape._replace(kind="depends", why="asks what it imports")
            if shape.kind in _OF_FOLDERS and (folder := _folder_named(link.mention.text, entity)):
                link = link._replace(entities=(folder,))
        elif (shape.kind == "contents" and kind not in CLASSES) or (
            shape.kind == "subclasses" and kind not in CLASSES and kind != "method"
        ):
            shape = shape._replace(kind="explain")
        return shape, link

    def _introduced(self, shape: Shape, link: Link, notes: list[str]) -> Understanding:
        name = link.entities[0].removeprefix("setting:").partition("::")[2].rpartition(".")[2] or link.mention.text
        reading = Reading(query_of(shape, [f"text:{name}"]), 1.0, (shape.why, "asks for the commit that brought it"))
        return Understanding((reading,), True, shape.kind, tuple(notes))

    # -- which name is the subject -------------------------------------------------------------------------------------

    def _passing(self, question: str, link: Link) -> bool:
        """A name that only hints: a capitalised word in the sentence, or an attribute that was not asked for as such."""
        mention = link.mention
        if mention.slot or mention.style in ("dotted", "call", "upper", "path"):
            return False
        if mention.style == "proper" and not mention.noun:
            return len(terms(question)) > len(terms(mention.text)) + 1
        minor = self.linker.kind(link.entities[0]) in ("attribute", "variable", "section", "key")
        return minor and len(terms(question)) > len(terms(mention.text))

    def _denies(self, absent: Link, solid: Link) -> bool:
        """Whether the missing name rather than the found one is what is asked about."""
        if absent.foreign and not absent.mention.slot:
            return False
        return absent.mention.slot and not solid.mention.slot

    def _surely_absent(self, link: Link, question: str) -> bool:
        """A name that is not here is the subject, unless it may be a word that is written like code ("GitHub")."""
        mention = link.mention
        document = mention.style == "path" and mention.text.endswith(_DOCUMENTS) and "/" not in mention.text
        if mention.slot or mention.noun or not (mention.style == "camel" or document):
            return True
        if link.foreign or len(terms(question)) <= 2:
            return True
        self.finder.follow()
        named = link.absent.rpartition(".")[0] if document else link.absent
        return bool(self.finder.size) and not all(self.finder.knows(stem(p)) for p in split_name(named))

    def _narrowed(self, solid: list[Link], links: list[Link]) -> list[Link]:
        """A class and a member of it are one subject: the member. The class may be named in passing."""
        found = []
        for link in solid:
            outer = [e for other in links if other.mention != link.mention for e in other.entities]
            inside = tuple(e for e in link.entities if any(_within(e, o) for o in outer))
            found.append(link._replace(entities=inside) if inside else link)
        kept = [
            k
            for k in found
            if not any(_within(e, o) for f in found if f is not k for e in f.entities for o in k.entities)
        ]
        return kept or found

    def _taking(self, link: Link, links: list[Link]) -> Link | None:
        """A class or function and the name of a parameter: the function of it that takes the parameter."""
        for other in links:
            inside = tuple(t for t in other.takers if any(t == e or _within(t, e) for e in link.entities))
            if inside:
                first = sorted(inside, key=lambda e: not e.endswith(".__init__"))
                return link._replace(entities=tuple(first), how="a parameter of it", parameter=other.mention.text)
        return None

    # -- which thing of that name --------------------------------------------------------------------------------------

    def _constructor(self, question: str, shape: Shape, link: Link) -> Link:
        """A class whose arguments are asked for: its constructor."""
        if shape.kind != "explain" or self.linker.kind(link.entities[0]) not in CLASSES:
            return link
        if not _CONSTRUCTOR.search(question.lower()):
            return link
        made = self.linker.member(link.entities[0], "__init__")
        return link._replace(entities=tuple(made), how="its constructor") if made else link

    def _ordered(self, question: str, link: Link) -> tuple[list[str], bool]:
        """Several things of one name, best first, and whether the first is surely meant.

        Library before tests; then what the rest of the question describes.
        """
        ids = list(link.entities)
        if len(ids) < 2:
            return ids, True
        found: dict[str, Found] = {f.entity.partition("#")[0]: f for f in self.finder.find(question, 80)}
        fits = {e: round(found[k].covered, 1) if (k := e.partition("#")[0]) in found else 0.0 for e in ids}
        coarse = {e: self.linker.coarse(e) for e in ids}
        used = {e: len(self.linker.index.sites(e)) for e in ids}
        ordered = sorted(ids, key=lambda e: (coarse[e], -fits[e], -used[e], ids.index(e)))
        first, second = ordered[:2]
        return ordered, coarse[first] < coarse[second] or fits[first] >= fits[second] + 0.2


def _folder_named(text: str, entity: str) -> str:
    """The folder that is meant where the file found only stands for it: `jwt/index.ts` for "src/jwt", `log/log.go` for "log"."""
    folder, _, name = entity.rpartition("/")
    if not folder or text.endswith(name):
        return ""
    last = text.strip("/").replace("/", ".").rpartition(".")[2]
    return f"{folder}/" if folder.rpartition("/")[2] == last else ""


def _within(entity: str, outer: str) -> bool:
    """Whether an id lies inside another: a member of a class, a symbol of a file, a file of a folder."""
    return entity != outer and entity.startswith((outer + ".", outer + "::") if not outer.endswith("/") else outer)
