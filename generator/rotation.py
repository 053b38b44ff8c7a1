"""Which questions a week takes: quotas, caps, a draw by hash, and which answers are sealed.

Pure: the same pool gives the same week on every machine, in whatever order it is handed over.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from generator.families.traits import (
    AS_BASE,
    CLOSED_BOOK,
    TRAITS,
    VARIANT_SHARE,
    reads_invented,
    varies,
)
from store.records import BASE_ROLES, Question

#: Roles that only repeat their base, in another order or for an earlier day: they need no place of
#: their own.
_FREE_ROLES = frozenset({"swap_order", "earlier"})


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
    variants: float = VARIANT_SHARE
    invented: int = 10


@dataclass(frozen=True)
class Unit:
    """Questions that are drawn, sealed and retired together: a pair, or one alone."""

    id: str
    questions: tuple[Question, ...]
    document_id: str
    publisher: str
    #: The document's story; its own document when nobody copied it.
    story: str = ""

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
    def has_base(self) -> bool:
        """Whether the question is there that the others vary: alone they mean nothing."""
        return any(q.pair_role is None or q.pair_role in BASE_ROLES for q in self.questions)

    @property
    def quotes(self) -> frozenset[str]:
        """The sentences that prove its questions."""
        return frozenset(f"quote {self.document_id} {q.evidence}" for q in self.questions)

    @property
    def topic(self) -> str:
        """Its topic."""
        return self.questions[0].topic


@dataclass(frozen=True)
class Draw:
    """What was drawn, and what was relaxed or is missing to reach the target."""

    units: tuple[Unit, ...]
    relaxed: tuple[str, ...]
    shortfall: str | None
    #: Variants that their share had no room for.
    surplus: int = 0


@dataclass
class _Week:
    """A week while it is being filled."""

    target: int
    quotas: Mapping[str, int]
    caps: Caps
    units: list[Unit] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    def fits(self, unit: Unit, *, quota: bool, topic: bool, publisher: float) -> bool:
        """Whether the unit breaks no cap that is in force."""
        places = unit.places
        if self.count["all"] + len(places) > self.target:
            return False
        document = self.count[f"document {unit.document_id}"] + len(places)
        families = Counter(places)
        if document > self.caps.per_document or any(
            self.count[f"document {unit.document_id} {family}"] + n > self.caps.per_document_family
            for family, n in families.items()
        ):
            return False
        if self.count[f"story {unit.story}"] + len(places) > self.caps.per_story and unit.story:
            return False
        if any(self.count[quote] >= self.caps.per_quote for quote in unit.quotes):
            return False
        if quota and any(
            self.count[f"family {family}"] + n > self.quotas.get(family, 0)
            for family, n in families.items()
        ):
            return False
        if (
            topic
            and self.count[f"topic {unit.topic}"] + len(places) > self.caps.topic * self.target
        ):
            return False
        of_publisher = self.count[f"publisher {unit.publisher}"] + len(places)
        return of_publisher <= publisher * self.target

    def take(self, unit: Unit) -> None:
        """Add the unit."""
        self.units.append(unit)
        self.count.update(unit.quotes)
        for family in unit.places:
            for name in (
                "all",
                f"family {family}",
                f"document {unit.document_id}",
                f"story {unit.story}",
                f"document {unit.document_id} {family}",
                f"topic {unit.topic}",
                f"publisher {unit.publisher}",
            ):
                self.count[name] += 1


def units_of(
    questions: Sequence[tuple[Question, str]],
    publisher_of: Callable[[Question], str],
    stories: Mapping[str, str] = MappingProxyType({}),
) -> list[Unit]:
    """Join questions into units by pair; each comes with its document's id.

    Args:
        questions: Each with the document its evidence stands in.
        publisher_of: Who published a question's source.
        stories: The story of each document, where documents copy one another.
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
        )
        for name, members in sorted(groups.items())
    ]


