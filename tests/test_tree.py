"""The tree: every change that was on disk before a sync is seen by it. What belongs to it: `test_tree_bounds.py`."""

from __future__ import annotations

import os
import random
import shutil
import time

import pytest

from store.source.stamps import racy
from store.source.tree import Changes, Entry, Stat, Tree
from store.words import digest_of
from tests.conftest import MakeRepo, git, write
from tests.looking import as_from_scratch, assert_follows, digests, next_tick, sure
from tests.vandal import Vandal

# -- single changes -----------------------------------------------------------------------------------------------------------


def test_the_first_sync_brings_every_file_and_the_second_nothing(make_repo: MakeRepo) -> None:
    tree = Tree(make_repo({"a.py": "1", "b/c.py": "2"}))
    assert tree.sync() == Changes({"a.py": b"1", "b/c.py": b"2"}, [], [])
    assert tree.sync() == Changes({}, [], [])
    assert digests(tree) == {"a.py": digest_of("1"), "b/c.py": digest_of("2")}


def test_a_same_size_edit_with_its_mtime_put_back_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "one"})
    tree = sure(repo)
    before = (repo / "a.py").stat()
    (repo / "a.py").write_text("two")
    os.utime(repo / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert tree.sync().changed == {"a.py": b"two"}


def test_an_edit_within_the_same_clock_tick_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "0"})
    tree = Tree(repo)
    tree.sync()
    for n in range(1, 200):
        (repo / "a.py").write_text(str(n % 10))
        assert tree.sync().changed == {"a.py": str(n % 10).encode()}


def test_a_file_added_within_the_same_clock_tick_as_the_look_at_its_folder_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "0"})
    tree = Tree(repo)
    tree.sync()
    for n in range(200):
        write(repo, {f"f{n}.py": ""})
        assert list(tree.sync().changed) == [f"f{n}.py"]


def test_a_time_stamp_is_trusted_only_when_the_clock_has_moved_on() -> None:
    second = 1_000_000_000
    assert racy(5 * second + 1, 5 * second + 1, seen_ns=5 * second + 40_000_000)
    assert not racy(5 * second + 1, 5 * second + 1, seen_ns=5 * second + 60_000_000)
    assert racy(5 * second, 5 * second, seen_ns=6 * second), "whole seconds only: a coarse clock"
    assert not racy(99 * second, 5 * second + 1, seen_ns=6 * second), "an mtime in the future is not suspicious"


def test_what_was_known_under_a_doubtful_time_stamp_is_read_again(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "new"}, git_repo=False)
    s = (repo / "a.py").stat()
    for doubt_ns, expected in ((0, {"a.py": b"new"}), (10**10, {})):
        known = Stat(s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, seen_ns=s.st_ctime_ns + doubt_ns)
        tree = Tree(repo)
        tree.seed({"a.py": Entry(known, digest_of("old"))})
        assert tree.sync().changed == expected


def test_a_file_that_went_while_others_were_pending_and_came_back_is_not_gone(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1", "b.py": "2"}, git_repo=False)
    tree = sure(repo)
    (repo / "a.py").unlink()
    write(repo, {"b.py": "new"})
    assert tree.sync(limit=0).pending == ["b.py"]
    write(repo, {"a.py": "back"})
    assert tree.sync() == Changes({"a.py": b"back", "b.py": b"new"}, [], [])


def test_an_editors_atomic_save_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "old"})
    tree = sure(repo)
    write(repo, {"a.py~": "new"})
    os.utime(repo / "a.py~", ns=(10**9, 10**9))
    os.replace(repo / "a.py~", repo / "a.py")
    assert tree.sync() == Changes({"a.py": b"new"}, [], [])


