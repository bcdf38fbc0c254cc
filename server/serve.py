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
from typing import TYPE_CHECKING, Literal, NamedTuple

from server.app import App
from server.mcp import build
from server.version import version

if TYPE_CHECKING:
    from mcp.server import MCPServer

log = logging.getLogger("forethought")

CLOSE_WITHIN_S = 1.8


class Face(NamedTuple):
    """How clients reach the server."""

    transport: Literal["stdio", "sse", "http"] = "stdio"
    host: str = "127.0.0.1"
    port: int = 8765


def serve(app: App, face: Face) -> None:
    """Serve until stdin ends or a signal comes; ends the process and does not return.

    A thread may still be blocked in reading stdin or in an import that takes seconds; waiting for it would outlast the
    two seconds that a client gives us.
    """
    try:
        code = asyncio.run(_serve(app, face))
    except KeyboardInterrupt:
        code = 130
    _leave(code)


async def _serve(app: App, face: Face) -> int:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, ended.set)
    serving = asyncio.create_task(_run(build(app, version()), app, face))
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(app.close(), CLOSE_WITHIN_S)
    if serving.done() and (problem := serving.exception()):
        log.error("serving ended: %s", problem, exc_info=problem)
        _leave(1)
    _leave(0)
    return 0


async def _run(server: MCPServer[object], app: App, face: Face) -> None:
    if face.transport == "stdio":
        await server.run_stdio_async()
        return
    from server.web import web_server

    path = "/sse" if face.transport == "sse" else "/mcp"
    web = web_server(server, face.transport, face.host, face.port, app.settings.token)
    sys.stderr.write(f"forethought: serving {app.settings.repo} on http://{face.host}:{face.port}{path}\n")
    await web.serve()


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
