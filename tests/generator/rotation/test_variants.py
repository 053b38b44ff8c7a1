"""Variants in a week: on top of it, up to their share, never alone, sealed with their base."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.families.traits import varies
from generator.rotation.caps import Caps
from generator.rotation.draw import draw
from generator.rotation.sealing import sealed_units
from generator.rotation.units import Unit, ticket
from tests.generator.rotation.test_draw import question, unit

WEEK = "2026-W34"
FREE = Caps(topic=1.0, publisher=1.0, publisher_relaxed=1.0)


def with_variants(n, *roles):
    """A unit of one base with variants beside it, a role and family each."""
    base = question(n, pair=f"p{n}", pair_role="base")
    rows = [
        question(1_000_000 * (i + 1) + n, family=family, pair=f"p{n}", pair_role=role)
        for i, (family, role) in enumerate(roles)
    ]
    return Unit(f"u{n}", (base, *rows), f"d{n}", "p")


def invented(n, family="counterfactual"):
    other = ("swap_names", "base") if family == "counterfactual" else ("private", "allowed")
    rows = [
        question(50_000_000 + n * 2 + i, family=family, pair_role=r) for i, r in enumerate(other)
    ]
    return Unit(f"i{n}", tuple(rows), f"di{n}", "invented.invalid")


TWIN, NOISE = ("number", "closed_book"), ("noisy", "typos")
ORDER = ("injected", "planted_order")


def variants_of(drawn):
    rows = [q for one in drawn.units for q in one.questions]
    return [q for q in rows if varies(q.family, q.pair_role)]


def test_variants_take_no_place_and_stay_within_their_share():
    units = [with_variants(n, TWIN, NOISE) for n in range(40)]
    drawn = draw(units, WEEK, 20, FREE)
    assert sum(len(one.places) for one in drawn.units) == 20
    assert len(variants_of(drawn)) == 7
    assert drawn.surplus == 40 - 7
    assert drawn.shortfall is None


def test_surplus_variants_go_by_their_own_ticket():
    drawn = draw([with_variants(n, TWIN, NOISE, ORDER) for n in range(20)], WEEK, 20, FREE)
    every = [q for n in range(20) for q in with_variants(n, TWIN, NOISE, ORDER).questions[1:]]
    first = sorted(every, key=lambda q: ticket(WEEK, q.id))[:7]
    assert {q.id for q in variants_of(drawn)} == {q.id for q in first}


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9_999), st.integers(1, 60), st.integers(1, 60), st.integers(0, 30))
def test_no_week_holds_more_variants_than_its_share_or_one_without_its_base(
    seed, n_units, target, n_invented
):
    lots = random.Random(seed)
    units = [
        with_variants(n, *lots.sample([TWIN, NOISE, ORDER], lots.randrange(4)))
        for n in range(n_units)
    ]
    units += [invented(n, lots.choice(["counterfactual", "privacy"])) for n in range(n_invented)]
    drawn = draw(units, WEEK, target, FREE)
    n_base = sum(len(one.places) for one in drawn.units)
    assert len(variants_of(drawn)) <= 0.35 * n_base
    assert all(one.base for one in drawn.units)
    shuffled = lots.sample(units, len(units))
    assert {q.id for q in variants_of(draw(shuffled, WEEK, target, FREE))} == {
        q.id for q in variants_of(drawn)
    }


@pytest.mark.parametrize(
    "orphan",
    [
        pytest.param([NOISE], id="noise whose base an earlier week took"),
        pytest.param([("unanswerable", "removed")], id="a cut passage without the whole"),
        pytest.param([("counterfactual", "swap_gender")], id="a swapped twin alone"),
        pytest.param([("privacy", "private")], id="a private question alone"),
        pytest.param([("counterfactual", "base")], id="an invented event told once"),
    ],
)
def test_a_variant_is_never_shown_alone(orphan):
    rows = tuple(question(9_000 + n, family=f, pair_role=r) for n, (f, r) in enumerate(orphan))
    units = [*(unit(n) for n in range(20)), Unit("orphan", rows, "d", "p")]
    assert "orphan" not in {one.id for one in draw(units, WEEK, 50, FREE).units}


def test_invented_pairs_come_whole_and_only_beside_base_questions():
    assert draw([invented(n) for n in range(5)], WEEK, 50, FREE).units == ()
    drawn = draw([*(unit(n) for n in range(13)), *(invented(n) for n in range(9))], WEEK, 50, FREE)
    pairs = [one for one in drawn.units if not one.places]
    # Thirteen base questions leave room for four rows: two pairs, and no half one.
    assert [len(one.questions) for one in pairs] == [2, 2]
    assert drawn.surplus == 14


def test_pairs_of_one_invented_family_have_a_cap_of_their_own():
    units = [*(unit(n) for n in range(200)), *(invented(n) for n in range(30))]
    drawn = draw(units, WEEK, 200, FREE)
    assert sum(not one.places for one in drawn.units) == FREE.invented


@pytest.mark.parametrize(
    ("one", "sealable"),
    [
        pytest.param(with_variants(1, NOISE), True, id="noise"),
        pytest.param(with_variants(1, ORDER), True, id="a planted order"),
        pytest.param(with_variants(1, TWIN), True, id="a closed twin"),
        pytest.param(with_variants(1, ("paraphrase", "reworded_1")), True, id="other words"),
        pytest.param(
            with_variants(1, NOISE, ("unanswerable", "removed")), False, id="a cut passage, too"
        ),
        pytest.param(invented(1), False, id="swapped people: anybody can make the page"),
        pytest.param(invented(1, "privacy"), False, id="an invented office"),
        pytest.param(
            Unit("u", (question(1, family="counterfactual", pair_role="base"),), "d", "p"),
            False,
            id="an invented event told once",
        ),
    ],
)
def test_variants_are_sealed_with_their_base_or_not_at_all(one, sealable):
    assert one.sealable is sealable
    assert (sealed_units([one], 1.0, lambda name: name) == {one.id}) is sealable


def test_invented_pairs_do_not_raise_the_number_of_seals():
    base = [unit(n) for n in range(40)]
    seals = [
        len(sealed_units([*base, *more], 0.3, lambda name: ticket("key", name)))
        for more in ([], [invented(n) for n in range(10)])
    ]
    assert seals == [12, 12]
