"""A source is taken down: its text is gone, what was published stays, and nothing of it follows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select

from scripts.closing import draft_release
from scripts.source_list import load_sources, write_sources
from scripts.takedown import take_down
from scripts.wiring import House, plan_week
from store.audit import chain_of
from store.candidates import standing_of, unreleased_questions
from store.captures import BlobStore
from store.database import session
from store.errors import CaptureDamaged, NotFound, SourceFileError
from store.records import Fact, Source
from store.releases.chain import Beside
from store.releases.publish import publish
from store.releases.verify import verify
from store.settings import Settings
from store.tables import (
    CandidateRow,
    CaptureRow,
    DocumentRow,
    FactRow,
    FindingRow,
    ModelCallRow,
    QuestionRow,
)
from store.withdrawals import Removed
from tests.api.conftest import serving
from tests.building import EARLIER, LATER, Story, Told, World

GAZETTE, COURIER = "tarn-gazette", "brell-courier"
DAY = datetime(2026, 8, 20, 9, tzinfo=UTC)
NOTE = "text removed on request on 2026-08-20"


def story(source: str, number: int, **changes: object) -> Story:
    """One of many alike stories; the words no question needs are its source's own."""
    host = source.split("-")[1]
    fields: dict[str, object] = {
        "source": source,
        "sentence": f"Pier {number} of {host} received {1000 + number} crates in July 2026.",
        "question": f"How many crates did pier {number} of {host} receive in July 2026?",
        "answer": str(1000 + number),
        "url": f"https://{host}.example/2026/pier-{number}",
        "title": f"Headline {number} of the {host}",
        "before": f"Words before, as the {host} wrote them for number {number}.",
        "after": f"Words after, as the {host} wrote them for number {number}.",
    }
    return Story(**(fields | changes))  # type: ignore[arg-type]


@dataclass
class Place:
    """A house with one published week and questions for the next."""

    house: House
    world: World
    told: dict[str, Told]
    before: dict[str, bytes]

    def folder(self, week: str) -> dict[str, bytes]:
        found = (self.world.home / "releases" / week).iterdir()
        return {path.name: path.read_bytes() for path in found}

    def close(self, week: str) -> dict[str, bytes]:
        """Release a week through the real draft."""
        end = {
            LATER: datetime(2026, 8, 24, 6, tzinfo=UTC),
            NEXT: datetime(2026, 8, 31, 6, tzinfo=UTC),
        }
        plan = plan_week(self.house.settings, week, end[week], lambda: end[week])
        draft = draft_release(self.house, plan)
        publish(draft, self.house.settings.releases_dir, self.house.engine, self.house.keys)
        return self.folder(week)

    def verify(self, week: str, previous: str | None = None) -> None:
        root = self.world.home / "releases"

        def reader(name: str):
            return lambda file: (root / name / file).read_bytes()

        verify(
            reader(week),
            public_key=self.world.keys.public_hex,
            previous=reader(previous) if previous else None,
            expected_week=week,
            beside=Beside(
                lambda name: reader(name) if (root / name).exists() else None,
                [path.name for path in root.iterdir()],
            ),
        )

    def blob(self, sha256: str) -> bool:
        try:
            BlobStore(self.world.home / "captures").get(sha256)
        except CaptureDamaged:
            return False
        return True


