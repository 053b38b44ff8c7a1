"""The draw: which new questions a week takes, by lot within quotas and caps.

Pure: the same pool gives the same week on every machine, in whatever order it is handed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from generator.families.traits import varies
from generator.rotation.caps import DEFAULT_CAPS, Caps, Filling, Rules
from generator.rotation.quotas import bin_quotas, family_quotas
from generator.rotation.units import Unit, ticket
from store.records import Question


@dataclass(frozen=True)
class Draw:
    """What was drawn, and what was relaxed or is missing to reach the target."""

    units: tuple[Unit, ...]
    relaxed: tuple[str, ...]
    shortfall: str | None
    #: Variants that their share had no room for.
    surplus: int = 0


def draw(
    units: Sequence[Unit],
    week: str,
    target: int,
    caps: Caps = DEFAULT_CAPS,
    *,
    carried: Sequence[Unit] = (),
    apart: Collection[str] = frozenset(),
) -> Draw:
    """Choose new questions, with what is carried at most `target`, by ticket within the limits.

    Places that stay empty relax, in this order and recorded: bins of difficulty, quotas of
    families, topic, publisher; never the cap of a document. Variants come on top, by ticket, up
    to their share.

    Args:
        units: The pool.
        week: The week, which the tickets are drawn for.
        target: Base questions of the week.
        caps: What one place may give.
        carried: The anchors; they count in every cap, and the quotas share what they leave.
        apart: Sentences (as `Unit.quotes`) that prove sealed questions which live elsewhere.
    """
    supply = Counter(family for unit in units for family in unit.places)
    n_carried = sum(len(unit.places) for unit in carried)
    quotas = family_quotas(supply, max(0, target - n_carried))
    makers = {unit.maker for unit in (*units, *carried)} - {""}
    filling = Filling(target, quotas, bin_quotas(quotas), caps, apart, len(makers) > 1)
    for unit in carried:
        filling.carry(unit)
    waiting = sorted(
        (unit for unit in units if unit.places and unit.base),
        key=lambda unit: ticket(week, unit.id),
    )
    relaxed = []
    for name, rules in _steps(caps):
        before = len(filling.units)
        for unit in waiting:
            if filling.fits(unit, rules):
                filling.take(unit)
        taken = {unit.id for unit in filling.units}
        waiting = [unit for unit in waiting if unit.id not in taken]
        if name and len(filling.units) > before:
            relaxed.append(name)
    with_variants, surplus = _with_variants(filling, units, week)
    return Draw(with_variants, tuple(relaxed), _shortfall(filling, waiting, supply), surplus)


def _steps(caps: Caps) -> tuple[tuple[str, Rules], ...]:
    strict = Rules(publisher=caps.publisher)
    free_bins = replace(strict, bins=False)
    free_families = replace(free_bins, quotas=False)
    free_topics = replace(free_families, topic=False)
    return (
        ("", strict),
        ("difficulty bins", free_bins),
        ("family quotas", free_families),
        ("topic cap", free_topics),
        (
            f"publisher cap to {caps.publisher_relaxed:.0%}",
            replace(free_topics, publisher=caps.publisher_relaxed),
        ),
    )


def _with_variants(
    filling: Filling, units: Sequence[Unit], week: str
) -> tuple[tuple[Unit, ...], int]:
    """Return the units with as many variants as their share lets, and how many are left over.

    A pair of an invented page comes whole or not at all; any other variant by itself, since its
    base is there.
    """
    caps = filling.caps
    room = int(caps.variants * sum(len(unit.places) for unit in filling.units))
    lots: list[tuple[str, Unit, Sequence[Question]]] = []
    for unit in filling.units:
        of_it = [q for q in unit.questions if varies(q.family, q.pair_role)]
        lots += [(ticket(week, row.id), unit, [row]) for row in of_it]
    for unit in units:
        # Of swapped people, and of what must be told or not, one half says nothing alone.
        if not unit.places and unit.base and len(unit.questions) > 1:
            lots.append((ticket(week, unit.id), unit, unit.questions))
    kept: set[str] = set()
    surplus = 0
    whole: list[Unit] = []
    pairs: Counter[str] = Counter()
    for _, unit, rows in sorted(lots, key=lambda lot: lot[0]):
        family = "" if unit.places else min(q.family for q in rows)
        if len(rows) > room or (family and pairs[family] >= caps.invented):
            surplus += len(rows)
            continue
        room -= len(rows)
        kept |= {row.id for row in rows}
        if family:
            pairs[family] += 1
            whole.append(unit)
    with_base = [
        replace(
            unit,
            questions=tuple(
                q for q in unit.questions if q.id in kept or not varies(q.family, q.pair_role)
            ),
        )
        for unit in filling.units
    ]
    return (*with_base, *whole), surplus


def _shortfall(filling: Filling, waiting: Sequence[Unit], supply: Counter[str]) -> str | None:
    missing = filling.target - filling.count["all"]
    if missing <= 0:
        return None
    n_waiting = sum(len(unit.places) for unit in waiting)
    return (
        f"{filling.count['all']} of {filling.target} places filled: {sum(supply.values())} "
        f"questions passed every check, and {n_waiting} of them would break the cap of a document "
        "or publisher"
    )
