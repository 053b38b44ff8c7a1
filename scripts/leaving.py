"""What became of the sealed questions of earlier weeks: which leave now and why, which live on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from generator.rotation.anchors import Alive
from generator.rotation.life import (
    SEALED_WEEKS,
    LeakSearch,
    Text,
    documents_in_doubt,
    stale_since,
)
from generator.rotation.units import Unit
from scripts.wiring import Plan
from store.bulk import batched
from store.candidates import documents_by_id
from store.errata import Standing, ledger, standings, withheld_reasons
from store.records import Document, Erratum, Question, utc_date
from store.releases.publish import Retired
from store.reports import disputed_by_reports
from store.sources import withdrawals
from store.tables import (
    BenchmarkRow,
    CandidateRow,
    DocumentRow,
    ErratumRow,
    QuestionRow,
    ReferenceRow,
    ReleaseItemRow,
    ReleaseRow,
    RetirementRow,
)
from store.weeks import week_bounds

END_OF_LIFE = "end of life"


@dataclass(frozen=True)
class Living:
    """One sealed question that no release has revealed.

    Attributes:
        question: The question.
        documents: What it rests on, its own document first.
        first_release: The week that sealed it.
        sealed_at: When that was.
    """

    question: Question
    documents: tuple[Document, ...]
    first_release: str
    sealed_at: datetime

    def age_weeks(self, week: str) -> int:
        """Return how many weeks before `week` it was sealed."""
        (then, _), (now, _) = week_bounds(self.first_release), week_bounds(week)
        return (now - then).days // 7


@dataclass(frozen=True)
class Fates:
    """What the sealed questions of earlier weeks come to in one week.

    Attributes:
        retired: Those that leave, to be revealed.
        alive: The units that live on; anchors are chosen among them.
        apart: The sentences that prove them; no new question rests on one.
        barred: Questions and documents that nothing is drawn of: found wrong, or in doubt.
    """

    retired: tuple[Retired, ...]
    alive: tuple[Alive, ...]
    apart: frozenset[str]
    barred: frozenset[str]


def fates(
    work: Session,
    plan: Plan,
    publisher_of: Callable[[Question], str],
    maker_of: Callable[[str], str],
) -> Fates:
    """Decide what becomes of every sealed question in a week."""
    living = _living(work, plan.week)
    decided = standings(ledger(work))
    disputed = decided.keys() | disputed_by_reports(work)
    causes = _causes(work, plan, living, decided)
    doubtful = documents_in_doubt(_retirements(work, decided))
    retired, alive = [], []
    for name, members in _units(living).items():
        found = [causes[one.question.id] for one in members if one.question.id in causes]
        if found:
            strongest = min(found, key=lambda cause: cause.rank)
            retired += [_retired(one, strongest, causes.get(one.question.id)) for one in members]
            continue
        first = members[0]
        base = first.documents[0].id
        held = any(
            one.question.id in disputed or not doubtful.isdisjoint(urls_of(one.question))
            for one in members
        )
        unit = Unit(
            name,
            tuple(one.question for one in members),
            base,
            publisher_of(first.question),
            maker=maker_of(first.question.writer),
        )
        # A page is used from the cutoff on, whoever carries it.
        fresh = all(plan.cutoff <= one.question.source_published_at for one in members)
        age = first.age_weeks(plan.week)
        alive.append(Alive(unit, first.first_release, age, held or not fresh))
    return Fates(
        retired=tuple(retired),
        alive=tuple(alive),
        apart=frozenset(quote for one in alive for quote in one.unit.quotes),
        barred=doubtful | disputed,
    )


@dataclass(frozen=True)
class _Cause:
    """Why a question leaves; of two causes in a pair the one of lower rank is told."""

    rank: int
    why: str
    text_removed_on: date | None = None


def _retired(one: Living, told: _Cause, own: _Cause | None) -> Retired:
    return Retired(
        one.question,
        one.first_release,
        told.why,
        text_removed_on=own.text_removed_on if own else None,
    )


def urls_of(question: Question) -> frozenset[str]:
    """Return the pages a question rests on; an edited page keeps its address."""
    return frozenset((question.source_url, *(one.url for one in question.further_sources)))


def _living(work: Session, week: str) -> list[Living]:
    query = (
        select(QuestionRow, CandidateRow, func.min(ReleaseItemRow.week))
        .join(ReleaseItemRow, col(ReleaseItemRow.question_id) == col(QuestionRow.id))
        .join(CandidateRow, col(CandidateRow.id) == col(QuestionRow.candidate_id))
        .where(
            col(ReleaseItemRow.sealed).is_(True),
            ReleaseItemRow.week < week,
            col(QuestionRow.id).not_in(select(RetirementRow.question_id)),
        )
        .group_by(col(QuestionRow.id), col(CandidateRow.id))
    )
    rows = [(row.value(), candidate.value(), first) for row, candidate, first in work.exec(query)]
    names = {exhibit.document_id for _, candidate, _ in rows for exhibit in candidate.quotes}
    documents = documents_by_id(work, names)
    released = {row.week: row.published_at for row in work.exec(select(ReleaseRow))}
    found = [
        Living(
            question,
            tuple(documents[exhibit.document_id] for exhibit in candidate.quotes),
            first,
            released[first],
        )
        for question, candidate, first in rows
    ]
    return sorted(found, key=lambda one: one.question.id)


def _units(living: Iterable[Living]) -> dict[str, list[Living]]:
    units: dict[str, list[Living]] = {}
    for one in living:
        units.setdefault(one.question.pair or one.question.id, []).append(one)
    return dict(sorted(units.items()))


def _causes(
    work: Session,
    plan: Plan,
    living: Sequence[Living],
    decided: Mapping[str, tuple[Standing, Erratum]],
) -> dict[str, _Cause]:
    """Return why questions leave, by id; what an operator decided goes before what we find."""
    gone, withheld = withdrawals(work), withheld_reasons(work)
    leaked = _leaks(work, plan, living)
    newest = _newest_texts(work, plan, {one.question.id: one.documents[0] for one in living})
    causes: dict[str, _Cause] = {}
    for one in living:
        name = one.question.id
        taken_down = next((gone[d.source] for d in one.documents if d.source in gone), None)
        standing, erratum = decided.get(name, (None, None))
        stale = stale_since(one.question, plan.until.date(), newest.get(name))
        if taken_down:
            causes[name] = _Cause(0, "withdrawn", utc_date(taken_down.withdrawn_at))
        elif erratum and standing in ("retired", "nullified"):
            nullified = "nullified; " if standing == "nullified" else ""
            said = withheld.get(erratum.number, erratum.why)
            causes[name] = _Cause(1, f"{erratum.reason}: {nullified}{said}")
        elif name in leaked:
            causes[name] = _Cause(2, f"leaked: found in {leaked[name]}")
        elif stale:
            causes[name] = _Cause(3, f"stale: {stale}")
        elif one.age_weeks(plan.week) >= SEALED_WEEKS:
            causes[name] = _Cause(4, END_OF_LIFE)
    return causes


def _leaks(work: Session, plan: Plan, living: Sequence[Living]) -> dict[str, str]:
    """Return where sealed questions were found since they were sealed, by id."""
    if not living:
        return {}
    search = LeakSearch(
        {one.question.id: one.question for one in living},
        {one.question.id: "\n".join(d.text for d in one.documents) for one in living},
        {one.question.id: one.sealed_at for one in living},
    )
    return search.leaks(_texts_since(work, min(one.sealed_at for one in living), plan.as_of))


def _texts_since(work: Session, since: datetime, until: datetime) -> Iterator[Text]:
    at = col(DocumentRow.fetched_at)
    pages = select(DocumentRow).where(at > since, at <= until).execution_options(yield_per=500)
    for row in sorted(work.exec(pages), key=lambda row: row.id):
        document = row.value()
        yield Text(document.url, f"{document.title}\n{document.text}", document.fetched_at)
    for benchmark in sorted(work.exec(select(BenchmarkRow)), key=lambda row: row.name):
        added_at = benchmark.value().added_at
        if since < added_at <= until:
            rows = select(ReferenceRow).where(ReferenceRow.benchmark == benchmark.name)
            references = (row.value() for row in work.exec(rows))
            for reference in sorted(references, key=lambda one: one.row_id):
                name = f"benchmark {reference.benchmark}, row {reference.row_id}"
                yield Text(name, reference.question, added_at)


def stale_among(
    work: Session, plan: Plan, questions: Sequence[tuple[Question, str]]
) -> frozenset[str]:
    """Return the ids of questions whose answer does not hold any more, each with its document."""
    documents = {
        name: one
        for some in batched(sorted({document_id for _, document_id in questions}))
        for name, one in documents_by_id(work, some).items()
    }
    newest = _newest_texts(work, plan, {q.id: documents[name] for q, name in questions})
    day = plan.until.date()
    return frozenset(q.id for q, _ in questions if stale_since(q, day, newest.get(q.id)))


def _newest_texts(work: Session, plan: Plan, own: Mapping[str, Document]) -> dict[str, str]:
    """Return what each question's page said last, where it was read again since, by its id.

    Articles only: of a table or a list one row may go while what it said stays true.
    """
    articles = {name: document for name, document in own.items() if not document.locator}
    by_url: dict[str, list[Document]] = {}
    for some in batched(sorted({document.url for document in articles.values()})):
        for row in work.exec(select(DocumentRow).where(col(DocumentRow.url).in_(some))):
            by_url.setdefault(row.url, []).append(row.value())
    found = {}
    for name, read in articles.items():
        later = [
            document
            for document in by_url[read.url]
            # Another extractor may leave out what still stands on the page.
            if document.extractor == read.extractor
            and document.text_removed_at is None
            and read.fetched_at < document.fetched_at <= plan.as_of
        ]
        if later:
            found[name] = max(later, key=lambda one: (one.fetched_at, one.id)).text
    return found


def _retirements(
    work: Session, decided: Mapping[str, tuple[Standing, Erratum]]
) -> Iterator[tuple[str, str]]:
    """Yield a page and a reason for every unit that was retired before its time."""
    query = select(QuestionRow, RetirementRow).join(
        RetirementRow, col(RetirementRow.question_id) == col(QuestionRow.id), isouter=True
    )
    entered = col(QuestionRow.id).in_(select(ErratumRow.question_id))
    wanted = entered | col(RetirementRow.question_id).is_not(None)
    units: set[tuple[str, str, str]] = set()
    for row, retirement in work.exec(query.where(wanted)):
        standing, erratum = decided.get(row.id, (None, None))
        if erratum and standing != "disputed":
            reason: str = erratum.reason
        elif retirement:
            reason = retirement.why.partition(":")[0]
        else:
            continue
        # Releases of before said "end of its six weeks".
        if not reason.startswith("end of"):
            units |= {(row.pair or row.id, url, reason) for url in urls_of(row.value())}
    yield from ((url, reason) for _, url, reason in sorted(units))
