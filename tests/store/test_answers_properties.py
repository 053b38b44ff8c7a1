"""What holds of the comparator for every text, and what its units and imports rest on."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import pint
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.records import AnswerKey, AnswerKind
from store.scoring.answers import Verdict, answer_f1, equivalent, same_answer
from store.scoring.cleaning import LONGEST_REPLY, clean_answer, clean_characters
from store.scoring.units import UNITS, Unit, units_spelled

KINDS: list[AnswerKind] = list(get_args(AnswerKind))
CITIES = ("Porto", "Turku", "Gdynia", "Split")
SPECS: list[dict[str, Any]] = [
    {},
    {"unit": "EUR", "scale": "1e6", "unit_in_question": True, "tol": "0.05"},
    {"unit": "%", "bound": "at least", "precision": "month", "of": "number"},
    {"unit": "minutes", "items": ["2026-05-04", "7"], "of": "date", "correction": "Turku"},
    {"tol": "1e999", "scale": "nan", "unit": "1 km 2", "correction": [], "canary": "kestrel"},
]

#: Pieces that the patterns look for, so that random text is not all misses.
PIECES = st.sampled_from(
    ["Answer:", "\n", " ", "\\boxed{", "}", "**", "_", "$", "€", "1,204", "-", "=", "40-45", "%",
     "two hundred", "and", "million", "May", "4 May 2026", "04/05/2026", "2026", "km", "1:30:00",
     "cannot be known", "not", "FALSE PREMISE", "Turku", ";", "->", "A)", "B", "{", '"a":', "[1]",
     "```", "½", "2³", "é\u0301", "В", "\u200b", "٣", "1/0", "1e999", "PT1H", "\\frac{", ":", "."]
)  # fmt: skip
HOSTILE = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join))


def key_of(kind: AnswerKind, answer: str = "Turku", **fields: Any) -> AnswerKey:
    if kind == "choice":
        return AnswerKey(answer="Turku", kind=kind, choices=CITIES, answer_index=1, **fields)
    return AnswerKey(answer=answer, kind=kind, **fields)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(reply=HOSTILE, answer=HOSTILE, question=HOSTILE, spec=st.sampled_from(SPECS))
def test_any_text_gets_a_verdict_and_always_the_same(kind, reply, answer, question, spec):
    key = key_of(kind, answer or "x", spec=spec, aliases=(reply, "7"))
    verdict = same_answer(reply, key, question)
    assert verdict in get_args(Verdict)
    assert same_answer(reply, key, question) == verdict
    f1 = answer_f1(reply, key, question)
    assert f1 is None or 0.0 <= f1 <= 1.0


WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"]), min_size=1, max_size=40)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))
AMOUNTS = st.decimals(-(10**12), 10**12, places=3).map(str)


@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much], deadline=None)
@given(answer=WORDS, kind=st.sampled_from(["text", "version", "id"]))
def test_a_text_key_is_right_as_its_own_answer(answer, kind):
    if clean_characters(answer).strip():
        assert same_answer(f"Answer: {answer}", key_of(kind, answer)) == "right"


@settings(max_examples=150, deadline=None)
@given(amount=AMOUNTS, unit=st.sampled_from(["", " km", " %", " voters", " million euros"]))
def test_a_number_key_is_right_as_its_own_answer(amount, unit):
    assert same_answer(f"Answer: {amount}{unit}", key_of("number", amount + unit)) == "right"
    asked = {"unit": unit.strip(), "unit_in_question": True}
    assert same_answer(f"Answer: {amount}", key_of("number", amount, spec=asked)) == "right"


@settings(max_examples=150, deadline=None)
@given(amount=st.decimals(1, 10**9, places=2), off=st.decimals("0.01", 10**6, places=2))
def test_a_number_off_by_anything_is_wrong(amount, off):
    key = key_of("number", str(amount))
    assert same_answer(f"Answer: {amount:,}", key) == "right"
    assert same_answer(f"Answer: {amount + off}", key) == "wrong"
    assert not equivalent(str(amount), str(amount + off), "number")


@settings(max_examples=150, deadline=None)
@given(day=DAYS, days=st.integers(min_value=1, max_value=40_000))
def test_a_date_is_right_in_every_long_form_and_no_other_day_is(day, days):
    key = key_of("date", day.isoformat())
    for form in ("%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%A, %d %b %Y"):
        assert same_answer(f"Answer: {day.strftime(form)}", key) == "right"
    other = day + timedelta(days=days)
    assert same_answer(f"Answer: {other.isoformat()}", key) == "wrong"


NAMES = st.lists(st.sampled_from([*CITIES, "Salem, N.H.", "The Hague", "Upper Ash", "Ash", "7"]),
                 min_size=1, max_size=5, unique=True)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(names=NAMES, data=st.data())
def test_a_set_is_right_in_any_order_and_a_sequence_in_its_own(names, data):
    shuffled = data.draw(st.permutations(names))
    told, answer = "; ".join(shuffled), "; ".join(names)
    spec = {"items": names}
    assert same_answer(f"Answer: {told}", key_of("set", answer, spec=spec)) == "right"
    in_order = same_answer(f"Answer: {told}", key_of("order", answer, spec=spec))
    assert in_order == ("right" if shuffled == names else "wrong")
    if len(names) > 1:
        fewer = "; ".join(shuffled[1:])
        assert same_answer(f"Answer: {fewer}", key_of("set", answer, spec=spec)) == "wrong"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("duration", "PT1H30M"),
        ("abstain", "CANNOT BE KNOWN"),
        ("premise", "FALSE PREMISE"),
        ("json", '[{"a": "x_y", "b": [1, null, "**"]}]'),
        ("choice", "B"),
    ],
)
def test_a_key_of_any_other_kind_is_right_as_its_own_answer(kind, answer):
    assert same_answer(f"Answer: {answer}", key_of(kind, answer)) == "right"


@settings(max_examples=200, deadline=None)
@given(text=HOSTILE)
def test_cleaning_twice_changes_nothing_more(text):
    characters = clean_characters(text)
    assert len(characters) <= LONGEST_REPLY
    assert clean_characters(characters) == characters
    assert "\n" not in clean_answer(text)


PINT_NAMES = {
    "t": "metric_ton",
    "mi": "mile",
    "nmi": "nautical_mile",
    "wk": "week",
    "ha": "hectare",
    "sqft": "foot ** 2",
    "sqmi": "mile ** 2",
    "m2": "m ** 2",
    "km2": "km ** 2",
    "m3": "m ** 3",
    "d": "day",
    "kn": "knot",
}
BASES = {
    "length": "m",
    "mass": "kg",
    "time": "s",
    "area": "m ** 2",
    "volume": "m ** 3",
    "speed": "m/s",
    "information": "byte",
    "power": "W",
    "energy": "kWh",
}


def convertible() -> list[Unit]:
    rows = [Unit(symbol, dimension, Decimal(factor)) for dimension, symbol, factor, _ in UNITS]
    return [unit for unit in rows if unit.dimension in BASES]


@pytest.fixture(scope="module")
def pint_units() -> pint.UnitRegistry:
    return pint.UnitRegistry(non_int_type=Decimal)


@pytest.mark.parametrize("unit", convertible(), ids=lambda unit: unit.symbol)
def test_a_units_factor_is_the_one_pint_knows(unit, pint_units):
    name = PINT_NAMES.get(unit.symbol, unit.symbol)
    theirs = pint_units.Quantity(Decimal(1), name).to(BASES[unit.dimension]).magnitude
    # Knots are a repeating fraction and acres follow pint's choice of foot: 5 parts a million.
    assert abs(unit.factor - theirs) <= theirs * Decimal("5e-6")


def test_a_spelling_with_two_meanings_keeps_both():
    assert {unit.dimension for unit in units_spelled("pounds")} == {"mass", "money:GBP"}
    assert {unit.dimension for unit in units_spelled("m")} == {"length", "time"}


def test_the_comparator_imports_nothing_heavy():
    probe = "import sys, store.scoring.answers; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    heavy = {"torch", "numpy", "pint", "langchain_core", "faiss", "pyarrow", "fastapi"}
    assert heavy & set(done.stdout.split()) == set()
