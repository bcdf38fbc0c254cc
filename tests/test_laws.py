"""The laws of the house: which room may import which, what must stay off the hot path, types and style."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("server", "sleep", "store")
MAY_IMPORT = {"store": {"store"}, "sleep": {"sleep", "store"}, "server": {"server", "store"}}


def sources(*rooms: str) -> list[Path]:
    return [p for room in rooms for p in sorted((ROOT / room).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level names that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", sources(*ROOMS), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_room_imports_only_the_rooms_it_may(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    allowed = set(ROOMS) if path == ROOT / "server" / "app.py" else MAY_IMPORT[room]
    assert imported(path) & set(ROOMS) <= allowed


def test_no_file_outgrows_its_purpose() -> None:
    long = {p.relative_to(ROOT).as_posix(): n for p in sources(*ROOMS) if (n := len(p.read_text().splitlines())) > 450}
    assert not long


def test_every_file_says_what_it_is() -> None:
    silent = [p for p in sources(*ROOMS) if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert not silent


def test_the_types_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy"], check=False, cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout


def test_the_style_holds() -> None:
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "."], check=False, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


def test_the_wheel_installs_only_a_front_door_and_its_rooms_and_stays_small(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=300)
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.stat().st_size <= 40_000_000
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names if ".dist-info/" not in n}
    assert tops == {"forethought.py", "forethought_rooms"}
    assert "forethought_rooms/store/models/minilm-int8/model.onnx" in names


def test_the_example_configurations_are_valid_json() -> None:
    for path in (ROOT / "examples").glob("*.json"):
        assert json.loads(path.read_text()).keys() & {"mcpServers", "servers"}
