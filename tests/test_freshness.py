"""The freshness law, through the public lookup: after any change on disk, the very next answer is right or there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from mcp import Client

from tests.clients import ask, in_memory, run
from tests.conftest import git, write

pytestmark = pytest.mark.anyio

LIB = "def price(item):\n    return item.cost\n"
USER = "from lib import price\n\n\ndef bill(items):\n    return sum(price(i) for i in items)\n"


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The question is answered ahead: once, each test works on a copy."""
    made = tmp_path_factory.mktemp("studied")
    write(made, {"lib.py": LIB, "user.py": USER})
    git(made, "init", "-q", "-b", "main")
    git(made, "add", "-A")
    git(made, "commit", "-q", "-m", "start")
    assert run("sleep", "--repo", str(made)).returncode == 0
    return made


@pytest.fixture
def repo(studied: Path, tmp_path: Path) -> Path:
    return shutil.copytree(studied, tmp_path / "copy")


async def callers(client: Client) -> tuple[str, str]:
    found = await ask(client, "who calls price()")
    return found["status"], found.get("answer", "")


async def test_a_new_caller_in_a_new_file_is_in_the_very_next_answer(repo: Path) -> None:
    async with in_memory(repo) as client:
        assert (await callers(client))[0] == "hit"
        write(repo, {"new/place.py": "from lib import price\n\n\ndef late():\n    return price(1)\n"})
        status, answer = await callers(client)
    assert status == "computed" and "late" in answer and "bill" in answer


async def test_a_caller_that_went_is_not_in_the_next_answer(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        (repo / "user.py").unlink()
        status, answer = await callers(client)
    assert status == "computed" and "bill" not in answer


async def test_a_renamed_caller_is_named_anew(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {"user.py": USER.replace("bill", "invoice")})
        _, answer = await callers(client)
    assert "invoice" in answer and "bill" not in answer


async def test_a_renamed_file_is_found_at_its_new_place(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        (repo / "user.py").rename(repo / "customer.py")
        _, answer = await callers(client)
    assert "customer.py" in answer and "user.py" not in answer


async def test_an_edit_elsewhere_leaves_an_answer_fresh_with_the_lines_of_now(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {"lib.py": "# one more\n# two more\n" + LIB})
        found = await ask(client, "who calls price()")
    assert found["status"] == "hit" and "lib.py:3-4" in found["answer"]


async def test_what_is_gone_is_said_to_be_gone(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {"lib.py": "def cost(item):\n    return 1\n"})
        status, answer = await callers(client)
    assert status != "hit" and "lib.py" not in answer


async def test_changes_made_while_no_server_ran_are_seen(repo: Path) -> None:
    write(repo, {"user.py": USER.replace("bill", "invoice")})
    async with in_memory(repo) as client:
        _, answer = await callers(client)
    assert "invoice" in answer and "bill" not in answer


async def test_a_branch_switched_away_and_back_revives_its_answers(repo: Path) -> None:
    git(repo, "add", "-A")
    git(repo, "checkout", "-q", "-b", "other")
    write(repo, {"user.py": USER.replace("bill", "invoice")})
    git(repo, "commit", "-q", "-am", "renamed")
    git(repo, "checkout", "-q", "main")
    async with in_memory(repo) as client:
        assert (await callers(client))[0] == "hit"
        git(repo, "checkout", "-q", "other")
        status, answer = await callers(client)
        assert status == "computed" and "invoice" in answer
        git(repo, "checkout", "-q", "main")
        status, answer = await callers(client)
    assert status == "hit" and "bill" in answer


async def test_too_many_changes_at_once_are_never_answered_by_a_guess_and_soon_known(repo: Path) -> None:
    async with in_memory(repo) as client:
        await callers(client)
        write(repo, {f"more/m{n}.py": f"from lib import price\n\n\ndef c{n}():\n    price({n})\n" for n in range(90)})
        for _ in range(500):
            status, answer = await callers(client)
            assert status in ("miss", "computed")
            if status == "computed":
                break
        assert "c7" in answer or "89" in answer or "91" in answer
        assert (await ask(client, "who calls price()", about=["lib.py::price"]))["status"] == "computed"
