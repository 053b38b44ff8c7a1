"""order: events by their days, and nothing in words or options that tells the sequence."""

from __future__ import annotations

from collections import Counter

import pytest

from generator.families.order import Order, OrderAcross
from generator.families.permutations import listed, order_key
from generator.families.writing import write_all
from store.contexts import context_of
from tests.generator.libraries import dated, joined
from tests.generator.making import document

TEXT = (
    "Tarn Yard launched the ferry Wigeon on 3 August 2026. "
    "The council of Brell sold Orrin Quay on 20 July 2026. "
    "Ines Falk donated a mural of gulls on 28 July 2026."
)
RELEASES = [
    dated("Brell 2.4 was released on 2026-08-03.", "2026-08-03", 1),
    dated("Tarnlib 9.1 was released on 2026-08-01.", "2026-08-01", 2),
    dated("Orrin 3.0 was released on 2026-08-05.", "2026-08-05", 3),
    dated("Wigeon 1.0 was released on 2026-08-04.", "2026-08-04", 4),
]


def written(text):
    return write_all(document(text), (Order(),)).candidates


def _named(candidate):
    told = candidate.question.partition("first: ")[2].rstrip(".").split("; ")
    by_number = {one[1]: one[4:] for one in told}
    return [by_number[number] for number in candidate.key.answer.split(", ")]


def test_the_events_of_one_document_are_sorted():
    (candidate,) = written(TEXT)
    assert candidate.question.startswith(
        "Put the following events of July and August 2026 in order by the day on which they "
        "happened, earliest first: (1) "
    )
    assert _named(candidate) == [
        "the council of Brell sold Orrin Quay",
        "Ines Falk donated a mural of gulls",
        "Tarn Yard launched the ferry Wigeon",
    ]
    assert candidate.key.kind == "choice" and len(candidate.key.choices or ()) == 4


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT.replace("20 July", "10 July").replace("3 August", "2 July"),
                     id="the text tells them as they happened"),
        pytest.param(TEXT.replace("28 July", "20 July"), id="two of one day"),
        pytest.param(TEXT.replace("Ines Falk donated", "Orrin Quay lost"), id="a shared name"),
        pytest.param(TEXT.replace("a mural of gulls", "the second wall"), id="a word of sequence"),
        pytest.param(TEXT.replace("on 28 July 2026", "on Wednesday"), id="a weekday alone"),
        pytest.param(TEXT.replace("Ines Falk", "The painter"), id="nobody by name"),
    ],
)  # fmt: skip
def test_no_question_comes_from(text):
    assert written(text) == ()


def test_releases_of_several_products_are_joined():
    (candidate,) = joined(RELEASES, OrderAcross())
    assert _named(candidate) == ["Tarnlib 9.1", "Brell 2.4", "Wigeon 1.0", "Orrin 3.0"]
    assert candidate.level == 3 and len(candidate.quotes) == 4


def test_versions_of_one_product_are_not():
    one = [
        dated(f"Brell 2.{n} was released on 2026-08-0{n}.", f"2026-08-0{n}", n) for n in range(1, 6)
    ]
    assert joined(one, OrderAcross()) == ()


def test_matches_are_joined_and_a_pairing_with_two_days_is_not():
    pairs = [("Ash", "Elm"), ("Oak", "Yew"), ("Fir", "Bay"), ("Ivy", "Box")]
    played = [
        dated(f"On 2026-08-0{n} {a} FC played {b} FC and it ended 1 to 0.", f"2026-08-0{n}", n)
        for n, (a, b) in enumerate(pairs, start=1)
    ]
    (candidate,) = joined(played, OrderAcross())
    assert candidate.question.startswith("Put the following matches of August 2026 in order by")
    moved = dated("On 2026-08-07 Ash FC played Elm FC and it ended 1 to 0.", "2026-08-07", 9)
    assert joined([*played, moved], OrderAcross()) == ()


def test_news_are_put_in_order_by_the_day_of_the_report():
    told = {
        2: "The Tarn Council ratifies a fishing treaty with Falkland.",
        4: "A volcano damages the village of Graz in Orrin Province.",
        1: "The museum of Edda buys a drawing of gulls.",
    }
    pages = [dated(text, f"2026-08-0{day}", day) for day, text in told.items()]
    (candidate,) = joined(pages, OrderAcross())
    assert candidate.question.startswith(
        "Put the following news of August 2026 in order by the day of the report, earliest first:"
    )
    assert _named(candidate)[0] == "the museum of Edda buys a drawing of gulls"


@pytest.mark.parametrize(
    "headline",
    [
        pytest.param("A missile kills two people in Graz.", id="violence"),
        pytest.param("The country ratifies a treaty with Graz.", id="nobody by name"),
        pytest.param("The Graz Council announces a treaty with Linz.", id="what is only said"),
        pytest.param("The Graz Council approves a second treaty with Linz.", id="a sequence"),
    ],
)
def test_no_news_are(headline):
    told = {
        2: "The Tarn Council ratifies a fishing treaty with Falkland.",
        4: headline,
        1: "The museum of Edda buys a drawing of gulls.",
    }
    pages = [dated(text, f"2026-08-0{day}", day) for day, text in told.items()]
    assert joined(pages, OrderAcross()) == ()


def test_passages_never_stand_in_the_order_of_the_answer():
    for turn in range(40):
        days = {"Brell": 3, "Tarnlib": 1, "Orrin": 5, "Edda": 4}
        some = [
            dated(f"{name} {turn}.1 was released on 2026-08-0{day}.", "2026-08-06", 10 * turn + day)
            for name, day in days.items()
        ]
        for candidate in joined(some, OrderAcross()):
            shown = context_of(candidate, {one.id: one for one in some})
            places = [shown.index(f"{name} was released") for name in _named(candidate)]
            assert places != sorted(places)


@pytest.mark.parametrize("numbers", [(2, 3, 1), (2, 4, 1, 3)])
def test_the_key_is_no_nearer_to_the_other_options_than_they_are(numbers):
    def apart(left, right):
        a, b = left.split(", "), right.split(", ")
        return sum(
            (a.index(x) < a.index(y)) != (b.index(x) < b.index(y)) for x in a for y in a if x < y
        )

    for salt in map(str, range(20)):
        options = order_key(numbers, salt, "").choices or ()
        profiles = {tuple(sorted(apart(one, other) for other in options)) for one in options}
        assert len(profiles) == 1 and len(set(options)) == 4


def test_places_of_the_key_and_of_the_listing_are_drawn_evenly():
    keys = Counter(order_key((2, 3, 1), str(n), "").answer_index for n in range(800))
    assert all(150 <= keys[place] <= 250 for place in range(4))
    lists = Counter(listed(3, str(n)) for n in range(900))
    assert len(lists) == 6 and min(lists.values()) > 100
