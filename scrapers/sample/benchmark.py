"""A small "known public benchmark" of our own, so that the sample week has a reference index."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.resources.abc import Traversable

from store.records import Reference

BENCHMARK_NAME = "unseen-sample-benchmark"
BENCHMARK_LICENCE = "CC0-1.0"

#: One JSON object a line: id, question, choices (or null), answer.
BENCHMARK_FILE: Traversable = files("scrapers.sample").joinpath("known_benchmark.jsonl")


def known_references() -> tuple[Reference, ...]:
    """Return the benchmark's questions; one sample article retells eight of them on purpose."""
    lines = BENCHMARK_FILE.read_text(encoding="utf-8").splitlines()
    return tuple(_reference(json.loads(line)) for line in lines)


def _reference(row: dict[str, object]) -> Reference:
    return Reference.model_validate(
        {
            "benchmark": BENCHMARK_NAME,
            "row_id": row["id"],
            "question": row["question"],
            "choices": row["choices"],
            "answer": row["answer"],
        }
    )
