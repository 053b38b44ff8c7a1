"""6 quote: the evidence stands in the stored text, at its offsets, whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generator.checks.base import judge_cases
from generator.checks.quote import Quote
from store.errors import CaptureDamaged
from store.records import Span, sha256_hex
from tests.generator.making import case, number

TEXT = "The mill is old. The Tarn Mill sold 340 ropes in Brell. It is closed now."
QUOTE = "The Tarn Mill sold 340 ropes in Brell."
QUESTION = "How many ropes did the Tarn Mill sell in Brell?"


def stored(text=TEXT):
    blobs = {sha256_hex(TEXT.encode()): text.encode(), sha256_hex(b"<html>"): b"<html>"}
    return Quote(blobs.__getitem__)


def judged(check=None, **changes):
    sound = case(QUOTE, QUESTION, number("340"), text=TEXT)
    return (check or stored())(replace(sound, candidate=sound.candidate.model_copy(update=changes)))


def test_the_quote_at_its_offsets_passes():
    assert judged().outcome == "pass"


@pytest.mark.parametrize("by", [-1, 1], ids=["one to the left", "one to the right"])
def test_a_quote_shifted_by_one_character_fails(by):
    start = TEXT.index(QUOTE) + by
    verdict = judged(quote_span=Span(start=start, end=start + len(QUOTE)))
    assert verdict.outcome == "fail" and "are not the quote" in verdict.why


@pytest.mark.parametrize(
    ("part", "why"),
    [
        pytest.param("Tarn Mill sold 340 ropes in Brell.", "whole sentences", id="a lost article"),
        pytest.param("The Tarn Mill sold 340 ropes", "whole sentences", id="a lost end"),
    ],
)
def test_half_a_sentence_fails(part, why):
    start = TEXT.index(part)
    verdict = judged(quote=part, quote_span=Span(start=start, end=start + len(part)))
    assert verdict.outcome == "fail" and why in verdict.why


def test_a_quote_of_more_than_fifty_words_fails():
    long = "The mill sold " + "very " * 50 + "old ropes."
    check = Quote(lambda digest: long.encode() if digest == sha256_hex(long.encode()) else b"")
    verdict = check(case(long, QUESTION, number("340")))
    assert verdict.why == "the quote has 55 words, at most 50"


def test_a_passage_beyond_the_text_fails():
    verdict = judged(context_spans=(Span(start=0, end=len(TEXT) + 1),))
    assert verdict.why == "the passage ends after the text"


def test_a_text_that_is_not_the_stored_one_fails():
    assert judged(stored(TEXT.replace("340", "341"))).outcome == "fail"


def test_a_damaged_capture_is_unsure_and_never_a_pass():
    def damaged(digest):
        raise CaptureDamaged(digest, "its bytes have another hash")

    (verdict,) = judge_cases(Quote(damaged), [case(QUOTE, QUESTION, number("340"), text=TEXT)])
    assert verdict.outcome == "unsure"
