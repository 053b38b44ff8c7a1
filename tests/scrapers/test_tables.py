"""Tables of a page: which are read, what their cells are, and what a row is about."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest
from bs4 import BeautifulSoup

from scrapers.entries import Listing
from scrapers.fetched import Fetched
from scrapers.markup import MAX_ELEMENTS
from scrapers.page import PageReader
from scrapers.structured import JsonReader
from scrapers.tables import MAX_ROWS, read_tables
from store.errors import ExtractError
from store.records import Source
from tests.scrapers.conftest import NOW
from tests.structured import FOOTBALL, look, source

URL = "https://www.example.com/bridges/"


def listed(body: str, links: str | None = None, language: str = "en") -> Listing:
    page = f'<html lang="{language}"><body>{body}</body></html>'.encode()
    fetched = Fetched(URL, URL, 200, {"content-type": "text/html"}, page, NOW)
    asked = Source(name="s", kind="page", url=URL, licence="MIT", attribution="S", links=links)
    return PageReader().read(fetched, asked)


def table(*rows: str, head: str = "th", attributes: str = "") -> str:
    """A table from rows whose cells are parted by bars; the first names the columns."""
    lines = []
    for number, row in enumerate(rows):
        tag = head if number == 0 else "td"
        cells = "".join(f"<{tag}>{cell.strip()}</{tag}>" for cell in row.split("|"))
        lines.append(f"<tr>{cells}</tr>")
    return f"<table {attributes}>{''.join(lines)}</table>"


WARDS = ("Ward | Seats | Since", "Ash | 3 | 2020-01-02", "Elm | 5 | 2021-03-04")


def column(body: str, name: str, language: str = "en") -> list[tuple[str, str]]:
    cells = listed(body, language=language).cells
    return [(cell.value, cell.kind) for cell in cells if cell.attribute == name]


def subjects(body: str) -> list[str]:
    return list(dict.fromkeys(cell.subject for cell in listed(body).cells))


@pytest.mark.parametrize("head", ["th", "td"])
def test_a_row_is_about_its_first_column_and_its_cells_are_typed(head):
    listing = listed(table(*WARDS, head=head))
    found = [(cell.subject, cell.attribute, cell.value, cell.kind) for cell in listing.cells]
    assert found == [
        ("Ash", "Ward", "Ash", "text"),
        ("Ash", "Seats", "3", "number"),
        ("Ash", "Since", "2020-01-02", "date"),
        ("Elm", "Ward", "Elm", "text"),
        ("Elm", "Seats", "5", "number"),
        ("Elm", "Since", "2021-03-04", "date"),
    ]
    assert listing.entries == ()


def test_a_cell_says_where_it_stands():
    layout = '<table role="presentation"><tr><td>x</td></tr></table>'
    cells = listed(layout + table(*WARDS)).cells
    assert cells[4].locator == "table[1] row 3 column 2"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            ("Rank | Team | Points", "1 | Ash | 9", "2. | Elm | 7", "3 | Oak | 7"),
            ["Ash", "Elm", "Oak"],
            id="a counter is no name",
        ),
        pytest.param(
            ("Year | Rain", "2020 | 1", "2021 | 1"), ["2020", "2021"], id="a year is one"
        ),
        pytest.param(
            ("Day | No | Home | Away", "2026-01-01 | 1 | Ash | Elm", "2026-01-01 | 1 | Oak | Elm"),
            ["Ash / Elm", "Oak / Elm"],
            id="the first pair that is unique, words before numbers",
        ),
        pytest.param(
            ("Day | Place | Rain", "2026-01-01 | Ash | 1", "2026-01-02 | Ash | 1"),
            ["2026-01-01", "2026-01-02"],
            id="a day that stands first and alone",
        ),
        pytest.param(
            ("Place | Rain | Day", "Ash | 1 | 2026-01-01", "Ash | 1 | 2026-01-02"),
            ["Ash / 2026-01-01", "Ash / 2026-01-02"],
            id="a day where nothing else tells",
        ),
    ],
)  # fmt: skip
def test_a_row_is_named_by_what_no_other_row_has(rows, expected):
    assert subjects(table(*rows)) == expected


def test_rows_that_nothing_tells_apart_give_no_cells():
    with pytest.raises(ExtractError, match="no articles of its site; table 0 is not read: nothing"):
        listed(table("Ward | Seats", "Ash | 3", "Ash | 3"))


@pytest.mark.parametrize(
    ("other", "whole"),
    [
        pytest.param(table("A | B", "1 | 2").replace("<td>1", "<td><input>"), True, id="a form"),
        pytest.param(table("A | B", "1 | 2"), True, id="a table too small"),
        pytest.param(table("A | B", "1 | 2", "3"), False, id="one that may hold what is missing"),
        pytest.param(table("A | B", "1 | 2", "1 | 2"), False, id="one without names"),
    ],
)
def test_a_listing_is_whole_when_all_tables_of_data_were_read(other, whole):
    assert listed(table(*WARDS) + other).whole is whole


@pytest.mark.parametrize(
    ("texts", "language", "expected"),
    [
        pytest.param(["1,234", "7"], "en-GB", [("1234", "number"), ("7", "number")], id="grouped"),
        pytest.param(["1,234", "7"], "de", [("1,234", "text"), ("7", "number")], id="in German"),
        pytest.param(["1.234", "7.5"], "de", [("1.234", "text"), ("7.5", "text")], id="a point"),
        pytest.param(["1,234", "7"], "", [("1,234", "text"), ("7", "number")], id="in no language"),
        pytest.param(["1,234,567", "7"], "", [("1234567", "number"), ("7", "number")], id="twice"),
        pytest.param(["\u22125", "+0.50"], "en", [("-5", "number"), ("+0.50", "number")], id="+"),
        pytest.param(["3.9", "3.10"], "en", [("3.9", "text"), ("3.10", "text")], id="versions?"),
        pytest.param(["9.50", "10"], "en", [("9.50", "number"), ("10", "number")], id="prices"),
        pytest.param(["3.9", "3.10.1"], "en", [("3.9", "version"), ("3.10.1", "version")], id="3"),
        pytest.param(["007", "12"], "en", [("007", "text"), ("12", "number")], id="leading zeros"),
        pytest.param(["12", "a", "b"], "en", [(x, "text") for x in ("12", "a", "b")], id="a third"),
        pytest.param(["true", "False"], "en", [("true", "bool"), ("false", "bool")], id="truth"),
        pytest.param(["–", "-", "7"], "en", [("7", "number")], id="a dash is nothing"),
        pytest.param(["4–2", "0–0"], "en", [("4–2", "text"), ("0–0", "text")], id="results"),
        pytest.param(["x" * 501, "y"], "en", [("y", "text")], id="prose is no value"),
    ],
)  # fmt: skip
def test_a_column_is_typed_by_all_of_it(texts, language, expected):
    rows = ("Name | X", *(f"row {n} name | {text}" for n, text in enumerate(texts)))
    filler = () if len(rows) > 2 else ("another | ",)
    assert column(table(*rows, *filler), "X", language) == expected


def test_an_edit_of_one_cell_changes_the_value_of_no_other():
    before = listed(table("Name | X", "a | 1,234", "b | 2.50", "c | 3.0"))
    after = listed(table("Name | X", "a | 1,234", "b | 2.50", "c | unknown", "d | none yet"))
    kept = {(cell.subject, cell.attribute): cell.value for cell in before.cells}
    for cell in after.cells:
        if cell.subject in ("a", "b"):
            assert kept[cell.subject, cell.attribute] == cell.value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        pytest.param('12<sup><a href="#n1">1</a></sup>', "12", id="a raised link to a note"),
        pytest.param('12<sup id="r"><a href="#n">[a]</a></sup>[2]', "12", id="brackets"),
        pytest.param("12 [note 3]†", "12", id="a word and a dagger"),
        pytest.param("12<sup>*</sup>", "12", id="a raised star"),
        pytest.param("2<sup>32</sup>", None, id="an exponent"),
        pytest.param("5<sup>th</sup>", None, id="an ordinal"),
        pytest.param("CO<sub>2</sub>", None, id="a formula"),
        pytest.param('<span style="display:none">0012</span>12', "12", id="a hidden sort key"),
        pytest.param("12<script>x</script><!-- x -->", "12", id="scripts and comments"),
        pytest.param("a<br>b<div>c</div>d", "a b c d", id="lines are parted"),
        pytest.param("a<b>b</b><i>c</i>", "abc", id="letters are not"),
        pytest.param("Gold [Au]", "Gold [Au]", id="brackets that are no mark"),
    ],
)
def test_marks_of_notes_go_and_what_is_in_doubt_gives_no_value(cell, value):
    rows = ("Name | X", f"a | {cell}", "b | another")
    found = [value for value, _ in column(table(*rows), "X")]
    assert found == ([] if value is None else [value]) + ["another"]


def test_a_mark_at_a_column_s_name_goes_and_a_unit_stays():
    body = table("Name | Area (km<sup>2</sup>)<sup>[1]</sup>", "a | 1", "b | 2")
    assert column(body, "Area (km2)") == [("1", "number"), ("2", "number")]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(
            table(*WARDS).replace("<td>3", '<td colspan="2">3'), "merged cells", id="merged cells"
        ),
        pytest.param(
            table(*WARDS).replace("<td>Ash", '<td rowspan="0">Ash'), "merged", id="merged rows"
        ),
        pytest.param(table(*WARDS, "Oak | 1"), "unequal length", id="a short row"),
        pytest.param(table("A | B", "1 | 2"), "header and two rows", id="one row"),
        pytest.param(table("A", "1", "2"), "two columns", id="one column"),
        pytest.param(
            table(*WARDS, attributes='role="presentation"'), "layout", id="said to be layout"
        ),
        pytest.param(table(*WARDS, "<input> | 1 | x"), "layout", id="a form"),
        pytest.param(
            "<table><tr><td>" + table(*WARDS) + "</td></tr></table>", "layout", id="a table in one"
        ),
        pytest.param(
            "<table><tr><td>" + table(*WARDS) + "</td></tr></table>", "in another", id="the inner"
        ),
        pytest.param(
            table("<b>3</b> | x", "Ash | 3", "Elm | 5", head="td"), "no names", id="no header"
        ),
        pytest.param(
            "<table>"
            + "".join(f"<tr><th>{n}</th><td>{n} x</td></tr>" for n in ("Born", "Died", "Seat"))
            + "</table>",
            "to the left",
            id="names to the left",
        ),
        pytest.param(
            table(*WARDS) .replace("<td>Ash</td><td>3</td><td>2020-01-02</td>",
                                   "<th>A</th><th>B</th><th>C</th>"),
            "more than one row of names",
            id="two headers",
        ),
    ],
)  # fmt: skip
def test_a_table_that_can_be_read_in_two_ways_is_not_read_and_that_is_told(body, why):
    with pytest.raises(ExtractError, match=why):
        listed(body)


def test_columns_of_one_name_or_none_are_left_out():
    listing = listed(table("Name | X | X | ", "a | 1 | 2 | 3", "b | 4 | 5 | 6"))
    assert {cell.attribute for cell in listing.cells} == {"Name"}


def test_a_sum_at_the_foot_is_no_row():
    body = table(*WARDS).replace(
        "</table>", "<tfoot><tr><td>All</td><td>8</td><td></td></tr></tfoot></table>"
    )
    assert subjects(body) == ["Ash", "Elm"]


def test_what_two_tables_say_about_one_thing_is_taken_from_neither():
    listing = listed(table(*WARDS) + table("Ward | Voters", "Ash | 10", "Yew | 20"))
    found = {(cell.subject, cell.attribute) for cell in listing.cells}
    assert ("Ash", "Voters") in found and ("Ash", "Seats") in found
    assert ("Ash", "Ward") not in found
    assert listing.notes == ("2 values are given by more than one table",)


def test_a_long_table_is_cut_and_the_listing_no_longer_whole():
    listing = listed(table("Name | X", *(f"row {n} | {n}" for n in range(MAX_ROWS + 1))))
    assert len({cell.subject for cell in listing.cells}) == MAX_ROWS
    assert (listing.whole, listing.notes) == (False, ("table 0 is read to row 2000",))
    assert listed(table("Name | X", *(f"row {n} | {n}" for n in range(MAX_ROWS)))).whole


def test_a_page_with_tables_and_no_selector_is_read_for_its_tables_alone():
    link = '<p><a href="/2026/budget-approved">The budget is approved</a></p>'
    assert listed(link + table(*WARDS)).entries == ()
    assert [entry.title for entry in listed(link).entries] == ["The budget is approved"]


def test_a_selector_is_followed_beside_tables():
    link = '<p><a href="/2026/budget-approved">The budget is approved</a></p>'
    listing = listed(link + table(*WARDS), links="p a")
    assert (len(listing.entries), len(listing.cells)) == (1, 6)
    with pytest.raises(ExtractError, match="no articles"):
        listed(link + table(*WARDS), links="h2 a")


@pytest.mark.parametrize(
    ("unit", "n"),
    [
        pytest.param("<table>", MAX_ELEMENTS // 4, id="tables in tables"),
        pytest.param("<table><tr><td>", MAX_ELEMENTS // 4, id="tables in cells"),
        pytest.param("<table><tr><td>a</table>", MAX_ELEMENTS // 4, id="many tables"),
        pytest.param("<tr><td>", MAX_ELEMENTS // 4, id="rows"),
        pytest.param("<td>", MAX_ELEMENTS // 4, id="cells"),
        pytest.param("<sup>x", 200, id="raised parts in raised parts"),
        pytest.param("<sup>x</sup>", MAX_ELEMENTS // 4, id="raised parts"),
        pytest.param("<i>", 200, id="depth"),
        pytest.param("*", 10**6, id="a million marks"),
        pytest.param(f"<tr><td>{'*' * 490}x<td>x", MAX_ELEMENTS // 4, id="marks that are none"),
        pytest.param(f"<tr><td>a<td>{'*' * 490}", MAX_ELEMENTS // 4, id="marks and nothing else"),
        pytest.param(" [1]", 250_000, id="a million letters of marks"),
    ],
)
@pytest.mark.parametrize("start", ["<table><tr><th>a</th><th>b</th><tr><td>x</td><td>", ""])
def test_the_largest_page_that_is_parsed_is_searched_for_tables_in_no_time(unit, n, start):
    page = BeautifulSoup(start + unit * n, "lxml")
    started = time.process_time()
    read_tables(page)
    # Parsing it takes as long; the bound of the table of faults is a second (reliability, P7).
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("day", [date(2026, 2, 14), date(2026, 3, 13)], ids=str)
@pytest.mark.parametrize("league", ["en.1", "de.1", "es.1", "fr.1"])
def test_two_parsers_agree_on_every_match(league, day):
    page, data = (look(FOOTBALL, day, f"/football/{league}.{kind}") for kind in ("html", "json"))
    asked = Source(name="f", kind="page", url=page.url, licence="CC0-1.0", attribution="f")
    html = PageReader().read(page, asked)
    listing = JsonReader().read(data, source("f", FOOTBALL))
    names = {"round": "Round", "date": "Date", "team1": "Home", "team2": "Away"}
    of_json = {
        (cell.subject, names[cell.attribute], cell.value, cell.kind)
        for cell in listing.cells
        if cell.attribute in names
    }
    goals = {(cell.subject, cell.attribute): cell.value for cell in listing.cells}
    results = {
        (subject, "Result", f"{home}–{goals[subject, 'score.ft.1']}", "text")
        for (subject, attribute), home in goals.items()
        if attribute == "score.ft.0"
    }
    of_html = {(cell.subject, cell.attribute, cell.value, cell.kind) for cell in html.cells}
    assert of_html == of_json | results
    assert len(of_json) == 4 * len(json.loads(data.body)["matches"])
    assert html.whole and listing.whole
