"""What is true of every question of a family: one row a family, read by checks and the draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from store.records import AnswerKind


@dataclass(frozen=True)
class Traits:
    """A family's place in the week and the limits of its questions.

    Attributes:
        name: The family.
        share: Percent of a week's base questions (questions.md §1, judgement); 0 for families
            that only vary others and are compared with their base.
        kinds: The kinds of answer it may have.
        start: Where its difficulty starts, 0 to 1; judgement, until models have answered.
        names_answer: Whether the question names its answer by design.
        lines: Whether the question may run over several lines, or end without a question mark.
        invented: Whether it is asked of pages that we invented, and of no others.
    """

    name: str
    share: int
    kinds: frozenset[AnswerKind]
    start: float
    names_answer: bool = False
    lines: bool = False
    invented: bool = False


def _kinds(*names: AnswerKind) -> frozenset[AnswerKind]:
    return frozenset(names)


_EVERY_BASE: frozenset[AnswerKind] = frozenset(
    {"text", "number", "date", "duration", "version", "id", "set", "order", "choice", "json",
     "abstain", "premise"}
)  # fmt: skip

_ROWS = (
    Traits("fact", 6, _kinds("text", "version", "id", "choice"), 0.2),
    Traits("number", 8, _kinds("number", "choice"), 0.2),
    Traits("date", 6, _kinds("date", "choice"), 0.25),
    Traits("entity", 6, _kinds("text", "choice"), 0.25),
    Traits("order", 8, _kinds("order", "choice"), 0.45, names_answer=True),
    Traits("count", 6, _kinds("number"), 0.45),
    Traits("arithmetic", 12, _kinds("number", "duration", "choice"), 0.45),
    Traits("comparison", 6, _kinds("text"), 0.35, names_answer=True),
    Traits("multi_hop", 12, _kinds("text", "number", "date", "version", "choice"), 0.55),
    Traits("changed", 8, _kinds("text", "number", "date", "version"), 0.4),
    Traits("unanswerable", 8, _kinds("abstain"), 0.5, names_answer=True),
    Traits("false_premise", 6, _kinds("premise"), 0.55, names_answer=True),
    Traits("ambiguous", 4, _kinds("set"), 0.6),
    Traits("document", 4, _kinds("json"), 0.6, names_answer=True),
    # Variants: on top of the week, compared with their base.
    Traits("noisy", 0, _EVERY_BASE, 0.3, lines=True),
    Traits("paraphrase", 0, _EVERY_BASE, 0.3),
    Traits("counterfactual", 0, _kinds("text", "abstain"), 0.3, names_answer=True, invented=True),
    Traits("injected", 0, _EVERY_BASE, 0.35),
    Traits("privacy", 0, _kinds("abstain"), 0.3, invented=True),
    Traits("over_refusal", 0, _kinds("text", "number", "id"), 0.2, invented=True),
)

TRAITS: Mapping[str, Traits] = MappingProxyType({row.name: row for row in _ROWS})

#: Variants that ask what their base asks: its family's rules for the question are theirs.
AS_BASE = frozenset({"noisy", "paraphrase", "injected"})

#: A twin that shows no passage carries its base's family and this role.
CLOSED_BOOK = "closed_book"

#: Variants come on top of the base questions, at most this share of their number (§1).
VARIANT_SHARE = 0.35


def varies(family: str, role: str | None) -> bool:
    """Whether a question only varies another one: it takes no place and no part in a headline."""
    return role == CLOSED_BOOK or TRAITS[family].share == 0


def reads_invented(family: str) -> bool:
    """Whether a family asks of pages that we invented, and of no others."""
    return family in TRAITS and TRAITS[family].invented
