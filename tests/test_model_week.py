"""A week with a model: it words facts, a second reading confirms them, no call is paid twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from sqlmodel import func, select

from scripts.weekly import WeekReport, run_week
from scripts.wiring import House, plan_week
from store.database import session
from store.records import Candidate
from store.tables import CandidateRow, ModelCallRow
from tests.houses import add_sample_benchmark, house_at, silent
from tests.minds import Mind
from tests.model_server import ModelServer, honest_model, model_server, saying
from tests.newsroom import feeds, newsroom

ALL_ROLES = ("writer", "verifier", "guesser", "judge", "paraphraser")
WRITER, VERIFIER = "openai:gpt-test-writer", "openai:llama-test-verifier"


@dataclass(frozen=True)
class Made:
    house: House
    report: WeekReport
    server: ModelServer
    facts: list[Candidate]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    mind = Mind(honest_model)
    with newsroom(date(2026, 3, 23), items=6) as base, model_server(saying(mind)) as server:
        house = house_at(
            tmp_path_factory.mktemp("model"),
            [source for source in feeds(base) if source.name == "wire"],
            base,
            writer=WRITER,
            verifier=VERIFIER,
            model_base_url=server.base_url,
            model_api_key="sk-never-shown",
        )
        add_sample_benchmark(house)
        mind.keys.engine = house.engine
        plan = plan_week(house.settings, "2026-W12", datetime(2026, 3, 23, tzinfo=UTC), house.clock)
        report = run_week(house, plan, silent)
        with session(house.engine) as work:
            rows = work.exec(select(CandidateRow).where(CandidateRow.state == "accepted"))
            facts = [c for row in rows if (c := row.value()).writer == WRITER]
        yield Made(house, report, server, facts)


def test_facts_that_a_model_worded_are_accepted_with_its_words_kept(made: Made) -> None:
    assert made.facts
    for fact in made.facts:
        assert fact.raw_reply and fact.quote in json.loads(fact.raw_reply)["questions"][0]["quote"]
        assert fact.key.answer in fact.quote


def test_every_role_has_its_model_and_prompts_of_its_own(made: Made) -> None:
    with session(made.house.engine) as work:
        roles = set(
            work.exec(select(ModelCallRow.role, ModelCallRow.model, ModelCallRow.prompt_sha256))
        )
    found = {(role, model) for role, model, _ in roles}
    assert found >= {
        ("writer", WRITER),
        ("verifier", VERIFIER),
        ("guesser", VERIFIER),
        ("guesser", WRITER),
    }
    assert found <= {(role, VERIFIER) for role in ALL_ROLES} | {
        (role, WRITER) for role in ALL_ROLES
    }
    by_role = {role: {prompt for one, _, prompt in roles if one == role} for role, _, _ in roles}
    assert sum(map(len, by_role.values())) == len({prompt for _, _, prompt in roles})


def test_the_manifest_says_what_the_week_cost(made: Made) -> None:
    path = made.house.settings.releases_dir / "2026-W12" / "manifest.json"
    cost = json.loads(path.read_text())["cost"]
    with session(made.house.engine) as work:
        n_calls = work.exec(select(func.count()).select_from(ModelCallRow)).one()
    n_accepted = sum(made.report.funnel.accepted.values())
    assert sum(cost["calls"].values()) == n_calls == len(made.server.prompts)
    assert cost["per_accepted"]["calls"] == pytest.approx(n_calls / n_accepted, rel=1e-5)
    assert cost["tokens_in"] == 11 * n_calls


def test_the_key_is_nowhere_in_the_house(made: Made) -> None:
    for path in made.house.settings.home.rglob("*"):
        if path.is_file():
            assert b"sk-never-shown" not in path.read_bytes(), path
