"""Which answers of a week stay on the server until they retire."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from generator.rotation.quotas import bin_of, largest_remainder
from generator.rotation.units import Unit


def sealed_units(
    units: Sequence[Unit], share: float, seal_ticket: Callable[[str], str]
) -> set[str]:
    """Return the ids of the units whose answers stay sealed: `share` of all, spread evenly.

    Within each family and bin of difficulty the smallest lots are sealed. A pair with two
    passages or two questions is never sealed: laid side by side, what one row lacks is the
    other's answer. Variants are sealed with their base.

    Args:
        units: What was drawn anew.
        share: Share of units to seal, 0 to 1.
        seal_ticket: Gives a unit's lot; made with a key, so that nobody else can tell.
    """
    sealable = [unit for unit in units if unit.sealable]
    # Pairs of invented pages come on top: they are no share of the week.
    n_of_base = sum(bool(unit.places) for unit in units)
    total = min(round(share * n_of_base), len(sealable))
    # Rounding each group by itself would seal none of many small ones.
    families = _grouped(sealable, lambda unit: unit.places[0])
    sealed: set[str] = set()
    for family, places in _shared_out(families, total).items():
        bins = _grouped(families[family], lambda unit: bin_of(unit.difficulty))
        for name, n in _shared_out(bins, places).items():
            ordered = sorted(bins[name], key=lambda unit: seal_ticket(unit.id))
            sealed |= {unit.id for unit in ordered[:n]}
    return sealed


def _grouped(units: Sequence[Unit], name_of: Callable[[Unit], str]) -> dict[str, list[Unit]]:
    groups: dict[str, list[Unit]] = {}
    for unit in units:
        groups.setdefault(name_of(unit), []).append(unit)
    return groups


def _shared_out(groups: dict[str, list[Unit]], total: int) -> dict[str, int]:
    return largest_remainder({name: float(len(some)) for name, some in groups.items()}, total)
