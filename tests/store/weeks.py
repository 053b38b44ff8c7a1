"""Two published weeks: open and sealed questions, one of them carried, one retired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.building import EARLIER, LATER, Story, Told, World

Files = Mapping[str, bytes]

#: Found anywhere in a release while its question is sealed, it is a leak.
SECRET = "kzv7x2qm9wteb4hj"

SEALED = Story(
    sentence=f"The lock at Pellmouth took the code name {SECRET} on 14 August 2026.",
    question="Which code name did the lock at Pellmouth take in August 2026?",
    answer=SECRET,
    aliases=(f"{SECRET} lock",),
    kind="text",
    family="entity",
    setting="closed_book",
    url="https://gazette.example/2026/lock",
    why=f"the answer {SECRET} stands in the quote",
    evidence={"nearest": SECRET},
)


def pier(number: int) -> Story:
    """Return one of many alike stories."""
    return Story(
        sentence=f"Pier {number} received {1000 + number} crates in July 2026.",
        question=f"How many crates did pier {number} receive in July 2026?",
        answer=str(1000 + number),
        url=f"https://gazette.example/2026/pier-{number}",
    )


@dataclass(frozen=True)
class Published:
    """What was published, and where."""

    world: World
    told: Mapping[str, Told]

    def folder(self, week: str) -> Path:
        """Return where a week lies."""
        return self.world.home / "releases" / week

    def files(self, week: str) -> dict[str, bytes]:
        """Return the files of a week, by name."""
        return {path.name: path.read_bytes() for path in self.folder(week).iterdir()}


def publish_two_weeks(world: World) -> Published:
    """Publish the week that seals and the week that reveals."""
    told = {f"pier{number}": world.tell(pier(number), EARLIER) for number in range(5)}
    told["sealed"] = world.tell(SEALED, EARLIER)
    told["retiring"] = world.tell(
        replace(
            pier(77), aliases=("one thousand and seventy-seven",), pair="p_1", pair_role="base"
        ),
        EARLIER,
    )
    piers = [told[f"pier{number}"] for number in range(5)]
    world.release(EARLIER, piers, [told["sealed"], told["retiring"]])
    told["new"] = world.tell(pier(9), LATER)
    world.release(
        LATER, [told["new"]], [told["sealed"]], [(told["retiring"], "end of its six weeks")]
    )
    return Published(world, told)
