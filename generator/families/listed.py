"""Tables and lists of a document, row by row: as the markup has them and as the text shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import regex

from generator.families.base import Named, Reading, draft
from generator.passages import MAX_QUOTE_WORDS, Sentence, paragraphs
from store.records import AnswerKey, Candidate, Exhibit, Grid, Span

#: More rows than these make a table nobody reads for one answer (questions.md §1, document), and
#: a list longer than most windows.
MAX_TABLE_ROWS = 40
MAX_LIST_ROWS = 150
MIN_ROWS = 4
#: Rows that an answer rests on: of fewer it is a fact (questions.md §1, count).
MIN_HITS = 3
#: What is shown of a document with a table or list holds at most so many words; judgement.
MAX_WORDS = 2_500
#: A list that is not whole says so near by.
_NOT_WHOLE = regex.compile(
    r"\b(?:including|among others|among them|such as|e\.g\.|and more|and others|selected|excerpt|"
    r"the largest|the most|top \d+|some of)\b",
    regex.IGNORECASE,
)
#: A change as the notes of a release list it: mark, part of the program, what, who, request.
_CHANGE = regex.compile(
    r"^\\?\[(?P<commit>[0-9a-f]{10})\] - (?:\*\*\([A-Z][\w -]*\)\*\*\s)?\*\*(?P<part>[^*()]+)\*\*: "
    r".+\s#(?P<pull>\d+)$"
)
_RELEASE = regex.compile(r"^(?P<release>\p{Lu}[\p{L}.]*\s\d+(?:\.\d+)+)(?:\s\([\p{L}\s]+\))?$")
_NUMBER = regex.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Row:
    """One row, with the line that shows it."""

    cells: tuple[str, ...]
    line: Span


@dataclass(frozen=True)
class Listing:
    """A table, or the list of a release's changes, whose every row stands in the text once.

    Attributes:
        reading: The document.
        columns: Names of the columns; of a list of changes commit, part and pull_request.
        rows: In the order of the page.
        named: How a question names it.
        is_table: Whether it is a table.
    """

    reading: Reading
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    named: str
    is_table: bool

    def column(self, number: int) -> list[str]:
        """Return one column."""
        return [row.cells[number] for row in self.rows]

    def numbers(self, number: int) -> list[Decimal] | None:
        """Return one column as numbers; None unless every cell is one."""
        cells = self.column(number)
        return [number_of(cell) for cell in cells] if all(map(_NUMBER.fullmatch, cells)) else None

    @property
    def shown(self) -> tuple[Span, ...]:
        """What is shown: the document with a table, the list alone."""
        text = self.reading.document.text
        if self.is_table:
            return (Span(start=0, end=len(text)),)
        return (Span(start=self.rows[0].line.start, end=self.rows[-1].line.end),)


def number_of(cell: str) -> Decimal:
    """Return the number that a cell writes.

    Raises:
        InvalidOperation: It writes none.
    """
    if not _NUMBER.fullmatch(cell):
        raise InvalidOperation(cell)
    return Decimal(cell.replace(",", ""))


def tables_of(reading: Reading) -> Iterator[Listing]:
    """Yield the document's only table, if its rows stand in the text; of two, none is meant."""
    found = [grid for grid in reading.grids if grid.header]
    title = reading.document.title.strip()
    if len(found) != 1 or '"' in title or not _is_whole(reading):
        return
    lines = _lines_of(reading, found[0])
    if lines is None or not MIN_ROWS <= len(lines) <= MAX_TABLE_ROWS:
        return
    published = reading.published
    named = f'the table in "{title}" of {published.day} {published:%B %Y}'
    columns = tuple(found[0].header)
    if len(set(columns)) == len(columns) and len(set(row.cells[0] for row in lines)) == len(lines):
        yield Listing(reading, columns, lines, named, is_table=True)


