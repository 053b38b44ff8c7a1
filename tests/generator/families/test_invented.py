"""Invented pages: who is swapped, what is private, and that nobody else asks about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from generator.checks.as_of import AsOf
from generator.checks.copying import Copying
from generator.checks.date import Date
from generator.checks.harm import Harm
from generator.checks.injection import Injection
from generator.checks.leak import Leak
from generator.checks.machine_written import MachineWritten
from generator.checks.options import Options
from generator.checks.personal_data import PersonalData, personal_data_in
from generator.checks.quote import Quote
from generator.checks.replays.counterfactual import counterfactual, over_refusal, privacy
from generator.checks.schema import Schema
from generator.checks.self_contained import SelfContained
from generator.checks.supported import Supported
from generator.families import FAMILIES
from generator.families.counterfactual import Counterfactual
from generator.families.privacy import Privacy
from generator.families.writing import write_all
from generator.invented import SOURCE
from generator.invented.frames import FRAMES
from generator.invented.names import ORIGINS, PLACES
from generator.invented.offices import DETAILS, OFFICES
from generator.invented.pages import (
    base_address,
    desks_of,
    pages_of,
    plays_of,
    replaced,
    week_of_address,
)
from store.records import Dates
from store.weeks import week_bounds
from tests.generator.making import TODAY, Case, document, verdict_of

WEEKS = [f"2026-W{number:02}" for number in range(1, 53)]
WEEK = "2026-W34"


def stored(page, week=WEEK, **changes):
    start, _ = week_bounds(week)
    fields = {
        "url": page.url,
        "title": page.title,
        "topic": page.topic,
        "source": SOURCE.name,
        "licence": SOURCE.licence,
        "attribution": SOURCE.attribution,
        "published_at": start,
        "fetched_at": start,
        "date_basis": "first_seen",
        "dates": Dates(first_seen=start),
    }
    return document(page.text, **(fields | changes))


def cases_of(week):
    """Every candidate of a week's pages, with its document and its base."""
    documents = {one.id: one for one in (stored(page, week) for page in pages_of(week))}
    made = [c for one in documents.values() for c in write_all(one).candidates]
    bases = {c.pair: c for c in made if c.pair_role in ("base", "allowed")}
    return [
        Case(c, documents[c.document_id], None if c is bases[c.pair] else bases[c.pair])
        for c in made
    ]


def case_of(role, week=WEEK, *, kind=None):
    return next(
        one
        for one in cases_of(week)
        if one.candidate.pair_role == role and kind in (None, one.candidate.key.kind)
    )


# --- the pages ----------------------------------------------------------------------------


def test_there_are_frames_of_many_topics_and_no_name_stands_twice():
    assert len(FRAMES) >= 20 and len({frame.topic for frame in FRAMES}) >= 8
    assert len({one.name for one in (*FRAMES, *OFFICES)}) == len(FRAMES) + len(OFFICES)
    words = [w for o in ORIGINS for w in (o.country, *o.men, *o.women, *o.surnames)]
    assert len(set(words)) == len(words)
    assert all(len(o.men) == len(o.women) == len(o.surnames) for o in ORIGINS)
    told = " ".join(f"{f.scene} {f.open} {f.told} {f.after} {f.question}" for f in FRAMES)
    assert not set(words) & set(told.replace(",", " ").replace(".", " ").split())
    assert not set(words) & set(PLACES)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda one: one.name)
def test_a_frame_tells_nobody_apart_but_in_the_sentence_that_tells(frame):
    assert frame.scene.count("{a}") == frame.scene.count("{b}") >= 2
    assert frame.scene.count("{his_a}") == frame.scene.count("{his_b}") >= 1
    assert frame.scene.count("{home_a}") == frame.scene.count("{home_b}") == 1
    assert not {"{a}", "{b}", "{who}"} & set(frame.open.split()) and "one of the two" in (
        frame.open.casefold()
    )
    assert frame.told.count("{who}") == 1 and "{" not in frame.after
    assert frame.question.startswith("In {place}, who ") and "{day}" in frame.question
    # Pronouns that a map of words could not lead back.
    assert not {"him", "hers", "he", "she", "himself", "herself"} & set(frame.scene.split())


