"""Names of known kinds in a text."""

from __future__ import annotations

import pytest

from generator.english.names import countries, names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("It rained in Norway.", [("Norway", "country")], id="a country"),
        pytest.param(
            "The Tarn Council met.", [("Tarn Council", "council")], id="a body by its head"
        ),
        pytest.param("Then Ines Falk spoke.", [("Ines Falk", "person")], id="an adverb is no name"),
        pytest.param(
            "He met Ines Falk there.", [("Ines Falk", "person")], id="two capitalised words"
        ),
        pytest.param("He met Dr Ines Falk.", [("Ines Falk", "person")], id="a title is no part"),
        pytest.param("In August Brell met.", [], id="a month is no name"),
        pytest.param("He met Ines of the Seismic Network.", [], id="two names joined by of"),
        pytest.param(
            "He met Ines Falk of the Seismic Network.", [], id="a person of a body is neither"
        ),
    ],
)
def test_names(text, found):
    assert [(name.text, name.kind) for name in names(text)] == found


def test_a_surname_is_an_alias():
    (name,) = names("He met Ines Falk there.")
    assert name.aliases == ("Falk",)
    assert name.wh == "who"


def test_two_hundred_countries_are_known():
    assert len(countries()) > 240
    assert not {"European Union", "Eurozone"} & countries()
