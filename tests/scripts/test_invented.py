"""Invented pages are stored as any page is, and pass the same checks by the front door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from generator.checks.base import Case
from generator.checks.date import Date
from generator.checks.quote import Quote
from generator.checks.source import StandingSentence, TrustedSource
from generator.families.writing import write_all
from generator.invented import SOURCE, is_invented
from scrapers.extract import EXTRACTOR
from scrapers.rereading import Rereader
from scripts.invented import listed_with_ours, store_pages, visits_with_ours
from scripts.weekly import generate
from scripts.wiring import House, plan_week
from store.database import session
from store.documents import documents_published
from store.errors import SettingsError
from store.records import Document, Source
from store.weeks import week_bounds
from tests.houses import house_at, silent

WEEK = "2026-W34"
START, END = week_bounds(WEEK)
NOW = datetime(2026, 8, 24, 12, tzinfo=UTC)


def source(name: str) -> Source:
    return Source(
        name=name, kind="feed", url="http://127.0.0.1:9/feed", licence="CC0-1.0", attribution="Tarn"
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    yield house_at(tmp_path, [source("tarn-news")], "http://127.0.0.1:9")


def stored(house: House) -> list[Document]:
    with session(house.engine) as work:
        return documents_published(work, START, END)


def test_pages_are_stored_once_with_dates_inside_their_week(house: House) -> None:
    assert store_pages(house, WEEK) == 16
    assert store_pages(house, WEEK) == 0
    pages = stored(house)
    assert len(pages) == 16
    for page in pages:
        assert is_invented(page) and page.language == "en" and page.date_basis == "first_seen"
        assert START <= page.published_at == page.fetched_at < END
        assert "invented" in page.title.casefold() and "Invented" in page.attribution
        assert page.licence == "CC0-1.0"


def test_they_are_the_same_in_another_house(house: House, tmp_path: Path) -> None:
    other = house_at(tmp_path / "other", [source("brell-news")], "http://127.0.0.1:9")
    store_pages(house, WEEK)
    store_pages(other, WEEK)
    assert stored(house) == stored(other)


def test_their_sources_dates_and_quotes_pass_the_checks_of_every_page(house: House) -> None:
    store_pages(house, WEEK)
    first = NOW - timedelta(days=1)
    visits = visits_with_ours({"tarn-news": first}, NOW)
    trusted = TrustedSource(listed_with_ours(house), visits, NOW, {})
    standing = StandingSentence(listed_with_ours(house), {}, lambda document: [], NOW)
    quote = Quote(Rereader(house.engine, house.blobs), EXTRACTOR)
    n_quotes = 0
    for page in stored(house):
        assert trusted(page).outcome == "pass"
        assert Date(START, END)(page).outcome == "pass"
        for candidate in write_all(page).candidates:
            n_quotes += 1
            for check in (standing, quote):
                assert check(Case(candidate, page)).outcome == "pass"
    assert n_quotes == 20


def test_our_own_source_makes_no_other_one_new_nor_old() -> None:
    first, second = NOW - timedelta(days=100), NOW - timedelta(days=1)
    visits = visits_with_ours({"a": first, "b": second}, NOW)
    assert visits == {"a": first, "b": second, SOURCE.name: first}
    assert visits_with_ours({}, NOW) == {SOURCE.name: NOW}


def test_nobody_else_may_be_called_as_our_source(tmp_path: Path) -> None:
    house = house_at(tmp_path, [source(SOURCE.name)], "http://127.0.0.1:9")
    with pytest.raises(SettingsError, match="names our invented pages"):
        store_pages(house, WEEK)


def test_a_week_without_a_page_of_the_world_gets_none_of_ours(house: House) -> None:
    plan = plan_week(house.settings, WEEK, NOW, lambda: NOW)
    assert generate(house, plan, silent) == 0
    assert stored(house) == []