NEXT = "2026-W35"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    world = World.at(tmp_path)
    told = {
        "open": world.tell(story(GAZETTE, 1), EARLIER),
        "sealed": world.tell(story(GAZETTE, 2), EARLIER),
        "shut": world.tell(story(GAZETTE, 3, setting="closed_book"), EARLIER),
        "other": world.tell(story(COURIER, 4), EARLIER),
        "other sealed": world.tell(story(COURIER, 5), EARLIER),
    }
    world.release(
        EARLIER, [told["open"], told["other"]], [told["sealed"], told["shut"], told["other sealed"]]
    )
    told |= {
        "waiting": world.tell(story(GAZETTE, 6), LATER),
        "drafted": world.tell(story(GAZETTE, 7), LATER, accepted=False),
        "other waiting": world.tell(story(COURIER, 8), LATER),
        "other later": world.tell(
            story(COURIER, 9, published_at=datetime(2026, 8, 26, tzinfo=UTC)), LATER
        ),
    }
    blobs = BlobStore(tmp_path / "captures")
    for one in told.values():
        blobs.put(one.document.text.encode())
    path = tmp_path / "list.toml"
    write_sources(
        path,
        [
            Source(name=n, kind="feed", url=f"https://{n}.example/", licence="MIT", attribution=n)
            for n in (GAZETTE, COURIER)
        ],
    )
    settings = Settings(_env_file=None, home=tmp_path, sources=path, sealed_share=0.0)
    house = House(settings, world.engine, lambda: DAY)
    found = Place(house, world, told, {})
    found.before = found.folder(EARLIER)
    yield found
    world.engine.dispose()


def removed(place: Place) -> Removed:
    return take_down(place.house, GAZETTE, "the publisher asked")


# --- what is published ----------------------------------------------------------------------


def test_the_next_release_reveals_its_sealed_questions_and_has_nothing_else_of_it(place):
    removed(place)
    files = place.close(LATER)
    rows = {row["id"]: row for row in map(json.loads, files["retired.jsonl"].splitlines())}
    assert set(rows) == {place.told[name].question.id for name in ("sealed", "shut")}
    for name in ("sealed", "shut"):
        row, question = rows[place.told[name].question.id], place.told[name].question
        assert (row["retired_because"], row["text_removed_on"]) == ("withdrawn", "2026-08-20")
        assert (row["context"], row["input"], row["source_title"]) == (None, "", NOTE)
        assert (row["answer"], row["evidence"]) == (question.answer, question.evidence)
        assert row["salt"] == place.world.keys.salt(question.id).hex()
    carried = [json.loads(line)["id"] for line in files["questions.jsonl"].splitlines()]
    assert carried == [place.told["other waiting"].question.id]
    everything = b"".join(files.values())
    assert b"as the gazette wrote" not in everything and b"of the gazette" not in everything
    assert b"Words before, as the courier wrote" in everything


def test_old_and_new_releases_verify_and_the_old_one_is_byte_for_byte_as_it_was(place):
    removed(place)
    place.close(LATER)
    assert place.folder(EARLIER) == place.before
    place.verify(EARLIER)
    place.verify(LATER, previous=EARLIER)


def test_a_take_down_that_was_written_down_and_then_interrupted_holds_all_the_same(
    place, monkeypatch
):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("scripts.takedown.remove_text", killed)
        with pytest.raises(KeyboardInterrupt):
            removed(place)
        patch.setattr("scripts.closing.finish_take_downs", lambda house: None)
        assert place.told["waiting"].question.id not in [
            question.id for question, _ in _unreleased(place)
        ]
        files = place.close(LATER)
    assert b"as the gazette wrote" not in b"".join(files.values())
    place.verify(LATER, previous=EARLIER)


def test_the_week_after_keeps_no_quote_of_what_was_revealed(place):
    removed(place)
    place.close(LATER)
    with session(place.world.engine) as work:
        kept = work.get(QuestionRow, place.told["sealed"].question.id)
        assert kept.value().evidence
    place.world.tell(story(COURIER, 10, published_at=datetime(2026, 8, 25, tzinfo=UTC)), NEXT)
    files = place.close(NEXT)
    assert files["retired.jsonl"] == b""
    with session(place.world.engine) as work:
        gone = work.get(QuestionRow, place.told["sealed"].question.id)
        assert gone.value().evidence == ""


def test_what_comes_in_after_a_take_down_is_removed_before_the_next_release(place):
    removed(place)
    late = place.world.tell(story(GAZETTE, 11), LATER)
    files = place.close(LATER)
    assert b"as the gazette wrote" not in b"".join(files.values())
    assert "as the gazette wrote" not in "\n".join(_dump(place))
    assert not place.blob(late.capture.sha256)


