"""Closing a week: from accepted questions to a release draft, the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from generator.checks.balance import Balanced, balance_of, balanced, nearest_by_words
from generator.families.traits import TRAITS, varies
from generator.llm import model_family
from generator.publishers import publisher_at
from generator.rotation.anchors import MAX_AGE_WEEKS, Alive, choose_anchors, n_anchors
from generator.rotation.caps import Caps
from generator.rotation.draw import draw
from generator.rotation.life import SEALED_WEEKS
from generator.rotation.sealing import sealed_units
from generator.rotation.units import units_of
from generator.stories import near_copies, stories_of
from scripts.leaving import fates, stale_among, urls_of
from scripts.takedown import finish_take_downs
from scripts.wiring import House, Plan
from store.audit import Chain, chain_of, provenance_line
from store.candidates import check_versions, documents_by_id, unreleased_questions
from store.database import session
from store.errata import head_of, ledger
from store.errors import NothingToRelease, ReleaseHeld
from store.funnel import funnel
from store.gate_counts import gate_counts
from store.protocol import PROTOCOL_VERSION
from store.records import Erratum, Question, content_hash
from store.releases import MANIFEST
from store.releases.changes import FIRST, Changes
from store.releases.publish import Draft, Item, Retired
from store.tables import (
    BenchmarkRow,
    DocumentRow,
    QuestionRow,
    ReleaseItemRow,
    ReleaseRow,
    SourceReportRow,
)


def draft_release(house: House, plan: Plan) -> Draft:
    """Draw the week's questions and say in the manifest how it came about.

    Raises:
        NothingToRelease: No question passed every check.
        ReleaseHeld: The questions are out of balance by more than leaving some out can mend.
    """
    settings = house.settings
    finish_take_downs(house)
    with session(house.engine) as work:
        publisher_of, target = _publisher_in(work), settings.questions_per_week
        before = fates(work, plan, publisher_of, maker_of)
        pool = _pool(work, plan, before.barred)
        stale = stale_among(work, plan, pool)
        pool = [one for one in pool if one[0].id not in stale]
        documents = {document_id for _, document_id in pool}
        documents |= {one.unit.document_id for one in before.alive}
        copies = _copies_in(work, documents)
        story_of = stories_of(documents, copies)
        units = units_of(pool, publisher_of, story_of, maker_of)
        carried = choose_anchors(
            [one.of_story(story_of[one.unit.document_id]) for one in before.alive],
            plan.week,
            target,
        )
        anchors = [one.unit for one in carried]
        drawn = draw(units, plan.week, target, Caps(), carried=anchors, apart=before.apart)
        # An anchor has last week's value by design, and nobody outside knows it.
        again = {question.id for unit in anchors for question in unit.questions}
        before_it = [one for one in _released_before(work, plan.week) if one[0].id not in again]
        last_week = [question for question, _ in before_it]
        public = [question for question, sealed in before_it if not sealed]
        fair = balanced(drawn.units, plan.week, last_week, anchors)
        if fair.held:
            raise ReleaseHeld(plan.week, "; ".join(fair.held))
        sealed = sealed_units(
            fair.units,
            settings.sealed_share,
            lambda unit: house.keys.seal_ticket(plan.week, unit),
        )
        if not fair.units:
            raise NothingToRelease(plan.week, _why_nothing(work, plan.week))
        chosen = [
            *((plan.week, u.id in sealed, q) for u in fair.units for q in u.questions),
            *((one.first_release, True, q) for one in carried for q in one.unit.questions),
        ]
        chains = {question.id: chain_of(work, question.id) for _, _, question in chosen}
        stories = _stories_in(chains.values(), copies)
        items = [
            _item(chains[question.id], question, first, stories, sealed=is_sealed)
            for first, is_sealed, question in chosen
        ]
        entries = ledger(work)
        changes = _changes(work, settings.releases_dir, plan.week, items, before.retired, entries)
        counts = funnel(work, plan.week)
        statement = {
            "policy": {
                "target": settings.questions_per_week,
                "sealed_share": settings.sealed_share,
                "sealed_weeks": SEALED_WEEKS,
                "anchors": {"wanted": n_anchors(target), "carried": _n_places(carried)},
                "anchor_weeks": MAX_AGE_WEEKS,
                "mix_percent": {row.name: row.share for row in TRAITS.values() if row.share},
                "caps": asdict(Caps()),
                "protocol_version": PROTOCOL_VERSION,
                "relaxed": list(drawn.relaxed),
                "shortfall": drawn.shortfall,
                "surplus_variants": drawn.surplus,
            },
            "balance": _balance(items, fair, public),
            "checks": check_versions(work),
            "index": _index(work),
            "gate": asdict(gate_counts(work, plan.week)),
            "funnel": asdict(counts),
            # What the week could draw from: its own questions, and what earlier weeks left.
            "pool": {"accepted": len(pool), "of_earlier_weeks": _left_over(work, pool, plan.week)},
            "cost": asdict(counts.cost) | {"per_accepted": counts.per_accepted},
            "errata": {"entries": len(entries), "head_sha256": head_of(entries)},
            "writers": sorted({item.question.writer for item in items}),
        }
    return Draft(plan.week, plan.as_of, plan.cutoff, items, before.retired, statement, changes)


def _pool(work: Session, plan: Plan, barred: frozenset[str]) -> list[tuple[Question, str]]:
    """Return what the week may draw from: accepted, unreleased, of its time, and not in doubt."""
    return [
        (question, document_id)
        for question, document_id in unreleased_questions(work)
        if plan.cutoff <= question.source_published_at < plan.until
        and barred.isdisjoint((question.id, *urls_of(question)))
    ]


def _n_places(carried: Sequence[Alive]) -> int:
    return sum(len(one.unit.places) for one in carried)


def maker_of(writer: str) -> str:
    """Return who made the model that a writer is; empty of a rule."""
    return "" if writer.startswith("rule:") else model_family(writer)


def _balance(
    items: Sequence[Item], fair: Balanced, last_week: Sequence[Question]
) -> dict[str, Any]:
    """Return what lazy strategies score, by the open rows alone.

    All rows decided whether the release may go out; but a count over sealed ones, less that over
    the open ones beside it, would tell how sealed ones are answered. Of the week before, too, the
    open rows alone are compared.
    """
    opened = [item.question for item in items if not item.sealed]
    stated = balance_of(opened, last_week, nearest_by_words).as_json()
    return stated | {"of": "open rows", "left_out": dict(fair.left_out)}


def _released_before(work: Session, week: str) -> list[tuple[Question, bool]]:
    """Return the questions of the newest release before `week`, and whether each is sealed."""
    before = select(func.max(ReleaseItemRow.week)).where(col(ReleaseItemRow.week) < week)
    query = (
        select(QuestionRow, ReleaseItemRow.sealed)
        .join(ReleaseItemRow, col(ReleaseItemRow.question_id) == col(QuestionRow.id))
        .where(col(ReleaseItemRow.week) == before.scalar_subquery())
        .order_by(QuestionRow.id)
    )
    return [(row.value(), sealed) for row, sealed in work.exec(query)]


def _changes(
    work: Session,
    root: Path,
    week: str,
    items: Sequence[Item],
    retired: Sequence[Retired],
    entries: Sequence[Erratum],
) -> Changes:
    """Return what the card says of the release before."""
    before = work.exec(
        select(ReleaseRow).where(ReleaseRow.week < week).order_by(col(ReleaseRow.week).desc())
    ).first()
    if before is None:
        return FIRST
    past = select(func.count()).where(
        ReleaseItemRow.week == before.week, col(ReleaseItemRow.sealed).is_(False)
    )
    manifest = json.loads((root / before.week / MANIFEST).read_bytes())
    told = manifest.get("errata", {}).get("entries", 0)
    n_new = sum(item.first_release == week for item in items)
    return Changes(
        since=before.week,
        n_new=n_new,
        n_carried=len(items) - n_new,
        n_past=work.exec(past).one(),
        retired=[gone.why for gone in retired],
        errata=[one for one in entries if one.number > told],
    )


def _why_nothing(work: Session, week: str) -> str:
    """Say where the candidates went: the check that stopped most of them."""
    counts = funnel(work, week)
    if not counts.documents:
        return "no document of the window was collected; look at: unseen sources list"
    # What only varies others makes no week: it was not what was missing.
    n_drafted = sum(n for family, n in counts.drafted.items() if not varies(family, None))
    if not n_drafted:
        return f"{counts.documents} documents gave no question; look at: unseen candidates"
    worst = max(counts.stopped, key=lambda name: counts.stopped[name], default="")
    return (
        f"{n_drafted} candidates were drafted and check {worst} stopped most of them; "
        f"look at: unseen candidates --rejected-by {worst}"
    )


def _copies_in(work: Session, document_ids: set[str]) -> list[tuple[str, str]]:
    """Return pairs of documents of which one copies the other."""
    return list(near_copies([*documents_by_id(work, sorted(document_ids)).values()]))


def _stories_in(chains: Iterable[Chain], copies: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return the story of each document of a release: copies, and what shares a question."""
    together = [
        [chain.document.id, *(q.document_id for q in chain.candidate.also)] for chain in chains
    ]
    there = {name for group in together for name in group}
    return stories_of(there, [*together, *(pair for pair in copies if there.issuperset(pair))])


