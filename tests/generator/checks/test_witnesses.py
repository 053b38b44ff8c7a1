"""17 first_seen and 18 corroboration: who told it before, and who tells it, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from generator.checks.corroboration import Corroboration
from generator.checks.first_seen import FirstSeen
from store.records import AnswerKey
from tests.generator.libraries import dated
from tests.generator.making import case, number, verdict_of

NOW = datetime(2026, 8, 10, 6, tzinfo=UTC)
QUOTE = "By 4 August 2026 the Orrin Bridge repair had cost 4.2 million euros."
ASKED = "How many million euros had the Orrin Bridge repair cost by 4 August 2026?"
FILLER = " ".join(f"Word{n} stands here." for n in range(60))


def judged(setting: str = "open_book", **changes):
    key = changes.pop("key", number("4.2"))
    return case(QUOTE, ASKED, key, setting=setting, **changes)


def older(text: str, n_others: int = 0):
    told = [dated(text, "2025-11-02", 1, url="https://lull.example/1")] if text else []
    others = [
        dated(f"Nothing happened on day {n}.", "2025-10-01", n, url=f"https://lull.example/o{n}")
        for n in range(n_others)
    ]
    return lambda: iter([*told, *others])


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        pytest.param("The Orrin Bridge is to be mended for 4.2 million.", "fail", id="told before"),
        pytest.param(
            "The Orrin Bridge is to be mended for 3.1 million.", "pass", id="another value"
        ),
        pytest.param(
            "The Lull Bridge is to be mended for 4.2 million.", "pass", id="another bridge"
        ),
        pytest.param(f"The Orrin Bridge is old. {FILLER} 4.2 people came.", "pass", id="far apart"),
        pytest.param("", "pass", id="nothing older"),
    ],
)
def test_a_fact_that_an_older_text_tells_is_not_new(text, outcome):
    verdict = verdict_of(FirstSeen(older(text), NOW), judged())
    assert verdict.outcome == outcome
    if outcome == "pass":
        assert "not proven new" in verdict.why


@pytest.mark.parametrize(
    ("n_searched", "outcome"),
    [pytest.param(999, "unsure", id="too few"), pytest.param(1_000, "pass", id="enough")],
)
def test_without_a_passage_enough_older_texts_must_have_been_searched(n_searched, outcome):
    verdict = verdict_of(FirstSeen(older("", n_searched), NOW), judged("closed_book"))
    assert (verdict.outcome, verdict.score) == (outcome, n_searched)
    if outcome == "unsure":
        assert verdict.evidence["not_before"] > NOW.isoformat()


def test_what_asks_for_no_value_has_nothing_to_look_for():
    key = AnswerKey(answer="CANNOT BE KNOWN", kind="abstain")
    verdict = verdict_of(FirstSeen(older(QUOTE), NOW), judged(key=key, family="unanswerable"))
    assert verdict.outcome == "pass" and "no value" in verdict.why


def witness(text: str, day: str = "2026-08-05", host: str = "lull.example"):
    return dated(text, day, 7, url=f"https://{host}/7")


TELLS = "Mending the Orrin Bridge took 4.2 million euros, the county said in Lull last night."


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        pytest.param(witness(TELLS), "pass", id="another publisher in other words"),
        pytest.param(witness(TELLS, host="tarn.example"), "unsure", id="the same publisher"),
        pytest.param(witness(f"{QUOTE} So it was."), "unsure", id="a copy"),
        pytest.param(witness(TELLS, day="2026-07-25"), "unsure", id="two weeks apart"),
        pytest.param(witness(TELLS.replace("4.2", "4.4")), "unsure", id="another value"),
    ],
)
def test_without_a_passage_another_publisher_must_tell_it(other, outcome):
    verdict = verdict_of(Corroboration(lambda: [other], NOW), judged("closed_book"))
    assert verdict.outcome == outcome


def test_witnesses_that_copy_each_other_are_one():
    told = [witness(TELLS), witness(TELLS, day="2026-08-06", host="orrin.example")]
    verdict = verdict_of(Corroboration(lambda: told, NOW), judged())
    assert verdict.evidence["witnesses"] == ["lull.example"]


def test_after_two_weeks_nobody_is_waited_for():
    late = NOW + timedelta(days=14)
    assert verdict_of(Corroboration(list, late), judged("closed_book")).outcome == "fail"


def test_with_its_passage_one_publisher_is_enough_and_the_others_are_named():
    verdict = verdict_of(Corroboration(lambda: [witness(TELLS)], NOW), judged())
    assert verdict.outcome == "pass" and verdict.evidence["witnesses"] == ["lull.example"]
    assert verdict_of(Corroboration(list, NOW), judged()).outcome == "pass"
