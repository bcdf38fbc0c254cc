"""How an answer is shown: claims to markdown under a budget, lines as they are now, quoted source fenced as data.

Finding the answer is `server/lookup.py`; which lines of a long quotation are shown, `server/excerpt.py`. No disk, no store.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server.excerpt import GAP, excerpt
from store.places import fill, where
from store.source.record import split_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.results import Candidate
    from store.graph.index import Index
    from store.words import Answer, Claim, Evidence

EVIDENCE = 8
"""How many places are listed: more are in the receipt."""

OFFERED = (240, 110)
"""Characters of quoted source for the first candidate and for the others: enough to judge by."""

_ASKS = re.compile(
    r"\?|^\s*(what|why|how|when|where|which|who|is|are|does|do|can|explain|describe|show|tell)\b|\bvs\b|(\S+\s+){4}\S",
    re.IGNORECASE,
)
"""Who asks so wants to understand; a fragment ("def parse", "cookie jar get") wants to be led there."""

PER_TOKEN = 4
"""Characters to a token, roughly."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

_SUBJECT = re.compile(r"^\w+\((.*)\)$", re.DOTALL)

_LANGUAGE = {
    "py": "python", "pyi": "python", "js": "javascript", "ts": "typescript", "tsx": "tsx", "jsx": "jsx", "go": "go",
    "rs": "rust", "java": "java", "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "hpp": "cpp", "md": "markdown",
    "toml": "toml", "yml": "yaml", "yaml": "yaml", "sh": "sh", "json": "json",
}  # fmt: skip


def clean(text: str) -> str:
    """Text that an agent or a terminal may be shown: no escape sequences, control or direction characters."""
    return _CONTROL.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def markdown(answer: Answer, index: Index, question: str, max_tokens: int) -> str:
    """The answer under about `max_tokens`. Quotations get a fifth: the lines that matter; and less for a mere fragment."""
    room = max_tokens * PER_TOKEN
    said = {n: clean(fill(c.text, index)) for n, c in enumerate(answer.claims) if not c.quote}
    quotes = [n for n, c in enumerate(answer.claims) if c.quote]
    for_quotes = room // (5 if _ASKS.search(question) else 8) if quotes else 0
    parts: list[str] = []
    left = room - for_quotes
    for n, claim in enumerate(answer.claims):
        if claim.quote:
            told = bool(parts) and where(claim.quote, index) in parts[-1]
            parts.append(_quoted(claim, index, question, for_quotes // len(quotes), told=told))
        elif left > 0:
            parts.append(_cut(said[n], left))
            left -= len(said[n]) + 1
    return "\n".join(part for part in parts if part)


def one_line(text: str, index: Index, longest: int = 240) -> str:
    """A brief for a list of candidates."""
    line = " ".join(clean(fill(text, index)).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + GAP


def offered(answer: Answer, index: Index, question: str, room: int) -> str:
    """A candidate: its answer in one line and, of the source that it quotes, the lines that speak to the question."""
    line = one_line(answer.brief, index)
    quote = next((c for c in answer.claims if c.quote), None)
    return f"{line}\n{_quoted(quote, index, question, room)}" if quote else line


def choice(candidates: Iterable[Candidate]) -> str:
    """What is shown where nothing is certain: the readings in order, each with what it says."""
    lines = ["It is not certain which is meant; best first. Ask again with the kind and about of the right one."]
    for number, one in enumerate(candidates, start=1):
        what = f'asked before: "{one.question}"' if one.question else f"{one.kind} {', '.join(one.about)}"
        lines.append(f"{number}. {what}\n{one.answer}")
    return "\n".join(lines)


def places(evidence: Iterable[Evidence], index: Index) -> list[str]:
    """Where to look, as "path:lines" now: at most `EVIDENCE`, spans before files, nothing twice."""
    found: dict[str, None] = {}
    for entity in sorted(filter(None, map(_entity, evidence)), key=lambda e: "::" not in e):
        if split_id(entity)[0] in index:
            found[where(entity, index)] = None
    lined = {place.partition(":")[0] for place in found if ":" in place}
    return [place for place in found if ":" in place or place not in lined][:EVIDENCE]


def _entity(evidence: Evidence) -> str:
    """The symbol or file that a piece of evidence is about, if it is about one."""
    if evidence.kind in ("file", "span"):
        return evidence.subject
    match = _SUBJECT.match(evidence.subject) if evidence.kind == "set" else None
    return match[1] if match else ""


def _quoted(claim: Claim, index: Index, question: str, room: int, *, told: bool = False) -> str:
    """Source as data: fenced, with a fence that the text itself cannot close. Its place is said unless it was `told` already."""
    shown = excerpt(clean(claim.text), question, room)
    if not shown.strip():
        return ""
    ticks = max((len(run) for run in re.findall(r"`{3,}", shown)), default=2) + 1
    fence = "`" * max(3, ticks)
    path = split_id(claim.quote)[0]
    language = _LANGUAGE.get(path.rpartition(".")[2].lower(), "")
    place = "" if told else f" {where(claim.quote, index)}"
    return f"{fence}{language}{place}\n{shown}\n{fence}"


def _cut(text: str, room: int) -> str:
    """Whole lines of a statement while they fit; a single line too long is cut at a word."""
    if len(text) <= room:
        return text
    kept: list[str] = []
    for line in text.splitlines():
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    if not kept:
        return text[: max(room + len(text.splitlines()[0]), 40)].rsplit(" ", 1)[0] + GAP
    return "\n".join([*kept, GAP])
