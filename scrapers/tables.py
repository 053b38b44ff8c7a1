"""The data tables of a page, as typed cells; a table that can be read in two ways is not read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice

from bs4 import BeautifulSoup
from bs4.element import PageElement, PreformattedString, Tag

from scrapers.entries import Cell
from scrapers.page_dates import MAX_DEPTH
from scrapers.values import (
    MAX_ATTRIBUTE,
    MAX_SUBJECT,
    readable,
    typed_column,
)

#: Tables of one page that are looked at, and rows and columns of one table (our choice; a season
#: of football has 380 rows, a page of all exchange rates 30 columns).
MAX_TABLES = 50
MAX_ROWS = 2_000
MAX_COLUMNS = 50
#: A first row of plain cells names the columns in a word or three (our choice).
MAX_UNMARKED_NAME = 40
#: Names stand to the left: a pair of columns that names a row is looked for among these.
_NAMING_COLUMNS = 6

#: A table with one of these asks or shows pictures; it is a form or a frame.
_OF_LAYOUT = ["input", "select", "textarea", "button", "iframe", "table"]
_INLINE = ("a", "abbr", "b", "bdi", "code", "em", "font", "i", "span", "strong", "time", "u")
_SKIPPED = ("script", "style", "template", "noscript")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
#: A mark that leads to a note: [1], [a], [note 2] or a symbol; raised ones are also 1).
_MARK_AT_END = re.compile(r" ?(?:\[(?:note |nb )?(?:\d{1,3}|[a-z])\]|[*†‡§¶])\Z")
_MAX_MARKS = 10
_LONGEST_MARK = len(" [note 999]")
_RAISED_MARK = re.compile(r"\[.{1,12}\]|[*†‡§¶,]{1,6}|\w{1,2}\)")


@dataclass(frozen=True)
class Tables:
    """What a page's tables give.

    Attributes:
        cells: In the page's order; (subject, attribute) is distinct.
        whole: Whether all data tables were read to their end. One that is not may hold what is
            missing.
        notes: Why tables were not read, or not to their end, a sentence each.
    """

    cells: tuple[Cell, ...]
    whole: bool
    notes: tuple[str, ...]


class _Unread(ValueError):
    """The table can be read in two ways; `str()` says why."""


class _NoData(_Unread):
    """The table is there for something else than rows of data."""


def read_tables(page: BeautifulSoup) -> Tables:
    """Return the typed cells of a page's data tables.

    The subject of a row is its first column, a counter 1, 2, 3 … apart, where that names every
    row and none twice; else the first pair of columns that does, " / " between. Pairs of words
    go before those with numbers in them: words say what a row is about, and a subject must be
    the same next week, while of 380 matches of a season 59 were given another day in a month.
    Rows are counted from 1 with the header, columns from 1, tables of the page from 0. Where
    two tables give one attribute of one subject, neither is taken.
    """
    language = str(page.html.get("lang", "")) if page.html else ""
    found: list[Cell] = []
    notes: list[str] = []
    whole = True
    for index, table in enumerate(page.find_all("table", limit=MAX_TABLES)):
        try:
            grid = _grid(table)
            found.extend(_cells(grid, index, language))
        except _Unread as why:
            notes.append(f"table {index} is not read: {why}")
            whole &= isinstance(why, _NoData)
            continue
        if grid.cut:
            whole = False
            notes.append(f"table {index} is read to row {MAX_ROWS}")
    times = Counter((cell.subject, cell.attribute) for cell in found)
    cells = tuple(cell for cell in found if times[cell.subject, cell.attribute] == 1)
    if len(cells) < len(found):
        notes.append(f"{len(found) - len(cells)} values are given by more than one table")
    return Tables(cells, whole, tuple(notes))


def plain_tables(page: BeautifulSoup) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield names and rows of each data table that is read whole, every cell of it."""
    for table in page.find_all("table", limit=MAX_TABLES):
        try:
            grid = _grid(table)
        except _Unread:
            continue
        rows = [[cell for cell in row if cell is not None] for row in grid.rows]
        if not grid.cut and all(grid.header) and all(len(row) == len(grid.header) for row in rows):
            yield grid.header, rows


@dataclass(frozen=True)
class _Grid:
    """A table as plain text; None where a cell cannot be read for sure."""

    header: list[str]
    rows: list[list[str | None]]
    cut: bool

    def column(self, number: int) -> list[str]:
        """Return one column, with "" where there is no value."""
        return [row[number] or "" for row in self.rows]


def _grid(table: Tag) -> _Grid:
    if table.get("role") in ("presentation", "none") or table.find(_OF_LAYOUT):
        raise _NoData("it is there for the layout")
    if any(parent.name == "table" for parent in islice(table.parents, MAX_DEPTH)):
        raise _NoData("it stands in another")
    tags = [row.find_all(["td", "th"], recursive=False) for row in _rows(table)]
    tags = [row for row in tags if row]
    if len(tags) < 3 or len(tags[0]) < 2:
        raise _NoData("it has no header and two rows of two columns")
    if any(_merged(cell) for row in tags for cell in row):
        raise _Unread("it has merged cells")
    if len({len(row) for row in tags}) > 1:
        raise _Unread("its rows are of unequal length")
    if len(tags[0]) > MAX_COLUMNS:
        raise _Unread(f"it has more than {MAX_COLUMNS} columns")
    header = _header(tags)
    rows = [[_text(cell) for cell in row] for row in tags[1:]]
    return _Grid(header, rows[:MAX_ROWS], len(rows) > MAX_ROWS)


