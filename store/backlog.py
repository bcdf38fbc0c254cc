"""How many entries of one kind wait in the journal, whichever process wrote them. Cheap enough to be asked every few seconds.

Only what came since last time is read. How entries leave the journal is `store/fold.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.fold import read_offsets

if TYPE_CHECKING:
    from store.words import Word


class _Counted(NamedTuple):
    start: int
    upto: int
    entries: int


class Backlog:
    """Counts the entries of one model."""

    def __init__(self, folder: Path, model: type[Word]) -> None:
        self._folder = folder
        self._mark = f'{{"t": "{model.__name__}", '.encode()
        self._counted: dict[str, _Counted] = {}

    def count(self) -> int:
        """The entries that no shift has folded yet."""
        offsets = read_offsets(self._folder)
        found: dict[str, _Counted] = {}
        for path in self._folder.glob("[0-9]*.jsonl"):
            start = offsets.get(path.name, 0)
            known = self._counted.get(path.name, _Counted(start, start, 0))
            try:
                found[path.name] = self._grown(path, known if known.start == start else _Counted(start, start, 0))
            except OSError:  # folded just now, and deleted
                continue
        self._counted = found
        return sum(one.entries for one in found.values())

    def _grown(self, path: Path, known: _Counted) -> _Counted:
        if path.stat().st_size <= known.upto:
            return known
        with path.open("rb") as file:
            file.seek(known.upto)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        entries = sum(1 for line in whole.splitlines() if line.startswith(self._mark))
        return _Counted(known.start, known.upto + len(whole), known.entries + entries)
