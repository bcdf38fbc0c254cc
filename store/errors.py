"""Every error that a user can meet, as one tree. Each says what happened, what was kept, and what to do.

    ForethoughtError
    ├── BadCall            (ValueError)           a call that makes no sense as it was written: exit code 2
    ├── OutsideRepo        (PermissionError)      a path that leads out of the repository
    ├── NoSuchFile         (FileNotFoundError)    a path that is not there
    ├── NoSuchRepo         (NotADirectoryError)   the repository itself is not there
    ├── ModelMissing       (FileNotFoundError)    the embedding model is not where the installation put it
    └── StoreError         (RuntimeError)         anything about the store
        ├── NoStore        (FileNotFoundError)    nothing has been stored yet
        ├── StoreTooNew                           written by a newer forethought
        ├── StoreDamaged                          unreadable, and not to be repaired from here
        ├── StoreBusy      (TimeoutError)         somebody else holds it
        ├── StoreFull      (OSError)              no space left
        └── StoreUnwritable (PermissionError)     it can be read but not written

Expected outcomes (a miss, a stale answer, an unreadable source file) are values, not errors. The errors become protocol and exit
codes at the edges only: `server/mcp.py` and `server/cli.py`.
"""

from __future__ import annotations

from pathlib import Path


class ForethoughtError(Exception):
    """The root of the tree: catch this to catch all of it."""


class BadCall(ForethoughtError, ValueError):
    """The call cannot be carried out as it was written; the message names what to change."""


class OutsideRepo(ForethoughtError, PermissionError):
    """A path leads out of the repository, by `..`, by being absolute, or through a symlink."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(f"{_quoted(path)} is outside the repository. Nothing was read. Give a path below its root.")
        self.path = str(path)


class NoSuchFile(ForethoughtError, FileNotFoundError):
    """There is no readable file of that name in the repository."""

    def __init__(self, path: str | Path, reason: str = "") -> None:
        why = f" ({reason})" if reason else ""
        super().__init__(f"There is no readable file {_quoted(path)} in the repository{why}. Nothing was changed.")
        self.path = str(path)


class NoSuchRepo(ForethoughtError, NotADirectoryError):
    """The repository is not there, is not a folder, or cannot be listed."""

    def __init__(self, path: str | Path, reason: str = "it is not a folder that can be listed") -> None:
        super().__init__(
            f"Cannot use {_quoted(path)} as the repository: {reason}. Give an existing folder with --repo."
        )
        self.path = str(path)


class ModelMissing(ForethoughtError, FileNotFoundError):
    """The embedding model that belongs to the installation is not there."""

    def __init__(self, folder: str | Path) -> None:
        super().__init__(
            f"The embedding model is missing: {_quoted(folder)} is not complete. The store is untouched, and questions are still"
            " answered by name and full text. Reinstall forethought to get the model back; it is never downloaded."
        )
        self.folder = str(folder)


class StoreError(ForethoughtError, RuntimeError):
    """Anything about the store."""


class NoStore(StoreError, FileNotFoundError):
    """Nothing has been stored yet, and the caller did not ask to begin."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"There is no store at {uri} yet. Run `forethought sleep` (or `serve`) to begin one.")
        self.uri = uri


class StoreTooNew(StoreError):
    """The store was written by a newer forethought than this one."""

    def __init__(self, uri: str, found: int, ours: int) -> None:
        super().__init__(
            f"The store at {uri} has layout {found}; this forethought knows layouts up to {ours}. It was left as it is."
            " Upgrade forethought, or point --store at another folder."
        )
        self.uri, self.found, self.ours = uri, found, ours


class StoreDamaged(StoreError):
    """A table cannot be read and could not be set aside from here (an object store, or no right to rename)."""

    def __init__(self, table: str, uri: str, reason: str) -> None:
        super().__init__(
            f"Table {table!r} of the store at {uri} cannot be read ({reason}). It was left as it is, and journalled queries are"
            " kept. Move that table away; it is made anew from the sources."
        )
        self.table, self.uri, self.reason = table, uri, reason


class StoreBusy(StoreError, TimeoutError):
    """Somebody else holds what is needed, longer than we were willing to wait."""

    def __init__(self, what: str, holder: int | None = None) -> None:
        by = f" by process {holder}" if holder else ""
        super().__init__(f"The {what} is held{by}. Nothing was changed. Try again when it is done.")
        self.what, self.holder = what, holder


class StoreFull(StoreError, OSError):
    """The disk (or its quota) is full."""

    def __init__(self, where: str | Path) -> None:
        super().__init__(
            f"No space left to write {_quoted(where)}. What had been stored before is intact; this entry was not recorded."
            " Free some space; the store itself can be deleted and is rebuilt by the next shift."
        )
        self.where = str(where)


class StoreUnwritable(StoreError, PermissionError):
    """The store can be read but not written."""

    def __init__(self, where: str | Path, reason: str = "permission denied") -> None:
        super().__init__(
            f"Cannot write the store at {_quoted(where)}: {reason}. It was left as it is. Make it writable,"
            " or choose another place with --store or FORETHOUGHT_STORE."
        )
        self.where = str(where)


def _quoted(path: str | Path) -> str:
    """A path as it may stand in a message: one line, printable, not endless."""
    text = str(path)
    return repr(text if len(text) <= 300 else f"{text[:297]}...")


UNREACHABLE = (ForethoughtError, OSError, RuntimeError, ValueError)
"""What a store that is far away, half there or gone may raise, through LanceDB too."""
