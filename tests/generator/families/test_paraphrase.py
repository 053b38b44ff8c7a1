"""paraphrase: reworded by another model, with all that matters kept."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from generator.checks.base import Case
from generator.checks.supported import Supported
from generator.families.base import Reading, Refusal
from generator.families.paraphrase import Paraphrase, protected, why_not
from generator.loop import run
from tests.generator.checks.test_asked import ASKED, MODELS, by_rule, desk
from tests.model_server import Answer, model_server

GOOD = "By 4 August 2026, what had the Orrin Bridge repair cost, how many million euros?"


def reworded(*texts: str, writer: str = "rule:test/1"):
    base = by_rule(writer=writer)
    reply = Answer(json.dumps({"rewordings": list(texts)}))
    with model_server(lambda prompt, count: reply) as server:
        family = replace(Paraphrase(desk(server, MODELS[0])), share=1.0)
        made = run(family.compose(Reading(base.document), (base.candidate,)))
        return base, made, server.prompts


def test_two_rewordings_join_the_pair():
    base, made, (prompt,) = reworded(
        GOOD, f"Tell me this: {ASKED[0].lower()}{ASKED[1:]}", "A third?"
    )
    assert [one.pair_role for one in made] == ["reworded_1", "reworded_2"]
    assert all(
        one.key == base.candidate.key and one.quotes == base.candidate.quotes for one in made
    )
    assert "- Orrin\n" in prompt and "- 2026" in prompt and base.candidate.quote not in prompt
    for one in made:
        judged = Case(one, base.document, base.candidate)
        assert Supported()(judged).outcome == "pass", one.question


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(ASKED, "the question itself", id="the same again"),
        pytest.param(GOOD.replace("Orrin", "old"), "lost 'Orrin'", id="a name lost"),
        pytest.param(GOOD.replace("4 August", "August"), "lost '4'", id="a day lost"),
        pytest.param(GOOD.replace("million ", ""), "lost 'million'", id="a scale lost"),
        pytest.param(GOOD.replace("repair", "Tarn repair"), "brings in 'Tarn'", id="a name added"),
        pytest.param(
            GOOD.replace("repair", "repair of 2019"), "brings in '2019'", id="a year added"
        ),
        pytest.param(GOOD.removesuffix("?"), "no whole sentence", id="no end"),
    ],
)
def test_what_lost_or_won_something_is_refused(text, words):
    _, (refusal,), _ = reworded(text)
    assert isinstance(refusal, Refusal) and words in refusal.why
    assert words in why_not(text, ASKED, protected(ASKED))


def test_nobody_rewords_what_his_own_family_wrote():
    _, made, prompts = reworded(GOOD, writer="openai:gpt-other")
    assert made == [] and prompts == []


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(GOOD.replace("Orrin", "Tarn"), id="another name"),
        pytest.param(GOOD.replace("4 August", "5 August"), id="another day"),
        pytest.param(GOOD.replace("million", "thousand"), id="another scale"),
        pytest.param(f"At least {GOOD[0].lower()}{GOOD[1:]}", id="a bound"),
        pytest.param(ASKED, id="nothing reworded"),
    ],
)
def test_check_7_holds_a_rewording_to_its_base(question):
    base, (one,), _ = reworded(GOOD)
    spoilt = one.model_copy(update={"question": question})
    assert Supported()(Case(spoilt, base.document, base.candidate)).outcome == "fail"
