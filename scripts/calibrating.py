"""`unseen calibrate`: measuring the checks in a house of their own, which nobody else uses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from generator.desk import Desks
from scripts.wiring import House, found_house
from store.database import open_engine, upgrade

if TYPE_CHECKING:
    from generator.calibration.report import Bench
    from generator.gate.gate import Gate

#: Calls of a calibration are kept apart from every week's.
_WEEK = "calibration"


def _tell(note: str) -> None:
    # The table is the command's result and alone on its output.
    print(note, file=sys.stderr)


@contextmanager
def bench(house: House | None = None, *, with_models: bool = False) -> Iterator[Bench]:
    """Set the checks up over a temporary index; the operator's own is not touched."""
    from generator.calibration.report import Bench
    from generator.gate.benchmarks import add_benchmark
    from generator.gate.gate import open_gate

    house = house or found_house()
    with TemporaryDirectory(prefix="unseen-calibrate-") as folder:
        root, n_gates = Path(folder), 0
        engines = []

        def gate_over(questions: Sequence[str]) -> Gate:
            nonlocal n_gates
            n_gates += 1
            home = root / str(n_gates)
            home.mkdir()
            engine = open_engine(f"sqlite:///{home / 'index.db'}")
            engines.append(engine)
            upgrade(engine)
            rows = home / "known.jsonl"
            told = (json.dumps({"question": one, "answer": "unknown"}) for one in questions)
            rows.write_text("\n".join(told), encoding="utf-8")
            add_benchmark(
                engine, home / "index", house.embedder, str(rows), now=house.clock(),
                name="calibration", licence="CC0-1.0",
            )  # fmt: skip
            return open_gate(engine, home / "index", house.embedder)

        desks = house.desks(_WEEK, _tell) if with_models else Desks()
        try:
            yield Bench(house.embedder, gate_over, desks)
        finally:
            for engine in engines:
                engine.dispose()
