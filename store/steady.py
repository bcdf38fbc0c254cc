"""Sources that notice when the disk has moved on: text is handed out only while it is what the index was made from.

People keep typing while an answer is worked out. An answer quoting the new text under the old digest would come back to
life, wrong, as soon as the old text did. How freshness is judged: `store/evidence.py`.
"""

from __future__ import annotations

from store.evidence import Sources
from store.words import digest_of


class Moved(LookupError):
    """A file is no longer what was indexed: ask again, or leave it to the next shift."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} changed while an answer was worked out from it")
        self.path = path


class SteadySources(Sources):
    """As `Sources`, for work on one state of the tree: awake for one lookup, asleep for one shift."""

    def text(self, path: str) -> str:
        """The text of a file as it was indexed. Raises Moved if it is another one now, and what `Tree.read` raises."""
        data = self.tree.read(path)
        record = self.index.record(path)
        if record is None or record.digest != digest_of(data):
            raise Moved(path)
        return super().text(path)