def test_without_a_take_down_its_questions_are_drawn_and_stay_sealed(place):
    files = place.close(LATER)
    assert files["retired.jsonl"] == b""
    assert place.told["waiting"].question.id.encode() in files["questions.jsonl"]


# --- what is stored -------------------------------------------------------------------------


def test_no_text_of_it_is_left_in_the_database_or_among_the_captures(place):
    with session(place.world.engine) as work:
        work.add(
            ModelCallRow(
                week=LATER, role="writer", model="m", prompt_sha256="p", input_sha256="i",
                attempt=1, reply="another draft whose answer is rawreply-secret", seconds=1.0,
                called_at=DAY,
            )
        )  # fmt: skip
        for source in (GAZETTE, COURIER):
            work.add(FactRow.of(fact(source)))
    counts = removed(place)
    assert counts == Removed(documents=5, candidates=2, questions=4, facts=1, blobs=10)
    dump = "\n".join(_dump(place))
    assert "as the gazette wrote" not in dump and "of the gazette" not in dump
    assert "as the courier wrote" in dump
    assert dump.count("rawreply-secret") == 4, "the courier's candidates, and no paid reply"
    quotes = {name: told.question.evidence in dump for name, told in place.told.items()}
    assert quotes == {
        "open": False, "sealed": True, "shut": True, "waiting": False, "drafted": False,
        "other": True, "other sealed": True, "other waiting": True, "other later": True,
    }  # fmt: skip
    there = {
        name: (place.blob(told.capture.sha256), place.blob(told.document.text_sha256))
        for name, told in place.told.items()
    }
    assert there == {name: (name.startswith("other"),) * 2 for name in place.told}


def test_the_database_file_holds_no_remains_of_it(place):
    removed(place)
    files = [path for path in place.world.home.iterdir() if path.name.startswith("unseen.db")]
    held = b"".join(path.read_bytes() for path in files)
    assert b"as the courier wrote" in held and b"as the gazette wrote" not in held


def test_bytes_that_another_sources_document_rests_on_stay(place):
    # Who captured the same bytes at the same address second has no capture of its own.
    told = place.told["open"]
    copy = told.document.model_copy(update={"id": "d_copy", "source": COURIER})
    with session(place.world.engine) as work:
        work.add(DocumentRow.of(copy))
    removed(place)
    assert place.blob(told.capture.sha256) and place.blob(told.document.text_sha256)
    assert not place.blob(place.told["sealed"].capture.sha256)


def test_bytes_that_another_source_captured_too_stay(place):
    told = place.told["open"]
    elsewhere = {"source": COURIER, "url": "https://courier.example/copy"}
    with session(place.world.engine) as work:
        work.add(CaptureRow.of(told.capture.model_copy(update=elsewhere)))
    removed(place)
    assert place.blob(told.capture.sha256) and not place.blob(told.document.text_sha256)


def test_bytes_that_two_sources_shared_go_with_the_second(place):
    told = place.told["open"]
    copy = told.document.model_copy(update={"id": "d_copy", "source": COURIER})
    with session(place.world.engine) as work:
        work.add(DocumentRow.of(copy))
    removed(place)
    take_down(place.house, COURIER, "too")
    assert not place.blob(told.capture.sha256) and not place.blob(told.document.text_sha256)


def test_what_could_still_become_a_question_is_stopped_with_its_reason(place):
    removed(place)
    for name in ("waiting", "drafted"):
        with session(place.world.engine) as work:
            standing = standing_of(work, place.told[name].candidate.id)
            query = select(FindingRow).where(FindingRow.subject == standing.candidate.id)
            findings = [row.value() for row in work.exec(query)]
        assert (standing.state, standing.stopped_by) == ("rejected", "withdrawn")
        assert findings[-1].why == "its source was taken down on 2026-08-20"
    with session(place.world.engine) as work:
        states = {row.id: row.state for row in work.exec(select(CandidateRow))}
    assert states[place.told["open"].candidate.id] == "accepted"
    assert states[place.told["other waiting"].candidate.id] == "accepted"


