"""Options: wrong answers that look right, in an order that says nothing."""

from __future__ import annotations

from collections import Counter
from datetime import date as Day

import pytest

from generator import options
from generator.checks.options import Options
from generator.lots import lot
from generator.options import kind_of, options_for, rank_of_key, same_form, with_options
from store.records import AnswerKey
from tests.generator.making import TODAY, case, date, number, text, verdict_of

QUOTE = "The Tarn Mill sold 340 ropes in Brell."
ASKED = "As reported on 7 August 2026, how many ropes did the Tarn Mill sell in Brell?"


def candidate(key=None, quote=QUOTE, question=ASKED, **changes):
    return case(quote, question, key or number("340"), **changes).candidate


def offered(free, *, passage="", **given):
    return with_options(free, passage=passage, share=1.1, **given)


def test_a_number_stands_in_an_ascending_row_of_four_at_the_rank_of_its_lot():
    free = candidate()
    row = offered(free).key
    assert len(row.choices) == 4 and list(row.choices) == sorted(row.choices, key=int)
    assert row.answer_index == rank_of_key(free.id, 4)
    assert row.kind == "choice" and kind_of(row) == "number"


def test_every_moved_number_is_5_to_40_percent_away_with_the_same_digits_and_roundness():
    for n in range(40):
        question = ASKED.replace("Brell", f"Brell {chr(65 + n)}")
        for value in options_for(candidate(question=question), ""):
            assert value == "340" or 0.05 <= abs(int(value) - 340) / 340 <= 0.40
            assert len(value) == 3 and value.endswith("0") and not value.endswith("00")


def test_values_of_the_same_document_come_before_those_of_others_and_those_before_moved_ones():
    same, elsewhere = ["110", "120", "910"], ["130", "920", "930"]
    row = options_for(candidate(), "", same, elsewhere)
    assert set(row) - {"340"} <= {*same, *elsewhere}
    assert {value for value in row if value < "340"} <= {"110", "120", "130"}


def test_the_key_stands_at_every_rank_as_often():
    rows = [
        offered(candidate(question=ASKED.replace("Brell", f"Brell{n}"))).key for n in range(400)
    ]
    counts = Counter(row.answer_index for row in rows)
    assert all(70 <= counts[rank] <= 130 for rank in range(4))


def test_a_text_key_stands_at_every_place_as_often():
    counts = Counter()
    for n in range(400):
        free = candidate(text("Chile"), "Chile closes it.", f"Which country closes road {n} now?")
        rivals = ["Norway", "Peru", "Kenya", "Malta", "Spain", "Ghana"]
        row = offered(free, same_document=rivals).key
        assert set(row.choices) <= {"Chile", *rivals}
        counts[row.answer_index] += 1
    assert all(70 <= counts[place] <= 130 for place in range(4))


@pytest.mark.parametrize(
    ("key", "question"),
    [
        pytest.param(number("3"), ASKED, id="a small number with no three others below it"),
        pytest.param(number("340", bound="at least"), ASKED, id="a bound, of which less is true"),
        pytest.param(number("340"), "About how many ropes did the Tarn Mill sell?", id="estimate"),
        pytest.param(number("4000"), ASKED, id="a round number with too few of its roundness"),
    ],
)
def test_a_number_gets_no_options_when(key, question):
    assert options_for(candidate(key, question=question), "") is None


def test_days_are_of_the_same_month_and_not_after_publication():
    question = "On which day of August 2026 did the harbour of Port Mellin reopen?"
    free = candidate(date("2026-08-14"), "It reopened.", question)
    row = options_for(free, "", not_after=Day(2026, 8, 20))
    assert list(row) == sorted(row) and "2026-08-14" in row
    assert all("2026-08-01" <= day <= "2026-08-20" for day in row)


def test_a_day_near_the_ends_gets_no_options_for_its_rank_would_show():
    free = candidate(date("2026-08-02"), "It reopened.", "On which day of August 2026 was it?")
    assert options_for(free, "") is None


@pytest.mark.parametrize(
    ("rival", "why"),
    [
        pytest.param("chile", "the key itself", id="the key in other letters"),
        pytest.param("Cil", "an alias", id="an alias"),
        pytest.param("Chile Norte", "inside", id="the key inside it"),
        pytest.param("Liechtenstein", "long", id="more than half as long again"),
        pytest.param("Peru", "question", id="a name of the question"),
        pytest.param("Malta", "passage", id="what the passage says the same of"),
    ],
)
def test_no_distractor_is(rival, why):
    free = candidate(
        text("Chile", "Cil"),
        "Chile closes its northern border to lorries.",
        "Which country closes its northern border to lorries of Peru?",
    )
    passage = "Malta, too, closes its northern border to lorries of Peru.\nKenya and Spain look on."
    row = options_for(free, passage, ["Kenya", "Spain", rival])
    assert row is None
    assert options_for(free, passage, ["Kenya", "Spain", "Ghana", rival]) is not None


def test_a_share_of_the_questions_gets_options_by_their_lots():
    many = [candidate(question=ASKED.replace("Brell", f"Brell{n}")) for n in range(300)]
    n_offered = sum(with_options(one, passage="").key.choices is not None for one in many)
    assert 0.3 <= n_offered / 300 <= 0.5
    assert options.SHARE <= options.MAX_SHARE
    assert all(0 <= lot(one.id) < 1 for one in many)


