"""multi_hop: two publishers' reports, joined by a day that the question does not name."""

from __future__ import annotations

from generator.families.multi_hop import MultiHop
from tests.generator.libraries import dated, joined

CLUE = "The Tarn Council opened a museum of ferries on 3 August 2026."


def match(day: str, text: str, number: int):
    # Without "FC" in them the clubs are what the two sides of "played" say.
    url = f"https://league.example/{number}"
    return dated(f"On {day} {text}.", day, number, url=url, source="league")


MATCHES = [
    match("2026-08-03", "Brell FC played Orrin FC and it ended 2 to 1", 1),
    match("2026-08-05", "Sunder FC played Brell FC and it ended 0 to 0", 2),
    match("2026-08-06", "Brell FC played Lull FC and it ended 3 to 0", 3),
]


def made(*documents):
    return joined(documents, MultiHop())


def test_the_day_is_found_by_the_clue_and_the_answer_by_the_day():
    (one,) = [
        c for c in made(dated(CLUE, "2026-08-04", 9), *MATCHES) if "did Brell FC" in c.question
    ]
    assert one.key.spec["bridge"] == "2026-08-03" and one.level == 3
    assert "3 August" not in one.question and "2026-08-03" not in one.question
    assert "on the day on which the Tarn Council opened a museum of ferries?" in one.question
    assert one.key.answer in ("Orrin FC", "2")
    assert len({quote.document_id for quote in one.quotes}) == 4


def test_a_clue_of_the_same_publisher_joins_nothing():
    clue = dated(CLUE, "2026-08-04", 9, url="https://league.example/9", source="league")
    assert not made(clue, *MATCHES)


def test_two_reports_of_the_series_on_the_day_leave_it_open():
    second = match("2026-08-03", "Brell FC played Tarn FC and it ended 1 to 1", 4)
    asked = made(dated(CLUE, "2026-08-04", 9), *MATCHES, second)
    assert not [c for c in asked if "did Brell FC" in c.question]


def test_without_other_reports_of_the_series_one_hop_would_do():
    assert not made(dated(CLUE, "2026-08-04", 9), *MATCHES[:2])


def test_a_clue_that_names_the_answer_is_none():
    clue = dated(CLUE.replace("ferries", "Orrin FC"), "2026-08-04", 9)
    assert not [c for c in made(clue, *MATCHES) if "did Brell FC play" in c.question]
