"""The funnel: every candidate is counted once, and what models cost is told as servers count it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.candidates import accept
from store.database import session
from store.funnel import funnel, model_cost
from store.records import Finding
from store.tables import ModelCallRow
from tests.building import EARLIER, LATER, Story

NOW = datetime(2026, 8, 24, 12, tzinfo=UTC)


def found(subject, outcome="pass", check="copying", attempt=1, evidence=None):
    return Finding(
        subject=subject, check=check, version=1, outcome=outcome, why=f"it is {outcome}",
        attempt=attempt, evidence=evidence or {}, found_at=NOW + timedelta(minutes=attempt),
    )  # fmt: skip


def test_the_funnel_adds_up(engine, world, told, save):
    ids = [one.candidate.id for one in told]
    save(found(ids[0], "fail", "leak"), found(ids[1], "unsure", "leak"), found(ids[2], "fail"))
    with session(engine) as work:
        accept(work, told[3].candidate, told[3].question, EARLIER)
    refused = world.tell(Story(url="https://gazette.example/bad"), LATER, accepted=False)
    save(found(refused.document.id, "fail", "injection"))
    with session(engine) as work:
        counts = funnel(work, EARLIER)
    assert counts.drafted == {"number": 4}
    assert counts.stopped == {"copying": 1, "leak": 2}
    assert counts.held == {"leak": 1}
    assert counts.accepted == {"number": 1}
    assert sum(counts.drafted.values()) == (
        sum(counts.stopped.values()) + counts.waiting + sum(counts.accepted.values())
    )
    assert (counts.documents, counts.documents_stopped) == (5, {"injection": 1})


def test_a_week_of_which_nothing_is_known_counts_nothing(engine):
    with session(engine) as work:
        counts = funnel(work, LATER)
    assert (counts.documents, counts.drafted, counts.stopped, counts.accepted) == (0, {}, {}, {})


def test_what_no_check_has_settled_is_counted_as_waiting(engine, told, save):
    save(found(told[0].candidate.id, "fail", "leak"))
    with session(engine) as work:
        counts = funnel(work, EARLIER)
    assert (counts.waiting, sum(counts.stopped.values()), sum(counts.drafted.values())) == (3, 1, 4)


def test_drafts_that_came_to_nothing_are_counted_by_family_and_stop_no_document(engine, told, save):
    refusals = {"refusals": [{"family": "fact", "why": "no quote", "raw": "{}"}] * 2}
    save(found(told[0].document.id, "unsure", "composing", evidence=refusals))
    joined = {"refusals": [{"family": "changed", "why": "a forecast", "raw": None}]}
    save(found(f"week:{EARLIER}", "pass", "joining", evidence=joined))
    with session(engine) as work:
        counts = funnel(work, EARLIER)
    assert counts.refused == {"changed": 1, "fact": 2}
    assert counts.documents_stopped == {}


def call(attempt, **changes):
    fields = {
        "week": EARLIER, "role": "writer", "model": "fake:model", "prompt_sha256": "a" * 64,
        "input_sha256": "b" * 64, "attempt": attempt, "reply": "{}", "tokens_in": 100,
        "tokens_out": 10, "seconds": 0.5, "usd": "0.25", "called_at": NOW,
    }  # fmt: skip
    return ModelCallRow(**(fields | changes))


def test_what_models_cost_is_the_sum_of_what_servers_count(engine):
    with session(engine) as work:
        work.add(call(1))
        work.add(call(2, role="verifier", usd="0.1"))
        work.add(call(3, role="verifier", tokens_in=None, usd=None, ending="unusable", why="half"))
        work.add(call(4, week=LATER))
    with session(engine) as work:
        cost = model_cost(work, EARLIER)
    assert cost.calls == {"verifier": 2, "writer": 1}
    assert cost.unusable == {"verifier": 1}
    assert (cost.tokens_in, cost.tokens_out, cost.uncounted) == (200, 30, 1)
    assert (cost.usd, cost.unpriced, cost.seconds) == ("0.35", 1, 1.5)


def test_without_counts_and_prices_the_sums_are_unknown_not_zero(engine):
    with session(engine) as work:
        work.add(call(1, tokens_in=None, tokens_out=None, usd=None))
    with session(engine) as work:
        cost = model_cost(work, EARLIER)
    assert (cost.tokens_in, cost.tokens_out, cost.usd) == (None, None, None)


def test_the_cost_of_a_question_is_shared_by_all_that_were_accepted(engine, world):
    for number, writer in enumerate(["openai:x", "openai:x", "rule:number/1"]):
        world.tell(Story(writer=writer, url=f"https://gazette.example/{number}"), EARLIER)
    with session(engine) as work:
        for number in (1, 2, 3):
            work.add(call(number))
    with session(engine) as work:
        each = funnel(work, EARLIER).per_accepted
    assert each == {"calls": 1, "tokens_in": 100, "tokens_out": 10, "seconds": 0.5, "usd": 0.25}
