"""Tables and lists as the markup has them."""

from __future__ import annotations

import pytest

from scrapers.grids import grids_of

TABLE = (
    "<table><tr><th>ward</th><th>seats</th></tr><tr><td>Ash</td><td>3</td></tr>"
    "<tr><td>Elm</td><td>5</td></tr></table>"
)
LIST = "<ul><li>one <code>a</code></li><li>two</li><li>three</li><li>four</li></ul>"


def read(body: str):
    return grids_of(
        f"<html><body>{body}</body></html>".encode(), "text/html", "https://tarn.example/"
    )


def test_a_table_is_read_with_its_names():
    (grid,) = read(f"<main>{TABLE}</main>")
    assert grid.header == ("ward", "seats")
    assert grid.rows == (("Ash", "3"), ("Elm", "5"))


def test_a_list_is_read_entry_by_entry():
    (grid,) = read(f"<main>{LIST}</main>")
    assert grid.header == () and grid.rows[0] == ("one a",) and len(grid.rows) == 4


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<nav>{LIST}</nav>", id="a menu"),
        pytest.param(f"<aside>{LIST}</aside>", id="a list beside the text"),
        pytest.param(LIST.replace("two", "two<ul><li>x</li></ul>"), id="a list in a list"),
        pytest.param("<ul><li>one</li><li>two</li></ul>", id="two entries"),
        pytest.param(TABLE.replace("<td>3", '<td rowspan="2">3'), id="merged cells"),
        pytest.param(TABLE.replace("<td>3", "<td>3<sup>2</sup>"), id="a raised part"),
        pytest.param(TABLE.replace("ward", ""), id="a column without a name"),
    ],
)
def test_what_may_be_read_in_two_ways_is_not_read(body):
    assert read(body) == ()
