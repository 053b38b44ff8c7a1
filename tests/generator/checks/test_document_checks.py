"""Checks 1 and 4: date and disclosed machine writing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from generator.checks.date import Date
from generator.checks.machine_written import MachineWritten
from store.records import Dates
from tests.generator.making import PUBLISHED, document

WINDOW = Date(datetime(2026, 2, 4, tzinfo=UTC), datetime(2026, 8, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        pytest.param({}, "pass", id="inside the window"),
        pytest.param({"published_at": WINDOW.cutoff}, "pass", id="at the cutoff"),
        pytest.param(
            {"published_at": WINDOW.cutoff - timedelta(seconds=1)}, "fail", id="before the cutoff"
        ),
        pytest.param({"published_at": WINDOW.until}, "fail", id="at the end"),
        pytest.param({"date_basis": "first_seen"}, "unsure", id="no witness but our own visit"),
        pytest.param(
            {"dates": Dates(page=PUBLISHED, feed=PUBLISHED - timedelta(days=2))},
            "pass",
            id="witnesses two days apart",
        ),
        pytest.param(
            {"dates": Dates(page=PUBLISHED, feed=PUBLISHED - timedelta(days=2, seconds=1))},
            "unsure",
            id="witnesses that disagree",
        ),
    ],
)
def test_date(changes, outcome):
    assert WINDOW(document("Text.", **changes)).outcome == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        pytest.param("This article was written with the help of ChatGPT.", "fail", id="disclosed"),
        pytest.param("I used an LLM to draft this post.", "fail", id="the writer says so"),
        pytest.param("As an AI language model I cannot tell.", "fail", id="a slip"),
        pytest.param("By ChatGPT\nThe mill is old.", "fail", id="a byline"),
        pytest.param("The council bought a language model.", "pass", id="news about models"),
        pytest.param("Students used ChatGPT to cheat in Brell.", "pass", id="news about its use"),
        pytest.param(
            "Ines wrote that AI-generated art is popular.", "pass", id="art, not this text"
        ),
    ],
)
def test_machine_written(text, outcome):
    assert MachineWritten()(document(text)).outcome == outcome
