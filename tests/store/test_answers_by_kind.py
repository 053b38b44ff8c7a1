"""Edge cases of what counts as right, all kinds but numbers: each id is a sentence that holds."""

from __future__ import annotations

import pytest

from store.records import AnswerKey
from store.scoring.answers import same_answer
from tests.store.judging import cases, judged

CITIES = ("Porto", "Turku", "Gdynia", "Split")
WHEN = "On which day in May 2026 did the lift reopen?"
DATES = {"items": ["2026-05-04", "2026-05-11"], "of": "date"}


@cases(
    ("I compared both.\n\nFinal answer: Heron", "right", "the final answer is marked too"),
    ("Answer:\n\nHeron\nThank you", "right", "an empty mark means the next line"),
    ("Answer:", "unreadable", "a mark with nothing after it gives no answer"),
    (" \n ", "unreadable", "silence gives no answer"),
    ("Answer：Ｈｅｒｏｎ", "right", "full-width forms are the same letters"),
    ("Answer: He\u200bron\u202e", "right", "invisible characters are no letters"),
    ("Answer: Heron\nAnswer: Gull", "wrong", "only the last mark counts"),
    ("Answer: Gull\n\nSo \\boxed{Heron}", "wrong", "a mark comes before a box"),
    ("I think that it must be, all told, \\boxed{\\textbf{Heron}} or so", "right", "a box is read"),
    ("The council argued for two days about the name. Answer: Heron", "right",
     "a mark may start a sentence inside a line"),
    ("> **Answer**: *Heron*", "right", "quote and emphasis marks are no words"),
    ("[Heron](https://example.org/heron)", "right", "a link is its text"),
    ("Answer: " + "word " * 200 + "Heron", "unreadable", "a line of a page is no answer"),
)  # fmt: skip
def test_the_answer_is_found_in_a_reply(reply, verdict):
    assert judged(reply, "Heron", "text") == verdict


def test_only_the_end_of_a_long_reply_is_read():
    early = "Answer: Heron\n" + "x " * 10_000
    assert judged(early, "Heron", "text") != "right"
    assert judged("x " * 30_000 + "\nAnswer: Heron", "Heron", "text") == "right"
    assert judged("Answer: Heron\n" + "é " * 4_000, "Heron", "text") == "right"


@pytest.mark.parametrize(
    ("reply", "answer", "verdict"),
    [
        pytest.param("It's the Heron.", "Heron", "right", id="a lead-in is no content"),
        pytest.param("Prof. Ida Roth", "Ida Roth", "right", id="honorifics do not matter"),
        pytest.param("M. J. Roth", "MJ Roth", "right", id="initials are joined"),
        pytest.param("Roth and Sons", "Roth & Sons", "right", id="a lone ampersand is and"),
        pytest.param("O’Dell", "O'Dell", "right", id="quotes are straightened"),
        pytest.param("Åse Løvdal", "Ase Lovdal", "right", id="Latin accents do not matter"),
        pytest.param("мои", "мой", "wrong", id="a mark makes another letter in Cyrillic"),
        pytest.param("Roht", "Roth", "wrong", id="a misspelt name is wrong"),
        pytest.param("Hepatitis", "Hepatitis A", "wrong", id="a last A is no article"),
        pytest.param("Pier 9", "Pier 8", "wrong", id="another number is another place"),
        pytest.param("£9", "$9", "wrong", id="currency signs are no punctuation"),
        pytest.param("E#", "E", "wrong", id="a sharp is part of a name"),
        pytest.param("Ida", "Ida Roth", "wrong", id="half a name is wrong unless an alias"),
        pytest.param("Roth, Adeyemi", "Roth", "wrong", id="a list of two names is wrong"),
        pytest.param("Roth/Adeyemi", "Roth", "wrong", id="a slash hedges"),
        pytest.param("FALSE PREMISE", "Roth", "wrong", id="a good premise is not false"),
        pytest.param("Not stated in the text.", "Roth", "abstained", id="an abstention is told"),
        pytest.param("Heron™", "Heron", "right", id="a trade mark sign is no letter"),
        pytest.param("`quit`", "quit", "right", id="code marks are no letters"),
        pytest.param("10-5", "10 5", "right", id="a dash between numbers separates them"),
        pytest.param("-5", "5", "wrong", id="a sign is part of a number"),
    ],
)
def test_text(reply, answer, verdict):
    assert judged(reply, answer, "text") == verdict


