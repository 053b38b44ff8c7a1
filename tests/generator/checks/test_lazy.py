"""26 set: what lazy strategies score, and a release that no strategy gains by."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.checks.balance import (
    MAX_LEFT_OUT,
    MIN_REPLIES,
    balance_of,
    balanced,
    nearest_by_words,
)
from generator.checks.lazy import planned_shares
from generator.rotation.units import Unit
from store.protocol import letter
from store.records import Question

THEN = datetime(2026, 8, 7, 9, tzinfo=UTC)
WEEK = "2026-W32"
LETTERS = "ABCD"


def row(number, question="How many ropes were sold?", answer="12", kind="number", **changes):
    """A released row; `number` tells it from the others."""
    fields = {
        "id": f"q_{number:016x}",
        "input": question,
        "question": question,
        "context": None,
        "choices": None,
        "target": answer,
        "answer": answer,
        "answer_index": None,
        "aliases": (),
        "answer_kind": kind,
        "answer_spec": {},
        "as_of": None,
        "valid_until": None,
        "family": "number",
        "setting": "open_book",
        "topic": "towns",
        "language": "en",
        "difficulty": 0.3,
        "pair": None,
        "pair_role": None,
        "cluster": f"s_{number}",
        "level": 0,
        "source_url": f"https://tarn.example/{number}",
        "source_title": "News",
        "source_licence": "CC-BY-4.0",
        "attribution": "Tarn News",
        "source_published_at": THEN,
        "fetched_at": THEN,
        "evidence": f"Sentence {number}.",
        "writer": "rule:number/1",
        "prompt_sha256": "0" * 64,
        "content_sha256": "0" * 64,
    }
    return Question(**(fields | changes))


def choice(number, place, options=("ash", "elm", "oak", "yew"), **changes):
    """A row with four options, the one at `place` right."""
    return row(
        number,
        "Which tree stands at the mill?",
        options[place],
        "choice",
        family="entity",
        choices=options,
        answer_index=place,
        target=letter(place),
        answer_spec={"of": "text"},
        **changes,
    )


def free(first, count):
    """Rows without options, so that options are no more than their share."""
    return [row(first + n) for n in range(count)]


def unit(question):
    return Unit(question.id, (question,), f"d_{question.id[2:]}", "tarn.example")


def score(balance, name):
    return next(one for one in balance.scores if one.name == name)


def test_letters_at_chance_hold_nothing():
    balance = balance_of([choice(n, n % 4) for n in range(40)] + free(100, 60))
    assert balance.letters == {"A": 10, "B": 10, "C": 10, "D": 10}
    assert balance.letters_p == 1.0 and balance.held == ()
    assert (score(balance, "always A").right, score(balance, "always A").expected) == (10, 0.25)


def test_a_letter_that_is_too_often_right_holds_the_release():
    balance = balance_of([choice(n, 0 if n < 20 else n % 4) for n in range(40)] + free(100, 60))
    assert balance.letters_p < 0.01
    assert balance.held[0].startswith("the keys' letters are uneven (chi-squared p 0.0")
    assert "strategy 'always A' is right on 25 of 40 rows, by chance on 25%" in balance.held


def test_rows_of_three_options_expect_no_fourth_letter():
    rows = [choice(n, n % 3, ("ash", "elm", "oak")) for n in range(30)] + free(100, 60)
    assert balance_of(rows).letters_p == 1.0


def test_a_key_that_is_the_longest_option_holds_the_release():
    options = [tuple("sycamore" if n == place else tree for n, tree in enumerate(
        ("ash", "elm", "oak", "yew"))) for place in range(4)]  # fmt: skip
    rows = [choice(n, n % 4, options[n % 4]) for n in range(20)] + free(100, 60)
    balance = balance_of(rows)
    assert (balance.longest, balance.longest_limit) == (20, 7.0)
    assert balance.held[0] == "the key is the longest option in 20 of 20 rows, at most 7.0"


def test_more_options_than_their_share_hold_the_release():
    balance = balance_of([choice(n, n % 4) for n in range(40)] + free(100, 20))
    assert balance.held == ("40 of 60 rows have options, at most 40%",)


@pytest.mark.parametrize(
    ("name", "context"),
    [
        pytest.param(
            "first number of the context", "Of 12 boats, 15 came and 90 went.", id="first"
        ),
        pytest.param("last number of the context", "Of 90 boats, 15 came and 12 went.", id="last"),
        pytest.param(
            "most frequent number of the context", "Of 90 boats, 12 came and 12 went.", id="most"
        ),
    ],
)
def test_a_number_by_its_place_in_the_context(name, context):
    balance = balance_of([row(n, context=context) for n in range(20)])
    found = score(balance, name)
    assert (found.n, found.right, found.holds) == (20, 20, True)
    assert found.expected == pytest.approx(0.3333 if "most" not in name else 0.5)


def test_a_number_that_the_context_does_not_give_is_right_by_no_chance():
    found = score(
        balance_of([row(1, context="Of 90 boats, 15 came.")]), "first number of the context"
    )
    assert (found.n, found.right, found.expected) == (1, 0, 0.0)


def test_the_first_name_of_the_context():
    page = "Peru and Chile came to Kenya."
    rows = [
        row(n, "Which country came?", "Peru", "text", family="entity", context=page)
        for n in range(20)
    ]
    found = score(balance_of(rows), "first name of the context")
    assert (found.right, found.expected, found.holds) == (20, 0.3333, True)


def test_last_weeks_value_of_the_same_question():
    now = [row(n, f"As reported on 7 August 2026, how many cars has town {n}?") for n in range(9)]
    then = [row(99, "As reported on 31 July 2026, how many cars has town 3?")]
    found = score(balance_of(now, then), "last week's value")
    assert (found.n, found.right, found.expected) == (9, 9, 0.0)
    assert score(balance_of(now), "last week's value").n == 0


def test_constant_replies_earn_what_the_plan_gives_them():
    rows = [
        row(n, answer="CANNOT BE KNOWN", kind="abstain", family="unanswerable") for n in range(8)
    ]
    rows += free(100, 8)
    assert planned_shares(rows) == {"abstain": 0.5, "premise": 0.0}
    found = score(balance_of(rows), "always cannot be known")
    assert (found.right, found.n, found.expected, found.holds) == (8, 16, 0.5, False)


def test_a_constant_reply_above_its_plan_holds_the_release():
    rows = [
        row(n, answer="CANNOT BE KNOWN", kind="abstain", family="unanswerable") for n in range(40)
    ]
    assert "strategy 'always cannot be known'" in "; ".join(balance_of(rows + free(100, 10)).held)


def test_the_interval_is_wilsons():
    found = score(balance_of([choice(n, n % 2 * 3) for n in range(10)] + free(99, 20)), "always A")
    # Brown, Cai, DasGupta (2001): 5 of 10.
    assert (found.low, found.high) == (0.2366, 0.7634)


def test_one_row_proves_nothing():
    balance = balance_of([choice(1, 0), *free(100, 60)])
    assert score(balance, "always A").right == 1 and balance.held == ()


@pytest.mark.parametrize(("n", "holds"), [(MIN_REPLIES - 1, False), (MIN_REPLIES, True)])
def test_a_strategy_is_judged_from_ten_replies_on(n, holds):
    rows = [row(number, context="Of 12 ropes, 30 were short.") for number in range(n)]
    held = "first number of the context" in "; ".join(balance_of(rows).held)
    assert held is holds


def test_the_control_never_holds():
    rows = [choice(n, 0) for n in range(40)]
    assert not any(one.holds for one in balance_of(rows).scores if one.name == "random option")


def test_variants_count_for_nothing():
    twin = choice(2, 0, pair="p_1", pair_role="typos").model_copy(update={"family": "noisy"})
    swapped = row(3, family="comparison", pair="p_2", pair_role="swap_order")
    assert balance_of([choice(1, 0), twin, swapped]).rows == 1


@given(st.permutations(range(30)))
def test_the_order_of_the_rows_does_not_matter(order):
    rows = [choice(n, n % 4) for n in range(12)] + free(100, 18)
    shuffled = [rows[n] for n in order]
    assert balance_of(shuffled, (), nearest_by_words) == balance_of(rows, (), nearest_by_words)


def test_the_nearest_pairs_leave_twins_out():
    rows = [
        row(1, "How many ropes did Brell sell?", pair="p_1", pair_role="base"),
        row(2, "How many ropes did Brell sell?", family="unanswerable", pair="p_1",
            pair_role="removed", answer="CANNOT BE KNOWN", kind="abstain"),
        row(3, "How many ropes did Oxmere sell?"),
    ]  # fmt: skip
    pairs = balance_of(rows, (), nearest_by_words).nearest
    assert [(left[-1], right[-1]) for left, right, _ in pairs] == [("1", "3"), ("2", "3")]
    assert pairs[0][2] == pytest.approx(5 / 7, abs=1e-4)


def test_what_a_manifest_states_is_plain_json():
    stated = balance_of([choice(n, n % 4) for n in range(8)], (), nearest_by_words).as_json()
    assert stated["version"] == 1 and isinstance(stated["scores"][0], dict)
    assert stated["guessable"]["name"] == "without the passage"


def test_leaving_out_the_fewest_brings_letters_back():
    units = [unit(choice(n, 0 if n < 14 else n % 4)) for n in range(30)]
    units += [unit(one) for one in free(100, 60)]
    found = balanced(units, WEEK)
    assert found.held == () and 0 < sum(found.left_out.values()) <= MAX_LEFT_OUT * 90
    gone = [one for one in units if one not in found.units]
    assert len(gone) == sum(found.left_out.values())
    assert {one.questions[0].target for one in gone} == {"A"}


def test_a_balanced_week_loses_nothing():
    units = [unit(choice(n, n % 4)) for n in range(12)] + [unit(one) for one in free(100, 30)]
    assert balanced(units, WEEK).units == tuple(units)


def test_the_same_units_are_left_out_in_whatever_order_they_come():
    units = [unit(choice(n, 0 if n < 14 else n % 4)) for n in range(30)]
    units += [unit(one) for one in free(100, 60)]
    kept = [{one.id for one in balanced(given, WEEK).units} for given in (units, units[::-1])]
    assert kept[0] == kept[1]


def test_what_cannot_be_mended_by_leaving_out_a_few_is_held():
    units = [unit(choice(n, 0)) for n in range(40)] + [unit(one) for one in free(100, 60)]
    found = balanced(units, WEEK)
    assert found.held and sum(found.left_out.values()) == MAX_LEFT_OUT * 100
