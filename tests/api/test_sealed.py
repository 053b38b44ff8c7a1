"""The answer of a live sealed question leaves by no route, in no spelling."""

from __future__ import annotations

import base64

import pytest

from tests.api.conftest import Site
from tests.api.stories import SECRET
from tests.building import EARLIER, LATER
from tests.canary import spellings

#: What else is in the store and may not leave it, with the reason.
KEPT = {
    "nq5unreleased8": "the answer of a question that no release carries yet",
    "rawreply-secret": "a raw reply may hold drafts of sealed questions",
    "NOT-OURS-TO-SHOW": "the text around a quote whose licence allows no passage",
    "not-for-the-world": "a cookie of a fetched page",
    "/srv/unseen": "why a run failed may name a path",
}


@pytest.fixture(scope="module")
def everything(site: Site) -> dict[str, bytes]:
    """Every answer the server gives, each operation of its own description filled with all ids."""
    ids = [told.question.id for told in site.told.values()]
    paths = {"/", "/feed.atom", "/openapi.json", "/metrics", "/readyz", "/livez", "/problems"}
    paths |= {"/funnel", "/sources", "/runs", "/v1/runs?limit=1", "/nothing"}
    for week in (EARLIER, LATER):
        names = [path.name for path in (site.world.home / "releases" / week).iterdir()]
        paths |= {f"/v1/sets/{week}/{name}" for name in names}
        paths |= {f"/sets/{week}?limit=100", f"/funnel?week={week}", f"/sets/{week}?family=entity"}
        paths.add(f"/v1/sets/{week}/questions?limit=1000&ids={','.join(ids)}")
    fills = [
        {"week": week, "other": other, "name": name, "question_id": question_id}
        for week in (EARLIER, LATER)
        for other in (EARLIER, LATER)
        for name in ("sealed.jsonl",)
        for question_id in ids
    ]
    described = site.client.get("/openapi.json").json()["paths"]
    paths |= {path.format(**fill) for path in described for fill in fills}
    paths |= {f"/questions/{question_id}" for question_id in ids}
    headers = {"Accept": "text/html,*/*"}
    return {
        path: b"%a" % dict(answer.headers) + answer.content
        for path in sorted(paths)
        for answer in [site.client.get(path, headers=headers)]
    }


def test_the_token_of_a_live_sealed_question_is_found_nowhere(site: Site, everything):
    assert len(everything) > 150
    assert SECRET in site.told["sealed"].question.answer
    for path, sent in everything.items():
        found = [form for form in spellings(SECRET) if form in sent]
        assert not found, f"{path} sends the sealed answer as {found}"


@pytest.mark.parametrize("token", KEPT, ids=KEPT.values())
def test_what_is_not_the_worlds_stays_home(everything, token):
    assert not [path for path, sent in everything.items() if token.encode() in sent]


def test_the_search_finds_what_is_public(site: Site, everything):
    public = site.told["open"].candidate.quote.encode()
    assert len([path for path, sent in everything.items() if public in sent]) >= 5


@pytest.mark.parametrize("prefix", ["", "a", "ab", "abc"])
def test_the_search_sees_a_token_inside_longer_base64(prefix):
    hidden = base64.b64encode(f"{prefix}{SECRET} and more".encode())
    assert any(form in hidden for form in spellings(SECRET))


def test_a_sealed_question_is_its_sealed_row(site: Site):
    row = site.client.get(f"/v1/questions/{site.id('sealed')}").json()
    assert row["id"] == site.id("sealed") and len(row["commitment"]) == 64
    assert not {"answer", "target", "aliases", "evidence", "family"} & row.keys()
    assert row["release"] == LATER


def test_the_chain_of_a_sealed_question_is_refused_with_a_reason(site: Site):
    answer = site.client.get(f"/v1/questions/{site.id('sealed')}/provenance")
    told = answer.json()
    assert (answer.status_code, told["type"]) == (403, "/problems#sealed")
    assert "once the question retires" in told["detail"]


def test_a_retired_question_is_public_with_its_salt_and_chain(site: Site):
    row = site.client.get(f"/v1/questions/{site.id('retiring')}").json()
    assert row["answer"] == "4.2" and len(row["salt"]) == 64
    chain = site.client.get(f"/v1/questions/{site.id('retiring')}/provenance").json()
    assert chain["state"] == "retired"
    assert chain["passage"]["quote"] == site.told["retiring"].candidate.quote


def test_a_question_that_no_release_carries_is_not_known(site: Site):
    never = site.client.get("/v1/questions/q_0000000000000000").json()
    for path in ("", "/provenance"):
        answer = site.client.get(f"/v1/questions/{site.id('unreleased')}{path}")
        assert answer.status_code == 404
        assert answer.json()["detail"].replace(site.id("unreleased"), "") == never[
            "detail"
        ].replace("q_0000000000000000", "")


def test_an_open_question_is_its_row_byte_for_byte(site: Site):
    sent = site.client.get(f"/v1/questions/{site.id('open')}").content
    file = (site.world.home / "releases" / EARLIER / "questions.jsonl").read_bytes()
    assert sent in file.splitlines()


def test_the_chain_of_an_open_question_leads_from_source_to_release(site: Site):
    chain = site.client.get(f"/v1/questions/{site.id('open')}/provenance").json()
    told = site.told["open"]
    passage = chain["passage"]
    assert passage["text"][passage["quote_start"] : passage["quote_end"]] == passage["quote"]
    assert chain["capture"]["sha256"] == told.capture.sha256
    assert chain["capture"]["headers"] == {"etag": '"a1"'}
    assert chain["document"]["date_basis"] == "feed"
    assert [(f["about"], f["check"]) for f in chain["findings"]] == [
        ("document", "date"),
        ("candidate", "quote"),
        ("candidate", "supported"),
    ]
    assert chain["releases"] == [{"week": EARLIER, "sealed": False, "role": "new"}]


def test_a_passage_is_shown_only_where_the_licence_allows(site: Site):
    chain = site.client.get(f"/v1/questions/{site.id('quote_only')}/provenance").json()
    assert chain["passage"]["text"] is None and chain["passage"]["text_may_be_shown"] is False
    assert chain["passage"]["quote"] == site.told["quote_only"].candidate.quote
