"""7 supported, arithmetic: wrong keys, operands, units and conditions are found."""

from __future__ import annotations

import pytest

from generator.checks.supported import Supported
from generator.families.arithmetic import Arithmetic
from generator.families.arithmetic_across import ArithmeticAcross
from generator.families.writing import write_all
from tests.generator.libraries import case_of, dated, joined, with_key
from tests.generator.making import case, document, number

QUOTE = (
    "Six people are killed, 18 others are injured, and four are reported missing "
    "in a fire at a mill in Brell."
)
TOTAL = "As reported on 7 August 2026, how many people in total were killed or injured in a fire at a mill in Brell?"  # noqa: E501
MORE = "As reported on 7 August 2026, how many more people were injured than killed in a fire at a mill in Brell?"  # noqa: E501
SHARE = "As reported on 7 August 2026, of the people killed or injured in a fire at a mill in Brell, what percentage were injured, to one decimal?"  # noqa: E501


def judged(answer, derivation, question=TOTAL, quote=QUOTE, unit="people", tol="0"):
    key = number(answer, derivation=derivation, unit=unit, tol=tol)
    return Supported()(case(quote, question, key, family="arithmetic"))


@pytest.mark.parametrize(
    ("answer", "derivation", "question", "unit", "tol"),
    [
        pytest.param("24", "6 + 18", TOTAL, "people", "0", id="a sum"),
        pytest.param("12", "18 - 6", MORE, "people", "0", id="a difference"),
        pytest.param("75.0", "18 / (6 + 18) * 100", SHARE, "%", "0.05", id="a share"),
    ],
)
def test_what_the_quote_gives_passes(answer, derivation, question, unit, tol):
    assert judged(answer, derivation, question, unit=unit, tol=tol).outcome == "pass"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        pytest.param({"answer": "25"}, "the quotes give 24, the key says 25", id="another key"),
        pytest.param(
            {"answer": "10", "derivation": "6 + 4"}, "the quotes give 24", id="a rival as operand"
        ),
        pytest.param(
            {"derivation": "6 + 19"}, "the expression gives 25", id="an operand that stands nowhere"
        ),
        pytest.param({"derivation": "6 * 4"}, "pass", id="another way to the same is the same"),
        pytest.param({"answer": "12", "derivation": "18 - 6"}, "the quotes give 24",
                     id="the answer to another question"),
        pytest.param({"question": MORE}, "the quotes give 12", id="another question"),
        pytest.param({"quote": QUOTE.replace("18", "over 18")}, "is a bound", id="a bound"),
        pytest.param({"quote": QUOTE.replace("Six", "At least six")}, "is a bound",
                     id="a bound on the first"),
        pytest.param({"unit": "cows"}, "the question does not ask for cows", id="another unit"),
        pytest.param({"tol": "0.5"}, "the tolerance is 0.5", id="a tolerance nobody stated"),
        pytest.param({"quote": QUOTE.replace("injured", "critically injured")},
                     "does not say 'critically injured'", id="a condition that was dropped"),
        pytest.param({"derivation": "__import__('os')"}, "cannot be evaluated", id="code"),
        pytest.param({"quote": "Police say " + QUOTE[0].lower() + QUOTE[1:]}, "'say' before",
                     id="an attribution that was dropped"),
        pytest.param({"quote": QUOTE.replace("mill", "mill with 24 doors")}, "prints 24",
                     id="a result that is printed"),
    ],
)  # fmt: skip
def test_a_planted_defect_is_found(given, why):
    fields = {"answer": "24", "derivation": "6 + 18"} | given
    verdict = judged(**fields)
    assert (verdict.outcome == "pass") is (why == "pass")
    assert why == "pass" or why in verdict.why


def test_a_share_needs_its_decimals_and_their_tolerance():
    unsaid = SHARE.replace(", to one decimal", "")
    assert judged("75", "18 / (6 + 18) * 100", unsaid, unit="%").outcome == "fail"
    assert judged("75.0", "18 / (6 + 18) * 100", SHARE, unit="%", tol="0").outcome == "fail"


MATCHES = [
    dated("On 2026-08-01 Brell FC played Orrin FC and it ended 2 to 1.", "2026-08-01", 1),
    dated("On 2026-08-05 Tarn FC played Brell FC and it ended 0 to 3.", "2026-08-05", 2),
]
RELEASES = [
    dated("Brell 2.4 was released on 2026-08-01.", "2026-08-01", 1),
    dated("Tarnlib 9.1 was released on 2026-08-15.", "2026-08-15", 2),
]
COSTS = [
    dated("By 1 August 2026 the Orrin Bridge repair had cost 4.2 million euros.", "2026-08-02", 1),
    dated("By 6 August 2026 the Orrin Bridge repair had cost 4.9 million euros.", "2026-08-07", 2),
]
FERRIES = document(
    "The ferry Wigeon carried 380 passengers. The ferry Teal carried 290 passengers."
)
EVENTS = document(
    "Tarn Yard launched the ferry Wigeon on 20 July 2026. "
    "The council of Brell sold Orrin Quay on 3 August 2026."
)


def written():
    """Every other kind of sum, with its documents."""
    for documents in (MATCHES, RELEASES, COSTS):
        for candidate in joined(documents, ArithmeticAcross()):
            yield candidate, documents
    for made in (FERRIES, EVENTS):
        for candidate in write_all(made, (Arithmetic(),)).candidates:
            yield candidate, [made]


KINDS = [pytest.param(*one, id=one[0].question[:60]) for one in written()]


def test_every_kind_is_there():
    assert len(KINDS) >= 5


@pytest.mark.parametrize(("candidate", "documents"), KINDS)
class TestEveryKind:
    def test_passes_as_written(self, candidate, documents):
        verdict = Supported()(case_of(candidate, documents))
        assert verdict.outcome == "pass", verdict.why

    def test_falls_with_another_answer(self, candidate, documents):
        answer = candidate.key.answer
        other = f"{int(answer[0]) % 9 + 1}{answer[1:]}"
        wrong = with_key(candidate, answer=other)
        assert Supported()(case_of(wrong, documents)).outcome == "fail"

    def test_falls_with_another_operand(self, candidate, documents):
        expression = candidate.key.spec["derivation"]
        spec = {"derivation": expression.replace("2026-08-01", "2026-08-02") + " + 1"}
        wrong = with_key(candidate, spec=spec)
        assert Supported()(case_of(wrong, documents)).outcome == "fail"

    def test_falls_when_key_and_expression_agree_on_another_value(self, candidate, documents):
        wrong = with_key(candidate, answer="77", spec={"derivation": "70 + 7"})
        assert Supported()(case_of(wrong, documents)).outcome == "fail"

    def test_falls_with_another_unit(self, candidate, documents):
        wrong = with_key(candidate, spec={"unit": "furlongs"})
        assert Supported()(case_of(wrong, documents)).outcome == "fail"

    def test_falls_without_its_second_quote(self, candidate, documents):
        wrong = candidate.model_copy(update={"also": ()})
        assert Supported()(case_of(wrong, documents)).outcome == "fail"
