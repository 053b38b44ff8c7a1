"""Errata: what turned out wrong after a release, which itself never changes.

A ledger that only grows: every entry names the one before by its hash and is signed, so none can
be changed, taken out or put in between unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal, get_args

import rfc8785
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from store.errors import ErratumRefused, NotFound, ReleaseInvalid
from store.records import Erratum, ErratumAction, RetirementReason, sha256_hex
from store.releases.endorsements import signature_holds
from store.releases.keys import Keys
from store.tables import ErratumRow, QuestionRow, ReleaseItemRow, RetirementRow

#: Why an operator may retire a question by hand (questions.md §5).
REASONS: tuple[RetirementReason, ...] = tuple(
    reason for reason in get_args(RetirementReason) if reason != "end of life"
)

#: From this action on a question is out of scoring; `keep` brings it back.
_OUT: frozenset[ErratumAction] = frozenset({"dispute", "nullify"})
#: What may follow what: a question's own entries, oldest first.
_AFTER: dict[ErratumAction | None, frozenset[ErratumAction]] = {
    None: frozenset({"dispute", "retire", "nullify"}),
    "dispute": frozenset({"keep", "retire", "nullify"}),
    "keep": frozenset({"dispute", "retire", "nullify"}),
    # Retired for its age or its source, it may still turn out to have been wrong.
    "retire": frozenset({"nullify"}),
    "nullify": frozenset(),
}

#: What an entry about a sealed question gives as its reason.
WITHHELD = "the question is sealed; the reason is given when it is revealed"

Standing = Literal["disputed", "retired", "nullified"]
_STANDING: dict[ErratumAction, Standing] = {
    "dispute": "disputed",
    "retire": "retired",
    "nullify": "nullified",
}


def signed_part(erratum: Erratum) -> bytes:
    """Return the RFC 8785 form of everything but the signature: what is signed and hashed."""
    return rfc8785.dumps(erratum.model_dump(mode="json", exclude={"signature"}))


def ledger(work: Session, *, after: int = 0, limit: int | None = None) -> list[Erratum]:
    """Return the entries past number `after`, oldest first; at most `limit` of them."""
    query = select(ErratumRow).where(col(ErratumRow.number) > after)
    rows = work.exec(query.order_by(col(ErratumRow.number)).limit(limit))
    return [row.value() for row in rows]


def newest_errata(work: Session, limit: int) -> list[Erratum]:
    """Return the newest entries, newest first."""
    query = select(ErratumRow).order_by(col(ErratumRow.number).desc()).limit(limit)
    return [row.value() for row in work.exec(query)]


def head_of(entries: Sequence[Erratum]) -> str | None:
    """Return the hash of the newest entry: who has it can tell that none was taken out."""
    return sha256_hex(signed_part(entries[-1])) if entries else None


def errata_of(work: Session, question_id: str) -> list[Erratum]:
    """Return the entries about one question, oldest first."""
    query = select(ErratumRow).where(ErratumRow.question_id == question_id)
    return [row.value() for row in work.exec(query.order_by(col(ErratumRow.number)))]


def append(
    work: Session,
    question_id: str,
    action: ErratumAction,
    reason: RetirementReason,
    why: str,
    keys: Keys,
    now: datetime,
) -> Erratum:
    """Add a signed entry about one question.

    What is said about a sealed question may tell its answer in many ways, so it is withheld until
    the question is revealed; the entry says that.

    Raises:
        NotFound: There is no such question.
        ErratumRefused: It was decided already, the action does not fit, or somebody else has
            just added an entry.
        StoreError: The signing key was replaced since it was read.
    """
    row = work.get(QuestionRow, question_id)
    if row is None:
        raise NotFound("question", question_id)
    earlier = errata_of(work, question_id)
    last = earlier[-1].action if earlier else None
    if action not in _AFTER[last]:
        said = f"it is on record as {last!r} already" if last else "nothing is on record about it"
        raise ErratumRefused(question_id, action, said)
    sealed = is_sealed(work, question_id)
    newest = work.exec(select(ErratumRow).order_by(col(ErratumRow.number).desc()).limit(1)).first()
    keys.refuse_replaced()
    erratum = Erratum(
        number=newest.number + 1 if newest else 1,
        at=now,
        question_id=question_id,
        releases=tuple(sorted(_weeks_of(work, question_id))),
        action=action,
        reason=reason,
        why=WITHHELD if sealed else why,
        previous_sha256=sha256_hex(signed_part(newest.value())) if newest else None,
        public_key=keys.public_hex,
        signature="",
    )
    erratum = erratum.model_copy(update={"signature": keys.sign(signed_part(erratum))})
    work.add(ErratumRow.of(erratum, withheld=why if sealed else None))
    try:
        work.flush()
    except IntegrityError as error:
        said = "another entry was added at the same moment; run it again"
        raise ErratumRefused(question_id, action, said) from error
    return erratum


def verify_ledger(entries: Sequence[Erratum], trusted: Callable[[str], bool]) -> str | None:
    """Prove a ledger from its first entry on; returns its head, None when it is empty.

    Args:
        entries: All entries, oldest first.
        trusted: Whether a public key is the operator's.

    Raises:
        ReleaseInvalid: An entry was changed, left out, put in, or is signed by somebody else.
    """
    head: str | None = None
    for number, entry in enumerate(entries, start=1):
        part = signed_part(entry)
        if entry.number != number or entry.previous_sha256 != head:
            raise ReleaseInvalid(f"errata: entry {entry.number} does not follow the one before it")
        if not trusted(entry.public_key) or not signature_holds(
            part, entry.signature, entry.public_key
        ):
            raise ReleaseInvalid(f"errata: entry {entry.number} is not signed by the operator")
        head = sha256_hex(part)
    return head


def standings(entries: Iterable[Erratum]) -> dict[str, tuple[Standing, Erratum]]:
    """Return how each question stands by its last entry; those that were kept are left out."""
    last = {entry.question_id: entry for entry in entries}
    return {
        name: (_STANDING[entry.action], entry)
        for name, entry in last.items()
        if entry.action in _STANDING
    }


def out_of_scoring(entries: Iterable[Erratum]) -> frozenset[str]:
    """Return the questions that no score may count: disputed and undecided, or nullified.

    A question nullified once stays so; one that was only retired keeps counting where it was
    released, for nothing was wrong with it.
    """
    last = {entry.question_id: entry.action for entry in entries}
    return frozenset(name for name, action in last.items() if action in _OUT)


def is_sealed(work: Session, question_id: str) -> bool:
    """Whether a release sealed the question, or still may, and none has revealed it."""
    items = work.exec(
        select(ReleaseItemRow.sealed).where(ReleaseItemRow.question_id == question_id)
    ).all()
    revealed = work.get(RetirementRow, question_id) is not None
    return not revealed and (any(items) or not items)


def withheld_reasons(work: Session) -> dict[int, str]:
    """Return what was said about sealed questions, by the number of the entry."""
    query = select(ErratumRow).where(col(ErratumRow.withheld).is_not(None))
    return {row.number: row.withheld for row in work.exec(query) if row.withheld}


def _weeks_of(work: Session, question_id: str) -> list[str]:
    query = select(ReleaseItemRow.week).where(ReleaseItemRow.question_id == question_id)
    return list(work.exec(query))
