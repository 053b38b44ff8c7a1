"""Which sentences have a shape that is known for sure, and how they are turned round."""

from __future__ import annotations

import pytest

from generator.english.clauses import parse
from generator.english.vocabulary import Vocabulary

DOCUMENT = (
    "The council of Brell met. People like the ferry Wigeon, and tickets sell well. "
    "In the harbour, Tarn Ferries owns it."
)
KNOWN = Vocabulary.of(DOCUMENT)


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        pytest.param("The council approved four plans.", "did the council approve", id="past"),
        pytest.param("Tarn Ferries owns 12 boats.", "does Tarn Ferries own", id="present"),
        pytest.param("The council has bought a mill.", "has the council bought", id="perfect"),
        pytest.param("The council was fined in May.", "was the council fined", id="passive"),
        pytest.param("The council will buy a mill.", "will the council buy", id="modal"),
        pytest.param(
            "Wigeon carries 300 people.", "does Wigeon carry", id="a name keeps its capital"
        ),
        pytest.param(
            "Goalkeeper Tuva Holm stopped six shots.",
            "did goalkeeper Tuva Holm stop",
            id="an occupation before a name loses its capital",
        ),
    ],
)
def test_a_plain_sentence_is_turned_round(sentence, asked):
    clause = parse(sentence, KNOWN)
    assert clause is not None
    assert clause.inverted("") == asked


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("Who approved the four plans?", id="a question"),
        pytest.param('The council said "no" to it.', id="a quotation"),
        pytest.param("He approved the four plans.", id="a pronoun as subject"),
        pytest.param("The man who fell approved the plans.", id="a clause inside the subject"),
        pytest.param("The council is believed to own a mill.", id="a hedge"),
        pytest.param("The council was not fined.", id="a denial"),
        pytest.param("The council", id="a fragment"),
        pytest.param("The council: four plans approved.", id="a colon"),
        pytest.param("A boat owned by the man sank two others.", id="two candidates for the verb"),
        pytest.param("Tickets now cost 14 euros.", id="an adverb that moves the verb in time"),
        pytest.param("The tickets cost 14 euros.", id="a plural whose tense nobody can tell"),
        pytest.param("A basket of 60 goods cost 20 euros.", id="cost after a plural noun"),
        pytest.param("One approved the four plans.", id="a bare number as subject"),
    ],
)
def test_a_doubtful_sentence_is_refused(sentence):
    assert parse(sentence, KNOWN) is None


@pytest.mark.parametrize(
    ("sentence", "fronted", "subject"),
    [
        pytest.param(
            "On 3 August 2026, the council approved four plans.",
            "On 3 August 2026",
            "The council",
            id="with a comma",
        ),
        pytest.param(
            "By 3 August 2026 the mill had cost 4 million euros.",
            "By 3 August 2026",
            "The mill",
            id="a day without a comma",
        ),
        pytest.param(
            "In Brell, Tarn Ferries owns 12 boats.", "In Brell", "Tarn Ferries", id="a place"
        ),
    ],
)
def test_what_stands_in_front_is_kept_apart(sentence, fronted, subject):
    clause = parse(sentence, KNOWN)
    assert clause is not None
    assert (clause.fronted, clause.subject) == (fronted, subject)


@pytest.mark.parametrize(
    ("subject", "inside"),
    [
        pytest.param("Tickets", "tickets", id="a common noun that the document writes small"),
        pytest.param("The council", "the council", id="an article"),
        pytest.param("Wigeon", "Wigeon", id="a name that stands inside a sentence"),
        pytest.param("Norway", "Norway", id="a country is a name"),
        pytest.param("Brell-2", "Brell-2", id="a word with a digit is a name"),
        pytest.param("Work", None, id="a lone word that nothing shows to be a name"),
        pytest.param("Anglers", None, id="a plural that nothing shows to be a name"),
        pytest.param("Treasurer Ines Falk", "treasurer Ines Falk", id="an occupation with a name"),
    ],
)
def test_how_a_subject_reads_inside_a_sentence(subject, inside):
    assert KNOWN.inside(subject) == inside
