"""15 duplicate: the second of two questions that ask the same fails; other facts are others."""

from __future__ import annotations

import pytest

from generator.acceptance import to_question
from generator.checks.base import judge_cases
from generator.checks.duplicate import Duplicate
from tests.generator.gate.conftest import HashedEmbedder
from tests.generator.making import case, number

OCTOBER = "How many ropes did the Tarn Mill sell in Brell in October 2026?"
QUOTE = "The Tarn Mill sold 340 ropes."


def asked(question, **changes):
    return case(QUOTE, question, number("340"), **changes)


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        pytest.param(
            OCTOBER.replace("October", "November"), "pass", id="November is another month"
        ),
        pytest.param(OCTOBER.replace("Brell", "Oxmere"), "pass", id="another place"),
        pytest.param(
            OCTOBER.replace("sell", "Sell").lower(), "fail", id="the same in small letters"
        ),
        pytest.param(
            "In October 2026, how many ropes did the Tarn Mill sell in Brell?",
            "fail",
            id="turned round",
        ),
        pytest.param("Who designed the lighthouse on Ardith Rock?", "pass", id="something else"),
    ],
)
def test_the_guard_on_facts_decides(embedder, other, outcome):
    first, second = Duplicate(embedder, []).judge([asked(OCTOBER), asked(other)])
    assert first.outcome == "pass"
    assert second.outcome == outcome, second.why


def test_a_copy_is_found_by_its_words_where_the_model_sees_nothing_near():
    turned = "In October 2026, how many ropes did the Tarn Mill sell in Brell?"
    first, second = Duplicate(HashedEmbedder(), []).judge([asked(OCTOBER), asked(turned)])
    assert (first.outcome, second.outcome) == ("pass", "fail")
    assert "nothing differs but wording" in second.evidence["because"]


def test_shared_words_alone_make_no_duplicate():
    # All words of the first are in the second, which asks for one match of many.
    wide = "On which day of October 2026 did Brell United FC play?"
    one = "On which day of October 2026 did Tarn FC play against Brell United FC?"
    verdicts = Duplicate(HashedEmbedder(), []).judge([asked(wide), asked(one)])
    assert [verdict.outcome for verdict in verdicts] == ["pass", "pass"]


def test_what_was_accepted_before_counts(embedder):
    before = asked(OCTOBER)
    known = to_question(before, 0.5)
    (verdict,) = Duplicate(embedder, [known]).judge([asked(OCTOBER, level=1)])
    assert verdict.outcome == "fail" and known.id in verdict.why


def test_a_pair_is_no_duplicate_of_itself(embedder):
    cases = [
        asked(OCTOBER, pair="p_1", pair_role="base"),
        asked(OCTOBER, pair="p_1", pair_role="removed", level=1),
    ]
    assert [v.outcome for v in Duplicate(embedder, []).judge(cases)] == ["pass", "pass"]


def test_a_broken_embedder_is_unsure_and_never_a_pass():
    class Broken:
        def encode(self, texts):
            raise RuntimeError("no model")

    (verdict,) = judge_cases(Duplicate(Broken(), []), [asked(OCTOBER)])
    assert verdict.outcome == "unsure" and "no model" in verdict.why
