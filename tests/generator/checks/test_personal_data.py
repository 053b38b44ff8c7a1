"""13 personal_data: nothing of a private person is published; all numbers here are invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from generator.checks.personal_data import PersonalData, personal_data_in
from tests.generator.making import case, number


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Write to ines.falk@tarnmail.net.", "an e-mail address", id="e-mail"),
        pytest.param("Pay with 4111 1111 1111 1111.", "a card number", id="a card"),
        pytest.param("Pay to GB82 WEST 1234 5698 7654 32.", "a bank account number", id="an IBAN"),
        pytest.param("Call Ines on +44 20 7946 0958.", "a phone number", id="a phone"),
        pytest.param("Her number is 219-09-9999.", "an identity number", id="an identity number"),
        pytest.param(
            "Ines Falk, born on 3 May 1980.", "a birth date with a name", id="a birth date"
        ),
        pytest.param("She lives at 12 Mill Road.", "a home address", id="a home address"),
    ],
)
def test_it_is_found_and_named_but_not_repeated(text, kind):
    verdict = PersonalData()(case(text, "How many ropes?", number("1")))
    assert (verdict.outcome, verdict.why) == ("fail", f"it would publish {kind}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Brell 10.24.3.1187 is out.", id="a version"),
        pytest.param("See case 2026-08-113-4471.", id="a case number"),
        pytest.param("Advisory RUSTSEC-2026-0012.", id="an advisory"),
        pytest.param("Commit 53afb0edd8a9359826c46009053c.", id="a commit"),
        pytest.param("Card 4111 1111 1111 1112 is none.", id="a number with a wrong check digit"),
        pytest.param("GB82 WEST 1234 5698 7654 33.", id="an account with a wrong check digit"),
        pytest.param("Write to press@tarn.example.net.", id="the address of an office"),
        pytest.param("Call the press office on +44 20 7946 0958.", id="the phone of an office"),
        pytest.param("It sold 1,204,551 ropes for 3,300,200 crowns.", id="amounts"),
        pytest.param("From 2026-08-01 to 2026-08-07 it rained.", id="days"),
    ],
)
def test_what_only_looks_like_it_passes(text):
    assert personal_data_in(text) is None


@given(st.text("0123456789", min_size=15, max_size=15))
def test_a_card_is_found_by_its_check_digit(digits):
    number = "4" + digits[1:]
    valid = number + luhn.calc_check_digit(number)
    assert personal_data_in(f"Pay with {valid} now.") is not None


@pytest.mark.parametrize("field", ["question", "answer", "alias"])
def test_every_part_that_is_published_is_looked_at(field):
    from tests.generator.making import text as text_key

    mail = "ines.falk@tarnmail.net"
    question = f"Who is {mail}?" if field == "question" else "Who is it?"
    key = text_key(mail if field == "answer" else "Ines", *([mail] if field == "alias" else []))
    assert PersonalData()(case("A mill.", question, key)).outcome == "fail"
