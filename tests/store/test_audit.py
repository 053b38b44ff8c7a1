"""The chain of a question is whole, and says of a sealed one only that it is sealed."""

from __future__ import annotations

import json

import pytest

from store.audit import chain_of, provenance_line
from store.candidates import save_findings, unreleased_questions
from store.captures import BlobStore
from store.database import session
from store.errors import NotFound
from store.records import Exhibit, Finding, Withdrawal
from store.tables import CandidateRow, CaptureRow, DocumentRow, WithdrawalRow
from tests.building import EARLIER, LATER, NOW
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
        pytest.param(CandidateRow, "no candidate of question is called", id="candidate"),
        pytest.param(DocumentRow, "no document is called", id="document"),
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


def joined(world):
    """A question that rests on two documents."""
    main, other = (world.tell(pier(number), EARLIER) for number in (1, 2))
    exhibit = Exhibit(
        document_id=other.document.id,
        quote=other.candidate.quote,
        quote_span=other.candidate.quote_span,
        context_spans=other.candidate.context_spans,
    )
    with session(world.engine) as work:
        row = work.get(CandidateRow, main.candidate.id)
        row.body = row.body | {"also": [exhibit.model_dump(mode="json")]}
    return main, other


def test_a_chain_holds_every_document_and_its_findings(world):
    main, other = joined(world)
    with session(world.engine) as work:
        date = {"check": "date", "version": 1, "outcome": "pass", "why": "new", "found_at": NOW}
        save_findings(work, [Finding(subject=other.document.id, **date)])
        chain = chain_of(work, main.question.id)
    assert list(chain.documents) == [main.document.id, other.document.id]
    assert [origin.capture for origin in chain.further] == [other.capture]
    assert (other.document.id, "date") in {(f.subject, f.check) for f in chain.findings}


@pytest.mark.parametrize("sealed", [False, True], ids=["open", "sealed"])
def test_provenance_names_every_document(world, sealed):
    main, other = joined(world)
    with session(world.engine) as work:
        chain = chain_of(work, main.question.id)
    line = provenance_line(
        chain.question, chain.candidate, chain.document, chain.capture, list(chain.findings),
        sealed=sealed, further=chain.further,
    )  # fmt: skip
    (further,) = line["further"]
    assert further["capture_sha256"] == other.document.capture_sha256
    assert ("also" in line) is not sealed
    assert (other.candidate.quote in json.dumps(line, ensure_ascii=False)) is not sealed


def test_a_question_whose_further_source_was_taken_down_is_not_drawn(world):
    _main, other = joined(world)
    with session(world.engine) as work:
        assert len(unreleased_questions(work)) == 2
        row = work.get(DocumentRow, other.document.id)
        row.source = "gone"
        work.add(WithdrawalRow.of(Withdrawal(source="gone", withdrawn_at=NOW, why="asked")))
    with session(world.engine) as work:
        assert unreleased_questions(work) == []
