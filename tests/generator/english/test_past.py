"""Telling in the past what the news tell in the present."""

from __future__ import annotations

import pytest

from generator.english.clauses import parse
from generator.english.past import in_past
from generator.english.vocabulary import Vocabulary
from generator.families.base import STATES


def told(sentence):
    clause = parse(sentence, Vocabulary.of(sentence))
    turned, rest = in_past(clause, clause.rest, STATES)
    return " ".join(part for part in (turned.auxiliary, turned.verb, rest) if part)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param(
            "Six people are killed when a bus overturns near Brell.",
            "were killed when a bus overturned near Brell",
            id="a clause of time",
        ),
        pytest.param(
            "Six people are killed when a bus carrying guests strikes a rock and sinks in Brell.",
            "were killed when a bus carrying guests struck a rock and sank in Brell",
            id="two verbs of one subject",
        ),
        pytest.param(
            "Six people are killed when a bus and a lorry collide in Brell.",
            "were killed when a bus and a lorry collided in Brell",
            id="two subjects of one verb",
        ),
        pytest.param(
            "Chile announces that it will open two ports.",
            "announced that it would open two ports",
            id="what is announced moves back, too",
        ),
        pytest.param(
            "Chile reports that its forces have sunk two boats.",
            "reported that its forces had sunk two boats",
            id="a perfect",
        ),
        pytest.param(
            "Chile claims to have sunk two boats.",
            "claimed to have sunk two boats",
            id="an infinitive stays",
        ),
        pytest.param(
            "Chile wins the cup after defeating hosts Peru.",
            "won the cup after defeating hosts Peru",
            id="a gerund opens no clause",
        ),
        pytest.param(
            "Six people are killed after a fire at a mill in Brell.",
            "were killed after a fire at a mill in Brell",
            id="a noun after 'after'",
        ),
        pytest.param(
            "Six people are killed when forces launch strikes on Brell.",
            "were killed when forces launched strikes on Brell",
            id="a verb that is a noun elsewhere, and a noun that is a verb elsewhere",
        ),
    ],
)
def test_the_past(sentence, expected):
    assert told(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        pytest.param("Brell supports 9 targets.", "supports 9 targets", id="a state"),
        pytest.param("Chile will open two ports.", "will open two ports", id="the future"),
        pytest.param("The mill is open in Brell.", "is open in Brell", id="being so"),
        pytest.param("Chile opened two ports.", "opened two ports", id="the past"),
        pytest.param(
            "Six people are killed when a bus zags onto a bank in Brell.",
            "are killed when a bus zags onto a bank in Brell",
            id="a verb that nobody knows leaves all as it is",
        ),
    ],
)
def test_what_stays(sentence, kept):
    assert told(sentence) == kept
