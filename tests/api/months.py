"""A house as an operator finds it after a month away: twelve sources, some in trouble, and runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from store.database import session
from store.records import Document, Heartbeat, Question, Source, SourceReport, content_hash
from store.runs import beat, claim_run, finish_run, record_gap, run_key
from store.sources import enter_sources, remember_outcomes, withdraw_source
from store.tables import DocumentRow, QuestionRow
from store.timetable import interval_of
from tests.building import EARLIER, NOW, Story, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Habit:
    """How one source behaves: what it gives a week, and how its visits end."""

    source: Source
    #: Documents of each of the last eight weeks, oldest first.
    documents: tuple[int, ...] = (0,) * 8
    questions: tuple[int, ...] = (0,) * 8
    first_visit: timedelta = 60 * DAY
    #: How long ago it began to fail, in how many visits, and why.
    fails_for: timedelta | None = None
    n_failures: int = 0
    error: str | None = None
    visited: timedelta | None = timedelta(minutes=20)
    listed: Mapping[str, int] | None = None


def source(name: str, kind: str = "feed", **more: str | bool) -> Source:
    """Return a source of the list."""
    fields: dict[str, str | bool] = {
        "name": name,
        "kind": kind,
        "url": f"https://{name}.example/feed.xml",
        "licence": "CC-BY-4.0",
        "attribution": name.replace("-", " ").title(),
        "topic": "science",
        "interval": "1h",
    }
    return Source.model_validate(fields | more)


def live(world: World, habits: Sequence[Habit]) -> None:
    """Write down what two months of these sources came to."""
    with session(world.engine) as work:
        enter_sources(work, [habit.source for habit in habits])
        for habit in habits:
            _visits(work, habit)
    if any(any(habit.documents) for habit in habits):
        _documents(world, habits)


def _documents(world: World, habits: Sequence[Habit]) -> None:
    template = world.tell(Story(source="template"), EARLIER)
    monday = NOW.replace(hour=0) - timedelta(days=NOW.weekday())
    with session(world.engine) as work:
        work.delete(work.get_one(DocumentRow, template.document.id))
        work.delete(work.get_one(QuestionRow, template.question.id))
        for habit in habits:
            name = habit.source.name
            for n in range(8):
                start = monday - timedelta(weeks=7 - n)
                for number in range(habit.documents[n]):
                    key = f"{start:%G-W%V}-{number}"
                    at = start + timedelta(minutes=3 * number)
                    document = _document(template.document, name, key, at)
                    work.add(DocumentRow.of(document))
                    if number < habit.questions[n]:
                        work.add(_question(template.question, document, f"{start:%G-W%V}"))


def _question(template: Question, document: Document, week: str) -> QuestionRow:
    digest = content_hash(document.id)
    names = {"id": f"q_{digest[:16]}", "content_sha256": digest}
    return QuestionRow.of(
        template.model_copy(update=names),
        candidate_id=f"c_{digest[:16]}",
        document_id=document.id,
        accepted_week=week,
    )


def _document(template: Document, name: str, key: str, at: datetime) -> Document:
    return template.model_copy(
        update={
            "id": Document.id_of(key, name),
            "url": f"https://{name}.example/{key}",
            "source": name,
            "published_at": at,
        }
    )


def _visits(work: Session, habit: Habit) -> None:
    def ended(at: datetime, error: str | None = None, **more: Any) -> None:
        report = SourceReport(
            source=habit.source.name,
            started_at=at - timedelta(seconds=9),
            finished_at=at,
            error=error,
            **more,
        )
        remember_outcomes(work, [(habit.source, report)])
        work.flush()

    if habit.visited is None:
        return
    ended(NOW - habit.first_visit, n_listed=40)
    if habit.fails_for is None:
        ended(NOW - habit.visited, **(habit.listed or {"n_listed": 40, "n_unchanged": 38}))
        return
    ended(NOW - habit.fails_for - interval_of(habit.source), n_listed=40)
    step = (habit.fails_for - habit.visited) / max(habit.n_failures - 1, 1)
    for n in range(habit.n_failures):
        ended(NOW - habit.fails_for + n * step, habit.error)


def ran(
    world: World,
    job: str,
    start: datetime,
    took: timedelta | None,
    state: str = "done",
    **counts: object,
) -> None:
    """Write down a run."""
    key = run_key(start, f"{start - DAY:%G-W%V}") if job == "week" else run_key(start)
    number = claim_run(world.engine, job, key, start)
    assert number is not None
    if took is not None:
        why = "disk full at /srv/unseen" if state == "failed" else None
        finish_run(world.engine, number, state, start + took, why, counts)


def beats(world: World, at: datetime = NOW - timedelta(seconds=20)) -> None:
    """Write down that the daemon lived at an instant."""
    sign = Heartbeat(name="daemon", pid=4711, host="inner-host", started_at=at - DAY, beat_at=at)
    beat(world.engine, sign)


MONTH = [
    Habit(
        source(
            "usgs-quakes-m45",
            topic="hazards",
            interval="30m",
            licence="LicenseRef-US-PD",
            attribution="U.S. Geological Survey",
            url="https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/4.5_week.atom",
        ),
        (84, 91, 77, 102, 88, 79, 95, 21),
        (9, 8, 11, 10, 9, 7, 12, 0),
        listed={
            "n_listed": 92,
            "n_documents": 2,
            "n_unchanged": 88,
            "n_refused": 1,
            "n_too_old": 1,
        },
    ),
    Habit(
        source(
            "federal-register",
            topic="law",
            licence="LicenseRef-US-PD",
            attribution="Office of the Federal Register, NARA",
            url="https://www.federalregister.gov/api/v1/documents.rss",
        ),
        (200, 180, 190, 60, 0, 0, 0, 0),
        (14, 12, 11, 4, 0, 0, 0, 0),
        fails_for=26 * DAY,
        n_failures=31,
        visited=15 * HOUR,
        error="cannot read https://www.federalregister.gov/api/v1/documents.rss: "
        "the server answered 403",
    ),
    Habit(
        source(
            "gov-uk-news",
            topic="government",
            licence="OGL-UK-3.0",
            attribution="Contains public sector information licensed under the Open "
            "Government Licence v3.0",
            url="https://www.gov.uk/search/news-and-communications.atom",
        ),
        (44, 51, 39, 47, 58, 40, 43, 12),
        (6, 7, 5, 8, 9, 4, 6, 0),
        listed={"n_listed": 20, "n_documents": 3, "n_unchanged": 16, "n_refused": 1},
    ),
    Habit(
        source(
            "nasa-news",
            topic="space",
            interval="3h",
            licence="LicenseRef-US-PD",
            attribution="NASA",
            url="https://www.nasa.gov/news-release/feed/",
        ),
        (11, 9, 14, 8, 10, 12, 7, 3),
        (2, 1, 3, 2, 2, 1, 1, 0),
        visited=timedelta(minutes=95),
        listed={"n_unchanged": 1},
    ),
    Habit(
        source(
            "plos-one",
            topic="science",
            url="https://journals.plos.org/plosone/feed/atom",
            attribution="PLOS ONE",
        ),
        (120, 131, 110, 98, 125, 133, 119, 40),
        (16, 15, 13, 11, 17, 14, 15, 0),
        fails_for=95 * timedelta(minutes=1),
        n_failures=1,
        visited=95 * timedelta(minutes=1),
        error="cannot read https://journals.plos.org/plosone/feed/atom: "
        "not finished within 30 seconds",
    ),
    Habit(
        source(
            "rust-blog",
            topic="technology",
            licence="MIT OR Apache-2.0",
            attribution="The Rust Blog",
            url="https://blog.rust-lang.org/feed.xml",
        ),
        (1, 0, 2, 1, 0, 1, 2, 0),
        (1, 0, 2, 1, 0, 1, 1, 0),
        listed={"n_listed": 10, "n_unchanged": 7, "n_too_old": 3},
    ),
    Habit(
        source(
            "wikipedia-current-events",
            "page",
            topic="world",
            interval="1d",
            licence="CC-BY-SA-4.0",
            attribution="Wikipedia contributors",
            url="https://en.wikipedia.org/wiki/Portal:Current_events",
        ),
        (7, 7, 7, 7, 7, 7, 7, 2),
        (5, 4, 6, 5, 5, 6, 4, 0),
        visited=11 * HOUR,
        listed={"n_listed": 14, "n_documents": 1, "n_unchanged": 13},
    ),
    Habit(
        source(
            "cert-fr-avis",
            topic="security",
            licence="etalab-2.0",
            attribution="CERT-FR",
            url="https://www.cert.ssi.gouv.fr/avis/feed/",
        ),
        (20, 22, 18, 25, 19, 17, 23, 9),
        (3, 4, 2, 4, 3, 3, 4, 0),
        listed={"n_listed": 40, "n_documents": 1, "n_unchanged": 39},
    ),
    Habit(
        source(
            "endoflife-date",
            "json",
            topic="software",
            interval="6h",
            licence="MIT",
            attribution="endoflife.date",
            url="https://endoflife.date/api/v1/products/full",
        ),
        (0, 0, 0, 0, 0, 0, 31, 12),
        (0,) * 8,
        first_visit=5 * DAY,
        visited=2 * HOUR,
        listed={"n_listed": 412, "n_documents": 4, "n_unchanged": 400, "n_facts": 17},
    ),
    Habit(
        source(
            "agencia-brasil",
            topic="world",
            licence="CC-BY-4.0",
            attribution="Agência Brasil",
            url="https://agenciabrasil.ebc.com.br/rss/ultimasnoticias/feed.xml",
        ),
        (140, 155, 138, 149, 160, 151, 147, 33),
        (12, 13, 11, 12, 14, 13, 12, 0),
        listed={"n_listed": 100, "n_documents": 6, "n_unchanged": 91, "n_refused": 3},
    ),
    Habit(
        source(
            "globalvoices-es",
            topic="world",
            interval="6h",
            licence="CC-BY-3.0",
            attribution="Global Voices",
            url="https://es.globalvoices.org/feed/",
            enabled=False,
        ),
        (9, 8, 7, 2, 0, 0, 0, 0),
        (2, 1, 2, 0, 0, 0, 0, 0),
        visited=31 * DAY,
    ),
    Habit(
        source(
            "mhlw-news",
            "page",
            topic="health",
            interval="6h",
            licence="LicenseRef-PDL-1.0",
            attribution="Ministry of Health, Labour and Welfare, Japan",
            url="https://www.mhlw.go.jp/stf/new-info/index.html",
        ),
        (5, 6, 4, 5, 3, 0, 0, 0),
        (1, 0, 1, 1, 0, 0, 0, 0),
        visited=14 * DAY,
    ),
]


def after_a_month(world: World) -> None:
    """Fill a store: two sources failing, one on probation, one taken down, weeks, visits, a gap."""
    live(world, MONTH)
    with session(world.engine) as work:
        withdraw_source(work, "mhlw-news", NOW - 14 * DAY, "the ministry asked")
    beats(world)
    for n in range(4, -1, -1):
        at = NOW.replace(hour=6) - timedelta(days=1 + 7 * n)
        state = "failed" if n == 3 else "partial" if n == 1 else "done"
        ran(world, "week", at, timedelta(minutes=17, seconds=40 * n), state)
    record_gap(world.engine, NOW - 9 * DAY, NOW - 9 * DAY + 14 * HOUR, "no daemon ran for 14 h")
    for hours in range(30, 0, -1):
        at, n = NOW - hours * HOUR, hours % 4
        counts = {"n_listed": 20, "n_documents": n, "n_unchanged": 20 - n, "n_refused": 0}
        ran(world, "collect gov-uk-news", at, timedelta(seconds=8), **counts)
        if hours % 6 == 0:
            nothing = {"n_listed": 0, "n_documents": 0}
            ran(world, "collect federal-register", at, timedelta(seconds=31), "failed", **nothing)
        if hours % 5 == 0:
            counts = {"n_listed": 200, "n_documents": 17, "n_refused": 3, "n_too_old": 30}
            ran(world, "collect plos-one", at, timedelta(seconds=64), **counts)
    ran(world, "collect agencia-brasil", NOW - timedelta(seconds=12), None, "running")
