"""What a week carries on: sealed items of one to five weeks, spread like the set, none in doubt."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from generator.rotation.anchors import Alive, choose_anchors, n_anchors
from generator.rotation.caps import Caps
from generator.rotation.draw import draw
from generator.rotation.quotas import bin_of
from generator.rotation.units import Unit
from tests.generator.rotation.test_draw import FAMILIES, question, unit

WEEK = "2026-W34"
FREE = Caps(topic=1.0, publisher=1.0)


def alive(n, age, family=None, *, held=False, of_unit=None):
    return Alive(of_unit or unit(n, family or FAMILIES[n % 7]), f"2026-W{34 - age}", age, held)


def steady(n_of_age=48):
    return [alive(1_000 * age + n, age) for age in range(7) for n in range(n_of_age)]


@pytest.mark.parametrize(
    ("target", "n"),
    [
        pytest.param(200, 40, id="a fifth"),
        pytest.param(1_000, 200, id="of many, too"),
        pytest.param(60, 20, id="at least twenty"),
        pytest.param(10, 4, id="but never most of a small week"),
        pytest.param(1, 0, id="of one, none"),
    ],
)
def test_how_many_are_carried(target, n):
    assert n_anchors(target) == n


def test_the_same_number_of_each_age_is_carried_and_none_of_another():
    chosen = choose_anchors(steady(), WEEK, 200)
    assert Counter(one.age_weeks for one in chosen) == {1: 8, 2: 8, 3: 8, 4: 8, 5: 8}
    assert len({one.unit.id for one in chosen}) == 40


def test_they_are_spread_over_families_and_difficulties_like_the_set():
    chosen = choose_anchors(steady(), WEEK, 200)
    assert set(Counter(one.unit.places[0] for one in chosen)) == set(FAMILIES)
    bins = Counter(bin_of(one.unit.difficulty) for one in chosen)
    assert bins["middle"] > bins["hard"] > 0 and bins["easy"] > 0


def test_a_second_week_has_one_age_and_carries_its_share_of_that():
    only_new = [alive(n, 1) for n in range(60)]
    assert len(choose_anchors(only_new, WEEK, 200)) == 8
    assert choose_anchors([], WEEK, 200) == []


def test_what_is_held_is_never_carried():
    held = [alive(n, 1, held=True) for n in range(60)]
    assert choose_anchors([*held, alive(99, 1)], WEEK, 200) == [alive(99, 1)]


def test_the_order_they_are_given_in_does_not_matter():
    pool = steady()
    shuffled = random.Random(5).sample(pool, len(pool))
    assert choose_anchors(shuffled, WEEK, 200) == choose_anchors(pool, WEEK, 200)
    assert choose_anchors(pool, "2026-W35", 200) != choose_anchors(pool, WEEK, 200)


def test_a_pair_is_carried_whole_and_takes_its_places():
    pair = Unit("p", (question(1), question(2, family="unanswerable")), "d", "p")
    chosen = choose_anchors([alive(0, 1, of_unit=pair)], WEEK, 200)
    assert [len(one.unit.places) for one in chosen] == [2]
    assert choose_anchors([alive(0, 1, of_unit=pair)], WEEK, 10) == []


def test_anchors_count_in_every_cap_and_take_no_quota_of_the_new():
    fresh = [unit(n, FAMILIES[n % 7], f"t{n % 9}", f"p{n % 11}") for n in range(700)]
    carried = [unit(10_000 + n, "number", "t1", "p1") for n in range(15)]
    drawn = draw(fresh, WEEK, 100, carried=carried)
    assert sum(len(one.places) for one in drawn.units) == 85
    everyone = [*drawn.units, *carried]
    assert Counter(one.topic for one in everyone)["t1"] <= 30
    assert Counter(one.publisher for one in everyone)["p1"] <= 20
    assert Counter(one.places[0] for one in drawn.units)["date"] > 0


def test_a_document_that_is_carried_gives_less_anew():
    carried = [unit(n, family, document="d") for n, family in enumerate(FAMILIES[:2])]
    fresh = [unit(10 + n, family, document="d") for n, family in enumerate(FAMILIES)]
    drawn = draw(fresh, WEEK, 100, FREE, carried=carried)
    assert len(drawn.units) == 1


def test_nothing_new_rests_on_the_sentence_of_a_sealed_question():
    one, other = unit(1), unit(2)
    drawn = draw([one, other], WEEK, 100, FREE, apart=one.quotes)
    assert drawn.units == (other,)


def test_of_two_makers_none_writes_more_than_half():
    def written(n, maker):
        one = unit(n, FAMILIES[n % 7])
        return Unit(one.id, one.questions, one.document_id, f"p{n % 7}", maker=maker)

    most = [written(n, "openai" if n % 10 else "google") for n in range(300)]
    drawn = draw(most, WEEK, 40, FREE)
    assert Counter(one.maker for one in drawn.units)["openai"] == 20
    alone = draw([written(n, "openai") for n in range(300)], WEEK, 40, FREE)
    assert len(alone.units) == 40
