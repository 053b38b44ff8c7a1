"""count – how many rows of a table or list satisfy a condition.

Needs a table whose rows stand in the markup and in the text alike, or the list of changes in a
release's notes. The condition is a bound on a column of numbers, or the part of the program a
change is marked with; it is executed over the markup here, and over the text by check 7.

Bad: "among others" before the table, a total that the text states, merged cells, a part that is
also marked together with another.

Invented example: | ward | seats | Ash | 3 | Elm | 5 | Oak | 6 | Yew | 5 | -> "In how many rows of
the table in "Wards of Brell" of 5 August 2026 was "seats" 5 or more?" – 3
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from generator.english.quantities import amounts
from generator.families.base import Reading
from generator.families.listed import (
    MIN_HITS,
    Listing,
    Row,
    asked_of,
    changes_of,
    parts_of,
    quoted,
    tables_of,
)
from generator.lots import ticket
from store.records import AnswerKey, Candidate

#: More hits than these (questions.md §1) are no longer counted with care.
MAX_HITS = 20


@dataclass(frozen=True)
class Count:
    """Ask how many rows there are of a kind, once a document."""

    name: ClassVar[str] = "count"
    version: ClassVar[int] = 1

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield at most one question about the table or list of a document."""
        for listing in (*tables_of(reading), *changes_of(reading)):
            conditions = _bounds(listing) if listing.is_table else _parts(listing)
            for hits, asks, derivation in conditions:
                if quoted(listing, hits) and not _says(asks, len(hits)):
                    yield self._asked(listing, hits, asks, derivation)
                    return

    def _asked(
        self, listing: Listing, hits: Sequence[Row], asks: str, derivation: str
    ) -> Candidate:
        spec = {"unit_in_question": True, "tol": "0", "derivation": f"count({derivation})"}
        key = AnswerKey(answer=str(len(hits)), kind="number", spec=spec)
        return asked_of(self, listing, hits, asks, key, level=0 if listing.is_table else 1)


Condition = tuple[Sequence[Row], str, str]


def _bounds(listing: Listing) -> Iterator[Condition]:
    """Yield bounds on columns of numbers that some rows reach and some do not, by lot."""
    found = []
    for place, column in enumerate(listing.columns[1:], start=1):
        numbers = listing.numbers(place)
        if numbers is None:
            continue
        for cell, bound in zip(listing.column(place), numbers, strict=True):
            hits = [row for row, n in zip(listing.rows, numbers, strict=True) if n >= bound]
            if MIN_HITS <= len(hits) <= MAX_HITS and len(hits) < len(listing.rows):
                asks = f'In how many rows of {listing.named} was "{column}" {cell} or more?'
                found.append((hits, asks, f"{column} >= {bound}"))
    yield from sorted(found, key=lambda one: ticket("count", one[1]))


def _parts(listing: Listing) -> Iterator[Condition]:
    """Yield the parts of a program that are changed a few times, and never with another."""
    found = parts_of(listing, MAX_HITS)
    for part in sorted(found, key=lambda one: ticket("count", listing.named, one)):
        hits = [row for row in listing.rows if row.cells[1] == part]
        asks = f'How many of the commits in {listing.named} are marked "{part}"?'
        yield hits, asks, f"part = {part}"


def _says(question: str, number: int) -> bool:
    """Whether a question gives a number, in figures or in words."""
    return any(amount.value == number for amount in amounts(question))
