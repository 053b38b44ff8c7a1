"""What a check rejected is told with its reason, unless that would tell a living answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.rejected import WITHHELD
from tests.building import LATER, Story, World
from tests.store.weeks import pier

ASKED = "/v1/funnel?check=leak"
POINTLESS = "How many passengers are carried when the 412 passengers are carried to Tarn?"


@pytest.fixture
def world(tmp_path):
    return World.at(tmp_path)


@pytest.fixture
def told(world):
    def ask(path=ASKED):
        with TestClient(create_app(world.settings, world.engine)) as client:
            return client.get(path)

    return ask


def test_a_rejected_candidate_is_told_with_its_reason(world, told):
    world.reject(replace(Story(), question=POINTLESS), LATER, "leak", "the question says 412")
    (line,) = told().json()["rejected"]
    assert line["question"] == POINTLESS
    assert (line["check"], line["why"]) == ("leak", "the question says 412")
    page = told(f"/funnel?week={LATER}&check=leak").text
    assert POINTLESS in page and "the question says 412" in page


@pytest.mark.parametrize("accepted", [True, False], ids=["an accepted one", "a drafted one"])
def test_beside_a_living_question_on_the_same_sentence_it_is_withheld(world, told, accepted):
    world.reject(replace(Story(), question=POINTLESS), LATER, "leak", "the question says 412")
    world.tell(Story(), LATER, accepted=accepted)
    (line,) = told().json()["rejected"]
    assert (line["question"], line["why"], line["score"]) == (None, WITHHELD, None)
    for path in (ASKED, f"/funnel?week={LATER}&check=leak"):
        assert POINTLESS not in told(path).text and "says 412" not in told(path).text


def test_beside_a_living_question_of_its_pair_it_is_withheld(world, told):
    twin = replace(Story(), question=POINTLESS, pair="p_1", pair_role="removed")
    world.reject(twin, LATER, "leak", "the question says 412")
    base = replace(pier(1), pair="p_1", pair_role="base")
    world.tell(base, LATER)
    (line,) = told().json()["rejected"]
    assert line["question"] is None


def test_without_a_check_nobody_is_listed_and_another_check_lists_its_own(world, told):
    world.reject(replace(Story(), question=POINTLESS), LATER, "leak", "the question says 412")
    assert told("/v1/funnel").json()["rejected"] == []
    assert told("/v1/funnel?check=copying").json()["rejected"] == []


def test_the_list_is_paged_by_id(world, told):
    for number in range(5):
        world.reject(pier(number), LATER, "leak", f"reason {number}")
    path, seen, n_pages = f"{ASKED}&limit=2", [], 0
    while path:
        answer = told(path).json()
        seen += [line["id"] for line in answer["rejected"]]
        path, n_pages = answer["next"], n_pages + 1
    assert (n_pages, len(set(seen))) == (3, 5)
    assert seen == sorted(seen)
