"""The domain's metrics: releases and questions, every source, the daemon and its runs.

They are read from the store at each scrape, so every worker of a server says the same. Counts of
requests are left to the proxy before it: each worker would only know its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from api.ledger import candidate_states, sources
from api.lines import SourceLine
from api.runs import run_counts
from api.sets import summary
from api.shelf import Shelf
from store.runs import DAEMON, heartbeat_of

#: Standings that say whether a source can be read; the others are no news of its site.
_UP = {"read": 1, "probation": 1, "failing": 0, "backing off": 0}


class _Read(Collector):
    """Metrics that were read already."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self.metrics = metrics

    def collect(self) -> Sequence[Metric]:
        """Return them."""
        return self.metrics


def registry(engine: Engine, shelf: Shelf, now: datetime) -> CollectorRegistry:
    """Return the metrics as they stand at `now`."""
    lines = sources(engine, now)
    read = CollectorRegistry()
    metrics = (*_releases(shelf, now), *_store(engine, lines), *_sources(lines), *_daemon(engine))
    read.register(_Read(metrics))
    return read


def _releases(shelf: Shelf, now: datetime) -> Iterator[Metric]:
    found = [summary(published) for published in shelf.sound()]
    yield GaugeMetricFamily("unseen_releases", "Releases on disk.", len(found))
    if not found:
        return
    yield GaugeMetricFamily(
        "unseen_newest_release_age_seconds",
        "Seconds since the instant the newest release speaks of.",
        (now - found[0].published_at).total_seconds(),
    )
    questions = GaugeMetricFamily(
        "unseen_questions", "Questions of the newest release, by state.", labels=["state"]
    )
    questions.add_metric(["open"], found[0].n_open)
    questions.add_metric(["sealed"], found[0].n_sealed)
    questions.add_metric(["retired"], found[0].n_retired)
    yield questions


def _store(engine: Engine, lines: Sequence[SourceLine]) -> Iterator[Metric]:
    candidates = GaugeMetricFamily(
        "unseen_candidates", "Candidates ever written, by state.", labels=["state"]
    )
    for state, count in candidate_states(engine).items():
        candidates.add_metric([state], count)
    yield candidates
    yield GaugeMetricFamily(
        "unseen_sources", "Sources on the list, or that once gave a document.", len(lines)
    )
    failing = sum(line.fails for line in lines)
    yield GaugeMetricFamily("unseen_sources_failing", "Sources whose newest visit failed.", failing)
    documents = sum(line.n_documents for line in lines)
    yield GaugeMetricFamily("unseen_documents", "Documents stored.", documents)


def _sources(lines: Sequence[SourceLine]) -> Iterator[Metric]:
    """Yield what is known of each source; a time that never was is 0, so that alerts see it."""
    label = ["source"]
    up = GaugeMetricFamily(
        "unseen_source_up",
        "Whether the newest visit read the source; absent where none is made.",
        labels=label,
    )
    succeeded = GaugeMetricFamily(
        "unseen_source_last_success_timestamp_seconds",
        "When a visit last read the source; 0 when none ever did.",
        labels=label,
    )
    failing = GaugeMetricFamily(
        "unseen_source_failing_since_timestamp_seconds",
        "When the present run of failed visits began; 0 when the source is read.",
        labels=label,
    )
    documents = CounterMetricFamily(
        "unseen_source_documents", "Documents the source gave.", labels=label
    )
    coming = GaugeMetricFamily(
        "unseen_source_next_visit_timestamp_seconds",
        "When the source is visited next, past when it is due; absent when no visit is planned.",
        labels=label,
    )
    for line in lines:
        name = [line.name]
        documents.add_metric(name, line.n_documents)
        if not line.listed:
            continue
        succeeded.add_metric(name, _timestamp(line.succeeded_at))
        failing.add_metric(name, _timestamp(line.failing_since if line.fails else None))
        if line.standing in _UP:
            up.add_metric(name, _UP[line.standing])
        if line.next_visit_at:
            coming.add_metric(name, _timestamp(line.next_visit_at))
    yield from (up, succeeded, failing, documents, coming)


def _daemon(engine: Engine) -> Iterator[Metric]:
    heartbeat = heartbeat_of(engine, DAEMON)
    yield GaugeMetricFamily(
        "unseen_daemon_heartbeat_timestamp_seconds",
        "When the daemon last gave a sign of life; 0 when it never ran.",
        _timestamp(heartbeat.beat_at if heartbeat else None),
    )
    ran = GaugeMetricFamily(
        "unseen_runs", "Runs written down, by kind of job and state.", labels=["job", "state"]
    )
    for (kind, state), count in sorted(run_counts(engine).items()):
        ran.add_metric([kind, state], count)
    yield ran


def _timestamp(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
