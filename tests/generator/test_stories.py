"""Stories: copies and shared questions join documents, and nothing else does."""

from __future__ import annotations

from generator.rotation.caps import Caps
from generator.rotation.draw import draw
from generator.rotation.units import Unit
from generator.stories import near_copies, stories_of
from tests.generator.libraries import dated
from tests.generator.rotation.test_draw import question

TEXT = " ".join(f"The {word} of Brell closed its door to all for good." for word in
                ("mill", "bank", "port", "yard", "dam", "hall", "club"))  # fmt: skip


def test_a_copy_with_a_few_words_changed_is_found():
    first = dated(TEXT, "2026-08-01", 1)
    copy = dated(TEXT.replace("dam", "lock") + " So it was told.", "2026-08-02", 2)
    other = dated(
        TEXT.replace("closed its door to all for good", "won a prize last year"), "2026-08-02", 3
    )
    long = "But the day was long, and nobody went home before it was dark and cold on the quay."
    phrase = dated(f"{TEXT[:70]} {long}", "2026-08-03", 4)
    assert list(near_copies([first, copy, other, phrase])) == [tuple(sorted((first.id, copy.id)))]


def test_stories_are_named_by_their_smallest_document():
    told = stories_of(["d_1", "d_2", "d_3", "d_4"], [("d_3", "d_2"), ("d_4", "d_3")])
    assert told == {"d_1": "s_1", "d_2": "s_2", "d_3": "s_2", "d_4": "s_2"}
    assert stories_of(["d_1"], []) == {"d_1": "s_1"}


def test_a_story_gives_a_week_four_items_at_most():
    units = [
        Unit(f"u{n}", (question(n, family=family),), f"d_{n}", f"p{n}", "s_1")
        for n, family in enumerate(["number", "date", "entity", "order", "count", "changed"])
    ]
    assert len(draw(units, "2026-W32", 200, Caps()).units) == 4
