"""Units: what is drawn, sealed, carried and retired together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from generator.families.traits import AS_BASE, CLOSED_BOOK, reads_invented, varies
from store.records import BASE_ROLES, Question

#: Roles that only repeat their base, in another order or for an earlier day: they need no place of
#: their own.
_FREE_ROLES = frozenset({"swap_order", "earlier"})


@dataclass(frozen=True)
class Unit:
    """Questions that are drawn, sealed and retired together: a pair, or one alone."""

    id: str
    questions: tuple[Question, ...]
    document_id: str
    publisher: str
    #: The document's story; its own document when nobody copied it.
    story: str = ""
    #: Who made the model that worded it; empty where a rule did.
    maker: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """The families of its questions that need a place: variants come on top."""
        return tuple(
            q.family
            for q in self.questions
            if q.pair_role not in _FREE_ROLES and not varies(q.family, q.pair_role)
        )

    @property
    def sealable(self) -> bool:
        """Whether no row of it gives another's answer away, and nobody can compute it.

        A twin with a cut passage or a planted value would; one that says the same in other words,
        with an order of ours or without the passage does not, and is sealed with its base.
        Invented pages follow from the week's name, so their answers are no secret.
        """
        return all(
            not reads_invented(q.family)
            and (q.pair_role in {None, "base", CLOSED_BOOK} | _FREE_ROLES or q.family in AS_BASE)
            for q in self.questions
        )

    @property
    def base(self) -> Question | None:
        """The question that the others vary; without it they mean nothing."""
        return next(
            (q for q in self.questions if q.pair_role is None or q.pair_role in BASE_ROLES), None
        )

    @property
    def quotes(self) -> frozenset[str]:
        """The sentences that prove its questions, by page: an edited one keeps its address."""
        return frozenset(f"quote {q.source_url} {q.evidence}" for q in self.questions)

    @property
    def topic(self) -> str:
        """Its topic."""
        return self.questions[0].topic

    @property
    def difficulty(self) -> float:
        """That of its base, 0 (easy) to 1."""
        return (self.base or self.questions[0]).difficulty


def units_of(
    questions: Sequence[tuple[Question, str]],
    publisher_of: Callable[[Question], str],
    stories: Mapping[str, str] = MappingProxyType({}),
    maker_of: Callable[[str], str] = lambda writer: "",
) -> list[Unit]:
    """Join questions into units by pair; each comes with its document's id.

    Args:
        questions: Each with the document its evidence stands in.
        publisher_of: Who published a question's source.
        stories: The story of each document, where documents copy one another.
        maker_of: Who made the model that a writer is; empty of a rule.
    """
    groups: dict[str, list[tuple[Question, str]]] = {}
    for question, document_id in questions:
        groups.setdefault(question.pair or question.id, []).append((question, document_id))
    return [
        Unit(
            name,
            tuple(q for q, _ in sorted(members, key=lambda member: member[0].id)),
            members[0][1],
            publisher_of(members[0][0]),
            stories.get(members[0][1], ""),
            maker_of(members[0][0].writer),
        )
        for name, members in sorted(groups.items())
    ]


def ticket(week: str, unit_id: str) -> str:
    """Return the lot that a unit draws in a week."""
    return hashlib.sha256(f"{week}/{unit_id}".encode()).hexdigest()
