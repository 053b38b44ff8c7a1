"""Whatever happens to a file of the reference index: found and made again, never believed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.gate import benchmarks
from generator.gate.benchmarks import add_benchmark, repair_index
from generator.gate.gate import Gate, open_gate
from generator.gate.normal import GateQuestion
from generator.gate.shards import VectorCache, views_of
from store.errors import IndexUnusable
from tests.generator.gate.conftest import NOW, QUESTIONS

#: Positions tried in each file: all files together 1,000 and more in the campaign.
FEW, MANY = 4, 70

Damage = Callable[[bytes, int], bytes]
DAMAGES: dict[str, Damage] = {
    "a bit flipped": lambda body, at: body[:at] + bytes([body[at] ^ 1 << at % 8]) + body[at + 1 :],
    "cut": lambda body, at: body[:at],
    "torn": lambda body, at: body[:at] + bytes(len(body) - at),
}
FILES = ("manifest.json", "rows.json", "views.faiss", "views.faiss.sha256", "words.npz")
ASKED = [
    *(GateQuestion(str(one["question"])) for one in QUESTIONS),
    GateQuestion("How many ropes did the Tarn ferry carry in October 2025?"),
]


def answers(gate: Gate) -> list[object]:
    """Return everything that is served of an index: verdicts, neighbours, vectors, words."""
    index = gate.index
    found = index.views.vectors(range(len(index.views)))
    return [gate.judge(ASKED), found.tobytes(), index.owners.tolist(), index.sha256]


@dataclass
class Bench:
    """An index, what a fresh one answers, and a copy to restore it from."""

    engine: object
    folder: Path
    whole: Path
    embedder: object
    fresh: list[object]

    def restore(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.whole, self.folder)

    def wrong_after(self, path: Path, body: bytes) -> str | None:
        """Damage a file; tells what is wrong with what is served then."""
        self.restore()
        path.write_bytes(body)
        try:
            gate = open_gate(self.engine, self.folder, self.embedder)
        except IndexUnusable:
            repair_index(self.engine, self.folder, self.embedder)
            gate = open_gate(self.engine, self.folder, self.embedder)
            return None if answers(gate) == self.fresh else "the index made again is another"
        return None if answers(gate) == self.fresh else "something else is served"


@pytest.fixture
def bench(engine, index_dir, benchmark_file, hashed, tmp_path) -> Bench:
    add_benchmark(engine, index_dir, hashed, str(benchmark_file), licence="MIT", now=NOW)
    shutil.copytree(index_dir, tmp_path / "whole")
    fresh = answers(open_gate(engine, index_dir, hashed))
    return Bench(engine, index_dir, tmp_path / "whole", hashed, fresh)


def damaged(body: bytes, n_positions: int, seed: str) -> list[tuple[str, bytes]]:
    """Return damaged copies of a file, each with what was done to it; the empty one is first."""
    rng = random.Random(seed)
    positions = rng.sample(range(len(body)), min(n_positions, len(body)))
    copies = [
        (f"{name} at {at}", act(body, at)) for name, act in DAMAGES.items() for at in positions
    ]
    return [("emptied", b""), *copies]


def campaign(bench: Bench, n_positions: int) -> list[str]:
    wrong, n_tried = [], 0
    for name in FILES:
        (path,) = bench.folder.rglob(name)
        whole = path.read_bytes()
        for what, body in damaged(whole, n_positions, name):
            n_tried += body != whole
            try:
                why = bench.wrong_after(path, body)
            except Exception as error:
                why = repr(error)
            wrong += [f"{name} {what}: {why}"] if why else []
    print(f"index: {n_tried} damages, {len(wrong)} wrong")  # noqa: T201 - the counts
    return wrong


def test_a_damaged_index_is_made_again_and_nothing_else_is_served(bench):
    assert campaign(bench, FEW) == []


@pytest.mark.long
def test_an_index_damaged_anywhere_is_made_again(bench):
    assert campaign(bench, MANY) == []


@pytest.mark.parametrize(
    "n_positions", [5, pytest.param(200, marks=pytest.mark.long)], ids=["few", "many"]
)
def test_a_damaged_checkpoint_teaches_nothing_wrong(bench, hashed, tmp_path, n_positions):
    questions = [
        benchmarks.normalise(benchmarks.asked_by(one))
        for one in benchmarks._references_of(bench.engine, "tarnbench")
    ]
    _, texts = views_of(questions)
    VectorCache(tmp_path / "made", hashed).embed(texts, lambda done, total: None)
    (path,) = (tmp_path / "made").iterdir()
    whole, expected = path.read_bytes(), hashed.encode(texts).tobytes()
    for what, body in damaged(whole, n_positions, "checkpoint"):
        path.write_bytes(body)
        cache = VectorCache(path.parent, hashed)
        cache.embed(texts, lambda done, total: None)
        assert cache.of(texts).tobytes() == expected, what
