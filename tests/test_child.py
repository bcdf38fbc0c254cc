"""A shift as a child process: it reports, gives way, and never outlives the server that started it, unless it was told to."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import psutil
import pytest

from sleep.child import ENDED_WITHIN_S, Errand, ShiftChild, ShiftFailed, front_door
from sleep.report import ShiftReport
from store.home import Home
from store.noted import LAST_SHIFT
from store.tables import Store
from tests.clients import until
from tests.conftest import MakeRepo, write

pytestmark = pytest.mark.anyio

FILES = {"shop/prices.py": "def net(gross: int) -> int:\n    return gross\n", "README.md": "# Shop\n"}


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def shift_of(child: int, workers: int = 0) -> psutil.Process:
    """The shift itself, below its keeper, once it has that many processes below it."""
    keeper = psutil.Process(child)
    await until(keeper.children)
    [shift] = keeper.children()
    await until(lambda: len(shift.children()) >= workers)
    return shift


def family_of(pid: int) -> list[int]:
    return [pid, *(p.pid for p in psutil.Process(pid).children(recursive=True))]


def many(make_repo: MakeRepo) -> Path:
    """A repository that takes some seconds and worker processes to read."""
    body = "\n".join(f"def f{n}(a: int) -> int:\n    return f{n - 1 if n else 0}(a)\n" for n in range(60))
    return make_repo({f"pkg/m{n}.py": body for n in range(600)}, git_repo=False)


async def test_a_child_reports_what_it_did_and_is_last_in_line_for_the_processor(make_repo: MakeRepo) -> None:
    child = await ShiftChild.start(Errand(make_repo(FILES), reason="a test"))
    shift = await shift_of(child.pid)
    await until(lambda: shift.nice() == 10)
    with anyio.fail_after(60):
        report = await child.wait()
    assert (report.outcome, report.files_read, report.reason) == ("done", 2, "a test")
    assert not child.running


async def test_what_lies_in_the_users_folder_or_python_path_is_never_imported(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = "raise SystemExit('the trap was imported')\n"
    repo = make_repo(FILES)
    write(repo, {f"{name}.py": trap for name in ("json", "store", "sleep", "msgspec", "queue", "pydantic")})
    monkeypatch.chdir(repo)
    monkeypatch.setenv("PYTHONPATH", str(repo))
    with anyio.fail_after(60):
        report = await (await ShiftChild.start(Errand(repo))).wait()
    assert report.outcome == "done" and report.files_read == 8


READ = """
import asyncio, os, sys
sys.path[:0] = sys.argv[1:]
os.environ["PYTHONPATH"] = os.getcwd()
from sleep.limits import Limits
from sleep.pace import Pace
from sleep.readers import read_all

async def main():
    reading = read_all({f"{n}.py": b"x = 1" for n in range(40)}, Pace(), Limits(pool_above=0, workers=2))
    print(sum([len(some) async for some in reading]))

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_nor_is_it_imported_by_the_workers(tmp_path: Path) -> None:
    trap = "raise SystemExit('the trap was imported')\n"
    names = ("multiprocessing", "pickle", "store", "msgspec", "queue", "signal")
    write(tmp_path, {"program/read.py": READ, **{f"user/{name}.py": trap for name in names}})
    command = [sys.executable, str(tmp_path / "program/read.py"), str(front_door().parent)]
    with anyio.fail_after(60):
        done = await anyio.run_process(command, cwd=tmp_path / "user")
    assert done.stdout.strip() == b"40"


async def test_a_child_that_cannot_work_tells_why(tmp_path: Path) -> None:
    child = await ShiftChild.start(Errand(tmp_path / "nowhere"))
    with anyio.fail_after(60), pytest.raises(ShiftFailed, match="nowhere"):
        await child.wait()


async def test_ending_a_child_ends_its_workers_too_within_two_seconds(make_repo: MakeRepo) -> None:
    child = await ShiftChild.start(Errand(many(make_repo)))
    await shift_of(child.pid, workers=2)
    family = family_of(child.pid)
    with anyio.fail_after(ENDED_WITHIN_S + 0.5):
        await child.terminate()
    await until(lambda: all(gone(pid) for pid in family), seconds=1)


async def test_a_shift_that_was_ended_goes_on_where_it_stopped(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    first = await ShiftChild.start(Errand(repo))
    await first.terminate()
    with anyio.fail_after(60):
        report = await (await ShiftChild.start(Errand(repo))).wait()
    assert report.outcome == "done" and report.files == 2


PARENT = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from sleep.child import Errand, ShiftChild

async def main():
    child = await ShiftChild.start(Errand(Path(sys.argv[2])))
    print(child.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_child_ends_when_its_parent_is_killed(make_repo: MakeRepo) -> None:
    repo = many(make_repo)
    command = [sys.executable, "-c", PARENT, str(front_door().parent), str(repo)]
    async with await anyio.open_process(command, stdin=None, stderr=None) as parent:
        assert parent.stdout is not None
        pid = int(await parent.stdout.receive())
        await shift_of(pid, workers=2)
        family = family_of(pid)
        parent.kill()
    await until(lambda: all(gone(one) for one in family), seconds=ENDED_WITHIN_S + 1)


async def test_workers_end_when_the_shift_itself_is_killed(make_repo: MakeRepo) -> None:
    child = await ShiftChild.start(Errand(many(make_repo)))
    shift = await shift_of(child.pid, workers=2)
    workers = family_of(shift.pid)
    shift.kill()
    await until(lambda: all(gone(pid) for pid in workers), seconds=2)
    with anyio.fail_after(5), pytest.raises(ShiftFailed):
        await child.wait()


async def test_a_detached_shift_outlives_the_process_that_began_it(make_repo: MakeRepo) -> None:
    repo = make_repo(FILES)
    command = [sys.executable, str(front_door()), "sleep", "--repo", str(repo), "--detach"]
    with anyio.fail_after(60):
        done = await anyio.run_process(command)
    assert done.stdout == b""
    pid = int(done.stderr.decode().split("process ")[1].split(";")[0])
    await until(lambda: gone(pid), seconds=60)
    store = await Store.open(Home(repo))
    try:
        report = ShiftReport.model_validate_json(await store.meta_get(LAST_SHIFT) or "")
    finally:
        store.close()
    assert report.outcome == "done" and report.files == 2
