"""`forethought install`: the change is shown, asked for, backed up, made once, and taken out again without a trace."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from server.cli import main
from server.install.clients import SCOPES
from tests.conftest import MakeRepo


@pytest.fixture
def user(tmp_path: Path) -> Path:
    home = tmp_path / "user"
    home.mkdir()
    return home


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo({"a.py": "x = 1\n"})


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Install = Callable[..., Done]


@pytest.fixture
def install(user: Path, repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Install:
    """The command, with nobody at the keyboard."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(user))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def install(*words: str) -> Done:
        code = main(["install", *words, "--repo", str(repo)])
        return Done(code, *capsys.readouterr())

    return install


def files(*roots: Path) -> dict[str, str]:
    return {
        str(p): p.read_text()
        for root in roots
        for p in sorted(root.rglob("*.json"))
        if ".git/" not in str(p) and ".forethought" not in str(p)
    }


PAIRS = [(client, scope) for client, scopes in SCOPES.items() for scope in scopes]


@pytest.mark.parametrize(("client", "scope"), PAIRS)
def test_it_is_written_once_and_taken_out_without_a_trace(
    install: Install, user: Path, repo: Path, client: str, scope: str
) -> None:
    done = install(client, "--scope", scope, "--yes")
    assert done.returncode == 0, done.stderr
    written = files(user, repo)
    assert any('"forethought"' in text or "forethought.py" in text for text in written.values())
    again = install(client, "--scope", scope, "--yes")
    assert "Nothing to do" in again.stdout and files(user, repo) == written
    gone = install(client, "--scope", scope, "--uninstall", "--yes")
    assert gone.returncode == 0 and files(user, repo) == {}


def test_what_others_wrote_stays_and_is_backed_up(install: Install, user: Path, repo: Path) -> None:
    theirs: dict[str, Any] = {
        "hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "date"}]}]},
        "model": "m",
    }
    settings = repo / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps(theirs, indent=4))
    (repo / ".mcp.json").write_text('{"mcpServers": {"other": {"command": "o"}}}')
    install("claude-code", "--scope", "project", "--yes", "--command", "uvx forethought")
    now = json.loads(settings.read_text())
    assert now["model"] == "m" and now["hooks"]["SessionStart"][0] == theirs["hooks"]["SessionStart"][0]
    ours = {"type": "command", "command": "uvx", "args": ["forethought", "hook", "session-start"], "timeout": 20}
    assert now["hooks"]["SessionStart"][1]["hooks"] == [ours]
    assert now["hooks"]["UserPromptSubmit"][0]["hooks"][0]["tool"] == "prompt_hook"
    assert settings.read_text().startswith('{\n    "hooks"')
    servers = json.loads((repo / ".mcp.json").read_text())["mcpServers"]
    assert servers["other"] == {"command": "o"} and servers["forethought"]["args"] == [
        "forethought",
        "serve",
        "--hooks",
    ]
    [backup] = settings.parent.glob("settings.json.before-forethought-*")
    assert json.loads(backup.read_text()) == theirs
    install("claude-code", "--scope", "project", "--yes", "--uninstall")
    assert json.loads(settings.read_text()) == theirs
    assert json.loads((repo / ".mcp.json").read_text()) == {"mcpServers": {"other": {"command": "o"}}}


def test_nothing_is_written_where_nobody_can_be_asked(install: Install, user: Path, repo: Path) -> None:
    done = install("cursor")
    assert done.returncode == 2 and "--yes" in done.stderr and '+    "forethought"' in done.stdout
    assert files(user, repo) == {}


def test_a_file_with_comments_is_left_alone(install: Install, user: Path, repo: Path) -> None:
    path = repo / ".vscode" / "mcp.json"
    path.parent.mkdir()
    path.write_text('{\n  // mine\n  "servers": {}\n}\n')
    done = install("vscode", "--yes")
    assert done.returncode == 2 and "left alone" in done.stderr
    assert "// mine" in path.read_text()
    shown = install("vscode", "--print")
    assert '"servers"' in shown.stdout and "${workspaceFolder}" in shown.stdout


def test_a_scope_that_a_client_has_not_is_a_wrong_call(install: Install, user: Path, repo: Path) -> None:
    done = install("claude-desktop", "--scope", "project", "--yes")
    assert done.returncode == 2 and "no scope" in done.stderr
