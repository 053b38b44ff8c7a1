"""A small but real store for tests: captures, chains, releases, all through `store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from store.audit import provenance_line
from store.candidates import accept, save_drafts, save_findings
from store.captures import BlobStore
from store.database import open_engine, session, upgrade
from store.documents import remember_captures
from store.licences import text_may_be_shown
from store.protocol import letter, render_input
from store.records import (
    AnswerKey,
    Candidate,
    Capture,
    Dates,
    Document,
    Finding,
    Question,
    SourceReport,
    Span,
    content_hash,
    sha256_hex,
    utc_date,
)
from store.releases.keys import Keys
from store.releases.publish import Draft, Item, Retired, publish
from store.settings import Settings
from store.tables import DocumentRow, RunRow, SourceReportRow
from store.weeks import week_bounds

EARLIER, LATER = "2026-W33", "2026-W34"
#: Weeks 30 to 36, each closed on the Monday after it.
AS_OF = {
    f"2026-W{30 + number}": datetime(2026, 7, 27, 6, tzinfo=UTC) + timedelta(weeks=number)
    for number in range(7)
}
CUTOFF = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 8, 25, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """What one question is made of; every text may be replaced by a hostile one."""

    subject: str = "the ferry Wigeon"
    sentence: str = "The ferry Wigeon carries 412 passengers on the crossing to Tarn."
    question: str = "How many passengers does the ferry Wigeon carry on the crossing to Tarn?"
    answer: str = "412"
    kind: str = "number"
    family: str = "number"
    choices: tuple[str, ...] | None = None
    aliases: tuple[str, ...] = ()
    spec: dict[str, Any] = field(default_factory=dict)
    setting: str = "open_book"
    source: str = "tarn-gazette"
    title: str = "New ferry enters service"
    url: str = "https://gazette.example/2026/ferry"
    licence: str = "CC-BY-4.0"
    attribution: str = "Tarn Gazette"
    topic: str = "transport"
    language: str = "en"
    locator: str = ""
    extractor: str = "trafilatura/2.3 favor_precision"
    content_type: str = "text/html; charset=utf-8"
    pair: str | None = None
    pair_role: str | None = None
    writer: str = "rule:number/1"
    why: str = "the quote is found at its offsets, letter for letter"
    evidence: dict[str, Any] = field(default_factory=lambda: {"distance": 0})
    published_at: datetime = datetime(2026, 8, 11, 9, 30, tzinfo=UTC)
    before: str = "The council met on Monday to hear about the crossing."
    after: str = "The first sailing left on time."


@dataclass(frozen=True)
class Told:
    """A story with everything the store made of it."""

    document: Document
    capture: Capture
    candidate: Candidate
    findings: list[Finding]
    question: Question


@dataclass
class World:
    """A store in a folder, filled step by step."""

    home: Path
    engine: Engine
    keys: Keys
    first_release: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, home: Path) -> World:
        """Make an empty store."""
        return cls.over(home, f"sqlite:///{home / 'unseen.db'}")

    @classmethod
    def over(cls, home: Path, url: str) -> World:
        """Make an empty store in any database."""
        engine = open_engine(url)
        upgrade(engine)
        return cls(home, engine, Keys.load(home / "keys", lambda n: bytes(range(n))))

    @property
    def settings(self) -> Settings:
        """The settings of a server over this store."""
        return Settings(_env_file=None, home=self.home, public_url="http://unseen.example")

    def tell(self, story: Story, week: str, *, accepted: bool = True) -> Told:
        """Store a story's whole chain, and accept its question unless told otherwise."""
        told = _told(story, BlobStore(self.home / "captures"))
        with session(self.engine) as work:
            remember_captures(work, [told.capture])
            if work.get(DocumentRow, told.document.id) is None:
                work.add(DocumentRow.of(told.document))
            save_drafts(work, [told.candidate], week)
            work.flush()
            save_findings(work, told.findings)
            if accepted:
                accept(work, told.candidate, told.question, week)
        return told

    def reject(self, story: Story, week: str, check: str, why: str) -> None:
        """Store a candidate that one check stopped."""
        told = self.tell(story, week, accepted=False)
        found = _finding(told.candidate.id, check, why, outcome="fail")
        with session(self.engine) as work:
            save_findings(work, [found])

    def release(
        self,
        week: str,
        opened: Sequence[Told],
        sealed: Sequence[Told] = (),
        retired: Sequence[tuple[Told, str]] = (),
        statement: dict[str, Any] | None = None,
    ) -> None:
        """Publish a week."""
        for told in (*opened, *sealed):
            self.first_release.setdefault(told.question.id, week)
        items = [
            Item(
                told.question,
                self.first_release[told.question.id],
                is_sealed,
                provenance_line(
                    told.question,
                    told.candidate,
                    told.document,
                    told.capture,
                    told.findings,
                    sealed=is_sealed,
                ),
            )
            for group, is_sealed in ((opened, False), (sealed, True))
            for told in group
        ]
        gone = [
            Retired(told.question, self.first_release[told.question.id], why)
            for told, why in retired
        ]
        draft = Draft(
            week, week_bounds(week)[1] + timedelta(hours=6), CUTOFF, items, gone, statement or {}
        )
        publish(draft, self.home / "releases", self.engine, self.keys)

    def visit(self, source: str, *, error: str | None = None, **counts: int) -> None:
        """Store the report of a visit to a source."""
        report = SourceReport(
            source=source,
            started_at=NOW - timedelta(minutes=2),
            finished_at=NOW - timedelta(minutes=1),
            error=error,
            **counts,
        )
        with session(self.engine) as work:
            work.add(SourceReportRow.of(report))

    def ran(self, job: str, key: str, state: str = "done") -> None:
        """Store a run."""
        with session(self.engine) as work:
            work.add(
                RunRow(
                    job=job,
                    key=key,
                    started_at=NOW - timedelta(hours=1),
                    finished_at=NOW if state != "running" else None,
                    state=state,
                    why="disk full at /srv/unseen" if state == "failed" else None,
                )
            )


