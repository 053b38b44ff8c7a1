"""count and document: conditions executed over tables and lists of changes."""

from __future__ import annotations

import json

import pytest

from generator.families.base import Reading
from generator.families.count import Count
from generator.families.document import DocumentTable
from store.records import Grid
from tests.generator.making import document

HEADER = ("ward", "seats", "voters")
ROWS = (("Ash", "3", "3,104"), ("Elm", "5", "2,870"), ("Oak", "6", "4,020"), ("Yew", "7", "990"))
TABLE = "\n".join(
    ["| ward | seats | voters |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in ROWS)]
)
TEXT = f"Wards of Brell\nThe town counted its voters on 5 August 2026.\n{TABLE}\nYew is the least."

CHANGES = tuple(
    f"[{n:010x}] - **{part}**: mend thing {n} (Ada Brell) #{100 + n}"
    for n, part in enumerate(["crypto"] * 4 + ["doc"] * 3 + ["build,deps", "deps", "deps", "deps"])
)
NOTES = "Orrin 2.4.0\nCommits\n" + "\n".join(f"- {line}" for line in CHANGES)


def table(text: str = TEXT, rows=ROWS, title: str = "Wards of Brell") -> Reading:
    grid = Grid(header=HEADER, rows=rows)
    return Reading(document(text, title=title), lambda _: (grid,))


def notes(text: str = NOTES) -> Reading:
    grid = Grid(header=(), rows=tuple((line,) for line in CHANGES))
    return Reading(document(text, title="Orrin 2.4.0 (Current)"), lambda _: (grid,))


def written(family, reading):
    return list(family.write(reading, ()))


def test_rows_that_reach_a_bound_are_counted_and_quoted():
    (one,) = written(Count(), table())
    assert one.question.startswith(
        'In how many rows of the table in "Wards of Brell" of 7 August 2026'
    )
    assert one.key.answer == str(len(one.quotes)) == "3"
    assert one.key.spec["derivation"].startswith("count(")


def test_rows_below_a_bound_are_listed_with_numbers_as_numbers():
    (one,) = written(DocumentTable(), table())
    rows = json.loads(one.key.answer)
    assert len(rows) == len(one.quotes) == 3
    assert all(isinstance(row["ward"], str) for row in rows)
    assert all(
        isinstance(value, int) for row in rows for name, value in row.items() if name != "ward"
    )


def test_changes_of_one_part_are_counted_and_listed():
    (count,), (listing,) = written(Count(), notes()), written(DocumentTable(), notes())
    assert count.key.answer == ("4" if '"crypto"' in count.question else "3")
    assert "deps" not in count.question and "deps" not in listing.question
    first = json.loads(listing.key.answer)[0]
    assert set(first) == {"commit", "pull_request"} and isinstance(first["pull_request"], int)


@pytest.mark.parametrize(
    "reading",
    [
        pytest.param(table(TEXT.replace("counted", "counted, among others,")), id="not whole"),
        pytest.param(table(TEXT.replace("| 5 |", "| 8 |")), id="markup and text differ"),
        pytest.param(table(TEXT + "\n| Fir | 1 | 2 |"), id="a row that the markup lacks"),
        pytest.param(table(title='The "wards" of Brell'), id="a title in quotes"),
        pytest.param(table(rows=ROWS[:3]), id="three rows"),
        pytest.param(notes(NOTES.replace("thing 3", "thing")), id="a change that differs"),
        pytest.param(notes(f"{NOTES}\nAgain\n" + NOTES.partition("Commits\n")[2]), id="told twice"),
    ],
)
def test_what_is_not_certain_is_not_asked(reading):
    assert written(Count(), reading) == [] and written(DocumentTable(), reading) == []


def test_markup_is_read_only_where_the_text_lists_something():
    asked = []
    plain = Reading(document("The Tarn Council met."), lambda one: asked.append(one) or ())
    assert plain.grids == () and asked == []
