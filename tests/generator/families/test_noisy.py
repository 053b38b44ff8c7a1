"""Noise: what a hurried person types, with everything that matters as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest

from generator.checks.leak import Leak
from generator.checks.schema import Schema
from generator.checks.self_contained import SelfContained
from generator.checks.supported import Supported
from generator.families.noise import DIALECT, KINDS, NEIGHBOURS, PHRASES
from generator.families.noisy import Noisy
from tests.generator.making import TODAY, case, number, verdict_of

QUOTE = (
    "At least 22 people were injured when a ferry collided with a pier in Port Mellin, Tarnland."
)
QUESTION = (
    "As reported on 7 August 2026, at least how many people were injured when a ferry collided "
    "with a pier in Port Mellin, Tarnland?"
)
BASE = case(QUOTE, QUESTION, number("22", bound="at least"))


def noisy(kind, question=None, **changes):
    """The base's case with noise of one kind on it, and its base beside it."""
    base = BASE.candidate
    worse = question or KINDS[kind](base.question, "seed")
    fields = {"family": "noisy", "pair_role": kind, "question": worse} | changes
    made = base.model_copy(update=fields)
    return replace(BASE, candidate=made, base=base)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_changes_the_question_and_is_found_to_be_the_same(kind):
    made = noisy(kind)
    assert made.candidate.question != QUESTION
    assert Supported()(made).outcome == "pass"


@pytest.mark.parametrize(
    ("kind", "question", "why"),
    [
        pytest.param("typos", QUESTION.replace("Mellin", "Mrllin"), "a name", id="a name"),
        pytest.param("typos", QUESTION.replace("7 August", "8 August"), "a name", id="a day"),
        pytest.param("typos", QUESTION.replace("at least", "at keast"), "a name", id="a bound"),
        pytest.param("typos", QUESTION.replace("people", "psople"), "a name", id="the unit"),
        pytest.param(
            "typos", QUESTION.replace("with", "wixh"), "which is not typos", id="a distant key"
        ),
        pytest.param(
            "typos", QUESTION.replace("with", "witj"), "which is not typos", id="a last letter"
        ),
        pytest.param(
            "dialect", QUESTION.replace("were", "waar"), "which is not dialect", id="no dialect"
        ),
        pytest.param(
            "lost_case",
            QUESTION.replace("ferry ", ""),
            "words were added or lost",
            id="a lost word",
        ),
        pytest.param("filler", QUESTION, "nothing of kind filler", id="no filler"),
        pytest.param(
            "filler", f"hello dear 9 friends, {QUESTION}", "nothing of kind", id="a strange filler"
        ),
        pytest.param("shouting", QUESTION.upper(), "is no kind of noise", id="an unknown kind"),
        pytest.param("lost_case", QUESTION.lower(), "a name", id="names in small letters"),
    ],
)
def test_noise_that_touches_what_matters_is_found(kind, question, why):
    verdict = Supported()(noisy(kind, question))
    assert verdict.outcome == "fail"
    assert why in verdict.why


def test_more_than_fifteen_percent_of_changed_characters_is_too_much():
    short = case("The Tarn Mill sold 340 ropes.", "Of the ropes, which?", number("340"))
    worse = short.candidate.model_copy(
        update={"family": "noisy", "pair_role": "dialect", "question": "o' da ropes, wich?"}
    )
    verdict = Supported()(replace(short, candidate=worse, base=short.candidate))
    assert verdict.outcome == "fail" and "characters are changed" in verdict.why
    assert verdict.score > verdict.threshold == 0.15


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"key": number("23", bound="at least")}, id="another answer"),
        pytest.param({"key": number("22")}, id="a bound lost from the key"),
        pytest.param({"quote": "At least 22 people."}, id="another quote"),
        pytest.param({"setting": "closed_book"}, id="no passage"),
    ],
)
def test_key_evidence_and_passage_are_the_base_s(changes):
    assert "not the base's" in Supported()(noisy("filler", **changes)).why


def test_a_wrong_key_of_the_base_is_found_through_the_noise():
    wrong = BASE.candidate.model_copy(update={"key": number("24", bound="at least")})
    made = wrong.model_copy(
        update={
            "family": "noisy",
            "pair_role": "filler",
            "question": KINDS["filler"](wrong.question, "seed"),
        }
    )
    verdict = Supported()(replace(BASE, candidate=made, base=wrong))
    assert verdict.outcome == "fail" and "no number of the quote is 24" in verdict.why


def test_noise_without_its_base_never_passes():
    assert Supported()(replace(noisy("filler"), base=None)).outcome == "fail"


def test_what_noise_does_by_design_is_judged_by_the_base_s_words():
    pointing = noisy("wrong_reference", f"I think it is in the chart below: {QUESTION}")
    assert pointing.wording == QUESTION
    assert verdict_of(SelfContained(None, TODAY), pointing).outcome == "pass"
    assert verdict_of(SelfContained(None, TODAY), replace(pointing, base=None)).outcome == "fail"
    vague = BASE.candidate.model_copy(update={"question": "How many people were hurt there above?"})
    assert verdict_of(SelfContained(None, TODAY), replace(pointing, base=vague)).outcome == "fail"


def test_a_missing_question_mark_is_allowed_for_noise_alone():
    bare = noisy("lost_case")
    assert not bare.candidate.question.endswith("?")
    assert Schema()(bare).outcome == "pass"
    plain = bare.candidate.model_copy(update={"family": "number", "pair_role": None})
    assert Schema()(replace(bare, candidate=plain, base=None)).outcome == "fail"


def test_an_answer_in_the_noise_itself_is_a_leak():
    assert Leak()(noisy("filler", f"hi, 22 of us ask: {QUESTION}")).outcome == "fail"


def test_a_family_that_names_its_answer_may_do_so_under_noise():
    told = BASE.candidate.model_copy(
        update={"family": "comparison", "question": "Which is the right number, 22 or 24?"}
    )
    made = told.model_copy(update={"family": "noisy", "pair_role": "filler"})
    assert Leak()(replace(BASE, candidate=made, base=told)).outcome == "pass"


class TestTheFamily:
    everything: ClassVar = Noisy(share=1.0)

    def test_varies_bases_only_and_each_the_same_way(self):
        base = BASE.candidate
        first, second = (self.everything.vary(base, BASE.document) for _ in range(2))
        assert first == second
        assert first.key == base.key and first.quotes == base.quotes
        twin = base.model_copy(update={"pair": "p_1", "pair_role": "removed"})
        assert list(self.everything._all([(twin, BASE.document)])) == []

    def test_what_is_added_says_nothing_that_could_answer(self):
        for phrase in (p for phrases in PHRASES.values() for p in phrases):
            assert not any(c.isdigit() for c in phrase)
            assert len(phrase) <= 100
            assert phrase.startswith(" ") is not phrase.endswith(" ")

    def test_neighbours_are_mutual_or_at_least_never_the_key_itself(self):
        assert all(letter not in near for letter, near in NEIGHBOURS.items())
        assert all(heard != word for word, heard in DIALECT.items())
