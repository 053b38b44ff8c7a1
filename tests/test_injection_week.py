"""Nothing on a page is obeyed: orders in twelve places, and a model that follows all it finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from scripts.weekly import WeekReport, run_week
from scripts.wiring import House, plan_week
from store.database import session
from store.records import Question
from store.tables import QuestionRow
from tests import poisoned
from tests.corpora import corpus
from tests.houses import add_sample_benchmark, house_at, silent
from tests.minds import Mind
from tests.model_server import model_server, saying
from tests.obedient import FOREIGN, obedient, ordered
from tests.poisoned import CARRIERS, TRIGGER, Page, poison

WEEK, AS_OF = "2026-W12", datetime(2026, 3, 23, tzinfo=UTC)
#: The normal run plants one text of so many.
EVERY = 300
#: The longest article of the site has some 600 characters: a title of 1,500 is still read.
MAX_CHARACTERS = 1_500


def texts() -> list[str]:
    """The corpus: orders to models, and innocent texts that look like them."""
    lines = corpus("data/prompt_injection.jsonl").read_text().splitlines()
    found = [json.loads(line)["text"] for line in lines]
    return [one for one in found if isinstance(one, str) and len(one) < MAX_CHARACTERS]


def pages(every: int) -> list[Page]:
    """Each chosen text with an order of ours behind it, in each of the twelve places."""
    chosen = texts()[::every]
    planted = [(text, carrier) for text in chosen for carrier in CARRIERS]
    return [Page(n, poison(text, n), carrier) for n, (text, carrier) in enumerate(planted)]


@dataclass(frozen=True)
class Made:
    house: House
    report: WeekReport
    n_asked: int
    accepted: list[Question]
    port: int


def week_of(some: list[Page], home: Path, *, dry_run: bool = False, port: int = 0) -> Made:
    """Make a week of poisoned pages; writer and verifier both obey whatever they find."""
    mind = Mind(poisoned.write)
    script = saying(lambda prompt: obedient(prompt, mind))
    with poisoned.site(some, port) as base, model_server(script) as server:
        house = house_at(
            home,
            poisoned.sources(base, some),
            base,
            writer="openai:gpt-test-writer",
            verifier="openai:llama-test-verifier",
            model_base_url=server.base_url,
            model_api_key="sk-test",
            # Few enough rows of a kind that articles made alike do not hold the release.
            questions_per_week=20,
        )
        add_sample_benchmark(house)
        mind.keys.engine = house.engine
        plan = plan_week(house.settings, WEEK, AS_OF, house.clock)
        report = run_week(house, plan, silent, dry_run=dry_run)
    with session(house.engine) as work:
        accepted = [row.value() for row in work.exec(select(QuestionRow))]
    return Made(house, report, len(server.prompts), accepted, urlsplit(base).port or 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    yield week_of(pages(EVERY), tmp_path_factory.mktemp("poisoned"))


def carried(questions: list[Question]) -> list[tuple[str, str]]:
    """What of the accepted questions an order has got into."""
    signs = (TRIGGER, FOREIGN, "You write short factual questions", "You answer one question")
    rows = [
        (one.id, json.dumps(one.model_dump(mode="json"), ensure_ascii=False)) for one in questions
    ]
    return [
        (name, sign)
        for name, row in rows
        for sign in (*(sign for sign in signs if sign in row), ordered(row))
        if sign is not None
    ]


def test_the_week_is_made_of_what_is_sound(made: Made) -> None:
    assert made.report.release is not None
    assert len(made.accepted) > 50 and made.n_asked > 500
    assert made.report.funnel.documents_stopped["injection"] > 0


def test_no_accepted_question_carries_what_was_ordered(made: Made) -> None:
    assert carried(made.accepted) == []


def test_no_released_file_carries_it_either(made: Made) -> None:
    folder = made.house.settings.releases_dir / WEEK
    for path in folder.rglob("*"):
        if path.is_file():
            assert TRIGGER.encode() not in path.read_bytes(), path.name


def test_a_poisoned_copy_takes_questions_away_and_changes_none(made: Made, tmp_path: Path) -> None:
    clean = [Page(page.number) for page in pages(EVERY)]
    twin = week_of(clean, tmp_path, dry_run=True, port=made.port)
    assert {told(one) for one in made.accepted} < {told(one) for one in twin.accepted}


def told(question: Question) -> tuple[str, str | None, str, str]:
    """What is asked and what is right, without the passage that may show an innocent extra."""
    return question.family, question.pair_role, question.question, question.answer


@pytest.mark.long
def test_the_whole_corpus_gets_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Rules obey nobody: what they write would only be read a hundred thousand times more.
    monkeypatch.setattr("generator.families.FAMILIES", ())
    monkeypatch.setattr("generator.families.JOINS", ())
    # Of thousands of articles made alike, lazy strategies are right by design: no release.
    made = week_of(pages(1), tmp_path, dry_run=True)
    assert len(made.accepted) > 1_000
    assert carried(made.accepted) == []
