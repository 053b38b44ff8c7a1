"""Sentences and passages by offsets: no character is changed on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.passages import PASSAGE_WORDS, paragraphs, passage_around, sentences, shown
from tests.generator.making import document


@given(st.text(alphabet="ab .!?\n\t“”é3²U", min_size=1, max_size=200).filter(str.strip))
def test_every_offset_gives_its_sentence_back(text):
    made = document(text)
    for sentence in sentences(made):
        assert sentence.span.of(text) == sentence.text == sentence.text.strip()
        assert sentence.paragraph.start <= sentence.span.start
        assert sentence.span.end <= sentence.paragraph.end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("One is. Two is.", ["One is.", "Two is."], id="two sentences"),
        pytest.param("The U.S. Navy left.", ["The U.S. Navy left."], id="the stop of U.S."),
        pytest.param("Dr. Falk left.", ["Dr. Falk left."], id="a title"),
        pytest.param("It cost 4.2 crowns.", ["It cost 4.2 crowns."], id="a decimal point"),
        pytest.param("One\nTwo", ["One", "Two"], id="a line ends a sentence"),
        pytest.param("A mill. A mill.", ["A mill.", "A mill."], id="the same twice, in order"),
    ],
)
def test_where_sentences_end(text, expected):
    found = sentences(document(text))
    assert [one.text for one in found] == expected
    assert sorted(one.span.start for one in found) == [one.span.start for one in found]


def test_a_wall_of_text_holds_no_sentence():
    assert sentences(document("a " * 2_100)) == ()


def test_paragraphs_are_the_lines_that_hold_something():
    text = "  One\n\n \tTwo "
    assert [span.of(text) for span in paragraphs(text)] == ["One", "Two"]


def test_a_passage_is_whole_paragraphs_around_the_sentence():
    lines = [f"Line {n} " + "word " * 30 + "ends." for n in range(20)]
    made = document("\n".join(lines))
    sentence = sentences(made)[10]
    spans = passage_around(made, sentence)
    passage = shown(made, spans)
    assert lines[10] in passage
    assert all(line in lines for line in passage.split("\n"))
    assert PASSAGE_WORDS <= len(passage.split()) < PASSAGE_WORDS + 40


def test_a_short_document_is_its_own_passage():
    made = document("One is.\nTwo is.")
    assert shown(made, passage_around(made, sentences(made)[0])) == made.text
