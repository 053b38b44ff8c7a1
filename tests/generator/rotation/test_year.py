"""A year of weeks, simulated: every bound holds in every week, and nothing comes back."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from generator.rotation.anchors import MAX_AGE_WEEKS, Alive, choose_anchors, n_anchors
from generator.rotation.caps import Caps
from generator.rotation.draw import Draw, draw
from generator.rotation.life import SEALED_WEEKS, documents_in_doubt
from generator.rotation.quotas import bin_of
from generator.rotation.sealing import sealed_units
from generator.rotation.units import Unit, ticket
from store.weeks import week_of
from tests.generator.rotation.test_draw import FAMILIES, question

WEEKS, TARGET, SHARE = 52, 200, 0.3
N_NEW = TARGET - n_anchors(TARGET)


@dataclass
class Release:
    """One simulated week."""

    number: int
    drawn: Draw
    anchors: list[Alive]
    sealed: set[str]
    revealed: dict[str, str]


@dataclass
class Year:
    """A service that runs for a year."""

    rng: random.Random
    supply: int = 420
    pool: dict[str, Unit] = field(default_factory=dict)
    alive: dict[str, tuple[Unit, int]] = field(default_factory=dict)
    gone: list[tuple[str, str]] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)

    def unit(self, number: int, n: int) -> Unit:
        """Return a unit as a week brings them: some are pairs, some of one story."""
        rng, key = self.rng, 1_000_000 * number + 10 * n
        document = f"d{number}-{rng.randrange(self.supply // 2)}"
        family = rng.choice(FAMILIES)
        one = question(
            key, family=family, topic=f"t{rng.randrange(6)}", difficulty=rng.random(),
            evidence=f"Sentence {key}.",
        )  # fmt: skip
        twin = question(
            key + 1, family="unanswerable", topic=one.topic, pair_role="removed",
            evidence=f"Sentence {key}.",
        )  # fmt: skip
        story = f"s{number}-{rng.randrange(self.supply // 3)}"
        rows = (one, twin) if rng.random() < 0.2 else (one,)
        return Unit(f"u{key}", rows, document, f"p{rng.randrange(9)}", story)

    def week(self, number: int) -> Release:
        """Run one week."""
        name = week_of(date(2026, 1, 5) + timedelta(weeks=number))
        for n in range(self.supply):
            unit = self.unit(number, n)
            self.pool[unit.id] = unit
        revealed = {
            key: "end of life"
            for key, (_, first) in self.alive.items()
            if number - first >= SEALED_WEEKS
        }
        for key in self.rng.sample(sorted(self.alive), min(3, len(self.alive))):
            revealed.setdefault(key, self.rng.choice(["leaked", "stale", "disputed"]))
        for key, why in revealed.items():
            unit, _ = self.alive.pop(key)
            if why != "end of life":
                self.gone.append((unit.document_id, why))
        doubtful = documents_in_doubt(self.gone)
        living = [
            Alive(unit, str(first), number - first, unit.document_id in doubtful)
            for unit, first in self.alive.values()
        ]
        anchors = choose_anchors(living, name, TARGET)
        drawn = draw(
            [unit for unit in self.pool.values() if unit.document_id not in doubtful],
            name,
            TARGET,
            carried=[one.unit for one in anchors],
            apart={quote for one in living for quote in one.unit.quotes},
        )
        sealed = sealed_units(drawn.units, SHARE, lambda key: ticket(f"secret {name}", key))
        # What no week took for a month is past; it would only make the year long.
        for key in list(self.pool)[: -2 * self.supply]:
            del self.pool[key]
        for unit in drawn.units:
            self.pool.pop(unit.id, None)
            if unit.id in sealed:
                self.alive[unit.id] = (unit, number)
        release = Release(number, drawn, anchors, sealed, revealed)
        self.releases.append(release)
        return release


@pytest.fixture(scope="module")
def year() -> Year:
    made = Year(random.Random(20260105))
    for number in range(WEEKS):
        made.week(number)
    return made


def places(units):
    return sum(len(one.places) for one in units)


def test_every_week_is_full_and_its_anchors_reach_their_steady_state(year):
    carried = [places(one.unit for one in release.anchors) for release in year.releases]
    assert carried[0] == 0
    # One age more each week, a fifth of the anchors each, until all five are there.
    assert carried[1:MAX_AGE_WEEKS] == [8, 16, 24, 32]
    assert set(carried[MAX_AGE_WEEKS:]) == {n_anchors(TARGET)}
    assert {places(r.drawn.units) + n for r, n in zip(year.releases, carried, strict=True)} == {
        TARGET
    }
    assert all(release.drawn.shortfall is None for release in year.releases)


def test_every_bound_holds_in_every_week(year):
    caps = Caps()
    for release in year.releases:
        everyone = [*release.drawn.units, *(one.unit for one in release.anchors)]
        counts = Counter()
        for one in everyone:
            for family in one.places:
                counts.update(
                    [("document", one.document_id), ("family", one.document_id, family),
                     ("story", one.story), ("topic", one.topic), ("publisher", one.publisher)]
                )  # fmt: skip
            counts.update(("quote", quote) for quote in one.quotes)
        most = defaultdict(int)
        for name, n in counts.items():
            most[name[0]] = max(most[name[0]], n)
        assert most["document"] <= caps.per_document
        assert most["family"] <= caps.per_document_family
        assert most["story"] <= caps.per_story
        assert most["topic"] <= caps.topic * TARGET
        assert most["publisher"] <= caps.publisher * TARGET
        # A pair shows one sentence twice, as one unit.
        assert most["quote"] == 1


def test_families_and_difficulties_keep_their_shares(year):
    for release in year.releases[MAX_AGE_WEEKS:]:
        families = Counter(f for one in release.drawn.units for f in one.places)
        assert set(families) == set(FAMILIES)
        bins = Counter(bin_of(one.difficulty) for one in release.drawn.units for _ in one.places)
        assert 0.1 <= bins["easy"] / N_NEW <= 0.3 and 0.2 <= bins["hard"] / N_NEW <= 0.4


def test_the_sealed_share_holds_and_a_steady_number_of_answers_is_secret(year):
    for release in year.releases:
        sealable = [one for one in release.drawn.units if one.sealable]
        assert len(release.sealed) == min(round(SHARE * len(release.drawn.units)), len(sealable))
    # 240 old enough at a time, less those that leave early (questions.md §5).
    assert 200 <= len(year.alive) <= 290


def test_nothing_is_released_twice_but_anchors_and_nothing_after_it_left(year):
    first: dict[str, int] = {}
    left: dict[str, int] = {}
    for release in year.releases:
        for name in release.revealed:
            assert name not in left
            left[name] = release.number
        for unit in release.drawn.units:
            assert unit.id not in first
            first[unit.id] = release.number
        for one in release.anchors:
            assert 1 <= release.number - first[one.unit.id] <= MAX_AGE_WEEKS
            assert one.unit.id not in left
            assert one.unit.id in year.releases[first[one.unit.id]].sealed


def test_every_sealed_answer_is_revealed_once_after_six_weeks_at_most(year):
    sealed = {name: r.number for r in year.releases for name in r.sealed}
    revealed = {name: r.number for r in year.releases for name in r.revealed}
    assert all(0 < revealed[name] - sealed[name] <= SEALED_WEEKS for name in revealed)
    due = {name for name, number in sealed.items() if number + SEALED_WEEKS < WEEKS}
    assert due <= revealed.keys()


def test_an_item_is_an_anchor_about_five_sixths_of_a_time(year):
    times = Counter(one.unit.id for release in year.releases for one in release.anchors)
    lived = [name for r in year.releases[: WEEKS - SEALED_WEEKS] for name in r.sealed]
    assert 0.7 <= sum(times[name] for name in lived) / len(lived) <= 0.95


def test_a_service_that_has_too_little_publishes_less_and_says_so():
    poor = Year(random.Random(3), supply=45)
    releases = [poor.week(number) for number in range(8)]
    assert all(places(r.drawn.units) + places(a.unit for a in r.anchors) < TARGET for r in releases)
    assert all("of 200 places filled" in (r.drawn.shortfall or "") for r in releases)