def _finding(subject: str, check: str, why: str, outcome: str = "pass", **more: Any) -> Finding:
    return Finding(
        subject=subject,
        check=check,
        version=1,
        outcome=outcome,  # type: ignore[arg-type]
        why=why,
        found_at=datetime(2026, 8, 16, 12, tzinfo=UTC),
        **more,
    )


def _told(story: Story, blobs: BlobStore) -> Told:
    text = f"{story.before} {story.sentence} {story.after}"
    body = f"<html><h1>{story.title}</h1><p>{text}</p></html>".encode()
    fetched = story.published_at + timedelta(hours=3)
    capture = Capture(
        sha256=blobs.put(body),
        source=story.source,
        url=story.url,
        final_url=story.url,
        status=200,
        content_type=story.content_type,
        headers={"etag": '"a1"', "set-cookie": "session=not-for-the-world"},
        n_bytes=len(body),
        fetched_at=fetched,
    )
    document = Document(
        id=Document.id_of(story.url, text),
        source=story.source,
        url=story.url,
        title=story.title,
        text=text,
        text_sha256=sha256_hex(text.encode()),
        capture_sha256=capture.sha256,
        locator=story.locator,
        extractor=story.extractor,
        language=story.language,
        topic=story.topic,
        licence=story.licence,
        attribution=story.attribution,
        published_at=story.published_at,
        date_basis="feed",
        dates=Dates(feed=story.published_at, first_seen=fetched),
        fetched_at=fetched,
    )
    start = text.index(story.sentence)
    span = Span(start=start, end=start + len(story.sentence))
    index = story.choices.index(story.answer) if story.choices else None
    key = AnswerKey(
        answer=story.answer,
        kind="choice" if story.choices else story.kind,  # type: ignore[arg-type]
        aliases=story.aliases,
        choices=story.choices,
        answer_index=index,
        spec=story.spec,
    )
    candidate = Candidate.draft(
        document_id=document.id,
        family=story.family,
        setting=story.setting,
        question=story.question,
        key=key,
        quote=story.sentence,
        quote_span=span,
        context_spans=(Span(start=0, end=len(text)),),
        pair=story.pair,
        pair_role=story.pair_role,
        language=story.language,
        topic=story.topic,
        writer=story.writer,
        prompt_sha256=sha256_hex(story.writer.encode()),
        raw_reply="another draft whose answer is rawreply-secret",
    )
    findings = [
        _finding(document.id, "date", "published after the cutoff, by the feed's date"),
        _finding(candidate.id, "quote", story.why, score=1.0, evidence=story.evidence),
        _finding(candidate.id, "supported", "the derivation gives the answer again"),
    ]
    return Told(document, capture, candidate, findings, _question(candidate, document))


def _question(candidate: Candidate, document: Document) -> Question:
    key = candidate.key
    shown = candidate.setting == "open_book" and text_may_be_shown(document.licence)
    context = document.text if shown else None
    seen: dict[str, Any] = {
        "input": render_input(
            candidate.question,
            context=context,
            published=utc_date(document.published_at),
            choices=key.choices,
        ),
        "question": candidate.question,
        "context": context,
        "choices": key.choices,
        "target": letter(key.answer_index) if key.answer_index is not None else key.answer,
        "answer": key.answer,
        "answer_index": key.answer_index,
        "aliases": key.aliases,
        "answer_kind": key.kind,
        "answer_spec": key.spec,
    }
    # As the generator does it: never the answer, or guesses could be tested against the id.
    digest = content_hash({"input": seen["input"], "source_url": document.url})
    return Question(
        id=f"q_{digest[:16]}",
        as_of=utc_date(document.published_at),
        valid_until=None,
        family=candidate.family,
        setting=candidate.setting,
        topic=candidate.topic,
        language=candidate.language,
        difficulty=0.4,
        pair=candidate.pair,
        pair_role=candidate.pair_role,
        cluster=document.id,
        level=0,
        source_url=document.url,
        source_title=document.title,
        source_licence=document.licence,
        attribution=document.attribution,
        source_published_at=document.published_at,
        fetched_at=document.fetched_at,
        evidence=candidate.quote,
        writer=candidate.writer,
        prompt_sha256=candidate.prompt_sha256,
        content_sha256=digest,
        **seen,
    )
