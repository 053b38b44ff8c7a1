"""Print how fast the store takes candidates and findings in, and finds them among a million.

    python -m tests.bench.store_report [--rows 1000000] [--postgres]

Taking in is held against one commit a row through SQLModel and against SQLAlchemy Core's
executemany of the same values, in the same run on the same kind of database. What is read at depth
is held against OFFSET. Every statement that is timed has its plan printed, and the run ends with an
error when one reads a whole table or sorts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import Session

from store.audit import chain_of
from store.bulk import batched
from store.candidates import accept_all, candidates_on, findings_of, save_drafts, save_findings
from store.database import open_engine, session, upgrade
from store.records import Candidate, Finding, Question
from store.releases.keys import Keys
from store.tables import CandidateRow, FindingRow, QuestionRow
from tests.building import EARLIER, Story, Told, World
from tests.plans import faults, listening, plan_of
from tests.postgres import running_postgres

AT_ONCE = 1_000
TOPICS = tuple(f"topic-{number:02}" for number in range(20))
CHECKS = tuple(f"check-{number:02}" for number in range(20))
#: One candidate in so many becomes a question with a finding of every check.
ACCEPTED = 100
PAGE = 20
DEPTHS = (0.0, 0.10, 0.50, 0.99)
AT = datetime(2026, 8, 16, 12, tzinfo=UTC)

Values = tuple[list[Candidate], list[Finding], list[Question]]


def name_of(number: int) -> str:
    """Return sixteen hex digits that lie where no order of writing has put them."""
    return sha256(str(number).encode()).hexdigest()[:16]


def values_of(told: Told, count: int) -> Values:
    """Return candidates with a finding and a question each."""
    candidates, findings, questions = [], [], []
    for number in range(count):
        name = name_of(number)
        candidates.append(
            told.candidate.model_copy(
                update={"id": f"c_{name}", "topic": TOPICS[number % len(TOPICS)]}
            )
        )
        findings.append(finding(f"c_{name}", CHECKS[0]))
        questions.append(told.question.model_copy(update={"id": f"q_{name}"}))
    return candidates, findings, questions


def finding(subject: str, check: str) -> Finding:
    return Finding(
        subject=subject, check=check, version=1, outcome="pass", score=1.0, found_at=AT,
        why="the quote is found at its offsets, letter for letter", evidence={"distance": 0},
    )  # fmt: skip


@contextmanager
def databases(postgres: bool, folder: Path) -> Iterator[Callable[[], Engine]]:
    """Yield what makes an empty database at the newest schema."""
    made: list[Engine] = []

    def keep(url: str) -> Engine:
        made.append(open_engine(url))
        upgrade(made[-1])
        return made[-1]

    if not postgres:
        yield lambda: keep(f"sqlite:///{folder / str(len(made))}.db")
    else:
        # Durable, as it is run: what was committed survives a power cut.
        with running_postgres("-c shared_buffers=512MB -c max_wal_size=4GB") as server:
            yield lambda: keep(server.new_database())
            for engine in made:
                engine.dispose()
    for engine in made:
        engine.dispose()


def rate(count: int, act: Callable[[], object]) -> float:
    """Return rows a second."""
    started = time.perf_counter()
    act()
    return count / (time.perf_counter() - started)


def line(name: str, per_s: float, one_by_one: float, core: float) -> None:
    print(f"  {name:<34}{per_s:>10,.0f}{per_s / one_by_one:>10.1f}{per_s / core:>10.2f}")


def one_by_one(engine: Engine, rows: Sequence[Any]) -> None:
    for row in rows:
        with Session(engine) as work:
            work.add(row)
            work.commit()


def by_core(engine: Engine, table: Any, values: Sequence[Any], columns: Callable[..., Any]) -> None:
    for some in batched(values, AT_ONCE):
        with engine.begin() as connection:
            connection.execute(insert(table), [columns(value) for value in some])


def ours(
    engine: Engine, values: Sequence[Any], save: Callable[[Session, list[Any]], object]
) -> None:
    for some in batched(values, AT_ONCE):
        with session(engine) as work:
            save(work, some)


def candidate_columns(value: Candidate) -> dict[str, Any]:
    return {
        "id": value.id, "document_id": value.document_id, "family": value.family,
        "topic": value.topic, "pair": value.pair, "week": EARLIER, "state": "drafted",
        "stopped_by": None, "body": value.model_dump(mode="json"),
    }  # fmt: skip


def finding_columns(value: Finding) -> dict[str, Any]:
    return {
        "subject": value.subject, "check": value.check, "version": value.version,
        "attempt": value.attempt, "outcome": value.outcome, "body": value.model_dump(mode="json"),
    }  # fmt: skip


def taking_in(new: Callable[[], Engine], told: Told, count: int, few: int) -> None:
    """Print how many rows a second each way takes in."""
    candidates, findings, questions = values_of(told, count)
    slow, core, own = new(), new(), new()
    print(f"\ntaking in {count:,} of each, {AT_ONCE:,} a commit ({few} for one commit a row)")
    print(f"  {'':<34}{'rows/s':>10}{'x single':>10}{'x Core':>10}")
    print("  candidates")
    rows: list[Any] = [CandidateRow.of(one, week=EARLIER) for one in candidates[:few]]
    single = rate(few, lambda: one_by_one(slow, rows))
    plain = rate(count, lambda: by_core(core, CandidateRow, candidates, candidate_columns))
    saved = rate(
        count, lambda: ours(own, candidates, lambda w, some: save_drafts(w, some, EARLIER))
    )
    told_of(single, plain, saved, "save_drafts")
    print("  findings")
    rows = [FindingRow.of(one) for one in findings[:few]]
    single = rate(few, lambda: one_by_one(slow, rows))
    plain = rate(count, lambda: by_core(core, FindingRow, findings, finding_columns))
    saved = rate(count, lambda: ours(own, findings, save_findings))
    told_of(single, plain, saved, "save_findings")
    print("  questions, their candidates marked accepted")
    pairs = list(zip(candidates, questions, strict=True))
    rows = [QuestionRow(**question_columns(pair)) for pair in pairs[:few]]
    single = rate(few, lambda: one_by_one(slow, rows))
    plain = rate(count, lambda: by_core(core, QuestionRow, pairs, question_columns))
    saved = rate(count, lambda: ours(own, pairs, lambda w, some: accept_all(w, some, EARLIER)))
    told_of(single, plain, saved, "accept_all (Core marks nothing)")


def told_of(single: float, plain: float, saved: float, name: str) -> None:
    line("one commit a row, SQLModel", single, single, plain)
    line("Core executemany", plain, single, plain)
    line(name, saved, single, plain)


def question_columns(pair: tuple[Candidate, Question]) -> dict[str, Any]:
    candidate, question = pair
    return {
        "id": question.id, "family": question.family, "pair": question.pair,
        "candidate_id": candidate.id, "document_id": candidate.document_id,
        "accepted_week": EARLIER, "body": question.model_dump(mode="json"),
    }  # fmt: skip


def fill(engine: Engine, told: Told, count: int) -> None:
    """Store candidates, and of one in a hundred a question with all its findings."""
    body = told.candidate.model_dump(mode="json")
    asked = told.question.model_dump(mode="json")
    judged = finding("c_", CHECKS[0]).model_dump(mode="json")
    for numbers in batched(range(count), 10_000):
        candidates, findings, questions = [], [], []
        for number in numbers:
            name = name_of(number)
            topic = TOPICS[number % len(TOPICS)]
            is_accepted = number % ACCEPTED == 0
            candidates.append({
                "id": f"c_{name}", "week": f"2026-W{number * 52 // count + 1:02}", "topic": topic,
                "document_id": told.document.id, "family": "number", "pair": None,
                "state": "accepted" if is_accepted else "rejected",
                "stopped_by": None if is_accepted else CHECKS[number % len(CHECKS)],
                "body": body | {"id": f"c_{name}", "topic": topic},
            })  # fmt: skip
            for check in CHECKS if is_accepted else CHECKS[:1]:
                findings.append({
                    "subject": f"c_{name}", "check": check, "version": 1, "attempt": 1,
                    "outcome": "pass", "body": judged | {"subject": f"c_{name}", "check": check},
                })  # fmt: skip
            if is_accepted:
                questions.append({
                    "id": f"q_{name}", "candidate_id": f"c_{name}", "family": "number",
                    "document_id": told.document.id, "pair": None, "accepted_week": EARLIER,
                    "body": asked | {"id": f"q_{name}"},
                })  # fmt: skip
        with engine.begin() as connection:
            connection.execute(insert(CandidateRow), candidates)
            connection.execute(insert(FindingRow), findings)
            connection.execute(insert(QuestionRow), questions)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def median_ms(act: Callable[[int], object], rounds: int) -> float:
    """Return the middle of many times, after a few that warm up."""
    times = []
    for number in range(rounds + 5):
        started = time.perf_counter()
        act(number)
        times.append((time.perf_counter() - started) * 1_000)
    return statistics.median(times[5:])


def in_the_store(engine: Engine, asked: Sequence[tuple[str, Any]], rounds: int = 200) -> float:
    """Return milliseconds in which the database answers, all rows fetched: no ORM, no values.

    On Postgres what the server says it took; the way there and back costs as much again.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return sum(_server_ms(connection, *one, rounds) for one in asked)
        cursor = connection.connection.cursor()
        total = 0.0
        for statement, values in asked:

            def ask(_: int, statement: str = statement, values: Any = values) -> None:
                cursor.execute(statement, values).fetchall()

            total += median_ms(ask, rounds)
        cursor.close()
        return total


