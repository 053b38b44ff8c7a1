"""A page is trusted when its source is, and a sentence anybody may edit once it has stood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from generator.checks.source import StandingSentence, TrustedSource
from store.looks import Look
from store.records import Capture, Source, Withdrawal
from tests.generator.making import case, document, number

NOW = datetime(2026, 8, 24, 6, tzinfo=UTC)
QUOTE = "The ferry carries 412 passengers."


def source(**changes):
    fields = {
        "name": "tarn-news",
        "kind": "feed",
        "url": "https://tarn.example/feed",
        "licence": "CC-BY-4.0",
        "attribution": "Tarn News",
    }
    return Source(**(fields | changes))


def gone(name="tarn-news"):
    return {name: Withdrawal(source=name, withdrawn_at=NOW, why="the publisher asked")}


# --- the document's source ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "visits", "outcome", "why"),
    [
        pytest.param([source()], {"tarn-news": 1}, "pass", "enabled", id="a founding source"),
        pytest.param(
            [source()],
            {"tarn-news": 3, "old": 60},
            "unsure",
            "it counts from 2026-09-04 06:00 UTC",
            id="a new source waits",
        ),
        pytest.param([source()], {"tarn-news": 15, "old": 60}, "pass", "", id="past probation"),
        pytest.param([source()], {}, "unsure", "no recorded visit", id="never visited"),
        pytest.param([], {"tarn-news": 60}, "fail", "not on the list", id="not on the list"),
        pytest.param([source(enabled=False)], {"tarn-news": 60}, "fail", "disabled", id="disabled"),
    ],
)
def test_a_document_is_trusted_when_its_source_is(sources, visits, outcome, why):
    first = {name: NOW - timedelta(days=days) for name, days in visits.items()}
    verdict = TrustedSource({one.name: one for one in sources}, first, NOW, {})(document("Text."))
    assert verdict.outcome == outcome and why in verdict.why


def test_probation_is_not_tried_again_before_it_is_over():
    first = {"tarn-news": NOW - timedelta(days=3), "old": NOW - timedelta(days=60)}
    verdict = TrustedSource({"tarn-news": source()}, first, NOW, {})(document("Text."))
    assert verdict.evidence == {"not_before": "2026-09-04T06:00:00+00:00"}


def test_what_was_taken_down_is_never_used_even_when_it_is_on_the_list_again():
    check = TrustedSource({"tarn-news": source()}, {"tarn-news": NOW}, NOW, gone())
    verdict = check(document("Text."))
    assert (verdict.outcome, verdict.why) == ("fail", "tarn-news was taken down on 2026-08-24")


# --- the sentence ---------------------------------------------------------------------------


def look(hours_ago: float, text: str | None) -> Look:
    at = NOW - timedelta(hours=hours_ago)
    capture = Capture(
        sha256="0" * 64, source="tarn-news", url="https://tarn.example/", status=200,
        final_url="https://tarn.example/", content_type="", headers={}, n_bytes=1, fetched_at=at,
    )  # fmt: skip
    return Look(at=at, capture=capture, text=text)


WITH = f"Before. {QUOTE} After."
MOVED = f"More was added before.\n{QUOTE.replace(' ', '  ')}"
WITHOUT = "Before. The ferry carries 421 passengers."


OPEN = source(openly_edited=True)


def judged(*looks: Look, sources=(OPEN,), withdrawals=()):
    check = StandingSentence(
        sources={one.name: one for one in sources},
        withdrawals=dict(withdrawals),
        looks=lambda document: looks,
        now=NOW,
    )
    return check(case(QUOTE, "How many?", number("412"), text=WITH))


@pytest.mark.parametrize(
    ("looks", "outcome", "why"),
    [
        pytest.param([], "unsure", "no capture", id="never looked at"),
        pytest.param([(80, WITH)], "unsure", "counts when", id="one look proves nothing"),
        pytest.param([(80, WITH), (0, WITH)], "pass", "", id="two looks far enough apart"),
        pytest.param([(72, WITH), (0, WITH)], "pass", "", id="72 hours are enough"),
        pytest.param([(71.9, WITH), (0, WITH)], "unsure", "counts when", id="less is not"),
        pytest.param([(99, WITH), (50, MOVED), (9, MOVED)], "pass", "", id="text round it changed"),
        pytest.param([(99, WITHOUT), (80, WITH), (1, WITH)], "pass", "", id="it came later"),
        pytest.param([(99, WITH), (1, WITHOUT)], "fail", "was gone", id="it was edited away"),
        pytest.param(
            [(99, WITH), (50, WITHOUT), (1, WITH)], "unsure", "counts when", id="gone and back"
        ),
        pytest.param([(99, WITH), (1, None)], "unsure", "no text", id="the newest tells nothing"),
        pytest.param(
            [(99, WITH), (50, None), (1, WITH)], "unsure", "counts when", id="a gap in between"
        ),
        pytest.param([(99, WITH), (-1, WITH)], "unsure", "counts", id="a look yet to come"),
    ],
)
def test_a_sentence_anybody_may_edit_counts_once_it_has_stood(looks, outcome, why):
    verdict = judged(*(look(hours, text) for hours, text in looks))
    assert verdict.outcome == outcome and why in verdict.why


def test_a_held_sentence_says_when_it_can_count_and_is_not_tried_before():
    verdict = judged(look(30, WITH), look(6, WITH))
    assert "after 2026-08-26 00:00 UTC" in verdict.why
    assert verdict.evidence == {"not_before": "2026-08-26T00:00:00+00:00"}


def test_what_only_its_publisher_edits_needs_no_second_look():
    assert judged(sources=[source()]).outcome == "pass"


def test_of_a_source_nobody_knows_it_is_not_known_who_may_edit_it():
    assert judged(look(99, WITH), look(0, WITH), sources=[]).outcome == "unsure"


def test_a_sentence_of_a_source_that_was_taken_down_never_counts():
    assert judged(look(99, WITH), look(0, WITH), withdrawals=gone()).outcome == "fail"
