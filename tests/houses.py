"""Houses for end-to-end tests: a home in a temporary folder, and the newsroom to read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scrapers.sample.benchmark import BENCHMARK_FILE, BENCHMARK_LICENCE, BENCHMARK_NAME
from scripts.source_list import write_sources
from scripts.wiring import House, open_house
from store.records import Source
from store.settings import Settings


def silent(stage: str, done: int, total: int) -> None:
    """Report no progress."""


def house_at(home: Path, sources: Sequence[Source], base: str, **settings: Any) -> House:
    """Open a house whose sources are read from `base`; the environment plays no part."""
    home.mkdir(parents=True, exist_ok=True)
    write_sources(home / "sources.toml", sources)
    return open_house(
        Settings(
            _env_file=None,
            home=home,
            sources=home / "sources.toml",
            allow_private_hosts=base.removeprefix("http://"),
            **settings,
        )
    )


def add_sample_benchmark(house: House) -> None:
    """Put the sample's known benchmark into the reference index."""
    from generator.gate.benchmarks import add_benchmark

    add_benchmark(
        house.engine,
        house.settings.index_dir,
        house.embedder,
        str(BENCHMARK_FILE),
        now=house.clock(),
        name=BENCHMARK_NAME,
        licence=BENCHMARK_LICENCE,
    )
