"""From documents to accepted questions, resumable at any point: what is found is never redone.

Every step reads what is already in the store, does only the rest, and commits in small pieces.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from generator.acceptance import to_question
from generator.checks.base import (
    AnyCheck,
    Case,
    DocumentCheck,
    Verdict,
    finding,
    judge_cases,
    judge_document,
)
from generator.families.base import (
    Family,
    JoiningFamily,
    Library,
    Reading,
    Structure,
    WritingFamily,
    no_structure,
)
from generator.families.traits import varies
from generator.families.writing import Written, compose_all, join_all, write_from
from generator.invented import is_invented
from generator.loop import run
from store.candidates import (
    MAX_UNSURE,
    accept_all,
    base_of_pairs,
    documents_by_id,
    drafts_of,
    ids_in_state,
    in_state,
    latest_findings,
    save_drafts,
    save_findings,
)
from store.database import session
from store.records import BASE_ROLES, Candidate, Document, Finding, content_hash

Clock = Callable[[], datetime]
Progress = Callable[[str, int, int], None]
#: Subject, check and version: what the newest finding is asked for by.
FindingKey = tuple[str, str, int]

#: A held candidate or document is looked at again in a later run, not in the same one.
RETRY_HELD_AFTER = timedelta(hours=1)
#: For findings that name no instant before which the check cannot say more.
_LONG_AGO = "1970-01-01T00:00:00+00:00"
#: Candidates judged and committed together: a crash costs at most this many verdicts.
BATCH = 500
#: The difficulty of a question that nothing was told about.
UNRATED = 0.5


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Mark:
    """The mark that families have written; makes writing resumable."""

    name: str
    families: Sequence[Family | WritingFamily | JoiningFamily]

    @property
    def version(self) -> int:
        """Changes when a family is added or changed, so that everything is read again."""
        return sum(family.version for family in self.families) + 100 * len(self.families)


@dataclass(frozen=True)
class Line:
    """The generator of one week: what writes, what examines, and where it is kept.

    Attributes:
        engine: The store.
        week: The ISO week candidates are filed under.
        document_checks: Checks 1–4, in order.
        families: Rule families of one document, in order.
        checks: Checks 5–25, in order, cheapest first.
        clock: Tells when a finding was made.
        progress: Told (stage, done, total) as the work goes on.
        joins: Rule families that rest on several documents.
        writers: Families that ask a model.
        structure: Reads tables and lists out of a document's markup.
    """

    engine: Engine
    week: str
    document_checks: Sequence[DocumentCheck]
    families: Sequence[Family]
    checks: Sequence[AnyCheck]
    clock: Clock
    progress: Progress = field(default=_silent)
    joins: Sequence[JoiningFamily] = ()
    writers: Sequence[WritingFamily] = ()
    structure: Structure = field(default=no_structure)

    def write(self, documents: Sequence[Document]) -> int:
        """Draft candidates from every document that its checks let through.

        Returns:
            How many candidates are new.
        """
        with session(self.engine) as work:
            known = latest_findings(work, [document.id for document in documents])
        n_new = 0
        readings = []
        for done, document in enumerate(documents, start=1):
            self.progress("write", done, len(documents))
            reading, n_drafted = self._write_one(document, known)
            n_new += n_drafted
            # What we invented is asked about by the families made for it alone.
            readings += [reading] if reading and not is_invented(document) else []
        if self.joins:
            n_new += self._join(readings)
        if self.writers:
            n_new += run(self._compose(readings, known))
        return n_new

    def _write_one(
        self, document: Document, known: Mapping[FindingKey, Finding]
    ) -> tuple[Reading | None, int]:
        """Return the reading of a document that may be used, and how many drafts are new."""
        drafting = Mark("drafting", self.families)
        findings, through = self._document_findings(document, known)
        reading = Reading(document, self.structure)
        drafts: Sequence[Candidate] = ()
        last = known.get((document.id, drafting.name, drafting.version))
        if through and (last is None or self._again(last)):
            written = write_from(reading, self.families)
            drafts = written.candidates
            findings.append(self._filed(document.id, drafting, _verdict_of(written), last))
        if not findings:
            return reading if through else None, 0
        with session(self.engine) as work:
            save_findings(work, findings)
            n_new = save_drafts(work, drafts, self.week)
        return reading if through else None, n_new

    def _join(self, readings: Sequence[Reading]) -> int:
        """Let the joining families write, unless they have seen just these documents."""
        joining = Mark("joining", self.joins)
        subject = f"week:{self.week}"
        seen = content_hash(sorted(reading.document.id for reading in readings))
        with session(self.engine) as work:
            last = latest_findings(work, [subject]).get((subject, joining.name, joining.version))
            if last and last.evidence.get("documents") == seen and not self._again(last):
                return 0
            drafts = _base_drafts(work, readings)
        readings = sorted(readings, key=lambda one: (one.document.published_at, one.document.id))
        written = join_all(Library(tuple(readings), drafts), self.joins)
        verdict = _verdict_of(written)
        verdict = replace(verdict, evidence=verdict.evidence | {"documents": seen})
        with session(self.engine) as work:
            save_findings(work, [self._filed(subject, joining, verdict, last)])
            return save_drafts(work, written.candidates, self.week)

    async def _compose(
        self, readings: Sequence[Reading], known: Mapping[FindingKey, Finding]
    ) -> int:
        """Let the families that have a model write, from all documents at once."""
        composing = Mark("composing", self.writers)
        with session(self.engine) as work:
            drafts = _base_drafts(work, readings)
        waiting = [
            (reading, last)
            for reading in readings
            if (last := known.get((reading.document.id, composing.name, composing.version))) is None
            or self._again(last)
        ]
        n_done = 0

        async def compose(reading: Reading, last: Finding | None) -> int:
            nonlocal n_done
            document = reading.document
            written = await compose_all(reading, self.writers, drafts.get(document.id, ()))
            mark = self._filed(document.id, composing, _verdict_of(written), last)
            with session(self.engine) as work:
                save_findings(work, [mark])
                n_new = save_drafts(work, written.candidates, self.week)
            n_done += 1
            self.progress("compose", n_done, len(waiting))
            return n_new

        return sum(await asyncio.gather(*(compose(*one) for one in waiting)))

    def _filed(self, subject: str, mark: Mark, verdict: Verdict, last: Finding | None) -> Finding:
        attempt = last.attempt + 1 if last else 1
        return finding(subject, mark, verdict, attempt, self.clock())

    def _document_findings(
        self, document: Document, known: Mapping[FindingKey, Finding]
    ) -> tuple[list[Finding], bool]:
        """Run the document checks that are not settled; stop at the first that does not pass."""
        findings: list[Finding] = []
        for check in self.document_checks:
            last = known.get((document.id, check.name, check.version))
            if last and last.outcome == "pass":
                continue
            if last and not self._again(last):
                return findings, False
            verdict = judge_document(check, document)
            attempt = last.attempt + 1 if last else 1
            findings.append(finding(document.id, check, verdict, attempt, self.clock()))
            if verdict.outcome != "pass":
                return findings, False
        return findings, True

    def _again(self, last: Finding) -> bool:
        """Whether a check that did not pass may be tried again now.

        A check that knows when it can say more is not asked before: each try counts.
        """
        not_before = datetime.fromisoformat(last.evidence.get("not_before", _LONG_AGO))
        return (
            last.outcome == "unsure"
            and last.attempt < MAX_UNSURE
            and self.clock() >= max(not_before, last.found_at + RETRY_HELD_AFTER)
        )

    def examine(self) -> int:
        """Run every check over drafted and held candidates and accept what passes all.

        Returns:
            How many questions were accepted.
        """
        with session(self.engine) as work:
            waiting = sorted(in_state(work, ["drafted", "held"]), key=_precedence)
            known = latest_findings(work, [candidate.id for candidate in waiting])
            bases = base_of_pairs(work, (c.pair for c in waiting if c.pair))
            documents = documents_by_id(work, (q.document_id for c in waiting for q in c.quotes))
        cases = [case for c in waiting if (case := _case(c, documents, bases))]
        for check in self.checks:
            cases = list(self._through(check, cases, known))
        with session(self.engine) as work:
            latest = latest_findings(work, [case.candidate.id for case in cases])
            scores = _difficulties(latest)
            accepted = ids_in_state(work, "accepted")
            save_findings(work, self._orphans(cases, ids_in_state(work, "rejected")))
            passed = [
                (case.candidate, to_question(case, scores.get(case.candidate.id, UNRATED)))
                for case in _whole_pairs(cases, accepted)
            ]
            accept_all(work, passed, self.week)
        return len(passed)

    def _orphans(self, cases: Iterable[Case], rejected: set[str]) -> list[Finding]:
        """Reject variants whose base is rejected or unknown: alone a variant means nothing."""
        why = "the question it was made from was rejected or cannot join its pair"
        return [
            Finding(
                subject=case.candidate.id,
                check="twin",
                version=1,
                outcome="fail",
                why=why,
                found_at=self.clock(),
            )
            for case in cases
            if _is_variant(case) and (case.base is None or case.base.id in rejected)
        ]

    def _numbered(self, case: Case, check: AnyCheck, known: Mapping[FindingKey, Finding]) -> Case:
        last = known.get((case.candidate.id, check.name, check.version))
        return replace(case, attempt=last.attempt + 1) if last else case

    def _through(
        self,
        check: AnyCheck,
        cases: Sequence[Case],
        known: Mapping[FindingKey, Finding],
    ) -> Iterator[Case]:
        """Yield the cases that pass one check; file what is new."""
        open_cases = []
        passing: set[str] = set()
        for case in cases:
            last = known.get((case.candidate.id, check.name, check.version))
            if last and last.outcome == "pass":
                passing.add(case.candidate.id)
            elif last is None or self._again(last):
                open_cases.append(case)
        for batch in _batches(open_cases):
            self.progress(check.name, len(batch), len(open_cases))
            settled = [case for case in cases if case.candidate.id in passing]
            batch = [self._numbered(case, check, known) for case in batch]
            verdicts = judge_cases(check, batch, settled)
            filed = []
            for case, verdict in zip(batch, verdicts, strict=True):
                filed.append(finding(case.candidate.id, check, verdict, case.attempt, self.clock()))
                if verdict.outcome == "pass":
                    passing.add(case.candidate.id)
            with session(self.engine) as work:
                save_findings(work, filed)
        yield from (case for case in cases if case.candidate.id in passing)


def _precedence(candidate: Candidate) -> tuple[bool, bool]:
    """Return what goes first: of two that ask the same the first stays.

    A rule's answer was derived twice, so that what a model was talked into never decides which
    question is released; and the words of a twin never cost another page its question.
    """
    return not candidate.by_rule, _varies(candidate)


def _case(
    candidate: Candidate, documents: Mapping[str, Document], bases: Mapping[str, Candidate]
) -> Case | None:
    """Return a candidate with its documents and its base; None when a document is not there."""
    names = {one.document_id for one in candidate.quotes}
    if not names <= documents.keys():
        return None
    return Case(
        candidate,
        documents[candidate.document_id],
        bases.get(candidate.pair) if candidate.pair and _varies(candidate) else None,
        {name: documents[name] for name in sorted(names - {candidate.document_id})},
    )


def _verdict_of(written: Written) -> Verdict:
    """Say what families made of a document.

    Where a family broke or its writer could not be asked, a later run tries again.
    """
    n_drafts, n_refused = len(written.candidates), len(written.refusals)
    why = "; ".join([*written.broken, f"{n_drafts} candidates written, {n_refused} drafts refused"])
    refusals = [{"family": r.family, "why": r.why, "raw": r.raw} for r in written.refusals]
    unfinished = written.broken or any(r.unanswered for r in written.refusals)
    return Verdict("unsure" if unfinished else "pass", why, evidence={"refusals": refusals})


def _base_drafts(work: Session, readings: Sequence[Reading]) -> dict[str, tuple[Candidate, ...]]:
    """Return what was written from each document, without what only varies another question."""
    drafts = drafts_of(work, [reading.document.id for reading in readings])
    return {
        name: tuple(one for one in found if not varies(one.family, one.pair_role))
        for name, found in drafts.items()
    }


def _batches(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for start in range(0, len(cases), BATCH):
        yield cases[start : start + BATCH]


def _whole_pairs(cases: Iterable[Case], accepted: set[str]) -> list[Case]:
    """Leave out variants whose base did not pass: a twin is never released alone."""
    cases = list(cases)
    there = {case.candidate.id for case in cases} | accepted
    return [
        case
        for case in cases
        if not _is_variant(case) or (case.base is not None and case.base.id in there)
    ]


def _is_variant(case: Case) -> bool:
    return _varies(case.candidate)


def _varies(candidate: Candidate) -> bool:
    return candidate.pair is not None and candidate.pair_role not in BASE_ROLES


def _difficulties(latest: Mapping[FindingKey, Finding]) -> dict[str, float]:
    """Return how hard each candidate is, where check `difficulty` told."""
    return {
        subject: found.score
        for (subject, check, _), found in latest.items()
        if check == "difficulty" and found.score is not None
    }