def largest_remainder(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Split `total` places by shares: floors first, the rest to the largest fractions.

    >>> largest_remainder({"a": 0.5, "b": 0.3, "c": 0.2}, 7)
    {'a': 4, 'b': 2, 'c': 1}
    """
    whole = sum(shares.values())
    if not whole:
        return dict.fromkeys(shares, 0)
    exact = {name: total * share / whole for name, share in shares.items()}
    places = {name: int(value) for name, value in exact.items()}
    by_fraction = sorted(exact, key=lambda name: (places[name] - exact[name], name))
    for name in by_fraction[: total - sum(places.values())]:
        places[name] += 1
    return places


def ticket(week: str, unit_id: str) -> str:
    """Return the lot that a unit draws in a week."""
    return hashlib.sha256(f"{week}/{unit_id}".encode()).hexdigest()


def draw(units: Sequence[Unit], week: str, target: int, caps: Caps = Caps()) -> Draw:
    """Choose at most `target` questions, by ticket within quotas and caps.

    Places that stay empty relax, in this order and recorded: quota, topic, publisher; never
    the cap of a document. Variants come on top, by ticket, up to their share.
    """
    supply = Counter(family for unit in units for family in unit.places)
    quotas = largest_remainder({f: TRAITS[f].share for f in sorted(supply)}, target)
    filling = _Week(target, quotas, caps)
    waiting = sorted(
        (unit for unit in units if unit.places and unit.has_base),
        key=lambda unit: ticket(week, unit.id),
    )
    relaxed = []
    steps: tuple[tuple[str, dict[str, float | bool]], ...] = (
        ("", {"quota": True, "topic": True, "publisher": caps.publisher}),
        ("family quotas", {"quota": False, "topic": True, "publisher": caps.publisher}),
        ("topic cap", {"quota": False, "topic": False, "publisher": caps.publisher}),
        (
            f"publisher cap to {caps.publisher_relaxed:.0%}",
            {"quota": False, "topic": False, "publisher": caps.publisher_relaxed},
        ),
    )
    for name, rules in steps:
        before = len(filling.units)
        for unit in waiting:
            if filling.fits(unit, **rules):  # type: ignore[arg-type]
                filling.take(unit)
        taken = {unit.id for unit in filling.units}
        waiting = [unit for unit in waiting if unit.id not in taken]
        if name and len(filling.units) > before:
            relaxed.append(name)
    with_variants, surplus = _with_variants(filling, units, week)
    return Draw(with_variants, tuple(relaxed), _shortfall(filling, waiting, supply), surplus)


def _with_variants(
    filling: _Week, units: Sequence[Unit], week: str
) -> tuple[tuple[Unit, ...], int]:
    """Return the units with as many variants as their share lets, and how many are left over.

    A pair of an invented page comes whole or not at all; any other variant by itself, since its
    base is there.
    """
    caps = filling.caps
    room = int(caps.variants * filling.count["all"])
    lots: list[tuple[str, Unit, Sequence[Question]]] = []
    for unit in filling.units:
        of_it = [q for q in unit.questions if varies(q.family, q.pair_role)]
        lots += [(ticket(week, row.id), unit, [row]) for row in of_it]
    for unit in units:
        # Of swapped people, and of what must be told or not, one half says nothing alone.
        if not unit.places and unit.has_base and len(unit.questions) > 1:
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


def _shortfall(filling: _Week, waiting: Sequence[Unit], supply: Counter[str]) -> str | None:
    missing = filling.target - filling.count["all"]
    if missing <= 0:
        return None
    n_waiting = sum(len(unit.places) for unit in waiting)
    return (
        f"{filling.count['all']} of {filling.target} places filled: {sum(supply.values())} "
        f"questions passed every check, and {n_waiting} of them would break the cap of a document "
        "or publisher"
    )


def sealed_units(
    units: Sequence[Unit], share: float, seal_ticket: Callable[[str], str]
) -> set[str]:
    """Return the ids of the units whose answers stay sealed: `share` of all, spread over families.

    A pair with two passages or two questions is never sealed: laid side by side, what one row
    lacks is the other's answer. Variants are sealed with their base.

    Args:
        units: What was drawn.
        share: Share of units to seal, 0 to 1.
        seal_ticket: Gives a unit's lot; made with a key, so that nobody else can tell.
    """
    families: dict[str, list[Unit]] = {}
    sealable = [unit for unit in units if unit.sealable]
    for unit in sealable:
        families.setdefault(unit.places[0], []).append(unit)
    # Pairs of invented pages come on top: they are no share of the week.
    n_of_base = sum(bool(unit.places) for unit in units)
    # Rounding each family by itself would seal none of many small ones.
    sizes = {family: float(len(members)) for family, members in families.items()}
    places = largest_remainder(sizes, min(round(share * n_of_base), len(sealable)))
    sealed: set[str] = set()
    for family, members in families.items():
        ordered = sorted(members, key=lambda unit: seal_ticket(unit.id))
        sealed |= {unit.id for unit in ordered[: places[family]]}
    return sealed
