"""What belongs to the tree and what does not, and what of it can be read. What a sync sees: `test_tree.py`."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from store.errors import NoSuchFile, NoSuchRepo, OutsideRepo
from store.source.tree import Changes, Limits, Tree
from tests.conftest import MakeRepo, git, write
from tests.looking import sure

needs_permissions = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")


def test_a_file_that_becomes_binary_or_too_large_is_gone_until_it_is_text_again(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1", "b.py": "2"}, git_repo=False)
    tree = Tree(repo, Limits(file_bytes=100))
    tree.sync()
    (repo / "a.py").write_bytes(b"\0binary")
    (repo / "b.py").write_text("x" * 101)
    assert tree.sync() == Changes({}, ["a.py", "b.py"], [])
    assert tree.skipped == {"binary": 1, "too large": 1}
    (repo / "a.py").write_bytes(b"text")
    (repo / "b.py").write_text("x" * 100)
    assert set(tree.sync().changed) == {"a.py", "b.py"}
    assert not tree.skipped


def test_folders_that_hold_no_source_are_never_listed(make_repo: MakeRepo) -> None:
    unwanted = {
        "node_modules/x/index.js": "", "env/pyvenv.cfg": "", "env/lib/a.py": "", "target/CACHEDIR.TAG": "", "target/a.rs": "",
        ".forethought/x": "", "a/__pycache__/b.py": "", ".hg/store": "",
    }  # fmt: skip
    tree = Tree(make_repo({"a/b.py": "", **unwanted}, git_repo=False))
    assert set(tree.sync().changed) == {"a/b.py"}
    assert tree.skipped == {"never source": 4, "virtual environment": 1, "cache": 1}


def test_work_trees_and_clones_inside_a_repository_are_left_out_but_submodules_are_not(
    make_repo: MakeRepo, tmp_path: Path
) -> None:
    repo = make_repo({"a.py": "1"})
    sub = make_repo({"lib.py": "2"}, name="sub")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(sub), "vendor/sub")
    git(repo, "worktree", "add", "-q", "trees/feature", "-b", "feature")
    git(repo, "clone", "-q", str(sub), "clone")
    tree = Tree(repo)
    assert set(tree.sync().changed) == {"a.py", ".gitmodules", "vendor/sub/lib.py"}
    assert tree.skipped["other work tree"] == tree.skipped["other repository"] == 1


def test_symlinks_are_not_followed_and_what_leads_outside_is_counted(make_repo: MakeRepo, tmp_path: Path) -> None:
    write(tmp_path, {"secret/key.txt": "s3cret"})
    repo = make_repo({"a/b.py": "1"}, git_repo=False)
    (repo / "file").symlink_to("a/b.py")
    (repo / "folder").symlink_to(tmp_path / "secret")
    (repo / "loop").symlink_to(".")
    tree = Tree(repo)
    assert set(tree.sync().changed) == {"a/b.py"}
    assert tree.skipped == {"symlink": 2, "outside (symlink)": 1}


def test_a_folder_swapped_for_a_symlink_to_elsewhere_is_gone(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo({"a/b.py": "1", "c.py": "2"}, git_repo=False)
    tree = sure(repo)
    os.rename(repo / "a", tmp_path / "moved")
    (repo / "a").symlink_to(tmp_path / "moved")
    assert tree.sync() == Changes({}, ["a/b.py"], [])
    with pytest.raises(OutsideRepo):
        tree.read("a/b.py")


def test_pipes_and_sockets_do_not_stop_the_tree(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1"}, git_repo=False)
    tree = sure(repo)
    os.mkfifo(repo / "pipe")
    (repo / "a.py").unlink()
    os.mkfifo(repo / "a.py")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        try:
            os.chdir(repo)
            server.bind("socket")
        finally:
            os.chdir(here)
        assert tree.sync() == Changes({}, ["a.py"], [])
    assert tree.skipped == {"not a file": 3}


def test_folders_nested_deeper_than_calls_may_be_do_not_stop_the_tree(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1"}, git_repo=False)
    folders = [os.open(repo, os.O_RDONLY)]
    try:
        for _ in range(sys.getrecursionlimit() + 50):
            os.mkdir("d", dir_fd=folders[-1])
            folders.append(os.open("d", os.O_RDONLY, dir_fd=folders[-1]))
    except OSError:
        pass  # as many as this process may hold open
    tree = Tree(repo)
    assert tree.sync().changed == {"a.py": b"1"}
    os.rename(repo / "d", repo / "e")
    write(repo, {"b.py": "2"})
    assert tree.sync().changed == {"b.py": b"2"}
    os.rename(repo / "e", repo / "d")
    for fd in reversed(folders):
        if fd != folders[-1]:
            os.rmdir("d", dir_fd=fd)
        os.close(fd)


def test_names_that_are_not_text_are_counted_not_fatal(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1"}, git_repo=False)
    try:
        with open(os.fsencode(repo) + b"/bad\xff.py", "w"):
            pass
    except OSError:
        pytest.skip("this file system takes only text for names")
    tree = Tree(repo)
    assert set(tree.sync().changed) == {"a.py"}
    assert tree.skipped == {"undecodable name": 1}


@needs_permissions
def test_lost_permissions_take_files_out_and_given_back_bring_them_in(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1", "b/c.py": "2"}, git_repo=False)
    tree = sure(repo)
    (repo / "a.py").chmod(0)
    (repo / "b").chmod(0)
    try:
        assert tree.sync() == Changes({}, ["a.py", "b/c.py"], [])
        assert tree.skipped == {"unreadable": 2}
    finally:
        (repo / "a.py").chmod(0o644)
        (repo / "b").chmod(0o755)
    assert set(tree.sync().changed) == {"a.py", "b/c.py"}


# -- reading ------------------------------------------------------------------------------------------------------------------


def test_nothing_outside_the_root_can_be_read(make_repo: MakeRepo, tmp_path: Path) -> None:
    write(tmp_path, {"secret.txt": "s3cret"})
    repo = make_repo({"a.py": "1", "sub/b.py": "2"})
    (repo / "link.txt").symlink_to(tmp_path / "secret.txt")
    (repo / "up").symlink_to("..")
    tree = Tree(repo)
    for path in (
        "../secret.txt",
        "link.txt",
        "up/secret.txt",
        str(tmp_path / "secret.txt"),
        "sub/../../secret.txt",
        "/etc/passwd",
    ):
        with pytest.raises(OutsideRepo):
            tree.read(path)
    (repo / "inside.txt").symlink_to("sub/b.py")
    assert tree.text("inside.txt") == tree.text("sub/../sub/b.py") == "2"


def test_what_is_ignored_missing_or_no_text_is_not_read(make_repo: MakeRepo) -> None:
    repo = make_repo({".gitignore": ".env\n", ".env": "KEY=1", "b.bin": "\0", "d/e.py": ""})
    tree = Tree(repo)
    for path in (".env", ".git/config", "b.bin", "d", "none.py", "", ".", "nul\0"):
        with pytest.raises(NoSuchFile):
            tree.read(path)
    write(repo, {"new/file.py": "fresh"})
    assert tree.text("new/file.py") == "fresh"


def test_a_root_that_is_not_there_says_so(tmp_path: Path, make_repo: MakeRepo) -> None:
    with pytest.raises(NoSuchRepo, match="nowhere"):
        Tree(tmp_path / "nowhere")
    repo = make_repo({"a.py": "1"})
    tree = Tree(repo)
    tree.sync()
    os.rename(repo, tmp_path / "away")
    with pytest.raises(NoSuchRepo):
        tree.sync()
    assert set(tree.entries) == {"a.py"}, "a root that cannot be seen says nothing about its files"
    os.rename(tmp_path / "away", repo)
    assert tree.sync() == Changes({}, [], [])
