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
from store.errors import UnseenError
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
    #: One sentence for each family that broke on this document; the others wrote all the same.
    broken: tuple[str, ...] = ()


def write_all(document: Document, families: Sequence[Family] = FAMILIES) -> Written:
    """Let each family write from one document; variants are joined in pairs."""
    reading = Reading(document)
    written: dict[str, Candidate] = {}
    refusals: list[Refusal] = []
    broken: list[str] = []
    for family in families:
        if family in FAMILIES and document.language not in RULE_LANGUAGES:
            continue
        try:
            drafts = list(family.write(reading, tuple(written.values())))
        except Exception as error:
            # One broken family must not cost the document its other questions.
            why = (
                str(error) if isinstance(error, UnseenError) else f"{type(error).__name__}: {error}"
            )
            broken.append(f"family {family.name} could not be run: {why[:300]}")
            continue
        for draft in drafts:
            if isinstance(draft, Refusal):
                refusals.append(draft)
            else:
                written.setdefault(draft.id, draft)
    candidates, disputed = _without_disputed(list(written.values()))
    return Written(tuple(_with_pairs(candidates)), tuple(refusals + disputed), tuple(broken))


def _without_disputed(candidates: list[Candidate]) -> tuple[list[Candidate], list[Refusal]]:
    """Leave out questions to which the document gives two answers, with their variants."""
    answers: dict[str, set[str]] = {}
    for one in candidates:
        if one.key.kind not in ("abstain", "premise"):
            answers.setdefault(one.question, set()).add(one.key.answer)
    gone = {c.id for c in candidates if len(answers.get(c.question, ())) > 1}
    pairs = {"p_" + name.removeprefix("c_") for name in gone}
    kept = [c for c in candidates if c.id not in gone and c.pair not in pairs]
    refusals = [
        Refusal(c.family, f"the document answers it in two ways: {c.question}")
        for c in candidates
        if c.id in gone
    ]
    return kept, refusals


def _with_pairs(candidates: list[Candidate]) -> list[Candidate]:
    """Give each base that has variants the pair id they carry."""
    pairs = {c.pair for c in candidates if c.pair and c.pair_role != "base"}
    return [
        c.model_copy(update={"pair": pair, "pair_role": "base"})
        if c.pair is None and (pair := "p_" + c.id.removeprefix("c_")) in pairs
        else c
        for c in candidates
    ]
