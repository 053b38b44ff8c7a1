"""`unseen sources add` and `disable`: what an operator who has named no file gets."""

from __future__ import annotations

import pytest
from typer import Typer
from typer.testing import CliRunner

from scripts.commands.sources import sources_add, sources_disable
from scripts.source_list import load_sources
from store.database import open_engine, session
from store.errors import NotFound, SourceFileError
from store.records import Source
from store.sources import withdrawals

app = Typer()
app.command("add")(sources_add)
app.command("disable")(sources_disable)
EVERY = (
    "add quakes https://quakes.example/week.json --kind json --licence CC0-1.0 --attribution Q "
    "--topic hazards --interval 30m --items features --id id --title properties.title "
    "--item-url properties.url --published properties.time --text {properties.place} "
    "--user-agent Someone/1.0 --openly-edited"
).split()


@pytest.fixture
def run(tmp_path, monkeypatch):
    for name in ("SOURCES", "DATABASE_URL"):
        monkeypatch.delenv(f"UNSEEN_{name}", raising=False)
    monkeypatch.setenv("UNSEEN_HOME", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, words)


def listed(tmp_path):
    return {one.name: one for one in load_sources(tmp_path / "var" / "sources.toml")}


def test_every_field_of_a_source_can_be_given(run, tmp_path):
    done = run(*EVERY)
    assert done.exit_code == 0, done.output
    assert "unseen sources test https://quakes.example/week.json" in done.output
    assert listed(tmp_path)["quakes"] == Source(
        name="quakes", url="https://quakes.example/week.json", kind="json", licence="CC0-1.0",
        attribution="Q", topic="hazards", interval="30m", items="features", id="id",
        title="properties.title", item_url="properties.url", published="properties.time",
        text="{properties.place}", user_agent="Someone/1.0", openly_edited=True,
    )  # fmt: skip
    named = {field for field in Source.model_fields if getattr(listed(tmp_path)["quakes"], field)}
    assert set(Source.model_fields) - named == {"links", "days_late"}
    assert len(listed(tmp_path)) == 13


def test_a_page_a_day_can_be_added(run, tmp_path):
    days = "add days https://x.example/{yyyy}/{mm}/{dd} --kind page --days-late 2 --licence MIT"
    done = run(*days.split(), "--attribution", "X")
    assert done.exit_code == 0, done.output
    assert listed(tmp_path)["days"].days_late == 2


def test_a_built_in_source_is_disabled_by_one_command_that_says_where(run, tmp_path):
    done = run("disable", "nasa-news")
    assert done.exit_code == 0
    assert str(tmp_path / "var" / "sources.toml") in done.output.replace("\n", "")
    assert [one.name for one in listed(tmp_path).values() if not one.enabled] == ["nasa-news"]


def test_what_is_refused_is_a_deliberate_error(run):
    assert isinstance(run("disable", "nobody").exception, NotFound)
    wrong = ["add", "x", "https://x.example/", "--licence", "MIT", "--attribution", "X"]
    assert isinstance(run(*wrong, "--interval", "often").exception, SourceFileError)


def test_a_built_in_source_is_taken_down_by_one_command(run, tmp_path):
    done = run("disable", "nasa-news", "--purge", "--why", "they asked")
    assert done.exit_code == 0 and "nasa-news is taken down" in done.output
    assert not listed(tmp_path)["nasa-news"].enabled
    engine = open_engine(f"sqlite:///{tmp_path / 'var' / 'unseen.db'}")
    with session(engine) as work:
        assert withdrawals(work)["nasa-news"].why == "they asked"
    engine.dispose()


def test_a_take_down_without_a_reason_is_wrong_usage(run):
    assert run("disable", "nasa-news", "--purge", "--why", " ").exit_code == 2
