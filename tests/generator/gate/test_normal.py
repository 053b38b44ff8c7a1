import pytest

from generator.gate.normal import (
    GateQuestion,
    is_instruction,
    normal_form,
    normalise,
    question_part,
    split_choices,
)
from store.protocol import render_input


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("Twenty-one  SHIPS", "21 ships", id="number words become digits"),
        pytest.param("two hundred and five eggs", "205 eggs", id="hundreds add up"),
        pytest.param("three thousand and forty", "3040", id="thousands multiply"),
        pytest.param("1,250,000 euros", "1250000 euros", id="separators of thousands go"),
        pytest.param("٣ ships", "3 ships", id="digits of other scripts become ours"),
        pytest.param("two and three", "2 3", id="numbers side by side stay two"),
        pytest.param("ten nine", "10 9", id="a countdown is not a sum"),
        pytest.param("“Café” – it’s", '"café" - it\'s', id="quotes and dashes are straightened"),
        pytest.param("x² + 1", "x2 + 1", id="superscripts are digits"),
    ],
)
def test_normal_form(given, expected):
    assert normal_form(given) == expected


WRAPPINGS = [
    pytest.param("Question: {}\nAnswer:", id="question and answer labels"),
    pytest.param("<|user|>\n{}\n<|assistant|>", id="chat tags"),
    pytest.param("[INST] {} [/INST]", id="instruction tags"),
    pytest.param("Answer the following question. Think step by step.\n\n{}", id="an order"),
    pytest.param("Q: {}\nA: Let's think step by step.", id="a chain of thought prompt"),
    pytest.param("{}\nAnswer: the moss", id="the answer appended"),
    pytest.param("  {}  \n", id="blanks"),
]


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_wrapping_does_not_make_another_question(wrapping):
    asked = "Which gas do mosses take from the air in sunlight?"
    wrapped = normalise(GateQuestion(wrapping.format(asked)))
    assert wrapped.fingerprint == normalise(GateQuestion(asked)).fingerprint


def test_our_own_prompt_is_the_question_it_was_made_of():
    asked = "Which gas do mosses take from the air in sunlight?"
    prompt = render_input(asked, context=None, published=None, choices=None)
    assert normalise(GateQuestion(prompt)).text == normal_form(asked)


def test_a_text_that_is_all_wrapping_is_kept():
    assert normalise(GateQuestion("Answer:")).text != ""
    assert normalise(GateQuestion("Please answer the question.")).text != ""


@pytest.mark.parametrize(
    ("sentence", "instruction"),
    [
        pytest.param("Answer with the letter of the correct option only.", True, id="an order"),
        pytest.param("Which of the following is correct?", False, id="a question"),
        pytest.param("The following are questions about old ships.", True, id="a set's subject"),
        pytest.param("Answer for the harbour's debts.", False, id="an order about a thing"),
    ],
)
def test_only_sentences_without_a_subject_are_instructions(sentence, instruction):
    assert is_instruction(sentence) is instruction


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        pytest.param("Which?\nA. one\nB. two\nC. three", ("one", "two", "three"), id="lines"),
        pytest.param("Which?\n(A) one\n(B) two", ("one", "two"), id="brackets"),
        pytest.param("Which? (A) one (B) two (C) three", ("one", "two", "three"), id="in a line"),
        pytest.param("Which?\nA. one\nC. two", (), id="a gap is no list"),
        pytest.param("Who is A. Lind?", (), id="an initial is no option"),
    ],
)
def test_options_are_told_from_the_stem(text, choices):
    stem, found = split_choices(text)
    assert found == choices
    assert stem.startswith("Wh")


def test_what_is_asked_after_a_passage_is_its_last_paragraph():
    passage = "The harbour toll was weighed again. " * 15
    assert question_part(passage + "\n\nWho paid the toll?") == "Who paid the toll?"
    assert question_part(passage + "Who paid the toll?") == "Who paid the toll?"
    assert question_part("Short. Who paid?") == "Short. Who paid?"


def test_a_program_says_what_it_does_in_its_comments():
    docstring = '"""Return the sum of all rows.\n    >>> add_all([1])\n    1\n    """'
    program = f"def add_all(rows):\n    {docstring}\n"
    asked = normalise(GateQuestion(program))
    assert asked.code
    assert asked.part.startswith("add all return the sum of all rows.")


def test_normalising_twice_changes_nothing():
    asked = normalise(GateQuestion("Question: Who opened  Pier Nine?\nA. Lind\nB. Okafor"))
    again = normalise(GateQuestion(asked.stem, asked.choices))
    assert (again.text, again.choices) == (asked.text, asked.choices)
