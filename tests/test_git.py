"""Git: what the history and the work tree say, wherever the root is in a repository, and in none."""

from __future__ import annotations

import os
import random
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.source.git import Git
from store.source.git_words import Status, lines_before
from store.source.origin import Origin, origin_of
from store.source.repo import find_repo, head_of
from store.source.tree import Tree
from tests.conftest import MakeRepo, git, write


def commit(repo: Path, files: dict[str, str], subject: str, day: int = 1) -> str:
    """Commit files on a day of January 2026; the commit's id."""
    write(repo, files)
    at = f"2026-01-{day:02}T12:00:00+00:00"
    git(repo, "add", "-A")
    subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-qm", subject],
        cwd=repo, check=True, timeout=60, env={**os.environ, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at},
    )  # fmt: skip
    return git(repo, "rev-parse", "HEAD").strip()


@pytest.fixture
def shop(make_repo: MakeRepo) -> Path:
    repo = make_repo({"README.md": "shop\n"})
    commit(repo, {"cart.py": "def add():\n    pass\n", "tests/test_cart.py": "1"}, "Add the cart", 2)
    commit(repo, {"cart.py": "def add():\n    return 1\n", "tests/test_cart.py": "2"}, "Count what is added", 5)
    git(repo, "tag", "v1.0")
    commit(repo, {"docs/use.md": "use it"}, "Say how to use it", 9)
    return repo


def test_a_plain_folder_has_no_history_and_nothing_fails(make_repo: MakeRepo) -> None:
    it = Git(make_repo({"a.py": "1"}, git_repo=False))
    assert not it.is_repo
    assert it.head() is it.branch() is it.last_commit("a.py") is it.last_commit(".") is it.pickaxe("x") is None
    assert it.log() == it.search_log("x") == it.log_of_lines("a.py", 1, 2) == it.partners("a.py") == []
    assert it.changed_since("yesterday") == {}
    assert it.status() == Status()
    assert not it.history().pairs and not it.churn()
    assert it.notes == []


