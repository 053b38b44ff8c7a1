"""The real embedder, loaded once for all tests of the generator."""

from __future__ import annotations

import pytest

from generator.embeddings import Embedder, build_embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return build_embedder()