def _rows(table: Tag) -> list[Tag]:
    """Return the rows, foot left out: it adds up what stands above."""
    # One more than is read tells whether there are more; the header is one, too.
    rows = table.find_all("tr", limit=MAX_ROWS + 2)
    return [row for row in rows if row.parent is None or row.parent.name != "tfoot"]


def _merged(cell: Tag) -> bool:
    return any(cell.get(name, "1") not in ("1", "") for name in ("rowspan", "colspan"))


def _header(tags: Sequence[Sequence[Tag]]) -> list[str]:
    """Return the names of the columns, "" for one without a name of its own."""
    names = [_name(cell) for cell in tags[0]]
    heads = [cell.name == "th" for cell in tags[0]]
    if any(all(cell.name == "th" for cell in row) for row in tags[1:]):
        raise _Unread("it has more than one row of names")
    if any(heads) and any(name and not head for name, head in zip(names, heads, strict=True)):
        raise _NoData("its names stand to the left of its values, not above")
    if sum(map(bool, names)) < 2 or not (any(heads) or _are_names(names)):
        raise _NoData("its columns have no names")
    times = Counter(names)
    return [name if times[name] == 1 and len(name) <= MAX_ATTRIBUTE else "" for name in names]


def _are_names(names: Sequence[str]) -> bool:
    """Whether a first row that is not marked as such names the columns: words, all different."""
    words = all(name[:1].isalpha() and len(name) <= MAX_UNMARKED_NAME for name in names)
    return words and len(set(names)) == len(names)


def _name(cell: Tag) -> str:
    """Return a column's name, marks of notes left out."""
    pieces = (
        piece if isinstance(piece, str) else "" if _is_mark(piece) else piece.get_text()
        for piece in _visible(cell)
    )
    return _unmarked("".join(pieces))


def _text(cell: Tag) -> str | None:
    """Return a cell's text without marks of notes; None when a raised part may belong to it.

    2<sup>32</sup> is neither 232 nor 2.
    """
    pieces: list[str] = []
    for piece in _visible(cell):
        if isinstance(piece, str):
            pieces.append(piece)
        elif not _is_mark(piece):
            return None
    return _unmarked("".join(pieces))


def _unmarked(text: str) -> str:
    text = readable(text)
    # From the end, mark by mark: one search for all takes the square of a long text.
    for _ in range(_MAX_MARKS):
        mark = _MARK_AT_END.search(text[-_LONGEST_MARK:])
        if mark is None:
            break
        text = text[: -len(mark[0])]
    return text


def _visible(cell: Tag) -> Iterator[str | Tag]:
    """Yield the texts of a cell that are shown, and its raised and lowered parts whole."""
    waiting: list[Iterator[PageElement | str]] = [iter(cell.children)]
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
        elif isinstance(node, Tag):
            if node.name in ("sup", "sub"):
                yield node
            elif node.name not in _SKIPPED and not _is_hidden(node):
                # Blocks and line breaks part words, letters in bold do not.
                edge = "" if node.name in _INLINE else " "
                waiting.append(chain((edge,), node.children, (edge,)))
        elif isinstance(node, str) and not isinstance(node, PreformattedString):
            yield str(node)


def _is_hidden(tag: Tag) -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN.search(str(tag.get("style", ""))))


def _is_mark(raised: Tag) -> bool:
    """Whether a superscript is a mark of a note, not an exponent or part of a formula."""
    if raised.name == "sub":
        return False
    text = readable(raised.get_text())
    leads = raised.find("a", href=re.compile("^#"))
    return not text or leads is not None or _RAISED_MARK.fullmatch(text) is not None


def _cells(grid: _Grid, index: int, language: str) -> list[Cell]:
    subjects = _subjects(grid)
    found = []
    for number, name in enumerate(grid.header):
        if not name:
            continue
        for row, value in enumerate(typed_column(name, grid.column(number), language)):
            if value is not None:
                subject = subjects[row]
                where = f"table[{index}] row {row + 2} column {number + 1}"
                found.append((row, Cell(subject, subject, name, *value, where)))
    return [cell for _, cell in sorted(found, key=lambda pair: pair[0])]


def _subjects(grid: _Grid) -> list[str]:
    """Return what each row is about.

    Raises:
        _Unread: No column or pair of columns tells the rows apart.
    """
    columns = [grid.column(number) for number in range(len(grid.header))]
    first = 1 if _counts(columns[0]) else 0
    leading = columns[first : first + _NAMING_COLUMNS]
    pairs = [[" / ".join(both) for both in zip(*pair, strict=True)] for pair in _pairs(leading)]
    for names in (leading[0], *pairs):
        if len(set(names)) == len(names) and all(0 < len(name) <= MAX_SUBJECT for name in names):
            return names
    raise _Unread("nothing in it names each of its rows")


def _counts(column: Sequence[str]) -> bool:
    """Whether a column only numbers the rows, which says where they stand, not what they are."""
    return all(text.rstrip(".") == str(row) for row, text in enumerate(column, start=1))


def _pairs(columns: Sequence[Sequence[str]]) -> list[tuple[Sequence[str], Sequence[str]]]:
    """Return the pairs of columns without empty cells, those of words first."""
    full = [column for column in columns if all(column)]
    return sorted(combinations(full, 2), key=lambda pair: sum(map(_numbers, pair)))


def _numbers(column: Sequence[str]) -> bool:
    """Whether most texts of a column have a number in them: days, rounds, codes."""
    return 2 * sum(any(map(str.isdigit, text)) for text in column) > len(column)
