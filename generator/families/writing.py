"""Letting families write: one broken family never costs a document its other questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from generator.families import FAMILIES, JOINS, RULE_LANGUAGES
from generator.families.base import (
    Family,
    JoiningFamily,
    Library,
    Reading,
    Refusal,
    WritingFamily,
)
from generator.families.traits import reads_invented
from generator.invented import is_invented
from store.errors import UnseenError
from store.records import Candidate, Document


@dataclass(frozen=True)
class Written:
    """What families made of one document, or of all together."""

    candidates: tuple[Candidate, ...]
    refusals: tuple[Refusal, ...] = ()
    #: One sentence for each family that broke; the others wrote all the same.
    broken: tuple[str, ...] = ()


def write_all(document: Document, families: Sequence[Family] = FAMILIES) -> Written:
    """Let each family write from one document that nobody has read yet."""
    return write_from(Reading(document), families)


def write_from(reading: Reading, families: Sequence[Family] = FAMILIES) -> Written:
    """Let each rule family write from one document; variants are joined in pairs.

    A page that we invented is for the families that need one, and for no other.
    """
    if reading.document.language not in RULE_LANGUAGES:
        return Written(())
    families = [
        one for one in families if reads_invented(one.name) is is_invented(reading.document)
    ]
    drafts: list[Candidate | Refusal] = []
    broken: list[str] = []
    for family in families:
        siblings = tuple({one.id: one for one in drafts if isinstance(one, Candidate)}.values())
        try:
            drafts += list(family.write(reading, siblings))
        except Exception as error:
            broken.append(_broken(family, error))
    return _written(drafts, broken)


def join_all(library: Library, families: Sequence[JoiningFamily] = JOINS) -> Written:
    """Let each joining family write from all documents of the window."""
    drafts: list[Candidate | Refusal] = []
    broken: list[str] = []
    for family in families:
        joined = tuple({one.id: one for one in drafts if isinstance(one, Candidate)}.values())
        try:
            drafts += list(family.join(replace(library, joined=joined)))
        except Exception as error:
            broken.append(_broken(family, error))
    return _written(drafts, broken)


async def compose_all(
    reading: Reading, families: Sequence[WritingFamily], siblings: Sequence[Candidate]
) -> Written:
    """Let each family that has a model write from one document.

    Returns:
        The siblings, too: one that has a variant now joins its pair.
    """
    drafts: list[Candidate | Refusal] = list(siblings)
    broken: list[str] = []
    for family in families:
        try:
            drafts += await family.compose(reading, siblings)
        except Exception as error:
            broken.append(_broken(family, error))
    return _written(drafts, broken)


def _broken(family: Family | JoiningFamily | WritingFamily, error: Exception) -> str:
    why = str(error) if isinstance(error, UnseenError) else f"{type(error).__name__}: {error}"
    return f"family {family.name} could not be run: {why[:300]}"


def _written(drafts: Iterable[Candidate | Refusal], broken: Sequence[str]) -> Written:
    refusals: list[Refusal] = []
    written: dict[str, Candidate] = {}
    for draft in drafts:
        if isinstance(draft, Refusal):
            refusals.append(draft)
        else:
            written.setdefault(draft.id, draft)
    candidates, disputed = _without_disputed(list(written.values()))
    return Written(tuple(_with_pairs(candidates)), (*refusals, *disputed), tuple(broken))


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
