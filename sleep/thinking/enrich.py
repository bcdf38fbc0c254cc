"""Enrichment, c' = g(c): which contexts a model should think about, best first, and the pack that it gets to see of each.

A context is one file, a part of a long one, or the small files of one folder together. What is asked about a pack is
`sleep/thinking/prompt.py`; who answers, `sleep/thinkers/`; what is believed, `sleep/thinking/verify.py`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import NamedTuple

from sleep.prediction.predict import Prediction
from sleep.thinking.pack import Block, Pack
from store.errors import NoSuchFile, OutsideRepo
from store.evidence import Sources
from store.families.view import View
from store.graph.index import Index
from store.secrets import looks_secret_file, redact
from store.source.record import FileRecord, Symbol, split_id, symbol_id
from store.steady import Moved

PACK_BYTES = 64_000
"""A pack is at most about this long: well below the prompt size from which a model's price jumps."""

ALONE_BYTES = 5_000
"""A file of this size is a context of its own; smaller ones of one folder are put together."""

FREE_FORM = 2.0
"""What the questions that structure cannot answer are worth, for each unit of predicted interest: three in ten questions, but
such a one costs an agent some 4,000 tokens of reading, six times as much as one that structure answers."""

LASTS = 7.0
"""Days for which a thought stays true, about, before its context changes; a prediction is of one day."""

BYTES_A_TOKEN = 2.8
"""Of source with its line numbers, as it is estimated; what is reserved is more (`sleep/thinkers/sending.py`)."""

_LINE_BYTES = 38

NEVER_SENT = (
    "*.lock", "*-lock.json", "*.min.js", "*.min.css", "*.map", "*.svg", "*.csv", "*.jsonl", "*_pb2.py", "*.pb.go", "*.snap",
    "vendor/*", "*/vendor/*", "node_modules/*", "*/node_modules/*", "third_party/*", "*/third_party/*", "*/_vendor/*", "dist/*",
    "build/*", "*/fixtures/*", "*/testdata/*",
    # Instructions to agents by design: never to be made into facts.
    "AGENTS.md", "*/AGENTS.md", "CLAUDE.md", "*/CLAUDE.md", "GEMINI.md", "*/GEMINI.md", ".cursorrules", "*/.cursorrules",
    ".cursor/*",
    ".claude/*", "*/SKILL.md", ".github/copilot-instructions.md",
)  # fmt: skip
"""Files that no model gets to see, whatever else holds; the user's own patterns come on top."""

_PROSE = ("text", "markdown", "rst", "json", "toml", "yaml", "ini", "xml", "html", "css")
_TOP = frozenset(
    {"class", "function", "method", "interface", "struct", "enum", "trait", "type", "macro", "constant", "variable"}
)
_PRIVATE_KEY = re.compile("‹redacted:private-key›")


class Context(NamedTuple):
    """What a model may be asked about: the ids of its symbols, what thinking about it is worth, and about how long it is."""

    subject: str
    entities: tuple[str, ...]
    value: float
    bytes: int

    @property
    def tokens(self) -> int:
        """Of its prompt, about."""
        return int(self.bytes / BYTES_A_TOKEN) + 1_500

    @property
    def output(self) -> int:
        """Tokens of the answer, about: there is more to say about more."""
        return min(2_500, 300 + int(self.bytes / BYTES_A_TOKEN / 2))


def contexts(index: Index, predictions: Iterable[Prediction], unsent: Sequence[str] = ()) -> list[Context]:
    """Every context that may be sent, the most valuable first. `value` is in waited-for tokens, as a prediction's."""
    interest: dict[str, float] = defaultdict(float)
    for prediction in predictions:
        for path in {split_id(e)[0] for e in prediction.query.entities}:
            interest[path] += prediction.value * FREE_FORM * LASTS
    found: list[Context] = []
    small: dict[str, list[FileRecord]] = defaultdict(list)
    for path in sorted(index.paths()):
        record = index.record(path)
        if record is None or not sendable(record, unsent):
            continue
        if _size(_tops(record)) >= ALONE_BYTES:
            found += _parts(record, interest[path])
        else:
            small[path.rpartition("/")[0]].append(record)
    for folder, records in small.items():
        found += _together(folder, records, interest)
    return sorted(found, key=lambda c: (-c.value, c.subject, c.entities))


def sendable(record: FileRecord, unsent: Sequence[str] = ()) -> bool:
    """Whether a model may see a file: code that was parsed, no test, nothing that is there to hold secrets or to steer agents."""
    if not record.parsed or record.is_test or record.language in _PROSE or looks_secret_file(record.path):
        return False
    return not any(fnmatch(record.path, pattern) for pattern in (*NEVER_SENT, *unsent))


