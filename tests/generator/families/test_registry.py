"""All families together: pairs, languages, broken families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest

from generator.families import FAMILIES
from generator.families.base import Span, spans_without, write_out_days
from generator.families.number import Number
from generator.families.writing import write_all
from tests.generator.making import PUBLISHED, document

TEXT = "At least 22 people were injured in Brell."


@dataclass(frozen=True)
class Broken:
    """A family that fails half-way."""

    name: ClassVar[str] = "broken"
    version: ClassVar[int] = 1

    def write(self, reading, siblings) -> Iterator:
        yield from Number().write(reading, siblings)
        raise ZeroDivisionError("by a bridge")


def test_a_broken_family_costs_only_itself():
    written = write_all(document(TEXT), (Broken(), Number()))
    assert [c.family for c in written.candidates] == ["number"]
    assert written.broken == ("family broken could not be run: ZeroDivisionError: by a bridge",)


def test_rules_read_english_only():
    assert write_all(document(TEXT, language="de")).candidates == ()


def test_every_family_says_what_is_bad():
    for family in FAMILIES:
        assert "Bad:" in (__import__(type(family).__module__, fromlist=["x"]).__doc__ or "")


def test_writing_twice_gives_the_same_ids():
    first, second = write_all(document(TEXT)), write_all(document(TEXT))
    assert [c.id for c in first.candidates] == [c.id for c in second.candidates] != []


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("It closed on Wednesday.", "It closed on 5 August 2026."),
        ("On 5 August it closed.", "On 5 August 2026 it closed."),
        ("It closed.", "It closed."),
    ],
)
def test_days_are_written_out(given, written):
    assert write_out_days(given, PUBLISHED.date())[0] == written


def test_what_is_cut_from_a_passage_leaves_no_space_behind():
    made = document("One. Two. Three.")
    left = spans_without(made, [Span(start=0, end=16)], [Span(start=5, end=9)])
    assert [span.of(made.text) for span in left] == ["One.", "Three."]