def _item(
    chain: Chain,
    question: Question,
    first_release: str,
    stories: Mapping[str, str],
    *,
    sealed: bool,
) -> Item:
    question = question.model_copy(update={"cluster": stories[chain.document.id]})
    line = provenance_line(
        question,
        chain.candidate,
        chain.document,
        chain.capture,
        list(chain.findings),
        sealed=sealed,
        further=chain.further,
    )
    return Item(question, first_release, sealed, line)


def _publisher_in(work: Session) -> Callable[[Question], str]:
    """Return who published a question's source."""

    @cache
    def source_of(url: str) -> str:
        # Of two sources that read one page it is the same one on every database.
        query = select(func.min(DocumentRow.source)).where(DocumentRow.url == url)
        return str(work.exec(query).one())

    return lambda question: publisher_at(question.source_url, source_of(question.source_url))


def _index(work: Session) -> dict[str, Any]:
    """Return which benchmarks were checked, with rows: silence about one is not clean."""
    # Sorted here: databases order names by their own collations.
    known = sorted(
        (row.value() for row in work.exec(select(BenchmarkRow))), key=lambda one: one.name
    )
    return {
        "benchmarks": [
            {"name": b.name, "rows": b.n_rows, "revision": b.revision, "licence": b.licence}
            for b in known
        ],
        "rows": sum(b.n_rows for b in known),
        "sha256": content_hash([[b.name, b.revision, b.n_rows] for b in known]),
    }


def _left_over(work: Session, pool: Sequence[tuple[Question, str]], week: str) -> int:
    """Count the questions of the pool that an earlier week accepted and no week took."""
    own = set(work.exec(select(QuestionRow.id).where(QuestionRow.accepted_week == week)))
    return sum(question.id not in own for question, _ in pool)


def first_visits(engine: Engine) -> dict[str, datetime]:
    """Return when each source was first visited."""
    query = select(SourceReportRow.source, func.min(SourceReportRow.finished_at))
    with session(engine) as work:
        return dict(work.exec(query.group_by(SourceReportRow.source)).all())
