"""What was withdrawn is out of the database, on each kind of database; the rest is as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scripts.leaving import fates
from store.candidates import unreleased_questions
from store.captures import BlobStore
from store.database import session
from store.errors import NotFound
from store.records import Document, Source
from store.sources import readable, withdraw_source, withdrawals
from store.tables import DocumentRow, QuestionRow
from store.withdrawals import Removed, remove_text
from tests.building import EARLIER, LATER
from tests.scripts.rotating import plan_of
from tests.store.weeks import SEALED, pier

AT = datetime(2026, 8, 20, tzinfo=UTC)


def test_the_text_goes_and_everything_else_stays(engine, world, tmp_path):
    kept = world.tell(replace(pier(1), source="courier"), EARLIER)
    opened, waiting = world.tell(pier(2), EARLIER), world.tell(pier(3), LATER)
    sealed = world.tell(SEALED, EARLIER)
    world.release(EARLIER, [kept, opened], [sealed])
    blobs = BlobStore(tmp_path / "captures")
    with session(engine) as work:
        withdraw_source(work, "tarn-gazette", AT, "asked")
    removed = remove_text(engine, blobs, "tarn-gazette", AT)
    assert removed == Removed(documents=3, candidates=1, questions=3, facts=0, blobs=3)
    assert remove_text(engine, blobs, "tarn-gazette", AT) == Removed()
    with session(engine) as work:
        documents = [work.get(DocumentRow, t.document.id).value() for t in (kept, opened, waiting)]
        questions = [work.get(QuestionRow, t.question.id).value() for t in (kept, opened, sealed)]
        (leaving,) = fates(work, plan_of(LATER), lambda q: "", lambda w: "").retired
        assert unreleased_questions(work) == []
    assert documents[0] == kept.document and questions[0] == kept.question
    assert [d.text for d in documents[1:]] == ["", ""]
    assert [q.evidence for q in questions[1:]] == ["", sealed.question.evidence]
    assert (leaving.question.id, leaving.why) == (sealed.question.id, "withdrawn")
    assert leaving.text_removed_on == AT.date()


def test_the_text_of_a_source_that_was_not_withdrawn_stays(engine, tmp_path):
    with pytest.raises(NotFound, match="withdrawn source"):
        remove_text(engine, BlobStore(tmp_path), "tarn-gazette", AT)


def test_a_withdrawal_keeps_its_first_day_and_takes_its_source_off_the_visits(engine, world):
    told = world.tell(pier(1), EARLIER)
    with session(engine) as work:
        withdraw_source(work, "tarn-gazette", AT, "asked")
        withdraw_source(work, "tarn-gazette", AT.replace(month=9), "asked again")
    with session(engine) as work:
        (found,) = withdrawals(work).values()
        assert readable(work, [source("tarn-gazette"), source("courier")]) == [source("courier")]
        assert readable(work, [source("courier").model_copy(update={"enabled": False})]) == []
    assert (found.withdrawn_at, found.why) == (AT, "asked")
    assert told.document.text


def source(name):
    return Source(name=name, kind="feed", url="https://x/", licence="MIT", attribution="x")


@pytest.mark.parametrize("changes", [{"text": ""}, {"text_removed_at": AT}], ids=str)
def test_a_document_has_its_text_or_says_when_that_was_removed(world, changes):
    whole = world.tell(pier(1), EARLIER).document.model_dump()
    with pytest.raises(ValueError, match="has its text, or says when that was removed"):
        Document.model_validate(whole | changes)
    assert Document.model_validate(whole | {"text": "", "text_removed_at": AT}).text == ""
