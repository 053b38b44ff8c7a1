"""What is read often is found by an index, and comes in the order it is wanted in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.rejected import rejected
from store.audit import chain_of
from store.candidates import (
    accept_all,
    base_of_pairs,
    candidates_on,
    check_versions,
    documents_by_id,
    drafts_of,
    findings_of,
    ids_in_state,
    in_state,
    latest_findings,
    save_drafts,
    save_findings,
    standing_of,
    standings,
    unreleased_questions,
)
from store.database import session
from store.documents import documents_published
from store.gate_counts import gate_counts
from tests.building import CUTOFF, EARLIER, NOW
from tests.plans import faults, listening, plan_of

#: A read by what it is for: what is called, with a session, a told story and its engine.
READS = {
    "a page of a topic": lambda work, one: candidates_on(work, "transport", after="c_5"),
    "unseen candidates": lambda work, one: standings(work),
    "unseen candidates of a week": lambda work, one: standings(work, week=EARLIER),
    "unseen candidates by check": lambda work, one: standings(work, stopped_by="quote"),
    "both": lambda work, one: standings(work, week=EARLIER, stopped_by="quote"),
    "one candidate": lambda work, one: standing_of(work, one.candidate.id),
    "what is waiting": lambda work, one: in_state(work, ["drafted", "held"]),
    "who is accepted": lambda work, one: ids_in_state(work, "accepted"),
    "drafts of a document": lambda work, one: drafts_of(work, [one.document.id, "d_1"]),
    "the base of a pair": lambda work, one: base_of_pairs(work, ["p_1", "p_2"]),
    "documents": lambda work, one: documents_by_id(work, [one.document.id, "d_1"]),
    "documents of a window": lambda work, one: documents_published(
        work, CUTOFF, NOW + timedelta(days=1)
    ),
    "findings of a subject": lambda work, one: findings_of(work, one.candidate.id),
    "newest findings": lambda work, one: latest_findings(work, [one.candidate.id, "c_1"]),
    "versions of the checks": lambda work, one: check_versions(work),
    "the gate's findings of a week": lambda work, one: gate_counts(work, EARLIER),
    "the whole chain": lambda work, one: chain_of(work, one.question.id),
    "drafts saved": lambda work, one: save_drafts(work, [one.candidate], EARLIER),
    "findings saved": lambda work, one: save_findings(
        work, [one.findings[1].model_copy(update={"attempt": 9, "outcome": "fail"})]
    ),
    "accepted": lambda work, one: accept_all(work, [(one.candidate, one.question)], EARLIER),
}


#: The page of all candidates begins where their ids begin, and ends with the page.
WALKS = {"unseen candidates": "candidate"}


@pytest.fixture
def engine(published):
    """A database with two published weeks; what a test writes is taken back."""
    return published.world.engine


@pytest.fixture
def filled(published):
    return published.told["retiring"]


def plans(engine, read):
    """Return every statement of a read with its plan."""
    with listening(engine) as asked, session(engine) as work:
        read(work)
        work.flush()
        work.rollback()
    with engine.connect() as connection:
        return [(statement, plan_of(connection, statement, values)) for statement, values in asked]


@pytest.mark.parametrize("name", READS)
def test_what_is_read_often_is_read_by_an_index(engine, filled, name):
    found = plans(engine, lambda work: READS[name](work, filled))
    assert found
    for statement, steps in found:
        assert faults(steps, walks=WALKS.get(name)) == [], f"{statement}\n{steps}"


@pytest.mark.parametrize(
    ("check", "after"), [(None, None), (None, "c_5"), ("quote", "c_5")], ids=str
)
def test_a_page_of_what_was_rejected_is_read_by_an_index(engine, filled, check, after):
    with listening(engine) as asked:
        rejected(engine, EARLIER, check, after, 10)
    with engine.connect() as connection:
        for statement, values in asked:
            assert faults(plan_of(connection, statement, values)) == [], statement


def test_what_no_week_carries_is_one_walk_along_the_questions(engine, filled):
    """Every other table is looked into by an index."""
    (steps,) = (
        steps
        for statement, steps in plans(engine, unreleased_questions)
        if "FROM question" in statement
    )
    assert faults(steps, walks="question") == [], steps


def test_a_read_without_an_index_is_told(engine, filled):
    """The judge itself: a search by what nothing is indexed by, and an order no index gives."""
    with engine.connect() as connection:
        whole = plan_of(connection, "SELECT id FROM candidate WHERE family = 'x'", ())
        order = plan_of(connection, "SELECT id FROM candidate WHERE week = 'x' ORDER BY family", ())
    assert faults(whole) and faults(order)
