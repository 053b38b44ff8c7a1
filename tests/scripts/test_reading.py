"""What `unseen sources list` shows an operator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.cli import main
from scripts.source_list import write_sources
from scripts.source_words import print_sources, source_sentences, sources
from scripts.wiring import House
from store.database import session
from store.sources import known_sources
from tests.api.months import DAY, HOUR, Habit, live, source
from tests.building import EARLIER, NOW, Story, World

ERROR = "cannot read http://10.0.0.7/inner: 10.0.0.7 is not public: private use"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World.at(tmp_path)
    yield world
    world.engine.dispose()


def house(world: World, habits: list[Habit]) -> House:
    """Return a house whose list is these sources'."""
    path = world.home / "list.toml"
    write_sources(path, [habit.source for habit in habits])
    settings = world.settings.model_copy(update={"sources": path})
    return House(settings, world.engine, lambda: NOW)


def printed(world: World, habits: list[Habit], capsys: pytest.CaptureFixture[str]) -> str:
    live(world, habits)
    print_sources(sources(house(world, habits)), NOW)
    return capsys.readouterr().out


def test_what_fails_comes_first_with_since_when_and_the_whole_reason(world, capsys):
    habits = [
        Habit(source("alpha")),
        Habit(source("late"), fails_for=HOUR, n_failures=1, visited=HOUR, error="cannot read: a"),
        Habit(source("long"), fails_for=9 * DAY, n_failures=12, error=ERROR),
    ]
    out = printed(world, habits, capsys)
    heads = [line.split("  ") for line in out.splitlines() if line and not line.startswith(" ")]
    assert heads[:3] == [["long", "backing off"], ["late", "failing"], ["alpha", "read"]]
    assert f"failing since 2026-08-16 06:00 UTC (9 days ago), 12 visits: {ERROR}" in out
    assert out.endswith("2 of 3 sources cannot be read.\n")


def test_a_source_tells_terms_visits_and_weeks(world, capsys):
    habit = Habit(
        source("gov", topic="government", licence="OGL-UK-3.0"),
        (4, 8, 0, 0, 0, 0, 0, 2),
        (1, 0, 0, 0, 0, 0, 0, 0),
        listed={"n_listed": 20, "n_documents": 3, "n_refused": 1, "n_too_old": 2, "n_facts": 5},
    )
    live(world, [habit])
    (line,) = sources(house(world, [habit]))
    said = source_sentences(line, NOW)
    assert said[0].startswith("last visit 2026-08-25 05:40 UTC (20 min ago), last read 2026-08-25")
    assert "next visit" in said[0]
    assert said[1:] == [
        "newest visit: 20 listed, 3 new documents, 5 new facts, 1 refused, 2 too old",
        "8 weeks: documents ▅█▁▁▁▁▁▃ 14, questions █▁▁▁▁▁▁▁ 1; 14 in all, newest of 2026-08-24",
        "feed every 1h, government, OGL-UK-3.0, Gov",
        "https://gov.example/feed.xml",
    ]


def test_a_site_s_words_move_no_cursor_and_style_nothing(world, capsys):
    error = "cannot read: \x1b[2J\x1b]0;title\x07 [bold]x[/bold] [link=http://evil.example]y"
    habit = Habit(source("s"), fails_for=HOUR, n_failures=1, visited=HOUR, error=error)
    out = printed(world, [habit], capsys)
    assert "\x1b" not in out and "\x07" not in out
    assert "[bold]x[/bold] [link=http://evil.example]y" in out


Run = Callable[..., list[dict]]


@pytest.fixture
def listed(world: World, monkeypatch: pytest.MonkeyPatch, capsys) -> Run:
    """Run `unseen sources list --json` as a person would."""

    def command(path: Path, *arguments: str) -> list[dict]:
        monkeypatch.setenv("UNSEEN_HOME", str(world.home))
        monkeypatch.setenv("UNSEEN_SOURCES", str(path))
        monkeypatch.setattr("sys.argv", ["unseen", "sources", "list", "--json", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert not stopped.value.code
        return json.loads(capsys.readouterr().out)

    return command


def test_listing_enters_the_list_so_that_the_api_knows_it(world, listed, tmp_path):
    path = tmp_path / "mine.toml"
    write_sources(path, [source("one"), source("two")])
    rows = listed(path)
    assert [(row["name"], row["standing"]) for row in rows] == [
        ("one", "not visited"),
        ("two", "not visited"),
    ]
    with session(world.engine) as work:
        assert [known.name for known in known_sources(work)] == ["one", "two"]


def test_another_list_is_looked_at_and_not_entered(world, listed, tmp_path):
    mine, other = tmp_path / "mine.toml", tmp_path / "other.toml"
    write_sources(mine, [source("one")])
    write_sources(other, [source("three")])
    listed(mine)
    assert [row["name"] for row in listed(mine, "--sources", str(other))] == ["three"]
    with session(world.engine) as work:
        assert [known.name for known in known_sources(work)] == ["one"]


def test_what_is_no_longer_listed_and_gave_documents_is_shown(world, listed, tmp_path):
    mine = tmp_path / "mine.toml"
    write_sources(mine, [source("one")])
    world.tell(Story(source="gone"), EARLIER)
    rows = {row["name"]: row["standing"] for row in listed(mine)}
    assert rows == {"one": "not visited", "gone": "unlisted"}
