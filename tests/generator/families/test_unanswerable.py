"""unanswerable: the evidence is taken away and the same question asked."""

from __future__ import annotations

import pytest

from generator.families import unanswerable
from generator.families.entity import Entity
from generator.families.number import Number
from generator.families.unanswerable import Unanswerable
from generator.families.writing import write_all
from generator.lots import lot_falls
from generator.passages import shown
from tests.generator.making import document

REST = (
    "The mill lies on the river Tarn below the old bridge of Brell.\n"
    "Its owner keeps two dogs, a cat and a great many books about water wheels and ropes.\n"
    "Visitors come by boat, for the road is narrow."
)


@pytest.fixture
def every_lot(monkeypatch):
    monkeypatch.setattr(unanswerable, "SHARE", 1.0)


def twins(text, **changes):
    candidates = write_all(document(text, **changes), (Number(), Unanswerable())).candidates
    return [c for c in candidates if c.pair_role == "base"], [
        c for c in candidates if c.family == "unanswerable"
    ]


@pytest.mark.usefixtures("every_lot")
def test_the_twin_asks_the_same_without_any_sentence_that_tells():
    text = f"The Tarn Mill sold 340 ropes in Brell. Ropes were 340 in number.\n{REST}"
    (base,), (twin,) = twins(text)
    assert twin.question == base.question
    assert (twin.key.answer, twin.key.kind) == ("CANNOT BE KNOWN", "abstain")
    assert (twin.pair, twin.pair_role) == (base.pair, "removed")
    passage = shown(document(text), twin.context_spans)
    assert "340" not in passage and passage.startswith("The mill lies")


@pytest.mark.usefixtures("every_lot")
def test_the_number_in_words_goes_too():
    text = f"The Tarn Mill sold 12 ropes in Brell.\nThe twelve ropes are long.\n{REST}"
    _, (twin,) = twins(text)
    assert "twelve" not in shown(document(text), twin.context_spans)


@pytest.mark.usefixtures("every_lot")
def test_too_little_left_to_read_gives_no_twin():
    assert twins("The Tarn Mill sold 340 ropes in Brell.\nIt is old.") == ([], [])


def test_a_lot_is_the_same_on_every_machine():
    falls = [lot_falls(f"name-{n}", 0.35) for n in range(1_000)]
    assert falls == [lot_falls(f"name-{n}", 0.35) for n in range(1_000)]
    assert 300 < sum(falls) < 400


@pytest.mark.usefixtures("every_lot")
def test_a_short_paragraph_goes_whole_with_its_source_and_leaves_a_line_break():
    text = f"The Tarn Mill sold 340 ropes in Brell. (Tarn News)\n{REST}\nAnd so it stays."
    _, (twin,) = twins(text)
    passage = shown(document(text), twin.context_spans)
    assert "Tarn News" not in passage
    assert passage == text.partition("\n")[2]


@pytest.mark.usefixtures("every_lot")
@pytest.mark.parametrize(
    "after",
    [
        pytest.param("They were sold by noon.", id="a pronoun"),
        pytest.param("The rest went to Port Mellin.", id="what is left of it"),
    ],
)
def test_no_twin_where_the_next_sentence_leans_on_the_cut(after):
    long = "The valley has many mills and a long road that leads past them to the sea. " * 5
    text = f"{long}The Tarn Mill sold 340 ropes in Brell. {after}\n{REST}"
    assert twins(text)[1] == []


@pytest.mark.usefixtures("every_lot")
def test_no_twin_where_the_title_tells():
    text = f"The Tarn Mill sold 340 ropes in Brell.\n{REST}"
    assert len(twins(text)[1]) == 1
    assert twins(text, title="Tarn Mill sells 340 ropes")[1] == []


NEWS = (
    "Chile closes its northern border crossings to lorries.\n"
    "People from Norway, Malta and Kenya came to see the fair on the old quay of the town.\n"
    "The fair has forty stalls, a wheel, two bands and a great many things to eat and drink.\n"
)


@pytest.mark.usefixtures("every_lot")
@pytest.mark.parametrize(
    ("more", "n_twins"),
    [
        pytest.param("It will last until the end of the month.", 1, id="nothing like it"),
        pytest.param("Peru, too, shuts border posts to lorries.", 0, id="another did the same"),
    ],
)
def test_no_twin_where_what_is_left_names_another(more, n_twins):
    found = write_all(document(f"{NEWS}{more}"), (Entity(), Unanswerable())).candidates
    assert len([c for c in found if c.family == "unanswerable"]) == n_twins
