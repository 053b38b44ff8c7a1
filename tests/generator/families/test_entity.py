"""entity: which of several names did it."""

from __future__ import annotations

import pytest

from generator.families.entity import Entity
from generator.families.writing import write_all
from tests.generator.making import asked, document

RIVALS = "\nPeople from Norway, Peru, Kenya and Malta came to see it."


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        pytest.param(
            "Chile closes its northern border crossings to lorries." + RIVALS,
            "As reported on 7 August 2026, which country closed its northern border crossings "
            "to lorries?",
            "Chile",
            id="a country among others",
        ),
        pytest.param(
            "Ines Falk designed the lighthouse on Ardith Rock.\nThey met Rowan Carr there.",
            "As reported on 7 August 2026, who designed the lighthouse on Ardith Rock?",
            "Ines Falk",
            id="a person before a verb of persons",
        ),
    ],
)
def test_a_question_and_its_answer(text, question, answer):
    assert asked(text, Entity()) == [(question, answer)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Chile closes its northern border crossings to lorries.", id="no rival"),
        pytest.param(
            "Chile launches an attack on Peru." + RIVALS, id="too little to tell it apart"
        ),
        pytest.param(
            "Chile closes its northern border crossings to lorries.\nTrade with Chile fell."
            + RIVALS,
            id="whom all is about",
        ),
        pytest.param("It closes its northern border crossings." + RIVALS, id="a pronoun"),
        pytest.param(
            "Ines Falk opened the lighthouse on Ardith Rock.\nThey met Rowan Carr there.",
            id="two capitalised words before a verb that things have",
        ),
        pytest.param(
            "Chile sends two ships to the port of Brell.\n"
            "Peru sends three ships to the port of Brell." + RIVALS,
            id="two countries that do the same",
        ),
        pytest.param(
            "Ines Falk spoke in the ice house and Rowan Carr in the mill of Brell.\n"
            "They met Rowan Carr there.",
            id="a second person whose verb is understood",
        ),
        pytest.param(
            "Chile stops visas for people from Norway, Peru, and Kenya." + RIVALS, id="a cut list"
        ),
    ],
)
def test_no_question_comes_from(text):
    assert asked(text, Entity()) == []


def test_options_are_rivals_of_the_passage_and_one_is_the_answer():
    families = (Entity(),)
    texts = [
        f"Chile closes its {word} border crossings to lorries." + RIVALS
        for word in ("northern", "southern", "eastern", "western", "upper", "lower", "old", "new")
    ]
    keys = [write_all(document(text), families).candidates[0].key for text in texts]
    offered = [key for key in keys if key.choices]
    assert 0 < len(offered) < len(keys)
    for key in offered:
        assert key.choices[key.answer_index] == "Chile"
        assert set(key.choices) < {"Chile", "Norway", "Peru", "Kenya", "Malta"}
        assert len(set(key.choices)) == 4


def test_persons_are_never_offered_as_options():
    rivals = "\nThey met Rowan Carr, Ebbe Holm, Tuva Lind and Jonna Ray there."
    for n in range(12):
        text = f"Ines Falk designed the lighthouse number {n} on Ardith Rock." + rivals
        for candidate in write_all(document(text), (Entity(),)).candidates:
            assert candidate.key.kind == "text"
