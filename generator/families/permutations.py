"""Options for a sequence: four orders that look alike, so that none betrays the right one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from generator.lots import ticket
from store.records import AnswerKey

#: Pairs of places to swap, one or both: applied to the key they give four orders that lie
#: equally far from each other, so the middle one is not the key more often than chance.
_SWAPS = {
    3: (((0, 1), (0, 2)), ((1, 2), (0, 2))),
    4: (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))),
}


def listed(n_events: int, salt: str) -> tuple[int, ...]:
    """Return in which order a question lists its events: any, or one option would fall away."""
    return min(permutations(range(n_events)), key=lambda one: ticket("listed", salt, str(one)))


def order_key(numbers: Sequence[int], salt: str, derivation: str) -> AnswerKey:
    """Return the key of a right order among three others, one or two swaps away.

    Args:
        numbers: The events' numbers as the question lists them, in the right order, from 1.
        salt: What the lots hang on.
        derivation: How the order follows from days.
    """
    answer = _told(numbers)
    pairs = min(_SWAPS[len(numbers)], key=lambda one: ticket("swaps", salt, str(one)))
    others = [
        _told(_swapped(numbers, pairs[:1])),
        _told(_swapped(numbers, pairs[1:])),
        _told(_swapped(numbers, pairs)),
    ]
    options = tuple(sorted([answer, *others], key=lambda one: ticket("options", salt, one)))
    return AnswerKey(
        answer=answer,
        kind="choice",
        choices=options,
        answer_index=options.index(answer),
        spec={"of": "order", "derivation": derivation},
    )


def _swapped(numbers: Sequence[int], pairs: Sequence[tuple[int, int]]) -> list[int]:
    swapped = list(numbers)
    for left, right in pairs:
        swapped[left], swapped[right] = swapped[right], swapped[left]
    return swapped


def _told(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