def pack(sources: Sources, context: Context) -> Pack | None:
    """The pack of a context as the sources are now; None where nothing of it may be sent, or a file moved meanwhile."""
    view = View(sources)
    blocks: list[Block] = []
    try:
        for path, entities in _by_path(context.entities).items():
            blocks += _blocks(view, path, entities)
    except (Moved, NoSuchFile, OutsideRepo):
        return None
    if not blocks:
        return None
    hints = tuple(redact(hint) for hint in _hints(view, blocks))
    return Pack(subject=context.subject, blocks=tuple(blocks), hints=hints, evidence=view.evidence)


# -- contexts ----------------------------------------------------------------------------------------------------------------


def _tops(record: FileRecord) -> list[Symbol]:
    """The outermost definitions, in order; each line belongs to one of them at most."""
    tops: list[Symbol] = []
    for symbol in sorted(record.symbols, key=lambda s: (s.start, -s.end)):
        if symbol.kind in _TOP and (not tops or symbol.start > tops[-1].end):
            tops.append(symbol)
    return tops


def _size(symbols: Iterable[Symbol]) -> int:
    return sum(s.end - s.start + 1 for s in symbols) * _LINE_BYTES


def _parts(record: FileRecord, interest: float) -> Iterator[Context]:
    """One file, in as many parts as its length demands."""
    symbols = [piece for symbol in _tops(record) for piece in _pieces(record, symbol)]
    total = _size(symbols) or 1
    part: list[Symbol] = []
    for symbol in [*symbols, None]:
        if part and (symbol is None or _size([*part, symbol]) > PACK_BYTES):
            size = _size(part)
            ids = tuple(symbol_id(record.path, s.qual) for s in part)
            yield Context(record.path, ids, interest * size / total, size)
            part = []
        if symbol is not None:
            part.append(symbol)


def _pieces(record: FileRecord, symbol: Symbol) -> list[Symbol]:
    """A definition, or what is in it where it alone is too long; what is too long even then is left out."""
    if _size([symbol]) <= PACK_BYTES:
        return [symbol]
    inner = FileRecord(
        record.path, record.digest, record.language, record.lines,
        symbols=tuple(s for s in record.symbols if s.qual.startswith(symbol.qual + ".")),
    )  # fmt: skip
    return [s for s in _tops(inner) if _size([s]) <= PACK_BYTES]


def _together(folder: str, records: Sequence[FileRecord], interest: Mapping[str, float]) -> Iterator[Context]:
    """The small files of a folder, as many to a context as stay small together."""
    group: list[FileRecord] = []
    size = 0
    for record in [*records, None]:
        length = _size(_tops(record)) if record else 0
        if group and (record is None or size + length > 4 * ALONE_BYTES):
            ids = tuple(symbol_id(r.path, s.qual) for r in group for s in _tops(r))
            subject = group[0].path if len(group) == 1 else (f"{folder}/" if folder else ".")
            if any(s.kind in ("class", "function") for r in group for s in _tops(r)):
                yield Context(subject, ids, sum(interest[r.path] for r in group if r.path in interest), size)
            group, size = [], 0
        if record is not None and length:
            group.append(record)
            size += length


# -- packs -------------------------------------------------------------------------------------------------------------------


def _by_path(entities: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for entity in entities:
        found[split_id(entity)[0]].append(entity)
    return found


def _blocks(view: View, path: str, entities: Iterable[str]) -> list[Block]:
    # Cut out of the whole file, so that a secret that spans lines is seen as one.
    text = redact(view.sources.text(path))
    if _PRIVATE_KEY.search(text):
        return []
    lines = text.splitlines()
    blocks = []
    for entity in entities:
        symbol = view.sources.index.symbol(entity)
        if symbol is None:
            continue
        view.source(entity)
        blocks.append(Block(entity=entity, start=symbol.start, text="\n".join(lines[symbol.start - 1 : symbol.end])))
    return blocks


def _hints(view: View, blocks: Sequence[Block]) -> Iterator[str]:
    """What the text itself does not tell: who uses the files, and how what they call elsewhere is declared."""
    own = {b.path for b in blocks}
    for path in sorted(own):
        users = [p for p in view.importers(path) if not view.is_test(p)][:6]
        if users:
            yield f"{path} is used by {', '.join(users)}"
    seen: set[str] = set()
    for block in blocks:
        for edge in view.edges(block.entity):
            path, qual = split_id(edge.target)
            if edge.kind != "call" or not edge.exact or not qual or path in own or edge.target in seen:
                continue
            symbol = view.symbol(edge.target) if len(seen) < 24 else None
            seen.add(edge.target)
            if symbol is not None and symbol.signature:
                yield f"{edge.target}: {' '.join(symbol.signature.split())[:160]}"
