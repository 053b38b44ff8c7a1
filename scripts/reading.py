"""What the reading commands show: values from the store, printed for a person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session, col, select

from scripts.wiring import House
from store.audit import Chain, chain_of
from store.candidates import documents_by_id, findings_of, standings
from store.database import session
from store.funnel import Funnel
from store.records import SourceReport
from store.tables import BenchmarkRow, FindingRow, ReleaseItemRow

if TYPE_CHECKING:
    from scripts.doctor import Examined
    from scripts.weekly import WeekReport

console = Console(highlight=False)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _rows(table: Table, rows: Iterable[Sequence[object]]) -> None:
    for row in rows:
        # Text from the web is data: rich's markup in it is shown, not obeyed.
        table.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    console.print(table)


# --- a week -------------------------------------------------------------------------------


def week_as_json(report: WeekReport) -> dict[str, Any]:
    """Return a week's run as a JSON object."""
    return {
        "week": report.plan.week,
        "cutoff": report.plan.cutoff.isoformat(),
        "already_released": report.already,
        "sources": [one.model_dump(mode="json") for one in report.reports],
        "notes": list(report.notes),
        "funnel": asdict(report.funnel),
        "release": report.release.model_dump(mode="json") if report.release else None,
    }


def print_week(report: WeekReport, house: House) -> None:
    """Print what a week's run did."""
    if report.reports:
        print_reports(report.reports)
    print_funnel(report.funnel)
    for sentence in report.notes:
        console.print(f"note: {escape(sentence)}", soft_wrap=True)
    note = report.release
    if note is None:
        why = "another process has this try" if report.taken else "dry run"
        console.print(f"not published: {why}")
        return
    state = "was released before" if report.already else "released"
    folder = house.settings.releases_dir / note.week
    console.print(
        f"{note.week} {state}: {note.n_open} open and {note.n_sealed} sealed questions in {folder}",
        soft_wrap=True,
    )
    question = first_question(house, note.week)
    if question:
        console.print(f"where one comes from: unseen audit {question}")


def print_reports(reports: Sequence[SourceReport]) -> None:
    """Print how each source's visit ended."""
    table = _table("source", "listed", "new documents", "unchanged", "refused", "failed because")
    _rows(
        table,
        [
            (r.source, r.n_listed, r.n_documents, r.n_unchanged, r.n_refused, r.error)
            for r in reports
        ],
    )


def print_funnel(counts: Funnel) -> None:
    """Print how many went in and where the others stopped."""
    drafted, accepted = sum(counts.drafted.values()), sum(counts.accepted.values())
    rows: list[tuple[object, ...]] = [("documents", counts.documents, "")]
    rows += [(f"  stopped by {name}", -n, "") for name, n in counts.documents_stopped.items()]
    rows.append(("questions drafted", drafted, _by_family(counts.drafted)))
    rows += [
        (
            f"  stopped by {name}",
            -n,
            f"{counts.held[name]} of them held" if name in counts.held else "",
        )
        for name, n in counts.stopped.items()
    ]
    if counts.waiting:
        rows.append(("  not examined yet", -counts.waiting, ""))
    rows.append(("questions accepted", accepted, _by_family(counts.accepted)))
    if counts.refused:
        refused = sum(counts.refused.values())
        rows.append(("drafts refused before", refused, _by_family(counts.refused)))
    if counts.cost.calls:
        rows.append(("model calls", sum(counts.cost.calls.values()), _by_family(counts.cost.calls)))
        each = [
            f"{name.replace('_', ' ')} {value:g}" for name, value in counts.per_accepted.items()
        ]
        rows.append(("  an accepted question", "", " · ".join(each)))
    _rows(_table("funnel", "count", ""), rows)


