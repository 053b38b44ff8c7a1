"""What is said in public of why a source failed, and how times and counts are put in words."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from api.pages.series import HEIGHT, LEAST, series_of
from api.phrases import ago, ahead, came_to, lasting, sparkline
from api.reasons import MAX_REASON, OURS, public_reason, public_url
from tests.building import NOW

OWN = "https://site.example/feed.xml"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        pytest.param(f"cannot read {OWN}: the server answered 503", "the server answered 503"),
        pytest.param(
            f"cannot read {OWN}: the server answered 429: not before 2026-08-25 12:00:00 UTC",
            "the server answered 429: not before 2026-08-25 12:00:00 UTC",
            id="times are kept",
        ),
        pytest.param(
            f"cannot read {OWN}: not finished within 30.5 seconds",
            "not finished within 30.5 seconds",
            id="numbers are kept",
        ),
        pytest.param(
            f"cannot read {OWN}: robots.txt does not allow it",
            "robots.txt does not allow it",
            id="robots.txt is no host",
        ),
        pytest.param(
            f"no document in {OWN}: application/pdf is no article",
            "application/pdf is no article",
            id="a type is no path",
        ),
        pytest.param(
            "cannot read https://site.example/other: no address found for site.example",
            "no address found for site.example",
            id="its own host may be named",
        ),
        pytest.param(
            "cannot read http://10.0.0.7:8080/admin?token=abc: 10.0.0.7 is not public: private",
            "an address it leads to: … is not public: private",
            id="where it leads is not told",
        ),
        pytest.param(
            f"cannot read {OWN}: its address 192.168.1.9 is not public: private use",
            "its address … is not public: private use",
            id="an address of ours is left out",
        ),
        pytest.param(
            f"cannot read {OWN}: its address [fd00::1] is not public: private use",
            "its address … is not public: private use",
            id="of either family",
        ),
        pytest.param(
            f"cannot read {OWN}: jenkins is a local name",
            "… is a local name",
            id="a bare name is left out",
        ),
        pytest.param(
            f"cannot read {OWN}: proxy.corp.internal:3128 refused, see localhost:8000",
            "… refused, see …",
            id="hosts are left out",
        ),
        pytest.param(
            f"cannot read {OWN}: No such file: /srv/unseen/keys/seal.key or C:\\keys",
            "No such file: … or …",
            id="paths are left out",
        ),
        pytest.param(
            f"cannot read {OWN}: api_key=s3cr3t and Bearer c2VjcmV0LXNlY3JldC0xMjM0NTY3OA",
            "… and Bearer …",
            id="keys are left out",
        ),
        pytest.param("the database refused: disk I/O error at /srv", OURS, id="ours is not told"),
        pytest.param("KeyError", OURS, id="nor a fault of ours"),
        pytest.param(f"cannot read {OWN}: a\x1b[31mb\u202ec\x00", "a[31mbc", id="no orders"),
    ],
)
def test_a_reason_tells_the_site_s_trouble_and_nothing_of_ours(why, said):
    assert public_reason(why, OWN) == said


def test_a_source_of_this_machine_may_be_told_by_its_own_address():
    why = "cannot read http://127.0.0.1:8123/feed: no address found for 127.0.0.1"
    assert public_reason(why, "http://127.0.0.1:8123/feed") == "no address found for 127.0.0.1"


@pytest.mark.parametrize("filler", ["a", "1", ".", "/", "a.", "a:", "=", "https://", "~."])
def test_a_reason_of_a_million_characters_costs_nothing(filler):
    start = time.perf_counter()
    said = public_reason(f"cannot read {OWN}: {filler * (1_000_000 // len(filler))}", OWN)
    assert len(said) <= MAX_REASON and time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (OWN, OWN),
        ("https://site.example/f?page=1", "https://site.example/f?page=1"),
        ("https://site.example/f?api_key=s3&page=1", "https://site.example/f?api_key=...&page=1"),
        ("https://site.example/f?keyword=a&author=b", "https://site.example/f?keyword=a&author=b"),
        ("https://me:pw@site.example:8443/f", "https://site.example:8443/f"),
        ("https://[", "…"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(url, shown):
    assert public_url(url) == shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "0 s"), (89, "89 s"), (90, "2 min"), (5400, "2 h"), (36 * 3600, "2 days")],
)
def test_lengths_are_told_in_one_unit(seconds, said):
    assert lasting(seconds) == said


def test_instants_are_told_from_now():
    minute = timedelta(minutes=1)
    assert [ago(NOW - 5 * minute, NOW), ago(NOW, NOW)] == ["5 min ago", "just now"]
    assert [ahead(NOW + 5 * minute, NOW), ahead(NOW, NOW)] == ["in 5 min", "due now"]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param({}, "", id="nothing was said"),
        pytest.param({"n_listed": 0, "n_documents": 0}, "nothing listed", id="nothing was there"),
        pytest.param({"n_listed": 0, "n_unchanged": 1}, "unchanged since the visit before"),
        pytest.param(
            {"n_listed": 9, "n_documents": 1, "n_facts": 1, "n_refused": 2},
            "9 listed, 1 new document, 1 new fact, 2 refused",
        ),
        pytest.param({"n_open": 1, "n_sealed": 3}, "1 open question, 3 sealed", id="a week"),
    ],
)
def test_counts_are_put_in_words(counts, said):
    assert came_to(counts) == said


def test_a_bar_of_one_among_thousands_is_seen():
    drawn = series_of("documents", ["a", "b", "c"], [0, 1, 5000])
    assert [column.look for column in drawn.columns] == ["none", "past", "now"]
    assert drawn.columns[1].height == LEAST and drawn.columns[2].height == HEIGHT
    assert all(column.y + column.height == HEIGHT for column in drawn.columns)
    assert sparkline([0, 1, 5000]) == "▁▂█" and sparkline([0, 0]) == "▁▁"