@cases(
    ("4 May 2026", "right", "a month's name tells day from month"),
    ("2026/05/04", "right", "year first has one reading"),
    ("It reopened on Monday, the 4th of May 2026.", "right", "a date may stand in a sentence"),
    ("2026-05-04T09:00:00+02:00", "right", "a time of day is finer"),
    ("May 4", "right", "the year may be missing when the question names it"),
    ("4 May 2025", "wrong", "another year is wrong"),
    ("May 2026", "wrong", "a month is too coarse"),
    ("04/05/2026", "unreadable", "day and month could be exchanged"),
    ("4/5/26", "unreadable", "two digits are no year"),
    ("3 or 4 May 2026", "wrong", "two days hedge"),
    ("3-4 May 2026", "wrong", "a span is no day"),
    ("after 4 May 2026", "wrong", "a limit is no day"),
    ("not 4 May 2026", "wrong", "a denied date is wrong"),
    ("4 May 2026 or 5 May 2026", "wrong", "two dates hedge"),
    ("4 May 2026 (2026-05-04)", "right", "a restatement is one date"),
    ("in spring", "unreadable", "a season is no date"),
    ("I do not know", "abstained", "an abstention is told from a wrong date"),
)
def test_date(reply, verdict):
    assert judged(reply, "2026-05-04", "date", WHEN) == verdict


def test_a_year_that_nobody_named_must_be_given():
    assert judged("May 4", "2026-05-04", "date") == "wrong"
    assert judged("5 June 2026", "2026-05", "date", precision="month") == "wrong"
    assert judged("June 2026", "2026-05-04", "date", precision="year") == "right"


@cases(
    ("1 h 30 min", "right", "parts are added"),
    ("PT1H30M", "right", "ISO durations are read"),
    ("1:30:00", "right", "a full clock is read"),
    ("an hour and 30 minutes", "right", "words are read"),
    ("one and a half hours", "right", "halves are read"),
    ("1:30", "unreadable", "hours or minutes cannot be told"),
    ("90", "unreadable", "a bare number has no unit"),
    ("about 90 minutes", "right", "about is ignored"),
    ("over 90 minutes", "wrong", "a bound is wrong"),
    ("60 to 90 minutes", "wrong", "a range is wrong"),
    ("not 90 minutes", "wrong", "a denial is wrong"),
    ("90 km", "wrong", "a length is no time"),
)
def test_duration(reply, verdict):
    assert judged(reply, "90 minutes", "duration") == verdict


def test_months_are_no_number_of_days():
    assert judged("30 days", "1 month", "duration") == "wrong"
    assert judged("24 months", "2 years", "duration") == "right"
    assert judged("90", "90", "duration", unit="minutes", unit_in_question=True) == "right"


@cases(
    ("Answer: version 2.71.0.", "right", "the word version is no part of it"),
    ("It is V2.71.0", "right", "the v may be a capital"),
    ("2.71.0-rc1", "wrong", "a pre-release is another version"),
    ("2.71.00", "wrong", "versions are not numbers"),
)
def test_version(reply, verdict):
    assert judged(reply, "2.71.0", "version") == verdict


def test_ids_are_compared_exactly():
    assert judged("NOTE‑07", "NOTE-07", "id") == "right"
    assert judged("NOTE-7", "NOTE-07", "id") == "wrong"
    assert judged("note-07", "NOTE-07", "id") == "wrong"


