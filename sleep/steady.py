"""Sources that notice when the disk has moved on: text is handed out only while it is what the index was made from.

A shift takes minutes, and people keep typing. An answer quoting the new text under the old digest would come back to life, wrong,
as soon as the old text did. How freshness is judged: `store/evidence.py`.
"""

from __future__ import annotations

from store.evidence import Sources
from store.words import digest_of


class Moved(LookupError):
    """A file is no longer what was studied: what rests on it is left to the next shift."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} changed while the shift was at work; it is left to the next one")
        self.path = path


class SteadySources(Sources):
    """As `Sources`, for work on one state of the tree."""

    def text(self, path: str) -> str:
        """The text of a file as it was studied. Raises Moved if it is another one now, and what `Tree.read` raises."""
        data = self.tree.read(path)
        record = self.index.record(path)
        if record is None or record.digest != digest_of(data):
            raise Moved(path)
        return super().text(path)
