"""fact, by rule: to which version a release takes one of its parts."""

from __future__ import annotations

import pytest

from generator.families.version import Version
from tests.generator.making import asked


def test_a_question_and_its_answer():
    assert asked("- deps: update tarnlib to v3.1.0 (Ines)", Version(), title="Brell 2.4.1") == [
        ("To which version does the release Brell 2.4.1 update tarnlib?", "3.1.0")
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        pytest.param("update tarnlib to 3.1.0", "News of Brell", id="a title without a version"),
        pytest.param("update tarnlib to 3", "Brell 2.4.1", id="a number that is no version"),
        pytest.param(
            "update tarnlib to 3.1.0\nupdate tarnlib to 3.2.0",
            "Brell 2.4.1",
            id="a part named twice",
        ),
    ],
)
def test_no_question_comes_from(text, title):
    assert asked(text, Version(), title=title) == []
