"""Hosts are visited side by side, and one host's sources one after the other."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from scrapers.lanes import Lanes, host_of, run_lanes
from store.records import Source, SourceReport

NOW = datetime(2026, 8, 24, tzinfo=UTC)
WAIT_S = 30.0


def source(name: str, host: str) -> Source:
    return Source(
        name=name, kind="feed", url=f"https://{host}/{name}", licence="MIT", attribution="x"
    )


def report(one: Source) -> SourceReport:
    return SourceReport(source=one.name, started_at=NOW, finished_at=NOW)


def test_every_source_is_visited_once() -> None:
    sources = [source(f"s{n}", f"h{n % 7}.example") for n in range(50)]
    assert sorted(one.source for one in run_lanes(sources, report)) == sorted(
        one.name for one in sources
    )


def test_a_host_that_stalls_keeps_nobody_else_waiting() -> None:
    stalled, release = threading.Event(), threading.Event()

    def visit(one: Source) -> SourceReport:
        if one.name == "slow":
            stalled.set()
            assert release.wait(WAIT_S)
        return report(one)

    sources = [source("slow", "a"), source("behind", "a"), source("b", "b"), source("c", "c")]
    reports = run_lanes(sources, visit)
    assert {next(reports).source, next(reports).source} == {"b", "c"}
    assert stalled.wait(WAIT_S)
    release.set()
    assert [one.source for one in reports] == ["slow", "behind"]


def test_no_host_is_visited_twice_at_a_time_and_no_more_hosts_than_allowed() -> None:
    lock, at_once, most = threading.Lock(), dict[str, int](), list[int]()

    def visit(one: Source) -> SourceReport:
        with lock:
            at_once[host_of(one)] = at_once.get(host_of(one), 0) + 1
            assert at_once[host_of(one)] == 1
            most.append(sum(at_once.values()))
        threading.Event().wait(0.002)
        with lock:
            at_once[host_of(one)] -= 1
        return report(one)

    sources = [source(f"s{n}", f"h{n % 10}") for n in range(40)]
    assert len(list(run_lanes(sources, visit, parallel=4))) == 40
    assert 1 < max(most) <= 4


def test_a_fault_of_ours_is_raised_when_all_others_are_done() -> None:
    done = []

    def visit(one: Source) -> SourceReport:
        if one.name == "s1":
            raise ZeroDivisionError
        done.append(one.name)
        return report(one)

    with pytest.raises(ZeroDivisionError):
        list(run_lanes([source(f"s{n}", f"h{n}") for n in range(4)], visit))
    assert sorted(done) == ["s0", "s2", "s3"]


def test_a_source_that_is_on_its_way_is_not_taken_again() -> None:
    entered, release = threading.Event(), threading.Event()

    def visit(one: Source) -> SourceReport:
        entered.set()
        assert release.wait(WAIT_S)
        return report(one)

    lanes = Lanes(visit)
    one = source("s", "h")
    assert lanes.add(one)
    assert entered.wait(WAIT_S)
    assert not lanes.add(one)
    assert lanes.names == {"s"}
    release.set()
    assert lanes.next_done(WAIT_S) is not None
    assert lanes.names == frozenset()
    assert lanes.add(one)
    assert lanes.next_done(WAIT_S) is not None
    assert lanes.next_done(0.0) is None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.org/feed", "example.org"),
        ("http://127.0.0.1:8001/", "127.0.0.1:8001"),
        ("https://user@example.org/", "example.org"),
    ],
)
def test_a_lane_is_named_by_host_and_port(url: str, host: str) -> None:
    one = source("s", "h").model_copy(update={"url": url})
    assert host_of(one) == host


def test_where_hosts_are_more_than_threads_they_take_turns() -> None:
    entered, release, order = threading.Event(), threading.Event(), list[str]()

    def visit(one: Source) -> SourceReport:
        entered.set()
        assert release.wait(WAIT_S)
        order.append(one.name)
        return report(one)

    lanes = Lanes(visit, parallel=1)
    assert lanes.add(source("a1", "a"))
    assert entered.wait(WAIT_S)
    for name in ("a2", "a3", "b1", "b2", "c1"):
        assert lanes.add(source(name, name[0]))
    release.set()
    assert all(lanes.next_done(WAIT_S) for _ in range(6))
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]
