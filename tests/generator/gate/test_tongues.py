"""Questions in other languages: the encoder of many finds translations, and knows what it knows."""

from __future__ import annotations

import pytest

from generator.gate.benchmarks import add_benchmark
from generator.gate.gate import open_gate
from generator.gate.normal import GateQuestion
from generator.multilingual import build_multilingual
from store.errors import IndexUnusable
from tests.generator.gate.conftest import NOW


@pytest.fixture(scope="module")
def tongues():
    return build_multilingual()


@pytest.fixture
def gate(engine, index_dir, hashed, benchmark_file, tongues):
    # The first encoder sees nothing alike, so that what is found the second one found.
    add_benchmark(engine, index_dir, hashed, str(benchmark_file), now=NOW, tongues=tongues)
    return open_gate(engine, index_dir, hashed, tongues=tongues)


@pytest.mark.parametrize(
    ("question", "language", "verdict", "why"),
    [
        pytest.param(
            "Wie viele Fahrgäste beförderte die Fähre von Tarn im Oktober 2024?",
            "de",
            "contaminated",
            "same question as tarnbench/ferry in another language",
            id="a translation",
        ),
        pytest.param(
            "Wie viele Fahrgäste beförderte die Fähre von Tarn im Oktober 2026?",
            "de",
            "clean",
            "another than tarnbench/ferry: 2024 became 2026",
            id="a translation for another year",
        ),
        pytest.param(
            "Wer malte das Bild, das im Rathaus hängt?",
            "de",
            "clean",
            "is about something else",
            id="another question",
        ),
        pytest.param(
            "Ni abiria wangapi waliobebwa na feri ya Tarn mwezi Oktoba 2024?",
            "sw",
            "unsure",
            "no encoder here compares the language 'sw'",
            id="a language it does not know",
        ),
        pytest.param("🚢🚢🚢 🌉❓", "en", "unsure", "there is no word in it", id="signs alone"),
        pytest.param(
            "كم عدد الركاب الذين نقلتهم العبارة؟", "en", "unsure", "'und'", id="called English"
        ),
    ],
)
def test_a_question_in_another_language(gate, question, language, verdict, why):
    (found,) = gate.judge([GateQuestion(question, language=language)])
    assert found.verdict == verdict, found.why
    assert why in found.why


def test_the_vectors_are_made_once_and_only_when_they_are_wanted(
    engine, index_dir, hashed, benchmark_file, tongues
):
    add_benchmark(engine, index_dir, hashed, str(benchmark_file), now=NOW)
    n_embedded = len(hashed.texts)
    with pytest.raises(IndexUnusable, match="no vectors for questions in other languages"):
        open_gate(engine, index_dir, hashed, tongues=tongues)
    add_benchmark(engine, index_dir, hashed, "tarnbench", now=NOW, tongues=tongues)
    assert len(hashed.texts) == n_embedded
    gate = open_gate(engine, index_dir, hashed, tongues=tongues)
    assert gate.index.sha256 != open_gate(engine, index_dir, hashed).index.sha256


def test_vectors_stay_while_nobody_asks_in_other_languages(
    engine, index_dir, hashed, tongues, gate
):
    class Silent:
        name, weights_sha256 = tongues.name, tongues.weights_sha256
        dimensions, dtype, languages = tongues.dimensions, tongues.dtype, tongues.languages

        def encode(self, texts):
            raise AssertionError("everything was embedded before")

    add_benchmark(engine, index_dir, hashed, "tarnbench", now=NOW)
    assert open_gate(engine, index_dir, hashed).index.tongues is None
    add_benchmark(engine, index_dir, hashed, "tarnbench", now=NOW, tongues=Silent())
    assert open_gate(engine, index_dir, hashed, tongues=tongues).index.tongues is not None


def test_damaged_vectors_close_the_gate_and_are_made_again(
    engine, index_dir, hashed, tongues, gate
):
    (path,) = (folder / "views.faiss" for folder in index_dir.glob("*-tongues"))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(IndexUnusable, match="for other languages is damaged"):
        open_gate(engine, index_dir, hashed, tongues=tongues)
    add_benchmark(engine, index_dir, hashed, "tarnbench", now=NOW, tongues=tongues)
    assert open_gate(engine, index_dir, hashed, tongues=tongues).index.tongues is not None
