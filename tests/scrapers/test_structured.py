"""Structured data: items, typed values, texts from a template, and what is refused."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime

import pytest

from scrapers.entries import Cell, Listing
from scrapers.extract import clean
from scrapers.fetched import Fetched
from scrapers.structured import (
    MAX_CELLS_OF_ITEM,
    MAX_ITEMS,
    JsonReader,
    check_expressions,
    item_locator,
    item_text,
)
from store.errors import ExtractError
from store.records import Source
from tests.scrapers.conftest import NOW
from tests.structured import FOOTBALL, KEV, PYTHON, look, source

URL = "https://api.example.com/v1/bridges.json"


def bridges(**fields: str | None) -> Source:
    given = {"items": "bridges", "id": "id", "title": "name", "attribution": "S"} | fields
    return Source(name="s", kind="json", url=URL, licence="MIT", **given)


def listed(data: object, asked: Source | None = None) -> Listing:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    fetched = Fetched(URL, URL, 200, {"content-type": "application/json"}, raw, NOW)
    return JsonReader().read(fetched, asked or bridges())


def values(listing: Listing) -> dict[str, tuple[str, str]]:
    return {cell.attribute: (cell.value, cell.kind) for cell in listing.cells}


def one(**fields: object) -> dict[str, object]:
    return {"bridges": [{"id": "b1", "name": "Orrin Bridge", **fields}]}


def test_an_item_becomes_an_entry_with_its_text_and_its_page():
    asked = bridges(
        item_url="link", published="opened", text="{name} cost {cost} euros. It opened {opened}."
    )
    item = {"link": "../b/1#x", "opened": "2026-08-04", "cost": 4.2e6}
    (entry,) = listed(one(**item), asked).entries
    assert entry.id == "b1"
    assert entry.title == "Orrin Bridge"
    assert entry.url == "https://api.example.com/b/1"
    assert entry.published == datetime(2026, 8, 4, tzinfo=UTC)
    assert entry.text == "Orrin Bridge cost 4200000 euros. It opened 2026-08-04."


@pytest.mark.parametrize(
    ("written", "published"),
    [
        pytest.param(1785837600, datetime(2026, 8, 4, 10, tzinfo=UTC), id="seconds since 1970"),
        pytest.param(1785837600500, datetime(2026, 8, 4, 10, 0, 0, 500_000, UTC), id="and milli"),
        pytest.param("4 August 2026", datetime(2026, 8, 4, tzinfo=UTC), id="words"),
        pytest.param("0001-01-01T00:00:00Z", None, id="a zero in disguise"),
        pytest.param(0, None, id="zero"),
        pytest.param(10**39, None, id="past all time"),
        pytest.param(True, None, id="no date"),
        pytest.param(None, None, id="none"),
    ],
)
def test_a_date_is_read_as_it_is_written(written, published):
    asked = bridges(published="when", text="{name}")
    assert listed(one(when=written), asked).entries[0].published == published


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(12.5, ("12.5", "number"), id="a fraction"),
        pytest.param(12.0, ("12", "number"), id="a whole one written as a fraction"),
        pytest.param(1e22, ("10000000000000000000000", "number"), id="no exponent"),
        pytest.param(1e-7, ("0.0000001", "number"), id="no exponent for a small one"),
        pytest.param(-0.0, ("0", "number"), id="zero has no sign"),
        pytest.param(True, ("true", "bool"), id="truth"),
        pytest.param("2025-06-10", ("2025-06-10", "date"), id="a day"),
        pytest.param(
            "2025-06-10T17:05:43+02:00", ("2025-06-10T15:05:43Z", "date"), id="a time in UTC"
        ),
        pytest.param("2025-06-10 17:05", ("2025-06-10T17:05:00", "date"), id="a time somewhere"),
        pytest.param("2025-02-30", ("2025-02-30", "text"), id="no day of the calendar"),
        pytest.param("0001-01-01", ("0001-01-01", "text"), id="a zero in disguise"),
        pytest.param("1.97.1", ("1.97.1", "version"), id="a version of three parts"),
        pytest.param("v20.1.0-rc.1", ("v20.1.0-rc.1", "version"), id="a version with a suffix"),
        pytest.param("3.10", ("3.10", "text"), id="two parts alone are no version, nor 3.1"),
        pytest.param("007", ("007", "text"), id="leading zeros stay"),
        pytest.param("10.0.0.1", ("10.0.0.1", "text"), id="an address is no version"),
        pytest.param("17.08.2026", ("17.08.2026", "text"), id="a German day is no version"),
        pytest.param(" a \n b\u200b\u0000", ("a b", "text"), id="what cannot be seen goes"),
        pytest.param("\ud800x", ("x", "text"), id="half a character goes"),
    ],
)
def test_a_value_is_typed_by_its_form(value, expected):
    assert values(listed(one(x=value)))["x"] == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="null"),
        pytest.param("", id="an empty text"),
        pytest.param("x" * 501, id="prose"),
        pytest.param([], id="an empty list"),
        pytest.param(1e300, id="a number nobody writes"),
    ],
)
def test_what_is_no_value_gives_no_cell(value):
    assert "x" not in values(listed(one(x=value)))


def test_two_parts_are_a_version_in_the_company_of_three_or_of_the_name():
    data = {
        "bridges": [
            {"id": "a", "cycle": "3.10", "version": "3.9", "ratio": "3.9"},
            {"id": "b", "cycle": "3.10.1", "version": "3.10", "ratio": "3.10"},
        ]
    }
    kinds = {cell.attribute: cell.kind for cell in listed(data).cells}
    assert kinds == {"id": "text", "cycle": "version", "version": "version", "ratio": "text"}


def test_nested_fields_are_joined_by_dots_and_lists_by_place():
    listing = listed(one(size={"deck": {"m": 12}}, lanes=[2, {"bus": True}]))
    found = values(listing)
    assert found["size.deck.m"] == ("12", "number")
    assert found["lanes.0"] == ("2", "number")
    assert found["lanes.1.bus"] == ("true", "bool")
    assert Cell(
        "b1", "Orrin Bridge", "size.deck.m", "12", "number", "items[0].size.deck.m"
    ) in listing.cells  # fmt: skip


def test_an_item_that_is_a_list_has_its_places_for_names():
    asked = bridges(items="[1:]", id="[0]", title=None)
    found = listed([["day", "kp"], ["2026-08-04", 3.33]], asked)
    assert [(cell.subject, cell.attribute, cell.value) for cell in found.cells] == [
        ("2026-08-04", "0", "2026-08-04"),
        ("2026-08-04", "1", "3.33"),
    ]


def test_items_without_an_id_are_left_out_and_counted():
    data = {"bridges": [{"id": "a"}, {"name": "x"}, {"id": ""}, {"id": {}}, "text", {"id": 7}]}
    listing = listed(data)
    assert {cell.subject for cell in listing.cells} == {"a", "7"}
    assert "4 items without an id" in listing.notes[0]


def test_different_items_that_share_an_id_are_all_left_out():
    data = {"bridges": [{"id": "a", "n": 1}, {"id": "b"}, {"id": "a", "n": 2}]}
    listing = listed(data)
    assert {cell.subject for cell in listing.cells} == {"b"}
    assert "2 items that share an id, such as 'a'" in listing.notes[0]


def test_the_same_item_twice_is_one():
    data = {"bridges": [{"id": "a", "n": 1}, {"id": "a", "n": 1}]}
    listing = listed(data)
    assert (len(listing.cells), listing.notes) == (2, ())


def test_an_item_that_lacks_a_value_has_no_text_and_that_is_told():
    data = {"bridges": [{"id": "a", "name": "A", "cost": 1}, {"id": "b", "name": "B"}]}
    listing = listed(data, bridges(text="{name} cost {cost}."))
    assert [entry.text for entry in listing.entries] == ["A cost 1."]
    assert listing.notes == ("1 items have no text; 'b' has no 'cost'",)
    assert {cell.subject for cell in listing.cells} == {"a", "b"}


def test_an_item_without_text_is_an_entry_when_it_names_a_page():
    asked = bridges(text="{name} cost {cost}.", item_url="url")
    (entry,) = listed(one(url="https://example.net/b"), asked).entries
    assert (entry.url, entry.text) == ("https://example.net/b", None)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        pytest.param("{{{name}}}", "{Orrin Bridge}", id="doubled braces are braces"),
        pytest.param("{a.b[0]} {{}}", "x {}", id="a path"),
        pytest.param("{join('} {', [name, id])}", "Orrin Bridge} {b1", id="braces in a quote"),
        pytest.param("{a.{c: b[1]}.c}", "y", id="braces of the expression"),
        pytest.param("{length(a.b)}", "2", id="a function"),
        pytest.param("{yes} {n}", "true 3", id="truth and whole numbers"),
        pytest.param("one\n{lines}\nlast", "one\nup\ndown\nlast", id="lines stay lines"),
        pytest.param('{`"{id}"`}', "{id}", id="a value is not a template"),
        pytest.param("{name.__class__}", None, id="no attributes"),
        pytest.param("{none}", None, id="null is not None"),
        pytest.param("{a.b}", None, id="a list is no text"),
        pytest.param("{join(' ', none)}", None, id="a function that does not fit"),
    ],
)
def test_a_template_is_filled_by_looking_up(template, text):
    data = one(a={"b": ["x", "y"]}, none=None, yes=True, n=3.0, lines=" up \n\n down ")
    found = listed(data, bridges(text=template, item_url="'https://example.net/'")).entries
    assert found[0].text == text


def test_a_text_is_in_the_form_in_which_documents_are_kept():
    asked = bridges(text=" {name}  cost\t{cost} .\n\n \n {note}\u200b")
    item = one(cost=1, note="e\u200d\u0301 a\u0000b\r\n\n\ud83d c")
    (entry,) = listed(item, asked).entries
    assert entry.text == "Orrin Bridge cost 1 .\n\u00e9 a b\nc"
    assert clean(entry.text) == entry.text


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({}, None, id="fine"),
        pytest.param({"items": None}, "needs `items`", id="no items"),
        pytest.param({"id": None}, "needs `id`", id="no id"),
        pytest.param({"items": "a["}, "`items` cannot be used: 'a['", id="half an expression"),
        pytest.param({"title": ""}, "`title` cannot be used", id="an empty expression"),
        pytest.param({"published": "date(x)"}, "calls date(), which", id="no such function"),
        pytest.param({"item_url": "a[?b(c)].d"}, "calls b(), which", id="deep inside"),
        pytest.param({"id": "join(x)"}, "1 arguments, not 2", id="too few arguments"),
        pytest.param({"text": "{a"}, "character 1 is never closed", id="an open brace"),
        pytest.param({"text": "a}"}, "lone '}' at character 2", id="a lone brace"),
        pytest.param({"text": "{}"}, "`text` cannot be used", id="an empty placeholder"),
        pytest.param({"text": "{a b}"}, "is no JMESPath", id="no expression in a placeholder"),
        pytest.param({"text": "{'a}"}, "never closed", id="an open quote"),
    ],
)
def test_expressions_are_checked_before_anything_is_fetched(fields, why):
    said = check_expressions(bridges(**fields))
    assert (said is None) if why is None else (why in str(said) and "\n" not in str(said))


def test_expressions_belong_to_their_kind():
    feed = Source(name="s", kind="feed", url=URL, licence="MIT", attribution="S")
    assert check_expressions(feed) is None
    why = check_expressions(feed.model_copy(update={"items": "a"}))
    assert why == "`items` is of kind json, not of feed"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b'{"bridges": [{"id": NaN}]}', "NaN, which is no number", id="NaN"),
        pytest.param(b'{"bridges": [-Infinity]}', "-Infinity, which", id="an infinity"),
        pytest.param(b'{"bridges": [1e999]}', "out of all bounds", id="a number too large"),
        pytest.param(b'{"a": ' + b"9" * 10**6 + b"}", "1000000 digits", id="a huge number"),
        pytest.param(b'{"a": 0.' + b"9" * 10**6 + b"}", "out of all bounds", id="a long fraction"),
        pytest.param(b'{"a": 1, "a": 2}', "'a' stands twice", id="a key twice"),
        pytest.param(b"[" * 10**6, "nested too deep", id="a million lists deep"),
        pytest.param(b'{"a":' * 10**6, "nested too deep", id="a million objects deep"),
        pytest.param(b'{"bridges": [', "no JSON", id="cut short"),
        pytest.param(b"<html>", "no JSON", id="a page"),
        pytest.param(b"\xff\xff\xff", "no Unicode", id="binary"),
        pytest.param(b" ", "empty", id="nothing"),
        pytest.param(b"/etc/passwd", "no JSON", id="a path"),
        pytest.param(b"{}", "`items` = 'bridges' finds no list", id="no items"),
        pytest.param(b'{"bridges": {"a": 1}}', "finds no list", id="items that are no list"),
    ],
)
def test_what_is_not_taken_is_refused_at_once_with_the_reason(body, why):
    started = time.process_time()
    with pytest.raises(ExtractError, match=why.replace("(", r"\(")):
        listed(body)
    assert time.process_time() - started < 1.0  # as for XML (reliability, P6)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_unicode_is_json(encoding):
    body = json.dumps(one(x="Ærø"), ensure_ascii=False).encode(encoding)
    assert values(listed(body))["x"] == ("Ærø", "text")


def test_an_empty_list_is_a_whole_listing_of_nothing():
    assert listed({"bridges": []}) == Listing(whole=True)


@pytest.mark.parametrize(
    ("data", "n_cells"),
    [
        pytest.param({"bridges": [{"id": n} for n in range(MAX_ITEMS + 1)]}, MAX_ITEMS, id="items"),
        pytest.param(one(x=list(range(10**5))), MAX_CELLS_OF_ITEM, id="values of an item"),
    ],
)
def test_what_is_past_the_limits_is_cut_and_the_listing_no_longer_whole(data, n_cells):
    listing = listed(data)
    assert (len(listing.cells), listing.whole, len(listing.notes)) == (n_cells, False, 1)


def test_values_too_deep_or_with_names_too_long_are_left_out():
    deep: object = 1
    for _ in range(100):
        deep = {"d": deep}
    listing = listed(one(deep=deep, **{"x" * 201: 1}))
    assert set(values(listing)) == {"id", "name"}


@pytest.mark.parametrize(
    ("name", "fields", "day"),
    [
        pytest.param("kev", KEV, date(2025, 8, 25), id="kev"),
        pytest.param("python", PYTHON, date(2026, 8, 22), id="versions"),
        pytest.param("football", FOOTBALL, date(2026, 3, 13), id="football"),
    ],
)
def test_the_text_of_an_item_comes_out_of_its_capture_again(name, fields, day):
    fetched = look(fields, day)
    listing = JsonReader().read(fetched, source(name, fields))
    assert listing.entries
    # The recipe outlives the source: nothing else is needed.
    for entry in listing.entries[:: max(1, len(listing.entries) // 7)]:
        again = item_text(
            fetched.body, "application/json", fetched.url, item_locator(entry), listing.recipe
        )
        assert again == entry.text


@pytest.mark.parametrize(
    ("locator", "recipe", "why"),
    [
        pytest.param("item:b2", None, "no text for the item 'b2'", id="another item"),
        pytest.param("item:b1", "{}", "recipe", id="no recipe"),
        pytest.param("item:b1", "", "recipe", id="an empty recipe"),
        pytest.param("item:b1", '{"id":"id","items":"a[","text":"x"}', "recipe", id="a bad one"),
        pytest.param("item:b1", '{"id":1,"items":2,"text":3}', "recipe", id="one of numbers"),
    ],
)
def test_a_text_that_is_not_there_is_not_made_up(locator, recipe, why):
    listing = listed(one(), bridges(text="{name}."))
    body = json.dumps(one()).encode()
    with pytest.raises(ExtractError, match=why):
        item_text(body, "", URL, locator, listing.recipe if recipe is None else recipe)


def test_the_recipe_is_canonical_json_of_what_makes_the_text():
    listing = listed(one(), bridges(text="{name}."))
    assert listing.recipe == '{"id":"id","items":"bridges","text":"{name}."}'
    assert listed(one()).recipe == ""


def test_a_match_that_was_not_played_has_no_text_and_no_score():
    listing = JsonReader().read(look(FOOTBALL, date(2026, 2, 14)), source("f", FOOTBALL))
    scored = {cell.subject for cell in listing.cells if cell.attribute == "score.ft.0"}
    assert len(scored) == 260  # source_snapshots.md
    assert {entry.id for entry in listing.entries} == scored
    assert len({cell.subject for cell in listing.cells}) == 380
