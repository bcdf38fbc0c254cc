"""Ignore rules: the same files as git leaves out."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from store.source.ignore import Patterns, Rules
from store.source.stamps import racy
from store.source.tree import Tree
from tests.conftest import MakeRepo, git, write


@pytest.mark.parametrize(
    ("line", "path", "folder", "expected"),
    [
        ("*.pyc", "a/b.pyc", False, True),
        ("build/", "build", True, True),
        ("build/", "build", False, None),
        ("/foo/*", "foo/x", False, True),
        ("/foo/*", "foo/x/y", False, None),
        ("a/**/b", "a/b", False, True),
        ("a/**/b", "a/x/y/b", False, True),
        ("**/logs", "x/logs", True, True),
        ("logs/**", "logs", True, None),
        ("logs/**", "logs/x/y", False, True),
        ("a**b", "a/b", False, None),
        ("doc/a**b", "doc/a/b", False, None),
        ("foo[0-9].py", "foo1.py", False, True),
        ("foo[!0-9].py", "foo1.py", False, None),
        ("foo[[:alpha:]]", "foox", False, True),
        ("foo[", "foo[", False, None),
        ("trailing\\ ", "trailing ", False, True),
        ("trailing   ", "trailing", False, True),
        ("\\#hash", "#hash", False, True),
        ("# comment", "# comment", False, None),
        ("\\!bang", "!bang", False, True),
        ("x\r", "x", False, True),
        ("lone\\", "lone", False, None),
    ],
)
def test_one_line_means_what_it_means_to_git(line: str, path: str, folder: bool, expected: bool | None) -> None:
    assert Patterns(line).verdict(path, path.rpartition("/")[2], folder) is expected


def test_the_last_matching_line_decides_and_negation_brings_back() -> None:
    patterns = Patterns("*.log\n!keep.log\n")
    assert patterns.verdict("a.log", "a.log", False) is True
    assert patterns.verdict("keep.log", "keep.log", False) is False


def test_forethoughts_own_file_has_the_last_word() -> None:
    rules = (
        Rules()
        .below(0, "generated.py\n", None)
        .below(0, None, "!generated.py\nprivate.py\n")
        .below(2, "!private.py", None)
    )
    assert rules.verdict("a/generated.py", "generated.py", False) == "kept"
    assert rules.verdict("a/private.py", "private.py", False) == "own"


def test_a_hostile_pattern_does_not_take_for_ever() -> None:
    start = time.monotonic()
    for line in ("*a" * 40 + "b", "**/a/" * 30 + "b", "x/" + "**/*a*a*/" * 20 + "b", "[" * 5000, "*" * 100_000):
        Patterns(line).verdict("a/" * 400 + "a" * 200, "a" * 5000, False)
    assert time.monotonic() - start < 2


def random_glob(dice: random.Random) -> str:
    """A glob without "**" beside other characters: what git before 2.41 makes of `a**/b` depends on where its memory lies."""
    glob = ""
    while not glob or re.search(r"[^/]\*\*|\*\*[^/]", glob):
        glob = any_glob(dice)
    return dice.choice(["", "", "", "!"]) + glob + dice.choice(["", "", " "])


def any_glob(dice: random.Random) -> str:
    pieces = ["a", "b", "ab", "*", "?", "**", "/", "/", "[ab]", "[!a]", "*.c", "d", "\\a", "a*", "**/", "/**", "c.c"]
    glob = "".join(dice.choice(pieces) for _ in range(dice.randint(1, 5)))
    return dice.choice(["", "", "", "/"]) + glob + dice.choice(["", "", "/"])


def listed_by_git(repo: Path) -> set[str]:
    out = git(repo, "-c", "core.quotepath=off", "ls-files", "-z", "-co", "--exclude-standard")
    return {p for p in out.split("\0") if p and (repo / p).is_file()}


@pytest.mark.parametrize("seed", range(4))
def test_random_ignore_files_leave_the_same_files_as_git(make_repo: MakeRepo, seed: int) -> None:
    dice = random.Random(seed)
    names = ["a", "b", "ab", "d", "c.c", "ba", "x.c"]
    files = {
        "/".join(dice.choice(names) + "_" * (i < depth - 1) for i in range(depth)): ""
        for depth in (1, 2, 3, 4)
        for _ in range(25)
    }
    repo = make_repo(files)
    git(repo, "rm", "-rq", "--cached", ".")
    tree = Tree(repo)
    for _ in range(12):
        for path in repo.rglob(".gitignore"):
            path.unlink()
        folders = ["", *dice.sample(sorted({p.rpartition("/")[0] + "/" for p in files if "/" in p}), 3)]
        rules = {
            f"{f}.gitignore": "".join(random_glob(dice) + "\n" for _ in range(dice.randint(1, 4))) for f in folders
        }
        rules = {p: t.replace("_", "") for p, t in rules.items()}
        write(repo, rules)
        (repo / ".git/info/exclude").write_text(random_glob(dice) + "\n")
        tree.sync()
        assert set(tree.entries) == listed_by_git(repo), rules


def test_ignored_files_that_git_tracks_stay_in_the_tree(make_repo: MakeRepo) -> None:
    repo = make_repo({"src/a.py": "1", "build/kept.py": "2", "b.log": "3"})
    write(repo, {".gitignore": "build/\n*.log\n", "build/new.py": "4", "c.log": "5"})
    tree = Tree(repo)
    tree.sync()
    assert set(tree.entries) == {".gitignore", "src/a.py", "build/kept.py", "b.log"}
    git(repo, "add", "-f", "c.log")
    assert list(tree.sync().changed) == ["c.log"]
    git(repo, "rm", "-q", "--cached", "b.log")
    assert tree.sync().gone == ["b.log"]


def test_a_tracked_file_stays_when_it_comes_to_be_ignored_and_goes_when_git_lets_go(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.log": "1", "out/b.py": "2", "out/c.py": "3"})
    tree = Tree(repo)
    while racy(0, (repo / ".git/index").stat().st_ctime_ns, time.time_ns()):
        tree.sync()
    tree.sync()
    write(repo, {".gitignore": "*.log\nout/\n", "out/new.py": "4"})
    assert tree.sync() == ({".gitignore": b"*.log\nout/\n"}, [], [])
    git(repo, "rm", "-q", "--cached", "out/b.py")
    assert tree.sync().gone == ["out/b.py"]
    write(repo, {".gitignore": "*.log\n"})
    assert set(tree.sync().changed) == {".gitignore", "out/b.py", "out/new.py"}


def test_an_edited_ignore_file_takes_files_out_and_brings_them_back(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1", "gen/b.py": "2", "gen/deep/c.py": "3"}, git_repo=False)
    tree = Tree(repo)
    tree.sync()
    write(repo, {".forethoughtignore": "gen/\n"})
    changes = tree.sync()
    assert changes.gone == ["gen/b.py", "gen/deep/c.py"]
    assert list(changes.changed) == [".forethoughtignore"]
    write(repo, {".forethoughtignore": "# nothing\n"})
    assert set(tree.sync().changed) == {".forethoughtignore", "gen/b.py", "gen/deep/c.py"}


def test_an_ignore_file_that_ignores_itself_is_still_followed(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1", "sub/.gitignore": "*\n", "sub/b.py": "2"}, git_repo=False)
    tree = Tree(repo)
    tree.sync()
    assert set(tree.entries) == {"a.py"}
    write(repo, {"sub/.gitignore": ".gitignore\n"})
    assert set(tree.sync().changed) == {"sub/b.py"}


def test_a_folder_in_a_repository_follows_the_rules_above_it(make_repo: MakeRepo) -> None:
    repo = make_repo({".gitignore": "*.log\n/app/out/\n", "app/a.py": "1", "app/out/b.py": "2", "app/c.log": "3"})
    tree = Tree(repo / "app")
    tree.sync()
    assert set(tree.entries) == {"a.py"}
    write(repo, {".gitignore": "*.log\n"})
    assert set(tree.sync().changed) == {"out/b.py"}


def test_a_root_that_the_repository_above_ignores_is_a_plain_folder(make_repo: MakeRepo) -> None:
    repo = make_repo({".gitignore": "*\n!.gitignore\n", "work/app/a.py": "1"})
    tree = Tree(repo / "work/app")
    assert set(tree.sync().changed) == {"a.py"}
    assert not tree.is_git
    assert "plain folder" in tree.git.notes[0]
