"""What a language has to say for its names to be resolved, what a name can mean, and how paths lie to each other.

The languages: `ecmascript_modules.py`, `go_packages.py`, `rust_crates.py`, `java_packages.py`, `c_includes.py`. What is common to
them: `path_names.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.source.record import FileRecord


class Meaning(NamedTuple):
    """What a chain means so far.

    kind     what
    file     the file `path` as a module
    package  the folder `path` as a package
    module   the module `qual` in `path` ("" for the file itself)
    symbol   the symbol `qual` of `path`, or where it is a type: an instance of it
    outside  something of another distribution: `qual` is its dotted name

    With `guess` it may be something else; with `wrapped` it is what comes out of it by waiting or unwrapping.
    """

    kind: str
    path: str = ""
    qual: str = ""
    guess: bool = False
    wrapped: bool = False


class Language(Protocol):
    """How one language finds things.

    Every path that an answer depends on, there or not, is shown to the `PathNames` that it was given (`see`). A path that
    ends in "/" stands for all that lies directly in that folder.
    """

    def scope(self, path: str, name: str, scope: str) -> Meaning | None:
        """What a bare name means in a file, within the definition `scope`."""

    def module(self, path: str, specifier: str, scope: str = "") -> Meaning | None:
        """What an import specifier means in a file, within the definition `scope`."""

    def member(self, of: Meaning, name: str) -> Meaning | None:
        """What a file, package or module shows under a name."""

    def attribute(self, of: Meaning, name: str) -> Meaning | None:
        """A member of a type that is not defined with it in one file."""

    def shown(self, meaning: Meaning) -> str:
        """The target for a package or module as a whole."""

    def settled(self, meaning: Meaning) -> Meaning:
        """The definition, where a symbol is only declared."""


def files_above(path: str, name: str) -> Iterator[str]:
    """`name` in the folder of `path` and in each above it: where a project's own file may lie."""
    folder = path.rpartition("/")[0]
    while True:
        yield f"{folder}/{name}" if folder else name
        if not folder:
            return
        folder = folder.rpartition("/")[0]


def project(record: FileRecord | None, key: str) -> str:
    """What a project file (package.json, go.mod, Cargo.toml, tsconfig.json) says of itself under a key."""
    return record.types.get(f"{key}.(project)", "") if record else ""


def joined(folder: str, relative: str) -> str | None:
    """A path relative to a folder; None outside of the repo."""
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def nearest(paths: list[str], to: str) -> tuple[str, bool]:
    """Of several paths that of which most folders are shared with `to`, and whether that is a guess."""
    if len(paths) == 1:
        return paths[0], False
    ranked = sorted(paths, key=lambda p: (-shared_folders(p, to), p))
    return ranked[0], shared_folders(ranked[0], to) == shared_folders(ranked[1], to)


def shared_folders(one: str, other: str) -> int:
    """How many leading folders two paths share."""
    count = 0
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        count += 1
    return count
