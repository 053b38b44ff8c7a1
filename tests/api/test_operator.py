"""What an operator sees after a month away: sources, runs, metrics and the daemon's pulse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from lxml import html
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from api.app import create_app
from api.ledger import sources
from api.standings import last_weeks, source_lines
from store.database import session
from store.runs import record_gap
from store.sources import enter_sources, withdraw_source
from store.tables import RunRow
from tests.api.months import DAY, HOUR, MONTH, Habit, after_a_month, beats, live, ran, source
from tests.building import EARLIER, LATER, NOW, Story, World


def client(world: World, now: datetime = NOW) -> TestClient:
    """Return a client of an application over a store, without a server."""
    app = create_app(world.settings, world.engine, clock=lambda: now)
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def items(asking: TestClient, path: str = "/v1/sources") -> dict[str, dict]:
    """Return sources by name."""
    return {line["name"]: line for line in asking.get(path).json()["items"]}


def read(asking: TestClient, path: str) -> html.HtmlElement:
    """Return a page's parsed document."""
    answer = asking.get(path)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def text(node: html.HtmlElement) -> str:
    """Return a node's words, with single spaces."""
    return " ".join(node.text_content().split())


def card(asking: TestClient, name: str) -> str:
    """Return the words of a source's card."""
    found = read(asking, "/sources").xpath(f"//li[contains(@class,'source')][.//h3='{name}']")
    assert len(found) == 1
    return text(found[0])


