"""7 supported, families count and document: the condition is executed over the text."""

from __future__ import annotations

import pytest

from generator.checks.base import Case
from generator.checks.supported import Supported
from generator.families.count import Count
from generator.families.document import DocumentTable
from tests.generator.families.test_listed import notes, table, written
from tests.generator.libraries import with_key

MADE = {
    "count in a table": (Count, table),
    "count of changes": (Count, notes),
    "rows of a table": (DocumentTable, table),
    "rows of changes": (DocumentTable, notes),
}


def made(name: str):
    family, reading = MADE[name]
    (candidate,) = written(family(), reading())
    return candidate, reading().document


def judged(candidate, document):
    return Supported()(Case(candidate, document)).outcome


@pytest.mark.parametrize("name", MADE)
def test_the_answer_is_found_again_in_the_text(name):
    assert judged(*made(name)) == "pass"


def asking(candidate, *changes):
    question = candidate.question
    for old, new in changes:
        question = question.replace(old, new)
    return candidate.model_copy(update={"question": question})


OTHER_TEXT = (("7 August", "8 August"), ("Orrin 2.4.0", "Orrin 2.4"))
OTHER_CONDITION = (("or more", "or less"), ("less than", "at most"), ("marked", "not marked"))


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda c: with_key(c, answer=_other(c.key)), id="another answer"),
        pytest.param(lambda c: with_key(c, spec={"derivation": "x >= 1"}), id="another rule"),
        pytest.param(lambda c: c.model_copy(update={"also": c.also[1:]}), id="a row not quoted"),
        pytest.param(lambda c: asking(c, *OTHER_TEXT), id="another text"),
        pytest.param(lambda c: asking(c, *OTHER_CONDITION), id="another condition"),
    ],
)
def test_a_planted_defect_is_seen(name, spoil):
    candidate, document = made(name)
    assert judged(spoil(candidate), document) == "fail"


def _other(key):
    if key.kind == "number":
        return str(int(key.answer) + 1)
    digit = next(c for c in reversed(key.answer) if c.isdigit())
    return key.answer[::-1].replace(digit, "9" if digit != "9" else "8", 1)[::-1]


def test_a_part_marked_together_with_another_is_seen_wherever_it_stands():
    candidate, document = made("count of changes")
    part = candidate.question.rpartition(' "')[2].removesuffix('"?')
    text = document.text.replace("**build,deps**", f"**{part},zlib**")
    assert text != document.text
    assert judged(candidate, document.model_copy(update={"text": text})) == "fail"
