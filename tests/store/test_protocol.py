"""Every prompt ends in one reply protocol, whatever the right answer is."""

from __future__ import annotations

from datetime import date

import pytest

from store.protocol import REPLY_PROTOCOL, letter, render_input
from store.records import CANNOT_BE_KNOWN, FALSE_PREMISE

SHAPES = [
    {"context": context, "published": published, "choices": choices}
    for context in (None, "The ferry left.")
    for published in (None, date(2026, 8, 11))
    for choices in (None, ("yes", "no"))
]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_protocol_ends_every_prompt_once_and_in_the_same_words(shape):
    prompt = render_input("Did it leave?", **shape)
    assert prompt.endswith(f"\n\n{REPLY_PROTOCOL}")
    assert prompt.count(REPLY_PROTOCOL) == prompt.count("Question: Did it leave?") == 1


def test_the_protocol_names_both_ways_out_and_the_form_of_an_answer():
    for part in (f'"Answer: {CANNOT_BE_KNOWN}"', f'"Answer: {FALSE_PREMISE}"', "YYYY-MM-DD"):
        assert part in REPLY_PROTOCOL


def test_a_passage_comes_first_with_its_day_then_the_question_then_the_options():
    prompt = render_input(
        "Did it?", context="It left.", published=date(2026, 8, 11), choices=("yes", "no")
    )
    assert prompt.removesuffix(REPLY_PROTOCOL) == (
        "Answer from this passage alone (published 2026-08-11):\n\nIt left.\n\n"
        "Question: Did it?\n\nOptions (answer with the letter):\nA) yes\nB) no\n\n"
    )


def test_without_a_passage_no_day_is_said():
    prompt = render_input("Did it?", context=None, published=date(2026, 8, 11), choices=None)
    assert "2026" not in prompt and prompt.startswith("Question: Did it?")


def test_options_have_letters():
    assert [letter(0), letter(25)] == ["A", "Z"]
    with pytest.raises(IndexError):
        letter(26)


def test_the_title_says_which_text_it_is_in_one_line():
    title = "Ferry\n news " + "x" * 300
    prompt = render_input("Did?", context="It left.", published=None, choices=None, title=title)
    first = prompt.partition("\n")[0]
    assert first.startswith('Answer from this passage alone ("Ferry news xxx')
    assert len(first) < 250
