"""An agent waits for the first `tools/list`, and for the first answer: what may be imported by then, and how soon it comes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients import environment
from tests.conftest import MakeRepo

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "anthropic", "apscheduler", "fastembed", "lancedb", "numpy", "onnxruntime", "pyarrow", "rich.progress", "tree_sitter",
    "store.tables", "store.graph.index", "store.said.statement", "server.lookup", "server.rooms", "sleep.schedule",
    "sleep.limits", "sleep.promote",
}  # fmt: skip
"""Not watchfiles: the SDK's own uvicorn imports that where it is installed."""

UNTIL_LISTED = """
import asyncio, json, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from mcp import Client
from server.app import App, Settings
from server.mcp import build

async def main():
    async with Client(build(App(Settings(repo=Path({repo!r}))), "test")) as client:
        await client.list_tools()
        print(json.dumps(sorted(sys.modules)))

asyncio.run(main())
"""


def modules_after(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60, env=environment()
    )
    return set(json.loads(done.stdout.splitlines()[0]))


def test_nothing_heavy_is_imported_before_the_tools_are_listed(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    loaded = modules_after(UNTIL_LISTED.format(root=str(ROOT), repo=str(repo)))
    assert "server.app" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("room", ["server.cli", "server.mcp", "server.app", "server.serve", "server.web"])
def test_an_entry_module_imports_nothing_heavy(room: str) -> None:
    loaded = modules_after(
        f"import sys, json; sys.path.insert(0, {str(ROOT)!r}); import {room}; print(json.dumps(list(sys.modules)))"
    )
    assert not loaded & HEAVY


def test_the_command_line_imports_the_protocol_only_to_serve() -> None:
    loaded = modules_after(
        f"import sys, json; sys.path.insert(0, {str(ROOT)!r}); import server.cli; print(json.dumps(list(sys.modules)))"
    )
    assert "mcp" not in loaded
