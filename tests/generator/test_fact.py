"""Questions that a model words, and the second model that must give the same answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest
import stamina

from generator.budget import Budget
from generator.checks.base import Case
from generator.checks.single_answer import SingleAnswer
from generator.desk import Desk
from generator.families.base import Reading, Refusal
from generator.families.fact import Fact, passages_of
from generator.llm import build_model
from generator.loop import run
from store.records import Candidate
from tests.generator.making import document
from tests.generator.test_llm import Memory
from tests.model_server import Answer, Script, honest_model, in_turn, model_server, saying

TEXT = (
    "On 3 August 2026 the council bought a ferry from Ruddock Yard for the northern line. "
    "The ferry carries 380 passengers."
)
TODAY = date(2026, 8, 10)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=1)
    yield
    stamina.set_testing(False)


def desk(role: str, base_url: str) -> Desk:
    model = build_model("openai:test-model", base_url=base_url, api_key="k", temperature=0.0)
    return Desk(role, model, Memory(), Budget(None))


def written(script: Script, text: str = TEXT) -> list[Candidate | Refusal]:
    with model_server(script) as server:
        fact = Fact(desk("writer", server.base_url), TODAY, date(2026, 2, 1))
        return list(run(fact.compose(Reading(document(text)), ())))


def drafted(**changes: str) -> str:
    draft = {
        "quote": TEXT.partition(". ")[0] + ".",
        "answer": "Ruddock Yard",
        "question": "From which yard did the council of Tarn buy a ferry on 3 August 2026?",
    } | changes
    return json.dumps({"questions": [draft | {"aliases": []}]})


def test_a_draft_becomes_a_candidate_with_its_evidence_found_again() -> None:
    (candidate,) = written(saying(drafted()))
    assert isinstance(candidate, Candidate)
    assert candidate.quote_span.of(TEXT) == candidate.quote
    assert candidate.writer == "openai:test-model"
    assert candidate.raw_reply == drafted()


def test_the_writer_is_told_days_and_limits_and_shown_the_passage_once() -> None:
    with model_server(saying(drafted())) as server:
        fact = Fact(desk("writer", server.base_url), TODAY, date(2026, 2, 1))
        run(fact.compose(Reading(document(TEXT)), ()))
    (prompt,) = server.prompts
    for part in ("2026-08-10", "2026-08-07", "2026-02-01", "at most 3 questions"):
        assert part in prompt
    assert prompt.count(TEXT) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(drafted(quote="The council bought two."), "does not stand", id="no quote"),
        pytest.param(drafted()[:-9], "not the JSON", id="half a reply"),
    ],
)
def test_a_draft_that_does_not_hold_is_refused_with_the_models_words(
    reply: str, words: str
) -> None:
    (refusal,) = written(saying(reply))
    assert isinstance(refusal, Refusal)
    assert words in refusal.why
    assert refusal.raw == reply


def test_an_empty_list_is_a_good_reply() -> None:
    assert written(saying('{"questions": []}')) == []


def test_a_server_that_fails_costs_the_passage_not_the_document() -> None:
    text = "\n".join(f"{TEXT} {'And so on it goes for a while. ' * n}" for n in (25, 26))
    assert len(passages_of(text)) == 2
    found = written(in_turn(Answer(status=500), Answer(drafted())), text)
    # Both passages are asked about at once: either may be the one that fails.
    assert {type(one) for one in found} == {Refusal, Candidate} and len(found) == 2


def case() -> Case:
    (candidate,) = written(saying(drafted()))
    assert isinstance(candidate, Candidate)
    return Case(candidate, document(TEXT))


def reply(answer: str) -> str:
    return json.dumps({"answer": answer, "quote": ""})


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        pytest.param(
            ["Ruddock Yard", "the Ruddock Yard", "RUDDOCK YARD"], "pass", id="three right"
        ),
        pytest.param(["Ruddock Yard", "Ruddock Yard", "Hakon Slip"], "unsure", id="two right"),
        pytest.param(["Ruddock Yard", "Hakon Slip", "CANNOT BE KNOWN"], "fail", id="one right"),
    ],
)
def test_the_second_reader_decides(answers: list[str], outcome: str) -> None:
    one = case()
    with model_server(in_turn(*[Answer(reply(answer)) for answer in answers])) as server:
        verdict = run(SingleAnswer(desk("verifier", server.base_url), TODAY).examine(one))
    assert verdict.outcome == outcome
    # The three are asked at once, so the server may hear them in any order.
    assert sorted(verdict.evidence["replies"]) == sorted(answers)
    assert all("Ruddock Yard" not in p.replace(TEXT, "") for p in server.prompts)


def test_what_a_model_wrote_waits_for_a_second_reader() -> None:
    assert run(SingleAnswer(None, TODAY).examine(case())).outcome == "unsure"


def test_what_a_rule_wrote_needs_none() -> None:
    one = case()
    by_rule = one.candidate.model_copy(update={"writer": "rule:fact/1"})
    verdict = run(SingleAnswer(None, TODAY).examine(Case(by_rule, one.document)))
    assert (verdict.outcome, "derivation" in verdict.why) == ("pass", True)


def test_our_own_honest_model_writes_and_answers() -> None:
    (candidate,) = written(saying(honest_model))
    assert isinstance(candidate, Candidate)
    with model_server(saying(honest_model)) as server:
        check = SingleAnswer(desk("verifier", server.base_url), TODAY)
        verdict = run(check.examine(Case(candidate, document(TEXT))))
    assert verdict.outcome == "pass"
