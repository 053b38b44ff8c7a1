"""Anchors: sealed questions of earlier weeks that a week carries on, to link weeks by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from generator.rotation.caps import DEFAULT_CAPS, Caps, Filling, Rules
from generator.rotation.quotas import bin_quotas, family_quotas
from generator.rotation.units import Unit, ticket

#: A sealed item may be an anchor this many weeks after its first one, at most (questions.md §5).
MAX_AGE_WEEKS = 5
#: Share of a week's target that is carried, and its least (questions.md §5).
ANCHOR_SHARE, MIN_ANCHORS = 0.2, 20
#: Of a small week the least would leave nothing new; judgement.
MAX_ANCHOR_SHARE = 0.4


@dataclass(frozen=True)
class Alive:
    """A sealed unit that an earlier week released first.

    Attributes:
        unit: Its questions, all of which that week sealed.
        first_release: That week.
        age_weeks: How many weeks ago.
        held: Whether it is disputed, or rests on a document that is in doubt.
    """

    unit: Unit
    first_release: str
    age_weeks: int
    held: bool = False

    def of_story(self, story: str) -> Alive:
        """Return it with its story, which is known once all documents are compared."""
        return replace(self, unit=replace(self.unit, story=story))


def n_anchors(target: int) -> int:
    """Return how many places of a week of `target` are for anchors.

    >>> [n_anchors(200), n_anchors(60), n_anchors(10)]
    [40, 20, 4]
    """
    return min(max(MIN_ANCHORS, round(ANCHOR_SHARE * target)), int(MAX_ANCHOR_SHARE * target))


def choose_anchors(
    alive: Sequence[Alive], week: str, target: int, caps: Caps = DEFAULT_CAPS
) -> list[Alive]:
    """Choose what a week carries on: the same number of each age, spread like the set.

    Quotas of families and bins are filled by ticket, youngest first; places they leave are
    filled by ticket alone, never beyond a cap. Early weeks have few that are old enough, and
    carry fewer.

    Args:
        alive: Every sealed unit that is not retired.
        week: The week that carries them.
        target: Base questions of the week.
        caps: What one place may give.
    """
    total = n_anchors(target)
    usable = sorted(
        (one for one in alive if not one.held and one.unit.places),
        key=lambda one: ticket(week, one.unit.id),
    )
    quotas = family_quotas((family for one in usable for family in one.unit.places), total)
    filling = Filling(target, quotas, bin_quotas(quotas), caps)
    chosen: list[Alive] = []
    for age in range(1, MAX_AGE_WEEKS + 1):
        room = min(ceil(total / MAX_AGE_WEEKS), total - filling.count["all"])
        chosen += _of_age([one for one in usable if one.age_weeks == age], room, filling)
    return chosen


def _of_age(waiting: Sequence[Alive], room: int, filling: Filling) -> list[Alive]:
    strict = Rules(publisher=filling.caps.publisher)
    taken: list[Alive] = []
    for rules in (strict, replace(strict, bins=False), replace(strict, bins=False, quotas=False)):
        for one in waiting:
            n = len(one.unit.places)
            if one not in taken and n <= room and filling.fits(one.unit, rules):
                filling.take(one.unit)
                taken.append(one)
                room -= n
    return taken
