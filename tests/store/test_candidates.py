"""Candidates stand where their findings put them, are counted once, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from store.candidates import (
    MAX_UNSURE,
    accept,
    accepted_questions,
    base_of_pairs,
    candidates_on,
    check_versions,
    documents_by_id,
    drafted_documents,
    findings_of,
    in_state,
    latest_findings,
    save_drafts,
    standing_of,
    standings,
    unreleased_questions,
)
from store.database import session
from store.errors import NotFound
from store.funnel import funnel
from store.records import Candidate, Finding
from tests.building import EARLIER, LATER, Story
from tests.store.weeks import pier

NOW = datetime(2026, 8, 24, 12, tzinfo=UTC)


def found(subject, outcome="pass", check="copying", attempt=1, version=1):
    return Finding(
        subject=subject, check=check, version=version, outcome=outcome, why=f"it is {outcome}",
        attempt=attempt, found_at=NOW + timedelta(minutes=attempt),
    )  # fmt: skip


@pytest.fixture
def stands(engine):
    def where(told):
        with session(engine) as work:
            standing = standing_of(work, told.candidate.id)
            return standing.state, standing.stopped_by

    return where


def test_a_new_candidate_is_drafted_and_known_by_its_week_and_document(engine, told, stands):
    assert stands(told[0]) == ("drafted", None)
    with session(engine) as work:
        standing = standing_of(work, told[0].candidate.id)
        assert (standing.candidate, standing.week) == (told[0].candidate, EARLIER)
        assert drafted_documents(work) == {one.document.id for one in told}


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        pytest.param(["pass"], ("drafted", None), id="a pass leaves it drafted"),
        pytest.param(["fail"], ("rejected", "copying"), id="a fail rejects it"),
        pytest.param(["unsure"], ("held", "copying"), id="unsure holds it"),
        pytest.param(["unsure"] * 2, ("held", "copying"), id="unsure twice holds it"),
        pytest.param(["unsure"] * 3, ("rejected", "copying"), id="unsure three times rejects it"),
        pytest.param(["unsure", "fail"], ("rejected", "copying"), id="unsure, then a fail"),
    ],
)
def test_a_candidate_stands_where_its_findings_put_it(told, save, stands, outcomes, state):
    assert MAX_UNSURE == 3
    for attempt, outcome in enumerate(outcomes, start=1):
        save(found(told[0].candidate.id, outcome, attempt=attempt))
    assert stands(told[0]) == state
    assert stands(told[1]) == ("drafted", None)


def test_a_finding_about_a_document_moves_no_candidate(told, save, stands):
    save(found(told[0].document.id, "fail", check="injection"))
    assert stands(told[0]) == ("drafted", None)


def test_saving_drafts_twice_changes_nothing(engine, told, save, stands):
    save(found(told[0].candidate.id, "fail"))
    with session(engine) as work:
        assert save_drafts(work, [told[0].candidate, told[0].candidate], LATER) == 0
    assert stands(told[0]) == ("rejected", "copying")
    with session(engine) as work:
        assert standing_of(work, told[0].candidate.id).week == EARLIER


def test_saving_findings_twice_changes_nothing(engine, told, save, stands):
    first, again = (found(told[0].candidate.id, outcome, "leak") for outcome in ("fail", "pass"))
    save(first, first)
    save(again)
    with session(engine) as work:
        kept = [f for f in findings_of(work, told[0].candidate.id) if f.check == "leak"]
    assert kept == [first]
    assert stands(told[0]) == ("rejected", "leak")


def test_accepting_twice_changes_nothing(engine, told, stands):
    for week in (EARLIER, LATER):
        with session(engine) as work:
            accept(work, told[0].candidate, told[0].question, week)
    assert stands(told[0]) == ("accepted", None)
    with session(engine) as work:
        assert accepted_questions(work) == [told[0].question]
        assert funnel(work, EARLIER).accepted == {"number": 1}


def test_who_was_never_drafted_cannot_be_accepted_or_looked_up(engine, told):
    stranger = Candidate.draft(**told[0].candidate.model_dump(exclude={"id"}) | {"level": 3})
    with session(engine) as work:
        with pytest.raises(NotFound, match=f"no candidate is called '{stranger.id}'"):
            accept(work, stranger, told[0].question, EARLIER)
        with pytest.raises(NotFound, match="no candidate is called 'c_none'"):
            standing_of(work, "c_none")
        assert accepted_questions(work) == []


def test_every_finding_is_kept_and_the_newest_attempt_speaks(engine, told, save):
    subject = told[0].candidate.id
    tries = [found(subject, o, "leak", n) for n, o in enumerate(["unsure", "pass"], start=1)]
    other_version = found(subject, "fail", "leak", version=2)
    save(*tries, other_version)
    with session(engine) as work:
        assert [f for f in findings_of(work, subject) if f.check == "leak"] == [
            *tries,
            other_version,
        ]
        latest = latest_findings(work, [subject])
        assert latest[subject, "leak", 1] == tries[1]
        assert latest[subject, "leak", 2] == other_version
        assert latest.items() <= latest_findings(work).items()
        assert latest_findings(work, []) == {}


def test_candidates_are_listed_by_state_week_and_who_stopped_them(engine, told, save):
    ids = sorted(one.candidate.id for one in told)
    save(found(ids[0], "fail", "leak"), found(ids[1], "unsure", "leak"), found(ids[2], "fail"))
    with session(engine) as work:
        assert [c.id for c in in_state(work, ["held"])] == [ids[1]]
        assert [c.id for c in in_state(work, ["drafted", "rejected"])] == [ids[0], *ids[2:]]
        assert [s.candidate.id for s in standings(work)] == ids
        assert [s.candidate.id for s in standings(work, stopped_by="leak")] == ids[:2]
        assert [s.candidate.id for s in standings(work, limit=1)] == ids[:1]
        assert standings(work, week=LATER) == []


def test_only_questions_that_no_week_carries_are_unreleased(published):
    world = published.world
    carried = {one.question.id for one in published.told.values()}
    with session(world.engine) as work:
        assert {q.id for q in accepted_questions(work)} == carried
        assert unreleased_questions(work) == []


def test_an_accepted_question_waits_with_its_document(engine, world):
    told = world.tell(pier(1), EARLIER)
    with session(engine) as work:
        assert unreleased_questions(work) == [(told.question, told.document.id)]
        assert documents_by_id(work, [told.document.id, "d_none"]) == {
            told.document.id: told.document
        }


def test_the_base_of_a_pair_is_found_whatever_became_of_it(engine, world, save):
    base = world.tell(Story(pair="p_1", pair_role="base"), EARLIER, accepted=False)
    noisy = Story(pair="p_1", pair_role="noisy", question="how many?", url="https://b.example/")
    world.tell(noisy, EARLIER, accepted=False)
    save(found(base.candidate.id, "fail", "leak"))
    with session(engine) as work:
        assert base_of_pairs(work, ["p_1", "p_2"]) == {"p_1": base.candidate}


def test_half_a_character_is_kept_though_it_has_no_utf_8(engine, told, save):
    near = {"near": "half \ud83d, whole \U0001f600, é"}
    halved = found(told[0].candidate.id).model_copy(update={"evidence": near})
    save(halved)
    with session(engine) as work:
        assert findings_of(work, told[0].candidate.id)[-1] == halved


def test_more_than_a_statement_can_name_are_asked_for_at_once(engine):
    """Postgres takes 65,535 values a statement, SQLite 32,766."""
    many = [f"c_{number:016x}" for number in range(70_000)]
    with session(engine) as work:
        assert latest_findings(work, many) == {}
        assert documents_by_id(work, many) == {}
        assert base_of_pairs(work, many) == {}


def test_a_topic_is_read_page_by_page(engine, world):
    told = [world.tell(pier(number), EARLIER, accepted=False) for number in range(5)]
    world.tell(Story(topic="weather", url="https://gazette.example/rain"), EARLIER, accepted=False)
    pages, after = [], ""
    with session(engine) as work:
        while page := candidates_on(work, "transport", after=after, limit=2):
            assert len(page) <= 2
            pages += [standing.candidate for standing in page]
            after = page[-1].candidate.id
    assert pages == sorted((one.candidate for one in told), key=lambda one: one.id)


def test_the_newest_version_of_every_check_is_told_by_name(engine, told, save):
    first = told[0].candidate.id
    save(*(found(first, check="zeta", version=version) for version in (2, 10, 3)))
    with session(engine) as work:
        assert check_versions(work) == {"date": 1, "quote": 1, "supported": 1, "zeta": 10}
        assert list(check_versions(work)) == ["date", "quote", "supported", "zeta"]
