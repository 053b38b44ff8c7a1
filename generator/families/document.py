"""document – rows and columns of a table or list, as JSON.

Needs a table whose rows stand in the markup and in the text alike, or the list of changes in a
release's notes. The question names the rows, the columns and their order; every cell counts.

Bad: merged cells, notes in cells, more than a dozen rows to write, a table that is not whole.

Invented example: advisories with severity -> "List the rows of the table in "Advisories of July"
of 31 July 2026 in which "score" was 7 or more, as a JSON list of {"advisory", "score"} in the
order of the table." – [{"advisory":"ADV-07","score":9}]
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from generator.families.base import Reading
from generator.families.listed import (
    MIN_HITS,
    Listing,
    Row,
    asked_of,
    changes_of,
    number_of,
    parts_of,
    quoted,
    tables_of,
)
from generator.lots import ticket
from store.records import AnswerKey, Candidate

#: Rows of an answer: more than a dozen are typing; judgement.
MAX_HITS = 12


@dataclass(frozen=True)
class DocumentTable:
    """Ask for part of a table or list, once a document."""

    name: ClassVar[str] = "document"
    version: ClassVar[int] = 1

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield at most one question about the table or list of a document."""
        for listing in (*tables_of(reading), *changes_of(reading)):
            for hits, asks, columns, derivation in (
                _of_table(listing) if listing.is_table else _of_changes(listing)
            ):
                if quoted(listing, hits):
                    spec = {"derivation": derivation}
                    key = AnswerKey(answer=_rows(listing, hits, columns), kind="json", spec=spec)
                    yield asked_of(self, listing, hits, asks, key, level=1)
                    return


Extraction = tuple[Sequence[Row], str, Sequence[int], str]


def _of_table(listing: Listing) -> Iterator[Extraction]:
    """Yield the rows that fall below a bound, with the first column and the bound's."""
    found = []
    for place, column in enumerate(listing.columns[1:], start=1):
        numbers = listing.numbers(place)
        if numbers is None:
            continue
        for cell, bound in zip(listing.column(place), numbers, strict=True):
            hits = [row for row, n in zip(listing.rows, numbers, strict=True) if n < bound]
            if MIN_HITS <= len(hits) <= MAX_HITS and len(hits) < len(listing.rows):
                first = listing.columns[0]
                asks = (
                    f'List the rows of {listing.named} in which "{column}" was less than {cell}, '
                    f'as a JSON list of {{"{first}", "{column}"}} in the order of the table, with '
                    "plain numbers."
                )
                found.append((hits, asks, (0, place), f"rows({column} < {bound})"))
    yield from sorted(found, key=lambda one: ticket("document", one[1]))


def _of_changes(listing: Listing) -> Iterator[Extraction]:
    """Yield the changes of one part of the program, with their commit and request."""
    # By another lot than counts are: two questions about one part would be one.
    found = parts_of(listing, MAX_HITS)
    for part in sorted(found, key=lambda one: ticket("count", listing.named, one), reverse=True):
        hits = [row for row in listing.rows if row.cells[1] == part]
        asks = (
            f'List the commits in {listing.named} that are marked "{part}", as a JSON list of '
            '{"commit", "pull_request"} in their order there: the ten digits of the commit, '
            "and the number after the #."
        )
        yield hits, asks, (0, 2), f"rows(part = {part})"


def _rows(listing: Listing, hits: Sequence[Row], columns: Sequence[int]) -> str:
    """Return rows as JSON: a column of numbers as numbers, every other as text."""
    numeric = {place for place in columns if listing.numbers(place) is not None} - {0}
    table = [
        {
            listing.columns[place]: _plain(row.cells[place])
            if place in numeric
            else row.cells[place]
            for place in columns
        }
        for row in hits
    ]
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"))


def _plain(cell: str) -> int | float:
    number = number_of(cell)
    return int(number) if number == number.to_integral_value() else float(number)
