"""What each form of a question says, and above all what a sealed one does not."""

from __future__ import annotations

import hashlib
import io
import json

import pyarrow.parquet as pq
import pytest

from store.audit import provenance_line
from store.records import Question
from store.releases.parquet import PARQUET_SCHEMA, parquet
from store.releases.rows import (
    SECRET_COLUMNS,
    canonical_answer,
    commitment,
    jsonl,
    open_row,
    revealed_row,
    sealed_row,
)
from tests.building import EARLIER
from tests.store.weeks import SECRET

SALT = bytes(range(32))
WEEK = {"release": "2026-W34", "first_release": EARLIER}


@pytest.fixture
def question(sqlite_published) -> Question:
    return sqlite_published.told["retiring"].question


def changed(question, **fields):
    return Question.model_validate(question.model_dump() | fields)


def test_an_open_row_has_every_column_and_its_metadata_again(question):
    row = open_row(question, **WEEK)
    assert set(row) == {*Question.model_fields, "release", "first_release", "metadata"}
    assert set(row["metadata"]) == set(row) - {"id", "input", "choices", "target", "metadata"}
    assert all(row[name] == value for name, value in row["metadata"].items())


def test_a_sealed_row_has_none_of_the_columns_that_give_the_answer_away(question):
    row = sealed_row(question, SALT, **WEEK)
    assert not set(row) & set(SECRET_COLUMNS)
    assert "metadata" not in row
    assert set(row) | set(SECRET_COLUMNS) == {
        *Question.model_fields, "release", "first_release", "commitment"
    }  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"answer": "9", "target": "9"}, id="the answer"),
        pytest.param({"aliases": ("nine",)}, id="the other spellings"),
        pytest.param({"family": "unanswerable", "answer_kind": "abstain"}, id="the family"),
        pytest.param({"pair": None, "pair_role": None}, id="whether it has a pair"),
        pytest.param({"pair": "p_2", "pair_role": "unanswerable"}, id="its part in the pair"),
        pytest.param({"difficulty": 0.9}, id="the difficulty"),
        pytest.param({"writer": "rule:unanswerable/1"}, id="the rule that wrote it"),
        pytest.param({"prompt_sha256": "0" * 64}, id="the prompt that wrote it"),
        pytest.param({"evidence": "the quote"}, id="the evidence"),
        pytest.param({"answer_spec": {"unit": "crate"}}, id="how replies are compared"),
    ],
)
def test_two_questions_that_differ_in_a_secret_have_the_same_sealed_row(question, fields):
    rows = [
        {k: v for k, v in sealed_row(q, SALT, **WEEK).items() if k != "commitment"}
        for q in (question, changed(question, **fields))
    ]
    assert rows[0] == rows[1]


def test_without_the_salt_no_guess_can_be_tested(question):
    row = sealed_row(question, SALT, **WEEK)
    assert row["commitment"] != sealed_row(question, SALT[::-1], **WEEK)["commitment"]
    assert hashlib.sha256(canonical_answer(question)).hexdigest() not in json.dumps(row)


def test_a_revealed_row_opens_the_commitment_it_was_sealed_with(question):
    sealed = sealed_row(question, SALT, **WEEK)
    row = revealed_row(question, SALT, **WEEK, why="stale")
    opened = hashlib.sha256(bytes.fromhex(row["salt"]) + row["canonical_answer"].encode())
    assert opened.hexdigest() == row["commitment"] == sealed["commitment"]
    assert (row["answer"], row["retired_because"]) == (question.answer, "stale")


def test_a_commitment_is_the_hash_of_salt_and_answer():
    assert commitment(b"ab", b"cd") == hashlib.sha256(b"abcd").hexdigest()


def test_the_provenance_of_a_sealed_question_does_not_lead_to_its_answer(sqlite_published):
    told = sqlite_published.told["sealed"]
    chain = (told.question, told.candidate, told.document, told.capture, told.findings)
    opened = json.dumps(provenance_line(*chain, sealed=False))
    sealed = json.dumps(provenance_line(*chain, sealed=True))
    assert SECRET in opened and told.candidate.id in opened
    for hidden in (SECRET, told.candidate.id, told.candidate.writer, told.candidate.prompt_sha256):
        assert hidden not in sealed
    assert told.capture.sha256 in sealed and told.document.url in sealed
    assert set(json.loads(sealed)["findings"][0]) == {"check", "version", "outcome"}


def test_rows_are_one_a_line_keys_sorted_and_text_as_it_is():
    assert jsonl([{"b": "é\u2028\n", "a": 1}, {}]) == '{"a":1,"b":"é\u2028\\n"}\n{}\n'.encode()
    assert len(jsonl([{"a": "x\ry\u0085z"}]).splitlines()) == 1


def test_parquet_holds_the_same_rows_with_dates_as_text(question):
    row = open_row(question, **WEEK)
    table = pq.read_table(io.BytesIO(parquet([row])))
    assert table.schema.equals(PARQUET_SCHEMA)
    read = table.to_pylist()[0]
    as_json = ("answer_spec", "further_sources", "metadata")
    for name, value in row.items():
        assert (json.loads(read[name]) if name in as_json else read[name]) == value


def test_parquet_of_no_rows_has_the_same_schema_and_the_same_rows_the_same_bytes(question):
    assert pq.read_table(io.BytesIO(parquet([]))).schema.equals(PARQUET_SCHEMA)
    row = open_row(question, **WEEK)
    assert parquet([row]) == parquet([json.loads(json.dumps(row))])
