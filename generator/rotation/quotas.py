"""Places by share: how many of each family, and of each difficulty within it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from generator.families.traits import TRAITS

Bin = Literal["easy", "middle", "hard"]

#: Shares of easy [0, .3), middle [.3, .7) and hard questions (questions.md §5, judgement).
BIN_SHARES: Final[Mapping[Bin, float]] = {"easy": 0.2, "middle": 0.5, "hard": 0.3}
_MIDDLE_FROM, _HARD_FROM = 0.3, 0.7


def bin_of(difficulty: float) -> Bin:
    """Return the bin of a difficulty from 0 to 1.

    >>> [bin_of(0.29), bin_of(0.3), bin_of(0.7)]
    ['easy', 'middle', 'hard']
    """
    if difficulty < _MIDDLE_FROM:
        return "easy"
    return "middle" if difficulty < _HARD_FROM else "hard"


def largest_remainder(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Split `total` places by shares: floors first, the rest to the largest fractions.

    >>> largest_remainder({"a": 0.5, "b": 0.3, "c": 0.2}, 7)
    {'a': 4, 'b': 2, 'c': 1}
    """
    whole = sum(shares.values())
    if not whole:
        return dict.fromkeys(shares, 0)
    exact = {name: total * share / whole for name, share in shares.items()}
    places = {name: int(value) for name, value in exact.items()}
    by_fraction = sorted(exact, key=lambda name: (places[name] - exact[name], name))
    for name in by_fraction[: total - sum(places.values())]:
        places[name] += 1
    return places


def family_quotas(families: Iterable[str], total: int) -> dict[str, int]:
    """Split a week's places over the families that there are questions of."""
    return largest_remainder({f: TRAITS[f].share for f in sorted(set(families))}, total)


def bin_quotas(quotas: Mapping[str, int]) -> dict[tuple[str, Bin], int]:
    """Split each family's places over the bins of difficulty."""
    return {
        (family, name): n  # type: ignore[misc]
        for family, places in quotas.items()
        for name, n in largest_remainder(dict(BIN_SHARES.items()), places).items()
    }
