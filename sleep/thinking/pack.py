"""A pack: one context as a model gets to see it, and everything that an answer from it rests on.

Its text is a function of its blocks, byte for byte, so equal packs can share a cache and need not be paid for twice. Which
contexts there are and how they are gathered is `sleep/thinking/enrich.py`; what is asked about them, `sleep/thinking/prompt.py`.
"""

from __future__ import annotations

from functools import cached_property

from store.source.record import split_id
from store.words import Evidence, Word, digest_of


class Block(Word):
    """The text of one symbol or file, secrets replaced, and the line that it began at when it was packed."""

    entity: str
    start: int
    text: str

    @property
    def path(self) -> str:
        return split_id(self.entity)[0]

    @property
    def end(self) -> int:
        return self.start + self.text.count("\n")

    @property
    def numbered(self) -> str:
        """Its lines, each with its number."""
        return "\n".join(f"{self.start + n}| {line}" for n, line in enumerate(self.text.split("\n")))


class Pack(Word):
    """One context. `hints` are structural facts about it that its own text does not tell."""

    subject: str
    blocks: tuple[Block, ...]
    hints: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @cached_property
    def digest(self) -> str:
        """What it is by what it rests on: a block that merely moved to other lines is the same."""
        return digest_of("\n".join(sorted(f"{e.kind} {e.subject} {e.digest}" for e in self.evidence)))

    @cached_property
    def text(self) -> str:
        """As it is sent: data between marks that its own text cannot contain, because they are made from its digest."""
        mark = self.digest[:12]
        parts = [f"<context-{mark}>"]
        for path in self.paths:
            numbered = "\n".join(b.numbered for b in self.blocks if b.path == path)
            parts.append(f'<code-{mark} path="{_attribute(path)}">\n{numbered}\n</code-{mark}>')
        if self.hints:
            parts.append(f"<known-{mark}>\n" + "\n".join(self.hints) + f"\n</known-{mark}>")
        return "\n".join([*parts, f"</context-{mark}>"])

    def at(self, path: str, line: int) -> Block | None:
        """The block that holds a line of a file."""
        return next((b for b in self.blocks if b.path == path and b.start <= line <= b.end), None)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The files that it has text of, in order."""
        return tuple(dict.fromkeys(b.path for b in self.blocks))


def _attribute(text: str) -> str:
    """A path as it may stand in a tag: a file name can hold anything."""
    return "".join(c if c.isprintable() and c not in '"<>&' else "_" for c in text)