def test_a_touched_file_with_the_same_content_is_no_change(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1"})
    tree = sure(repo)
    os.utime(repo / "a.py", ns=(5, 5))
    assert tree.sync() == Changes({}, [], [])
    assert tree.entries["a.py"].stat.mtime_ns == 5


def test_a_folder_replaced_by_a_file_and_back_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({"a/b.py": "1", "a/c/d.py": "2", "e.py": "3"}, git_repo=False)
    tree = sure(repo)
    shutil.rmtree(repo / "a")
    write(repo, {"a": "file"})
    assert tree.sync() == Changes({"a": b"file"}, ["a/b.py", "a/c/d.py"], [])
    (repo / "a").unlink()
    write(repo, {"a/b.py": "again"})
    assert tree.sync() == Changes({"a/b.py": b"again"}, ["a"], [])


def test_a_folder_swapped_for_another_with_the_same_names_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({"a/x/y.py": "1", "b/x/y.py": "2"}, git_repo=False)
    tree = sure(repo)
    for old, new in (("a", "t"), ("b", "a"), ("t", "b")):
        os.rename(repo / old, repo / new)
    assert tree.sync().changed == {"a/x/y.py": b"2", "b/x/y.py": b"1"}


def test_a_case_only_rename_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({"Readme.md": "1"})
    tree = sure(repo)
    os.rename(repo / "Readme.md", repo / "README.md")
    assert tree.sync() == Changes({"README.md": b"1"}, ["Readme.md"], [])


def test_nested_new_folders_are_seen_at_once(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1"})
    tree = sure(repo)
    write(repo, {"x/y/z/deep.py": "2", "x/side.py": "3"})
    assert set(tree.sync().changed) == {"x/y/z/deep.py", "x/side.py"}


def test_a_branch_switched_there_and_back_is_seen(make_repo: MakeRepo) -> None:
    repo = make_repo({f"src/m{n}.py": f"x = {n}" for n in range(150)})
    git(repo, "checkout", "-q", "-b", "other")
    write(repo, {f"src/m{n}.py": f"x = -{n}" for n in range(1, 100)} | {"new/n.py": ""})
    git(repo, "rm", "-q", "src/m149.py")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "other")
    tree = sure(repo)
    git(repo, "checkout", "-q", "main")
    changes = tree.sync()
    assert len(changes.changed) == 100
    assert changes.gone == ["new/n.py"]
    git(repo, "checkout", "-q", "other")
    assert tree.sync().gone == ["src/m149.py"]
    assert digests(tree) == as_from_scratch(tree)


# -- the limit, and what a store knew -----------------------------------------------------------------------------------------


def test_beyond_the_limit_nothing_is_taken_over_not_even_deletions(make_repo: MakeRepo) -> None:
    repo = make_repo({f"f{n}.py": "old" for n in range(6)}, git_repo=False)
    tree = sure(repo)
    before = digests(tree)
    write(repo, {f"f{n}.py": "new" for n in range(3)})
    (repo / "f5.py").unlink()
    for _ in range(2):
        assert tree.sync(limit=2) == Changes({}, [], ["f0.py", "f1.py", "f2.py"])
        assert digests(tree) == before
    write(repo, {"f1.py": "old"})
    changes = tree.sync(limit=2)
    assert set(changes.changed) == {"f0.py", "f2.py"}
    assert changes.gone == ["f5.py"]
    assert digests(tree) == as_from_scratch(tree)


def test_many_touched_files_with_the_same_content_are_within_any_limit(make_repo: MakeRepo) -> None:
    repo = make_repo({f"f{n}.py": "same" for n in range(50)}, git_repo=False)
    tree = sure(repo)
    for n in range(50):
        os.utime(repo / f"f{n}.py", ns=(7, 7))
    assert tree.sync(limit=3) == Changes({}, [], [])


def test_what_is_pending_can_be_taken_in_bites(make_repo: MakeRepo) -> None:
    repo = make_repo({f"f{n}.py": str(n) for n in range(10)}, git_repo=False)
    tree = Tree(repo)
    pending = tree.sync(limit=0).pending
    assert len(pending) == 10
    assert set(tree.take(pending[:6]).changed) == set(pending[:6])
    assert tree.sync(limit=4) == Changes({p: p[1:2].encode() for p in pending[6:]}, [], [])


def test_a_seeded_tree_reads_nothing_that_did_not_change(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1", "b.py": "2", "c.py": "3"}, git_repo=False)
    known = sure(repo).entries
    write(repo, {"b.py": "two", "d.py": "4"})
    (repo / "c.py").unlink()
    tree = Tree(repo)
    tree.seed(known)
    assert tree.sync() == Changes({"b.py": b"two", "d.py": b"4"}, ["c.py"], [])
    assert digests(tree) == as_from_scratch(tree)


def test_seeding_what_a_shift_has_studied_ends_the_waiting(make_repo: MakeRepo) -> None:
    repo = make_repo({f"f{n}.py": "old" for n in range(10)}, git_repo=False)
    tree = sure(repo)
    write(repo, {f"f{n}.py": "new" for n in range(10)})
    assert len(tree.sync(limit=3).pending) == 10
    shift = Tree(repo)
    shift.sync()
    tree.seed(shift.entries)
    assert tree.sync(limit=3) == Changes({}, [], [])


# -- anything at all ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trusting", [False, True])
@pytest.mark.parametrize(("seed", "in_git"), [(1, False), (2, False), (3, True)])
def test_after_any_changes_a_sync_equals_a_look_from_scratch(
    make_repo: MakeRepo, seed: int, in_git: bool, trusting: bool
) -> None:
    dice = random.Random(seed)
    root = make_repo({"a.py": "1", "d/b.py": "2", "d/e/c.txt": "3", "gen/x.log": "4"}, git_repo=in_git)
    vandal = Vandal(root, dice, in_git=in_git)
    tree = sure(root) if trusting else Tree(root)
    tree.sync()
    assert_follows(tree, vandal, dice, 25 if in_git else 60, lambda: next_tick(root) if trusting else None)


def test_a_file_that_goes_between_the_listing_and_the_reading_and_comes_back_is_seen(make_repo: MakeRepo) -> None:
    """As `git checkout` does it: unlink, then create."""
    root = make_repo({"a.py": "one = 1\n", "b.py": "b = 1\n"}, git_repo=False)
    vanish = False

    def clock() -> int:
        if vanish:
            (root / "a.py").unlink(missing_ok=True)
        return time.time_ns() + 10**10  # trusts every stamp, so the folder is not listed again

    tree = Tree(root, clock=clock)
    tree.sync()
    next_tick(root)
    vanish = True
    (root / "a.py").write_text("three = 3\n")
    assert tree.sync().gone == ["a.py"]
    vanish = False
    (root / "a.py").write_text("four = 4\n")
    assert list(tree.sync().changed) == ["a.py"]
