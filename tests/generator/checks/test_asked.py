"""Checks that ask models: what each makes of honest, contrary, wavering and silent ones."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from generator.checks.base import Case, Verdict
from generator.checks.choices_only import ChoicesOnly
from generator.checks.entailed import Entailed
from generator.checks.guess_limits import GuessLimit, limit_of_answer, limit_of_options
from generator.checks.guessable import Guessable
from generator.checks.needs_all import NeedsAll
from generator.checks.options import Options
from generator.checks.other_answers import OtherAnswers
from generator.checks.self_contained import SelfContained
from generator.checks.single_answer import SingleAnswer
from generator.desk import Desk
from generator.families.multi_hop import MultiHop
from generator.llm import Retries, build_model
from store.records import AnswerKey
from tests.generator.families.test_multi_hop import CLUE, MATCHES
from tests.generator.libraries import case_of, dated, joined
from tests.generator.making import TODAY, case, number, verdict_of
from tests.generator.test_llm import Memory
from tests.minds import asked_for
from tests.model_server import Answer, ModelServer, in_turn, model_server

QUOTE = "By 4 August 2026 the Orrin Bridge repair had cost 4.2 million euros."
ASKED = "How many million euros had the Orrin Bridge repair cost by 4 August 2026?"
TEXT = f"{QUOTE} The Tarn Council had set aside 7.5 million euros."
MODELS = ("openai:gpt-test", "openai:llama-test", "openai:claude-test")

Replies = dict[str, Any]


def by_rule(key: AnswerKey | None = None, **changes: Any) -> Case:
    return case(QUOTE, ASKED, key or number("4.2", scale="1e6"), text=TEXT, **changes)


def by_model(**changes: Any) -> Case:
    return by_rule(writer="openai:gpt-writer", **changes)


def desk(server: ModelServer, model: str = MODELS[1]) -> Desk:
    built = build_model(
        model,
        base_url=server.base_url,
        api_key="k",
        temperature=0.0,
        retries=Retries(tries=1, wait_initial_s=0.0, wait_max_s=0.0),
    )
    return Desk("test", built, Memory())


def told(replies: Replies) -> Callable[[str, int], Answer]:
    """Answer each kind of prompt with its reply; a list of replies is given in turn."""
    turns = {
        name: itertools.cycle(said) if isinstance(said, list) else itertools.repeat(said)
        for name, said in replies.items()
    }

    def script(prompt: str, count: int) -> Answer:
        said = next(turns[asked_for(prompt)])
        return said if isinstance(said, Answer) else Answer(json.dumps(said))

    return script


def found(check: Callable[[ModelServer], Any], judged: Case, replies: Replies) -> Verdict:
    with model_server(told(replies)) as server:
        return verdict_of(check(server), judged)


SINGLE = lambda server: SingleAnswer(desk(server), TODAY)  # noqa: E731
SECOND = lambda server: SingleAnswer(desk(server), TODAY, desk(server, MODELS[2]))  # noqa: E731
OTHER = lambda server: OtherAnswers(desk(server), TODAY)  # noqa: E731
ENTAILED = lambda server: Entailed(desk(server))  # noqa: E731
LOOKUP = lambda server: SelfContained(desk(server), TODAY)  # noqa: E731
GUESS = lambda server: Guessable((desk(server), desk(server, MODELS[2])), TODAY)  # noqa: E731
ONE_GUESSER = lambda server: Guessable((desk(server),), TODAY)  # noqa: E731

RIGHT = {"answer": "4.2", "quote": ""}
WRONG = {"answer": "7.5", "quote": ""}
GUESSED = {"answer": "1", "basis": "guessed"}
DOWN = Answer(status=503)


@pytest.mark.parametrize(
    ("check", "replies", "outcome"),
    [
        pytest.param(SINGLE, {"answer": RIGHT}, "pass", id="three readers are right"),
        pytest.param(SINGLE, {"answer": [RIGHT, RIGHT, WRONG]}, "unsure", id="one in three is not"),
        pytest.param(SINGLE, {"answer": [RIGHT, WRONG, WRONG]}, "fail", id="two in three are not"),
        pytest.param(
            SECOND,
            {"answer": [RIGHT, RIGHT, WRONG, RIGHT, RIGHT, RIGHT]},
            "pass",
            id="a second reader settles it",
        ),
        pytest.param(
            SECOND,
            {"answer": [RIGHT, RIGHT, WRONG]},
            "unsure",
            id="a second reader wavers, too",
        ),
        pytest.param(
            OTHER,
            {"other_answers": {"answers": [{"answer": "4.2", "quote": QUOTE}]}},
            "pass",
            id="one answer is defended",
        ),
        pytest.param(
            OTHER,
            {"other_answers": {"answers": [{"answer": "7.5", "quote": TEXT.split(". ")[1]}]}},
            "fail",
            id="another answer is defended",
        ),
        pytest.param(
            OTHER,
            {"other_answers": {"answers": [{"answer": "9", "quote": "It cost 9."}]}},
            "unsure",
            id="words that stand nowhere defend nothing",
        ),
        pytest.param(
            OTHER,
            {"other_answers": {"answers": [{"answer": "9", "quote": " "}]}},
            "unsure",
            id="blank words defend nothing",
        ),
        pytest.param(
            ENTAILED, {"entailed": {"first": "no", "second": "no"}}, "fail", id="nothing follows"
        ),
        pytest.param(
            ENTAILED, {"entailed": {"first": "yes", "second": "yes"}}, "fail", id="all follows"
        ),
        pytest.param(
            ENTAILED,
            {"entailed": {"first": "cannot tell", "second": "no"}},
            "unsure",
            id="nobody can tell",
        ),
        pytest.param(LOOKUP, {"lookup": {"look_up": []}}, "pass", id="nothing to look up"),
        pytest.param(
            LOOKUP, {"lookup": {"look_up": ["which bridge"]}}, "fail", id="something to look up"
        ),
        pytest.param(
            GUESS,
            {"guess": {"answer": "12", "basis": "guessed"}},
            "pass",
            id="nobody guesses it",
        ),
        pytest.param(
            GUESS, {"guess": {"answer": "4.2", "basis": "known"}}, "fail", id="it is known"
        ),
        pytest.param(
            GUESS,
            {"guess": [{"answer": "4.2", "basis": "known"}, *[GUESSED] * 9]},
            "pass",
            id="a lucky guess of a number under twenty",
        ),
    ],
)  # fmt: skip
def test_what_readers_say_decides(check, replies, outcome):
    assert found(check, by_rule(), replies).outcome == outcome


@pytest.mark.parametrize(
    ("believed", "outcome"),
    [
        pytest.param("4.2", "pass", id="the key"),
        pytest.param("7.5", "fail", id="the rival"),
        pytest.param("", "fail", id="neither"),
    ],
)
def test_key_and_rival_are_told_apart_whichever_stands_first(believed, outcome):
    def script(prompt: str, count: int) -> Answer:
        lines = [line for line in prompt.split("\n") if line.startswith(("First: ", "Second: "))]
        first, second = ("yes" if line.endswith(f"– {believed}") else "no" for line in lines)
        return Answer(json.dumps({"first": first, "second": second}))

    with model_server(script) as server:
        assert verdict_of(ENTAILED(server), by_rule()).outcome == outcome
        asked = [one.index("– 4.2") < one.index("– 7.5") for one in server.prompts]
    assert sorted(asked) == [False, True]


@pytest.mark.parametrize("check", [SINGLE, OTHER, ENTAILED, LOOKUP, GUESS])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(DOWN, id="a server that fails"),
        pytest.param(Answer('{"no": 1}'), id="another schema"),
        pytest.param(Answer(refusal="No."), id="a refusal"),
    ],
)
def test_a_fault_holds_what_a_model_wrote_and_leaves_a_rules_question(check, fault):
    names = ("answer", "other_answers", "entailed", "lookup", "guess")
    replies = dict.fromkeys(names, fault)
    assert found(check, by_model(), replies).outcome == "unsure"
    kept = found(check, by_rule(), replies)
    assert kept.outcome == "pass" and kept.why.startswith("by derivation")


@pytest.mark.parametrize(
    "check",
    [
        SingleAnswer(None, TODAY), OtherAnswers(None, TODAY), Entailed(None),
        SelfContained(None, TODAY), Guessable((), TODAY),
    ],
    ids=lambda check: check.name,
)  # fmt: skip
def test_without_a_model_rules_stand_by_derivation_and_models_are_held(check):
    assert verdict_of(check, by_model()).outcome == "unsure"
    kept = verdict_of(check, by_rule())
    assert kept.outcome == "pass" and kept.why.startswith("by derivation")


def test_two_values_in_the_quote_of_a_model_are_unsure_without_any_reader():
    quote = "The repair of the Orrin Bridge cost 4.2 million euros, not 3.9 million euros."
    judged = case(quote, ASKED, number("4.2"), writer="openai:gpt-writer")
    assert "3.9" in verdict_of(OtherAnswers(None, TODAY), judged).why


def test_what_a_model_wrote_needs_guessers_of_two_families():
    verdict = found(ONE_GUESSER, by_model(), {"guess": {"answer": "1", "basis": "guessed"}})
    assert verdict.outcome == "unsure" and "UNSEEN_GUESSERS" in verdict.why


KNOWN = {"guess": {"answer": "4.2", "basis": "known"}}


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        pytest.param(KNOWN, "fail", id="the other knows the answer"),
        pytest.param({"guess": GUESSED}, "pass", id="the other knows nothing"),
    ],
)
def test_a_guesser_that_is_down_takes_no_others_word_away(said, outcome):
    with model_server(told(said)) as up, model_server(in_turn(DOWN)) as down:
        check = Guessable((desk(down), desk(up, MODELS[2])), TODAY)
        assert verdict_of(check, by_rule()).outcome == outcome
        held = "unsure" if outcome == "pass" else outcome
        assert verdict_of(check, by_model()).outcome == held


def test_one_try_that_fails_takes_no_right_guess_away():
    some = {"guess": [DOWN, KNOWN["guess"], KNOWN["guess"], GUESSED, GUESSED]}
    assert found(GUESS, by_rule(), some).outcome == "fail"


@pytest.mark.parametrize(
    ("finds", "outcome"),
    [
        pytest.param(True, "unsure", id="the other finds the key"),
        pytest.param(False, "pass", id="the other does not"),
    ],
)
def test_of_options_a_guesser_that_is_down_leaves_it_to_the_other(finds, outcome):
    with model_server(letters(lambda _: finds)) as up, model_server(in_turn(DOWN)) as down:
        check = ChoicesOnly((desk(down), desk(up, MODELS[2])), TODAY)
        assert verdict_of(check, with_row()).outcome == outcome


def test_the_answer_that_was_taken_out_must_not_be_known_either():
    base = by_rule()
    twin = by_rule(family="unanswerable", pair_role="removed",
                   key=AnswerKey(answer="CANNOT BE KNOWN", kind="abstain"))  # fmt: skip
    twin = replace(twin, base=base.candidate)
    known = {"guess": {"answer": "4.2", "basis": "known"}}
    assert found(GUESS, twin, known).outcome == "fail"


# --- options -------------------------------------------------------------------------------


def with_row() -> Case:
    key = AnswerKey(answer="Okafor", kind="choice", choices=("Lind", "Moreau", "Okafor"),
                    answer_index=2, spec={"of": "text"})  # fmt: skip
    quote = "Okafor wrote the report of the harbour inquiry on 5 August 2026."
    asked = "Who wrote the report of the harbour inquiry in Tarn on 5 August 2026?"
    return case(quote, asked, key, family="entity")


def letters(finds: Callable[[int], bool]) -> Callable[[str, int], Answer]:
    """Name the key's letter in the calls that find it, another letter in the others."""

    def script(prompt: str, count: int) -> Answer:
        row = dict(line.split(") ") for line in prompt.split("Options:\n")[1].strip().split("\n"))
        named = next(n for n, text in row.items() if (text == "Okafor") == finds(count))
        return Answer(json.dumps({"letter": named}))

    return script


