"""`unseen benchmarks add`: names, files, and one that fails among others that do not."""

from __future__ import annotations

import json

import pytest

from generator.gate.known import known_benchmarks
from scripts.gate_add import add_all, chosen
from store.errors import BenchmarkError
from tests.houses import house_at


def test_recommended_ones_come_after_those_named_each_once():
    wanted = chosen(["rows.jsonl", "gsm8k"], recommended=True)
    assert wanted[:2] == ["rows.jsonl", "gsm8k"] and len(wanted) == len(set(wanted))
    assert {name for name, one in known_benchmarks().items() if one.recommended} < set(wanted)
    assert chosen([], recommended=False) == []


def added(house, *wanted):
    said = []
    told = {"name": None, "licence": None, "revision": None}
    made, failed = add_all(house, wanted, **told, progress=lambda *one: said.append(one))
    return [one.name for one in made], failed, said


@pytest.fixture
def house(tmp_path):
    return house_at(tmp_path / "home", (), "http://127.0.0.1:9")


def test_one_that_fails_stops_no_other(house, tmp_path):
    path = tmp_path / "tarnbench.jsonl"
    path.write_text(json.dumps({"question": "Which quay is the oldest of Tarn?"}))
    names, failed, said = added(house, "mmul", str(path))
    assert names == ["tarnbench"]
    assert failed == ["mmul: no benchmark is named 'mmul'; did you mean mmlu?"]
    assert any(stage == f"embed {path}" for stage, *_ in said)


def test_the_only_one_that_fails_says_so_itself(house, tmp_path):
    with pytest.raises(BenchmarkError, match="did you mean gsm8k"):
        added(house, "gsmk8")
    with pytest.raises(BenchmarkError, match="is no file that can be read"):
        added(house, str(tmp_path / "absent.jsonl"))
