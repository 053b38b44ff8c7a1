"""The families that a model writes, by the roles that are filled."""

from __future__ import annotations

from datetime import date

from generator.desk import Desks
from generator.families.base import WritingFamily
from generator.families.fact import Fact
from generator.families.paraphrase import Paraphrase


def writing_families(desks: Desks, today: date, cutoff: date) -> tuple[WritingFamily, ...]:
    """Return the families that can be written with these models."""
    families: list[WritingFamily] = []
    if desks.writer:
        families.append(Fact(desks.writer, today, cutoff))
    if desks.paraphraser:
        families.append(Paraphrase(desks.paraphraser))
    return tuple(families)
