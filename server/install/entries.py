"""What is written into a client's configuration, and how our own entries are told from everybody else's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

NAME = "forethought"

HOOKED = {"SessionStart": "session-start", "SessionEnd": "session-end"}
"""Events of Claude Code that run a command of ours."""

Data = dict[str, Any]


def with_server(data: Data, keys: Sequence[str], entry: Data | None) -> Data:
    """The configuration with our server under a path of keys; with None, without it, and without what that leaves empty."""
    head, *rest = keys
    inner = data.get(head)
    below = inner if isinstance(inner, dict) else {}
    if rest:
        changed = with_server(below, rest, entry)
    elif entry is not None:
        changed = below | {NAME: entry}
    else:
        changed = {k: v for k, v in below.items() if k != NAME}
    if not changed and entry is None and below:
        return {k: v for k, v in data.items() if k != head}
    return data | {head: changed} if changed else data


def with_hooks(data: Data, command: Sequence[str] | None) -> Data:
    """Claude Code's settings with our three hooks, each once; with None, without them."""
    events: Data = dict(data.get("hooks") or {})
    for event in (*HOOKED, "UserPromptSubmit"):
        groups = [kept for group in events.get(event, []) if (kept := _without_ours(group)) is not None]
        if command is not None:
            groups.append({"hooks": [_handler(event, command)]})
        if groups:
            events[event] = groups
        else:
            events.pop(event, None)
    if events:
        return data | {"hooks": events}
    return {k: v for k, v in data.items() if k != "hooks"}


def _handler(event: str, command: Sequence[str]) -> Data:
    if event == "UserPromptSubmit":
        given = {"prompt": "${prompt}", "session_id": "${session_id}"}
        return {"type": "mcp_tool", "server": NAME, "tool": "prompt_hook", "input": given, "timeout": 6}
    first, *more = command
    return {"type": "command", "command": first, "args": [*more, "hook", HOOKED[event]], "timeout": 20}


def _without_ours(group: Any) -> Any:
    """A group of handlers without ours; None if nothing is left of it."""
    if not isinstance(group, dict) or not isinstance(group.get("hooks"), list):
        return group
    kept = [handler for handler in group["hooks"] if not _is_ours(handler)]
    if kept == group["hooks"]:
        return group
    return group | {"hooks": kept} if kept else None


def _is_ours(handler: Any) -> bool:
    if not isinstance(handler, dict):
        return False
    if handler.get("type") == "mcp_tool":
        return handler.get("server") == NAME and handler.get("tool") == "prompt_hook"
    words = [str(handler.get("command", "")), *map(str, handler.get("args") or [])]
    return NAME in " ".join(words) and words[-2:-1] == ["hook"] and words[-1] in HOOKED.values()
