"""The watch: a tree that looks only where something was heard sees what a sweep sees."""

from __future__ import annotations

import gc
import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.source.tree import Changes, Tree
from store.source.watch import CannotWatch, Watch, _check_mounts
from tests.conftest import MakeRepo, write
from tests.looking import assert_follows
from tests.vandal import Vandal

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="inotify is Linux's")


@pytest.fixture
def watched(make_repo: MakeRepo) -> Iterator[Tree]:
    """A tree of a plain folder that looks only where something was heard."""
    yield from watching(make_repo({"a.py": "1", "d/b.py": "2", "d/e/c.txt": "3", "gen/x.log": "4"}, git_repo=False))


def watching(root: Path) -> Iterator[Tree]:
    try:
        watch = Watch(root)
    except CannotWatch as e:
        pytest.skip(str(e))
    tree = Tree(root)
    tree.attach(watch, files=0)
    tree.sync()
    tree.sync()
    yield tree
    watch.stop()


def watch_of(tree: Tree) -> Watch:
    assert tree._watch is not None
    return tree._watch


def test_a_watched_tree_is_not_swept_and_sees_edits_new_files_and_deletions(watched: Tree) -> None:
    sweeps = watched.sweeps
    assert watched.sync() == Changes({}, [], [])
    write(watched.root, {"a.py": "2", "d/new.py": "3"})
    (watched.root / "d/e/c.txt").unlink()
    assert watched.sync() == Changes({"a.py": b"2", "d/new.py": b"3"}, ["d/e/c.txt"], [])
    assert watched.sync() == Changes({}, [], [])
    assert watched.sweeps == sweeps


def test_files_in_folders_made_just_now_are_seen_and_later_edits_in_them_too(watched: Tree) -> None:
    sweeps = watched.sweeps
    for n in range(30):
        write(watched.root, {f"n{n}/x/y/deep.py": "1"})
        assert watched.sync().changed == {f"n{n}/x/y/deep.py": b"1"}
        write(watched.root, {f"n{n}/x/y/deep.py": "2"})
        assert watched.sync().changed == {f"n{n}/x/y/deep.py": b"2"}
    assert watched.sweeps == sweeps


def test_a_folder_that_moved_or_was_swapped_is_watched_where_it_is_now(watched: Tree) -> None:
    root, sweeps = watched.root, watched.sweeps
    os.rename(root / "d", root / "moved")
    assert set(watched.sync().changed) == {"moved/b.py", "moved/e/c.txt"}
    write(root, {"moved/e/c.txt": "edited"})
    assert watched.sync().changed == {"moved/e/c.txt": b"edited"}
    shutil.rmtree(root / "moved")
    write(root, {"moved/e/c.txt": "again"})
    assert watched.sync() == Changes({"moved/e/c.txt": b"again"}, ["moved/b.py"], [])
    write(root, {"moved/e/c.txt": "and again"})
    assert watched.sync().changed == {"moved/e/c.txt": b"and again"}
    assert watched.sweeps == sweeps


def test_ignored_folders_are_not_watched(watched: Tree) -> None:
    before = len(watch_of(watched))
    write(watched.root, {".gitignore": "gen\n", "node_modules/x/index.js": ""})
    assert watched.sync().gone == ["gen/x.log"]
    assert len(watch_of(watched)) == before - 1
    write(watched.root, {".gitignore": "\n", "gen/x.log": "new"})
    assert watched.sync().changed == {".gitignore": b"\n", "gen/x.log": b"new"}


def test_when_the_queue_overflows_the_tree_is_swept(watched: Tree) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 100_000:
        pytest.skip("too long a queue to fill in a test")
    sweeps = watched.sweeps
    shutil.rmtree(watched.root / "d")
    with watch_of(watched)._lock:  # as if this process had been stopped
        for n in range(most + 10):
            os.utime(watched.root / ("a.py" if n % 2 else "gen/x.log"))
        write(watched.root, {"d/b.py": "after"})
    assert watched.sync() == Changes({"d/b.py": b"after"}, ["d/e/c.txt"], [])
    assert watched.sweeps == sweeps + 1
    write(watched.root, {"d/b.py": "heard again"})
    assert watched.sync().changed == {"d/b.py": b"heard again"}
    assert watched.sweeps == sweeps + 1


