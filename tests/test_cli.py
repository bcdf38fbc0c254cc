"""The command line as a person and a script meet it: help, output, exit codes, signals."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.clients import command, environment, run, run_here, shifted
from tests.conftest import MakeRepo

FILES = {"app.py": 'def start(port=80):\n    """Start the thing."""\n    return port\n\n\ndef main():\n    start()\n'}


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo(FILES)


def test_version_and_help_are_quick_and_say_what_there_is() -> None:
    assert run("--version").stdout.startswith("forethought 0.")
    told = run("--help").stdout
    assert all(name in told for name in ("serve", "sleep", "ask", "summary", "status", "eval", "exit codes"))


@pytest.mark.parametrize("name", ["serve", "sleep", "ask", "summary", "status", "eval"])
def test_every_command_explains_itself(name: str) -> None:
    done = run(name, "--help")
    assert done.returncode == 0 and "--repo" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("ask",),
        ("ask", ""),
        ("ask", "x" * 100_000),
        ("ask", "q", "--kind", "nonsense"),
        ("serve", "--port", "x"),
    ],
    ids=["nothing", "nonsense", "no question", "empty", "endless", "kind", "port"],
)
def test_a_wrong_call_exits_with_2_and_says_why(repo: Path, words: tuple[str, ...]) -> None:
    done = run(*words, *(("--repo", str(repo)) if words else ()))
    assert done.returncode == 2
    assert done.stderr and "Traceback" not in done.stderr and not done.stdout


@pytest.mark.parametrize("name", ["serve", "sleep", "ask", "summary", "status"])
def test_a_repository_that_is_not_there_is_a_wrong_call(tmp_path: Path, name: str) -> None:
    words = [name, "what is this"] if name == "ask" else [name]
    done = run(*words, "--repo", str(tmp_path / "none"))
    assert done.returncode == 2 and "none" in done.stderr


def test_ask_answers_with_evidence_and_keeps_stdout_for_the_answer(repo: Path) -> None:
    done = run("ask", "who", "calls", "start", "--repo", str(repo))
    assert done.returncode == 0, done.stderr
    assert "main" in done.stdout and "app.py:" in done.stdout


def test_ask_json_is_the_result_that_an_agent_gets(repo: Path) -> None:
    found = json.loads(run("ask", "who calls start", "--json", "--repo", str(repo)).stdout)
    assert found["status"] in ("hit", "computed") and "main" in found["answer"]


def test_ask_explain_shows_what_was_understood_checked_and_how_long_it_took(repo: Path) -> None:
    told = run("ask", "who calls start", "--explain", "--repo", str(repo)).stdout
    assert "callers|app.py::start" in told and "same" in told and "sync" in told
    found = json.loads(run("ask", "who calls start", "--explain", "--json", "--repo", str(repo)).stdout)
    assert found["receipt"]["key"] == "callers|app.py::start||"


def test_ask_from_a_folder_below_means_the_repository_around_it(make_repo: MakeRepo) -> None:
    repo = make_repo({"deep/down/a.py": "def here():\n    pass\n", "b.py": "def there():\n    pass\n"})
    done = run("ask", "where is there()", cwd=repo / "deep" / "down")
    assert "b.py" in done.stdout


def test_a_large_repository_is_studied_before_its_first_question(make_repo: MakeRepo) -> None:
    repo = make_repo({f"m{n}.py": f"def f{n}():\n    pass\n" for n in range(60)})
    done = run("ask", "where is f42", "--repo", str(repo))
    assert "m42.py" in done.stdout and "60 files" in done.stderr


def test_summary_shows_a_card(repo: Path) -> None:
    assert "start" in run("summary", "app.py", "--repo", str(repo)).stdout
    assert json.loads(run("summary", "--json", "--repo", str(repo)).stdout)["path"] == "."
    assert run("summary", "none.py", "--repo", str(repo)).returncode == 2
    assert run("summary", "../x", "--repo", str(repo)).returncode == 2


def test_more_may_be_logged_whether_that_is_said_before_the_command_or_after_it(repo: Path) -> None:
    for words in (("--verbose", "status"), ("status", "--verbose"), ("-v", "status", "-v")):
        done = run(*words, "--json", "--repo", str(repo))
        assert done.returncode == 0 and json.loads(done.stdout)["state"] == "raw"


def test_when_something_was_said_may_be_told_as_a_span_a_date_or_a_time(repo: Path) -> None:
    for since in ("2 days", "yesterday", "2026-11-20", "2026-11-20T18:00+02:00"):
        told = run_here("forget", "--since", since, "--repo", str(repo))
        assert told.returncode == 1 and "no store" in told.stderr, told.stderr
    assert run_here("forget", "--since", "some day", "--repo", str(repo)).returncode == 2


def test_status_tells_what_is_known_and_changes_nothing(repo: Path) -> None:
    before = json.loads(run("status", "--json", "--repo", str(repo)).stdout)
    assert before["state"] == "raw" and not (repo / ".forethought" / "tables" / "v1").exists()
    run("sleep", "--repo", str(repo))
    run("ask", "who calls start", "--repo", str(repo))
    asyncio.run(shifted(repo))
    run("--verbose", "ask", "who calls start", "--repo", str(repo))  # counted although it is only journalled
    status = json.loads(run("status", "--json", "--repo", str(repo)).stdout)
    assert status["state"] == "ready" and status["languages"] == {"python": 1}
    assert status["preanswers"] > 0 and status["cards"] > 0 and status["asked"] == {"hit": 2}
    (repo / "app.py").write_text("def other():\n    pass\n")
    told = run("status", "--repo", str(repo)).stdout
    assert "stale" in told and str(repo) in told


def test_a_reader_that_goes_away_is_no_disaster(repo: Path) -> None:
    asking = subprocess.Popen(
        command("summary", "--repo", str(repo)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert asking.stdout and asking.stderr
    asking.stdout.close()
    told = asking.stderr.read().decode()
    asking.stderr.close()
    assert asking.wait(timeout=60) in (0, 1) and "Traceback" not in told


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
def test_on_a_terminal_the_answer_is_rendered(repo: Path) -> None:
    mine, theirs = pty.openpty()
    asking = subprocess.Popen(
        command("ask", "who calls start", "--repo", str(repo)),
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    os.close(theirs)
    said = b""
    try:
        while some := os.read(mine, 4096):
            said += some
    except OSError:
        pass  # how Linux tells the end
    finally:
        os.close(mine)
    assert asking.wait(timeout=60) == 0 and b"main" in said and b"\x1b[" in said


# -- the end of a server ---------------------------------------------------------------------------------------------------


def started(repo: Path) -> tuple[subprocess.Popen[bytes], list[psutil.Process]]:
    """A server whose first shift runs: with its child."""
    words = command("serve", "--repo", str(repo))
    server = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    )
    assert server.stdin and server.stdout
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    for message in (
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ):
        server.stdin.write(json.dumps(message).encode() + b"\n")
        server.stdin.flush()
    for _ in range(2):
        assert server.stdout.readline()
    return server, children(server.pid)


def children(pid: int) -> list[psutil.Process]:
    """The processes below a process, as soon as there are any."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if found := psutil.Process(pid).children(recursive=True):
            return found
        time.sleep(0.02)
    raise AssertionError("no shift was started")


@pytest.fixture
def big(make_repo: MakeRepo) -> Path:
    return make_repo({f"m{n}.py": f"def f{n}(a):\n    return f{n}(a)\n" * 20 for n in range(450)})


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "the end of stdin", "SIGKILL"])
def test_the_end_of_a_server_is_quick_and_leaves_nobody_behind(big: Path, how: str) -> None:
    server, below = started(big)
    began = time.monotonic()
    if how == "the end of stdin":
        assert server.stdin
        server.stdin.close()
    else:
        server.send_signal(getattr(signal, how))
    server.wait(timeout=10)
    assert time.monotonic() - began < 5, "2 s on a quiet machine"
    _, alive = psutil.wait_procs(below, timeout=2 if how != "SIGKILL" else 5)
    for stream in (server.stdin, server.stdout):
        if stream:
            stream.close()
    assert not alive
