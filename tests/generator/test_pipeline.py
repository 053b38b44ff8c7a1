"""The line from documents to questions: it fails closed, resumes, and loses nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from generator import pipeline
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.checks.duplicate import Duplicate
from generator.families.number import Number
from generator.families.unanswerable import Unanswerable
from generator.pipeline import RETRY_HELD_AFTER, Line
from store.candidates import (
    accepted_questions,
    findings_of,
    in_state,
    latest_findings,
    save_drafts,
    standings,
)
from store.database import open_engine, session
from store.documents import remember_documents
from store.records import Candidate
from tests.generator.making import document

WEEK = "2026-W32"
REST = (
    "\nThe mill lies on the river Tarn below the old bridge of Brell.\n"
    "Its owner keeps two dogs, a cat and a great many books about water wheels and ropes.\n"
    "Visitors come by boat, for the road is narrow and the bridge has been shut for long."
)
TEXTS = [f"The Tarn Mill sold {n} ropes in Brell{chr(97 + n % 26)}.{REST}" for n in range(20, 26)]


@dataclass
class Counting:
    """A check that gives one verdict and counts whom it judged."""

    give: Callable[[Case], Verdict] = field(default=lambda case: passed("fine"))
    name: str = "counting"
    version: int = 1
    seen: Counter[str] = field(default_factory=Counter)

    def __call__(self, case: Case) -> Verdict:
        self.seen[case.candidate.id] += 1
        return self.give(case)


@dataclass
class World:
    """A store with documents, and a clock that is set by hand."""

    engine: Engine
    documents: list[Any]
    now: datetime = datetime(2026, 8, 10, 6, tzinfo=UTC)

    def line(
        self, checks: Sequence[Any], families: Sequence[Any] = (Number(),), documents: Any = ()
    ) -> Line:
        return Line(self.engine, WEEK, documents, families, checks, lambda: self.now)

    def write(self, line: Line) -> int:
        return line.write(self.documents)

    def states(self) -> Counter[str]:
        with session(self.engine) as work:
            return Counter(one.state for one in standings(work))


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    SQLModel.metadata.create_all(engine)
    documents = [document(text, url=f"https://tarn.example/{n}") for n, text in enumerate(TEXTS)]
    with session(engine) as work:
        for one in documents:
            remember_documents(work, [one])
    yield World(engine, documents)
    engine.dispose()


def raises(error: Exception) -> Callable[[Case], Verdict]:
    def give(case: Case) -> Verdict:
        raise error

    return give


def test_what_passes_every_check_is_accepted(world):
    line = world.line([Counting()])
    assert world.write(line) == len(TEXTS)
    assert line.examine() == len(TEXTS)
    assert world.states() == {"accepted": len(TEXTS)}
    with session(world.engine) as work:
        assert len(accepted_questions(work)) == len(TEXTS)


@pytest.mark.parametrize(
    "give",
    [
        pytest.param(raises(ValueError("bad")), id="an exception"),
        pytest.param(raises(TimeoutError("30 s")), id="a time-out"),
        pytest.param(lambda case: None, id="no verdict"),
        pytest.param(lambda case: unsure("who knows"), id="an unsure verdict"),
    ],
)
def test_a_check_that_cannot_tell_holds_and_never_passes(world, give):
    line = world.line([Counting(give)])
    world.write(line)
    assert line.examine() == 0
    assert world.states() == {"held": len(TEXTS)}


def test_the_wrong_number_of_verdicts_holds_all(world):
    class Short:
        name, version = "short", 1

        def judge(self, cases):
            return [passed("fine")] * (len(cases) - 1)

    line = world.line([Short()])
    world.write(line)
    assert line.examine() == 0
    assert world.states() == {"held": len(TEXTS)}


def test_the_first_check_that_fails_ends_it(world):
    after = Counting()
    line = world.line([Counting(lambda case: failed("no"), name="first"), after])
    world.write(line)
    assert line.examine() == 0
    assert after.seen == {}
    with session(world.engine) as work:
        assert {one.stopped_by for one in standings(work)} == {"first"}


def test_a_second_run_judges_nothing_again_and_writes_nothing_twice(world):
    check = Counting()
    line = world.line([check])
    world.write(line)
    line.examine()
    assert world.write(line) == 0
    assert line.examine() == 0
    assert set(check.seen.values()) == {1}


def test_a_run_that_died_between_two_checks_goes_on_where_it_was(world):
    class Killed(BaseException):
        pass

    first = Counting(name="first")
    dying = world.line([first, Counting(raises(Killed()), name="second")])  # type: ignore[arg-type]
    world.write(dying)
    with pytest.raises(Killed):
        dying.examine()
    second = Counting(name="second")
    assert world.line([first, second]).examine() == len(TEXTS)
    assert set(first.seen.values()) == {1} and set(second.seen.values()) == {1}


def test_unsure_is_tried_in_later_runs_and_rejected_the_third_time(world):
    check = Counting(lambda case: unsure("no model"))
    line = world.line([check])
    world.write(line)
    for run in (1, 2, 3, 4):
        line.examine()
        line.examine()
        assert set(check.seen.values()) == {min(run, 3)}
        assert world.states() == {"held" if run < 3 else "rejected": len(TEXTS)}
        world.now += RETRY_HELD_AFTER
    with session(world.engine) as work:
        (some, *_) = standings(work)
        whys = [found.why for found in findings_of(work, some.candidate.id)]
    assert whys == ["no model", "no model", "unsure 3×: no model"]


def test_a_check_that_names_the_instant_it_can_say_more_is_not_asked_before(world):
    at = world.now + 30 * RETRY_HELD_AFTER
    check = Counting(lambda case: unsure("too early", not_before=at.isoformat()))
    line = world.line([check])
    world.write(line)
    for _ in range(10):
        line.examine()
        world.now += RETRY_HELD_AFTER
    assert set(check.seen.values()) == {1} and world.states() == {"held": len(TEXTS)}
    world.now, check.give = at, lambda case: passed("it stood")
    assert line.examine() == len(TEXTS)


def test_what_was_held_is_accepted_when_the_check_can_tell(world):
    check = Counting(lambda case: unsure("no model"))
    line = world.line([check])
    world.write(line)
    line.examine()
    check.give = lambda case: passed("now it answers")
    world.now += RETRY_HELD_AFTER
    assert line.examine() == len(TEXTS)


def test_a_new_version_of_a_check_judges_again(world):
    line = world.line([Counting(lambda case: unsure("no"))])
    world.write(line)
    line.examine()
    newer = Counting(version=2)
    assert world.line([newer]).examine() == len(TEXTS)


@pytest.fixture
def every_lot(monkeypatch):
    monkeypatch.setattr("generator.families.unanswerable.SHARE", 1.0)


@pytest.mark.usefixtures("every_lot")
def test_a_twin_is_never_accepted_alone(world):
    only_twins = Counting(lambda case: passed("a twin") if case.base else failed("the base is bad"))
    line = world.line([only_twins], (Number(), Unanswerable()))
    assert world.write(line) == 2 * len(TEXTS)
    assert line.examine() == 0
    with session(world.engine) as work:
        assert accepted_questions(work) == []
        assert {one.state for one in standings(work)} == {"rejected"}
        assert len(standings(work, stopped_by="twin")) == len(TEXTS)


@pytest.mark.usefixtures("every_lot")
def test_bases_are_judged_before_twins_and_rules_before_models(world):
    order: list[tuple[bool, bool]] = []
    noted = Counting(lambda case: order.append((not case.candidate.by_rule, case.base is not None))
                     or passed("noted"))  # fmt: skip
    line = world.line([noted], (Number(), Unanswerable()))
    world.write(line)
    with session(world.engine) as work:
        (first, *_) = in_state(work, ["drafted"])
        told = first.model_dump(exclude={"id"}) | {"writer": "openai:x", "question": "Is it so?"}
        save_drafts(work, [Candidate.draft(**told | {"pair": None, "pair_role": None})], WEEK)
    line.examine()
    assert order == sorted(order) and order[0] == (False, False) and order[-1] == (True, False)


@pytest.mark.usefixtures("every_lot")
def test_a_twin_follows_a_base_that_was_accepted_before(world):
    check = Counting(lambda case: unsure("later") if case.base else passed("fine"))
    line = world.line([check], (Number(), Unanswerable()))
    world.write(line)
    assert line.examine() == len(TEXTS)
    check.give = lambda case: passed("fine")
    world.now += RETRY_HELD_AFTER
    assert line.examine() == len(TEXTS)


@dataclass(frozen=True)
class Breaking:
    """A family that fails on one document, while it is broken."""

    broken: list[bool]
    name: ClassVar[str] = "breaking"
    version: ClassVar[int] = 1

    def write(self, reading: Any, siblings: Any) -> Iterator[Any]:
        if self.broken[0] and reading.document.url.endswith("/0"):
            raise KeyError("a hole")
        yield from ()


def test_a_broken_family_loses_no_other_document_or_family(world):
    broken = [True]
    line = world.line([Counting()], (Breaking(broken), Number()))
    assert world.write(line) == len(TEXTS)
    with session(world.engine) as work:
        known = latest_findings(work, [one.id for one in world.documents])
        marks = {subject: found for (subject, check, _), found in known.items()}
    assert marks[world.documents[0].id].outcome == "unsure"
    assert marks[world.documents[0].id].why == (
        "family breaking could not be run: KeyError: 'a hole'; "
        "1 candidates written, 0 drafts refused"
    )
    assert [marks[one.id].outcome for one in world.documents[1:]] == ["pass"] * 5
    broken[0] = False
    world.now += RETRY_HELD_AFTER
    assert world.write(line) == 0
    with session(world.engine) as work:
        last = findings_of(work, world.documents[0].id)[-1]
    assert (last.outcome, last.attempt) == ("pass", 2)


@dataclass
class Gate:
    """A document check that gives one verdict."""

    give: Verdict
    name: str = "gate"
    version: int = 1

    def __call__(self, document: Any) -> Verdict:
        return self.give


def test_a_document_that_fails_its_checks_is_never_read(world):
    line = world.line([], documents=[Gate(failed("too old"))])
    assert world.write(line) == 0
    assert world.states() == {}


def test_a_document_that_is_held_is_read_when_it_passes(world):
    gate = Gate(unsure("no date"))
    line = world.line([], documents=[gate])
    assert world.write(line) == 0
    gate.give = passed("dated")
    assert world.write(line) == 0
    world.now += RETRY_HELD_AFTER
    assert world.write(line) == len(TEXTS)


def test_a_document_that_nobody_can_judge_is_given_up_after_three_runs(world):
    line = world.line([], documents=[Gate(unsure("no date"))])
    for _ in range(5):
        world.write(line)
        world.now += RETRY_HELD_AFTER
    with session(world.engine) as work:
        found = findings_of(work, world.documents[0].id)
    assert [one.why for one in found] == ["no date", "no date", "unsure 3×: no date"]


def test_a_duplicate_is_found_across_batches(world, embedder, monkeypatch):
    monkeypatch.setattr(pipeline, "BATCH", 1)
    copies = [
        document(
            f"The Tarn Mill sold 340 ropes in Brell.{REST}\nNumber {n}.",
            url=f"https://tarn.example/copy/{n}",
        )
        for n in range(3)
    ]
    with session(world.engine) as work:
        for one in copies:
            remember_documents(work, [one])
    world.documents = copies
    line = world.line([Duplicate(embedder, [])])
    assert world.write(line) == 3
    assert line.examine() == 1
    assert world.states() == {"accepted": 1, "rejected": 2}


def test_progress_is_told(world):
    told: list[tuple[str, int, int]] = []
    line = Line(
        world.engine, WEEK, (), (Number(),), [Counting()], lambda: world.now,
        lambda *what: told.append(what),
    )  # fmt: skip
    world.write(line)
    line.examine()
    assert told == [*[("write", n, 6) for n in range(1, 7)], ("counting", 6, 6)]


def test_the_clock_is_the_lines_own(world):
    line = world.line([Counting()])
    world.write(line)
    line.examine()
    with session(world.engine) as work:
        found = latest_findings(work)
        assert in_state(work, ["held", "rejected", "drafted"]) == []
    assert {one.found_at for one in found.values()} == {world.now}


def test_a_base_that_gets_its_twin_later_joins_the_pair_while_it_is_open(world, monkeypatch):
    monkeypatch.setattr("generator.families.unanswerable.SHARE", 1.0)
    early = world.line([Counting()], (Number(),))
    world.write(early)
    late = world.line([Counting()], (Number(), Unanswerable()))
    assert world.write(late) == len(TEXTS)
    assert late.examine() == 2 * len(TEXTS)
    with session(world.engine) as work:
        pairs = Counter(question.pair for question in accepted_questions(work))
    assert None not in pairs
    assert set(pairs.values()) == {2}


def test_a_twin_of_a_question_that_was_settled_alone_is_rejected(world, monkeypatch):
    monkeypatch.setattr("generator.families.unanswerable.SHARE", 1.0)
    early = world.line([Counting()], (Number(),))
    world.write(early)
    assert early.examine() == len(TEXTS)
    late = world.line([Counting()], (Number(), Unanswerable()))
    world.write(late)
    assert late.examine() == 0
    with session(world.engine) as work:
        assert len(standings(work, stopped_by="twin")) == len(TEXTS)
