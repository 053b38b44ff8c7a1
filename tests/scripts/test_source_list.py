"""The source file: read, refused, and written back."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.source_list import (
    BUILT_IN,
    add_source,
    disable_source,
    load_sources,
    write_sources,
)
from store.errors import NotFound, SourceFileError
from store.licences import text_may_be_shown
from store.records import Source

WIRE = Source(
    name="wire",
    kind="page",
    url="http://127.0.0.1/“wire”",
    licence="CC0-1.0",
    attribution='The "Wire"',
    links="a.story",
)


def test_the_built_in_sources_may_all_be_shown() -> None:
    sources = load_sources(BUILT_IN)
    assert len(sources) >= 8
    assert all(text_may_be_shown(source.licence) for source in sources)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    write_sources(path, [WIRE])
    assert load_sources(path) == (WIRE,)


def test_adding_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    write_sources(path, [WIRE])
    added = {"name": "b", "kind": "feed", "url": "http://b/", "licence": "MIT", "attribution": "b"}
    add_source(path, added)
    assert [source.name for source in load_sources(path)] == ["wire", "b"]


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    write_sources(path, [WIRE])
    with pytest.raises(SourceFileError, match="two sources are named 'wire'"):
        add_source(path, WIRE.model_dump(exclude_none=True))
    assert load_sources(path) == (WIRE,)


def test_a_disabled_source_stays_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    write_sources(path, [WIRE])
    disable_source(path, "wire")
    assert [source.enabled for source in load_sources(path)] == [False]


def test_disabling_an_unknown_source_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    write_sources(path, [WIRE])
    with pytest.raises(NotFound, match="no source is called 'x'"):
        disable_source(path, "x")
    assert load_sources(path) == (WIRE,)


def test_the_built_in_list_is_never_written_to() -> None:
    with pytest.raises(SourceFileError, match="UNSEEN_SOURCES"):
        add_source(None, WIRE.model_dump(exclude_none=True))