@pytest.mark.parametrize(
    ("left", "right", "kind", "same"),
    [
        pytest.param("4.2", "3.9", "number", True, id="one decimal each"),
        pytest.param("4.2", "4.0", "number", False, id="a rounder one"),
        pytest.param("98", "104", "number", False, id="another number of digits"),
        pytest.param("1.2.0", "1.34.6", "version", True, id="versions of three parts"),
        pytest.param("1.2", "1.34.6", "version", False, id="versions of other parts"),
    ],
)
def test_same_form(left, right, kind, same):
    assert same_form(left, right, kind) is same


def chosen(choices, answer, of="text", quote=None, question=None, **changes):
    """A case with a row of options as somebody else might have made it."""
    key = AnswerKey(
        answer=answer,
        kind="choice",
        choices=tuple(choices),
        answer_index=list(choices).index(answer),
        spec={"of": of},
    )
    quote = quote or f"The Tarn Mill sold {answer} ropes in Brell."
    return case(quote, question or ASKED, key, **changes)


def rowed(**given):
    """A case whose row this project made."""
    free = case(QUOTE, ASKED, number("340"))
    made = offered(free.candidate, **given)
    return case(QUOTE, ASKED, made.key)


def test_check_11_passes_what_is_made_here():
    verdict = verdict_of(Options(None, TODAY), rowed())
    assert verdict.outcome == "pass" and verdict.why.endswith("4 options, one of them right")


def test_check_11_passes_a_free_answer():
    assert verdict_of(Options(None, TODAY), case(QUOTE, ASKED, number("340"))).outcome == "pass"


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        pytest.param(chosen(["340", "350"], "340", "number"), "there are 2", id="two options"),
        pytest.param(
            chosen(["Lind", "lind", "Falk", "Holm"], "Lind"), "the same", id="one option twice"
        ),
        pytest.param(
            chosen(["Lind", "Falk", "None of the above", "Carr"], "Lind"),
            "speaks of the others",
            id="none of the above",
        ),
        pytest.param(
            chosen(["290", "340", "45", "390"], "340", "number"), "alike", id="fewer digits"
        ),
        pytest.param(
            chosen(["Lind", "Lindholm", "Falk", "Carr"], "Lind"), "inside", id="one in another"
        ),
        pytest.param(
            chosen(["Lind", "Falk", "Holm", "Achterberg"], "Lind"), "longest", id="a long one"
        ),
        pytest.param(
            chosen(["390", "290", "340", "310"], "340", "number"), "ascending", id="numbers mixed"
        ),
        pytest.param(
            chosen(["2026-08-05", "5 August", "2026-08-09"], "2026-08-05", "date"),
            "no day",
            id="a day in words",
        ),
    ],
)
def test_check_11_fails(broken, why):
    verdict = verdict_of(Options(None, TODAY), broken)
    assert verdict.outcome == "fail" and why in verdict.why


def test_check_11_fails_a_key_moved_to_another_rank():
    good = rowed().candidate.key
    place = (good.answer_index + 1) % 4
    moved = list(good.choices)
    moved[place], moved[good.answer_index] = "340", moved[place]
    below = [str(340 - 10 * n) for n in range(place, 0, -1)]
    above = [str(340 + 10 * n) for n in range(1, 4 - place)]
    key = good.model_copy(update={"choices": (*below, "340", *above), "answer_index": place})
    assert "its lot is" in verdict_of(Options(None, TODAY), case(QUOTE, ASKED, key)).why


def test_check_11_fails_a_bound_of_which_a_smaller_number_is_true_as_well():
    quote = "The Tarn Mill sold at least 340 ropes in Brell."
    asked = ASKED.replace("how many", "at least how many")
    free = case(quote, asked, number("340")).candidate
    place = rank_of_key(free.id, 4)
    below = [str(340 - 20 * n) for n in range(place, 0, -1)]
    above = [str(340 + 20 * n) for n in range(1, 4 - place)]
    row = (*below, "340", *above)
    spec = free.key.spec | {"of": "number"}
    key = AnswerKey(answer="340", kind="choice", choices=row, answer_index=place, spec=spec)
    assert (
        "makes more than one number true"
        in verdict_of(Options(None, TODAY), case(quote, asked, key)).why
    )


def test_check_11_fails_what_the_passage_says_of_another_option():
    quote = "Chile closes its northern border to lorries."
    asked = "As reported on 7 August 2026, which country closes its northern border to lorries?"
    page = quote + "\nMalta closes its northern border to lorries.\nKenya and Spain look on."
    free = case(quote, asked, text("Chile"), text=page).candidate
    row = options.order_of_options(free.id, ["Chile", "Malta", "Kenya", "Spain"])
    key = AnswerKey(
        answer="Chile",
        kind="choice",
        choices=row,
        answer_index=row.index("Chile"),
        spec={"of": "text"},
    )
    assert (
        "the same of 'Malta'"
        in verdict_of(Options(None, TODAY), case(quote, asked, key, text=page)).why
    )
