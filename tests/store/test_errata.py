"""Errata: a ledger that only grows, signed, and what it means for scores and releases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.database import session
from store.errata import (
    WITHHELD,
    append,
    errata_of,
    head_of,
    ledger,
    out_of_scoring,
    signed_part,
    standings,
    verify_ledger,
    withheld_reasons,
)
from store.errors import ErratumRefused, NotFound, ReleaseInvalid, StoreError
from store.records import Erratum, sha256_hex
from store.releases.keys import Keys
from store.tables import ErratumRow
from tests.building import EARLIER, NOW
from tests.store.weeks import SECRET, publish_two_weeks

OPEN, WHY = "pier1", "the page was corrected on the next day"


@pytest.fixture
def weeks(world):
    return publish_two_weeks(world)


@pytest.fixture
def enter(weeks):
    """What adds an entry about a told question."""

    def now(name, action, why=WHY, reason="disputed", keys=None):
        world = weeks.world
        with session(world.engine) as work:
            question_id = weeks.told[name].question.id
            return append(work, question_id, action, reason, why, keys or world.keys, NOW)

    return now


def entries(weeks):
    with session(weeks.world.engine) as work:
        return ledger(work)


def only(key):
    return lambda public: public == key


def test_an_entry_names_its_releases_and_the_entry_before_it(weeks, enter):
    first, second = enter(OPEN, "dispute"), enter("pier2", "nullify")
    assert (first.number, first.releases, first.previous_sha256) == (1, (EARLIER,), None)
    assert second.number == 2
    assert second.previous_sha256 == sha256_hex(signed_part(first))
    assert entries(weeks) == [first, second]
    assert head_of([first, second]) == sha256_hex(signed_part(second))


@pytest.mark.parametrize(
    ("actions", "out", "standing"),
    [
        pytest.param(["dispute"], True, "disputed", id="disputed counts nowhere"),
        pytest.param(["dispute", "keep"], False, None, id="kept counts again"),
        pytest.param(["dispute", "nullify"], True, "nullified", id="nullified never counts"),
        pytest.param(["nullify"], True, "nullified", id="nullified at once"),
        pytest.param(["retire"], False, "retired", id="retired counts where it was released"),
        pytest.param(["retire", "nullify"], True, "nullified", id="retired, then found wrong"),
        pytest.param(["dispute", "keep", "dispute"], True, "disputed", id="disputed once more"),
    ],
)
def test_what_scores_count(weeks, enter, actions, out, standing):
    for action in actions:
        enter(OPEN, action)
    question_id = weeks.told[OPEN].question.id
    assert (question_id in out_of_scoring(entries(weeks))) is out
    found = standings(entries(weeks)).get(question_id)
    assert (found[0] if found else None) == standing


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        pytest.param(["keep"], "nothing is on record", id="keeping what nobody disputes"),
        pytest.param(["dispute", "dispute"], "'dispute' already", id="twice"),
        pytest.param(["nullify", "keep"], "'nullify' already", id="bringing back"),
        pytest.param(["nullify", "retire"], "'nullify' already", id="out twice"),
        pytest.param(["retire", "dispute"], "'retire' already", id="disputing what left"),
    ],
)
def test_what_the_ledger_does_not_take(enter, weeks, actions, said):
    for action in actions[:-1]:
        enter(OPEN, action)
    with pytest.raises(ErratumRefused, match=said):
        enter(OPEN, actions[-1])
    assert len(entries(weeks)) == len(actions) - 1


def test_a_question_that_nobody_knows_is_no_erratum(weeks):
    with pytest.raises(NotFound), session(weeks.world.engine) as work:
        append(work, "q_0000000000000000", "retire", "stale", WHY, weeks.world.keys, NOW)


def test_what_is_said_about_a_sealed_question_is_withheld_until_it_is_revealed(enter, weeks):
    told = enter("sealed", "nullify", f"not {SECRET}, but another")
    assert told.why == WITHHELD and SECRET not in told.model_dump_json()
    with session(weeks.world.engine) as work:
        assert withheld_reasons(work) == {1: f"not {SECRET}, but another"}
    # What is public anyway may be named.
    assert enter("retiring", "nullify", "it was 1077").why == "it was 1077"


def tampered(one: Erratum, keys: Keys | None = None, **changes) -> Erratum:
    changed = one.model_copy(update=changes)
    if keys is None:
        return changed
    changed = changed.model_copy(update={"public_key": keys.public_hex})
    return changed.model_copy(update={"signature": keys.sign(signed_part(changed))})


def test_a_ledger_is_proved_from_its_first_entry(weeks, enter):
    key = weeks.world.keys.public_hex
    assert verify_ledger([], only(key)) is None
    found = [enter(OPEN, "dispute"), enter("pier2", "retire"), enter(OPEN, "keep")]
    assert verify_ledger(found, only(key)) == head_of(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda e, k: [e[0], e[2]], "entry 3 does not follow", id="one taken out"),
        pytest.param(lambda e, k: e[1:], "entry 2 does not follow", id="the first taken out"),
        pytest.param(lambda e, k: [e[1], e[0], e[2]], "does not follow", id="another order"),
        pytest.param(lambda e, k: [*e, e[2]], "entry 3 does not follow", id="one twice"),
        pytest.param(
            lambda e, k: [tampered(e[0], why="another"), *e[1:]],
            "entry 1 is not signed",
            id="another reason",
        ),
        pytest.param(
            lambda e, k: [e[0], e[1], tampered(e[2], action="nullify")],
            "entry 3 is not signed",
            id="another decision",
        ),
        pytest.param(
            lambda e, k: [tampered(e[0], k, why="another"), *e[1:]],
            "entry 1 is not signed by the operator",
            id="signed by a stranger",
        ),
    ],
)
def test_a_changed_ledger_is_refused(weeks, enter, change, said):
    key = weeks.world.keys.public_hex
    found = [enter(OPEN, "dispute"), enter("pier2", "retire"), enter(OPEN, "keep")]
    with pytest.raises(ReleaseInvalid, match=said):
        verify_ledger(change(found, Keys(b"s" * 32, b"s" * 32)), only(key))


def test_a_ledger_that_was_cut_short_has_another_head(weeks, enter):
    found = [enter(OPEN, "dispute"), enter("pier2", "retire")]
    assert verify_ledger(found[:1], only(weeks.world.keys.public_hex)) != head_of(found)


def test_a_number_is_given_once(weeks, enter):
    first = enter(OPEN, "dispute")
    with pytest.raises(StoreError), session(weeks.world.engine) as work:
        work.add(ErratumRow.of(first))
    assert entries(weeks) == [first]


def test_entries_are_read_a_page_at_a_time(weeks, enter):
    found = [enter(f"pier{n}", "retire") for n in range(4)]
    with session(weeks.world.engine) as work:
        assert ledger(work, after=1, limit=2) == found[1:3]
        assert errata_of(work, found[2].question_id) == [found[2]]


def test_times_in_another_zone_are_signed_as_they_are_kept(weeks):
    world = weeks.world
    question_id = weeks.told[OPEN].question.id
    with session(world.engine) as work:
        append(work, question_id, "retire", "stale", WHY, world.keys, NOW + timedelta(hours=1))
    assert verify_ledger(entries(weeks), only(world.keys.public_hex))
