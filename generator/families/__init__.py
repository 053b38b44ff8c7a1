"""Question families: one file each, one line in `FAMILIES`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.families.base import Family, Reading, Refusal
from generator.families.comparison import Comparison
from generator.families.date import DateOf
from generator.families.entity import Entity
from generator.families.false_premise import FalsePremise
from generator.families.number import Number
from generator.families.unanswerable import Unanswerable
from generator.families.version import Version
from store.records import Candidate, Document

#: The rule families, in the order they write: the last two make twins of the others' questions.
FAMILIES: tuple[Family, ...] = (
    Number(),
    DateOf(),
    Entity(),
    Version(),
    Comparison(),
    Unanswerable(),
    FalsePremise(),
)

#: Rules know English only; other languages wait for a writer that is a model.
RULE_LANGUAGES = frozenset({"en"})


@dataclass(frozen=True)
class Written:
    """What all families made of one document."""

    candidates: tuple[Candidate, ...]
    refusals: tuple[Refusal, ...]


def write_all(document: Document, families: Sequence[Family] = FAMILIES) -> Written:
    """Let each family write from one document; variants are joined in pairs."""
    reading = Reading(document)
    written: dict[str, Candidate] = {}
    refusals: list[Refusal] = []
    for family in families:
        if family in FAMILIES and document.language not in RULE_LANGUAGES:
            continue
        for draft in list(family.write(reading, tuple(written.values()))):
            if isinstance(draft, Refusal):
                refusals.append(draft)
            else:
                written.setdefault(draft.id, draft)
    return Written(tuple(_with_pairs(list(written.values()))), tuple(refusals))


def _with_pairs(candidates: list[Candidate]) -> list[Candidate]:
    """Give each base that has variants the pair id they carry."""
    pairs = {c.pair for c in candidates if c.pair and c.pair_role != "base"}
    return [
        c.model_copy(update={"pair": pair, "pair_role": "base"})
        if c.pair is None and (pair := "p_" + c.id.removeprefix("c_")) in pairs
        else c
        for c in candidates
    ]