def say_of_options(**said: str):
    def script(prompt: str, count: int) -> Answer:
        option = prompt.partition("Proposed answer: ")[2].split("\n")[0]
        return Answer(json.dumps({"right": said.get(option, "no")}))

    return script


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        pytest.param({"Okafor": "yes"}, "pass", id="the key alone is right"),
        pytest.param({"Okafor": "yes", "Lind": "yes"}, "fail", id="a second one is right"),
        pytest.param({}, "fail", id="the key is wrong"),
        pytest.param({"Okafor": "cannot tell"}, "unsure", id="the key is open"),
    ],
)
def test_each_option_is_judged_alone(said, outcome, monkeypatch):
    monkeypatch.setattr("generator.checks.options._order", lambda *_: "")
    monkeypatch.setattr("generator.checks.options._form", lambda *_: "")
    with model_server(say_of_options(**said)) as server:
        assert verdict_of(Options(desk(server), TODAY), with_row()).outcome == outcome


def test_a_row_that_a_model_wrote_is_held_without_a_reader(monkeypatch):
    monkeypatch.setattr("generator.checks.options._order", lambda *_: "")
    monkeypatch.setattr("generator.checks.options._form", lambda *_: "")
    written = with_row()
    by_a_model = written.candidate.model_copy(update={"writer": "openai:gpt-writer"})
    check = Options(None, TODAY)
    assert verdict_of(check, written).outcome == "pass"
    assert verdict_of(check, replace(written, candidate=by_a_model)).outcome == "unsure"


