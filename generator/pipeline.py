"""From documents to accepted questions, resumable at any point: what is found is never redone.

Every step reads what is already in the store, does only the rest, and commits in small pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

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
from generator.families import Written, write_all
from generator.families.base import Family
from store.candidates import (
    MAX_UNSURE,
    accept,
    base_of_pairs,
    documents_by_id,
    in_state,
    latest_findings,
    save_drafts,
    save_findings,
)
from store.database import session
from store.records import Candidate, Document, Finding

Clock = Callable[[], datetime]
Progress = Callable[[str, int, int], None]

#: A held candidate or document is looked at again in a later run, not in the same one.
RETRY_HELD_AFTER = timedelta(hours=1)
#: For findings that name no instant before which the check cannot say more.
_LONG_AGO = "1970-01-01T00:00:00+00:00"
#: Candidates judged and committed together: a crash costs at most this many verdicts.
BATCH = 500


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Drafting:
    """The mark that a document was written from, by which families; makes drafting resumable."""

    families: Sequence[Family]

    @property
    def name(self) -> str:
        """The check name the mark is filed under."""
        return "drafting"

    @property
    def version(self) -> int:
        """Changes when a family is added or changed, so that documents are read again."""
        return sum(family.version for family in self.families) + 100 * len(self.families)


@dataclass(frozen=True)
class Line:
    """The generator of one week: what writes, what examines, and where it is kept.

    Attributes:
        engine: The store.
        week: The ISO week candidates are filed under.
        document_checks: Checks 1–4, in order.
        families: Families, in order.
        checks: Checks 5–25, in order, cheapest first.
        clock: Tells when a finding was made.
        progress: Told (stage, done, total) as the work goes on.
    """

    engine: Engine
    week: str
    document_checks: Sequence[DocumentCheck]
    families: Sequence[Family]
    checks: Sequence[AnyCheck]
    clock: Clock
    progress: Progress = field(default=_silent)

    def write(self, documents: Sequence[Document]) -> int:
        """Draft candidates from every document that its checks let through.

        Returns:
            How many candidates are new.
        """
        drafting = Drafting(self.families)
        with session(self.engine) as work:
            known = latest_findings(work, [document.id for document in documents])
        n_new = 0
        for done, document in enumerate(documents, start=1):
            self.progress("write", done, len(documents))
            last = known.get((document.id, drafting.name, drafting.version))
            if last and not self._again(last):
                continue
            findings, through = self._document_findings(document, known)
            drafts: Sequence[Candidate] = ()
            if through:
                written = write_all(document, self.families)
                drafts = written.candidates
                attempt = last.attempt + 1 if last else 1
                findings.append(
                    finding(document.id, drafting, _mark(written), attempt, self.clock())  # type: ignore[arg-type]
                )
            with session(self.engine) as work:
                save_findings(work, findings)
                n_new += save_drafts(work, drafts, self.week)
        return n_new

    def _document_findings(
        self, document: Document, known: dict[tuple[str, str, int], Finding]
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
            waiting = in_state(work, ["drafted", "held"])
            known = latest_findings(work, [candidate.id for candidate in waiting])
            bases = base_of_pairs(work, (c.pair for c in waiting if c.pair))
            documents = documents_by_id(work, (c.document_id for c in waiting))
        cases = [
            Case(
                c,
                documents[c.document_id],
                bases.get(c.pair) if c.pair and c.pair_role != "base" else None,
            )
            for c in waiting
            if c.document_id in documents
        ]
        for check in self.checks:
            cases = list(self._through(check, cases, known))
        with session(self.engine) as work:
            latest = latest_findings(work, [case.candidate.id for case in cases])
            n_accepted = 0
            accepted = {candidate.id for candidate in in_state(work, ["accepted"])}
            rejected = {candidate.id for candidate in in_state(work, ["rejected"])}
            save_findings(work, self._orphans(cases, rejected))
            for case in _whole_pairs(cases, accepted):
                score = _difficulty(case.candidate.id, latest)
                question = to_question(case.candidate, case.document, score, case.base)
                accept(work, case.candidate, question, self.week)
                n_accepted += 1
        return n_accepted

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

    def _through(
        self,
        check: AnyCheck,
        cases: Sequence[Case],
        known: dict[tuple[str, str, int], Finding],
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
            verdicts = judge_cases(check, batch, settled)
            filed = []
            for case, verdict in zip(batch, verdicts, strict=True):
                last = known.get((case.candidate.id, check.name, check.version))
                attempt = last.attempt + 1 if last else 1
                filed.append(finding(case.candidate.id, check, verdict, attempt, self.clock()))
                if verdict.outcome == "pass":
                    passing.add(case.candidate.id)
            with session(self.engine) as work:
                save_findings(work, filed)
        yield from (case for case in cases if case.candidate.id in passing)


def _mark(written: Written) -> Verdict:
    """Say what came of a document.

    Where a family broke or its writer could not be asked, a later run tries again.
    """
    n_drafts, n_refused = len(written.candidates), len(written.refusals)
    why = "; ".join([*written.broken, f"{n_drafts} candidates written, {n_refused} drafts refused"])
    refusals = [{"family": r.family, "why": r.why, "raw": r.raw} for r in written.refusals]
    unfinished = written.broken or any(r.unanswered for r in written.refusals)
    return Verdict("unsure" if unfinished else "pass", why, evidence={"refusals": refusals})


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
    return case.candidate.pair is not None and case.candidate.pair_role != "base"


def _difficulty(candidate_id: str, latest: dict[tuple[str, str, int], Finding]) -> float:
    scores = [
        found.score
        for (subject, check, _), found in latest.items()
        if subject == candidate_id and check == "difficulty" and found.score is not None
    ]
    return scores[-1] if scores else 0.5
