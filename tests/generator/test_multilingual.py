"""The encoder of many languages: real weights, unit vectors, and translations near each other."""

from __future__ import annotations

import numpy as np
import pytest

from generator.multilingual import LANGUAGES, build_multilingual

ASKED = "How many passengers did the ferry carry in October?"


@pytest.fixture(scope="module")
def encoder():
    return build_multilingual()


def test_vectors_are_unit_rows_whatever_they_are_embedded_with(encoder):
    texts = [ASKED, "Wer baute die Brücke?", "Wer baute die Brücke? " * 30]
    together = encoder.encode([*texts, texts[0]])
    assert together.shape == (4, encoder.dimensions)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(4), abs=1e-4)
    assert np.abs(encoder.encode(texts[:1])[0] - together[3]).max() < 1e-3
    assert encoder.encode([]).shape == (0, encoder.dimensions)


@pytest.mark.parametrize(
    "translated",
    [
        "Wie viele Fahrgäste beförderte die Fähre im Oktober?",
        "¿Cuántos pasajeros transportó el transbordador en octubre?",
        "渡轮在十月运载了多少名乘客？",
    ],
)
def test_a_translation_is_near_and_another_question_is_far(encoder, translated):
    asked, told, other = encoder.encode([ASKED, translated, "Wer malte das Bild im Rathaus?"])
    assert asked @ told > 0.6 > 0.45 > asked @ other


def test_the_languages_are_the_ones_it_was_trained_on():
    assert {"en", "zh", "ar"} <= LANGUAGES and not {"sw", "eu"} & LANGUAGES
