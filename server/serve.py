"""The serving process: a transport, the signals that end it, and an end within two seconds that leaves nobody behind.

What is served is `server/mcp.py`, the HTTP doors are `server/web.py`, what the tools do is `server/app.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn

from server.app import App
from server.mcp import build
from server.version import version

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from mcp.server import MCPServer

log = logging.getLogger("forethought")

CLOSE_WITHIN_S = 1.8


class Face(NamedTuple):
    """How clients reach the server."""

    transport: Literal["stdio", "sse", "http"] = "stdio"
    host: str = "127.0.0.1"
    port: int = 8765
    agent_sleep: bool = False
    """Whether the connected agent may do the sleeper's thinking: two more tools and a prompt."""
    hooks: bool = False
    """Whether a client's hooks may call us: one more tool, which no agent needs."""


def serve(app: App, face: Face) -> NoReturn:
    """Serve until stdin ends or a signal comes; ends the process and does not return.

    A thread may still be blocked in reading stdin or in an import that takes seconds; waiting for it would outlast the
    two seconds that a client gives us.
    """
    server = build(app, version())
    if face.agent_sleep:
        from server import agent_sleep

        agent_sleep.add(server, app)
    if face.hooks:
        from server import hook_tool

        hook_tool.add(server, app)
    run = server.run_stdio_async if face.transport == "stdio" else _on_the_web(server, app, face)
    asyncio.run(_serve(app, run))


async def _serve(app: App, run: Callable[[], Coroutine[Any, Any, None]]) -> NoReturn:
    """Serve until it ends by itself or a signal comes."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, ended.set)
    serving = asyncio.create_task(run())
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(app.close(), CLOSE_WITHIN_S)
    if serving.done() and (problem := serving.exception()):
        log.error("serving ended: %s", problem, exc_info=problem)
        _leave(1)
    # Not through the end of the loop: it would wait for the thread that reads stdin.
    _leave(0)


def _on_the_web(server: MCPServer[Any], app: App, face: Face) -> Callable[[], Coroutine[Any, Any, None]]:
    """Take the port, tell the address, and return what serves there. Raises BadCall."""
    from server.web import listening, web_server

    assert face.transport != "stdio"
    web = web_server(server, face.transport, face.host, app.settings.token)
    taken = listening(face.host, face.port)
    path = "/sse" if face.transport == "sse" else "/mcp"
    host = f"[{face.host}]" if ":" in face.host else face.host
    address = f"http://{host}:{taken.getsockname()[1]}{path}"
    sys.stderr.write(f"forethought: serving {app.settings.repo} on {address}\n")
    return lambda: web.serve([taken])


def _leave(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