@pytest.mark.parametrize(
    ("reply", "answer", "kind", "spec", "verdict"),
    [
        pytest.param("Split and Turku", "Turku; Split", "set", {}, "right",
                     id="sets have no order"),
        pytest.param("Turku; Split; Turku", "Turku; Split", "set", {}, "right",
                     id="sets have no count"),
        pytest.param("Turku or Split", "Turku; Split", "set", {}, "wrong", id="or hedges"),
        pytest.param("Turku; Split; Porto", "Turku; Split", "set", {}, "wrong",
                     id="one too many is wrong"),
        pytest.param("Turku; not Split", "Turku; Split", "set", {}, "wrong", id="not is no item"),
        pytest.param("Upper Ash; Ash", "Ash; Upper Ash", "set", {}, "right",
                     id="the longest item is matched first"),
        pytest.param("Upper Ash", "Ash; Upper Ash", "set", {}, "wrong",
                     id="a long item does not hold a short one"),
        pytest.param("Answer:\n- Turku\n- Split", "Turku; Split", "set", {}, "right",
                     id="a list may fill several lines"),
        pytest.param("Answer:\n1. Turku\n2. Split", "Turku; Split", "order", {}, "right",
                     id="list numbers are no items"),
        pytest.param("3-1-2", "3, 1, 2", "order", {}, "right", id="dashes separate labels"),
        pytest.param("3 > 1 > 2", "3; 1; 2", "order", {}, "right", id="signs separate labels"),
        pytest.param("3, 2, 1", "3; 1; 2", "order", {}, "wrong", id="a swap is wrong"),
        pytest.param("3, 1", "3; 1; 2", "order", {}, "wrong", id="a missing step is wrong"),
        pytest.param("3, 1, 2, 2", "3; 1; 2", "order", {}, "wrong", id="a repeated step is wrong"),
        pytest.param("11 May 2026 and 4 May 2026", "2026-05-04; 2026-05-11", "set", DATES, "right",
                     id="dates in a set are compared as dates"),
        pytest.param("2026-05-04", "2026-05-04; 2026-05-11", "set", DATES, "wrong",
                     id="one of two dates is wrong"),
        pytest.param("five; 3", "3; 5", "set", {"of": "number"}, "right",
                     id="numbers in a set are compared as numbers"),
        pytest.param("nobody can say: I don't know", "3; 5", "set", {}, "wrong",
                     id="an abstention must come first"),
    ],
)  # fmt: skip
def test_sets_and_orders(reply, answer, kind, spec, verdict):
    assert judged(reply, answer, kind, **spec) == verdict


@cases(
    ("b", "right", "case does not matter"),
    ("(B).", "right", "brackets do not matter"),
    ("Option B", "right", "the word option does not matter"),
    ("The answer is B.", "right", "a lead-in does not matter"),
    ("B) Turku", "right", "letter and text agree"),
    ("B - Turku", "right", "a dash may part them"),
    ("Turku", "right", "the text alone is a choice"),
    ("Porto", "wrong", "another text is wrong"),
    ("D", "wrong", "another letter is wrong"),
    ("B) Bergen", "wrong", "a text that is no option does not agree"),
    ("E", "unreadable", "a letter out of range is no choice"),
    ("A or B", "unreadable", "two letters are no choice"),
    ("B, C", "unreadable", "a list of letters is no choice"),
    ("CORRECT", "unreadable", "a letter in a word is no choice"),
    ("BC", "unreadable", "two letters together are no choice"),
    ("not B", "unreadable", "a denied letter is no choice"),
    ("Β", "right", "a Greek look-alike is mapped"),
    ("I don't know", "abstained", "I is a pronoun here"),
)
def test_choice(reply, verdict):
    key = AnswerKey(answer="Turku", kind="choice", choices=CITIES, answer_index=1)
    assert same_answer(reply, key) == verdict


def test_an_option_that_reads_like_an_abstention_is_a_choice():
    key = AnswerKey(answer="Porto", kind="choice", choices=("Porto", "Unknown"), answer_index=0)
    assert same_answer("Unknown", key) == "wrong"


