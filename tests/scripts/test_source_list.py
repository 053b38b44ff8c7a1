"""The source file: read, refused, and changed without losing what its owner wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.source_list import (
    BUILT_IN,
    add_source,
    check_fields,
    disable_source,
    list_in_force,
    list_to_write,
    load_sources,
    write_sources,
)
from store.errors import NotFound, SourceFileError
from store.licences import is_classified, text_may_be_shown
from store.records import Source
from store.timetable import interval_of
from tests.corpora import corpus

TWELVE = (
    "usgs-quakes-m45", "federal-register", "gov-uk-news", "nasa-news", "plos-one", "rust-blog",
    "wikipedia-current-events", "cert-fr-avis", "destatis-aktuell", "agencia-brasil",
    "globalvoices-es", "mhlw-news",
)  # fmt: skip
LANGUAGES = ("English", "French", "German", "Portuguese", "Spanish", "Japanese")
WIRE = Source(
    name="wire",
    kind="page",
    url="https://wire.example/“wire”",
    licence="CC0-1.0",
    attribution='The "Wire"',
    links="a.story",
)
NEW = {
    "name": "b",
    "kind": "feed",
    "url": "https://b.example/",
    "licence": "MIT",
    "attribution": "b",
}
WRITTEN = '''\
# Mine; do not touch.
[[source]]
name = "wire"   # the old one
kind = 'feed'
url = "https://wire.example/feed"
licence = "CC0-1.0"

attribution = """The
Wire"""

# About the second.
[[source]]
name = "second"
kind = "feed"
url = "https://second.example/feed"
licence = "MIT"
attribution = "Second"
'''


# --- the built-in list ----------------------------------------------------------------------


def test_the_built_in_list_is_the_default_twelve():
    assert tuple(source.name for source in load_sources(None)) == TWELVE


@pytest.mark.parametrize("source", load_sources(None), ids=lambda source: source.name)
def test_every_built_in_source_can_be_visited_and_its_passages_shown(source):
    assert is_classified(source.licence) and text_may_be_shown(source.licence)
    assert interval_of(source).total_seconds() >= 1_800
    assert source.kind in ("feed", "sitemap", "page", "json") and source.enabled
    assert source.url.startswith("https://") and source.topic != "general"


def test_the_built_in_list_says_of_every_source_in_which_language_it_is():
    comments = [
        line.removeprefix("# ").split(".")[0]
        for before, line in zip(*_lines_and_next(), strict=True)
        if not before and line.startswith("# ")
    ]
    assert len(comments) == len(TWELVE)
    assert set(comments) == set(LANGUAGES)


def _lines_and_next() -> tuple[list[str], list[str]]:
    lines = BUILT_IN.read_text(encoding="utf-8").splitlines()
    return lines[:-1], lines[1:]


def test_what_the_built_in_list_states_is_what_the_survey_found():
    names, *lines = corpus("sources.tsv").read_text(encoding="utf-8").splitlines()
    survey = {
        line.split("\t")[0]: dict(zip(names.split("\t"), line.split("\t"), strict=True))
        for line in lines
    }
    assert {name for name, row in survey.items() if row["default"] == "yes"} == set(TWELVE)
    columns = ("name", "kind", "url", "licence", "attribution", "topic", "interval")
    for source in load_sources(None):
        stated = source.model_dump(include=set(columns))
        # Of the portal we read the pages of days, which the survey says in words.
        stated["url"] = stated["url"].removesuffix("/{yyyy}_{month}_{d}")
        assert stated == {name: survey[source.name][name] for name in columns}


def test_only_what_anybody_may_edit_waits_for_its_sentences():
    openly = [source for source in load_sources(None) if source.openly_edited]
    assert [source.name for source in openly] == ["wikipedia-current-events"]


def test_the_portal_is_read_by_its_days():
    from scrapers.dated import address_of

    (portal,) = [source for source in load_sources(None) if source.days_late]
    day = datetime(2026, 11, 3, tzinfo=UTC)
    assert address_of(portal, day).endswith("/wiki/Portal:Current_events/2026_November_3")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({"kind": "feed"}, "is for kind page", id="a feed"),
        pytest.param({"links": "a"}, "without links", id="links"),
        pytest.param({"url": "https://x.org/", "days_late": 2}, "names a day", id="no day"),
    ],
)
def test_a_day_in_an_address_is_for_a_page_that_is_read_itself(fields, why):
    fields_given = {"name": "days", "kind": "page", "url": "https://x.org/{yyyy}/{mm}/{dd}"}
    source = Source(licence="MIT", attribution="X", **{**fields_given, **fields})
    with pytest.raises(SourceFileError, match=why):
        check_fields(source)


# --- which list -----------------------------------------------------------------------------


def test_the_named_file_goes_before_the_own_copy_and_that_before_the_built_in_list(tmp_path):
    named = tmp_path / "named.toml"
    assert list_in_force(None, tmp_path) == BUILT_IN
    own = list_to_write(None, tmp_path)
    assert own == tmp_path / "sources.toml" == list_in_force(None, tmp_path)
    assert list_in_force(named, tmp_path) == named == list_to_write(named, tmp_path)
    assert not named.exists()


def test_a_built_in_source_is_disabled_in_the_operators_copy_and_nowhere_else(tmp_path):
    before = BUILT_IN.read_bytes()
    disable_source(list_to_write(None, tmp_path / "home"), "nasa-news")
    off = [s.name for s in load_sources(list_in_force(None, tmp_path / "home")) if not s.enabled]
    assert off == ["nasa-news"]
    assert BUILT_IN.read_bytes() == before
    copy = (tmp_path / "home" / "sources.toml").read_text(encoding="utf-8")
    assert [line for line in copy.splitlines() if line.startswith("#")] == [
        line for line in before.decode().splitlines() if line.startswith("#")
    ]


def test_a_copy_that_exists_is_not_made_again(tmp_path):
    disable_source(list_to_write(None, tmp_path), "nasa-news")
    disable_source(list_to_write(None, tmp_path), "plos-one")
    off = [s.name for s in load_sources(list_in_force(None, tmp_path)) if not s.enabled]
    assert off == ["nasa-news", "plos-one"]


def test_where_no_copy_can_be_made_the_sentence_says_what_to_do(tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(SourceFileError, match="name a file of your own in UNSEEN_SOURCES"):
        list_to_write(None, tmp_path / "home")


# --- changing it ----------------------------------------------------------------------------


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    write_sources(path, [WIRE])
    assert load_sources(path) == (WIRE,)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.fixed_dictionaries(
        {
            "name": st.text(st.characters(codec="utf-8"), min_size=1, max_size=80),
            "attribution": st.text(st.characters(codec="utf-8"), min_size=1),
            "topic": st.text(st.characters(codec="utf-8"), min_size=1),
            "user_agent": st.none() | st.text(st.characters(codec="utf-8")),
            "interval": st.sampled_from(["30m", "1h", "2d"]),
            "openly_edited": st.booleans(),
        }
    )
)
def test_whatever_is_added_is_read_back_equal(tmp_path, fields):
    path = tmp_path / "sources.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    if fields["name"] in ("wire", "second"):
        return
    source = add_source(path, NEW | {k: v for k, v in fields.items() if v is not None})
    assert source == Source(**(NEW | fields))
    assert load_sources(path)[2] == source
    assert path.read_text(encoding="utf-8").startswith(WRITTEN)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(WRITTEN, id="tables"),
        pytest.param(WRITTEN.rstrip(), id="no line end"),
        pytest.param(WRITTEN.replace("\n", "\r\n"), id="lines that end as on Windows"),
        pytest.param(
            'source = [{name = "wire", kind = "feed", url = "https://w.example/", '
            'licence = "MIT", attribution = "w"}, {name = "second", kind = "feed", '
            'url = "https://s.example/", licence = "MIT", attribution = "s"}] # both\n',
            id="an array on one line",
        ),
    ],
)
def test_adding_and_disabling_leave_the_owners_file_as_it_was(tmp_path, written):
    path = tmp_path / "sources.toml"
    path.write_bytes(written.encode())
    before = load_sources(path)
    add_source(path, NEW)
    disable_source(path, "second")
    after = load_sources(path)
    assert [s.name for s in after] == ["wire", "second", "b"]
    assert after[0] == before[0]
    assert [s.enabled for s in after] == [True, False, True]
    text = path.read_bytes().decode()
    assert text.count("\r") >= written.count("\r")
    assert [part for part in written.split() if "#" in part] == [
        part for part in text.split() if "#" in part
    ]


def test_disabling_changes_one_line(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    disable_source(path, "wire")
    changed = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in changed if line not in WRITTEN.splitlines()] == ["enabled = false"]
    disable_source(path, "wire")
    assert path.read_text(encoding="utf-8").splitlines() == changed


def test_a_list_behind_a_link_is_changed_where_it_lies_and_stays_as_private(tmp_path):
    real, link = tmp_path / "etc" / "sources.toml", tmp_path / "sources.toml"
    real.parent.mkdir()
    real.write_text(WRITTEN)
    real.chmod(0o600)
    link.symlink_to(real)
    add_source(link, NEW)
    assert link.is_symlink() and len(load_sources(real)) == 3
    assert real.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in real.parent.iterdir()] == ["sources.toml"]


def test_a_file_that_does_not_exist_is_begun(tmp_path):
    path = tmp_path / "sources.toml"
    add_source(path, NEW)
    assert [source.name for source in load_sources(path)] == ["b"]


JSON = {"kind": "json", "items": "features", "id": "id", "text": "{name}"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"name": "wire"}, "two sources are named 'wire'", id="a taken name"),
        pytest.param({"interval": "often"}, "'often' is not like 1h", id="no interval"),
        pytest.param({"interval": "0h"}, "'0h' is not like 1h", id="an interval of nothing"),
        pytest.param({"kind": "api"}, "'b', kind: Input should be", id="no kind"),
        pytest.param({"licence": ""}, "'b', licence: String should", id="no licence"),
        pytest.param({"url": "b.example/feed"}, "only http:// and https://", id="no scheme"),
        pytest.param({"url": "file:///etc/passwd"}, "only http://", id="a file"),
        pytest.param({"url": "http://127.0.0.1:8000/"}, "is not public: loopback", id="loopback"),
        pytest.param({"url": "https://u:p@b.example/"}, "it holds a user name", id="a password"),
        pytest.param({"kind": "page", "links": "a["}, "is no CSS selector", id="no selector"),
        pytest.param(
            {"links": "a"}, "links belongs to kind page, not to feed", id="links of a feed"
        ),
        pytest.param({"items": "a"}, "items.* kind json", id="items of a feed"),
        pytest.param({"kind": "json"}, "needs `items`", id="structured data without items"),
        pytest.param(JSON | {"items": "a["}, "'b': `items` cannot be used", id="no JMESPath"),
    ],
)
def test_a_source_that_could_never_be_read_is_refused_and_nothing_is_written(
    tmp_path, changes, words
):
    path = tmp_path / "sources.toml"
    path.write_text(WRITTEN)
    with pytest.raises(SourceFileError, match=words) as refused:
        add_source(path, NEW | changes)
    assert "\n" not in str(refused.value)
    assert path.read_text() == WRITTEN


def test_a_private_host_that_is_allowed_may_be_added(tmp_path):
    path = tmp_path / "sources.toml"
    at_home = NEW | {"url": "http://127.0.0.1:8000/feed"}
    assert add_source(path, at_home, frozenset({"127.0.0.1:8000"})).url == at_home["url"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(WRITTEN + "interval = 'x'\n", "'second': interval 'x'", id="an interval"),
        pytest.param(WRITTEN + "nonsense = 1\n", "'second', nonsense: Extra", id="a field"),
        pytest.param("[[source]]\nname=", "is not TOML", id="no TOML"),
        pytest.param("", "lists no", id="nothing"),
    ],
)
def test_a_list_that_cannot_be_read_names_the_source_and_the_field(tmp_path, text, words):
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(SourceFileError, match=words):
        load_sources(path)


def test_disabling_an_unknown_source_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(WRITTEN)
    with pytest.raises(NotFound, match="no source is called 'x'"):
        disable_source(path, "x")
    assert path.read_text() == WRITTEN
