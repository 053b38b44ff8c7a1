"""Values refuse what makes no sense, cannot be changed, and are named by their content."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from store.records import (
    AnswerKey,
    Candidate,
    Capture,
    Document,
    Finding,
    Question,
    Source,
    Span,
    content_hash,
    sha256_hex,
    utc_date,
)

NOW = datetime(2026, 8, 24, 12, tzinfo=UTC)
SOURCE = {"name": "n", "kind": "feed", "url": "u", "licence": "MIT", "attribution": "a"}
FINDING = {
    "subject": "c_1", "check": "quote", "version": 1, "outcome": "pass", "why": "found",
    "found_at": NOW,
}  # fmt: skip
CHOICE = {"answer": "b", "kind": "choice", "choices": ("a", "b"), "answer_index": 1}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        pytest.param(Source, SOURCE | {"name": ""}, id="a source without a name"),
        pytest.param(Source, SOURCE | {"name": "n" * 81}, id="a source with a name too long"),
        pytest.param(Source, SOURCE | {"kind": "ftp"}, id="a source of an unknown kind"),
        pytest.param(Source, SOURCE | {"licence": ""}, id="a source without a licence"),
        pytest.param(Source, SOURCE | {"colour": "red"}, id="a field nobody knows"),
        pytest.param(Span, {"start": 2, "end": 2}, id="an empty span"),
        pytest.param(Span, {"start": 3, "end": 2}, id="a span that runs backwards"),
        pytest.param(Span, {"start": -1, "end": 2}, id="a span before the text"),
        pytest.param(Finding, FINDING | {"outcome": "maybe"}, id="an unknown outcome"),
        pytest.param(Finding, FINDING | {"why": ""}, id="a finding without a reason"),
        pytest.param(Finding, FINDING | {"attempt": 0}, id="an attempt before the first"),
        pytest.param(
            Finding, FINDING | {"found_at": NOW.replace(tzinfo=None)}, id="a time without a zone"
        ),
        pytest.param(AnswerKey, {"answer": "", "kind": "text"}, id="an empty answer"),
        pytest.param(AnswerKey, {"answer": "a", "kind": "guess"}, id="an unknown kind"),
        pytest.param(AnswerKey, CHOICE | {"answer_index": None}, id="options without an index"),
        pytest.param(AnswerKey, CHOICE | {"choices": None}, id="an index without options"),
        pytest.param(AnswerKey, CHOICE | {"answer_index": 2}, id="an index past the options"),
        pytest.param(AnswerKey, CHOICE | {"answer_index": -1}, id="an index before the options"),
        pytest.param(AnswerKey, CHOICE | {"answer_index": 0}, id="an index of another option"),
    ],
)
def test_what_makes_no_sense_is_refused(kind, fields):
    with pytest.raises(ValidationError):
        kind(**fields)


@pytest.mark.parametrize(
    ("kind", "fields"), [(Source, SOURCE), (Finding, FINDING), (AnswerKey, CHOICE)]
)
def test_a_value_is_frozen_equal_by_content_and_survives_json(kind, fields):
    value = kind(**fields)
    assert value == kind(**fields)
    assert kind.model_validate_json(value.model_dump_json()) == value
    with pytest.raises(ValidationError, match="frozen"):
        setattr(value, next(iter(fields)), "other")


def test_a_span_covers_characters_half_open():
    assert Span(start=1, end=3).of("aébc") == "éb"


def test_hashes_are_of_the_canonical_form():
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert content_hash({"b": 1, "a": "é"}) == content_hash({"a": "é", "b": 1.0})
    assert content_hash({"a": "é"}) == sha256_hex('{"a":"é"}'.encode())
    assert content_hash([1]) != content_hash(["1"])


def test_a_document_is_named_by_where_and_what():
    one = Document.id_of("u", "text")
    assert one == Document.id_of("u", "text") and one.startswith("d_") and len(one) == 18
    assert len({one, Document.id_of("v", "text"), Document.id_of("u", "texts")}) == 3
    assert Document.id_of("ab", "c") != Document.id_of("a", "bc")


def test_a_candidate_is_named_by_everything_but_its_raw_reply_and_its_pair(sqlite_published):
    one = sqlite_published.told["pier1"].candidate
    fields = one.model_dump(exclude={"id"})
    assert Candidate.draft(**fields).id == one.id
    for same in ({"raw_reply": "x"}, {"pair": "p_9"}):
        assert Candidate.draft(**fields | same).id == one.id
    key = one.key.model_copy(update={"answer": "other"})
    for other in ({"question": "?"}, {"key": key}, {"writer": "w"}, {"pair_role": "noisy"}):
        assert Candidate.draft(**fields | other).id != one.id


@pytest.mark.parametrize("name", ["q_123", "x_0123456789abcdef", "", "q_0123456789abcdef0"])
def test_a_question_has_a_question_s_name(sqlite_published, name):
    fields = sqlite_published.told["pier1"].question.model_dump()
    with pytest.raises(ValidationError, match="is no question id"):
        Question.model_validate(fields | {"id": name})


@pytest.mark.parametrize("difficulty", [-0.1, 1.1, float("nan")])
def test_difficulty_is_from_nought_to_one(sqlite_published, difficulty):
    fields = sqlite_published.told["pier1"].question.model_dump()
    with pytest.raises(ValidationError, match="difficulty"):
        Question.model_validate(fields | {"difficulty": difficulty})


def test_the_key_of_a_question_is_that_of_its_candidate(sqlite_published):
    for told in sqlite_published.told.values():
        assert told.question.key == told.candidate.key


def test_a_capture_is_named_by_a_whole_hash():
    with pytest.raises(ValidationError, match="sha256"):
        Capture(
            sha256="ab", source="s", url="u", final_url="u", status=200, content_type="t",
            headers={}, n_bytes=0, fetched_at=NOW,
        )  # fmt: skip


def test_the_day_of_a_moment_is_the_one_in_utc():
    east = timezone(timedelta(hours=9))
    assert utc_date(datetime(2026, 8, 24, 8, tzinfo=east)) == date(2026, 8, 23)