def changes_of(reading: Reading) -> Iterator[Listing]:
    """Yield the list of all changes of a release, if its rows stand in the text."""
    release = _RELEASE.match(reading.document.title)
    lists = [grid for grid in reading.grids if not grid.header]
    if release is None or not lists:
        return
    longest = max(lists, key=lambda grid: len(grid.rows))
    found = [_CHANGE.match(row[0]) for row in longest.rows]
    lines = _run_of_lines(reading, [row[0] for row in longest.rows])
    if lines is None or not all(found) or not MIN_ROWS <= len(lines) <= MAX_LIST_ROWS:
        return
    rows = tuple(
        Row((change["commit"], change["part"], change["pull"]), line)
        for change, line in zip(found, lines, strict=True)
        if change is not None
    )
    commits = [row.cells[0] for row in rows]
    if len(set(commits)) == len(commits):
        named = f"the changelog of the release {release['release']}"
        yield Listing(reading, ("commit", "part", "pull_request"), rows, named, is_table=False)


def _is_whole(reading: Reading) -> bool:
    text = reading.document.text
    before = text[: text.find("\n|")].rpartition("\n")[2] if "\n|" in text else ""
    return len(text.split()) <= MAX_WORDS and not _NOT_WHOLE.search(before)


def _lines_of(reading: Reading, grid: Grid) -> tuple[Row, ...] | None:
    """Return the rows of a table with their lines; None unless each stands there just once."""
    text = reading.document.text
    shown = [
        (tuple(cell.strip() for cell in span.of(text).strip("| ").split("|")), span)
        for span in paragraphs(text)
        if span.of(text).startswith("|")
    ]
    rows = []
    for cells in grid.rows:
        lines = [span for said, span in shown if said == cells]
        if len(lines) != 1:
            return None
        rows.append(Row(cells, lines[0]))
    # Header and rule are the other two lines.
    return tuple(rows) if len(shown) == len(rows) + 2 else None


def _run_of_lines(reading: Reading, entries: Sequence[str]) -> list[Span] | None:
    """Return the lines on which a list stands, one after the other; None when it does not."""
    text = reading.document.text
    lines = list(paragraphs(text))
    said = [span.of(text).removeprefix("- ").strip() for span in lines]
    n_entries = len(entries)
    starts = [
        place
        for place in range(len(said) - n_entries + 1)
        if said[place : place + n_entries] == list(entries)
    ]
    if len(starts) != 1:
        return None
    run = lines[starts[0] : starts[0] + n_entries]
    n_words = len(text[run[0].start : run[-1].end].split())
    return run if n_words <= MAX_WORDS else None


def quoted(listing: Listing, rows: Sequence[Row]) -> bool:
    """Whether every row is short enough to be a quote."""
    text = listing.reading.document.text
    return all(len(row.line.of(text).split()) <= MAX_QUOTE_WORDS for row in rows)


def parts_of(listing: Listing, most: int) -> list[str]:
    """Return the parts of a program that few changes are marked with, and none together.

    Args:
        listing: The changes of a release.
        most: More changes of a part than this are too many.
    """
    marks = Counter(listing.column(1))
    together = {one.strip() for mark in marks if "," in mark for one in mark.split(",")}
    return [
        mark
        for mark, n in marks.items()
        if MIN_HITS <= n <= most and "," not in mark and mark not in together
    ]


def asked_of(
    family: Named, listing: Listing, hits: Sequence[Row], question: str, key: AnswerKey, level: int
) -> Candidate:
    """Return a question whose evidence is the rows that answer it, in the order of the page."""
    text = listing.reading.document.text
    first, *others = hits
    return draft(
        family,
        listing.reading,
        Sentence(first.line.of(text), first.line, first.line),
        question,
        key,
        context_spans=listing.shown,
        also=tuple(
            Exhibit(
                document_id=listing.reading.document.id,
                quote=row.line.of(text),
                quote_span=row.line,
            )
            for row in others
        ),
        level=level,
    )
