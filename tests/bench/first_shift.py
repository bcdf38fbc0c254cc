"""How long a first shift over about 1,000 Python files takes, what it holds in memory, and how little the second does.

    python tests/bench/first_shift.py [--repo PATH] [--files 1000]

Runs `forethought sleep` as a user does, on a copy: of PATH, or of packages that are installed beside us. Memory is that of the
process and its workers together, sampled. Not a test: numbers depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("pip", "mypy", "mcp", "pydantic", "rich", "jedi", "_pytest", "setuptools", "huggingface_hub", "pygments")


def copy_packages(target: Path, files: int) -> None:
    """About so many Python files of real packages, as one repository."""
    source = Path(sysconfig.get_paths()["purelib"])
    left = files
    for package in PACKAGES:
        for path in sorted((source / package).rglob("*.py")):
            if left == 0:
                return
            copy = target / "src" / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            left -= 1


def commit(repo: Path, message: str) -> None:
    """Commit everything in `repo`."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "init", "-q"], cwd=repo, check=True)
    subprocess.run(["git", "add", "-A"], cwd=repo, check=True)
    subprocess.run(["git", *who, "commit", "-q", "-m", message], cwd=repo, check=True)


class Measured(NamedTuple):
    """One shift: its report, wall and CPU seconds from process start to end, the most memory of all its processes in MB."""

    report: dict[str, Any]
    wall: float
    cpu: float
    most: float


def shift(repo: Path, store: Path) -> Measured:
    """Run one and measure it."""
    began, before = time.perf_counter(), spent()
    command = [
        sys.executable,
        str(ROOT / "forethought.py"),
        "sleep",
        "--repo",
        str(repo),
        "--store",
        str(store),
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        most = 0.0
        while process.poll() is None:
            most = max(most, held(psutil.Process(process.pid)))
            time.sleep(0.05)
        assert process.stdout is not None
        output = process.stdout.read()
    return Measured(json.loads(output), time.perf_counter() - began, spent() - before, most)


def spent() -> float:
    """CPU seconds of all processes that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def held(process: psutil.Process) -> float:
    """Resident memory of a process and everything below it, in MB. Pages that they share count more than once."""
    total = 0
    try:
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total / 2**20


def show(name: str, measured: Measured) -> None:
    """One shift as a paragraph."""
    report, wall, cpu, most = measured
    stages = ", ".join(f"{k} {v:.1f}" for k, v in report["stages"].items())
    counts = {k: v for k, v in report.items() if isinstance(v, int) and v}
    print(f"{name}: {wall:.1f} s wall, {cpu:.1f} s CPU ({stages}), {most:.0f} MB\n  {report['outcome']}, {counts}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", type=Path, help="measure on a clone of this repository")
    parser.add_argument("--files", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        repo, store = Path(folder) / "repo", Path(folder) / "store"
        if args.repo:
            subprocess.run(["git", "clone", "-q", str(args.repo), str(repo)], check=True)
        else:
            copy_packages(repo, args.files)
            commit(repo, "packages")
        python = sorted(repo.rglob("*.py"))
        size = sum(p.stat().st_size for p in python)
        print(
            f"{len(python)} Python files, {size / 1e6:.1f} MB; load {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores"
        )
        show("first shift", shift(repo, store))
        show("nothing changed", shift(repo, store))
        one = max(python, key=lambda p: p.stat().st_size if p.stat().st_size < 40_000 else 0)
        one.write_text(one.read_text() + "\n\ndef added_by_the_benchmark() -> int:\n    return 1\n")
        show(f"one file changed ({one.relative_to(repo)})", shift(repo, store))


if __name__ == "__main__":
    main()
