"""How long an agent waits for the tools: process start to the answer to the first `tools/list`, beside an empty MCP server.

    python tests/bench/startup.py [--rounds 15] [--first 1000] [--beside CHECKOUT]

The two are started in turn, so that whatever else the machine does hits both. CPU time is the process's own at that
moment; ratios of it hardly depend on the machine. With `--first`, also what the first answer of a cold server takes over
so many files, for a question that names something and one that describes it; with `--beside`, by that of another checkout too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.first_shift import commit, copy_packages

EMPTY = """
from mcp.server import MCPServer

MCPServer("empty", log_level="WARNING").run()
"""

HELLO = [
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
]


QUESTIONS = {"named": "who calls expand_type_by_instance", "described": "how are cookies saved"}
"""One that names what is here, in a copy of the packages of `first_shift.py`, and one that does not."""


def first_answer(command: list[str], question: str) -> tuple[float, float]:
    """Wall and CPU seconds from the start to the first answer, asked for as soon as possible."""
    lookup = {"name": "lookup_preanswer", "arguments": {"question": question}}
    call = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": lookup}
    return until(command, [*HELLO, call], b'"id":3')


def once(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds from the start to the answer to `tools/list`."""
    return until(command, HELLO, b'"id":2')


def until(command: list[str], messages: list[dict[str, object]], answer: bytes) -> tuple[float, float]:
    """Wall and CPU seconds from the start to the line with `answer`, all messages sent at once."""
    began = time.perf_counter()
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert server.stdin and server.stdout
    server.stdin.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))
    server.stdin.flush()
    while answer not in (line := server.stdout.readline()):
        if not line:
            raise SystemExit(f"{command} ended")
    wall = time.perf_counter() - began
    times = psutil.Process(server.pid).cpu_times()
    server.stdin.close()
    server.wait(timeout=30)
    return wall, times.user + times.system


def first_answers(files: int, trees: list[Path], rounds: int) -> None:
    """The first answers of servers started cold, by the code in each of `trees`, over the same studied repository."""
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder) / "repo"
        copy_packages(repo, files)
        commit(repo, "packages")
        commands = {}
        for nth, tree in enumerate(trees):
            place = ["--repo", str(repo), "--store", str(Path(folder) / f"store{nth}")]
            program = [sys.executable, str(tree / "forethought.py")]
            subprocess.run([*program, "sleep", *place, "--json"], check=True, stdout=subprocess.DEVNULL)
            commands[tree] = [*program, "serve", *place, "--no-sleep"]
        found: dict[tuple[str, Path], list[tuple[float, float]]] = {}
        for _ in range(rounds):
            for name, question in QUESTIONS.items():
                for tree, command in commands.items():
                    found.setdefault((name, tree), []).append(first_answer(command, question))
    print(f"\nfirst answer, {files} files")
    for tree in trees:
        table = rows({name: found[name, tree] for name in QUESTIONS})
        print(f"{tree}: a described one takes {table['described'][3] / table['named'][3]:.2f} of a named one's CPU")


def rows(found: dict[str, list[tuple[float, float]]]) -> dict[str, tuple[float, ...]]:
    """Print least and median wall and CPU times, and return them."""
    print(f"{'':<14}{'wall min':>10}{'median':>10}{'CPU min':>10}{'median':>10}  s")
    table = {}
    for name, times in found.items():
        wall, cpu = [list(column) for column in zip(*times, strict=True)]
        table[name] = (min(wall), statistics.median(wall), min(cpu), statistics.median(cpu))
        print(f"{name:<14}" + "".join(f"{value:>10.3f}" for value in table[name]))
    return table


def listings(rounds: int) -> None:
    """Until the tools are listed, beside an empty server."""
    with tempfile.TemporaryDirectory() as repo:
        (Path(repo) / "a.py").write_text("x = 1\n")
        commands = {
            "empty": [sys.executable, "-c", EMPTY],
            "forethought": [sys.executable, str(ROOT / "forethought.py"), "serve", "--repo", repo, "--no-sleep"],
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for command in commands.values():
            once(command)  # the page cache
        for _ in range(rounds):
            for name, command in commands.items():
                found[name].append(once(command))
    table = rows(found)
    ratios = [ours / theirs for ours, theirs in zip(table["forethought"], table["empty"], strict=True)]
    print(f"{'ratio':<14}" + "".join(f"{ratio:>10.3f}" for ratio in ratios))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--first", type=int, metavar="FILES", help="also the first answers, over so many Python files")
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT", help="the same by the code of another checkout")
    args = parser.parse_args()
    listings(args.rounds)
    if args.first:
        first_answers(args.first, [tree for tree in (ROOT, args.beside) if tree], args.rounds)


if __name__ == "__main__":
    main()