def test_a_week_s_pages_follow_from_its_name_alone():
    assert pages_of(WEEK) == pages_of(WEEK)
    assert not {one.text for one in pages_of(WEEK)} & {one.text for one in pages_of("2026-W35")}
    assert len(plays_of(WEEK)) <= 10 and len(desks_of(WEEK)) <= 5


def test_every_page_says_what_it_is_and_where_it_is_not():
    for page in pages_of(WEEK):
        assert page.title.startswith("Invented for a test: ")
        assert page.url.startswith(f"https://invented.invalid/{WEEK}/")
        assert week_of_address(page.url) == WEEK
    assert week_of_address("https://tarn.example/2026-W34/1") == ""
    assert week_of_address("https://invented.invalid/2026-W34/1/else") == ""


@pytest.mark.parametrize("week", WEEKS[::4])
def test_every_map_leads_back_byte_for_byte(week):
    for play in plays_of(week):
        back = {now: was for was, now in play.words.items()}
        assert len(back) == len(play.words)
        assert play.swapped.text != play.base.text
        for name in ("text", "quote", "question", "answer", "topic"):
            assert replaced(getattr(play.swapped, name), back) == getattr(play.base, name)
        assert base_address(play.swapped.url) == play.base.url


def test_half_of_the_events_are_open_and_every_swap_is_both():
    told = {(play.swap, play.base.answer == "") for play in plays_of(WEEK)}
    assert len(told) == 6
    assert sum(is_open for _, is_open in told) == 3


# --- the questions ------------------------------------------------------------------------


def test_every_question_of_a_year_passes_every_check_of_its_own():
    start, end = week_bounds("2026-W01")
    own = (
        Schema(), Quote(lambda one: one.text, "test/1"), Supported(), SelfContained(None, TODAY),
        Leak(), AsOf(), Options(None, TODAY), Copying(), PersonalData(), Harm(),
    )  # fmt: skip
    for week in WEEKS:
        start, end = week_bounds(week)
        made = cases_of(week)
        assert len(made) == 20
        for one in made:
            for check in (Date(start, end), Injection(), MachineWritten()):
                assert check(one.document).outcome == "pass"
            found = {check.name: verdict_of(check, one) for check in own}
            bad = {
                name: verdict.why for name, verdict in found.items() if verdict.outcome != "pass"
            }
            assert not bad, (week, one.candidate.question, bad)


def test_only_the_families_made_for_them_read_invented_pages():
    page = pages_of(WEEK)[0]
    assert {c.family for c in write_all(stored(page)).candidates} == {"counterfactual"}
    real = stored(page, source="tarn-news")
    assert {c.family for c in write_all(real, FAMILIES).candidates} <= {"number", "date", "entity"}


def test_a_page_that_is_not_as_we_would_write_it_now_is_asked_nothing():
    page = plays_of(WEEK)[0].base
    changed = document(page.text + " And more.", url=page.url, source=SOURCE.name)
    assert not write_all(changed, (Counterfactual(), Privacy())).candidates


def test_first_seen_is_a_date_for_what_we_wrote_ourselves_only():
    start, end = week_bounds(WEEK)
    page = stored(pages_of(WEEK)[0])
    assert Date(start, end)(page).outcome == "pass"
    assert Date(start, end)(page.model_copy(update={"source": "tarn-news"})).outcome == "unsure"
    late = page.model_copy(update={"published_at": datetime(2027, 1, 1, tzinfo=UTC)})
    assert Date(start, end)(late).outcome == "fail"


# --- swapped people -----------------------------------------------------------------------

SWAPS = ("swap_names", "swap_gender", "swap_origin")


def changed(one, **changes):
    return replace(one, candidate=one.candidate.model_copy(update=changes))


@pytest.mark.parametrize("swap", SWAPS)
def test_a_twin_with_a_wrong_map_is_found(swap):
    one = case_of(swap)
    assert counterfactual(one).outcome == "pass"
    words = one.candidate.key.spec["map"]
    for wrong in ({}, {k: v for k, v in list(words.items())[1:]}, {**words, "Both": "Two"}):
        key = one.candidate.key.model_copy(update={"spec": {"map": wrong}})
        verdict = counterfactual(changed(one, key=key))
        # A word that stands nowhere may be in the map: it changes nothing.
        assert (verdict.outcome == "pass") is ("Both" in wrong), wrong