def metrics(asking: TestClient) -> dict[tuple[str, ...], float]:
    """Return samples by name and label values, as Prometheus would read them."""
    families = text_string_to_metric_families(asking.get("/metrics").text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The house after a month."""
    world = World.at(tmp_path_factory.mktemp("month"))
    after_a_month(world)
    yield client(world)
    world.engine.dispose()


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    """An empty store."""
    world = World.at(tmp_path)
    yield world
    world.engine.dispose()


# --- sources ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("gov-uk-news", "read"),
        ("federal-register", "backing off"),
        ("plos-one", "failing"),
        ("endoflife-date", "probation"),
        ("globalvoices-es", "disabled"),
        ("mhlw-news", "withdrawn"),
    ],
)
def test_each_source_has_its_standing_in_a_word(month, name, standing):
    assert items(month)[name]["standing"] == standing
    assert standing in card(month, name)


def test_a_source_tells_its_terms(month):
    quakes = items(month)["usgs-quakes-m45"]
    told = {name: quakes[name] for name in ("kind", "topic", "interval", "licence", "attribution")}
    assert told == {
        "kind": "feed",
        "topic": "hazards",
        "interval": "30m",
        "licence": "LicenseRef-US-PD",
        "attribution": "U.S. Geological Survey",
    }
    words = card(month, "usgs-quakes-m45")
    assert all(part in words for part in told.values())


def test_a_failing_source_tells_since_when_why_and_what_happens_next(month):
    failing = items(month)["federal-register"]
    assert failing["failing_since"] == "2026-07-30T06:00:00Z"
    assert (failing["n_failures"], failing["error"]) == (31, "the server answered 403")
    assert failing["succeeded_at"] == "2026-07-30T05:00:00Z"
    assert NOW < datetime.fromisoformat(failing["next_visit_at"]) <= NOW + DAY
    words = card(month, "federal-register")
    assert "Failing for 26 days, since 30 July 2026, 06:00 UTC, 31 visits in a row" in words
    assert "the server answered 403" in words and "next visit in 10 h" in words


def test_the_page_begins_with_what_is_wrong(month):
    page = read(month, "/sources")
    assert "2 of 10 sources cannot be read" in text(page.find_class("state")[0])
    names = [text(head) for head in page.xpath("//h3")]
    assert names[:3] == ["federal-register", "plos-one", "endoflife-date"]
    assert names[-2:] == ["globalvoices-es", "mhlw-news"]


def test_a_new_source_tells_until_when_its_texts_are_held(month):
    assert items(month)["endoflife-date"]["probation_until"] == "2026-09-03T06:00:00Z"
    assert "until 3 September 2026 what it gives is held" in card(month, "endoflife-date")


def test_a_source_taken_down_is_not_visited(month):
    assert items(month)["mhlw-news"]["next_visit_at"] is None
    assert "Taken down on 11 August 2026" in card(month, "mhlw-news")


def test_a_visit_that_is_late_is_due(month):
    late = items(month)["rust-blog"]
    assert datetime.fromisoformat(late["next_visit_at"]) < NOW
    assert "due now" in card(month, "rust-blog")


def test_documents_and_questions_are_counted_by_week(month):
    weeks = items(month)["gov-uk-news"]["weeks"]
    assert [week["week"] for week in weeks] == [f"2026-W{n}" for n in range(28, 36)]
    assert [week["n_documents"] for week in weeks] == [44, 51, 39, 47, 58, 40, 43, 12]
    assert [week["n_questions"] for week in weeks] == [6, 7, 5, 8, 9, 4, 6, 0]
    assert items(month)["gov-uk-news"]["n_documents"] == 334


def test_the_newest_visit_tells_what_was_listed_taken_and_left(month):
    visit = items(month)["usgs-quakes-m45"]["visit"]
    assert (visit["n_listed"], visit["n_documents"], visit["n_too_old"]) == (92, 2, 1)
    assert items(month)["endoflife-date"]["visit"]["n_facts"] == 17
    page = read(month, "/sources")
    facts = page.xpath("//li[.//h3='usgs-quakes-m45']//dl/div")
    told = {text(fact.find("dt")): text(fact.find("dd")) for fact in facts}
    assert told == {
        "listed": "92",
        "taken": "2",
        "known": "88",
        "refused": "1",
        "too old": "1",
        "facts": "0",
    }


def test_the_bars_are_read_out(month):
    svg = read(month, "/sources").xpath("//li[.//h3='rust-blog']//svg")
    assert svg[0].get("aria-label").startswith("documents a week. 2026-W28: 1, 2026-W29: 0,")
    assert len(svg) == 2 and len(svg[0].findall("rect")) == 8


def test_a_week_s_document_is_counted_from_its_first_instant_to_before_its_last(world):
    live(world, [Habit(source("edge"))])
    monday = datetime.fromisoformat("2026-08-17T00:00:00Z")
    for n, at in enumerate([monday - timedelta(seconds=1), monday, monday + 7 * DAY]):
        world.tell(Story(source="edge", url=f"https://e.example/{n}", published_at=at), EARLIER)
    weeks = {w["week"]: w["n_documents"] for w in items(client(world))["edge"]["weeks"]}
    assert (weeks["2026-W33"], weeks["2026-W34"], weeks["2026-W35"]) == (1, 1, 1)


def test_a_source_no_longer_listed_is_told_of_while_its_documents_are_here(world):
    live(world, [Habit(source("kept")), Habit(source("gone")), Habit(source("silent"))])
    for name in ("kept", "gone"):
        world.tell(Story(source=name, url=f"https://{name}.example/1"), EARLIER)
    with session(world.engine) as work:
        enter_sources(work, [source("kept")])
    found = items(client(world))
    assert {name: line["standing"] for name, line in found.items()} == {
        "kept": "read",
        "gone": "unlisted",
    }
    assert found["gone"]["kind"] == "feed" and found["gone"]["next_visit_at"] is None
    assert "No longer on the list" in card(client(world), "gone")


def test_a_source_that_no_list_ever_had_keeps_the_terms_of_its_documents(world):
    world.tell(Story(source="before", licence="OGL-UK-3.0"), EARLIER)
    found = items(client(world))["before"]
    assert (found["standing"], found["licence"], found["url"]) == ("unlisted", "OGL-UK-3.0", None)


def test_a_list_that_is_only_looked_at_is_told_as_if_it_were_in_force(world):
    live(world, [Habit(source("mine"))])
    with session(world.engine) as work:
        lines = source_lines(work, NOW, [source("other")])
    assert [(line.name, line.standing) for line in lines] == [("other", "not visited")]


def test_an_interval_that_cannot_be_read_hides_no_other_source(world):
    with session(world.engine) as work:
        enter_sources(work, [source("odd", interval="soon"), source("even")])
    found = items(client(world))
    assert found["odd"]["next_visit_at"] is None and found["even"]["next_visit_at"] is not None
    assert "its interval cannot be read" in card(client(world), "odd")


def test_a_reason_of_our_own_making_stays_at_home(world):
    habit = Habit(source("s"), fails_for=HOUR, n_failures=1, visited=HOUR)
    why = "the database refused: unable to open database file /srv/unseen/unseen.db"
    live(world, [Habit(habit.source, fails_for=HOUR, n_failures=1, visited=HOUR, error=why)])
    asking = client(world)
    for path in ("/v1/sources", "/sources", "/metrics"):
        assert "/srv" not in asking.get(path).text
    assert items(asking)["s"]["error"] == "the visit failed on our side, not the site's"


def test_all_is_well_is_said_in_a_sentence(world):
    live(world, [Habit(source("a")), Habit(source("b"))])
    beats(world)
    state = read(client(world), "/sources").find_class("state")[0]
    assert text(state) == "All 2 sources were read at their last visit."
    assert "good" in state.get("class")


def test_a_silent_daemon_is_told_where_the_next_visits_are(world):
    live(world, [Habit(source("a"))])
    assert "No daemon runs here" in text(read(client(world), "/sources"))
    beats(world, NOW - HOUR)
    words = text(read(client(world), "/sources").find_class("bad")[0])
    assert "The daemon is silent since 2026-08-25T05:00:00Z: no visit is made" in words


def test_many_sources_cost_no_more_questions_to_the_database(world):
    asked: list[str] = []
    event.listen(world.engine, "before_cursor_execute", lambda *seen: asked.append(str(seen[2])))
    counts = []
    for n in (1, 12):
        live(world, [Habit(source(f"s{i}")) for i in range(n)])
        asked.clear()
        sources(world.engine, NOW)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 9


def test_the_last_weeks_go_over_the_end_of_a_year():
    assert last_weeks(datetime.fromisoformat("2027-01-05T00:00:00Z"), 3) == (
        "2026-W52",
        "2026-W53",
        "2027-W01",
    )


# --- runs ---------------------------------------------------------------------------------


def runs(asking: TestClient, query: str = "") -> list[dict]:
    return asking.get(f"/v1/runs{query}").json()["items"]


@pytest.mark.parametrize(
    ("kind", "count"),
    [pytest.param("week", 5), pytest.param("gap", 1), pytest.param("collect", 42)],
)
def test_the_kinds_of_runs_are_told_apart(month, kind, count):
    found = runs(month, f"?job={kind}")
    assert len(found) == count and {run["kind"] for run in found} == {kind}
    numbers = [run["number"] for run in found]
    assert numbers == sorted(numbers, reverse=True)


def test_a_kind_is_paged_by_key_and_every_run_is_met_once(month):
    seen, path = [], "/v1/runs?job=collect&limit=7"
    while path:
        answer = month.get(path)
        body = answer.json()
        seen += [run["number"] for run in body["items"]]
        path = body["next"]
        assert (path is None) == ("link" not in answer.headers)
        assert path is None or "job=collect" in path
    assert seen == [run["number"] for run in runs(month, "?job=collect")]


def test_a_visit_tells_its_source_its_length_and_its_counts(month):
    visit = next(run for run in runs(month, "?job=collect") if run["source"] == "plos-one")
    assert visit["counts"] == {"n_listed": 200, "n_documents": 17, "n_refused": 3, "n_too_old": 30}
    assert visit["seconds"] == 64
    words = text(read(month, "/runs?job=collect"))
    assert "200 listed, 17 new documents, 3 refused, 30 too old" in words and "took 64 s" in words


def test_a_run_that_is_not_over_tells_for_how_long_it_runs(month):
    newest = runs(month, "?job=collect")[0]
    assert (newest["state"], newest["seconds"]) == ("running", None)
    assert "for 12 s so far" in text(read(month, "/runs"))


def test_a_gap_is_seen_as_a_gap(month):
    gap = runs(month, "?job=gap")[0]
    assert (gap["kind"], gap["state"], gap["seconds"]) == ("gap", "missed", 14 * 3600)
    drawn = read(month, "/runs").find_class("gap")
    assert [text(each) for each in drawn] == [
        "Nothing ran for 14 h no source was visited 16 August 2026, 06:00 UTC to "
        "16 August 2026, 20:00 UTC"
    ]


def test_a_week_passed_over_and_a_clock_set_back_are_gaps_of_their_own(world):
    monday = datetime.fromisoformat("2026-08-10T00:00:00Z")
    record_gap(world.engine, monday, monday + 7 * DAY, "only the last 4 are made up for", "week")
    record_gap(world.engine, NOW, NOW - 3 * HOUR, "the clock went back by 3 h")
    back, passed = (text(each) for each in read(client(world), "/runs").find_class("gap"))
    assert passed.startswith("2026-W33 has no release")
    assert back.startswith("The clock went back by 3 h")
    assert runs(client(world), "?job=gap")[0]["seconds"] == 0


def test_a_released_week_is_linked_and_tells_what_it_brought(world):
    told = world.tell(Story(), LATER)
    world.release(LATER, [told])
    ran(world, "week", NOW.replace(hour=6) - DAY, timedelta(minutes=17))
    page = read(client(world), "/runs")
    row = page.xpath(f"//li[.//a[@href='/sets/{LATER}']]")[0]
    assert "done 1 open question, 0 sealed" in text(row) and "took 17 min" in text(row)
    assert runs(client(world))[0]["week"] == LATER


def test_of_a_summary_only_counts_go_out(world):
    ran(world, "collect x", NOW - HOUR, HOUR, n_listed=3, why="at /srv/unseen", n_documents="7")
    ran(world, "collect y", NOW - HOUR, None)
    assert [run["counts"] for run in runs(client(world))] == [{}, {"n_listed": 3}]


def test_the_overview_shows_each_kind_and_leads_on(month):
    page = read(month, "/runs")
    assert [text(head) for head in page.xpath("//h2")] == ["Weeks", "Gaps", "Visits"]
    onward = page.xpath("//a[contains(@class,'button')]/@href")
    assert len(onward) == 1 and onward[0].startswith("/runs?job=collect&after=")
    more = read(month, onward[0])
    assert len(more.find_class("run")) == 22


def test_all_kinds_can_be_read_in_one_list(month):
    page = read(month, "/runs?after=10")
    assert len(page.find_class("run")) == 9 and len(page.find_class("gap")) == 1


# --- metrics and health -------------------------------------------------------------------


def test_every_source_has_its_metrics(month):
    told = metrics(month)
    up = {name[1]: value for name, value in told.items() if name[0] == "unseen_source_up"}
    assert up["gov-uk-news"] == up["endoflife-date"] == 1
    assert up["plos-one"] == up["federal-register"] == 0
    assert {habit.source.name for habit in MONTH} - up.keys() == {"globalvoices-es", "mhlw-news"}
    since = "unseen_source_failing_since_timestamp_seconds"
    assert told[since, "federal-register"] == (NOW - 26 * DAY).timestamp()
    assert told[since, "gov-uk-news"] == 0
    succeeded = "unseen_source_last_success_timestamp_seconds"
    assert told[succeeded, "gov-uk-news"] == (NOW - timedelta(minutes=20)).timestamp()
    assert told["unseen_source_documents_total", "gov-uk-news"] == 334
    coming = "unseen_source_next_visit_timestamp_seconds"
    assert NOW.timestamp() < told[coming, "federal-register"] < (NOW + DAY).timestamp()
    assert (coming, "mhlw-news") not in told


def test_a_source_that_was_never_read_alerts_and_has_no_verdict(world):
    with session(world.engine) as work:
        enter_sources(work, [source("new")])
    told = metrics(client(world))
    assert told["unseen_source_last_success_timestamp_seconds", "new"] == 0
    assert ("unseen_source_up", "new") not in told


def test_runs_are_counted_by_kind_and_never_by_name(month, world):
    told = metrics(month)
    assert told["unseen_runs", "week", "done"] == 3
    assert told["unseen_runs", "week", "failed"] == told["unseen_runs", "week", "partial"] == 1
    assert told["unseen_runs", "collect", "failed"] == 5
    assert told["unseen_runs", "gap", "missed"] == 1
    with session(world.engine) as work:
        for n in range(30):
            job = {"job": f"collect s{n}", "key": "k"} if n % 2 else {"job": f"odd{n}", "key": "k"}
            work.add(RunRow(**job, started_at=NOW, state=f"state {n}" if n % 3 else "done"))
    labels = {name[1:] for name in metrics(client(world)) if name[0] == "unseen_runs"}
    assert labels == {(k, s) for k in ("collect", "other") for s in ("done", "other")}


def test_the_daemon_s_sign_of_life_is_a_metric(month, world):
    name = ("unseen_daemon_heartbeat_timestamp_seconds",)
    assert metrics(month)[name] == (NOW - timedelta(seconds=20)).timestamp()
    assert metrics(client(world))[name] == 0


def test_metrics_are_named_by_prometheus_rules(month):
    families = list(text_string_to_metric_families(month.get("/metrics").text))
    assert len({family.name for family in families}) == len(families)
    for family in families:
        assert family.documentation and family.name.startswith("unseen_")
        assert family.type in ("gauge", "counter")
        samples = {sample.name for sample in family.samples}
        total = {f"{family.name}_total"} if family.type == "counter" else {family.name}
        assert samples <= total
        for sample in family.samples:
            assert set(sample.labels) <= {"source", "state", "job"}
    assert sum(family.type == "counter" for family in families) == 1


@pytest.mark.parametrize(
    ("beat", "said"),
    [
        pytest.param(NOW - timedelta(minutes=5), "ok", id="five minutes are a restart"),
        pytest.param(
            NOW - timedelta(minutes=6), "silent since 2026-08-25T05:54:00Z", id="more is silence"
        ),
        pytest.param(
            NOW + DAY, "silent since 2026-08-26T06:00:00Z", id="a sign from the future is none"
        ),
        pytest.param(None, "never ran", id="no daemon is needed to serve"),
    ],
)
def test_readiness_tells_of_the_daemon_and_never_depends_on_it(world, beat, said):
    if beat:
        beats(world, beat)
    ready = client(world).get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"]["daemon"] == said
    assert "inner-host" not in ready.text and "4711" not in ready.text


def test_withdrawing_a_failing_source_ends_the_alert(world):
    habit = Habit(source("s"), fails_for=HOUR, n_failures=1, visited=HOUR, error="x")
    live(world, [habit])
    assert metrics(client(world))["unseen_sources_failing",] == 1
    with session(world.engine) as work:
        withdraw_source(work, "s", NOW, "asked")
    told = metrics(client(world))
    assert told["unseen_sources_failing",] == 0
    assert told["unseen_source_failing_since_timestamp_seconds", "s"] == 0
