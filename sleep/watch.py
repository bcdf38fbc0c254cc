"""The watch: a hint of what changes on disk, for deciding when a shift is due. Never the truth about the tree.

watchfiles loses events without a word (a full queue, the limit of watches), so what is served rests on the sweep of
`store/source/tree.py`; here a lost event costs a late shift and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path, PurePosixPath

log = logging.getLogger("forethought.watch")

_NEVER = frozenset({".git", ".hg", ".svn", ".forethought", "node_modules", "__pycache__", ".venv", "venv", ".mypy_cache",
                    ".pytest_cache", ".ruff_cache", ".tox", ".idea"})  # fmt: skip


async def watch(root: Path, seen: Callable[[set[str]], None], stopping: asyncio.Event) -> None:
    """Tell `seen` the repo-relative paths that changed, until `stopping` is set. Where watching fails, it just ends.

    `root` is resolved: that is how the system names what changed.
    """
    from watchfiles import awatch

    try:
        async for changes in awatch(
            root, stop_event=stopping, debounce=400, step=50, rust_timeout=500, ignore_permission_denied=True,
            watch_filter=lambda _, path: worth(root, path) is not None,
        ):  # fmt: skip
            paths = {p for _, name in changes if (p := worth(root, name))}
            if paths:
                seen(paths)
    except (OSError, RuntimeError) as error:
        # Too many folders for this system, or a file system that cannot be watched: shifts then come by cadence alone.
        log.info("not watching %s: %s", root, error)


def worth(root: Path, name: str) -> str | None:
    """The repo-relative path of a change that may matter; None for what is never standing context."""
    try:
        path = PurePosixPath(Path(name).relative_to(root).as_posix())
    except ValueError:
        return None
    if not path.parts or _NEVER.intersection(path.parts):
        return None
    return str(path)
