"""How long an agent waits for the tools: process start to the answer to the first `tools/list`, beside an empty MCP server.

    python tests/bench/startup.py [--rounds 15] [--repo STUDIED]

The two are started in turn, so that whatever else the machine does hits both. CPU time is the process's own at that
moment; ratios of it hardly depend on the machine. With `--repo`, also how long the first lookup in it takes.
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


LOOKUP = {
    "jsonrpc": "2.0",
    "id": 3,
    "method": "tools/call",
    "params": {"name": "lookup_preanswer", "arguments": {"question": "what is this project"}},
}


def first_lookup(command: list[str]) -> float:
    """Seconds from the start to the first answer, asked for as soon as possible."""
    began = time.perf_counter()
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert server.stdin and server.stdout
    server.stdin.write(b"".join(json.dumps(message).encode() + b"\n" for message in [*HELLO, LOOKUP]))
    server.stdin.flush()
    while b'"id":3' not in (line := server.stdout.readline()):
        if not line:
            raise SystemExit(f"{command} ended")
    wall = time.perf_counter() - began
    server.stdin.close()
    server.wait(timeout=10)
    return wall


def once(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds from the start to the answer to `tools/list`."""
    began = time.perf_counter()
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert server.stdin and server.stdout
    server.stdin.write(b"".join(json.dumps(message).encode() + b"\n" for message in HELLO))
    server.stdin.flush()
    while b'"tools"' not in (line := server.stdout.readline()) or b'"id":2' not in line:
        if not line:
            raise SystemExit(f"{command} ended")
    wall = time.perf_counter() - began
    times = psutil.Process(server.pid).cpu_times()
    server.stdin.close()
    server.wait(timeout=10)
    return wall, times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--repo", help="a studied repository, for the first lookup")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as repo:
        (Path(repo) / "a.py").write_text("x = 1\n")
        commands = {
            "empty": [sys.executable, "-c", EMPTY],
            "forethought": [sys.executable, str(ROOT / "forethought.py"), "serve", "--repo", repo, "--no-sleep"],
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for command in commands.values():
            once(command)  # the page cache
        for _ in range(args.rounds):
            for name, command in commands.items():
                found[name].append(once(command))
    print(f"{'':<14}{'wall min':>10}{'median':>10}{'CPU min':>10}{'median':>10}  s")
    table = {}
    for name, times in found.items():
        wall, cpu = [list(column) for column in zip(*times, strict=True)]
        table[name] = (min(wall), statistics.median(wall), min(cpu), statistics.median(cpu))
        print(f"{name:<14}" + "".join(f"{value:>10.3f}" for value in table[name]))
    ratios = [ours / theirs for ours, theirs in zip(table["forethought"], table["empty"], strict=True)]
    print(f"{'ratio':<14}" + "".join(f"{ratio:>10.3f}" for ratio in ratios))
    if args.repo:
        command = [sys.executable, str(ROOT / "forethought.py"), "serve", "--repo", args.repo, "--no-sleep"]
        took = [first_lookup(command) for _ in range(5)]
        print(f"first lookup in {args.repo}: min {min(took):.2f} s, median {statistics.median(took):.2f} s")


if __name__ == "__main__":
    main()
