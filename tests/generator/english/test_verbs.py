"""Forms of the verbs we know."""

from __future__ import annotations

import pytest

from generator.english.verbs import (
    bases,
    finite_forms,
    gerund_of,
    participle_of,
    participles,
    past_of,
    third_person_of,
)


@pytest.mark.parametrize(
    ("base", "past", "participle", "third", "gerund"),
    [
        ("approve", "approved", "approved", "approves", "approving"),
        ("carry", "carried", "carried", "carries", "carrying"),
        ("ban", "banned", "banned", "bans", "banning"),
        ("strike", "struck", "struck", "strikes", "striking"),
        ("write", "wrote", "written", "writes", "writing"),
        ("have", "had", "had", "has", "having"),
        ("reach", "reached", "reached", "reaches", "reaching"),
        ("agree", "agreed", "agreed", "agrees", "agreeing"),
    ],
)
def test_forms(base, past, participle, third, gerund):
    assert (past_of(base), participle_of(base)) == (past, participle)
    assert (third_person_of(base), gerund_of(base)) == (third, gerund)


def test_every_form_leads_back_to_its_base():
    for base in bases():
        assert participles()[participle_of(base)]
        assert finite_forms()[third_person_of(base)].base == base