@pytest.mark.parametrize("role", ["base", *SWAPS])
def test_the_other_person_is_no_answer(role):
    one = case_of(role, kind="text")
    cast = one.context.split(" from ")
    others = [cast[0], cast[1].split(" and ")[-1]]
    assert one.candidate.key.answer in others
    other = next(name for name in others if name != one.candidate.key.answer)
    key = one.candidate.key.model_copy(update={"answer": other})
    assert "the key is" in counterfactual(changed(one, key=key)).why


@pytest.mark.parametrize("role", ["base", *SWAPS])
def test_an_open_event_has_no_answer_and_a_settled_one_has(role):
    told, left_open = (case_of(role, kind=kind) for kind in ("text", "abstain"))
    assert counterfactual(changed(told, key=left_open.candidate.key)).outcome == "fail"
    assert counterfactual(changed(left_open, key=told.candidate.key)).outcome == "fail"


def test_another_question_or_passage_than_the_base_s_is_found():
    one = case_of("swap_names", kind="text")
    asked = one.candidate.question.replace("In ", "At ", 1)
    assert "question un-mapped" in counterfactual(changed(one, question=asked)).why
    short = (one.candidate.context_spans[0].model_copy(update={"start": 0}),)
    assert counterfactual(changed(one, context_spans=short)).outcome == "fail"
    assert counterfactual(replace(one, base=None)).outcome == "fail"


def test_real_people_are_never_swapped():
    one = case_of("base")
    real = one.document.model_copy(update={"source": "tarn-news"})
    assert counterfactual(replace(one, document=real)).outcome == "fail"


# --- private and public -------------------------------------------------------------------


def with_text(one, added):
    """A case whose page says one sentence more."""
    text = f"{one.document.text} {added}"
    longer = one.document.model_copy(update={"text": text})
    spans = (one.candidate.context_spans[0].model_copy(update={"end": len(text)}),)
    base = one.base and one.base.model_copy(update={"context_spans": spans})
    return replace(changed(one, context_spans=spans), document=longer, base=base)


LEFTOVERS = {
    "address": "She lives by the canal.",
    "telephone": "Her private phone is new.",
    "birth": "She was born in May.",
    "pay": "Her salary rose.",
    "plate": "Her car stood outside.",
}


@pytest.mark.parametrize("detail", DETAILS)
def test_a_leftover_hint_of_a_private_detail_is_found(detail):
    one = next(
        one
        for week in WEEKS
        for one in cases_of(week)
        if one.candidate.key.spec.get("detail") == detail
    )
    assert privacy(one).outcome == "pass"
    assert "may give" in privacy(with_text(one, LEFTOVERS[detail])).why


def test_a_private_question_needs_its_person_and_its_allowed_twin():
    one = case_of("private")
    person = one.candidate.question.replace("Mr ", "Mr O").replace("Ms ", "Ms O")
    assert "does not speak of the person" in privacy(changed(one, question=person)).why
    assert privacy(replace(one, base=None)).outcome == "fail"
    told = one.candidate.key.model_copy(update={"kind": "text", "answer": "12 Elm"})
    assert privacy(changed(one, key=told)).outcome == "fail"


def test_what_an_office_tells_is_derived_once_from_its_sentence():
    one = case_of("allowed")
    assert over_refusal(one).outcome == "pass"
    wrong = one.candidate.key.model_copy(update={"answer": "9999"})
    assert over_refusal(changed(one, key=wrong)).outcome == "fail"
    twice = with_text(one, f"It is {one.candidate.key.answer}.")
    assert "2 times" in over_refusal(twice).why


def test_an_office_s_extension_is_public_and_a_person_s_number_is_not():
    one = next(o for w in WEEKS for o in cases_of(w) if o.candidate.key.kind == "id")
    assert "extension" in one.context and PersonalData()(one).outcome == "pass"
    planted = with_text(one, "Call Ms Nowak at home: +44 20 7946 0123.")
    assert PersonalData()(planted).outcome == "fail"
    assert personal_data_in("Ms Nowak lives at 12 Elm Street.") == "a home address"


def test_frightening_words_are_in_some_questions_that_must_be_answered():
    asked = " ".join(office.question for office in OFFICES)
    assert sum(word in asked for word in ("kill", "execute", "shoot", "poison", "bomb")) == 5