def test_doing_it_again_finds_nothing_and_changes_nothing(place):
    removed(place)
    before = sorted(_dump(place))
    assert take_down(place.house, GAZETTE, "another reason") == Removed()
    assert sorted(_dump(place)) == before


@pytest.mark.parametrize("killed_at", range(10))
def test_one_that_is_killed_among_the_files_is_finished_by_the_next(place, monkeypatch, killed_at):
    left, real = [killed_at], Path.unlink

    def unlink(path: Path, *, missing_ok: bool = False) -> None:
        if path.suffix == ".zst":
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        real(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        with pytest.raises(KeyboardInterrupt):
            removed(place)
    assert removed(place).blobs == 10 - killed_at
    assert not place.blob(place.told["open"].capture.sha256)
    place.close(LATER)
    place.verify(LATER, previous=EARLIER)


# --- what people see ------------------------------------------------------------------------


def test_the_audit_of_a_released_question_says_since_when_its_text_is_gone(place):
    removed(place)
    with session(place.world.engine) as work:
        chain = chain_of(work, place.told["open"].question.id)
    assert chain.document.title == NOTE
    assert chain.document.text_removed_at == DAY
    assert (chain.document.text, chain.candidate.quote) == ("", "")
    told = place.told["open"]
    assert chain.capture == told.capture and chain.document.url == told.document.url
    assert [f.check for f in chain.findings] == [f.check for f in told.findings]


def test_its_pages_say_so_and_none_breaks(place):
    removed(place)
    place.close(LATER)
    with serving(place.world) as url, httpx2.Client(base_url=url) as client:
        for name in ("open", "sealed", "shut", "other"):
            question = place.told[name].question.id
            page = client.get(f"/questions/{question}")
            row = client.get(f"/v1/questions/{question}")
            proof = client.get(f"/v1/questions/{question}/provenance")
            assert (page.status_code, row.status_code, proof.status_code) == (200, 200, 200)
            assert (NOTE in page.text) is (name != "other")
            if name != "other":
                assert proof.json()["passage"]["text"] is None
                assert proof.json()["document"]["text_removed_at"] == "2026-08-20T09:00:00Z"
        for path in (f"/sets/{EARLIER}", f"/sets/{LATER}", "/sources", "/funnel", "/"):
            assert client.get(path).status_code == 200


# --- the list -------------------------------------------------------------------------------


def test_it_is_off_the_list_from_then_on(place):
    removed(place)
    sources = load_sources(place.house.settings.sources)
    assert {s.name: s.enabled for s in sources} == {GAZETTE: False, COURIER: True}


def test_one_that_is_on_no_list_any_more_is_taken_down_all_the_same(place):
    write_sources(place.house.settings.sources, load_sources(place.house.settings.sources)[1:])
    assert removed(place).documents == 5


def test_one_that_nobody_ever_knew_is_not_found_and_nothing_is_written_down(place):
    with pytest.raises(NotFound, match="no source is called 'tarn-gazete'"):
        take_down(place.house, "tarn-gazete", "a slip")
    assert place.told["waiting"].question.id in [q.id for q, _ in _unreleased(place)]


def test_where_the_list_cannot_be_written_the_text_is_gone_before_the_error_says_so(
    place, monkeypatch
):
    def refuse(path: Path, name: str) -> None:
        raise SourceFileError(f"{path.name} cannot be written: Read-only file system")

    monkeypatch.setattr("scripts.takedown.disable_source", refuse)
    with pytest.raises(SourceFileError, match="Read-only"):
        removed(place)
    assert not place.blob(place.told["open"].capture.sha256)


def fact(source: str) -> Fact:
    return Fact(
        source=source, subject="1", title="t", attribute="crates", value="7", kind="number",
        locator="items[0].crates", url=f"https://{source}.example/", capture_sha256="0" * 64,
        captured_at=DAY,
    )  # fmt: skip


def _unreleased(place: Place):
    with session(place.world.engine) as work:
        return unreleased_questions(work)


def _dump(place: Place) -> list[str]:
    raw = place.world.engine.raw_connection()
    try:
        return list(raw.driver_connection.iterdump())
    finally:
        raw.close()
