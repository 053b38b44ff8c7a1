"""The questions of one week, ready to serve: each row the file's own bytes, indexed by id."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from store.errors import NotFound

#: Columns that rows are filtered and counted by; a sealed row has no `family`.
FACETS = ("topic", "family", "setting", "language")


@dataclass(frozen=True)
class Entry:
    """One row: its bytes and the columns it is chosen by."""

    id: str
    line: bytes
    sealed: bool
    facets: Mapping[str, str]
    published_at: datetime
    #: Licence and attribution of the source.
    terms: tuple[str, str]


@dataclass(frozen=True)
class Wanted:
    """Which rows somebody asks for; None and empty ask for all."""

    facets: Mapping[str, str]
    published_after: datetime | None = None
    ids: Collection[str] = ()

    def takes(self, entry: Entry) -> bool:
        """Whether the row is among those asked for."""
        return (
            all(entry.facets.get(name) == value for name, value in self.facets.items())
            and (self.published_after is None or entry.published_at > self.published_after)
            and (not self.ids or entry.id in self.ids)
        )


@dataclass(frozen=True)
class WeekRows:
    """Rows of one week by id, open and sealed together, with the counts a page shows."""

    entries: tuple[Entry, ...]
    places: Mapping[str, int]
    counts: Mapping[str, Mapping[str, int]]
    terms: Mapping[tuple[str, str], int]

    def get(self, question_id: str) -> Entry:
        """Return one row.

        Raises:
            NotFound: The week does not carry the question.
        """
        if question_id not in self.places:
            raise NotFound("question", question_id)
        return self.entries[self.places[question_id]]

    def page(self, wanted: Wanted, after: str, limit: int) -> tuple[list[Entry], bool]:
        """Return the first `limit` rows asked for past the id `after`, and whether more follow."""
        found: list[Entry] = []
        for entry in self.entries[bisect_right(self.entries, after, key=lambda row: row.id) :]:
            if wanted.takes(entry):
                if len(found) == limit:
                    return found, True
                found.append(entry)
        return found, False


def read_rows(questions: bytes, sealed: bytes) -> WeekRows:
    """Index the lines of `questions.jsonl` and `sealed.jsonl`."""
    entries = sorted(
        [_entry(line, sealed=False) for line in questions.splitlines()]
        + [_entry(line, sealed=True) for line in sealed.splitlines()],
        key=lambda entry: entry.id,
    )
    return WeekRows(
        entries=tuple(entries),
        places={entry.id: place for place, entry in enumerate(entries)},
        counts={
            name: Counter(sorted(e.facets[name] for e in entries if name in e.facets))
            for name in FACETS
        },
        terms=dict(Counter(sorted(entry.terms for entry in entries)).most_common()),
    )


def _entry(line: bytes, *, sealed: bool) -> Entry:
    row = json.loads(line)
    return Entry(
        id=row["id"],
        line=line,
        sealed=sealed,
        facets={name: row[name] for name in FACETS if row.get(name) is not None},
        published_at=datetime.fromisoformat(row["source_published_at"]),
        terms=(row["attribution"], row["source_licence"]),
    )
