"""What people copy: the plugin, the bundle, the registry entry, the configurations and the link, all alike and all true."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from server.commands.hook import EVENTS
from server.install.clients import Where, changes
from server.install.entries import HOOKED
from server.mcp import build

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = ROOT / "examples" / "claude-code-plugin"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def read(path: str) -> Any:
    return json.loads((ROOT / path).read_text())


def installed(client: str) -> Any:
    """The file that `install` would write for this client, from nothing."""
    at = Where(Path("/repo"), Path("/home"), ("uvx", "forethought"), hooks=False)
    return changes(client, "project", at)[0].put({})


@pytest.mark.parametrize(
    ("client", "path"),
    [("cursor", "cursor.mcp.json"), ("vscode", "vscode.mcp.json"), ("claude-code", "claude-code.mcp.json")],
)
def test_what_is_copied_is_what_install_writes(client: str, path: str) -> None:
    assert read(f"examples/{path}") == installed(client)


def test_the_link_for_cursor_holds_the_entry_of_its_configuration() -> None:
    [link] = re.findall(r"\((cursor://[^)\s]+)\)", (ROOT / "README.md").read_text())
    parts = urlsplit(link)
    assert (parts.netloc, parts.path) == ("anysphere.cursor-deeplink", "/mcp/install")
    given = {k: v[0] for k, v in parse_qs(parts.query).items()}
    entry = json.loads(base64.b64decode(unquote(given["config"]), validate=True))
    assert {given["name"]: entry} == read("examples/cursor.mcp.json")["mcpServers"]


def test_the_plugin_hooks_are_those_that_install_writes() -> None:
    hooks = read("examples/claude-code-plugin/hooks/hooks.json")["hooks"]
    written = changes("claude-code", "project", Where(Path("/r"), Path("/h"), ("uvx", "forethought")))[1].put({})[
        "hooks"
    ]
    assert hooks.keys() == written.keys() == {*HOOKED, "UserPromptSubmit"}
    for event in hooks:
        [group], [ours] = hooks[event], written[event]
        [handler], [same] = group["hooks"], ours["hooks"]
        if event == "UserPromptSubmit":  # inside a plugin, its server has another name
            assert handler["server"] == "plugin:forethought:forethought"
            handler, same = {**handler, "server": ""}, {**same, "server": ""}
        assert handler == same
    assert set(HOOKED.values()) == set(EVENTS)


def test_all_say_the_version_that_is_built() -> None:
    version, entry, bundle = PROJECT["version"], read("server.json"), read("examples/mcpb/manifest.json")
    assert read("examples/claude-code-plugin/.claude-plugin/plugin.json")["version"] == version == bundle["version"]
    assert entry["version"] == version == entry["packages"][0]["version"]
    needs = tomllib.loads((ROOT / "examples/mcpb/pyproject.toml").read_text())["project"]
    assert (
        needs["dependencies"] == [f"forethought=={version}"] and needs["requires-python"] == PROJECT["requires-python"]
    )
    assert bundle["compatibility"]["runtimes"]["python"] == PROJECT["requires-python"]


def test_the_registry_finds_its_name_in_the_readme() -> None:
    entry = read("server.json")
    assert f"<!-- mcp-name: {entry['name']} -->" in (ROOT / PROJECT["readme"]).read_text()
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert len(entry["description"]) <= 100 and len(entry["title"]) <= 100
    [package] = entry["packages"]
    assert package["registryType"] == "pypi" and package["identifier"] == PROJECT["name"]
    assert package["transport"] == {"type": "stdio"}


@pytest.mark.anyio
async def test_the_bundle_names_the_tools_that_there_are() -> None:
    class Nothing:
        """Nothing is asked of it."""

    tools = await build(Nothing(), "test").list_tools()  # type: ignore[arg-type]
    assert [t["name"] for t in read("examples/mcpb/manifest.json")["tools"]] == [t.name for t in tools]
