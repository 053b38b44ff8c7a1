"""ambiguous: words that fit two things, beside the precise ones."""

from __future__ import annotations

import pytest

from generator.families.ambiguous import Ambiguous
from generator.families.number import Number
from store.scoring.answers import same_answer
from tests.generator.libraries import dated, joined

PLAYED = [
    dated("On 2026-08-01 Brell FC played Orrin FC and it ended 2 to 1.", "2026-08-01", 1),
    dated("On 2026-08-05 Tarn FC played Brell FC and it ended 0 to 3.", "2026-08-05", 2),
]
FIRES = [
    dated("Six people are killed in a fire at a mill in Orrin, Norway. (Tarn News)",
          "2026-08-03", 1),
    dated("Four people are killed in a fire at a school in Brell, Norway. (Tarn News)",
          "2026-08-06", 2),
]  # fmt: skip


def test_two_matches_of_a_club_in_one_month():
    base, vague = joined(PLAYED, Ambiguous())
    assert vague.question == "On which day of August 2026 did Brell FC play?"
    assert vague.key.answer == "2026-08-01; 2026-08-05"
    assert base.question.startswith("On which day of August 2026 did Brell FC play against ")
    assert base.key.answer in vague.key.answer and base.family == "date"
    assert (base.pair, base.pair_role) == (vague.pair, "base")
    assert vague.pair_role == "vague"


def test_two_releases_of_a_product_in_one_month():
    releases = [
        dated("Brell 2.4 was released on 2026-08-01.", "2026-08-01", 1),
        dated("Brell 1.9 was released on 2026-08-05.", "2026-08-05", 2),
    ]
    _, vague = joined(releases, Ambiguous())
    assert vague.question == "On which day of August 2026 was Brell released?"


def test_two_events_of_a_kind_in_one_country():
    base, vague = joined(FIRES, Ambiguous(), (Number(),))
    assert vague.question == (
        "As reported in August 2026, how many people were killed in the fire in Norway?"
    )
    assert vague.key.answer == "4; 6"
    assert vague.key.spec == {"items": ["4", "6"], "of": "number"}
    assert base.family == "number" and base.pair == vague.pair


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("4; 6", "right"), ("6 and 4", "right"), ("6", "wrong"), ("4; 6; 9", "wrong")],
)
def test_only_both_readings_are_right(reply, verdict):
    _, vague = joined(FIRES, Ambiguous(), (Number(),))
    assert same_answer(f"Answer: {reply}", vague.key, vague.question) == verdict


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param((FIRES[0].text, FIRES[1].text.replace("Four", "Six")), id="one answer"),
        pytest.param((FIRES[0].text, FIRES[1].text.replace("Norway", "Chile")), id="two countries"),
        pytest.param((FIRES[0].text, FIRES[1].text.replace("fire", "flood")), id="two kinds"),
        pytest.param((FIRES[0].text, FIRES[1].text.replace("Four", "At least four")), id="a bound"),
    ],
)
def test_no_question_comes_from(texts):
    pages = [dated(text, f"2026-08-0{n}", n) for n, text in enumerate(texts, start=3)]
    assert joined(pages, Ambiguous(), (Number(),)) == ()


def test_matches_of_two_months_are_told_apart_by_the_month():
    later = dated("On 2026-09-05 Tarn FC played Brell FC and it ended 0 to 3.", "2026-09-05", 2)
    assert joined([PLAYED[0], later], Ambiguous()) == ()
