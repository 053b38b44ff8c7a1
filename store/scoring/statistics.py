"""Intervals for scores: questions of one story stand and fall together, so stories are the unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

#: From this many stories on the t interval is right; below it is too narrow (questions.md §6.1).
MIN_STORIES = 30
#: Nearer to 0 or 1 than this a symmetric interval runs over the edge.
EDGE = 0.1
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval, all from 0 to 1.

    Attributes:
        mean: The estimate.
        low: Lower end.
        high: Upper end.
        n: Items.
        stories: Clusters they fall into.
    """

    mean: float
    low: float
    high: float
    n: int
    stories: int


def clustered_interval(scores: Sequence[float], stories: Sequence[str]) -> Interval:
    """Return the mean of scores with an interval that counts stories, not items.

    The cluster-robust standard error with C/(C-1); Student's t with C-1 degrees of freedom, or
    Wilson's interval over the effective number of items where there are few stories, the mean is
    near an edge, or all scores are equal.

    Args:
        scores: Each item's, 0 to 1, shape (n,).
        stories: Each item's story, shape (n,).

    Raises:
        ValueError: There are no scores, or not one story a score.

    Source:
        Miller, Adding Error Bars to Evals (2024); Wilson (1927).
    """
    if not scores or len(scores) != len(stories):
        raise ValueError(f"{len(scores)} scores and {len(stories)} stories; both one an item")
    n, mean = len(scores), sum(scores) / len(scores)
    sums: defaultdict[str, float] = defaultdict(float)
    for score, story in zip(scores, stories, strict=True):
        sums[story] += score - mean
    n_stories = len(sums)
    error = 0.0
    if n_stories > 1:
        spread = sum(total**2 for total in sums.values())
        error = sqrt(n_stories / (n_stories - 1) * spread) / n
    if error == 0 or n_stories < MIN_STORIES or not EDGE <= mean <= 1 - EDGE:
        effective = min(n, mean * (1 - mean) / error**2) if error else float(n_stories)
        low, high = _wilson(mean, effective)
    else:
        # scipy takes a second to import; who only compares replies never needs it.
        from scipy.stats import t

        reach = float(t.ppf((1 + LEVEL) / 2, n_stories - 1)) * error
        low, high = max(0.0, mean - reach), min(1.0, mean + reach)
    return Interval(mean, low, high, n, n_stories)


def _wilson(mean: float, n: float) -> tuple[float, float]:
    z = 1.959963984540054
    centre, scale = mean + z**2 / (2 * n), 1 + z**2 / n
    reach = z * sqrt(mean * (1 - mean) / n + z**2 / (4 * n**2))
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)
