"""What robots.txt means: Google's and Protego's own cases, and the failures of RFC 9309."""

from __future__ import annotations

import json

import pytest

from scrapers.robots import (
    MAX_ROBOTS_BYTES,
    answered,
    parse,
    product_token,
    rules_of,
    unreachable,
)
from tests.corpora import corpus
from tests.scrapers.conftest import NOW

#: Measured with Protego 0.7.0 (130 of Google's without our reading of group names).
GOOGLE_AGREES = 137
PROTEGO_AGREES = 269


def rows(name):
    return [json.loads(row) for row in corpus(f"data/{name}").read_text("utf-8").splitlines()]


def agreement(cases):
    """Count the cases whose verdict is the expected one."""
    return sum(
        parse(text.encode("utf-8")).can_fetch(url, agent) is allowed
        for text, url, agent, allowed in cases
    )


def test_googles_cases_are_judged_as_google_does():
    cases = [
        (r["robotstxt"], r["url"], r["useragent"], r["allowed"])
        for r in rows("robots_google_robots_test.jsonl")
    ]
    # Protego reads some of Google's own extensions otherwise; a newer one may read more.
    assert len(cases) == 142
    assert agreement(cases) >= GOOGLE_AGREES


def test_protegos_cases_are_judged_as_protego_does():
    cases = [(r["robotstxt"], *r["args"], r["allowed"]) for r in rows("robots_protego_unit.jsonl")]
    assert len(cases) == 269
    assert agreement(cases) >= PROTEGO_AGREES


@pytest.mark.parametrize(
    ("status", "allowed"),
    [(200, False), (204, True), (401, True), (404, True), (410, True), (500, False), (599, False)],
)
def test_an_answer_allows(status, allowed):
    body = b"User-agent: *\nDisallow: /\n" if status == 200 else b""
    assert (
        rules_of(answered(status, body, NOW)).verdict("http://x.org/a", "Unseen/1").allowed
        is allowed
    )


def test_an_unreachable_file_allows_nothing_and_says_why():
    verdict = rules_of(unreachable("no address found", NOW)).verdict("http://x.org/a", "Unseen/1")
    assert (verdict.allowed, verdict.why) == (False, "robots.txt cannot be read: no address found")


def test_a_file_is_kept_for_a_day_at_most_and_a_failure_for_minutes():
    assert (answered(200, b"", NOW).expires_at - NOW).total_seconds() <= 24 * 3600
    assert (unreachable("x", NOW).expires_at - NOW).total_seconds() <= 3600


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xef\xbb\xbfUser-agent: *\nDisallow: /a", id="a byte-order mark"),
        pytest.param(
            b"\xff\xfe\x00 garbage\nUser-agent: *\nDisallow: /a", id="bytes of no encoding"
        ),
        pytest.param(b"#\n" * 255_000 + b"User-agent: *\nDisallow: /a", id="rules at 500 KiB"),
    ],
)
def test_rules_are_found_behind(body):
    assert not parse(body).can_fetch("http://x.org/a", "Unseen")


def test_a_half_line_at_the_limit_is_no_rule():
    body = (
        b"User-agent: *\nDisallow: /private\n"
        + b"#" * (MAX_ROBOTS_BYTES - 40)
        + b"\nDisallow: /abc"
    )
    assert parse(body).can_fetch("http://x.org/a", "Unseen")


@pytest.mark.parametrize("name", ["Unseen Bot", "unseen/2.0", "UNSEEN  crawler (x)"])
def test_a_group_named_after_us_and_more_is_for_us(name):
    rules = parse(f"User-agent: *\nAllow: /\n\nUser-agent: {name}\nDisallow: /\n".encode())
    assert not rules.can_fetch("http://x.org/a", "Unseen")
    assert rules.can_fetch("http://x.org/a", "Other")


def test_an_html_page_is_no_rule():
    assert parse(b"<html><body>Not found: Disallow: /</body></html>").can_fetch(
        "http://x.org/", "U"
    )


def test_we_go_by_the_first_word_of_our_name():
    assert product_token("Unseen/0.1 (+https://example.org)") == "Unseen"
    assert product_token("Research bot") == "Research"
