"""The score of a set of replies: what counts, what is left out, and how sure one can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from store.records import Question
from store.scoring.answers import same_answer
from store.scoring.statistics import Interval, clustered_interval


@dataclass(frozen=True)
class Score:
    """What replies to base questions came to.

    Attributes:
        accuracy: The headline, with its interval; None where no question counts.
        right: Questions answered right.
        abstained: Replies that say it cannot be known, where it can.
        unreadable: Replies without an answer in them.
        missing: Questions without a reply; they count as wrong.
        left_out: Questions that errata took out of scoring, by id.
    """

    accuracy: Interval | None
    right: int
    abstained: int
    unreadable: int
    missing: int
    left_out: tuple[str, ...]


def score(
    questions: Sequence[Question], replies: Mapping[str, str], out: Collection[str] = frozenset()
) -> Score:
    """Score replies to base questions; the same replies score anew when errata come in.

    Args:
        questions: The base questions of one release.
        replies: Each question's reply, by its id; whole, as the model gave it.
        out: Questions that no score may count (`store.errata.out_of_scoring`).
    """
    counted = [question for question in questions if question.id not in out]
    verdicts = [
        same_answer(replies[one.id], one.key, one.question) if one.id in replies else "missing"
        for one in counted
    ]
    counts = Counter(verdicts)
    accuracy = None
    if counted:
        points = [float(verdict == "right") for verdict in verdicts]
        accuracy = clustered_interval(points, [one.cluster for one in counted])
    return Score(
        accuracy=accuracy,
        right=counts["right"],
        abstained=counts["abstained"],
        unreadable=counts["unreadable"],
        missing=counts["missing"],
        left_out=tuple(sorted({one.id for one in questions} & set(out))),
    )
