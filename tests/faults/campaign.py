"""Every point of every stage, killed and refused, each in a copy of the house: a report in JSON.

Run by itself (`python -m tests.faults.campaign FOLDER release/kill check=0.1`): it imports all
there is once and forks for each try, so that a try takes a fraction of a second.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from scripts.wiring import House
from store.errors import UnseenError
from tests.faults.forks import Ended, Say, in_child
from tests.faults.house import (
    EARLIER,
    STAGES,
    WEEK,
    Builder,
    Place,
    files_under,
    found,
    make_small,
    pages_until,
    served,
)
from tests.faults.judge import Known, digest_of, faults_at_end, faults_at_once, known_in
from tests.faults.layer import FAULTS, KILL, Layer, install
from tests.postgres import Postgres, running_postgres


@dataclass
class Tally:
    """What one stage and fault came to."""

    stage: str
    fault: str
    database: str
    points: int = 0
    tried: int = 0
    states: int = 0
    seconds: float = 0.0
    names: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass
class Campaign:
    """One house in all its stages, and what is known of the states it can get into."""

    folder: Path
    base: str
    builder: Builder
    postgres: Postgres | None = None
    _sound: set[tuple[str, str]] = field(default_factory=set)
    _urls: dict[str, str] = field(default_factory=dict)
    _n_copies: int = 0

    def place(self, name: str) -> Place:
        """Return the house of this name; the first has an empty database of its own."""
        if self.postgres and not self._urls:
            self._urls[name] = self.postgres.new_database()
        return Place(self.folder / name, self.base, self._urls.get(name))

    @contextmanager
    def copy(self, name: str) -> Iterator[Place]:
        """Copy a house for the length of a `with`."""
        self._n_copies += 1
        copied = f"try-{self._n_copies}"
        self._copy_to(name, copied)
        try:
            yield self.place(copied)
        finally:
            shutil.rmtree(self.folder / copied)
            if self.postgres:
                self.postgres.drop(self._urls.pop(copied))

    def build(self) -> None:
        """Make the house before each stage, and as it is when nothing goes wrong."""
        before = [*STAGES, "golden"]
        for stage, after in pairwise(before):
            # In this process, so that all that is loaded late is loaded before it forks.
            self._copy_to(stage, after)
            house = self.builder.open(self.place(after))
            self.builder.run(stage, house)
            house.engine.dispose()
        revealing = self.folder / "golden" / "releases" / WEEK
        for name in ("questions.jsonl", "sealed.jsonl", "retired.jsonl"):
            if not (revealing / name).stat().st_size:
                raise AssertionError(f"the week to break has no row in {name}")
        # The whole week once more over what is collected: for its own rows.
        self._copy_to("generate", "week")

    def _copy_to(self, name: str, new: str) -> None:
        shutil.copytree(self.folder / name, self.folder / new)
        if self.postgres:
            self._urls[new] = self.postgres.copy(self._urls[name])

    def points(self, stage: str, fault: str) -> list[str]:
        """Return the points of a stage, in order, at which a fault may come."""
        heard: list[str] = []
        with self.copy(stage) as place:
            ended = in_child(partial(self._run, place, stage, 0, fault))
        heard = ended.last("points")
        if ended.status or heard is None:
            raise AssertionError(f"{stage} fails without a fault: {ended}")
        return heard

    def _run(self, place: Place, stage: str, at: int, fault: str, say: Say) -> None:
        """Run a stage with a fault, as the command line would end it."""
        heard: list[str] = []
        house = self.builder.open(place)
        install(
            Layer(
                place.home, at, fault, heard=heard.append, broke=lambda name: say({"broke": name})
            )
        )
        try:
            self.builder.run(stage, house)
        except (UnseenError, OSError) as error:
            say({"refused": str(error)})
        say({"points": heard})

    def attempt(self, stage: str, at: int, fault: str) -> tuple[str, list[str]]:
        """Break one point, restart and go on; returns the point and what is wrong then."""
        with self.copy(stage) as place:
            broken = in_child(partial(self._run, place, stage, at, fault))
            name = broken.last("broke") or "none"
            wrong = list(self._wrong_end(broken, name, fault))
            wrong += faults_at_once(place.home, self.folder / "golden")
            again = in_child(partial(self._restart, place, stage))
            wrong += again.last("wrong") or []
            if again.status:
                return name, [*wrong, f"the restart failed: {again}"]
            state = (stage, again.last("state"))
            if not wrong and state in self._sound:
                return name, []
            through = in_child(partial(self._finish, place))
            wrong += through.last("wrong") or []
            if through.status:
                wrong.append(f"the rest of the week failed: {through}")
            if not wrong:
                self._sound.add(state)
            return name, wrong

    @staticmethod
    def _wrong_end(broken: Ended, name: str, fault: str) -> Iterator[str]:
        if trace := broken.last("traceback"):
            yield f"a traceback: {trace}"
        if name == "none":
            # Threads: this run had fewer points than the counted one.
            return
        expected = -signal.SIGKILL if fault == KILL else 0
        if broken.status != expected:
            yield f"it ended with {broken.status}"
        refused = broken.last("refused")
        if refused is not None and ("\n" in refused or not refused.strip()):
            yield f"this is no sentence: {refused!r}"

    def _restart(self, place: Place, stage: str, say: Say) -> None:
        house = self.builder.open(place)
        before = known_in(house)
        self.builder.run_again(stage, house)
        lost = before.lost_in(known_in(house))
        say({"state": digest_of(house), "wrong": [f"{one} is lost" for one in lost]})

    def _finish(self, place: Place, say: Say) -> None:
        house = self.builder.open(place)
        before = known_in(house)
        self.builder.run("week", house)
        # A second start and a second run change nothing.
        house = self.builder.open(place)
        self.builder.run("week", house)
        wrong = [f"{one} is lost" for one in before.lost_in(known_in(house))]
        wrong += faults_at_end(house, self.folder / "golden", _asked_over_http)
        if known_in(house) != self._golden_known():
            wrong.append("other documents or questions are known than without the fault")
        say({"wrong": wrong})

    def _golden_known(self) -> Known:
        return known_in(self.builder.open(self.place("golden")))

    def go(self, stage: str, fault: str, share: float) -> Tally:
        """Try the points of a stage: all of them, or a fixed share."""
        started = time.monotonic()
        names = self.points(stage, fault)
        refusable = in_counting(names, fault)
        tally = Tally(stage, fault, "Postgres" if self.postgres else "SQLite", len(refusable))
        n_sound = len(self._sound)
        step = max(1, round(1 / share))
        for at in range(1 + FAULTS.index(fault) % step, len(refusable) + 1, step):
            name, wrong = self.attempt(stage, at, fault)
            tally.tried += 1
            tally.names.append(name)
            tally.failures += [f"{stage} {fault} {at} ({name}): {one}" for one in wrong]
        tally.states = len(self._sound) - n_sound
        tally.seconds = round(time.monotonic() - started, 1)
        return tally


def in_counting(names: list[str], fault: str) -> list[str]:
    """Return those of the points of a run that a fault may come at."""
    layer = Layer(Path("/"), fault=fault)
    return [name for name in names if layer.counts(name)]


def _asked_over_http(house: House) -> Iterator[str]:
    """Tell what the API says otherwise than the folder."""
    client = TestClient(create_app(house.settings, house.engine))
    weeks = [one["week"] for one in client.get("/v1/sets").json()["items"]]
    if weeks != [WEEK, EARLIER]:
        yield f"the API lists {weeks}"
    folder = house.settings.releases_dir / WEEK
    for name, body in files_under(folder).items():
        if client.get(f"/v1/sets/{WEEK}/{name}").content != body:
            yield f"the API serves another {name}"


def main() -> None:
    """Run a campaign and print its tallies, a JSON line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=lambda name: Path(name).resolve())
    parser.add_argument("tries", nargs="+", help="STAGE, STAGE/FAULT, or either =SHARE of points")
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    make_small()
    builder = Builder()
    with ExitStack() as held:
        server = held.enter_context(running_postgres()) if given.postgres else None
        with served(pages_until(EARLIER)) as base:
            campaign = Campaign(given.folder, base, builder, server)
            found(campaign.place("collect"), builder)
        port = int(base.rpartition(":")[2])
        held.enter_context(served(pages_until(WEEK), port))
        campaign.build()
        gc.freeze()
        for one in given.tries:
            what, _, share = one.partition("=")
            stage, _, fault = what.partition("/")
            for each in [fault] if fault else FAULTS:
                tally = campaign.go(stage, each, float(share or 1))
                print(json.dumps(tally.__dict__), flush=True)  # noqa: T201 - its product


if __name__ == "__main__":
    main()
