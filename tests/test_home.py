"""Where the store is: private, ignored by git, never outside the repository by a trick, and one sleeper at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from store.errors import BadCall, NoSuchRepo, StoreBusy, StoreUnwritable
from store.home import Home
from tests.conftest import MakeRepo, git

pytestmark = pytest.mark.usefixtures("own_cache")

ROOT = Path(__file__).parent.parent


def test_the_store_is_in_the_repository_private_and_ignored_by_git(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "x = 1\n"})
    home = Home(repo)
    assert home.folder == repo / ".forethought" and home.note == ""
    assert home.folder.stat().st_mode & 0o777 == 0o700
    assert home.tables(1) == str(repo / ".forethought" / "tables" / "v1")
    (home.journal / "x").write_text("y")
    assert git(repo, "status", "--porcelain", "--untracked-files=all") == ""


def test_a_store_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    (tmp_path / ".forethought").mkdir(mode=0o755)
    assert Home(tmp_path).folder.stat().st_mode & 0o777 == 0o700


def test_another_folder_can_be_given_and_keeps_its_mode_and_files(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir(mode=0o750)
    home = Home(tmp_path, str(given))
    assert home.folder == given and home.journal.is_dir()
    assert given.stat().st_mode & 0o777 == 0o750 and not (given / ".gitignore").exists()
    assert not (tmp_path / ".forethought").exists()


def test_an_object_store_has_its_journal_and_locks_on_this_machine(tmp_path: Path, own_cache: Path) -> None:
    home = Home(tmp_path, "s3://bucket/team/")
    assert home.remote and home.tables(1) == "s3://bucket/team/v1" and home.layouts() == []
    assert home.journal.is_dir() and home.folder.is_relative_to(own_cache)
    assert Home(tmp_path, "s3://bucket/other").folder != home.folder
    assert not (tmp_path / ".forethought").exists()


def test_a_repository_that_cannot_be_written_has_its_store_in_the_users_cache(tmp_path: Path, own_cache: Path) -> None:
    (tmp_path / ".forethought").write_text("a file is in the way")
    home = Home(tmp_path)
    assert home.folder.is_relative_to(own_cache) and home.journal.is_dir()
    assert str(home.folder) in home.note and "cannot be used" in home.note
    assert Home(tmp_path).folder == home.folder


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that not even root can write")
def test_a_read_only_folder_does_too(own_cache: Path) -> None:
    home = Home(Path("/sys/kernel"))
    assert home.folder.is_relative_to(own_cache) and home.note


def test_a_link_that_came_with_the_repository_is_not_followed(tmp_path: Path, own_cache: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / ".forethought").symlink_to(target)
    home = Home(repo)
    assert home.folder.is_relative_to(own_cache) and "symbolic link" in home.note
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("version", ["2", "4"])
def test_a_store_that_came_with_the_repository_is_not_believed(
    make_repo: MakeRepo, own_cache: Path, version: str
) -> None:
    repo = make_repo({".forethought/tables/v1/x": "forged", ".editorconfig": "", "a.py": ""})
    git(repo, "update-index", "--index-version", version)
    home = Home(repo)
    assert home.folder.is_relative_to(own_cache) and "version control" in home.note


def test_what_cannot_be_is_refused_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(NoSuchRepo, match="--repo"):
        Home(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(NoSuchRepo):
        Home(tmp_path / "file")
    with pytest.raises(StoreUnwritable, match="--store"):
        Home(tmp_path, str(tmp_path / "file"))
    with pytest.raises(BadCall):
        Home(tmp_path, "  ")


def test_looking_creates_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path, create=False)
    assert home.layouts() == []
    assert list(tmp_path.iterdir()) == []


def test_there_is_one_sleeper_and_its_process_is_known(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.sleeper_lock() as lock:
        assert lock.holder() == os.getpid()
        other = Home(tmp_path).sleeper_lock()
        assert not other.take()
        with pytest.raises(StoreBusy, match=str(os.getpid())), other:
            pass
        assert home.sleeper_lock().holder() == os.getpid()
    assert home.sleeper_lock().holder() is None
    assert other.take()
    other.release()


def test_a_sleeper_that_was_killed_leaves_its_place_free(tmp_path: Path) -> None:
    program = f"""
import time
from pathlib import Path
from store.home import Home
lock = Home(Path({str(tmp_path)!r})).sleeper_lock()
assert lock.take()
print("taken", flush=True)
time.sleep(60)
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE, text=True) as sleeper:
        assert sleeper.stdout is not None and sleeper.stdout.readline() == "taken\n"
        lock = Home(tmp_path).sleeper_lock()
        assert not lock.take() and lock.holder() == sleeper.pid
        sleeper.send_signal(signal.SIGKILL)
    assert lock.holder() is None and lock.take()
    lock.release()
