"""Whatever is asked and whatever breaks: refused in a sentence or held, never waved through."""

from __future__ import annotations

import pytest

from generator.checks.base import judge_cases
from generator.checks.contamination import Contamination
from generator.embeddings import build_embedder
from generator.gate.gate import Gate
from generator.gate.normal import GateQuestion
from store.errors import SettingsError
from tests.generator.checks.test_asked import by_rule
from tests.generator.gate.conftest import QUESTIONS

KNOWN = str(QUESTIONS[0]["question"])


def long_text(n_characters: int) -> str:
    words = (f"quay{number} toll{number}" for number in range(n_characters))
    return " ".join(words)[:n_characters]


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        pytest.param(
            f"{long_text(20_000)}\n\n{KNOWN}", "contaminated", id="20,000 signs before it"
        ),
        pytest.param(long_text(20_000), "clean", id="20,000 signs of something else"),
        pytest.param("كم عدد الركاب الذين نقلتهم العبارة؟", "unsure", id="Arabic"),
        pytest.param("🚢" * 400, "unsure", id="emoji"),
        pytest.param("", "unsure", id="nothing"),
        pytest.param("\u200b\u202e \ufeff", "unsure", id="signs that nobody sees"),
        pytest.param("?" * 20_000, "unsure", id="question marks"),
    ],
)
def test_no_question_is_too_strange(real_gate, question, verdict):
    (found,) = real_gate.judge([GateQuestion(question)])
    assert found.verdict == verdict, found.why
    assert found.why


def test_an_embedder_that_breaks_holds_every_question(real_gate):
    class Broken:
        name, weights_sha256 = real_gate.embedder.name, real_gate.embedder.weights_sha256
        dimensions, dtype = 384, "float32"

        def encode(self, texts):
            raise RuntimeError("no memory")

    gate = Gate(real_gate.index, Broken(), real_gate.calibration)
    verdicts = judge_cases(Contamination(gate), [by_rule(), by_rule(level=1)])
    assert [one.outcome for one in verdicts] == ["unsure", "unsure"]
    assert "no memory" in verdicts[0].why


def test_weights_that_cannot_be_read_are_named(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(SettingsError, match="the embedder model cannot be loaded"):
        build_embedder(str(folder))
