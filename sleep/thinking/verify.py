"""Verification before publication: an item of a model is believed only if the source bears it out; else it is dropped and
counted.

    form      the lint found nothing in it that could steer, hide or carry out (`sleep/thinking/lint.py`)
    quotes    each stands in the named file at the named lines of what the model was given
    names     every identifier in it exists in the index or in the quoted code
    numbers   every number, and every command, occurs in a quote
    structure nothing that the index knows for certain contradicts it (`sleep/thinking/contradict.py`)

This proves support by the text, not truth: a lying comment can be quoted. So confidence stays below 1, and is lower where
comments are the only support. Agreement between samples is `sleep/thinking/agree.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sleep.thinking.contradict import contradicted
from sleep.thinking.lint import refused, refused_question
from sleep.thinking.notes import Fact, Foreseen, Notes, Quote
from sleep.thinking.pack import Block, Pack
from store.graph.index import Index

SLACK = 3
"""Lines by which a quote may be off: models miscount."""

CONFIDENCE = 0.6
"""Of what one sample said and the source bears out."""

COMMENT_ONLY = 0.15
"""How much less where only comments or documentation strings support it."""


class Held(NamedTuple):
    """An item that holds: what it said, the blocks that bear it out, and how far it may be trusted."""

    item: Fact | Foreseen
    blocks: tuple[Block, ...]
    confidence: float


class Verified(NamedTuple):
    """What is left of a reply, and why the rest is not."""

    held: list[Held]
    dropped: Counter[str]


def verify(notes: Notes, pack: Pack, index: Index) -> Verified:
    """Sort the items of a reply into those that the source bears out and those that it does not."""
    held: list[Held] = []
    dropped: Counter[str] = Counter()
    items: list[Fact | Foreseen] = [*notes.facts, *notes.questions]
    for item in items:
        found = _support(item.support, pack)
        reason = refusal(item) or ("" if found else "quote not found") or _unsupported(item, pack, index)
        if reason:
            dropped[reason] += 1
        else:
            held.append(Held(item, found, _confidence(item.support)))
    return Verified(held, dropped)


def refusal(item: Fact | Foreseen) -> str:
    """Why the wording of an item alone forbids keeping it; "" if it does not."""
    if isinstance(item, Fact):
        return refused(item.text) or refused(item.subject)
    return refused_question(item.question) or refused(item.answer)


def _said(item: Fact | Foreseen) -> str:
    return f"{item.subject} {item.text}" if isinstance(item, Fact) else f"{item.question} {item.answer}"


# -- quotes ------------------------------------------------------------------------------------------------------------------


def _support(quotes: Iterable[Quote], pack: Pack) -> tuple[Block, ...]:
    """The blocks that hold the quotes; empty as soon as one quote is held by none."""
    blocks: list[Block] = []
    for quote in quotes:
        block = _block_of(quote, pack)
        if block is None:
            return ()
        blocks.append(block)
    return tuple(dict.fromkeys(blocks))


def _block_of(quote: Quote, pack: Pack) -> Block | None:
    wanted = _squeezed(quote.quote)
    if len(wanted) < 6 or "‹redacted" in quote.quote or quote.last < quote.first or quote.last - quote.first > 40:
        return None
    for block in pack.blocks:
        if block.path != quote.path or block.end < quote.first - SLACK or block.start > quote.last + SLACK:
            continue
        lines = block.text.split("\n")
        first = max(quote.first - SLACK - block.start, 0)
        near = "\n".join(lines[first : max(quote.last + SLACK + 1 - block.start, 0)])
        if wanted in _squeezed(near):
            return block
    return None


def _squeezed(text: str) -> str:
    """Without white space: models re-indent what they copy."""
    return "".join(text.split())


_COMMENT = re.compile(r"^\s*(#|//|/\*|\*|\"\"\"|'''|--|;;)")


def _confidence(quotes: Sequence[Quote]) -> float:
    code = any(re.search(r"[()\[\]{}=:;]", q.quote) and not _COMMENT.match(q.quote) for q in quotes)
    return CONFIDENCE if code else CONFIDENCE - COMMENT_ONLY


# -- names, numbers, commands ------------------------------------------------------------------------------------------------

_TICKED = re.compile(r"`([^`\n]{1,200})`")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
_TELLING = re.compile(r"_|\(\)|\w\.\w|[a-z][A-Z]|^[A-Z][a-z]+[A-Z]|^[A-Z]{3,}\w*\d")
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?(?![\w])")
_PATHLIKE = re.compile(
    r"[\w.-]+(?:/[\w.-]+)+|\b[\w-]+\.(?:py|js|ts|go|rs|java|c|h|cpp|toml|yml|yaml|json|md|sh|cfg|ini)\b"
)
_SPELLED = frozenset(("e.g", "i.e", "etc"))


def _unsupported(item: Fact | Foreseen, pack: Pack, index: Index) -> str:
    """Why what the item says goes beyond its quotes and the index; "" if it does not."""
    said = _said(item)
    quoted = "\n".join(q.quote for q in item.support)
    if any(n.replace("_", "") not in _numbers(quoted) for n in _NUMBER.findall(_without_paths(said))):
        return "number not in quote"
    if any(" " in tick.strip() and _squeezed(tick) not in _squeezed(quoted) for tick in _TICKED.findall(said)):
        return "command not in quote"
    words = _words_of(pack)
    if any(not _known_path(p, pack, index) for p in _PATHLIKE.findall(said) if not _is_name(p, index, words)):
        return "no such file"
    if any(not _is_name(name, index, words) for name in _names(said)):
        return "no such name"
    if isinstance(item, Fact) and not _known_subject(item.subject, pack, index, words):
        return "no such name"
    return "contradicts the index" if contradicted(said, pack, index) else ""


def _numbers(text: str) -> set[str]:
    return {n.replace("_", "") for n in re.findall(r"\d[\d_]*(?:\.\d+)?", text)}


def _without_paths(said: str) -> str:
    return _PATHLIKE.sub(" ", said)


def _names(said: str) -> Iterable[str]:
    """What is written as code: in backticks, or spelled as only identifiers are."""
    for tick in _TICKED.findall(said):
        if " " not in tick.strip():
            yield from _IDENTIFIER.findall(tick)
    for word in _IDENTIFIER.findall(_PATHLIKE.sub(" ", _TICKED.sub(" ", said))):
        if _TELLING.search(word) and word.lower() not in _SPELLED:
            yield word


def _is_name(name: str, index: Index, words: frozenset[str]) -> bool:
    """Whether each part of a dotted name is a symbol, a setting or a file here, or stands in the code that was given."""
    bare = name.removesuffix("()")
    if bare in words or set(bare.split(".")) <= words:
        return True
    return all(
        part in words or index.named(part) or index.with_stem(part) or index.settings(part) for part in bare.split(".")
    )


def _words_of(pack: Pack) -> frozenset[str]:
    return frozenset(w for block in pack.blocks for w in re.findall(r"[A-Za-z_]\w*", block.text)) | frozenset(
        w for hint in pack.hints for w in re.findall(r"[A-Za-z_]\w*", hint)
    )


def _known_path(path: str, pack: Pack, index: Index) -> bool:
    if path in index or any(p.endswith("/" + path) for p in pack.paths):
        return True
    return any(path in block.text for block in pack.blocks) or any(path in hint for hint in pack.hints)


def _known_subject(subject: str, pack: Pack, index: Index, words: frozenset[str]) -> bool:
    bare = subject.strip().removesuffix("()").split("::")[-1]
    return bool(bare) and (
        bare in pack.paths or bare in index or index.symbol(subject) is not None or _is_name(bare, index, words)
    )
