"""What a check is, and the runner that makes every check fail closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, get_args, runtime_checkable

from generator.families.traits import AS_BASE
from generator.loop import run
from store.candidates import MAX_UNSURE
from store.contexts import context_of
from store.errors import UnseenError
from store.records import Candidate, Document, Exhibit, Finding, Outcome


@dataclass(frozen=True)
class Case:
    """A candidate with everything a check may look at.

    Attributes:
        candidate: The question under examination.
        document: Where its main evidence lies.
        base: The question it is a variant of; None for a base question.
        further: The other documents it rests on, by id.
        attempt: Which try of the check this is, from 1: a second one must not be given the
            first one's replies.
    """

    candidate: Candidate
    document: Document
    base: Candidate | None = None
    further: Mapping[str, Document] = field(default_factory=dict)
    attempt: int = 1

    @property
    def wording(self) -> str:
        """What is asked, without noise.

        A noisy question points at charts that are not there, lacks capitals and names its day
        in a chat: by design. Checks of what a question means read its base's words; check 7
        proves that names, numbers, days and negations of the two are the same.
        """
        noisy = self.candidate.family == "noisy" and self.base is not None
        return self.base.question if noisy and self.base else self.candidate.question

    @property
    def asked_as(self) -> str:
        """The family whose rules the question follows: its base's where it is only reworded."""
        if self.candidate.family in AS_BASE and self.base is not None:
            return self.base.family
        return self.candidate.family

    @property
    def documents(self) -> Mapping[str, Document]:
        """Every document it rests on, by id."""
        return {**self.further, self.document.id: self.document}

    @property
    def context(self) -> str:
        """The passage, or the numbered passages, as a model gets them."""
        return context_of(self.candidate, self.documents)

    @property
    def shown(self) -> str:
        """Title and passage: all of the document that a model gets."""
        return f"{self.document.title}\n{self.context}"

    @property
    def evidence(self) -> tuple[tuple[Exhibit, Document], ...]:
        """Every quote with the document it stands in, the main one first."""
        documents = self.documents
        return tuple((one, documents[one.document_id]) for one in self.candidate.quotes)


@dataclass(frozen=True)
class Verdict:
    """What one check concluded, before it is filed as a finding."""

    outcome: Outcome
    why: str
    score: float | None = None
    #: What the score was held against; None where no one number decides.
    threshold: float | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


def passed(
    why: str,
    score: float | None = None,
    *,
    threshold: float | None = None,
    **evidence: Any,  # noqa: ANN401 - structured proof
) -> Verdict:
    """Return a pass with its reason."""
    return Verdict("pass", why, score, threshold, evidence)


def failed(
    why: str,
    score: float | None = None,
    *,
    threshold: float | None = None,
    **evidence: Any,  # noqa: ANN401 - structured proof
) -> Verdict:
    """Return a fail with its reason."""
    return Verdict("fail", why, score, threshold, evidence)


def unsure(
    why: str,
    score: float | None = None,
    *,
    threshold: float | None = None,
    **evidence: Any,  # noqa: ANN401 - structured proof
) -> Verdict:
    """Return a verdict that holds the candidate until somebody or something knows more."""
    return Verdict("unsure", why, score, threshold, evidence)


class Named(Protocol):
    """What a finding is filed under."""

    @property
    def name(self) -> str:
        """The check's name."""
        ...

    @property
    def version(self) -> int:
        """Raised when the check may conclude otherwise."""
        ...


class DocumentCheck(Protocol):
    """Judges a document once, for all its candidates."""

    name: ClassVar[str]
    version: ClassVar[int]

    def __call__(self, document: Document) -> Verdict:
        """Return what was found."""
        ...


class Check(Protocol):
    """Judges one candidate."""

    name: ClassVar[str]
    version: ClassVar[int]

    def __call__(self, case: Case) -> Verdict:
        """Return what was found."""
        ...


@runtime_checkable
class BatchCheck(Protocol):
    """Judges many candidates at once, where one call for all is much cheaper."""

    name: ClassVar[str]
    version: ClassVar[int]

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """Return one verdict a case, in order."""
        ...