@cases(
    ("Answer: cannot be known.", "right", "the protocol's words in any case"),
    ("CANNOT BE KNOWN (the notice only names the lift)", "right", "an explanation is no value"),
    ("Based on the passage, it cannot be determined.", "right", "a courtesy is no value"),
    ("The passage does not say how many people the lift holds.", "right", "the text is silent"),
    ("There is not enough information to tell.", "right", "too little information"),
    ("Unknown", "right", "unknown alone"),
    ("CANNOT BE KNOWN; 62", "wrong", "a value beside it is committed"),
    ("CANNOT BE KNOWN or 62", "wrong", "an alternative is committed"),
    ("I don't know, maybe Roth", "wrong", "a guess is committed"),
    ("Not stated. My guess is 62.", "wrong", "a guess in a second sentence too"),
    ("It is Roth, though it cannot be known", "wrong", "a value before it is committed"),
    ("CANNOT BE KNOWN because it is likely Roth", "wrong", "a guess in the explanation too"),
    ("CANNOT BE KNOWN, so the answer is Roth", "wrong", "an answer in the explanation too"),
    ("62", "wrong", "a value is an invention"),
    ("No people", "wrong", "no with a noun is a value"),
    ("The claim is wrong", "wrong", "to call it wrong is no abstention"),
    ("FALSE PREMISE", "wrong", "a good premise is not false"),
    ("", "unreadable", "silence is no abstention"),
)
def test_abstain(reply, verdict):
    assert judged(reply, "CANNOT BE KNOWN", "abstain") == verdict


@cases(
    ("False premise.", "right", "the protocol's words in any case"),
    ("The question rests on a false premise: it reopened.", "right", "they may be explained"),
    ("This is not a false premise", "wrong", "they may be denied"),
    ("FALSE PREMISE or 62", "wrong", "they may not be hedged"),
    ("No, it reopened on 4 May.", "right", "a correction may follow no"),
    ("It did not stay shut; it opened again on May 4.", "right", "a corrected date has any form"),
    ("It stayed in Turku, not Split", "right", "the denial may come second"),
    ("It stayed in Turku", "wrong", "a correction alone denies nothing"),
    ("It was never moved", "wrong", "a denial alone corrects nothing"),
    ("It was not in Turku, but in Split", "wrong", "the correction itself is denied"),
    ("It was not in Split, nor Turku", "wrong", "a denied list denies every item"),
    ("I don't know", "abstained", "an abstention is no denial"),
)
def test_premise(reply, verdict):
    corrections = ["Turku", "reopened on 4 May", "2026-05-04"]
    assert judged(reply, "FALSE PREMISE", "premise", correction=corrections) == verdict


@cases(
    ('Here it is.\n```json\n[{"id": "N-7", "on": "2026-05-04"}]\n```', "right", "a fence is read"),
    ('Answer:\n[\n {"on": "4 May 2026", "id": "n-7"}\n]', "right", "cells go by their kind"),
    ('```\n[1]\n```\nAnswer: [{"id":"N-7","on":"2026-05-04"}]', "right", "a mark comes first"),
    ('Answer: [{"id":"N-7"}]', "wrong", "a missing cell is wrong"),
    ('Answer: [{"id":"N-7","on":"2026-05-04","x":1}]', "wrong", "a cell too many is wrong"),
    ('Answer: [{"id":"N-7","on":"2026-05-05"}]', "wrong", "a wrong cell is wrong"),
    ("Answer: []", "wrong", "an empty list is readable and wrong"),
    ('Answer: [{"id":"N-7","on":"2026-05-04"},]', "unreadable", "a last comma is not strict"),
    ('Answer: [{"id":"N-7","id":"N-7"}]', "unreadable", "a repeated key is not strict"),
    ("Answer: [NaN]", "unreadable", "NaN is not strict"),
    ("[" * 19_000, "unreadable", "endless nesting is refused"),
    ("Answer: CANNOT BE KNOWN", "abstained", "an abstention is told"),
)
def test_json(reply, verdict):
    assert judged(reply, '[{"id":"N-7","on":"2026-05-04"}]', "json") == verdict


@pytest.mark.parametrize(
    ("given", "answer", "verdict"),
    [
        pytest.param("1.0", "1", "right", id="numbers by value"),
        pytest.param('"1"', "1", "wrong", id="a string is no number"),
        pytest.param("true", "1", "wrong", id="true is no number"),
        pytest.param("null", "null", "right", id="null is a value"),
        pytest.param("[2, 1]", "[1, 2]", "wrong", id="lists have an order"),
    ],
)
def test_json_cells_keep_their_types(given, answer, verdict):
    assert judged(f"Answer: {given}", answer, "json") == verdict
