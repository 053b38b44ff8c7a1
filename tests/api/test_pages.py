"""What the pages show, read as a browser would: from the parsed document."""

from __future__ import annotations

from itertools import pairwise

import pytest
from lxml import html

from tests.api.conftest import Site
from tests.building import EARLIER, LATER

PAGES = [
    "/",
    f"/sets/{LATER}",
    f"/sets/{EARLIER}",
    "/funnel",
    "/sources",
    "/runs",
    "/runs?job=week",
    "/runs?job=gap",
    "/problems",
]


def read(site: Site, path: str) -> html.HtmlElement:
    """Return a page's parsed document."""
    answer = site.client.get(path)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def text(node: html.HtmlElement) -> str:
    """Return a node's words, with single spaces."""
    return " ".join(node.text_content().split())


def question(site: Site, name: str) -> html.HtmlElement:
    """Return the page of a told question."""
    return read(site, f"/questions/{site.id(name)}")


def test_the_first_page_says_what_this_is_and_how_to_pull_it(site: Site):
    page = read(site, "/")
    assert len(page.xpath("//h1")) == 1
    numbers = {text(n.find("dt")): text(n.find("dd")) for n in page.find_class("number")}
    assert numbers["open questions"] == "31" and numbers["sealed questions"] == "1"
    commands = text(page.find_class("commands")[0])
    for tool in ("load_dataset", "json_dataset", "lm-eval run", "curl -fLO", "unseen verify"):
        assert tool in commands
    assert f"http://unseen.example/v1/sets/{LATER}/questions.parquet" in commands
    assert page.xpath("//table//th/a/text()") == [LATER, EARLIER]


def test_a_week_shows_counts_licences_files_and_how_to_verify(site: Site):
    page = read(site, f"/sets/{LATER}")
    words = text(page)
    for part in (
        "Tarn Gazette",
        "CC-BY-4.0",
        "Merkle root",
        f"unseen verify http://unseen.example/v1/sets/{LATER}",
    ):
        assert part in words
    manifest = site.client.get(f"/v1/sets/{LATER}").json()
    for name, stated in manifest["files"].items():
        assert page.xpath(f"//a[@href='/v1/sets/{LATER}/{name}']") and stated["sha256"] in words
    assert "stale: a later capture gives another value" in words
    assert "33 of 200: too few documents" in words


def test_the_questions_of_a_week_are_reached_page_by_page(site: Site):
    seen: list[str] = []
    path = f"/sets/{LATER}"
    while path:
        page = read(site, path)
        seen += [a.get("href").rsplit("/", 1)[1] for a in page.find_class("card-link")]
        path = (page.xpath("//nav[@class='pager']/a[@rel='next']/@href") or [""])[0]
    rows = site.client.get(f"/v1/sets/{LATER}/questions").json()["items"]
    assert seen == [row["id"] for row in rows] and len(seen) == 32


def test_a_filter_narrows_the_list_and_is_taken_back_by_the_same_link(site: Site):
    page = read(site, f"/sets/{LATER}")
    people = page.xpath("//a[contains(@class,'chip')][contains(.,'people')]/@href")[0]
    narrowed = read(site, people)
    assert len(narrowed.find_class("card-link")) == 1
    back = narrowed.xpath("//a[contains(@class,'chosen')]/@href")[0]
    assert back == f"/sets/{LATER}#questions"


def test_a_question_is_shown_with_its_quote_marked_in_the_passage(site: Site):
    page, told = question(site, "open"), site.told["open"]
    assert text(page.xpath("//h1")[0]) == told.question.question
    assert [mark.text for mark in page.xpath("//blockquote//mark")] == [told.candidate.quote]
    assert text(page.find_class("passage")[0]) == told.document.text
    assert text(page.find_class("answer")[0]) == "412"


def test_the_right_option_is_marked(site: Site):
    right = question(site, "choice").xpath("//ol[@class='options']/li[@class='right']")
    assert [text(option) for option in right] == ["CMira Halvorsenright"]


def test_the_chain_goes_from_source_to_release_in_order(site: Site):
    heads = [text(h) for h in question(site, "open").xpath("//ol[@class='timeline']/li/h3")]
    assert heads == [
        "Source",
        "Capture",
        "Document",
        "Passage",
        "Writer",
        "date v1 pass",
        "quote v1 pass",
        "supported v1 pass",
        f"Release {EARLIER}",
    ]
    words = text(question(site, "open").find_class("timeline")[0])
    for part in ("HTTP 200", "the feed says so", "rule:number/1", "score 1"):
        assert part in words


def test_a_quote_stands_alone_where_the_licence_allows_no_passage(site: Site):
    page = question(site, "quote_only")
    assert text(page.find_class("passage")[0]) == site.told["quote_only"].candidate.quote
    assert "licence does not let us show" in text(page)


def test_a_sealed_question_says_why_and_until_when(site: Site):
    page = question(site, "sealed")
    words = text(page)
    assert "The answer is sealed" in words and "It retires with 2026-W39" in words
    row = site.client.get(f"/v1/questions/{site.id('sealed')}").json()
    assert row["commitment"] in words
    assert not page.find_class("answer") and not page.xpath("//mark")
    assert "difficulty" not in words and "difficulty" in text(question(site, "open"))


def test_a_retired_question_says_why_it_left_and_shows_its_salt(site: Site):
    words = text(question(site, "retiring"))
    assert "stale: a later capture gives another value" in words and "Salt" in words


def test_the_funnel_explains_each_check_that_stopped_something(site: Site):
    words = text(read(site, f"/funnel?week={LATER}"))
    assert "self_contained 1" in words and "Can the question be understood on its own?" in words


@pytest.mark.parametrize("path", [*PAGES, "open", "sealed", "retiring", "choice"])
def test_every_page_can_be_read_by_machine_and_keyboard(site: Site, path):
    page = read(site, path if path.startswith("/") else f"/questions/{site.id(path)}")
    root = page.getroottree().getroot()
    assert root.get("lang") == "en" and page.xpath("//title/text()")[0].strip()
    assert len(page.xpath("//h1")) == len(page.xpath("//main")) == 1
    levels = [int(node.tag[1]) for node in page.xpath("//h1|//h2|//h3")]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)
    assert all(text(link) for link in page.xpath("//a"))
    assert page.xpath("//meta[@name='viewport']") and page.xpath("//a[@class='skip']")
    assert not page.xpath("//script|//style|//@style|//iframe|//form")


@pytest.mark.parametrize("path", [*PAGES, "open", "sealed", "retiring"])
def test_every_link_of_ours_leads_somewhere(site: Site, path):
    page = read(site, path if path.startswith("/") else f"/questions/{site.id(path)}")
    ours = {url.partition("#")[0] for url in page.xpath("//@href") if url.startswith("/")}
    for url in ours:
        assert site.client.get(url).status_code in (200, 307), url


def test_the_style_sheet_has_a_new_address_when_it_changes(site: Site):
    url = read(site, "/").xpath("//link[@rel='stylesheet']/@href")[0]
    sheet = site.client.get(url)
    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    assert site.client.get("/static/old/unseen.css").headers["cache-control"] == "no-cache"
    assert b"http" not in sheet.content and b"@import" not in sheet.content