def test_a_repository_before_its_first_commit_has_a_branch_and_a_work_state(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    write(tmp_path, {"a.py": "1"})
    it = Git(tmp_path)
    assert it.is_repo
    assert it.head() is None
    assert it.branch() == "trunk"
    assert it.log() == []
    assert it.status().untracked == ("a.py",)


def test_the_log_is_told_newest_first_with_what_each_commit_touches(shop: Path) -> None:
    it = Git(shop)
    assert [c.subject for c in it.log()] == ["Say how to use it", "Count what is added", "Add the cart", "start"]
    newest = it.log("cart.py", limit=1)[0]
    assert newest.subject == "Count what is added"
    assert newest.author == "Ada"
    assert newest.at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert it.log(limit=2)[1].paths == ("cart.py", "tests/test_cart.py")
    assert [c.subject for c in it.log("tests/")] == ["Count what is added", "Add the cart"]


def test_a_window_may_be_a_time_a_phrase_a_tag_or_a_range(shop: Path) -> None:
    it = Git(shop)
    assert len(it.log(since=datetime(2026, 1, 5, tzinfo=UTC))) == 2
    assert [c.subject for c in it.log("docs", since="2026-01-08")] == ["Say how to use it"]
    for ref in ("v1.0", "1.0", "HEAD~1"):
        assert [c.subject for c in it.log(since=ref)] == ["Say how to use it"]
    assert [c.subject for c in it.log(since="HEAD~2..v1.0")] == ["Count what is added"]
    assert it.log(since="v9.9") == it.log(since="no such thing") == it.log(since="--all") == []


def test_what_changed_since_then_counts_uncommitted_work(shop: Path) -> None:
    write(shop, {"new.py": "1", "cart.py": "other"})
    (shop / "README.md").unlink()
    it = Git(shop)
    assert it.changed_since("v1.0") == {"README.md": "D", "cart.py": "M", "docs/use.md": "A", "new.py": "A"}
    assert it.changed_since("HEAD~2..1.0") == {"cart.py": "M", "tests/test_cart.py": "M"}
    assert set(it.changed_since(datetime(2020, 1, 1, tzinfo=UTC))) == {
        "cart.py",
        "docs/use.md",
        "new.py",
        "tests/test_cart.py",
    }
    assert it.changed_since("gibberish") == {}


def test_the_commit_that_brought_a_text_and_those_that_speak_of_it_are_found(shop: Path) -> None:
    it = Git(shop)
    first = origin_of(it, "return 1", ())
    assert first.commit and first.certain and first.commit.subject == "Count what is added"
    assert origin_of(it, "never written", ()) == Origin(None)
    assert [c.subject for c in it.search_log("THE CART")] == ["Add the cart"]


def test_the_history_of_lines_follows_them_although_the_file_was_edited_since(shop: Path) -> None:
    it = Git(shop)
    assert [c.subject for c in it.log_of_lines("cart.py", 1, 1)] == ["Add the cart"]
    assert [c.subject for c in it.log_of_lines("cart.py", 1, 2)] == ["Count what is added", "Add the cart"]
    write(shop, {"cart.py": "# new\n# lines\n# above\ndef add():\n    return 1\n"})
    assert [c.subject for c in it.log_of_lines("cart.py", 4, 4)] == ["Add the cart"]
    assert it.log_of_lines("cart.py", 1, 3) == [], "not committed yet"


@pytest.mark.parametrize(
    ("hunk", "lines", "before"),
    [
        ("@@ -0,0 +1,3 @@", (4, 6), (1, 3)),
        ("@@ -0,0 +1,3 @@", (2, 4), (1, 1)),
        ("@@ -0,0 +1,3 @@", (1, 3), None),
        ("@@ -5,2 +4,0 @@", (4, 6), (4, 8)),
        ("@@ -5 +5,4 @@", (6, 9), (5, 6)),
        ("@@ -10 +10 @@", (1, 4), (1, 4)),
    ],
)
def test_lines_of_the_file_on_disk_are_found_in_the_committed_one(
    hunk: str, lines: tuple[int, int], before: tuple[int, int] | None
) -> None:
    assert lines_before(f"{hunk}\n-x\n+y\n", *lines) == before


def test_files_that_change_together_are_counted(shop: Path) -> None:
    it = Git(shop)
    assert it.history().pairs == {("cart.py", "tests/test_cart.py"): 2}
    assert it.churn()["cart.py"] == 2
    assert it.partners("cart.py") == [("tests/test_cart.py", 2)]
    commit(shop, {f"f{n}.py": "" for n in range(40)}, "Many at once", 12)
    assert len(it.history().pairs) == 1, "a sweeping commit says nothing"
    assert it.churn()["f0.py"] == 1


def test_the_work_state_is_told_as_it_is_now(shop: Path) -> None:
    it = Git(shop)
    assert it.status().clean
    write(shop, {"new.py": "1", "cart.py": "changed", "odd name ü.txt": "2", "README.md": "staged"})
    git(shop, "add", "README.md")
    assert it.status() == Status(
        "main", None, None, None, ("README.md",), ("cart.py",), ("new.py", "odd name ü.txt"), ()
    )
    git(shop, "checkout", "-q", "--detach", "-f")
    assert it.branch() is it.status().branch is None


def test_what_is_not_pushed_is_counted(shop: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(shop), "clone")
    commit(tmp_path / "clone", {"a.py": "1"}, "Here", 20)
    commit(shop, {"b.py": "1"}, "There", 20)
    git(tmp_path / "clone", "fetch", "-q")
    state = Git(tmp_path / "clone").status()
    assert (state.upstream, state.ahead, state.behind) == ("origin/main", 1, 1)


def test_a_folder_of_a_repository_sees_its_own_part_under_its_own_paths(shop: Path) -> None:
    commit(shop, {"tests/more/x.py": "1", "cart.py": "more"}, "Both", 11)
    write(shop, {"tests/new.py": "", "outside.py": "", "tests/test_cart.py": "3"})
    it = Git(shop / "tests")
    assert [c.subject for c in it.log()] == ["Both", "Count what is added", "Add the cart"]
    assert it.log(limit=1)[0].paths == ("more/x.py",)
    assert it.last_commit("test_cart.py") == it.log("test_cart.py")[0].id
    assert (it.status().modified, it.status().untracked) == (("test_cart.py",), ("new.py",))
    assert it.changed_since("v1.0") == {"more/x.py": "A", "new.py": "A", "test_cart.py": "M"}
    assert [c.subject for c in it.log_of_lines("test_cart.py", 1, 1)] == ["Count what is added", "Add the cart"]


def test_a_linked_work_tree_is_a_repository_of_its_own_branch(shop: Path, tmp_path: Path) -> None:
    git(shop, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "feature")
    there = commit(tmp_path / "linked", {"f.py": "1"}, "Feature", 15)
    it = Tree(tmp_path / "linked").git
    assert (it.branch(), it.head()) == ("feature", there)
    assert Git(shop).branch() == "main"
    (shop / ".git/info/exclude").write_text("secret.py\n")
    write(tmp_path / "linked", {"secret.py": ""})
    tree = Tree(tmp_path / "linked")
    assert "secret.py" not in tree.sync().changed, "info/exclude is shared by all work trees"


def test_a_shallow_clone_answers_from_what_it_has(shop: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{shop}", "shallow")
    it = Git(tmp_path / "shallow")
    assert len(it.log()) == 1
    assert it.last_commit("cart.py") == it.head()


def test_head_is_read_without_git_however_it_is_written(shop: Path) -> None:
    repo = find_repo(shop)
    assert repo is not None
    assert head_of(repo) == ("main", git(shop, "rev-parse", "HEAD").strip())
    git(shop, "pack-refs", "--all")
    assert head_of(repo) == ("main", git(shop, "rev-parse", "HEAD").strip())
    git(shop, "checkout", "-q", "v1.0")
    assert head_of(repo) == ("", git(shop, "rev-parse", "v1.0").strip())
    git(shop, "checkout", "-q", "--orphan", "empty")
    assert head_of(repo) == ("empty", "")


def test_git_init_after_the_start_is_noticed_and_so_is_its_end(make_repo: MakeRepo) -> None:
    repo = make_repo({"a.py": "1", "b.log": "2"}, git_repo=False)
    tree = Tree(repo)
    tree.sync()
    git(repo, "init", "-q", "-b", "main")
    (repo / ".git/info/exclude").write_text("*.log\n")
    assert tree.sync().gone == ["b.log"]
    assert tree.is_git
    os.rename(repo / ".git", repo.parent / "away")
    assert list(tree.sync().changed) == ["b.log"]
    assert not tree.is_git


def test_a_repository_that_git_refuses_is_a_plain_folder_with_a_note(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo({"a.py": "1"})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    tree = Tree(repo)
    assert set(tree.sync().changed) == {"a.py"}
    assert not tree.is_git
    assert tree.git.log() == []
    assert "another user" in tree.git.notes[-1]


def test_without_git_on_the_machine_the_tree_works_and_says_why_there_is_no_history(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo({"a.py": "1", ".gitignore": "*.log\n", "x.log": ""})
    monkeypatch.setenv("PATH", str(repo))
    tree = Tree(repo)
    assert set(tree.sync().changed) == {"a.py", ".gitignore"}
    assert not tree.is_git
    assert "git cannot be run" in tree.git.notes[0]


def test_a_repositorys_own_configuration_runs_nothing(shop: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.x.textconv",
        "gpg.program",
        "core.askPass",
        "core.sshCommand",
    ):
        git(shop, "config", key, str(trap))
    git(shop, "config", "log.showSignature", "true")
    write(shop, {".gitattributes": "* diff=x\n", "cart.py": "edited"})
    it = Git(shop)
    it.status(), it.log("cart.py"), it.changed_since("v1.0"), it.pickaxe("pass"), it.log_of_lines("cart.py", 1, 1)
    it.last_commit("cart.py")
    assert not (tmp_path / "sprung").exists()


# -- the newest commit of a path ----------------------------------------------------------------------------------------------


def asked_of_git(repo: Path, path: str) -> str | None:
    words = ("log", "-1", "--format=%H", "--full-history", "--no-merges", "--no-renames", "HEAD", "--", path)
    return git(repo, *words).strip() or None


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_newest_commit_of_every_path_is_followed_through_any_move_of_head(
    make_repo: MakeRepo, seed: int, ahead: bool
) -> None:
    dice = random.Random(seed)
    paths = ["a.py", "b.py", "d/c.py", "d/e/f.py"]
    repo = make_repo(dict.fromkeys(paths, ""))
    it = Git(repo)
    if ahead:
        it.read_ahead()
    for step in range(10):
        match dice.choice(["commit", "commit", "commit", "branch", "switch", "merge", "amend"]):
            case "commit":
                commit(repo, {dice.choice(paths): str(step)}, f"c{step}", day=step + 1)
            case "branch":
                git(repo, "checkout", "-q", "-b", f"b{step}", dice.choice(["HEAD", "HEAD~1", "main"]))
            case "switch":
                git(repo, "checkout", "-q", dice.choice(git(repo, "branch", "--format=%(refname:short)").split()))
            case "merge":
                others = git(repo, "branch", "--format=%(refname:short)").split()
                git(
                    repo,
                    "merge",
                    "-q",
                    "-s",
                    "ours" if dice.random() < 0.3 else "ort",
                    "-Xours",
                    "-m",
                    "merge",
                    dice.choice(others),
                )
            case "amend":
                write(repo, {dice.choice(paths): f"amended {step}"})
                git(repo, "commit", "-qa", "--amend", "--allow-empty", "-m", f"a{step}")
        for path in [*paths, "d", "d/e/", "never.py"]:
            assert it.last_commit(path) == asked_of_git(repo, path), (step, path)
        fresh = Git(repo)
        for path in paths:
            assert dict(it.partners(path)) == dict(fresh.partners(path))
    assert it.last_commit(".") == it.head() == git(repo, "rev-parse", "HEAD").strip()


def test_a_text_is_followed_back_through_the_files_that_it_moved_between(tmp_path: Path) -> None:
    repo = tmp_path / "moves"
    repo.mkdir()
    git(repo, "init", "-q", "-b", "main")
    for subject, files in (
        ("Payments", {"old.py": "def payment(): ...\n"}),
        ("Pay", {"old.py": "def payment(): ...\ndef pay(): ...\n", "side.py": "\n"}),
        ("Moved", {"new.py": "def pay(): ...\n", "old.py": "def payment(): ...\n"}),
        ("Moved again", {"deep/newer.py": "def pay(): ...\n", "new.py": "\n"}),
    ):
        write(repo, files)
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", subject)
    found = origin_of(Git(repo), "pay", ["deep/newer.py"])
    assert found.commit and found.commit.subject == "Pay" and found.certain
    assert found.commit.paths == ("old.py", "side.py")
    assert origin_of(Git(repo), "pay", ["nowhere.py"]).commit == found.commit


def test_a_git_that_gives_up_is_not_taken_for_one_that_found_nothing(shop: Path) -> None:
    assert origin_of(Git(shop.parent / "gone"), "pay", ()) == Origin(None, certain=False)


def committed(repo: Path, text: bytes) -> str:
    """A commit of what is staged, written by hand: HEAD is that commit then."""
    lines = f"tree {git(repo, 'write-tree')}parent {git(repo, 'rev-parse', 'HEAD')}".encode() + text
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=repo, input=lines, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    git(repo, "reset", "-q", "--hard", made.stdout.decode().strip())
    return made.stdout.decode().strip()


def test_a_commit_beyond_the_calendar_is_a_commit(shop: Path) -> None:
    write(shop, {"far.py": "x = 1\n"})
    git(shop, "add", "-A")
    who = b"Ada <ada@example.org> 99999999999999 +0000"
    made = committed(shop, b"author %s\ncommitter %s\n\nfar\n" % (who, who))
    [newest] = Git(shop).log(limit=1)
    assert (newest.id, newest.at.year, newest.paths) == (made, 9999, ("far.py",))


def test_a_message_cannot_pretend_to_be_a_commit(shop: Path) -> None:
    forged = "a" * 40
    made = commit(shop, {"a.py": "x = 1\n"}, f"real \x1e{forged}\x1f1\x1fEve\x1fforged\x1e")
    [newest] = Git(shop).log(limit=1)
    assert (newest.id, newest.author, newest.paths) == (made, "Ada", ("a.py",))
    assert newest.subject.startswith("real ")
