"""16 contamination with a judge: asked in both orders, never over the gate's fail."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from generator.checks.contamination import Contamination
from generator.gate.gate import GateVerdict, Neighbour
from generator.gate.thresholds import Thresholds
from tests.generator.checks.test_asked import DOWN, by_rule, desk
from tests.generator.making import verdict_of
from tests.model_server import Answer, model_server

KNOWN = "How much did the bridge at Orrin cost to mend?"


@dataclass(frozen=True)
class SaidGate:
    """A gate that has concluded."""

    verdict: str = "clean"
    cosine: float = 0.8
    text: str | None = KNOWN

    def judge(self, questions):
        pair = Neighbour("known", "r1", self.text, "0" * 64, "MIT", "1", self.cosine, 0.4, (),
                         "band", self.verdict, "near")  # fmt: skip
        return [
            GateVerdict(
                self.verdict,
                pair,
                self.cosine,
                0.4,
                (),
                "near",
                (pair,),
                "0" * 64,
                "1" * 64,
                Thresholds(),
            )
            for _ in questions
        ]


def reply(said: str) -> dict[str, str]:
    """A verdict, with a difference; another one than the bridge's mending after a slash."""
    verdict, _, difference = said.partition("/")
    told = difference or ("Bridge repair" if verdict == "different" else "")
    return {"verdict": verdict, "difference": told}


def judged(gate: SaidGate, *said: str | Answer):
    replies = [one if isinstance(one, Answer) else Answer(json.dumps(reply(one))) for one in said]
    with model_server(lambda prompt, count: replies[count % len(replies)]) as server:
        verdict = verdict_of(Contamination(gate, desk(server)), by_rule())
        return verdict, server.prompts


@pytest.mark.parametrize(
    ("gate", "said", "outcome"),
    [
        pytest.param(SaidGate(), ("different", "different"), "pass", id="clean and different"),
        pytest.param(SaidGate(), ("same", "same"), "fail", id="clean, but the same"),
        pytest.param(SaidGate(), ("same", "different"), "unsure", id="by the order it stands in"),
        pytest.param(SaidGate(), ("cannot tell", "cannot tell"), "unsure", id="nobody can tell"),
        pytest.param(
            SaidGate("unsure"), ("different", "different"), "pass", id="settled as different"
        ),
        pytest.param(SaidGate("unsure"), ("same", "same"), "fail", id="settled as the same"),
        pytest.param(
            SaidGate("unsure"), ("different/the lock",), "unsure", id="words that stand nowhere"
        ),
        pytest.param(SaidGate("unsure"), ("different/Orrin",), "unsure", id="words of both"),
        pytest.param(SaidGate("unsure"), (DOWN,), "unsure", id="no judge, and the gate unsure"),
        pytest.param(SaidGate(), (DOWN,), "pass", id="no judge, and the gate clean"),
    ],
)
def test_the_judge_decides_the_near_pairs(gate, said, outcome):
    assert judged(gate, *said)[0].outcome == outcome


def test_what_the_judge_quotes_is_read_as_it_was_shown():
    gate = SaidGate("unsure", text="Which of << and >> did the bridge at Orrin carry?")
    assert judged(gate, "different/‹‹ and ››")[0].outcome == "pass"


@pytest.mark.parametrize(
    "gate",
    [
        pytest.param(SaidGate("contaminated"), id="the gate failed it"),
        pytest.param(SaidGate(cosine=0.5), id="nothing is near"),
        pytest.param(SaidGate("unsure", text=None), id="the text may not be handed on"),
    ],
)
def test_the_judge_is_not_asked(gate):
    verdict, prompts = judged(gate, "different")
    assert prompts == []
    assert (
        verdict.outcome
        == {"contaminated": "fail", "clean": "pass", "unsure": "unsure"}[gate.verdict]
    )


def test_the_judge_sees_two_questions_and_nothing_else():
    _, prompts = judged(SaidGate(), "different", "different")
    first, second = ([line for line in one.split("\n") if line.startswith(("First", "Second"))]
                     for one in prompts)  # fmt: skip
    assert {line.partition(": ")[2] for line in first} == {
        line.partition(": ")[2] for line in second
    }
    assert first != second
    assert not any(word in one for one in prompts for word in ("4.2", "known", "0.8"))