@pytest.mark.parametrize(
    ("finds", "outcome"),
    [
        pytest.param((True, True), "fail", id="both families find the key"),
        pytest.param((True, False), "pass", id="one has a taste"),
    ],
)
def test_options_alone_must_not_tell(finds, outcome):
    finder = lambda count: finds[server.bodies[count]["model"].startswith("claude")]  # noqa: E731
    with model_server(letters(finder)) as server:
        check = ChoicesOnly((desk(server, MODELS[1]), desk(server, MODELS[2])), TODAY)
        assert verdict_of(check, with_row()).outcome == outcome


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        pytest.param(number("340"), GuessLimit(5, 0), id="a number"),
        pytest.param(number("12"), GuessLimit(5, 1), id="a number under twenty"),
        pytest.param(AnswerKey(answer="slate", kind="text"), GuessLimit(5, 1), id="a common noun"),
        pytest.param(AnswerKey(answer="Okafor", kind="text"), GuessLimit(5, 0), id="a name"),
    ],
)
def test_luck_has_its_limits(key, limit):
    assert limit_of_answer(key) == limit
    assert limit_of_options(2) == GuessLimit(8, 6) and limit_of_options(6) == GuessLimit(5, 2)


# --- hops ----------------------------------------------------------------------------------


def hop() -> Case:
    documents = [dated(CLUE, "2026-08-04", 9), *MATCHES]
    candidate = next(c for c in joined(documents, MultiHop()) if "did Brell FC" in c.question)
    return case_of(candidate, documents)


