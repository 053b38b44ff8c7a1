"""7 supported, family changed: the reports are dated and read again."""

from __future__ import annotations

import pytest

from generator.checks.supported import Supported
from generator.families.changed import Changed
from tests.generator.libraries import case_of, dated, joined, with_key

DOCUMENTS = [
    dated("By 3 August 2026 the wall in Brell had cost 2.4 million euros.", "2026-08-03", 1),
    dated("By 9 August 2026 the wall in Brell had cost 2.9 million euros.", "2026-08-09", 2),
    dated("Nobody in Tarn said a word.", "2026-08-30", 3),
]


@pytest.fixture
def pair():
    base, twin = joined(DOCUMENTS, Changed())
    return base, twin


def judged(candidate, base=None):
    return Supported()(case_of(candidate, DOCUMENTS, base)).outcome


def test_both_days_give_their_value_again(pair):
    base, twin = pair
    assert judged(base) == "pass" and judged(twin, base) == "pass"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda c: with_key(c, answer="2.4"), id="the stale value"),
        pytest.param(
            lambda c: with_key(c, spec={"derivation": "newest_up_to(2026-08-04)"}),
            id="a derivation of another day",
        ),
        pytest.param(lambda c: c.model_copy(update={"also": ()}), id="one report alone"),
        pytest.param(
            lambda c: c.model_copy(
                update={"question": c.question.replace("wall", "bridge of Orrin")}
            ),
            id="another thing",
        ),
        pytest.param(
            lambda c: c.model_copy(update={"question": c.question.replace("million ", "")}),
            id="another scale",
        ),
        pytest.param(
            lambda c: c.model_copy(update={"question": c.question.replace("wall", "bridge")}),
            id="one word that is not told",
        ),
    ],
)
def test_a_planted_defect_is_seen(pair, spoil):
    base, _ = pair
    assert judged(spoil(base)) == "fail"


def test_a_bound_in_a_report_is_seen():
    documents = [
        one.model_copy(update={"text": one.text.replace("2.9", "at least 2.9")})
        for one in DOCUMENTS
    ]
    base, _ = joined(DOCUMENTS, Changed())
    quote = base.quote.replace("2.9", "at least 2.9")
    candidate = base.model_copy(update={"quote": quote})
    assert Supported()(case_of(candidate, documents)).outcome == "fail"


RELEASES = [
    dated(f"{day}, Version {version} (Current), @ada", day, n, title=f"Brell {version} (Current)")
    for n, (version, day) in enumerate(
        [("18.3", "2026-08-03"), ("18.4", "2026-08-09"), ("18.5", "2026-08-20")], start=10
    )
]


@pytest.fixture
def release():
    return joined(RELEASES, Changed())[0]


def test_a_release_is_read_with_the_product_of_its_title(release):
    assert "newest release of Brell" in release.question
    assert Supported()(case_of(release, RELEASES)).outcome == "pass"


def test_a_release_of_another_product_is_seen(release):
    others = [
        one.model_copy(update={"title": one.title.replace("Brell", "Brellberg")})
        for one in RELEASES
    ]
    assert Supported()(case_of(release, others)).outcome == "fail"


def test_versions_are_no_decimal_numbers(release):
    assert release.key.answer == "18.4"
    # 18.40 would have come out long after 18.4.
    assert Supported()(case_of(with_key(release, answer="18.40"), RELEASES)).outcome == "fail"
