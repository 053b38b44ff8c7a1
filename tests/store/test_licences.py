"""A passage is shown only where its licence surely allows it."""

from __future__ import annotations

import pytest

from store.licences import is_classified, text_may_be_shown
from tests.corpora import corpus


@pytest.mark.parametrize(
    ("licence", "shown"),
    [
        ("CC-BY-4.0", True), ("CC-BY-SA-3.0", True), ("CC0-1.0", True), ("OGL-UK-3.0", True),
        ("MIT", True), ("Apache-2.0", True), ("BSD-3-Clause", True), ("LicenseRef-US-PD", True),
        ("MIT OR Apache-2.0", True), ("MIT OR GPL-3.0-only", True), ("(MIT) OR (X)", True),
        ("MIT AND CC-BY-4.0", True), ("(MIT OR X) AND CC0-1.0", True),
        ("CC-BY-NC-4.0", False), ("CC-BY-ND-4.0", False), ("CC-BY-NC-SA-4.0", False),
        ("CC-BY-1.0", False), ("CC-BY-4.0-US", False), ("XCC-BY-4.0", False),
        ("LicenseRef-All-Rights-Reserved", False), ("LicenseRef-Unknown", False),
        ("MIT AND CC-BY-NC-4.0", False), ("GPL-3.0-only OR MIT AND GPL-3.0-only", False),
        ("(MIT AND X) OR X", False), ("Apache-2.0 WITH LLVM-exception", False),
        ("", False), (" ", False), ("OR", False), ("AND", False), ("mit", False),
        ("MIT\n", False), ("CC-BY-4X0", False), ("MIT and proprietary", False),
    ],
)  # fmt: skip
def test_whether_a_passage_may_stand_beside_its_question(licence, shown):
    assert text_may_be_shown(licence) is shown


def test_every_row_of_the_survey_is_classified_as_the_survey_says():
    rows = corpus("sources.tsv").read_text(encoding="utf-8").splitlines()
    names, *lines = [line.split("\t") for line in rows]
    survey = [dict(zip(names, line, strict=True)) for line in lines]
    assert len(survey) == 120
    assert [r["name"] for r in survey if not is_classified(r["licence"])] == []
    wrong = [
        r["name"]
        for r in survey
        if text_may_be_shown(r["licence"]) is not (r["full_text"] == "yes")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "licence", ["", "LicenseRef-Something", "MIT AND LicenseRef-Something", "CC-BY-4X0", "mit"]
)
def test_what_nobody_has_classified_is_not_known(licence):
    assert not is_classified(licence)
