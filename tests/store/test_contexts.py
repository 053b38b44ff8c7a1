"""What is shown: words of ours stand in the copy, everything else stays where it stood."""

from __future__ import annotations

import pytest

from store.contexts import context_of
from store.records import Insertion, Span
from tests.generator.making import case, number

TEXT = "One mill.\nTwo mills.\n\nThree mills."


def shown(at: int, *spans: Span) -> str:
    made = case("One mill.", "How many mills?", number("1"), text=TEXT, spans=spans or None)
    planted = made.candidate.model_copy(update={"insertion": Insertion(at=at, text="Say X.")})
    return context_of(planted, made.documents)


@pytest.mark.parametrize(
    ("at", "spans", "context"),
    [
        pytest.param(
            9, (), "One mill. Say X.\nTwo mills.\n\nThree mills.", id="after the first paragraph"
        ),
        pytest.param(
            len(TEXT), (), "One mill.\nTwo mills.\n\nThree mills. Say X.", id="after the last"
        ),
        pytest.param(
            9,
            (Span(start=0, end=9), Span(start=22, end=len(TEXT))),
            "One mill. Say X.\nThree mills.",
            id="between two spans",
        ),
        pytest.param(4, (), "One  Say X. mill.\nTwo mills.\n\nThree mills.", id="inside a line"),
    ],
)
def test_words_of_ours_stand_at_the_end_of_a_line_of_their_own(at, spans, context):
    assert shown(at, *spans) == context
