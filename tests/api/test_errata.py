"""What is wrong, over HTTP: the signed ledger, reports, the feed, differences and pages."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from store.database import session
from store.errata import append, verify_ledger
from store.records import Erratum
from store.reports import MAX_WAITING, waiting_reports
from tests.api.conftest import Site, serving
from tests.api.stories import tell_two_weeks
from tests.building import EARLIER, LATER, NOW, World

WHY = "the page <b>was</b> corrected & told again"


@pytest.fixture
def own(tmp_path) -> Iterator[Site]:
    """A server of one's own, to write to."""
    world = World.at(tmp_path)
    told = tell_two_weeks(world)
    with serving(world) as url, httpx2.Client(base_url=url) as client:
        yield Site(url, world, told, client)


def names(site: Site) -> tuple[str, str]:
    """Return the ids of an open question of each week."""
    rows = [site.client.get(f"/v1/sets/{week}/questions").json()["items"] for week in WEEKS]
    return tuple(next(r["id"] for r in some if "answer" in r) for some in rows)


WEEKS = (EARLIER, LATER)


def enter(site: Site, question_id: str, action: str, why: str = WHY) -> Erratum:
    with session(site.world.engine) as work:
        return append(work, question_id, action, "disputed", why, site.world.keys, NOW)


def test_the_ledger_is_served_as_it_was_signed_a_page_at_a_time(own):
    entered = [enter(own, name, "dispute") for name in names(own)]
    url, served = "/v1/errata?limit=1", []
    while url:
        answer = own.client.get(url)
        served += answer.json()["items"]
        assert (answer.json()["next"] or "") == answer.links.get("next", {}).get("url", "")
        url = answer.json()["next"]
    read = [Erratum.model_validate(one) for one in served]
    assert read == entered
    assert verify_ledger(read, lambda key: key == own.world.keys.public_hex)
    assert [one["at"] for one in served] == ["2026-08-25T06:00:00Z"] * 2


def test_without_errata_the_ledger_is_an_empty_page(site):
    assert site.client.get("/v1/errata").json() == {"items": [], "next": None}
    assert site.client.get("/v1/errata?after=-1").status_code == 422


def test_a_new_erratum_is_another_answer(own):
    first = own.client.get("/v1/errata")
    known = {"If-None-Match": first.headers["etag"]}
    assert own.client.get("/v1/errata", headers=known).status_code == 304
    enter(own, names(own)[0], "retire")
    assert own.client.get("/v1/errata", headers=known).status_code == 200


def test_the_feed_tells_of_errata_and_escapes_their_reasons(own):
    before = own.client.get("/feed.atom").text
    assert "Erratum" not in before
    enter(own, names(own)[0], "nullify")
    feed = own.client.get("/feed.atom")
    assert f"Erratum 1: {names(own)[0]} is nullified: no score counts it" in feed.text
    assert "disputed: the page &lt;b&gt;was&lt;/b&gt; corrected &amp; told again" in feed.text
    assert "<updated>2026-08-25T06:00:00Z</updated>" in feed.text


def test_a_difference_names_what_no_score_counts(own):
    gone, other = names(own)
    enter(own, gone, "nullify")
    enter(own, other, "dispute")
    found = own.client.get(f"/v1/sets/{EARLIER}/diff/{LATER}").json()
    assert found["nullified"] == [{"id": gone, "week": EARLIER, "why": WHY}]


def test_a_question_s_page_says_what_was_found(own):
    name = names(own)[0]
    enter(own, name, "nullify")
    page = own.client.get(f"/questions/{name}").text
    assert "Erratum 1" in page and "is nullified: no score counts it" in page
    assert "the page &lt;b&gt;was&lt;/b&gt; corrected &amp; told again" in page


def test_a_report_waits_for_the_operator(own):
    name = names(own)[0]
    answer = own.client.post(f"/v1/questions/{name}/reports", json={"why": "  two are right "})
    assert (answer.status_code, answer.headers["cache-control"]) == (202, "no-store")
    assert answer.json() == {"question_id": name, "state": "waiting"}
    with session(own.world.engine) as work:
        (waiting,) = waiting_reports(work)
    (told,) = waiting.reports
    assert (told.why, told.reporter, told.reported_at) == ("two are right", None, NOW)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({}, 422, id="nothing"),
        pytest.param({"why": ""}, 422, id="an empty reason"),
        pytest.param({"why": " \n "}, 422, id="white space"),
        pytest.param({"why": "x" * 2_001}, 422, id="a long reason"),
        pytest.param({"why": 7}, 422, id="a number"),
        pytest.param({"why": "x", "reporter": "me"}, 422, id="a name of one's own"),
        pytest.param([], 422, id="a list"),
    ],
)
def test_a_report_that_does_not_fit_is_refused(site, body, status):
    name = names(site)[0]
    answer = site.client.post(f"/v1/questions/{name}/reports", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_question_that_no_release_carries_cannot_be_reported(site):
    url = "/v1/questions/q_0000000000000000/reports"
    assert site.client.post(url, json={"why": "wrong"}).status_code == 404


def test_who_reports_too_much_is_told_when_to_come_back(own):
    name = names(own)[0]
    url = f"/v1/questions/{name}/reports"
    codes = [own.client.post(url, json={"why": f"fault {n}"}).status_code for n in range(21)]
    assert codes == [202] * 20 + [429]
    answer = own.client.post(url, json={"why": "again"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert 0 < int(answer.headers["retry-after"]) <= 3_600


def test_when_enough_wait_no_more_are_taken(own):
    url = f"/v1/questions/{names(own)[0]}/reports"
    answers = []
    for _ in range(MAX_WAITING // 20 + 1):
        # Another process counts addresses anew.
        client = TestClient(create_app(own.world.settings, own.world.engine, clock=lambda: NOW))
        answers += [client.post(url, json={"why": f"fault {n}"}) for n in range(20)]
    codes = [answer.status_code for answer in answers]
    assert codes == [202] * MAX_WAITING + [429] * (len(codes) - MAX_WAITING)
    assert "wait already" in answers[-1].json()["detail"]
