"""Texts as vectors: from the installed model alone, the same every time."""

from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.embed import MODELS, Embedder
from store.errors import ModelMissing

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_it_is_ready_once_warm(embedder: Embedder) -> None:
    fresh = Embedder()
    assert not fresh.ready()
    fresh.warm()
    assert fresh.ready()


def test_a_vector_has_384_dimensions_and_length_one(embedder: Embedder) -> None:
    vector = embedder.embed_one("who calls parse_config?")
    assert len(vector) == 384
    assert math.isclose(math.sqrt(cosine(vector, vector)), 1.0, abs_tol=1e-3)


def test_the_same_text_gives_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    alone = embedder.embed_one("where is the retry limit set?")
    assert embedder.embed(["who calls parse?", "where is the retry limit set?", "x" * 300])[1] == alone


def test_a_paraphrase_is_nearer_than_another_subject(embedder: Embedder) -> None:
    a, b, c = embedder.embed(
        ["where is the session cookie signed", "what signs the cookie of a session", "list the tests"]
    )
    assert cosine(a, b) > 0.6 > cosine(a, c)


def test_any_text_can_be_embedded(embedder: Embedder) -> None:
    for text in ("", " ", "\0", "\ud800", "🦆" * 5_000, "a" * 1_000_000, "ﷺ\u202e"):
        assert len(embedder.embed_one(text)) == 384


def test_threads_can_share_it() -> None:
    shared = Embedder()
    texts = [f"what does f{i} do" for i in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shared.embed_one, texts)) == shared.embed(texts)


def test_a_missing_model_is_named_and_never_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="never downloaded"):
        Embedder(tmp_path / "minilm-int8").embed_one("x")


def test_the_model_comes_with_its_licence_and_origin() -> None:
    folder = MODELS / "minilm-int8"
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert "sentence-transformers/all-MiniLM-L6-v2" in (folder / "NOTICE").read_text()


def test_it_works_where_every_connection_is_forbidden_and_reports_to_nobody(tmp_path: Path) -> None:
    program = """
import sys
def forbid(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        raise RuntimeError(f"{event} {args}")
sys.addaudithook(forbid)
from store.embed import Embedder
assert len(Embedder().embed_one("offline")) == 384
"""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    # The audit sees Python's sockets only. Native telemetry would have left its device id and queue in the home folder.
    assert list(tmp_path.rglob("*")) == []
