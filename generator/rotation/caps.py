"""How much of a week one document, story, topic, publisher or writer may give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from generator.families.traits import VARIANT_SHARE
from generator.rotation.quotas import Bin, bin_of
from generator.rotation.units import Unit


@dataclass(frozen=True)
class Caps:
    """How much of a week one place may give (questions.md §5).

    Attributes:
        per_document: Items of one document; a design effect of 1.2 comes with about two.
        per_document_family: Items of one document and family.
        per_story: Items of documents that copy one another.
        per_quote: Units of one sentence: two would answer each other.
        topic: Largest share of one topic.
        publisher: Largest share of one publisher, and the share it may be relaxed to.
        writer: Largest share of one maker's models, where two or more wrote.
        variants: Rows that only vary others, as a share of the base questions, on top of them.
        invented: Pairs of one family of invented pages (judgement, §1).
    """

    per_document: int = 3
    per_document_family: int = 1
    per_story: int = 4
    per_quote: int = 1
    topic: float = 0.30
    publisher: float = 0.20
    publisher_relaxed: float = 0.35
    writer: float = 0.50
    variants: float = VARIANT_SHARE
    invented: int = 10


DEFAULT_CAPS = Caps()


@dataclass(frozen=True)
class Rules:
    """Which limits are in force while places are filled; those of a document always are."""

    bins: bool = True
    quotas: bool = True
    topic: bool = True
    publisher: float = Caps.publisher


@dataclass
class Filling:
    """A week while it is being filled.

    Attributes:
        target: Base questions it may hold, those that are carried among them.
        quotas: Places of each family among the new ones.
        bins: Of them, places of each difficulty.
        caps: What one place may give.
        apart: Sentences that prove living sealed questions elsewhere; nothing rests on them.
        writers_share: Whether two or more makers' models wrote, so that none may have most.
    """

    target: int
    quotas: Mapping[str, int]
    bins: Mapping[tuple[str, Bin], int]
    caps: Caps
    apart: Collection[str] = frozenset()
    writers_share: bool = False
    units: list[Unit] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    def fits(self, unit: Unit, rules: Rules) -> bool:
        """Whether the unit breaks no limit that is in force."""
        caps, places = self.caps, unit.places
        if any(quote in self.apart or self.count[quote] >= caps.per_quote for quote in unit.quotes):
            return False
        if any(
            self.count[name] + n > self._limit(name, rules) for name, n in _counted(unit).items()
        ):
            return False
        families = Counter(places)
        if rules.quotas and any(
            self.count[f"new {family}"] + n > self.quotas.get(family, 0)
            for family, n in families.items()
        ):
            return False
        name = bin_of(unit.difficulty)
        return not rules.bins or all(
            self.count[f"new {family} {name}"] + n <= self.bins.get((family, name), 0)
            for family, n in families.items()
        )

    def carry(self, unit: Unit) -> None:
        """Count a unit of an earlier week: it has its places, and takes none of the quotas."""
        self.count.update(unit.quotes)
        self.count.update(_counted(unit))

    def take(self, unit: Unit) -> None:
        """Add a new unit."""
        self.carry(unit)
        self.units.append(unit)
        name = bin_of(unit.difficulty)
        for family in unit.places:
            self.count.update((f"new {family}", f"new {family} {name}"))

    def _limit(self, name: str, rules: Rules) -> float:
        caps = self.caps
        return {
            "all": float(self.target),
            "document": caps.per_document,
            "family": caps.per_document_family,
            "story": caps.per_story,
            "topic": caps.topic * self.target if rules.topic else self.target,
            "publisher": rules.publisher * self.target,
            "writer": caps.writer * self.target if self.writers_share else self.target,
        }[name.partition(" ")[0]]


def _counted(unit: Unit) -> Counter[str]:
    """Return what the unit's places count for, by limit and name."""
    return Counter(name for family in unit.places for name in _names(unit, family))


def _names(unit: Unit, family: str) -> Iterator[str]:
    yield "all"
    yield f"document {unit.document_id}"
    yield f"family {unit.document_id} {family}"
    yield f"topic {unit.topic}"
    yield f"publisher {unit.publisher}"
    if unit.story:
        yield f"story {unit.story}"
    if unit.maker:
        yield f"writer {unit.maker}"