def _server_ms(connection: Any, statement: str, values: Any, rounds: int) -> float:
    found = []
    for _ in range(min(rounds, 50)):
        (told,) = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", values
        ).one()
        told = json.loads(told) if isinstance(told, str) else told
        found.append(float(told[0]["Execution Time"]))
    return statistics.median(found)


def statements(engine: Engine, read: Callable[[Session], object]) -> list[tuple[str, Any]]:
    with listening(engine) as asked, session(engine) as work:
        read(work)
    return asked


def reads(engine: Engine, count: int) -> list[str]:
    """Print what reads cost; returns the steps of plans that no index serves."""
    topic = TOPICS[3]
    ids = sorted(f"c_{name_of(n)}" for n in range(3, count, len(TOPICS)))
    print(f"\nreading among {count:,} candidates: milliseconds, median")
    print(f"  {'':<40}{'store':>10}{'function':>10}{'OFFSET':>10}{'x OFFSET':>10}")
    wrong: list[str] = []
    known: set[str] = set()

    def judge(asked: Sequence[tuple[str, Any]]) -> None:
        with engine.connect() as connection:
            for statement, values in asked:
                steps = plan_of(connection, statement, values)
                wrong.extend(faults(steps))
                known.update(steps)

    for depth in DEPTHS:
        place = int(depth * len(ids))
        after = ids[place - 1] if place else ""

        def page(work: Session, after: str = after) -> object:
            return candidates_on(work, topic, after=after, limit=PAGE)

        asked = statements(engine, page)
        judge(asked)
        offset = (
            f"SELECT * FROM candidate WHERE topic = '{topic}' "
            f"ORDER BY id LIMIT {PAGE} OFFSET {place}"
        )
        with session(engine) as work:
            whole = median_ms(lambda _: (page(work), work.expire_all()), 50)
        quick = in_the_store(engine, asked)
        slow = in_the_store(engine, [(offset, ())], 10)
        name = f"page of {PAGE} by topic, {depth:.0%} deep"
        print(f"  {name:<40}{quick:>10.3f}{whole:>10.3f}{slow:>10.3f}{slow / quick:>10.1f}")
    asked_of = [f"{name_of(n)}" for n in range(0, count, ACCEPTED)][:200]
    subject = f"c_{asked_of[7]}"
    report(engine, "findings of a subject (20)", judge, lambda w: findings_of(w, subject))
    question = f"q_{asked_of[7]}"
    asked = statements(engine, lambda work: chain_of(work, question))
    judge(asked)
    for statement, values in asked:
        table = statement.partition("FROM ")[2].split()[0]
        print(f"    chain: {table:<33}{in_the_store(engine, [(statement, values)]):>10.3f}")
    report(
        engine, f"the whole chain ({len(asked)} statements)", judge, lambda w: chain_of(w, question)
    )
    print("\nplans")
    for step in sorted(known):
        print(f"  {step}")
    return wrong


