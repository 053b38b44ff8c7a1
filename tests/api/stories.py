"""The stories the API's tests are told with: invented places, one fact each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.api.months import Habit, live, source
from tests.building import EARLIER, LATER, Story, Told, World

#: A random token nobody would write by chance: found anywhere, it is a leak.
SECRET = "kzv7x2qm9wteb4hj"

OPEN = Story()
CHOICE = Story(
    sentence="Mira Halvorsen was named keeper of the Orrin light on 12 August 2026.",
    question="Who was named keeper of the Orrin light in August 2026?",
    answer="Mira Halvorsen",
    kind="choice",
    family="entity",
    choices=("Ada Brandt", "Jonas Pell", "Mira Halvorsen", "Tove Lind"),
    title="A new keeper for the Orrin light",
    url="https://gazette.example/2026/keeper",
    topic="people",
    published_at=datetime(2026, 8, 12, 15, tzinfo=UTC),
)
QUOTE_ONLY = Story(
    sentence="Version 4.2 of Brell removed the old scheduler on 13 August 2026.",
    question="Which version of Brell removed the old scheduler in August 2026?",
    answer="4.2",
    kind="version",
    family="version",
    setting="closed_book",
    source="brell-releases",
    title="Brell 4.2",
    url="https://brell.example/releases/4.2",
    licence="LicenseRef-All-Rights-Reserved",
    attribution="Brell project",
    topic="technology",
    before="NOT-OURS-TO-SHOW the maintainers wrote at length.",
    published_at=datetime(2026, 8, 13, 8, tzinfo=UTC),
)
SEALED = Story(
    sentence=f"The lock at Pellmouth took the code name {SECRET} on 14 August 2026.",
    question="Which code name did the lock at Pellmouth take in August 2026?",
    answer=SECRET,
    kind="text",
    family="entity",
    aliases=(f"{SECRET} lock",),
    title="Pellmouth lock",
    url="https://gazette.example/2026/lock",
    setting="closed_book",
    why=f"the answer {SECRET} stands in the quote",
    evidence={"nearest": SECRET},
    published_at=datetime(2026, 8, 14, 8, tzinfo=UTC),
)
RETIRING = Story(
    sentence="The Orrin Bridge repair had cost 4.2 million euros by 4 August 2026.",
    question="How many million euros had the Orrin Bridge repair cost by 4 August 2026?",
    answer="4.2",
    spec={"unit": "million euros", "tol": 0},
    title="Bridge bill grows",
    url="https://gazette.example/2026/bridge",
    topic="economy",
    published_at=datetime(2026, 8, 5, 8, tzinfo=UTC),
)
UNRELEASED = Story(
    sentence="The unreleased token is nq5unreleased8 as of 15 August 2026.",
    question="What is the unreleased token as of 15 August 2026?",
    answer="nq5unreleased8",
    kind="text",
    url="https://gazette.example/2026/unreleased",
)
REJECTED = Story(
    sentence="He said it would open last week at Pellmouth.",
    question="When did he say it would open?",
    answer="last week",
    kind="text",
    url="https://gazette.example/2026/vague",
)


GAZETTE = Habit(
    source("tarn-gazette", attribution="Tarn Gazette", topic="transport"),
    listed={"n_listed": 40, "n_documents": 33, "n_unchanged": 6, "n_refused": 1},
)
BRELL = Habit(
    source("brell-releases", url="https://brell.example/feed", attribution="Brell project"),
    fails_for=timedelta(days=2),
    n_failures=3,
    error="cannot read https://brell.example/feed: the server answered 503",
)


def numbered(number: int) -> Story:
    """Return one of many alike stories, for paging."""
    return Story(
        sentence=f"Pier {number} of Port Mellin received {1000 + number} crates in July 2026.",
        question=f"How many crates did pier {number} of Port Mellin receive in July 2026?",
        answer=str(1000 + number),
        title=f"Crates at pier {number}",
        url=f"https://gazette.example/2026/pier-{number}",
        topic="economy" if number % 2 else "transport",
        published_at=datetime(2026, 8, 1, tzinfo=UTC) + timedelta(hours=number),
    )


def tell_two_weeks(world: World) -> dict[str, Told]:
    """Fill a store: two releases, one question carried, one retired, one waiting, one rejected."""
    told = {
        name: world.tell(story, EARLIER)
        for name, story in {
            "open": OPEN,
            "quote_only": QUOTE_ONLY,
            "sealed": SEALED,
            "retiring": RETIRING,
        }.items()
    }
    world.release(EARLIER, [told["open"], told["quote_only"]], [told["sealed"], told["retiring"]])
    told["choice"] = world.tell(CHOICE, LATER)
    piers = [world.tell(numbered(number), LATER) for number in range(30)]
    told |= {f"pier{number}": pier for number, pier in enumerate(piers)}
    world.release(
        LATER,
        [told["choice"], *piers],
        [told["sealed"]],
        [(told["retiring"], "stale: a later capture gives another value")],
        {"policy": {"sealed_weeks": 6, "shortfall": "33 of 200: too few documents"}},
    )
    told["unreleased"] = world.tell(UNRELEASED, LATER)
    world.reject(REJECTED, LATER, "self_contained", "it begins with a pronoun")
    live(world, [GAZETTE, BRELL])
    world.ran("week", EARLIER)
    world.ran("week", LATER, "failed")
    return told
