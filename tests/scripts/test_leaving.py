"""What becomes of sealed questions and of leftovers, over a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from generator.rotation.units import Unit
from scripts.closing import maker_of
from scripts.leaving import fates, stale_among
from scripts.wiring import Plan
from store.database import session
from store.errata import append
from store.tables import DocumentRow
from store.weeks import week_bounds, week_of
from tests.building import EARLIER, NOW, World
from tests.store.weeks import pier


@pytest.fixture
def world(tmp_path):
    made = World.at(tmp_path)
    yield made
    made.engine.dispose()


def plan_after(n_weeks):
    start, _ = week_bounds(EARLIER)
    start += timedelta(weeks=n_weeks)
    end = start + timedelta(days=7)
    return Plan(week_of(start.date()), end, start - timedelta(days=180), end)


def decided(world, plan):
    with session(world.engine) as work:
        return fates(work, plan, lambda question: "p", maker_of)


def decide(world, told, action):
    with session(world.engine) as work:
        append(work, told.question.id, action, "disputed", "two are right", world.keys, NOW)


def read_again(world, told, text):
    """Store what the page of a question said when it was read once more."""
    later = told.document.fetched_at + timedelta(days=1)
    changes = {"id": "d_" + "0" * 16, "text": text, "fetched_at": later}
    with session(world.engine) as work:
        work.add(DocumentRow.of(told.document.model_copy(update=changes)))


def test_a_pair_leaves_together_for_the_strongest_of_its_causes(world):
    pair = [
        world.tell(replace(pier(n), pair="p_1", pair_role=role), EARLIER)
        for n, role in enumerate(("base", "swap_order"))
    ]
    world.release(EARLIER, [world.tell(pier(9), EARLIER)], pair)
    assert [one.unit.id for one in decided(world, plan_after(1)).alive] == ["p_1"]
    last = max(pair, key=lambda told: told.question.id)
    decide(world, last, "nullify")
    whys = {gone.why for gone in decided(world, plan_after(6)).retired}
    assert whys == {"disputed: nullified; two are right"}


@pytest.mark.parametrize(("n_weeks", "n_alive"), [(1, 1), (5, 1), (6, 0)])
def test_a_sealed_question_lives_six_weeks(world, n_weeks, n_alive):
    world.release(EARLIER, [world.tell(pier(1), EARLIER)], [world.tell(pier(2), EARLIER)])
    found = decided(world, plan_after(n_weeks))
    assert len(found.alive) == n_alive and len(found.retired) == 1 - n_alive


def test_what_is_disputed_lives_on_and_is_carried_by_nobody(world):
    sealed = world.tell(pier(2), EARLIER)
    world.release(EARLIER, [world.tell(pier(1), EARLIER)], [sealed])
    decide(world, sealed, "dispute")
    (one,) = decided(world, plan_after(1)).alive
    assert one.held
    decide(world, sealed, "keep")
    (one,) = decided(world, plan_after(1)).alive
    assert not one.held


def test_a_page_that_says_otherwise_makes_its_questions_stale_sealed_or_waiting(world):
    sealed, waiting = world.tell(pier(2), EARLIER), world.tell(pier(3), EARLIER)
    world.release(EARLIER, [world.tell(pier(1), EARLIER)], [sealed])
    plan, pool = plan_after(1), [(waiting.question, waiting.document.id)]
    with session(world.engine) as work:
        assert stale_among(work, plan, pool) == frozenset()
    read_again(world, waiting, "Pier 3 received no crates at all.")
    with session(world.engine) as work:
        assert stale_among(work, plan, pool) == {waiting.question.id}
    assert decided(world, plan).retired == ()


def test_an_edited_page_does_not_free_the_sentence_of_a_sealed_question(world):
    sealed = world.tell(pier(2), EARLIER)
    world.release(EARLIER, [world.tell(pier(1), EARLIER)], [sealed])
    apart = decided(world, plan_after(1)).apart
    again = Unit("u", (sealed.question,), "d_of_the_edited_page", "p")
    assert not apart.isdisjoint(again.quotes)
