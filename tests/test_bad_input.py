"""What nobody should do and somebody will: each gets a clear error or works, and nothing that was recorded is lost."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.app import Settings, opened
from tests.clients import ask, call, in_memory, over_stdio, run, shifted, text_of
from tests.conftest import MakeRepo, git, write

pytestmark = pytest.mark.anyio

FILES = {"app.py": "def start():\n    pass\n\n\ndef main():\n    start()\n", "notes.md": "# Notes\n\nNothing yet.\n"}


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo(FILES)


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/passwd", "app.py/../../outside", "~/.ssh", "none.py", "app.py\0", "x" * 5_000]
)
async def test_a_path_that_is_not_in_the_repository_is_refused_in_words(repo: Path, path: str) -> None:
    (repo.parent / "outside").write_text("secret")
    async with in_memory(repo) as client:
        told = await call(client, "get_module_summary", path=path)
        assert told.is_error and "secret" not in text_of(told)
        assert len(text_of(told)) < 600 and "Traceback" not in text_of(told)
        assert (await ask(client, "who calls start()"))["status"] == "computed"


async def test_a_link_out_of_the_repository_is_not_followed(repo: Path) -> None:
    (repo.parent / "outside.py").write_text("def secret():\n    pass\n")
    (repo / "link.py").symlink_to(repo.parent / "outside.py")
    async with in_memory(repo) as client:
        assert (await call(client, "get_module_summary", path="link.py")).is_error
        assert "outside" not in (await ask(client, "where is secret()")).get("answer", "")


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "x" * 100_000, "why " * 25_000])
async def test_a_question_that_is_none_is_refused_in_words(repo: Path, question: str) -> None:
    async with in_memory(repo) as client:
        for tool in ("lookup_preanswer", "record_query"):
            told = await call(client, tool, question=question)
            assert told.is_error and "question" in text_of(told).lower() and len(text_of(told)) < 300


@pytest.mark.parametrize(
    "question", ["?", "\x00\x01", "💥" * 400, "'; DROP TABLE files; --", "%s {0} \\d+ (((", "a" * 2_000, "\ud83d start"]
)
async def test_any_other_text_is_a_question(repo: Path, question: str) -> None:
    async with in_memory(repo) as client:
        found = await ask(client, question.encode("utf-8", "replace").decode())
    assert found["status"] in ("hit", "computed", "candidates", "miss")


async def test_wrong_arguments_are_told_what_is_right(repo: Path) -> None:
    async with in_memory(repo) as client:
        assert "callers" in text_of(await call(client, "lookup_preanswer", question="x", kind="nonsense"))
        assert (await ask(client, "who calls start()", max_tokens=-5))["answer"]
        assert (await ask(client, "start", kind="callers", about=["start", "no_such_thing", ""]))["status"]


async def test_files_that_are_no_text_or_not_utf8_are_counted_and_the_rest_answers(repo: Path) -> None:
    (repo / "latin.py").write_bytes(b"# caf\xe9\ndef latin():\n    pass\n")
    (repo / "image.png").write_bytes(bytes(range(256)) * 40)
    (repo / "broken.py").write_text("def broken(:\n  ((\n")
    (repo / "empty.py").write_text("")
    (repo / "long.py").write_text("x = '" + "a" * 200_000 + "'\ndef after_long():\n    pass\n")
    (repo / "b\udcff.py".encode("utf-8", "surrogateescape").decode("utf-8", "replace")).write_text("y = 1\n")
    async with in_memory(repo) as client:
        assert "latin.py" in (await ask(client, "where is latin()"))["answer"]
        assert len((await ask(client, "what is in long.py"))["answer"]) < 4_000
    await shifted(repo)
    status = json.loads(run("status", "--json", "--repo", str(repo)).stdout)
    assert status["unparsed"] >= 1 and status["skipped"].get("binary") == 1


@pytest.fixture
def odd(repo: Path) -> Path:
    """With a file whose name is no text."""
    Path(os.fsdecode(os.fsencode(repo) + b"/n\xff.py")).write_text("def hidden():\n    pass\n")
    return repo


async def test_a_name_that_is_not_utf8_harms_nobody(odd: Path) -> None:
    async with in_memory(odd) as client:
        assert "app.py" in (await ask(client, "who calls start()"))["answer"]
        await ask(client, "where is hidden()")
    await shifted(odd)


async def test_a_folder_without_git_is_served_like_any_other(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES, git_repo=False)
    await shifted(repo)
    async with in_memory(repo) as client:
        assert (await ask(client, "who calls start()"))["status"] == "hit"
        changes = await ask(client, "what changed last week")
    assert changes["status"] != "hit"


async def test_an_empty_repository_has_no_answers_and_no_errors(tmp_path: Path) -> None:
    repo = tmp_path / "void"
    repo.mkdir()
    git(repo, "init", "-q")
    for words in (("sleep",), ("status",), ("ask", "what is this"), ("summary",)):
        done = run(*words, "--repo", str(repo))
        assert done.returncode == 0, done.stderr
    async with in_memory(repo) as client:
        assert (await ask(client, "what does main do"))["status"] in ("miss", "computed")
        assert not (await call(client, "get_module_summary", path=".")).is_error


async def test_where_the_store_cannot_be_kept_in_the_repository_it_is_kept_beside_the_user(
    repo: Path, own_cache: Path
) -> None:
    (repo / ".forethought").write_text("in the way")
    assert run("sleep", "--repo", str(repo), env={**os.environ}).returncode == 0
    async with in_memory(repo) as client:
        assert (await ask(client, "who calls start()"))["status"] == "hit"
    told = run("status", "--repo", str(repo), env={**os.environ}).stdout
    assert str(own_cache) in told and "cannot be used" in told


@pytest.fixture
def read_only(repo: Path, own_cache: Path) -> Iterator[Path]:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    repo.chmod(0o555)
    yield repo
    repo.chmod(0o755)


async def test_a_repository_that_cannot_be_written_is_served_from_the_users_cache(read_only: Path) -> None:
    async with in_memory(read_only) as client:
        assert (await ask(client, "who calls start()"))["status"] == "computed"


async def test_a_store_from_a_newer_version_is_left_alone_and_said_so(repo: Path) -> None:
    newer = repo / ".forethought" / "tables" / "v99"
    newer.mkdir(parents=True)
    async with in_memory(repo) as client:
        told = await call(client, "lookup_preanswer", question="who calls start()")
    assert told.is_error and "99" in text_of(told) and "pgrade" in text_of(told)
    for words in (("sleep",), ("ask", "who calls start()"), ("status",)):
        done = run(*words, "--repo", str(repo))
        assert done.returncode == 1 and "99" in done.stderr and "Traceback" not in done.stderr
    assert list(newer.parent.iterdir()) == [newer]


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Studied once, with a recorded answer; tests work on copies."""
    made = tmp_path_factory.mktemp("studied")
    write(made, FILES)

    async def record() -> None:
        async with opened(Settings(repo=made)) as app:
            await app.record("why start?", "To begin.", ["app.py::start"], None, None, "", "")

    asyncio.run(record())
    assert run("sleep", "--repo", str(made)).returncode == 0
    return made


