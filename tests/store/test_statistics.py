"""Intervals over stories, by the worked examples of questions.md §6.1."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from store.scoring.statistics import clustered_interval


def told(*groups):
    scores = [float(x) for group in groups for x in group]
    return clustered_interval(scores, [f"s{n}" for n, group in enumerate(groups) for _ in group])


def test_few_stories_take_wilson_over_the_effective_number():
    found = told((1, 1, 1), (1, 0, 1), (0, 0), (1, 1), (0, 1, 0))
    assert (round(found.mean, 4), found.n, found.stories) == (0.6154, 13, 5)
    assert (round(found.low, 3), round(found.high, 3)) == (0.293, 0.861)


def test_all_right_counts_stories():
    found = told((1, 1, 1), (1, 1, 1), (1, 1), (1, 1), (1, 1, 1))
    assert (round(found.low, 3), found.high) == (0.566, 1.0)


def test_many_stories_of_one_item_are_nearly_the_plain_interval():
    found = told(*[(n % 2,) for n in range(200)])
    assert (found.mean, round(found.low, 2), round(found.high, 2)) == (0.5, 0.43, 0.57)


ROWS = some.tuples(some.sampled_from([0.0, 0.5, 1.0]), some.integers(0, 40))


@given(some.lists(ROWS, min_size=1))
def test_the_mean_lies_inside_and_the_order_does_not_matter(rows):
    def of(order):
        return clustered_interval([x for x, _ in order], [str(c) for _, c in order])

    found, other = of(rows), of(rows[::-1])
    assert -1e-9 <= found.low <= found.mean + 1e-9 and found.mean <= found.high + 1e-9 <= 1 + 2e-9
    assert (found.low, found.high) == pytest.approx((other.low, other.high))


@pytest.mark.parametrize("scores, stories", [([], []), ([1.0], [])])
def test_what_is_no_set_of_scores_is_refused(scores, stories):
    with pytest.raises(ValueError, match="both one an item"):
        clustered_interval(scores, stories)


def test_in_simulated_worlds_the_interval_holds_the_truth_as_often_as_it_says():
    rng = random.Random(17)
    hits, worlds, truth = 0, 600, 0.62
    for _ in range(worlds):
        scores, stories = [], []
        for story in range(60):
            # A story's own difficulty around the truth: its items are alike.
            chance = truth + rng.choice((-0.25, 0.25))
            for _ in range(rng.randrange(1, 4)):
                scores.append(float(rng.random() < chance))
                stories.append(str(story))
        found = clustered_interval(scores, stories)
        hits += found.low <= truth <= found.high
    assert 0.93 <= hits / worlds <= 0.97
