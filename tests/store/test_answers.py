"""What counts as right: the fifty cases every comparator must agree on, in our own values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
import regex

from store.records import AnswerKey, AnswerKind
from store.scoring.answers import (
    GRADERS,
    Verdict,
    answer_f1,
    equivalent,
    find_quantities,
    parse_date,
    parse_duration,
    parse_number,
    same_answer,
)
from tests.corpora import corpus

CITIES = ("Porto", "Turku", "Gdynia", "Split")


def key(answer: str, kind: str, *aliases: str, **spec: Any) -> AnswerKey:
    if kind == "choice":
        index = "ABCD".index(answer)
        return AnswerKey(answer=CITIES[index], kind=kind, choices=CITIES, answer_index=index)
    return AnswerKey(answer=answer, kind=kind, aliases=aliases, spec=spec)


UNKNOWABLE = key("CANNOT BE KNOWN", "abstain")
PREMISE = key("FALSE PREMISE", "premise", correction=["Turku"])

FIFTY = [
    (
        "a marked, bold, capitalised name with article",
        "**Answer:** The VISTULA.",
        key("Vistula", "text"),
        "right",
    ),
    ("an added noun", "Vistula canal", key("Vistula", "text"), "wrong"),
    ("missing accents", "Andre Nunez", key("André Núñez", "text"), "right"),
    ("an alias", "Answer: Adeyemi", key("Folu Adeyemi", "text", "Adeyemi"), "right"),
    ("two candidates", "either Adeyemi or Roth", key("Adeyemi", "text"), "wrong"),
    ("a denied name", "Answer: not Adeyemi", key("Adeyemi", "text"), "wrong"),
    ("a missing company suffix", "Norvik", key("Norvik Ltd", "text"), "right"),
    ("a missing plus sign", "D", key("D++", "text"), "wrong"),
    ("initials with dots", "E.U.", key("EU", "text"), "right"),
    ("a title that reads like an abstention", "Unknown", key("Unknown", "text"), "right"),
    (
        "the last of two marked answers",
        "Answer: 21\nNo, wait.\nAnswer: 27",
        key("27", "number"),
        "right",
    ),
    ("a grouping comma", "3,706", key("3706", "number"), "right"),
    ("number words", "three thousand seven hundred and six", key("3706", "number"), "right"),
    ("currency and scale", "$2.6bn", key("$2,600,000,000", "number"), "right"),
    ("another currency", "€2.6bn", key("$2.6bn", "number"), "wrong"),
    ("no currency where none was asked", "2600000000", key("$2.6bn", "number"), "wrong"),
    (
        "no unit where the question names it",
        "18",
        key("18 %", "number", unit_in_question=True),
        "right",
    ),
    (
        "a share instead of a percentage",
        "0.18",
        key("18 %", "number", unit_in_question=True),
        "wrong",
    ),
    ("percentage points instead of percent", "3 percentage points", key("3 %", "number"), "wrong"),
    ("the number after the equals sign", "178 + 55 = 233", key("233", "number"), "right"),
    ("an abstention where a number is known", "I don't know", key("62", "number"), "abstained"),
    ("a bound nobody asked for", "more than 70", key("70", "number"), "wrong"),
    ("an approximation", "about 70", key("70", "number"), "right"),
    ("a range", "70-75", key("70", "number"), "wrong"),
    ("another unit of the same length", "7 km", key("7000 metres", "number"), "right"),
    ("a value inside the tolerance", "2.74", key("2.7", "number", tol="0.05"), "right"),
    ("a value outside the tolerance", "2.8", key("2.7", "number", tol="0.05"), "wrong"),
    ("a typographic minus", "−8", key("-8", "number"), "right"),
    (
        "a number of the question beside the answer",
        "In 2026 it was 62",
        key("62", "number"),
        "right",
    ),
    (
        "weekday, ordinal and month name",
        "Thursday, June 18th, 2026",
        key("2026-06-18", "date"),
        "right",
    ),
    ("a numeric date with one reading", "18/06/2026", key("2026-06-18", "date"), "right"),
    ("a numeric date with two readings", "06/07/2026", key("2026-07-06", "date"), "unreadable"),
    ("a coarser date", "June 2026", key("2026-06-18", "date"), "wrong"),
    ("a finer date", "18 June 2026", key("2026-06", "date", precision="month"), "right"),
    (
        "a set with a comma inside an item",
        "Turku; Salem, N.H.",
        key("Turku; Salem, N.H.", "set"),
        "right",
    ),
    ("half a set", "Turku", key("Turku; Split", "set"), "wrong"),
    ("a sequence the wrong way round", "Turku -> Split", key("Split, Turku", "order"), "wrong"),
    ("a boxed letter", r"\boxed{\text{C}}", key("C", "choice"), "right"),
    ("a letter beside another option's text", "B) Porto", key("B", "choice"), "wrong"),
    (
        "a letter that is only an article",
        "A firm in Turku said so",
        key("A", "choice"),
        "unreadable",
    ),
    ("a Cyrillic look-alike", "С", key("C", "choice"), "right"),
    ("a plain abstention", "The leaflet does not say.", UNKNOWABLE, "right"),
    ("an abstention with a guess", "It cannot be known, but probably 62", UNKNOWABLE, "wrong"),
    (
        "a denial with the correction",
        "It was not taken to Split; it stayed in Turku",
        PREMISE,
        "right",
    ),
    ("an answer to a false premise", "In Split", PREMISE, "wrong"),
    (
        "a sentence that only sounds like an abstention",
        "The inquiry found no sign of neglect",
        key("Roth", "text"),
        "wrong",
    ),
    ("a version with a v", "v2.71.0", key("2.71.0", "version"), "right"),
    ("a shortened version", "2.71", key("2.71.0", "version"), "wrong"),
    ("JSON in single quotes", "{'b': 2}", key('{"b": 2}', "json"), "unreadable"),
    ("empty JSON", "", key('{"b": 2}', "json"), "unreadable"),
    ("a denied correction", "Not in Turku", PREMISE, "wrong"),
    ("an abstention before a false premise", "CANNOT BE KNOWN", PREMISE, "abstained"),
]


@pytest.mark.parametrize(
    ("reply", "answer", "verdict"), [pytest.param(*row[1:], id=row[0]) for row in FIFTY]
)
def test_a_reply_is_judged_like_the_table_says(reply: str, answer: AnswerKey, verdict: Verdict):
    assert same_answer(reply, answer, "How many were there in 2026?") == verdict


def test_every_row_of_the_shared_table_is_judged_as_it_says():
    rows = list(shared_table(corpus("questions.md").read_text(encoding="utf-8")))
    assert [number for number, *_ in rows] == sorted([*range(1, 51), 47, 48])
    assert [row for row in rows if same_answer(row[1], row[2], row[4]) != row[3]] == []


def shared_table(text: str) -> Iterator[tuple[int, str, AnswerKey, str, str]]:
    """Yield number, reply, key, verdict and question of the table in questions.md §4."""
    lines = [line for line in text.splitlines() if regex.match(r"\| \d+ \| ", line)]
    cells = [half.strip(" |").split(" | ") for line in lines for half in line.split(" || ")]
    rows = [(int(number), *rest) for number, *rest in cells if number.isdigit() and len(rest) == 3]
    table = [row for row in rows if "`" in row[1]]
    for number, shown, about, verdicts in sorted(table):
        replies = regex.findall(r"`([^`]*)`", shown)
        if number == 11:
            replies = ["\n".join(replies)]
        elif number in (39, 41):
            replies = replies[:1]
        if "empty" in shown:
            yield number, "", shared_key(about, shown), verdicts, ""
        for reply, verdict in zip(replies, cycle_of(verdicts, len(replies)), strict=True):
            question = "In which year, 2026?" if "question names 2026" in about else ""
            yield number, reply, shared_key(about, shown), verdict.split(",")[0], question


def cycle_of(verdicts: str, count: int) -> list[str]:
    parts = verdicts.split(" / ")
    return parts if len(parts) == count else parts * count


def shared_key(about: str, shown: str) -> AnswerKey:
    answer, kind, notes = regex.match(r"(.*) \((\w+)(?:[:;] (.*))?\)$", about).groups()
    spec: dict[str, Any] = {}
    aliases: tuple[str, ...] = ()
    for note in (notes or "").split("; "):
        if note.startswith("tol "):
            spec["tol"] = note.removeprefix("tol ")
        elif note == "unit in question":
            spec["unit_in_question"] = True
        elif note == "month":
            spec["precision"] = "month"
        elif note.startswith("correction "):
            spec["correction"] = [note.removeprefix("correction ")]
        elif note.startswith("alias "):
            aliases = (note.removeprefix("alias "),)
    if kind == "choice":
        choices = ("Lima", "Quito", "Oslo", "Bern")
        index = "ABCD".index(answer)
        return AnswerKey(answer=choices[index], kind="choice", choices=choices, answer_index=index)
    return AnswerKey(
        answer=answer.strip("{}") if kind == "set" else answer,
        kind=kind,
        aliases=aliases,
        spec=spec,
    )


def test_every_kind_of_answer_has_a_grader():
    assert set(GRADERS) == set(get_args(AnswerKind))


@pytest.mark.parametrize(
    ("left", "right", "kind", "same"),
    [
        pytest.param(
            "7 km", "7000 m", "number", True, id="a distractor in another unit is the key"
        ),
        pytest.param("7 km", "7 miles", "number", False, id="other amounts differ"),
        pytest.param("30.0", "30", "number", True, id="trailing zeros do not matter"),
        pytest.param("18 June 2026", "2026-06-18", "date", True, id="dates by value"),
        pytest.param("June 2026", "2026-06-18", "date", True, id="one contains the other"),
        pytest.param("2026-06-17", "2026-06-18", "date", False, id="neighbouring days differ"),
        pytest.param("The Turku", "turku", "choice", True, id="options are compared as text"),
        pytest.param("Porto", "Turku", "choice", False, id="other options differ"),
        pytest.param("I don't know", "62", "number", False, id="an abstention is no answer"),
    ],
)
def test_two_answers_are_equivalent_when_either_is_right_for_the_other(left, right, kind, same):
    assert equivalent(left, right, kind) is same
    assert equivalent(right, left, kind) is same


def test_a_derivation_is_checked_with_the_keys_own_terms():
    spec = {"unit": "%", "unit_in_question": True, "tol": "0.05"}
    assert equivalent("29.96", "30.0", "number", spec)
    assert not equivalent("29.9", "30.0", "number", spec)


def test_a_parsed_number_says_what_it_counts_and_how_it_is_bounded():
    money = parse_number("more than $2.6bn")
    assert (money.value, money.currency, money.unit) == (2_600_000_000, "$", None)
    assert (money.bound, money.percent) == ("over", False)
    share = parse_number("12.5 per cent")
    assert (share.unit, share.percent, share.bound) == ("%", True, None)
    assert parse_number("7 km").unit == "km"
    assert parse_number("2 percentage points").percent is False


@pytest.mark.parametrize("text", ["", "none", "4 or 5", "4-5", "v2.7.1", "2³²", "7 m", "9 pounds"])
def test_text_with_no_single_number_parses_to_none(text):
    assert parse_number(text) is None


def test_numbers_are_found_where_they_stand():
    text = "The repair cost €4.5 million, 12% more than the 4 km road."
    found = list(find_quantities(text))
    assert [text[one.start : one.end] for one in found] == ["€4.5 million", "12%", "4 km"]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-06-18", "2026-06-18"),
        ("on Thursday, 18th of June 2026", "2026-06-18"),
        ("Sept. 3, 2026", "2026-09-03"),
        ("June 2026", "2026-06"),
        ("2026", "2026"),
        ("18 June", "-----06-18"),
        ("2026-06-18T09:30:00Z", "2026-06-18"),
        ("06/07/2026", None),
        ("18/06/26", None),
        ("31 June 2026", None),
        ("18 June 2026 in Turku", None),
        ("18 to 20 June 2026", None),
        ("soon", None),
    ],
)
def test_a_date_is_parsed_strictly(text, iso):
    read = parse_date(text)
    assert (read and read.isoformat()) == iso


def test_a_missing_year_can_be_filled_in():
    assert parse_date("18 June", year=2026) == parse_date("2026-06-18")


def test_a_duration_is_months_and_seconds():
    assert parse_duration("1 h 30 min") == parse_duration("PT90M")
    assert parse_duration("1 month") != parse_duration("30 days")


def test_f1_is_reported_beside_sets_orders_and_json_only():
    assert answer_f1("Turku; Porto", key("Turku; Split", "set")) == pytest.approx(0.5)
    assert answer_f1("Turku; Split", key("Turku; Split", "set")) == 1.0
    assert answer_f1('[{"a": 1, "b": 3}]', key('[{"a": 1, "b": 2}]', "json")) == 0.5
    assert answer_f1("7", key("7", "number")) is None
