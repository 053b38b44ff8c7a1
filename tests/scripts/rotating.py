"""Eight weeks over one store, released one after the other; run as a module in a child process."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import col, select

from scripts.closing import draft_release
from scripts.correcting import decide
from scripts.wiring import House, Plan
from store.database import open_engine, session, upgrade
from store.records import ErratumAction
from store.releases.publish import publish
from store.settings import Settings
from store.sources import withdraw_source
from store.tables import ReleaseItemRow
from store.weeks import week_bounds, week_of
from tests.building import Story, World

N_WEEKS, N_STORIES, TARGET = 8, 36, 30
WEEKS = tuple(week_of(date(2026, 6, 1) + timedelta(weeks=n)) for n in range(N_WEEKS))
#: What an operator did just before a week was released: a decision about the first living sealed
#: question of the week before.
DECISIONS: dict[str, ErratumAction] = {
    WEEKS[3]: "retire",
    WEEKS[4]: "nullify",
    WEEKS[5]: "dispute",
}
#: Before this week one source asked to be taken down.
TAKEN_DOWN = WEEKS[6]
_WORDS = tuple(
    f"{start}{end}" for start in ("tar", "lul", "ped", "osk", "vem", "brig", "ning", "quor")
    for end in ("mill", "dock", "gate", "moor", "wick", "holm", "fell", "ness", "by", "ow")
)  # fmt: skip


def stories(number: int) -> list[Story]:
    """Return the stories of one week, each told in words of its own."""
    rng = random.Random(number)
    start, _ = week_bounds(WEEKS[number])
    told = []
    for n in range(N_STORIES):
        place, thing = f"{rng.choice(_WORDS)} {number}-{n}", rng.choice(_WORDS)
        count = 100 + 97 * n + number
        if n == 0:
            # One is asked in the same words every week, and its answer stays what it was.
            place, thing, count = f"{_WORDS[0]} {number}", _WORDS[1], 77
        # Numbers before and after, smaller and larger, one of them twice: no lazy reading pays.
        others = rng.sample(range(100, 9_000), 4)
        pairs = (others[:2], (others[2], others[0]))
        before, after = (
            " ".join((*rng.choices(_WORDS, k=30), str(one), rng.choice(_WORDS), str(two)))
            for one, two in pairs
        )
        told.append(
            Story(
                sentence=f"The yard at {place} sold {count} crates of {thing} in {2_000 + n}.",
                question=f"How many crates of {thing} did the yard at {place} sell in {2_000 + n}?",
                answer=str(count),
                family=rng.choice(("number", "fact", "date", "entity")) if n else "number",
                topic=f"topic{n % 6}",
                source=f"source{n % 7}",
                url=f"https://paper{n % 7}.example/{number}/{n}",
                title=f"News of {place}",
                before=before.capitalize() + ".",
                after=after.capitalize() + ".",
                published_at=start + timedelta(hours=3 * n),
            )
        )
    return told


def tell_all(world: World) -> None:
    """Store every week's stories."""
    for number, week in enumerate(WEEKS):
        for story in stories(number):
            world.tell(story, week)


def plan_of(week: str) -> Plan:
    """Return the plan of a week, looked at six hours after its end."""
    start, end = week_bounds(week)
    return Plan(week, end + timedelta(hours=6), start - timedelta(days=60), end)


def release_all(home: Path, url: str, weeks: Sequence[str] = WEEKS) -> None:
    """Release the weeks, with what an operator did in between."""
    settings = Settings(
        _env_file=None, home=home, database_url=url, questions_per_week=TARGET, sealed_share=0.4
    )
    engine = open_engine(url)
    upgrade(engine)
    for week in weeks:
        plan = plan_of(week)
        house = House(settings, engine, lambda plan=plan: plan.as_of)
        if week in DECISIONS:
            before = WEEKS[WEEKS.index(week) - 1]
            decide(house, first_sealed(house, before), DECISIONS[week], "disputed", "two are right")
        if week == TAKEN_DOWN:
            with session(engine) as work:
                withdraw_source(work, "source3", plan.as_of, "asked by the publisher")
        publish(draft_release(house, plan), settings.releases_dir, engine, house.keys)
    engine.dispose()


def first_sealed(house: House, week: str) -> str:
    """Return the first question that a week sealed anew."""
    with session(house.engine) as work:
        return min(
            work.exec(
                select(ReleaseItemRow.question_id).where(
                    ReleaseItemRow.week == week,
                    col(ReleaseItemRow.sealed).is_(True),
                    ReleaseItemRow.role == "new",
                )
            )
        )


if __name__ == "__main__":
    release_all(Path(sys.argv[1]), sys.argv[2])