def test_two_hops_are_two_by_their_words():
    assert verdict_of(NeedsAll(None, TODAY), hop()).outcome == "pass"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"bridge": "Brell FC"}, "names the bridge", id="a bridge in the question"),
        pytest.param({"clue": "Brell FC"}, "does not hold the clue", id="a clue that is none"),
        pytest.param({"clue": ""}, "names no bridge", id="no clue"),
    ],
)
def test_a_hop_too_few_is_seen(changes, words):
    judged = hop()
    key = judged.candidate.key
    spoilt = key.model_copy(update={"spec": key.spec | changes})
    judged = replace(judged, candidate=judged.candidate.model_copy(update={"key": spoilt}))
    verdict = verdict_of(NeedsAll(None, TODAY), judged)
    assert verdict.outcome == "fail" and words in verdict.why


def test_a_half_that_is_enough_fails():
    judged = hop()
    answer = judged.candidate.key.answer
    check = lambda server: NeedsAll(desk(server), TODAY)  # noqa: E731
    right, not_right = {"answer": answer, "quote": ""}, {"answer": "CANNOT BE KNOWN", "quote": ""}
    assert found(check, judged, {"answer": right}).outcome == "fail"
    assert found(check, judged, {"answer": not_right}).outcome == "pass"


def test_each_half_is_shown_with_the_days_of_its_texts():
    with model_server(told({"answer": {"answer": "CANNOT BE KNOWN", "quote": ""}})) as server:
        verdict_of(NeedsAll(desk(server), TODAY), hop())
    assert server.prompts and all(
        '[1] "' in prompt and ", published 2026-08-" in prompt for prompt in server.prompts
    )
