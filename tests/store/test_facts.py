"""Facts: what held when, what changed, and that the past stays as it was."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, func
from sqlmodel import select

from scrapers.fetched import Fetched
from scrapers.structured import JsonReader
from store.database import session
from store.facts import changes, facts_at, remember_facts, subjects
from store.records import Capture, FactKind, sha256_hex
from store.tables import FactRow
from tests.structured import FOOTBALL, KEV, PYTHON, capture_of, look, source

START = datetime(2026, 8, 3, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Value:
    """A value as any reader may give it."""

    subject: str
    attribute: str
    value: str
    title: str = "The bridge"
    kind: FactKind = "text"
    locator: str = "items[0].x"


def day(n: int) -> datetime:
    return START + timedelta(days=n)


def capture(at: datetime, name: str = "s") -> Capture:
    url = f"https://{name}.example.com/data.json"
    return Capture(
        sha256=sha256_hex(at.isoformat().encode()),
        source=name,
        url=url,
        final_url=url,
        status=200,
        content_type="application/json",
        headers={},
        n_bytes=1,
        fetched_at=at,
    )


def remember(engine: Engine, n: int, *values: Value, name: str = "s", whole: bool = True) -> int:
    with session(engine) as work:
        return remember_facts(work, name, values, capture(day(n), name), whole=whole)


def held(engine: Engine, at: datetime, name: str = "s") -> list[tuple[str, str, str | None]]:
    with session(engine) as work:
        return [(f.subject, f.attribute, f.value) for f in facts_at(work, name, at)]


def changed(
    engine: Engine, since: datetime, name: str = "s"
) -> list[tuple[str | None, str | None]]:
    with session(engine) as work:
        return [(c.earlier.value, c.later.value) for c in changes(work, name, since)]


def n_stored(engine: Engine) -> int:
    with session(engine) as work:
        return work.exec(select(func.count()).select_from(FactRow)).one()


A, B = Value("b1", "state", "open"), Value("b1", "cost", "4.2", kind="number")
A2 = replace(A, value="closed")


def test_what_did_not_change_is_not_stored_again(engine):
    assert remember(engine, 0, A, B) == 2
    assert remember(engine, 1, A, B) == 0
    assert remember(engine, 2, A2, B) == 1
    assert n_stored(engine) == 3


def test_a_fact_keeps_where_and_when_it_was_first_read(engine):
    remember(engine, 0, A)
    remember(engine, 1, A)
    with session(engine) as work:
        (fact,) = facts_at(work, "s", day(2))
    assert fact.captured_at == day(0)
    assert fact.capture_sha256 == capture(day(0)).sha256
    assert (fact.url, fact.locator) == ("https://s.example.com/data.json", "items[0].x")
    assert (fact.title, fact.kind) == ("The bridge", "text")


def test_a_fact_holds_until_the_next_one(engine):
    remember(engine, 0, A)
    remember(engine, 2, A2)
    assert held(engine, day(0) - timedelta(seconds=1)) == []
    assert held(engine, day(0)) == [("b1", "state", "open")]
    assert held(engine, day(1)) == [("b1", "state", "open")]
    assert held(engine, day(2)) == [("b1", "state", "closed")]


def test_what_a_whole_reading_lacks_has_ended(engine):
    remember(engine, 0, A, B)
    assert remember(engine, 1, A) == 1
    assert held(engine, day(1)) == [("b1", "state", "open")]
    assert remember(engine, 2, A) == 0
    assert remember(engine, 3, A, B) == 1
    assert changed(engine, day(0)) == [("4.2", None), (None, "4.2")]


def test_the_end_of_a_fact_names_the_reading_that_lacks_it(engine):
    remember(engine, 0, B)
    remember(engine, 1)
    with session(engine) as work:
        (change,) = changes(work, "s", day(0))
    assert change.later.captured_at == day(1)
    assert change.later.capture_sha256 == capture(day(1)).sha256
    assert (change.later.value, change.later.kind, change.later.locator) == (None, "number", "")


def test_what_a_part_of_a_reading_lacks_has_not_ended(engine):
    remember(engine, 0, A, B)
    assert remember(engine, 1, A2, whole=False) == 1
    assert held(engine, day(1)) == [("b1", "cost", "4.2"), ("b1", "state", "closed")]


def test_a_reading_older_than_a_fact_writes_no_history(engine):
    remember(engine, 0, A)
    remember(engine, 2, A2)
    assert remember(engine, 1, A, B) == 0
    assert remember(engine, 1) == 0
    assert held(engine, day(3)) == [("b1", "state", "closed")]
    assert held(engine, day(1)) == [("b1", "state", "open")]


def test_a_second_answer_of_the_same_moment_changes_nothing(engine):
    remember(engine, 0, A)
    assert remember(engine, 0, A2) == 0
    assert remember(engine, 0) == 0
    assert held(engine, day(0)) == [("b1", "state", "open")]


def test_bytes_that_come_back_are_a_change_back(engine):
    for n, value in enumerate((A, A2, A)):
        assert remember(engine, n, value) == 1
    assert changed(engine, START - timedelta(days=1)) == [
        ("open", "closed"),
        ("closed", "open"),
    ]
    assert held(engine, day(9)) == [("b1", "state", "open")]


def test_what_is_said_for_the_first_time_is_no_change(engine):
    remember(engine, 0, A)
    remember(engine, 1, A, B)
    assert changed(engine, START - timedelta(days=1)) == []


def test_changes_begin_after_the_moment_asked_for(engine):
    for n, value in enumerate("abc"):
        remember(engine, n, replace(A, value=value))
    assert changed(engine, day(0)) == [("a", "b"), ("b", "c")]
    assert changed(engine, day(1)) == [("b", "c")]
    assert changed(engine, day(2)) == []


def test_sources_do_not_mix(engine):
    remember(engine, 5, A, name="s")
    assert remember(engine, 0, A2, name="t") == 1
    assert remember(engine, 6, name="t") == 1
    assert held(engine, day(7), "s") == [("b1", "state", "open")]
    assert changed(engine, day(0), "s") == []


def test_of_a_value_given_twice_the_first_counts(engine):
    assert remember(engine, 0, A, A2) == 1
    assert held(engine, day(0)) == [("b1", "state", "open")]


def test_subjects_are_those_with_something_to_say(engine):
    remember(engine, 0, A, replace(A, subject="b0", title="The ferry"))
    remember(engine, 1, A)
    with session(engine) as work:
        assert subjects(work, "s", day(0)) == {"b0": "The ferry", "b1": "The bridge"}
        assert subjects(work, "s", day(1)) == {"b1": "The bridge"}


def test_the_longest_names_a_reader_gives_fit_the_key(engine):
    wide = "\N{GRINNING FACE}"
    # Random letters: Postgres packs a row of one letter before it measures it.
    subject = "".join(chr(0x1F600 + n * n % 71) for n in range(300))
    assert remember(engine, 0, Value(subject, wide * 200, "x")) == 1


def _read(engine: Engine, name: str, fields: dict[str, str], fetched: Fetched) -> int:
    listing = JsonReader().read(fetched, source(name, fields))
    with session(engine) as work:
        return remember_facts(
            work, name, listing.cells, capture_of(fetched, name), whole=listing.whole
        )


def test_a_catalogue_s_additions_and_edits_are_found_as_they_were(engine):
    looks = [look(KEV, on) for on in (date(2025, 6, 10), date(2025, 7, 25), date(2025, 8, 25))]
    for fetched in looks:
        _read(engine, "kev", KEV, fetched)
    found = []
    with session(engine) as work:
        for before, after in pairwise(fetched.fetched_at for fetched in looks):
            listed = [subjects(work, "kev", moment).keys() for moment in (before, after)]
            edited = {
                change.later.subject
                for change in changes(work, "kev", before)
                if change.later.captured_at <= after
            }
            found.append((len(listed[1] - listed[0]), len(edited), len(listed[0] - listed[1])))
        assert len(subjects(work, "kev", looks[0].fetched_at)) == 1_364
    # Added, edited, removed: source_snapshots.md.
    assert found == [(24, 5, 0), (16, 4, 0)]


def test_an_edit_is_found_with_both_its_values(engine):
    for on in (date(2025, 7, 25), date(2025, 8, 25)):
        _read(engine, "kev", KEV, look(KEV, on))
    with session(engine) as work:
        found = [
            (change.earlier.value, change.later.value, change.later.captured_at.date())
            for change in changes(work, "kev", START - timedelta(days=999))
            if (change.later.subject, change.later.attribute)
            == ("CVE-2025-5777", "knownRansomwareCampaignUse")
        ]
    assert found == [("Unknown", "Known", date(2025, 8, 25))]


def test_the_versions_of_a_month_are_found(engine):
    looks = [look(PYTHON, on) for on in (date(2026, 7, 22), date(2026, 8, 22))]
    for fetched in looks:
        _read(engine, "python", PYTHON, fetched)
    with session(engine) as work:
        before, after = (subjects(work, "python", f.fetched_at).keys() for f in looks)
        kinds = {fact.kind for fact in facts_at(work, "python", looks[1].fetched_at)}
    assert len(after - before) == 5  # source_snapshots.md
    assert kinds == {"version", "date"}


def test_the_matches_played_in_between_are_found(engine):
    looks = [look(FOOTBALL, on) for on in (date(2026, 2, 14), date(2026, 3, 13))]
    for fetched in looks:
        _read(engine, "football", FOOTBALL, fetched)
    with session(engine) as work:
        played = [
            {
                fact.subject
                for fact in facts_at(work, "football", fetched.fetched_at)
                if fact.attribute == "score.ft.0"
            }
            for fetched in looks
        ]
        moved = {
            (change.later.subject, change.earlier.value, change.later.value)
            for change in changes(work, "football", looks[0].fetched_at)
            if change.later.attribute == "date" and change.later.value
        }
    assert [len(some) for some in played] == [260, 291]  # source_snapshots.md
    days = [
        {f"{match['team1']} / {match['team2']}": match["date"] for match in matches}
        for matches in (json.loads(fetched.body)["matches"] for fetched in looks)
    ]
    kept = days[0].keys() & days[1].keys()
    assert moved == {(m, days[0][m], days[1][m]) for m in kept if days[0][m] != days[1][m]}
    assert len(moved) > 50


def test_a_reading_of_fifteen_thousand_values_takes_less_than_a_second(engine):
    fetched = look(KEV, date(2025, 8, 25))
    cells = JsonReader().read(fetched, source("kev", KEV)).cells
    assert len(cells) > 15_000
    for n_new in (len(cells), 0):
        # Our own part of the time; another process of this machine takes what it likes.
        started = time.process_time()
        with session(engine) as work:
            assert remember_facts(work, "kev", cells, capture_of(fetched, "kev")) == n_new
        assert time.process_time() - started < 1.0


@pytest.mark.parametrize("n_values", [0, 3])
def test_a_failing_transaction_leaves_no_facts(engine, n_values):
    values = [replace(A, subject=f"b{n}") for n in range(n_values)]
    with pytest.raises(KeyError), session(engine) as work:
        remember_facts(work, "s", values, capture(day(0)))
        raise KeyError
    assert n_stored(engine) == 0
