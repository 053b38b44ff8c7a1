"""25 difficulty: an estimate that never stops anything."""

from __future__ import annotations

from generator.checks.difficulty import Difficulty
from tests.generator.making import case, number

QUOTE = "The Tarn Mill sold 340 ropes in Brell."
ASKED = "How many ropes did the Tarn Mill sell in Brell?"


def score(**changes):
    verdict = Difficulty()(case(QUOTE, ASKED, number("340"), **changes))
    assert verdict.outcome == "pass" and 0 <= verdict.score <= 1
    return verdict.score


def test_rivals_and_levels_make_it_harder():
    rivals = QUOTE + " It bought 12 boats, 14 anchors and 30 nets for 900 crowns."
    assert score() < score(text=rivals) < score(text=rivals, level=2)


def test_it_never_leaves_the_scale():
    many = QUOTE + " It has" + "".join(f" {n} nets," for n in range(2, 60))
    assert score(text=many, level=3, family="false_premise") == 1.0
