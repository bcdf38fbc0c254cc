"""Two working trees and one team tier in an S3-compatible server on loopback: hits are fresh, promotions meet and none is lost.

pip install "moto[server]" boto3        (anywhere: its `moto_server` is given here)
python tests/bench/team_s3.py --server PATH/TO/moto_server
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from store.home import Home
from store.tables import Store
from store.words import Lesson

TEAM = "s3://team/store"
AT = datetime(2026, 11, 1, tzinfo=UTC)
CART = "def total(prices):\n    return sum(prices)\n\n\ndef checkout(cart):\n    return total(cart)\n"


def started(server: str, folder: Path) -> subprocess.Popen[bytes]:
    """The server, with a bucket; the environment leads to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [server, "-H", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}
    os.environ.update(keys | {"AWS_ENDPOINT": url, "AWS_ENDPOINT_URL": url, "XDG_CACHE_HOME": str(folder / "cache")})
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(urllib.request.Request(f"{url}/team", method="PUT"), timeout=5).close()
            return process
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the server did not start")


def forethought(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(ROOT / "forethought.py"), *words], stdout=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 0, said
    return said


def asked(repo: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        ended(forethought("ask", "who calls total", "--repo", str(repo), "--team", TEAM, "--json"))
    )
    return found


async def put(home: Home, name: str, text: str) -> None:
    store = await Store.open(home)
    lesson = Lesson(
        id=name,
        text=text,
        kind="correction",
        state="active",
        explicit=True,
        at=AT,
        first=AT,
        sessions=(name,),
        sources=(name,),
    )
    await store.add("lessons", [lesson])
    store.close()


async def lessons(repo: Path) -> list[Lesson]:
    store = await Store.open(Home(repo, TEAM))
    try:
        return await store.entries("lessons", Lesson)
    finally:
        store.close()


def checks(one: Path, two: Path) -> dict[str, bool]:
    """What must hold, in order."""
    ended(forethought("ask", "who calls total", "--repo", str(one), "--store", TEAM))
    ended(forethought("sleep", "--repo", str(one), "--store", TEAM))
    own = json.loads(ended(forethought("ask", "who calls total", "--repo", str(one), "--store", TEAM, "--json")))
    found = {"one's own store may be there": own["status"] == "hit"}
    found |= {"another working tree is served from the team's tier": asked(two)["status"] == "hit"}
    (two / "late.py").write_text("from cart import total\n\n\ndef late(c):\n    return total(c)\n")
    after = asked(two)
    found["nothing stale is served from it"] = after["status"] != "hit" and "late" in str(after["answer"])
    said = ("Use uv instead of pip to install packages", "Never edit a merged migration by hand")
    for repo, text in zip((one, two), said, strict=True):
        asyncio.run(put(Home(repo), repo.name, text))
    both = [forethought("promote", "all", "--repo", str(repo), "--team", TEAM) for repo in (one, two)]
    for process in both:
        ended(process)
    found["what two promote at once is all there, once"] = sorted(k.text for k in asyncio.run(lessons(one))) == sorted(
        said
    )
    return found


def main() -> int:
    """Run the checks; 0 if all hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True, help="moto_server, or what takes the same arguments")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="forethought-s3-") as folder:
        server = started(args.server, Path(folder))
        try:
            one, two = Path(folder, "one"), Path(folder, "two")
            one.mkdir()
            (one / "cart.py").write_text(CART)
            git = ["git", "-C", str(one), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
            for words in (
                ["init", "-q"],
                ["add", "-A"],
                ["commit", "-qm", "start"],
                ["clone", "-q", str(one), str(two)],
            ):
                subprocess.run([*git, *words], check=True)
            results = checks(one, two)
        finally:
            server.terminate()
            server.wait()
    for name, held in results.items():
        print(f"{'ok  ' if held else 'FAIL'} {name}")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
