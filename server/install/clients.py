"""The clients: where each keeps its configuration, by scope, and the form that our entry has there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from server.install.entries import Data, with_hooks, with_server
from store.errors import BadCall

Edit = Callable[[Data], Data]


class Where(NamedTuple):
    """Whose configuration: of which repository, which user, started by which command."""

    repo: Path
    user: Path
    command: tuple[str, ...]
    claude: Path | None = None
    """Claude Code's folder of configuration, where it is not `~/.claude`."""
    hooks: bool = True


class Change(NamedTuple):
    """One file to change. `put` adds our entries, `drop` takes them out again."""

    path: Path
    put: Edit
    drop: Edit


SCOPES: dict[str, tuple[str, ...]] = {
    "claude-code": ("local", "project", "user"),
    "cursor": ("project", "user"),
    "vscode": ("project", "user"),
    "claude-desktop": ("user",),
}
"""The clients and their scopes, the usual one first. `local`: this user, this repository; `project`: goes with the repository."""


def changes(client: str, scope: str | None, at: Where) -> list[Change]:
    """The files to change. Raises BadCall for a scope that the client does not have."""
    scope = scope or SCOPES[client][0]
    if scope not in SCOPES[client]:
        raise BadCall(f"{client} has no scope {scope!r}; it has {', '.join(SCOPES[client])}. Nothing was written.")
    match client:
        case "claude-code":
            return _claude_code(scope, at)
        case "cursor":
            folder = (at.repo if scope == "project" else at.user) / ".cursor"
            return [_server(folder / "mcp.json", ("mcpServers",), _entry(at, "${workspaceFolder}"))]
        case "vscode":
            folder = at.repo / ".vscode" if scope == "project" else _settings_of(at.user, "Code") / "User"
            entry = {"type": "stdio"} | _entry(at, "${workspaceFolder}")
            return [_server(folder / "mcp.json", ("servers",), entry)]
        case _:
            path = _settings_of(at.user, "Claude") / "claude_desktop_config.json"
            return [_server(path, ("mcpServers",), _entry(at, str(at.repo)))]


def _claude_code(scope: str, at: Where) -> list[Change]:
    entry = {"type": "stdio"} | _entry(at, None, *(["--hooks"] if at.hooks else []))
    folder = at.claude or at.user / ".claude"
    ours = (at.claude or at.user) / ".claude.json"
    path, keys = {
        "local": (ours, ("projects", str(at.repo), "mcpServers")),
        "user": (ours, ("mcpServers",)),
        "project": (at.repo / ".mcp.json", ("mcpServers",)),
    }[scope]
    settings = {
        "local": at.repo / ".claude" / "settings.local.json",
        "user": folder / "settings.json",
        "project": at.repo / ".claude" / "settings.json",
    }[scope]
    command = at.command if at.hooks else None
    hooks = Change(settings, lambda data: with_hooks(data, command), lambda data: with_hooks(data, None))
    return [_server(path, keys, entry), hooks]


def _server(path: Path, keys: Sequence[str], entry: Data) -> Change:
    return Change(path, lambda data: with_server(data, keys, entry), lambda data: with_server(data, keys, None))


def _entry(at: Where, repo: str | None, *more: str) -> Data:
    first, *rest = at.command
    return {"command": first, "args": [*rest, "serve", *(["--repo", repo] if repo else []), *more]}


def _settings_of(user: Path, program: str) -> Path:
    """Where a desktop program keeps its settings on this system."""
    if sys.platform == "darwin":
        return user / "Library" / "Application Support" / program
    return user / ("AppData/Roaming" if sys.platform == "win32" else ".config") / program
