"""noisy – the same question as a hurried person types it; one kind of noise a row.

Needs a base question. Written by seeded rules (`noise.py`): slips of neighbouring keys, lost case
and punctuation, filler, spelling by ear, an irrelevant clause, a wrong reference, a harmless wrong
instruction that the next sentence takes back. Answer, passage and evidence are the base's; the
role in the pair is the kind of noise.

Bad: a lost or new name, number, day, unit, bound or negation; a slip that makes another word; a
reference that the reader must take for granted (it would be a false premise).

Invented example: "How many million euros had the Orrin Bridge repair cost by 4 August 2026?" ->
"I think it is in the chart below: how many million euros had the Orrin Bridge repair cost by 4
August 2026?"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from generator.families.base import variant
from generator.families.noise import KINDS
from generator.families.varying import Varying
from generator.lots import asked_as, lot
from store.records import Candidate, Document

#: A noisy question longer than this is a letter (check 5).
_MAX_LENGTH = 400


@dataclass(frozen=True)
class Noisy(Varying):
    """Set one kind of noise on a share of the questions."""

    #: With closed twins, injected rows and pairs of invented pages it comes to about 35 % of the
    #: week's base questions (questions.md §1, judgement).
    share: float = 0.10

    name: ClassVar[str] = "noisy"
    version: ClassVar[int] = 2

    def vary(self, base: Candidate, document: Document) -> Candidate | None:
        """Return the base with the first kind of noise that its lot draws and that takes hold."""
        seed = f"{self.name}/{asked_as(base)}"
        for kind in sorted(KINDS, key=lambda one: lot(f"{seed}/{one}")):
            question = KINDS[kind](base.question, f"{seed}/{kind}")
            if question is not None and len(question) <= _MAX_LENGTH:
                return variant(base, self, kind, question=question)
        return None
