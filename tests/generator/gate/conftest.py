"""A small invented benchmark in a real SQLite file, and the index made of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from generator.embeddings import Vectors
from generator.gate.benchmarks import add_benchmark
from store.database import open_engine, upgrade

NOW = datetime(2026, 8, 10, 6, tzinfo=UTC)

QUESTIONS = [
    {
        "id": "ferry",
        "question": "How many passengers did the Tarn ferry carry in October 2024?",
        "answer": "1,240",
    },
    {
        "id": "bridge",
        "question": "A crew paints 3 bridges in 12 days. Each bridge needs 45 litres of paint. "
        "How many litres of paint does the crew use in 12 days?",
        "answer": "135",
    },
    {
        "id": "moss",
        "question": "Which gas do mosses take from the air when they make sugar in sunlight?",
        "choices": ["Oxygen", "Carbon dioxide", "Nitrogen", "Helium"],
        "answer": "Carbon dioxide",
    },
    {
        "id": "stem",
        "question": "Which of the following statements is true?",
        "choices": ["Slate splits along planes.", "Slate melts in rain.", "Slate is a metal."],
    },
    {"id": "longest", "question": "What is the longest river that flows through Orrinland?"},
    {
        "id": "speech",
        "question": "This question refers to the following information.\n"
        + " ".join(
            f"On day {day} the council of Port Mellin weighed the harbour toll, and the fishers "
            "who had come up from the quay answered that no toll was ever lawful."
            for day in ("one", "two", "three", "four")
        )
        + "\n\nWhich grievance of the fishers does the record above show most clearly?",
    },
]


class HashedEmbedder:
    """Equal texts get equal vectors, all others are unrelated; no model is loaded."""

    name = "hashed"
    weights_sha256 = "0" * 64
    dimensions = 16
    dtype = "float32"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        seeds = [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) for text in texts]
        rows = [np.random.default_rng(seed).standard_normal(self.dimensions) for seed in seeds]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write_rows(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def benchmark_file(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "tarnbench.jsonl", QUESTIONS)


@pytest.fixture
def hashed() -> HashedEmbedder:
    return HashedEmbedder()


@pytest.fixture(scope="session")
def real_gate(tmp_path_factory, embedder):
    """The gate over the invented benchmark, with the real model; read-only."""
    from generator.gate.gate import open_gate

    home = tmp_path_factory.mktemp("gate")
    engine = open_engine(f"sqlite:///{home / 'unseen.db'}")
    upgrade(engine)
    path = write_rows(home / "tarnbench.jsonl", QUESTIONS)
    add_benchmark(engine, home / "index", embedder, str(path), licence="MIT", now=NOW)
    yield open_gate(engine, home / "index", embedder)
    engine.dispose()
