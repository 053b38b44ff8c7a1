"""The real input: one week of the newsroom, from its feeds to a test set in people's tools."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from api.app import create_app
from generator.invented import is_invented
from scrapers.extract import document_text
from scripts.verifying import verify_release
from scripts.weekly import WeekReport, run_week
from scripts.wiring import House, plan_week
from store.database import session
from store.records import Candidate, Document
from store.tables import CandidateRow, CaptureRow, DocumentRow, QuestionRow
from tests.houses import add_sample_benchmark, house_at, silent
from tests.newsroom import feeds, newsroom
from tests.serving import serving

WEEK = "2026-W12"
AS_OF = datetime(2026, 3, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A week that was made: the house, the report, and what was accepted with its documents."""

    house: House
    report: WeekReport
    accepted: list[tuple[Candidate, Document]]

    @property
    def folder(self) -> Path:
        return self.house.settings.releases_dir / WEEK


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("newsroom")
    with newsroom(date(2026, 3, 23)) as base:
        house = house_at(home, feeds(base), base)
        add_sample_benchmark(house)
        plan = plan_week(house.settings, WEEK, AS_OF, house.clock)
        report = run_week(house, plan, silent)
    with session(house.engine) as work:
        rows = work.exec(select(CandidateRow).where(CandidateRow.state == "accepted")).all()
        documents = {row.id: row.value() for row in work.exec(select(DocumentRow))}
        accepted = [(row.value(), documents[row.document_id]) for row in rows]
    yield Made(house, report, accepted)


def test_every_feed_is_read(made: Made) -> None:
    assert [report.source for report in made.report.reports] == list(
        ["rust", "advisories", "wire", "gov", "node", "go"]
    )
    assert not made.report.failed


def test_at_least_120_questions_of_four_families_are_accepted(made: Made) -> None:
    families = Counter(candidate.family for candidate, _ in made.accepted)
    assert len(made.accepted) >= 120
    assert len(families) >= 4


def test_every_quote_is_found_again_by_reading_its_capture_anew(made: Made) -> None:
    texts: dict[str, str] = {}
    with session(made.house.engine) as work:
        captures = {row.sha256: row.value() for row in work.exec(select(CaptureRow))}
    for candidate, document in made.accepted:
        if document.id not in texts:
            capture = captures[document.capture_sha256]
            body = made.house.blobs.get(document.capture_sha256)
            texts[document.id] = document_text(
                body, capture.content_type, document.url, document.locator
            )
        assert candidate.quote_span.of(texts[document.id]) == candidate.quote


def test_nothing_is_older_than_the_cutoff_or_newer_than_the_week(made: Made) -> None:
    plan = made.report.plan
    assert plan.cutoff == datetime(2025, 9, 17, tzinfo=UTC)
    for _, document in made.accepted:
        assert plan.cutoff <= document.published_at < plan.until
        assert document.date_basis in ("feed", "page") or is_invented(document)


@pytest.mark.parametrize(
    "chrome", ["cookie", "Accept all", "Subscribe", "Most read", "Horoscope", "newsletter"]
)
def test_no_menu_or_banner_gets_into_a_passage(made: Made, chrome: str) -> None:
    for candidate, document in made.accepted:
        passage = " ".join(span.of(document.text) for span in candidate.context_spans)
        banner = chrome.casefold() in passage.casefold()
        assert not banner, (document.url, passage)
        assert chrome.casefold() not in candidate.question.casefold()


@pytest.mark.parametrize("pointer", ["the article", "the passage", "the author", "this post"])
def test_no_question_points_at_its_text(made: Made, pointer: str) -> None:
    assert not [c.question for c, _ in made.accepted if pointer in c.question.casefold()]


def test_the_release_verifies_from_its_files_alone(made: Made) -> None:
    proved = verify_release(str(made.folder), None, None).proved
    note = made.report.release
    assert note is not None
    assert proved.n_questions == note.n_open + note.n_sealed > 60


def test_documents_that_share_a_question_are_one_story(made: Made) -> None:
    rows = [json.loads(line) for line in (made.folder / "questions.jsonl").read_text().splitlines()]
    story_of = {row["id"]: row["cluster"] for row in rows}
    with session(made.house.engine) as work:
        stored = [row.value() for row in work.exec(select(QuestionRow))]
    moved = [one for one in stored if story_of.get(one.id, one.cluster) != one.cluster]
    assert moved, "some question rests on two documents, so one of them gave up its name"
    assert {row["cluster"] for row in rows if row["further_sources"]} <= set(story_of.values())


def test_running_the_week_again_changes_nothing(made: Made) -> None:
    before = {path.name: path.read_bytes() for path in made.folder.iterdir()}
    again = run_week(made.house, made.report.plan, silent)
    assert again.already
    assert {path.name: path.read_bytes() for path in made.folder.iterdir()} == before


# What the consumers' own libraries warn about is theirs to mend.
@pytest.mark.filterwarnings("ignore")
def test_the_served_set_loads_in_datasets_and_inspect(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    from datasets import load_dataset
    from inspect_ai.dataset import json_dataset

    rows = [json.loads(line) for line in (made.folder / "questions.jsonl").read_text().splitlines()]
    with serving(create_app(made.house.settings, made.house.engine)) as base:
        url = f"{base}/v1/sets/{WEEK}/questions.jsonl"
        loaded = load_dataset("json", data_files=url, split="train", cache_dir=str(tmp_path))
        samples = json_dataset(url)
    assert loaded["id"][:] == [row["id"] for row in rows]
    assert [sample.id for sample in samples] == [row["id"] for row in rows]
    assert [sample.target for sample in samples] == [row["target"] for row in rows]