def test_a_small_tree_is_swept_although_it_is_watched(make_repo: MakeRepo) -> None:
    tree = Tree(make_repo({"a.py": "1"}, git_repo=False))
    watch = Watch(tree.root)
    tree.attach(watch)
    for n in range(3):
        write(tree.root, {"a.py": str(n)})
        assert tree.sync().changed == {"a.py": str(n).encode()}
    assert tree.sweeps == 3
    watch.stop()


def test_a_stopped_watch_means_sweeping(watched: Tree) -> None:
    watch_of(watched).stop()
    for n in range(3):
        write(watched.root, {"a.py": f"new {n}", f"d/{n}.py": ""})
        assert set(watched.sync().changed) == {"a.py", f"d/{n}.py"}


def test_what_was_heard_is_not_lost_when_a_look_fails(watched: Tree, tmp_path: Path) -> None:
    write(watched.root, {"d/b.py": "changed"})
    os.rename(watched.root, tmp_path / "away")
    with pytest.raises(NotADirectoryError):
        watched.sync()
    os.rename(tmp_path / "away", watched.root)
    assert watched.sync().changed == {"d/b.py": b"changed"}


def test_a_root_swapped_for_another_folder_is_seen(watched: Tree, tmp_path: Path) -> None:
    os.rename(watched.root, tmp_path / "away")
    write(watched.root, {"a.py": "other"})
    assert watched.sync() == Changes({"a.py": b"other"}, ["d/b.py", "d/e/c.txt", "gen/x.log"], [])
    write(watched.root, {"a.py": "edited", "s/t.py": ""})
    assert set(watched.sync().changed) == {"a.py", "s/t.py"}


def test_only_file_systems_that_tell_everything_are_watched() -> None:
    with pytest.raises(CannotWatch, match="proc"):
        Watch(Path("/proc/self"))
    root = Path("/home/me/repo")
    _check_mounts(root, [("/", "ext4"), ("/home/me/other", "nfs4")])
    for mounts in (
        [("/", "9p")],
        [("/", "ext4"), ("/home", "nfs4")],
        [("/", "ext4"), ("/home/me/repo/data", "fuse.sshfs")],
        [],
    ):
        with pytest.raises(CannotWatch):
            _check_mounts(root, mounts)


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline


def nobody_watches() -> bool:
    return not any(thread.name == "watch" for thread in threading.enumerate())


def test_a_watch_that_is_let_go_gives_everything_back(make_repo: MakeRepo) -> None:
    root = make_repo({"a.py": "1"}, git_repo=False)
    gc.collect()
    wait_until(nobody_watches)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        tree = Tree(root)
        tree.attach(Watch(root), files=0)
        tree.sync()
    assert len(os.listdir("/proc/self/fd")) > before
    del tree
    gc.collect()
    wait_until(nobody_watches)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(("seed", "in_git"), [(11, False), (12, False), (13, True)])
def test_after_any_changes_a_watched_tree_equals_a_look_from_scratch(
    make_repo: MakeRepo, seed: int, in_git: bool
) -> None:
    dice = random.Random(seed)
    root = make_repo({"a.py": "1", "d/b.py": "2", "d/e/c.txt": "3", "gen/x.log": "4"}, git_repo=in_git)
    vandal = Vandal(root, dice, in_git=in_git)
    for tree in watching(root):
        sweeps = tree.sweeps
        assert_follows(tree, vandal, dice, 25 if in_git else 60, lambda: None)
        assert tree.sweeps == sweeps
