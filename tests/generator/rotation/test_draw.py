"""Which questions a week takes: quotas, caps, lots and seals."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.acceptance import to_question
from generator.families.traits import TRAITS
from generator.rotation.caps import Caps
from generator.rotation.draw import draw
from generator.rotation.quotas import largest_remainder
from generator.rotation.sealing import sealed_units
from generator.rotation.units import Unit, ticket, units_of
from tests.generator.making import case, number

_MADE = case(
    "The Tarn Mill sold 340 ropes.", "How many ropes did the Tarn Mill sell?", number("340")
)
PATTERN = to_question(_MADE, 0.5)
FAMILIES = ["comparison", "date", "entity", "fact", "false_premise", "number", "unanswerable"]
MIX = {name: TRAITS[name].share for name in FAMILIES}


#: Easy, middle and hard ones as a week wants them, and one more of each.
DIFFICULTIES = (0.1, 0.4, 0.5, 0.6, 0.8)


def question(n, **changes):
    fields = {
        "id": f"q_{n:016x}",
        "family": "number",
        "evidence": f"Sentence {n}.",
        "difficulty": DIFFICULTIES[n // 7 % 5],
    }
    return PATTERN.model_copy(update=fields | changes)


def unit(n, family="number", topic="towns", publisher="p", document=None, twins=()):
    members = [question(n, family=family, topic=topic)]
    members += [
        question(1_000_000 * (i + 1) + n, family=twin, topic=topic, pair_role="removed")
        for i, twin in enumerate(twins)
    ]
    return Unit(f"u{n}", tuple(members), document or f"d{n}", publisher)


def pool(n, seed=7):
    lots = random.Random(seed)
    return [
        unit(
            i,
            lots.choice(FAMILIES),
            f"t{lots.randrange(6)}",
            f"p{lots.randrange(8)}",
            f"d{lots.randrange(n // 3)}",
            lots.choice([(), (), ("unanswerable",)]),
        )
        for i in range(n)
    ]


@pytest.mark.parametrize(
    ("shares", "total", "places"),
    [
        pytest.param({"a": 0.5, "b": 0.3, "c": 0.2}, 7, [4, 2, 1], id="the example of the text"),
        pytest.param({"a": 1, "b": 1, "c": 1}, 2, [1, 1, 0], id="a tie goes by name"),
        pytest.param({"a": 0, "b": 0}, 2, [0, 0], id="no shares, no places"),
        pytest.param({"a": 2, "b": 0}, 3, [3, 0], id="a share of nothing"),
    ],
)
def test_largest_remainder(shares, total, places):
    assert list(largest_remainder(shares, total).values()) == places


@given(
    st.dictionaries(st.text("abc", min_size=1), st.integers(1, 99), min_size=1), st.integers(0, 500)
)
def test_all_places_are_given_and_none_is_off_by_one(shares, total):
    places = largest_remainder(shares, total)
    assert sum(places.values()) == total
    whole = sum(shares.values())
    assert all(abs(places[f] - total * shares[f] / whole) < 1 for f in shares)


def test_the_same_pool_in_any_order_gives_the_same_week():
    units = pool(300)
    first = draw(units, "2026-W34", 100)
    shuffled = random.Random(3).sample(units, len(units))
    assert draw(shuffled, "2026-W34", 100) == first
    assert draw(units, "2026-W35", 100).units != first.units


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10_000), st.integers(10, 250), st.integers(1, 120))
def test_caps_hold_whatever_is_relaxed(seed, size, target):
    caps = Caps()
    drawn = draw(pool(size, seed), "2026-W34", target, caps)
    places = Counter()
    for one in drawn.units:
        for family in one.places:
            places["all"] += 1
            places["document", one.document_id] += 1
            places["family", one.document_id, family] += 1
            places["publisher", one.publisher] += 1
    assert places["all"] <= target
    for name, n in places.items():
        if name[0] == "document":
            assert n <= caps.per_document
        if name[0] == "family":
            assert n <= caps.per_document_family
        if name[0] == "publisher":
            assert n <= caps.publisher_relaxed * target
    assert len({one.id for one in drawn.units}) == len(drawn.units)
    assert (drawn.shortfall is None) is (places["all"] == target)


def test_topic_and_publisher_caps_hold_when_there_is_enough():
    drawn = draw(
        [unit(n, FAMILIES[n % 7], f"t{n % 9}", f"p{n % 11}") for n in range(700)], "2026-W34", 100
    )
    assert drawn.relaxed == () and drawn.shortfall is None
    topics = Counter(one.topic for one in drawn.units)
    families = Counter(one.places[0] for one in drawn.units)
    assert max(topics.values()) <= 30
    assert dict(families) == largest_remainder(MIX, 100)


def test_what_was_relaxed_is_said_in_order():
    one_topic = [unit(n, FAMILIES[n % 7], "towns", f"p{n % 10}") for n in range(300)]
    assert draw(one_topic, "2026-W34", 100).relaxed == ("topic cap",)
    one_family = [unit(n, "number", f"t{n % 9}", f"p{n % 10}") for n in range(300)]
    assert draw(one_family, "2026-W34", 100).relaxed == ()
    all_easy = [one for one in one_family if one.difficulty < 0.3]
    assert draw(all_easy, "2026-W34", 40).relaxed == ("difficulty bins",)
    scarce = [unit(n, "date" if n < 3 else "number", f"t{n % 9}", f"p{n % 10}") for n in range(300)]
    assert draw(scarce, "2026-W34", 100).relaxed == ("family quotas",)


def test_a_short_week_says_why():
    drawn = draw([unit(n, publisher="p") for n in range(300)], "2026-W34", 100)
    assert len(drawn.units) == 35
    assert drawn.shortfall == (
        "35 of 100 places filled: 300 questions passed every check, and 265 of them would break "
        "the cap of a document or publisher"
    )


def test_a_pair_is_one_unit():
    questions = [
        (question(1, pair="p_1", pair_role="base"), "d1"),
        (question(2, pair="p_1", pair_role="removed", family="unanswerable"), "d1"),
        (question(3, pair="p_1", pair_role="swap_order"), "d1"),
        (question(4), "d2"),
    ]
    units = units_of(list(reversed(questions)), lambda q: "p")
    assert {one.id: [q.id[-1] for q in one.questions] for one in units} == {
        "p_1": ["1", "2", "3"],
        "q_0000000000000004": ["4"],
    }
    assert units[0].places == ("number", "unanswerable")


def test_a_change_and_its_earlier_day_take_one_place_together():
    questions = [
        (question(1, pair="p_1", pair_role="base", family="changed"), "d1"),
        (question(2, pair="p_1", pair_role="earlier", family="changed"), "d1"),
    ]
    (one,) = units_of(questions, lambda q: "p")
    assert one.places == ("changed",) and one.sealable
    assert draw([one], "2026-W34", 100).units == (one,)


def test_adding_one_unit_moves_few_others():
    units = pool(400)
    before = {one.id for one in draw(units, "2026-W34", 100).units}
    moved = [
        len(
            before
            - {one.id for one in draw([*units, unit(n, FAMILIES[n % 7])], "2026-W34", 100).units}
        )
        for n in range(1_000, 1_030)
    ]
    assert sum(moved) / len(moved) <= 1
    assert max(moved) <= 5


def test_the_sealed_share_is_kept_over_all_and_within_each_family():
    units = [unit(n, FAMILIES[n % 7]) for n in range(200)]
    sealed = sealed_units(units, 0.3, lambda name: ticket("key", name))
    assert len(sealed) == 60
    by_family = Counter(one.places[0] for one in units if one.id in sealed)
    assert set(by_family.values()) <= {8, 9}


def test_small_families_are_sealed_too():
    units = [unit(n, family) for n, family in enumerate(FAMILIES)]
    assert len(sealed_units(units, 0.3, lambda name: ticket("key", name))) == 2


def test_another_key_seals_others():
    units = [unit(n) for n in range(100)]
    one, two = (sealed_units(units, 0.3, lambda name, k=k: ticket(k, name)) for k in "ab")
    assert len(one) == len(two) == 30 and one != two


def test_two_units_of_one_sentence_never_stand_in_one_week():
    free = Caps(topic=1.0, publisher=1.0)
    one = unit(1, document="d")
    other = unit(2, document="d", family="entity")
    told = question(3, family="entity", evidence=one.questions[0].evidence)
    same = Unit("u3", (told,), "d", "p")
    assert len(draw([one, other], "2026-W01", 10, free).units) == 2
    assert len(draw([one, same], "2026-W01", 10, free).units) == 1


@pytest.mark.parametrize(
    ("roles", "sealable"),
    [
        pytest.param([None], True, id="a question alone"),
        pytest.param(["base"], True, id="a base whose twin did not pass"),
        pytest.param(["base", "swap_order"], True, id="both orders of a comparison"),
        pytest.param(["base", "removed"], False, id="a cut passage beside the whole"),
        pytest.param(["base", "planted"], False, id="a plant beside the truth"),
    ],
)
def test_only_what_no_second_row_gives_away_is_sealed(roles, sealable):
    members = tuple(question(n, pair_role=role) for n, role in enumerate(roles))
    one = Unit("u", members, "d", "p")
    assert one.sealable is sealable
    assert (sealed_units([one], 1.0, lambda name: name) == {"u"}) is sealable
