"""The domain's gauges: how old the newest release is, and how many questions stand where."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Engine

from api.ledger import candidate_states, sources
from api.sets import summary
from api.shelf import Shelf


def registry(engine: Engine, shelf: Shelf, now: datetime) -> CollectorRegistry:
    """Return gauges as they stand at `now`.

    They are read at each scrape, so every worker of a server says the same. Counts of requests
    are left to the proxy before it: each worker would only know its own.
    """
    gauges = CollectorRegistry(auto_describe=True)
    found = [summary(published) for published in shelf.sound()]
    Gauge("unseen_releases", "Releases on disk.", registry=gauges).set(len(found))
    if found:
        age = Gauge(
            "unseen_newest_release_age_seconds",
            "Seconds since the instant the newest release speaks of.",
            registry=gauges,
        )
        age.set((now - found[0].published_at).total_seconds())
        questions = Gauge(
            "unseen_questions",
            "Questions of the newest release, by state.",
            ["state"],
            registry=gauges,
        )
        questions.labels("open").set(found[0].n_open)
        questions.labels("sealed").set(found[0].n_sealed)
        questions.labels("retired").set(found[0].n_retired)
    candidates = Gauge(
        "unseen_candidates", "Candidates ever written, by state.", ["state"], registry=gauges
    )
    for state, count in candidate_states(engine).items():
        candidates.labels(state).set(count)
    lines = sources(engine)
    Gauge("unseen_sources", "Sources ever visited.", registry=gauges).set(len(lines))
    Gauge("unseen_sources_failing", "Sources whose newest visit failed.", registry=gauges).set(
        sum(line.error is not None for line in lines)
    )
    Gauge("unseen_documents", "Documents stored.", registry=gauges).set(
        sum(line.n_documents for line in lines)
    )
    return gauges
