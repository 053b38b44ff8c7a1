"""12 copying: the question is not the source's own words."""

from __future__ import annotations

import pytest

from generator.checks.copying import Copying
from tests.generator.making import case, number

WORDS = "one old mill near our small river sold many long ropes to some poor sailors".split()


@pytest.mark.parametrize(
    ("n", "outcome"),
    [pytest.param(12, "pass", id="twelve pass"), pytest.param(13, "fail", id="thirteen fail")],
)
def test_a_run_of_the_sources_words(n, outcome):
    verdict = Copying()(
        case(" ".join(WORDS) + ".", "how, " + " ".join(WORDS[:n]) + "?", number("1"))
    )
    assert (verdict.outcome, verdict.score) == (outcome, n)


def test_names_cannot_be_said_otherwise():
    names = " ".join(f"Tarn{chr(97 + n)}" for n in range(20))
    assert Copying()(case(f"It met {names}.", f"Who met {names}?", number("1"))).outcome == "pass"


def test_a_licence_that_shows_no_text_forbids_an_open_book():
    changes = {"document_changes": {"licence": "LicenseRef-All-Rights-Reserved"}}
    verdict = Copying()(case("A mill.", "How many?", number("1"), **changes))
    assert verdict.outcome == "fail" and "lets no passage be shown" in verdict.why
    closed = case("A mill.", "How many?", number("1"), setting="closed_book", **changes)
    assert Copying()(closed).outcome == "pass"
