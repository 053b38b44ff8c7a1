"""What is due is visited once for its slot, no site holds up another, and stopping is quick."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from scripts.collecting import PATIENCE, Agenda, collect_due, due_sources, job_of
from store.database import open_engine, session, upgrade
from store.records import Source, SourceReport
from store.runs import claim_run, run_key
from store.sources import known_sources, remember_outcomes
from store.tables import RunRow, SourceReportRow
from store.timetable import last_slot, next_slot
from tests.sites import Site, serving_sites
from tests.unseen import home_with, read_until, running

NOW = datetime(2026, 8, 24, 6, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def named(name: str, **more: object) -> Source:
    fields = {
        "kind": "feed",
        "url": f"http://{name}.example/",
        "licence": "MIT",
        "attribution": "x",
    }
    return Source.model_validate({"name": name, **fields, **more})


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(made)
    return made


def visit_rows(engine: Engine) -> list[RunRow]:
    with session(engine) as work:
        query = select(RunRow).where(col(RunRow.job).startswith("collect "))
        return list(work.exec(query.order_by(col(RunRow.number))))


def visited(engine: Engine, source: Source, at: datetime) -> None:
    with session(engine) as work:
        remember_outcomes(
            work, [(source, SourceReport(source=source.name, started_at=at, finished_at=at))]
        )


def test_a_slot_that_somebody_took_is_not_due(engine: Engine) -> None:
    sources = [named("a"), named("b")]
    assert due_sources(engine, sources, NOW) == sources
    claim_run(engine, job_of(sources[0]), run_key(last_slot(sources[0], NOW)), NOW)
    assert due_sources(engine, sources, NOW) == sources[1:]


def test_an_agenda_looks_again_when_the_next_slot_has_come(engine: Engine) -> None:
    one = named("a")
    agenda = Agenda(engine, (one,))
    assert not agenda.is_idle(NOW)
    assert agenda.due(NOW) == [one]
    assert agenda.due(NOW, frozenset({"a"})) == []
    visited(engine, one, NOW)
    assert agenda.due(NOW) == []
    following = next_slot(one, NOW)
    assert agenda.is_idle(following - PATIENCE - SECOND)
    assert not agenda.is_idle(following - PATIENCE)
    assert agenda.due(following - SECOND) == []
    assert agenda.due(following) == [one]


def test_an_agenda_forgets_when_the_clock_was_set(engine: Engine) -> None:
    one = named("a")
    agenda = Agenda(engine, (one,))
    visited(engine, one, NOW + 8760 * HOUR)
    assert agenda.due(NOW + 8760 * HOUR) == []
    assert agenda.due(NOW) == []
    agenda.forget()
    assert agenda.due(NOW) == [one]


def collect_all_due(
    home: Path, sites: Sequence[Site], interval: str = "1h", **more: object
) -> tuple[Engine, list[SourceReport]]:
    sources = [site.source(interval) for site in sites]
    _, house = home_with(home, sources, [site.address for site in sites])
    reports: list[SourceReport] = []
    left = collect_due(house, threading.Event(), reports.append)
    assert left == 0
    return house.engine, reports


def test_what_is_due_is_visited_and_written_down_and_nothing_is_visited_twice(
    tmp_path: Path,
) -> None:
    sites = [Site("a"), Site("b"), Site("c")]
    with serving_sites(*sites):
        engine, reports = collect_all_due(tmp_path, sites, "1d")
        assert sorted(report.source for report in reports) == ["a", "b", "c"]
        _, again = collect_all_due(tmp_path, sites, "1d")
    assert again == []
    assert [site.n_visits for site in sites] == [1, 1, 1]
    assert {(row.job, row.state) for row in visit_rows(engine)} == {
        (f"collect {name}", "done") for name in "abc"
    }
    with session(engine) as work:
        assert len(known_sources(work)) == 3
        assert len(list(work.exec(select(SourceReportRow)))) == 3


def test_a_site_that_cannot_be_read_is_a_failed_run_with_its_reason(tmp_path: Path) -> None:
    site = Site("a")
    with serving_sites(site):
        gone = site.source("1d").model_copy(update={"url": f"http://{site.address}/gone"})
        _, house = home_with(tmp_path, [gone], [site.address])
        collect_due(house, threading.Event(), lambda report: None)
    (row,) = visit_rows(house.engine)
    assert row.state == "failed"
    assert "404" in str(row.why)


def test_a_fault_of_ours_in_one_visit_keeps_no_other_from_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scrapers.base import Collector

    real = Collector.collect

    def collect(self: Collector, source: Source) -> SourceReport:
        if source.name == "a":
            raise ZeroDivisionError("ours")
        return real(self, source)

    monkeypatch.setattr(Collector, "collect", collect)
    sites = [Site("a"), Site("b")]
    with serving_sites(*sites):
        engine, reports = collect_all_due(tmp_path, sites, "1d")
    assert [report.source for report in reports] == ["b"]
    assert {row.job: row.state for row in visit_rows(engine)} == {
        "collect a": "failed",
        "collect b": "done",
    }
    assert "ZeroDivisionError: ours" in capsys.readouterr().err


def test_two_collectors_share_the_slots(tmp_path: Path) -> None:
    sites = [Site(name) for name in "abcdef"]
    with serving_sites(*sites):
        environment, house = home_with(
            tmp_path, [site.source("1d") for site in sites], [site.address for site in sites]
        )
        with (
            running(environment, "collect", "--due") as one,
            running(environment, "collect", "--due") as two,
        ):
            assert (one.wait(60), two.wait(60)) == (0, 0)
    assert [site.n_visits for site in sites] == [1] * 6
    assert [row.state for row in visit_rows(house.engine)] == ["done"] * 6


def test_a_stalling_site_delays_no_other_and_sigterm_ends_it_in_time_with_0(
    tmp_path: Path,
) -> None:
    slow, quick = Site("slow", stalls=True), Site("quick")
    with serving_sites(slow, quick):
        environment, house = home_with(
            tmp_path,
            [slow.source("1d"), quick.source("1d")],
            [slow.address, quick.address],
        )
        with running(environment, "collect", "--due") as process:
            assert slow.feed_asked.wait(60)
            read_until(process, "quick: 0 new documents")
            told = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            assert time.monotonic() - told < 8.5
    states = {row.job: (row.state, row.why) for row in visit_rows(house.engine)}
    assert states["collect quick"] == ("done", None)
    assert states["collect slow"] == ("partial", "told to stop before it was through")


def test_the_slot_of_a_collector_that_was_killed_is_not_visited_twice(tmp_path: Path) -> None:
    slow = Site("slow", stalls=True)
    with serving_sites(slow):
        environment, house = home_with(tmp_path, [slow.source("1d")], [slow.address])
        with running(environment, "collect", "--due") as process:
            assert slow.feed_asked.wait(60)
            process.kill()
            process.wait()
        assert [row.state for row in visit_rows(house.engine)] == ["running"]
        with running(environment, "collect", "--due") as process:
            assert process.wait(60) == 0
    (row,) = visit_rows(house.engine)
    assert (row.state, row.why) == ("failed", "its process ended before it did")
    assert slow.n_visits == 1


def test_a_collector_whose_daemon_is_gone_ends(tmp_path: Path) -> None:
    slow = Site("slow", stalls=True)
    with serving_sites(slow):
        environment, _ = home_with(tmp_path, [slow.source("1d")], [slow.address])
        # Its parent is this process; 1 is another.
        with running(environment, "collect", "--due", "--until-parent-ends", "1") as process:
            assert process.wait(60) == 0


def test_due_goes_with_no_other_choice(tmp_path: Path) -> None:
    environment, _ = home_with(tmp_path, [named("a", enabled=False)], [])
    with running(environment, "collect", "--due", "--week", "2026-W34") as process:
        assert process.wait(60) == 2