def _by_family(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{name} {n}" for name, n in counts.items())


def first_question(house: House, week: str) -> str | None:
    """Return the id of an open question of a release."""
    query = select(ReleaseItemRow.question_id).where(
        ReleaseItemRow.week == week,
        ReleaseItemRow.sealed == False,  # noqa: E712 - SQL
    )
    with session(house.engine) as work:
        return work.exec(query.order_by(ReleaseItemRow.question_id)).first()


def urls(house: House, port: int) -> str:
    """Return the addresses worth knowing, a line each."""
    base = f"http://127.0.0.1:{port}"
    return (
        f"pages        {base}/\n"
        f"this week    {base}/v1/sets/latest\n"
        f"questions    {base}/v1/sets/latest/questions.jsonl\n"
        f"API          {base}/openapi.json"
    )


# --- one question -------------------------------------------------------------------------


def chain(house: House, question_id: str) -> Chain:
    """Return the whole chain of a question."""
    with session(house.engine) as work:
        return chain_of(work, question_id)


def print_chain(chain: Chain) -> None:
    """Print where a question comes from, step by step."""
    q, c, d = chain.question, chain.candidate, chain.document
    lines: list[tuple[str, object]] = [
        ("question", f"{q.question}"),
        ("options", " · ".join(q.choices) if q.choices else "free answer"),
        ("answer", f"{q.answer}  ({q.answer_kind})"),
        ("family", f"{q.family}, {q.setting}, difficulty {q.difficulty}"),
        ("source", f"{d.source} – {d.title}"),
        ("address", d.url),
        ("licence", f"{d.licence}, {d.attribution}"),
        ("published", f"{d.published_at:%Y-%m-%d %H:%M} UTC, known by its {d.date_basis}"),
        ("captured", f"{chain.capture.fetched_at:%Y-%m-%d %H:%M} UTC, HTTP {chain.capture.status}"),
        ("bytes", f"SHA-256 {d.capture_sha256}, {chain.capture.n_bytes} bytes"),
        ("text", f"SHA-256 {d.text_sha256}, by {d.extractor}"),
        ("quote", f"{c.quote if d.text_removed_at is None else d.title}"),
        ("at", f"characters {c.quote_span.start}–{c.quote_span.end} of the text"),
        ("written by", f"{c.writer}, prompt {c.prompt_sha256[:16]}…"),
    ]
    if q.pair:
        lines.append(("pair", f"{q.pair}, {q.pair_role}"))
    for name, value in lines:
        body = textwrap.fill(str(value), width=96, initial_indent="", subsequent_indent=" " * 13)
        console.print(f"[bold]{name:<12}[/bold] {escape(body)}", soft_wrap=True)
    table = _table("check", "version", "verdict", "score", "limit", "why")
    _rows(
        table,
        [(f.check, f.version, f.outcome, f.score, f.threshold, f.why) for f in chain.findings],
    )
    for carried in chain.releases:
        kept = "answer sealed" if carried.sealed else "answer open"
        console.print(f"released in {carried.week}, {carried.role}, {kept}")
    if chain.live_sealed:
        console.print("sealed: this terminal is the operator's; the API never shows the answer")


# --- lists --------------------------------------------------------------------------------


def candidates(
    house: House, *, week: str | None, rejected_by: str | None, limit: int
) -> list[dict[str, Any]]:
    """Return candidates with the reason they stopped."""
    with session(house.engine) as work:
        rows = _stopped_documents(work, rejected_by) if rejected_by else []
        for standing in standings(work, week=week, stopped_by=rejected_by, limit=limit):
            found = findings_of(work, standing.candidate.id)
            last = found[-1] if found else None
            rows.append(
                {
                    "id": standing.candidate.id,
                    "state": standing.state,
                    "stopped_by": standing.stopped_by,
                    "why": last.why if last else "not examined yet",
                    "score": last.score if last else None,
                    "threshold": last.threshold if last else None,
                    "family": standing.candidate.family,
                    "question": standing.candidate.question,
                    "answer": standing.candidate.key.answer,
                }
            )
        return rows


def _stopped_documents(work: Session, check: str) -> list[dict[str, Any]]:
    """Return the documents a check stopped before any question was written."""
    query = select(FindingRow).where(
        FindingRow.check == check,
        FindingRow.outcome != "pass",
        col(FindingRow.subject).startswith("d_"),
    )
    found = {row.subject: row.value() for row in work.exec(query.order_by(col(FindingRow.number)))}
    documents = documents_by_id(work, found)
    return [
        {
            "id": name,
            "state": "rejected" if finding.outcome == "fail" else "held",
            "stopped_by": check,
            "why": finding.why,
            "score": finding.score,
            "threshold": finding.threshold,
            "family": "document",
            "question": f"(whole document) {documents[name].url}",
            "answer": documents[name].title,
        }
        for name, finding in found.items()
        if name in documents
    ]


def print_candidates(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print candidates."""
    columns = ("state", "check", "score", "limit", "why", "question", "answer")
    keys = ("state", "stopped_by", "score", "threshold", "why", "question", "answer")
    _rows(_table(*columns), [tuple(row[key] for key in keys) for row in rows])


def print_source_test(row: Mapping[str, Any]) -> None:
    """Print what a URL would give."""
    for name, value in row.items():
        if name == "questions":
            continue
        shown = "" if value is None else str(value)
        cut = shown if len(shown) <= 600 else f"{shown[:600]}…"
        console.print(f"[bold]{name:<14}[/bold] {escape(cut)}")
    for draft in row.get("questions") or ():
        console.print(f"  {escape(draft['family'])}: {escape(draft['question'])}")
        console.print(f"    [dim]{escape(draft['answer'])}[/dim]")


def benchmarks(house: House) -> list[dict[str, Any]]:
    """Return the benchmarks in the reference index."""
    with session(house.engine) as work:
        rows = work.exec(select(BenchmarkRow).order_by(BenchmarkRow.name))
        return [row.value().model_dump(mode="json") for row in rows]


def print_benchmarks(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print benchmarks."""
    if not rows:
        console.print("no benchmark is known yet; add one: unseen benchmarks add NAME-or-FILE")
        return
    table = _table("benchmark", "rows", "licence", "shown", "revision", "origin")
    _rows(
        table,
        [
            (
                r["name"],
                r["n_rows"],
                r["licence"],
                "yes" if r["text_may_be_shown"] else "no",
                str(r["revision"])[:16],
                r["origin"],
            )
            for r in rows
        ],
    )


def known_benchmarks() -> list[dict[str, Any]]:
    """Return the benchmarks that can be added by name."""
    from generator.gate import known

    return [
        {"name": name, **one.model_dump(mode="json"), "may_be_shown": one.may_be_shown}
        for name, one in known.known_benchmarks().items()
    ]


def print_known_benchmarks(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print them; what nobody could look up is marked."""
    table = _table("name", "hub dataset", "licence", "text shown", "recommended", "looked up")
    _rows(
        table,
        [
            (
                r["name"],
                r["hub"],
                r["licence"],
                "yes" if r["may_be_shown"] else "id and hash only",
                "yes" if r["recommended"] else "",
                _looked_up(r),
            )
            for r in rows
        ],
    )


def _looked_up(row: Mapping[str, Any]) -> str:
    unread = [part for part in ("columns", "licence") if not row[f"{part}_read"]]
    return f"{row['read_on']}" + (f", {' and '.join(unread)} unverified" if unread else "")


def print_gate(row: Mapping[str, Any]) -> None:
    """Print the gate's verdict on one question."""
    console.print(f"[bold]{escape(str(row['verdict']))}[/bold]: {escape(str(row['why']))}")
    for pair in row["pairs"]:
        text = pair["text"] or "(its licence does not let the text be shown)"
        console.print(
            f"  {escape(pair['benchmark'])} {escape(pair['row_id'])}  cosine {pair['cosine']:.3f}, "
            f"words {pair['lexical']:.2f}: {escape(text)}",
            soft_wrap=True,
        )


def print_doctor(findings: Sequence[Examined]) -> None:
    """Print what was examined."""
    rows = [("ok" if f.ok else "TO DO", f.name, f.says) for f in findings]
    _rows(_table("", "what", ""), rows)
