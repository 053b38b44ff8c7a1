"""One ISO week, stage by stage: collect, generate, check, release; each does only the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scripts.closing import draft_release, first_visits
from scripts.invented import listed_with_ours, store_pages, visits_with_ours
from scripts.standing import looks_of
from scripts.wiring import House, Plan
from store.candidates import accepted_questions
from store.database import session
from store.documents import documents_before, documents_published
from store.errors import NotFound
from store.funnel import Funnel, funnel
from store.records import Document, ReleaseNote, SourceReport
from store.runs import WEEK, abandon_runs, claim_run, finish_run, run_key
from store.sources import enter_sources, readable, withdrawals
from store.tables import ReleaseRow

Progress = Callable[[str, int, int], None]
Note = Callable[[str], None]


def unheard(sentence: str) -> None:
    """Take a note nobody asked for."""


@dataclass(frozen=True)
class WeekReport:
    """What one run of a week did.

    Attributes:
        reports: How each source's visit ended; empty when nothing was collected.
        release: The published week; None when the run stopped before.
        already: Whether the week had been published before this run.
        taken: Whether another process had taken the scheduled try, so that this one did nothing.
        notes: What went wrong without stopping the week, a sentence each.
    """

    plan: Plan
    reports: Sequence[SourceReport]
    funnel: Funnel
    release: ReleaseNote | None
    already: bool = False
    taken: bool = False
    notes: Sequence[str] = ()

    @property
    def failed(self) -> list[SourceReport]:
        """The sources that could not be read."""
        return [report for report in self.reports if report.error]


def collect(
    house: House, plan: Plan, progress: Progress, only: str | None = None
) -> list[SourceReport]:
    """Visit every enabled source, or one; a failing one is reported and stops nobody.

    Raises:
        NotFound: No source is called `only`.
    """
    from scrapers.lanes import run_lanes

    sources = [source for source in house.sources if only in (None, source.name)]
    if not sources:
        raise NotFound("source", str(only))
    with session(house.engine) as work:
        enter_sources(work, house.sources)
        wanted = readable(work, sources)
    progress("collect", 0, len(wanted))
    # Two processes never read one source at a time; the daemon's visits wait for a week's.
    with (
        house.alone(*(f"source-{source.name}" for source in sources)),
        house.collector(plan.cutoff) as collector,
    ):
        reports = {}
        for report in run_lanes(wanted, collector.collect):
            reports[report.source] = report
            progress("collect", len(reports), len(wanted))
    return [reports[source.name] for source in wanted]


def generate(house: House, plan: Plan, progress: Progress, note: Note = unheard) -> int:
    """Draft candidates from every document of the window; returns how many are new.

    A writer that cannot be set up is noted, and the rules write alone.
    """
    from generator.checks import document_checks
    from generator.families import FAMILIES, JOINS
    from generator.families.written import writing_families
    from generator.pipeline import Line
    from scrapers.rereading import Rereader

    desks = house.desks(plan.week, note)
    with session(house.engine) as work:
        taken_down = withdrawals(work)
    line = Line(
        engine=house.engine,
        week=plan.week,
        document_checks=document_checks(
            cutoff=plan.cutoff,
            until=plan.until,
            sources=listed_with_ours(house),
            first_visits=visits_with_ours(first_visits(house.engine), plan.as_of),
            now=plan.as_of,
            withdrawals=taken_down,
        ),
        families=FAMILIES,
        joins=JOINS,
        writers=writing_families(desks, plan.as_of.date(), plan.cutoff.date()),
        structure=Rereader(house.engine, house.blobs).grids,
        checks=(),
        clock=house.clock,
        progress=progress,
    )
    with house.alone("line"):
        # Invented pages only vary a week: alone they are none.
        if _documents(house, plan):
            store_pages(house, plan.week)
        return line.write(_documents(house, plan))


def check(house: House, plan: Plan, progress: Progress, note: Note = unheard) -> int:
    """Examine every candidate that is not settled; returns how many were accepted.

    A verifier that cannot be set up is noted, and what a model wrote is held.

    Raises:
        IndexUnusable: Without a reference index nothing can be called clean.
    """
    from generator.checks import candidate_checks
    from generator.checks.source import StandingSentence
    from generator.pipeline import Line
    from scrapers.extract import EXTRACTOR
    from scrapers.rereading import Rereader

    # What was accepted is read under the lock: another process may just be adding to it.
    with house.alone("line"):
        with session(house.engine) as work:
            earlier = accepted_questions(work)
            taken_down = withdrawals(work)
        line = Line(
            engine=house.engine,
            week=plan.week,
            document_checks=(),
            families=(),
            checks=candidate_checks(
                standing=StandingSentence(
                    sources=listed_with_ours(house),
                    withdrawals=taken_down,
                    looks=lambda document: looks_of(house, document),
                    now=plan.as_of,
                ),
                reread=Rereader(house.engine, house.blobs),
                extractor=EXTRACTOR,
                embedder=house.embedder,
                earlier=earlier,
                gate=house.gate(note),
                desks=house.desks(plan.week, note),
                today=plan.as_of.date(),
                older=lambda: documents_before(house.engine, plan.cutoff),
                window=lambda: _documents(house, plan),
                now=plan.as_of,
            ),
            clock=house.clock,
            progress=progress,
        )
        return line.examine()


def release(house: House, plan: Plan) -> ReleaseNote:
    """Publish the week, whole or not at all.

    Raises:
        ReleaseExists: It is published already.
    """
    from store.releases.publish import publish

    _refuse_unfinished(plan)
    # Drawing and publishing are one step, or two weeks could take the same question.
    with house.alone("line"):
        draft = draft_release(house, plan)
        return publish(draft, house.settings.releases_dir, house.engine, house.keys)


def published(house: House, week: str) -> ReleaseNote | None:
    """Return the release of a week, if there is one."""
    with session(house.engine) as work:
        row = work.get(ReleaseRow, week)
        return row.value() if row else None


def run_week(
    house: House,
    plan: Plan,
    progress: Progress,
    *,
    dry_run: bool = False,
    scheduled_at: datetime | None = None,
) -> WeekReport:
    """Run all four stages; run again after any crash, it does the rest.

    Args:
        house: What to work with.
        plan: Which week.
        progress: Told (stage, done, total).
        dry_run: Stop before publishing.
        scheduled_at: The instant this try is for, which one process alone may take; None for a
            run by hand.
    """
    if not dry_run:
        _refuse_unfinished(plan)
    with house.alone("week"):
        return _run_alone(house, plan, progress, dry_run=dry_run, scheduled_at=scheduled_at)


def _refuse_unfinished(plan: Plan) -> None:
    if not plan.over:
        raise ValueError(
            f"{plan.week} is not over on {plan.as_of:%Y-%m-%d}; what is released never changes"
        )


def _run_alone(
    house: House, plan: Plan, progress: Progress, *, dry_run: bool, scheduled_at: datetime | None
) -> WeekReport:
    if note := published(house, plan.week):
        return WeekReport(plan, (), week_funnel(house, plan.week), note, already=True)
    number = _begin(house, plan, scheduled_at)
    if number is None:
        return WeekReport(plan, (), week_funnel(house, plan.week), None, taken=True)

    def end(state: str, why: str | None, summary: Mapping[str, int] | None = None) -> None:
        finish_run(house.engine, number, state, house.clock(), why, summary)

    # Two stages set up the same models; what is wrong with one is said once.
    notes: dict[str, None] = {}
    try:
        reports = collect(house, plan, progress)
        generate(house, plan, progress, notes.setdefault)
        check(house, plan, progress, notes.setdefault)
        note = None if dry_run else release(house, plan)
    except (KeyboardInterrupt, SystemExit):
        end("partial", "told to stop; what was done is kept, the next run does the rest")
        raise
    except BaseException as error:
        end("failed", str(error) or type(error).__name__)
        raise
    failed = [f"{report.source}: {report.error}" for report in reports if report.error]
    state = "dry run" if dry_run else "partial" if failed else "done"
    counts = {"n_documents": sum(report.n_documents for report in reports)}
    if note:
        counts |= {"n_open": note.n_open, "n_sealed": note.n_sealed}
    end(state, "; ".join((*failed, *notes)) or None, counts)
    return WeekReport(plan, reports, week_funnel(house, plan.week), note, notes=list(notes))


def week_funnel(house: House, week: str) -> Funnel:
    """Return the counts of one week."""
    with session(house.engine) as work:
        return funnel(work, week)


def _documents(house: House, plan: Plan) -> list[Document]:
    """Return the documents of the window, oldest first."""
    with session(house.engine) as work:
        return documents_published(work, plan.cutoff, plan.until)


def _begin(house: House, plan: Plan, scheduled_at: datetime | None) -> int | None:
    """Take a try of the week; None when another process has the one that was scheduled."""
    abandon_runs(house.engine, WEEK, house.clock())
    at = scheduled_at or house.clock()
    while (
        number := claim_run(house.engine, WEEK, run_key(at, plan.week), house.clock())
    ) is None and scheduled_at is None:
        # Two runs by hand in one second are two runs.
        at += timedelta(seconds=1)
    return number
