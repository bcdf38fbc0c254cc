"""Real MCP clients of a real server: in memory, over stdio, streamable HTTP and SSE, in both protocol eras."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from server.app import App, Settings
from server.cli import main
from server.mcp import build
from store.home import Home

FRONT_DOOR = Path(__file__).resolve().parent.parent / "forethought.py"
DEADLINE_S = 60
ERAS = ("auto", "legacy")


def environment() -> dict[str, str]:
    """Ours, without what would tell the server about another repository."""
    return {k: v for k, v in os.environ.items() if k != "CLAUDE_PROJECT_DIR" and not k.startswith("FORETHOUGHT_")}


def command(*words: str) -> list[str]:
    """The command line of forethought, through its front door."""
    return [sys.executable, str(FRONT_DOOR), *words]


def run(*words: str, timeout: float = DEADLINE_S, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    env = more.pop("env", environment())
    return subprocess.run(
        command(*words), check=False, capture_output=True, text=True, timeout=timeout, env=env, **more
    )


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that another process or thread does."""
    with anyio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110 - nobody can tell us
            await anyio.sleep(0.01)


async def shifted(repo: Path) -> None:
    """One whole shift in this process: where what it leaves is asked about and not the command, it saves a start of Python."""
    from sleep.shift import run_shift

    with anyio.fail_after(DEADLINE_S):
        report = await run_shift(Home(repo), repo)
    assert report.outcome == "done", report


def run_here(*words: str) -> subprocess.CompletedProcess[str]:
    """As `run`, in this process: for tests of what a command says, which need no interpreter of its own (a second each)."""
    out, err = io.StringIO(), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in os.environ.keys() - environment().keys():
                patch.delenv(name)
            code = main(words)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


@asynccontextmanager
async def in_memory(repo: Path, *, mode: str = "auto", store: str | None = None) -> AsyncIterator[Client]:
    """A client of a server in this process, without a sleeper."""
    app = App(Settings(repo=repo, store=store))
    with anyio.fail_after(DEADLINE_S):
        try:
            async with Client(build(app, "test"), mode=mode) as client:
                yield client
        finally:
            await app.close()


@asynccontextmanager
async def over_stdio(repo: Path, *more: str, mode: str = "auto") -> AsyncIterator[Client]:
    """A client of a server process, as an agent starts it."""
    words = command("serve", "--repo", str(repo), *(more or ("--no-sleep",)))
    server = StdioServerParameters(command=words[0], args=words[1:], env=environment())
    with anyio.fail_after(DEADLINE_S):
        async with Client(server, mode=mode) as client:
            yield client


@asynccontextmanager
async def web(repo: Path, transport: str, *more: str, token: str = "") -> AsyncIterator[str]:
    """A server process on a free port; its address."""
    env = environment() | ({"FORETHOUGHT_TOKEN": token} if token else {})
    words = command("serve", "--repo", str(repo), "--no-sleep", "--transport", transport, "--port", "0", *more)
    with anyio.fail_after(DEADLINE_S):
        async with await anyio.open_process(words, env=env, stdin=subprocess.DEVNULL) as server:
            try:
                assert server.stderr is not None
                said = b""
                while not (found := re.search(rb"on (http://\S+)\n", said)):
                    said += await server.stderr.receive()
                yield found[1].decode()
            finally:
                server.terminate()
                await server.wait()


@asynccontextmanager
async def over_web(address: str, transport: str, *, mode: str = "auto", token: str = "") -> AsyncIterator[Client]:
    """A client of a server at an address, over streamable HTTP ("http") or SSE ("sse")."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with anyio.fail_after(DEADLINE_S):
        if transport == "sse":
            async with Client(sse_client(address, headers=headers), mode=mode) as client:
                yield client
            return
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(address, http_client=http), mode=mode) as client,
        ):
            yield client


async def ask(client: Client, question: str, **more: Any) -> dict[str, Any]:
    """The structured result of a lookup: what the model of an agent sees."""
    result = await call(client, "lookup_preanswer", question=question, **more)
    assert not result.is_error, text_of(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def call(client: Client, tool: str, **arguments: Any) -> CallToolResult:
    """The whole result of a tool."""
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    return result


def text_of(result: CallToolResult) -> str:
    """The text of a result."""
    return "".join(getattr(block, "text", "") for block in result.content)
