"""The chain of a question is whole, and says of a sealed one only that it is sealed."""

from __future__ import annotations

import pytest

from store.audit import chain_of
from store.captures import BlobStore
from store.database import session
from store.errors import NotFound
from store.tables import CandidateRow, CaptureRow, DocumentRow
from tests.building import EARLIER, LATER
from tests.store.weeks import pier


def chain(world, question_id):
    with session(world.engine) as work:
        return chain_of(work, question_id)


def test_the_chain_leads_from_the_question_to_the_bytes(published):
    told = published.told["pier1"]
    found = chain(published.world, told.question.id)
    assert (found.question, found.candidate) == (told.question, told.candidate)
    assert (found.document, found.capture) == (told.document, told.capture)
    assert list(found.findings) == told.findings
    body = BlobStore(published.world.home / "captures").get(found.capture.sha256).decode()
    quote = found.candidate.quote_span.of(found.document.text)
    assert quote == found.candidate.quote == found.question.evidence
    assert quote in body


@pytest.mark.parametrize(
    ("name", "carried", "live_sealed"),
    [
        pytest.param("pier1", [(EARLIER, False, "new")], False, id="an open one"),
        pytest.param(
            "sealed", [(EARLIER, True, "new"), (LATER, True, "anchor")], True, id="a sealed one"
        ),
        pytest.param("retiring", [(EARLIER, True, "new")], False, id="one that was revealed"),
    ],
)
def test_the_chain_knows_who_carries_it_and_whether_it_may_be_shown(
    published, name, carried, live_sealed
):
    found = chain(published.world, published.told[name].question.id)
    assert [(r.week, r.sealed, r.role) for r in found.releases] == carried
    assert found.live_sealed is live_sealed
    assert (found.retired_because == "end of its six weeks") is (name == "retiring")


def test_a_question_nobody_knows_has_no_chain(published):
    with pytest.raises(NotFound, match="no question is called 'q_none'"):
        chain(published.world, "q_none")


@pytest.mark.parametrize(
    ("table", "why"),
    [
        pytest.param(CandidateRow, "no candidate or document of question", id="candidate"),
        pytest.param(DocumentRow, "no candidate or document of question", id="document"),
        pytest.param(CaptureRow, "no capture is called", id="capture"),
    ],
)
def test_a_chain_with_a_missing_link_is_an_error_not_a_shorter_chain(world, table, why):
    told = world.tell(pier(1), EARLIER)
    with session(world.engine) as work:
        key = {CandidateRow: told.candidate.id, DocumentRow: told.document.id, CaptureRow: 1}
        work.delete(work.get(table, key[table]))
    with pytest.raises(NotFound, match=why):
        chain(world, told.question.id)
