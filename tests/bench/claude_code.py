"""The real Claude Code with the plugin, against a scripted API on loopback: what its model would see, and what runs when it ends.

    python tests/bench/claude_code.py --claude PATH/TO/claude

The promises: the brief arrives at session start; a fresh pre-answer is injected beside a prompt that it answers; nothing beside
one that it does not, and nothing that has become stale; the session's end starts a shift. No model is involved.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "examples" / "claude-code-plugin"

CART = "def total(prices):\n    return sum(prices)\n\n\ndef checkout(cart):\n    return total(cart)\n"
FILES = {
    "shop/cart.py": CART,
    "shop/report.py": "from shop.cart import total\n\n\ndef daily(carts):\n    return [total(c) for c in carts]\n",
    "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    assert total([1]) == 1\n",
}
CHANGED = CART.replace("total(prices)", "total(prices, tax)")
MARK = "forethought computed this answer ahead"


class Api(BaseHTTPRequestHandler):
    """Answers every message with one word, and keeps what was sent."""

    bodies: ClassVar[list[dict[str, Any]]] = []

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._json(404, {"type": "error", "error": {"type": "not_found_error", "message": "no"}})

    do_HEAD = do_GET

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        if "count_tokens" in self.path:
            return self._json(200, {"input_tokens": 10})
        if "/v1/messages" not in self.path:
            return self._json(404, {"type": "error", "error": {"type": "not_found_error", "message": "no"}})
        self.bodies.append(body)
        message = {
            "id": f"msg_{len(self.bodies)}", "type": "message", "role": "assistant", "model": body.get("model", "m"),
            "content": [], "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 10, "output_tokens": 1},
        }  # fmt: skip
        if not body.get("stream"):
            text = [{"type": "text", "text": "ok"}]
            return self._json(200, {**message, "content": text, "stop_reason": "end_turn"})
        self._stream(message)

    def _stream(self, message: dict[str, Any]) -> None:
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ok"}},
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": 1},
            },
            {"type": "message_stop"},
        ]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for event in events:
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def _json(self, status: int, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Rig:
    """One user, one repository, one Claude Code."""

    def __init__(self, claude: str, folder: Path, port: int) -> None:
        self.claude, self.repo = claude, folder / "repo"
        home, shims = folder / "home", folder / "bin"
        for made in (home, shims, self.repo):
            made.mkdir()
        shim = shims / "uvx"  # what users have from PyPI is this checkout here
        shim.write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" "{ROOT / "forethought.py"}" "$@"\n')
        shim.chmod(0o755)
        self.env = {
            "HOME": str(home), "PATH": f"{shims}{os.pathsep}{os.environ['PATH']}", "TERM": "dumb", "LANG": "C.UTF-8",
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}", "ANTHROPIC_API_KEY": "sk-ant-not-a-key",
            "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1", "DISABLE_ERROR_REPORTING": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
        }  # fmt: skip

    def run(self, *words: str, seconds: float = 120) -> str:
        done = subprocess.run(
            words, cwd=self.repo, env=self.env, capture_output=True, text=True, timeout=seconds, check=False
        )
        if done.returncode:
            raise SystemExit(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def forethought(self, *words: str) -> str:
        return self.run(sys.executable, str(ROOT / "forethought.py"), *words, "--repo", str(self.repo))

    def write(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            (self.repo / path).parent.mkdir(parents=True, exist_ok=True)
            (self.repo / path).write_text(text)

    def prompt(self, text: str) -> tuple[str, float]:
        """Everything that the model was sent for a prompt, and how long it took."""
        Api.bodies.clear()
        began = time.perf_counter()
        words = [self.claude, "-p", text, "--plugin-dir", str(PLUGIN), "--output-format", "json"]
        self.run(*words, seconds=180)
        said = json.dumps([body.get("messages") for body in Api.bodies] + [b.get("system") for b in Api.bodies])
        return said, time.perf_counter() - began

    def last_shift(self) -> dict[str, Any]:
        found = json.loads(self.forethought("status", "--json"))
        shift: dict[str, Any] = found.get("last_shift") or {}
        return shift


def main() -> int:
    """Run every check; 0 if all hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--claude", required=True, help="the binary, as npm installs @anthropic-ai/claude-code")
    parser.add_argument("--show", action="store_true", help="print what was injected")
    args = parser.parse_args()
    api = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="forethought-claude-", ignore_cleanup_errors=True) as folder:
        rig = Rig(str(Path(args.claude).absolute()), Path(folder), api.server_address[1])
        results = checks(rig, show=args.show)
    for name, (held, seconds) in results.items():
        print(f"{'ok  ' if held else 'FAIL'} {name} ({seconds:.1f} s)")
    return 0 if all(held for held, _ in results.values()) else 1


def checks(rig: Rig, *, show: bool) -> dict[str, tuple[bool, float]]:
    """The promises, one after the other, on one growing repository."""
    rig.write(FILES)
    rig.run("git", "init", "-q", "-b", "main")
    rig.run("git", "add", "-A")
    rig.run("git", "commit", "-qm", "start")
    rig.forethought("ask", "Who calls total?")  # what was asked is predicted to be asked again
    rig.forethought("sleep")
    found: dict[str, tuple[bool, float]] = {}

    said, took = rig.prompt("Who calls total?")
    if show:
        print(said.replace("\\n", "\n")[:20_000])
    found["a fresh pre-answer is injected beside the prompt"] = MARK in said and "daily" in said, took
    began = time.perf_counter()
    while "session ended" not in str(rig.last_shift().get("reason")) and time.perf_counter() - began < 60:
        time.sleep(1)
    found["the session's end ran a shift"] = (
        "session ended" in str(rig.last_shift().get("reason")),
        time.perf_counter() - began,
    )

    rig.write({"shop/cart.py": CHANGED})
    rig.run("git", "commit", "-qam", "taxes")
    said, took = rig.prompt("Please rename the variable in the report and run the linter")
    found["the brief arrives at session start"] = (
        "forethought brief" in said and "calls no longer fit" in said,
        took,
    )
    found["nothing is injected beside another prompt"] = MARK not in said, took

    rig.write({"shop/new.py": "from shop.cart import total\n\n\ndef late(c):\n    return total(c, 0)\n"})
    said, took = rig.prompt("Who calls total?")
    stale = MARK in said and "late" not in said
    found["nothing stale is injected"] = not stale, took
    return found


if __name__ == "__main__":
    sys.exit(main())