def report(
    engine: Engine,
    name: str,
    judge: Callable[[Sequence[tuple[str, Any]]], None],
    read: Callable[[Session], object],
) -> None:
    asked = statements(engine, read)
    judge(asked)

    def whole(_: int) -> None:
        with session(engine) as work:
            read(work)

    print(f"  {name:<40}{in_the_store(engine, asked):>10.3f}{median_ms(whole, 50):>10.3f}")


def main() -> None:
    """Measure one kind of database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--insert", type=int, default=20_000)
    parser.add_argument("--single", type=int, default=200)
    parser.add_argument("--postgres", action="store_true")
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        databases(wanted.postgres, Path(folder)) as new,
    ):
        home = Path(folder) / "home"
        home.mkdir()
        big = new()
        told = World(home, big, Keys.load(home / "keys")).tell(Story(), EARLIER)
        print(f"store on {'Postgres' if wanted.postgres else 'SQLite'}, durable")
        taking_in(new, told, wanted.insert, wanted.single)
        started = time.perf_counter()
        fill(big, told, wanted.rows)
        print(f"\nfilled in {time.perf_counter() - started:.0f} s")
        wrong = reads(big, wanted.rows)
    if wrong:
        sys.exit(f"no index serves: {sorted(set(wrong))}")


if __name__ == "__main__":
    main()
