"""What every test may use: small real repositories and stores made in a temporary folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from store.home import Home
from store.tables import Store

MakeRepo = Callable[..., Path]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def git(repo: Path, *words: str) -> str:
    """Run git in `repo` with a fixed identity and clock; its standard output."""
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
    }
    env = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *words], cwd=repo, env=env, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


def write(repo: Path, files: dict[str, str]) -> None:
    """Write files below `repo`, making folders."""
    for path, text in files.items():
        target = repo / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


@pytest.fixture
def make_repo(tmp_path: Path) -> MakeRepo:
    """Make a repository from {path: text}; `git=False` leaves it a plain folder."""

    def make(files: dict[str, str], *, name: str = "repo", git_repo: bool = True) -> Path:
        repo = tmp_path / name
        repo.mkdir()
        write(repo, files)
        if git_repo:
            git(repo, "init", "-q", "-b", "main")
            git(repo, "add", "-A")
            git(repo, "commit", "-q", "-m", "start")
        return repo

    return make


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, for this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    repo = tmp_path / "repo"
    repo.mkdir()
    return Home(repo)


@pytest.fixture
async def store(home: Home) -> AsyncIterator[Store]:
    store = await Store.open(home)
    yield store
    store.close()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own key in the environment, and nothing else that leads to the real API."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-user")
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