@pytest.mark.parametrize("table", ["preanswers", "files", "cards", "queries", "meta"])
async def test_a_damaged_table_is_rebuilt_and_said_so_and_what_was_recorded_stays(
    studied: Path, tmp_path: Path, table: str
) -> None:
    repo = shutil.copytree(studied, tmp_path / "copy")
    [folder] = (repo / ".forethought" / "tables").glob(f"*/{table}.lance")
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\xff" * 10)
    async with in_memory(repo) as client:
        found = await ask(client, "who calls start()")
        assert found["status"] in ("hit", "computed") and "main" in found["answer"]
        await call(client, "record_query", question="why main?", answer="To run.", sources=["app.py::main"])
    await shifted(repo)
    async with in_memory(repo) as client:
        assert (await ask(client, "who calls start()"))["status"] == "hit"
        assert (await ask(client, "why main?"))["answer"] == "To run."
        if table != "queries":
            assert (await ask(client, "why start?"))["answer"] == "To begin."


async def test_a_store_that_vanishes_under_a_server_costs_nothing_but_speed(studied: Path, tmp_path: Path) -> None:
    repo = shutil.copytree(studied, tmp_path / "copy")
    async with in_memory(repo) as client:
        assert (await ask(client, "who calls start()"))["status"] == "hit"
        shutil.rmtree(repo / ".forethought")
        for question in ("who calls start()", "where is main()", "what is in app.py"):
            assert (await ask(client, question))["answer"]


async def test_two_servers_on_one_store_answer_and_record_side_by_side(repo: Path) -> None:
    async with over_stdio(repo) as one, over_stdio(repo, mode="legacy") as two:
        for n, client in enumerate((one, two, one, two)):
            told = await call(client, "record_query", question=f"riddle {n}", answer=f"{n}", sources=["app.py"])
            assert not told.is_error
            assert (await ask(client, "who calls start()"))["answer"]
    await shifted(repo)
    async with in_memory(repo) as client:
        assert [(await ask(client, f"riddle {n}"))["answer"] for n in range(4)] == ["0", "1", "2", "3"]


async def test_a_disk_that_takes_no_journal_still_gives_answers_and_says_what_was_not_kept(repo: Path) -> None:
    async with in_memory(repo) as client:
        await ask(client, "who calls start()")
        journal = repo / ".forethought" / "journal"
        shutil.rmtree(journal)
        journal.write_text("in the way")
    async with in_memory(repo) as client:
        found = await call(client, "lookup_preanswer", question="who calls start()")
        told = await call(client, "record_query", question="x", answer="y", sources=["app.py"])
    assert told.is_error or found.is_error is False
    assert "Traceback" not in text_of(told)
