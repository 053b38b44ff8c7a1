"""`unseen benchmarks add`: what is meant by a name, and adding many so that one may fail."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from generator.gate.known import KnownBenchmark, known_benchmarks
from scripts.wiring import House
from store.errors import BenchmarkError, UnseenError
from store.records import Benchmark

Progress = Callable[[str, int, int], None]


def chosen(origins: Sequence[str], *, recommended: bool) -> list[str]:
    """Return what is to be added, each once."""
    named = [name for name, one in known_benchmarks().items() if recommended and one.recommended]
    return list(dict.fromkeys([*origins, *named]))


def add_all(
    house: House,
    wanted: Sequence[str],
    *,
    name: str | None,
    licence: str | None,
    revision: str | None,
    progress: Progress,
) -> tuple[list[Benchmark], list[str]]:
    """Add each benchmark; return those added, and a sentence for each that could not be.

    Raises:
        BenchmarkError: The only one wanted could not be added.
    """
    from generator.gate.benchmarks import add_benchmark
    from generator.gate.references import list_benchmarks

    embedder = house.reference_embedder()
    there = {one.name for one in list_benchmarks(house.engine)}
    added: list[Benchmark] = []
    failed: list[str] = []
    for origin in wanted:
        try:
            known = None if origin in there or Path(origin).exists() else _known(origin)
            benchmark = add_benchmark(
                house.engine,
                house.settings.index_dir,
                embedder,
                known.origin if known else origin,
                now=house.clock(),
                name=name or (origin if known else None),
                licence=licence or (known.licence if known else None),
                revision=revision,
                columns=known.columns if known else None,
                shown=known.shown if known else True,
                tongues=house.tongues,
                progress=partial(progress, f"embed {origin}"),
            )
        except UnseenError as error:
            if len(wanted) == 1:
                raise
            failed.append(f"{origin}: {error}")
            continue
        added.append(benchmark)
    return added, failed


def _known(name: str) -> KnownBenchmark | None:
    """Return a benchmark of the table; None for what can only be a hub id or a file.

    Raises:
        BenchmarkError: It looks like a name of the table that is written wrongly.
    """
    known = known_benchmarks()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    if near and "/" not in name and "." not in name:
        raise BenchmarkError(f"no benchmark is named {name!r}; did you mean {near[0]}?")
    return None