@runtime_checkable
class PeerCheck(BatchCheck, Protocol):
    """A batch check whose verdicts depend on what passed it before, in this run or another."""

    def judge_after(self, settled: Sequence[Case], cases: Sequence[Case]) -> list[Verdict]:
        """Return one verdict for each of `cases`, given that `settled` passed already."""
        ...


@runtime_checkable
class AskingCheck(Protocol):
    """Judges one candidate with the help of a model; many are asked about at the same time."""

    name: ClassVar[str]
    version: ClassVar[int]

    async def examine(self, case: Case) -> Verdict:
        """Return what was found; a `ModelCallError` that leaves it is held as unsure."""
        ...


AnyCheck = Check | BatchCheck | AskingCheck


def judge_document(check: DocumentCheck, document: Document) -> Verdict:
    """Run one document check; an error in it is never a pass."""
    try:
        return _sound(check.name, check(document))
    except Exception as error:
        return _broken(check.name, error)


def judge_cases(
    check: AnyCheck, cases: Sequence[Case], settled: Sequence[Case] = ()
) -> list[Verdict]:
    """Run one check over many cases; an error in it is never a pass.

    Args:
        check: The check to run.
        cases: What is judged.
        settled: What passed this check before, for checks that compare.
    """
    if isinstance(check, BatchCheck):
        try:
            verdicts = (
                check.judge_after(settled, cases)
                if isinstance(check, PeerCheck)
                else check.judge(cases)
            )
        except Exception as error:
            return [_broken(check.name, error)] * len(cases)
        n_given = len(verdicts) if isinstance(verdicts, list) else 0
        if n_given != len(cases):
            wrong = f"check {check.name} gave {n_given} verdicts for {len(cases)} cases"
            return [unsure(wrong)] * len(cases)
        return [_sound(check.name, verdict) for verdict in verdicts]
    if isinstance(check, AskingCheck):
        return run(_ask_about(check, cases))
    return [_judge_one(check, case) for case in cases]


async def _ask_about(check: AskingCheck, cases: Sequence[Case]) -> list[Verdict]:
    """Examine all cases at once; how many calls are under way at a time is the desk's affair."""
    return list(await asyncio.gather(*(_examine_one(check, case) for case in cases)))


async def _examine_one(check: AskingCheck, case: Case) -> Verdict:
    try:
        return _sound(check.name, await check.examine(case))
    except Exception as error:
        return _broken(check.name, error)


def _judge_one(check: Check, case: Case) -> Verdict:
    try:
        return _sound(check.name, check(case))
    except Exception as error:
        return _broken(check.name, error)


def _sound(name: str, verdict: object) -> Verdict:
    """Return a verdict as it is; anything else that a check gave is held."""
    if isinstance(verdict, Verdict) and verdict.outcome in get_args(Outcome):
        return verdict
    return unsure(f"check {name} gave {type(verdict).__name__}, no verdict")


def _broken(name: str, error: Exception) -> Verdict:
    """Hold what a check could not judge: the deliberate error's sentence, or the error's type."""
    reason = str(error) if isinstance(error, UnseenError) else f"{type(error).__name__}: {error}"
    return unsure(f"check {name} could not be run: {reason[:300]}")


def finding(subject: str, check: Named, verdict: Verdict, attempt: int, now: datetime) -> Finding:
    """File a verdict; the third unsure one in a row says that it is final."""
    worn_out = verdict.outcome == "unsure" and attempt >= MAX_UNSURE
    return Finding(
        subject=subject,
        check=check.name,
        version=check.version,
        outcome=verdict.outcome,
        score=verdict.score,
        threshold=verdict.threshold,
        why=f"unsure {attempt}×: {verdict.why}" if worn_out else verdict.why,
        evidence=verdict.evidence,
        attempt=attempt,
        found_at=now,
    )


def versions(checks: Iterable[AnyCheck | DocumentCheck]) -> dict[str, int]:
    """Return the version of each check by name.

    Raises:
        ValueError: Two checks share a name.
    """
    table: dict[str, int] = {}
    for check in checks:
        if check.name in table:
            raise ValueError(f"two checks are named {check.name!r}")
        table[check.name] = check.version
    return table
