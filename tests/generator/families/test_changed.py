"""changed: the value that holds on a day, of an earlier and a later report."""

from __future__ import annotations

from generator.families.changed import Changed
from tests.generator.libraries import dated, joined

FIRST = "By 3 August 2026 the fever in Brell had reached 47 confirmed cases. It began in July."
SECOND = "By 6 August 2026 the fever in Brell had reached 83 confirmed cases. Few were added."
LATER = "The council of Tarn met. Nobody spoke for long that day."


def asked(*documents):
    return {(one.pair_role, one.question, one.key.answer) for one in joined(documents, Changed())}


def test_the_later_count_is_asked_for_and_the_earlier_is_its_twin():
    made = joined(
        [
            dated(FIRST, "2026-08-03", 1),
            dated(SECOND, "2026-08-06", 2),
            dated(LATER, "2026-08-20", 3),
        ],
        Changed(),
    )
    base, twin = made
    assert (base.key.answer, twin.key.answer) == ("83", "47")
    assert base.pair == twin.pair and twin.pair_role == "earlier"
    assert base.key.spec["other"] == "47" and base.level == 3
    assert "how many confirmed cases had the fever in Brell reached?" in base.question
    assert {one.document_id for one in base.quotes} == {one.document_id for one in twin.quotes}


def test_the_newest_release_is_asked_for_between_two_releases():
    made = asked(
        dated("Brell 2.3.0 was released on 2026-08-01.", "2026-08-01", 1),
        dated("Brell 2.4.0 was released on 2026-08-05.", "2026-08-05", 2),
        dated("Brell 2.4.1 was released on 2026-08-07.", "2026-08-07", 3),
    )
    (base,) = [one for one in made if one[0] == "base"]
    assert base[1] == "As of 6 August 2026, what was the newest release of Brell?"
    assert base[2] == "2.4.0"


def test_releases_side_by_side_are_lines_of_their_own():
    made = asked(
        dated("Brell 1.9.0 was released on 2026-08-01.", "2026-08-01", 1),
        dated("Brell 2.3.0 was released on 2026-08-01.", "2026-08-01", 2),
        dated("Brell 1.9.1 was released on 2026-08-05.", "2026-08-05", 3),
        dated("Brell 2.4.0 was released on 2026-08-05.", "2026-08-05", 4),
        dated(LATER, "2026-08-12", 5),
    )
    lines = {question.rpartition(" release of ")[2] for _, question, _ in made}
    assert lines == {"Brell 1?", "Brell 2?"}


def test_a_correction_is_no_change():
    later = f"{SECOND} An earlier count was given in error."
    assert not asked(
        dated(FIRST, "2026-08-03", 1), dated(later, "2026-08-06", 2), dated(LATER, "2026-08-20", 3)
    )


def test_two_values_of_one_day_are_no_change():
    other = SECOND.replace("6 August", "3 August")
    assert not asked(dated(FIRST, "2026-08-03", 1), dated(other, "2026-08-03", 2))


def test_no_question_is_asked_for_the_day_of_the_next_report():
    # Between two days running nothing lies.
    next_day = SECOND.replace("6 August", "4 August")
    assert not asked(dated(FIRST, "2026-08-03", 1), dated(next_day, "2026-08-04", 2))
