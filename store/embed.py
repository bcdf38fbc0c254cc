"""Texts as vectors, by the small model that is installed with forethought. Nothing is ever downloaded.

Vectors only propose (`store/nearest.py`); no answer is served because two of them are close.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from store.errors import ModelMissing
from store.schema import DIMENSION

MODELS = Path(__file__).parent / "models"

LONGEST = 4_000
"""Characters of a text that are looked at. The model reads 256 tokens, which is less; the tokenizer would read all of it."""

_NAME = "minilm-int8"
_FILES = ("model.onnx", "tokenizer.json", "tokenizer_config.json", "config.json", "special_tokens_map.json")


class Embedder:
    """The model, loaded on first use (about 1.5 s, most of it the import) and kept. Safe to use from several threads.

    The same text always gives the same vector: texts are embedded one at a time, because the activations of a quantised
    model are scaled over the whole batch.
    """

    def __init__(self, folder: Path = MODELS / _NAME) -> None:
        self.folder = folder
        self._model: Any = None
        self._lock = threading.Lock()

    def ready(self) -> bool:
        """Whether it is loaded: whether `embed` takes milliseconds."""
        return self._model is not None

    def warm(self) -> None:
        """Load it now, and run it once. Raises ModelMissing. To be called in a thread by who must not wait."""
        self.embed_one("warm")

    def embed(self, texts: Iterable[str]) -> list[list[float]]:
        """The vectors of the texts, each of length 1. Raises ModelMissing."""
        return [self.embed_one(text) for text in texts]

    def embed_one(self, text: str) -> list[float]:
        """The vector of one text."""
        model = self._model or self._load()
        # Half a surrogate pair cannot be given to the tokenizer.
        clean = text[:LONGEST].encode("utf-8", "replace").decode("utf-8")
        vector: list[float] = next(iter(model.query_embed(clean))).tolist()
        return vector

    def _load(self) -> Any:
        with self._lock:
            if self._model is None:
                missing = [name for name in _FILES if not (self.folder / name).is_file()]
                if missing:
                    raise ModelMissing(self.folder)
                self._model = _fastembed(self.folder)
            return self._model


def _fastembed(folder: Path) -> Any:
    # The official builds of onnxruntime (1.29 on) report their use to Microsoft and keep a device id in the user's cache,
    # unless this is set before they are loaded; to switch it off afterwards comes too late for the first report.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # any use of the hub's client then fails at once
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    name = f"bundled/{folder.name}"
    if not any(model["model"] == name for model in TextEmbedding.list_supported_models()):
        TextEmbedding.add_custom_model(
            model=name,
            pooling=PoolingType.DISABLED,  # the graph pools and normalises
            normalization=False,
            sources=ModelSource(url="file:///bundled"),  # one is compulsory; `specific_model_path` comes before it
            dim=DIMENSION,
            model_file="model.onnx",
        )
    return TextEmbedding(
        name,
        cache_dir=str(folder.parent),  # it always makes one: this one is there already
        specific_model_path=str(folder),
        local_files_only=True,
        threads=1,
        providers=["CPUExecutionProvider"],
    )
