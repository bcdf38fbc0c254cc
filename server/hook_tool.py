"""The tool that a client's prompt hook calls in the running server: only with `serve --hooks`.

Its text is the JSON that Claude Code takes from an `mcp_tool` hook, so it is not structured. What may be said: `server/hooks.py`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Protocol

from mcp.types import ToolAnnotations

from server.hooks import injected, may_ask
from store.errors import ForethoughtError

if TYPE_CHECKING:
    from mcp.server import MCPServer

log = logging.getLogger("forethought")

WITHIN_S = 5.0
"""A prompt waits no longer. Warm it takes milliseconds; the first may find the rooms being opened."""

_READ = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


class Beside(Protocol):
    """What the tool does."""

    async def beside_prompt(self, prompt: str, session: str) -> str: ...


def add(server: MCPServer[Any], beside: Beside) -> None:
    """Register the tool."""

    async def prompt_hook(prompt: str, session_id: str = "") -> str:
        if not may_ask(prompt):
            return injected("UserPromptSubmit", "")
        try:
            async with asyncio.timeout(WITHIN_S):
                return injected("UserPromptSubmit", await beside.beside_prompt(prompt, session_id))
        except (ForethoughtError, TimeoutError, OSError) as problem:  # a prompt is never held up by us
            log.warning("prompt hook: %s", problem)
            return injected("UserPromptSubmit", "")

    server.add_tool(
        prompt_hook, description="For the client's own hooks; agents use lookup_preanswer.", annotations=_READ,
        structured_output=False,
    )  # fmt: skip
