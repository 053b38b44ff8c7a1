"""Both databases keep what they are given, move between schemas whole, and refuse in a sentence."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import StatementError
from sqlmodel import select

import store.tables
from store.database import (
    HEAD,
    is_newest,
    open_engine,
    schema_revisions,
    session,
    upgrade,
)
from store.errors import StoreError
from store.records import Capture, Finding, ReleaseNote, Visit
from store.tables import CaptureRow, FindingRow, ReleaseRow, RunRow, VisitRow
from tests.building import EARLIER, LATER

NOW = datetime(2026, 8, 24, 12, 30, 15, 123456, tzinfo=UTC)


def test_the_newest_schema_is_known_without_alembic(bare):
    assert not is_newest(bare)
    upgrade(bare, "0001")
    assert not is_newest(bare)
    upgrade(bare)
    assert is_newest(bare)
    assert schema_revisions(bare) == (HEAD, HEAD)


def test_a_schema_of_a_newer_program_is_refused_in_a_sentence(bare):
    upgrade(bare)
    with bare.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not is_newest(bare)
    with pytest.raises(StoreError, match=r"cannot be upgraded: .*9999"):
        upgrade(bare)


def test_values_come_back_equal_and_times_aware_in_utc(engine):
    abroad = NOW.astimezone(timezone(timedelta(hours=-7)))
    visit = Visit(url="https://a.example/é\u2028", status=200, checked_at=abroad, retry_at=NOW)
    capture = Capture(
        sha256="a" * 64, source="s", url="u", final_url="u", status=200, content_type="text/html",
        headers={"x": "ü"}, n_bytes=1, fetched_at=abroad,
    )  # fmt: skip
    with session(engine) as work:
        work.add_all([VisitRow.of(visit), CaptureRow.of(capture)])
    with session(engine) as work:
        row = work.exec(select(VisitRow)).one()
        assert row.value() == visit
        assert (row.checked_at, row.checked_at.utcoffset()) == (NOW, timedelta(0))
        assert work.exec(select(CaptureRow)).one().value() == capture


def test_times_compare_by_the_moment_whatever_zone_they_were_written_in(engine):
    east = timezone(timedelta(hours=9))
    moments = [NOW + timedelta(hours=hours) for hours in range(-3, 4)]
    with session(engine) as work:
        for number, moment in enumerate(moments):
            written = moment.astimezone(east) if number % 2 else moment
            visit = Visit(url=f"u{number}", status=200, checked_at=written)
            work.add(VisitRow.of(visit))
    with session(engine) as work:
        later = select(VisitRow.url).where(VisitRow.checked_at >= NOW.astimezone(east))
        assert work.exec(later.order_by(VisitRow.checked_at)).all() == ["u3", "u4", "u5", "u6"]


def test_a_naive_time_is_refused(engine):
    row = RunRow(job="week", key="k", started_at=datetime(2026, 8, 24), state="running")  # noqa: DTZ001
    with pytest.raises(StatementError, match="naive datetime"), session(engine) as work:
        work.add(row)


def test_what_must_be_unique_is_in_one_sentence(engine):
    finding = Finding(
        subject="c_1", check="quote", version=1, outcome="pass", why="found", found_at=NOW
    )
    with session(engine) as work:
        work.add(FindingRow.of(finding))
    with (
        pytest.raises(StoreError, match="the database refused: ") as caught,
        session(engine) as work,
    ):
        work.add(FindingRow.of(finding))
    assert "\n" not in str(caught.value) and "sqlalche" not in str(caught.value)
    note = ReleaseNote(
        week=LATER, manifest_sha256="a", merkle_root="b", published_at=NOW, n_open=1, n_sealed=0
    )
    with pytest.raises(StoreError, match=r"(?i)unique"), session(engine) as work:
        work.add(ReleaseRow.of(note))
        work.flush()
        work.connection().execute(ReleaseRow.__table__.insert(), [  # type: ignore[attr-defined]
            {"week": LATER, "manifest_sha256": "c", "published_at": NOW, "body": {}}
        ])  # fmt: skip


def test_a_session_that_ends_in_an_error_leaves_nothing(engine):
    with pytest.raises(RuntimeError, match="mine"), session(engine) as work:
        work.add(VisitRow.of(Visit(url="u", status=200, checked_at=NOW)))
        work.flush()
        raise RuntimeError("mine")
    with session(engine) as work:
        assert work.exec(select(VisitRow)).all() == []


def test_both_databases_publish_the_same_bytes(sqlite_published, postgres_published):
    for week in (EARLIER, LATER):
        assert postgres_published.files(week) == sqlite_published.files(week)


def test_sqlite_waits_writes_through_and_minds_keys(sqlite_engine):
    with sqlite_engine.connect() as connection:
        kept = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert kept == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000
    }  # fmt: skip


def visit_once(engine):
    with session(engine) as work:
        work.add(VisitRow.of(Visit(url="u", status=200, checked_at=NOW)))


def test_a_locked_sqlite_is_one_sentence(sqlite_engine, tmp_path):
    engine = sqlite_engine
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout=1"))
    other = sqlite3.connect(tmp_path / "unseen.db")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"^the database refused: database is locked$"):
        visit_once(engine)
    with pytest.raises(StoreError, match=r"^the database cannot be upgraded: database is locked$"):
        upgrade(engine)
    other.rollback()
    other.close()
    visit_once(engine)


def test_a_full_disk_of_sqlite_is_one_sentence_and_the_rest_stays_readable(sqlite_engine):
    engine = sqlite_engine
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=1"))
    visits = [Visit(url=f"{number:0500}", status=200, checked_at=NOW) for number in range(500)]
    with pytest.raises(StoreError, match=r"database or disk is full$"), session(engine) as work:
        work.add_all([VisitRow.of(visit) for visit in visits])
    with session(engine) as work:
        assert work.exec(select(VisitRow)).all() == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda body: b"no database " * 500, id="no database"),
        pytest.param(lambda body: body[:4096], id="all but the first page cut"),
        pytest.param(
            lambda body: body[:4096] + b"\xff" * (len(body) - 4096), id="pages overwritten"
        ),
    ],
)
def test_a_damaged_sqlite_is_one_sentence(sqlite_engine, tmp_path, damage):
    engine = sqlite_engine
    engine.dispose()
    path = tmp_path / "unseen.db"
    path.write_bytes(damage(path.read_bytes()))
    for attempt in (visit_once, schema_revisions, upgrade):
        with pytest.raises(StoreError, match=r"^the database .*(malformed|not a database)") as bad:
            attempt(engine)
        assert "\n" not in str(bad.value) and str(tmp_path) not in str(bad.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("nonsense", "the database URL cannot be used", id="no URL"),
        pytest.param("nodb://u:sesame@h/d", "the database URL cannot be used", id="no driver"),
        pytest.param(
            "postgresql+psycopg://u:sesame@127.0.0.1:1/d", "the database", id="nobody there"
        ),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_sentence_without_its_password(url, why):
    with pytest.raises(StoreError, match=f"^{why}") as caught:
        upgrade(open_engine(url))
    assert "sesame" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="the database's folder cannot be made"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'deep' / 'unseen.db'}")


def test_every_value_class_with_a_table_is_stored_whole():
    for name, row in vars(store.tables).items():
        if isinstance(row, type) and issubclass(row, store.tables.Row) and hasattr(row, "stores"):
            columns = set(row.model_fields) - {"number", "body"}
            beside = columns - set(row.stores.model_fields)
            allowed = {
                "CandidateRow": {"week", "state", "stopped_by"},
                "SourceRow": {"listed"},
                "ReportRow": {"settled_by"},
                "ErratumRow": {"withheld"},
                "QuestionRow": {"candidate_id", "document_id", "accepted_week"},
            }
            assert beside == allowed.get(name, set()), name
