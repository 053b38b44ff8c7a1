"""The same text is spelt one way, and what cannot be seen is not there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text import INVISIBLE, longest_common_run, plain, shingles, squeeze, tokens


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("“a” ‘b’ «c»", '"a" \'b\' "c"', id="quotes"),
        pytest.param("1–2—3−4‐5", "1-2-3-4-5", id="dashes and minus"),
        pytest.param("a\u200bb\u00adc\ufeff\u202ed", "abcd", id="what cannot be seen"),
        pytest.param("x\U000e0041y\u2066z", "xyz", id="tags and isolates"),
        pytest.param("ﬁ Ａ ①", "fi A 1", id="compatibility forms"),
        pytest.param("e\u0301", "é", id="composed letters"),
        pytest.param("a\u00a0b", "a b", id="spaces that do not break"),
    ],
)
def test_plain_text(given, expected):
    assert plain(given) == expected


@given(st.text())
def test_plain_text_holds_nothing_invisible_and_is_plain_already(text):
    once = plain(text)
    assert not INVISIBLE.search(once)
    assert plain(once) == once


def test_white_space_is_squeezed():
    assert squeeze(" a\n\tb\u00a0\u2003c ") == "a b c"
    assert squeeze(" \n") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Ferry’s 1,200 seats", ["the", "ferry's", "1,200", "seats"]),
        ("10:30, v3.2.1.", ["10:30", "v", "3.2.1"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("Ни\u0301на 東京", ["ни\u0301на", "東京"]),
        ("-- !?", []),
    ],
)
def test_words_and_numbers(text, expected):
    assert tokens(text) == expected


def test_runs_of_words():
    assert list(shingles("abcd", 2)) == [("a", "b"), ("b", "c"), ("c", "d")]
    assert list(shingles("abc", 3)) == [("a", "b", "c")]
    assert list(shingles("ab", 3)) == list(shingles([], 1)) == []


@pytest.mark.parametrize(
    ("left", "right", "length"),
    [("abcde", "xbcdy", 3), ("abc", "abc", 3), ("abc", "xyz", 0), ("", "a", 0), ("aab", "ab", 2),
     ("abab", "baba", 3)],
)  # fmt: skip
def test_the_longest_run_that_both_contain(left, right, length):
    assert longest_common_run(left, right) == longest_common_run(right, left) == length


@given(st.text("ab", max_size=12), st.text("ab", max_size=12))
def test_the_longest_run_is_the_longest_shared_slice(left, right):
    slices = {left[i:j] for i in range(len(left)) for j in range(i, len(left) + 1)} | {""}
    assert longest_common_run(left, right) == max(len(part) for part in slices if part in right)
