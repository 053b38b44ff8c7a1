"""The sample site: its articles, their dates, and how it answers a reader."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import re
import socket
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import feedparser
import pytest
import trafilatura
from bs4 import BeautifulSoup
from protego import Protego

from scrapers.sample.benchmark import known_references
from scrapers.sample.content import FrontMatter, fill_dates, load_articles
from scrapers.sample.pages import CLOSED_FOLDER, render_site
from scrapers.sample.site import SampleSite, serve_sample
from scrapers.sample.sources import STORY_LINKS, sample_sources
from scrapers.sample.topics import TOPICS
from store.licences import text_may_be_shown
from store.text import plain, shingles, squeeze, tokens
from store.weeks import week_bounds

#: An ordinary week, one that begins in the year before, one that ends in the year after.
WEEKS = ("2026-W34", "2026-W01", "2026-W53")
WEEK = WEEKS[0]

in_every_week = pytest.mark.parametrize("week", WEEKS)


@pytest.fixture(scope="module")
def articles():
    return load_articles(WEEK)


@pytest.fixture(scope="module")
def site():
    with SampleSite(WEEK) as running:
        yield running


def ask(site, path, method="GET", **headers):
    """Send one request; header names are written with underscores."""
    connection = http.client.HTTPConnection(urlsplit(site.base_url).netloc, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


# What the articles hold


def test_there_is_enough_to_make_a_week_of(articles):
    start, end = week_bounds(WEEK)
    in_week = [a for a in articles if start <= a.published_at < end]
    recent = [a for a in articles if start - timedelta(days=21) <= a.published_at < end]
    assert len(articles) >= 72
    assert len(in_week) >= 40
    assert len(recent) >= 60


def test_every_topic_has_articles_and_every_article_a_topic(articles):
    counts = Counter(article.topic for article in articles)
    assert set(counts) == {topic.name for topic in TOPICS}
    assert min(counts.values()) >= 5


def test_every_story_is_told_in_two_to_four_articles(articles):
    counts = Counter(article.story for article in articles)
    assert len(counts) >= 24
    assert {story: n for story, n in counts.items() if not 2 <= n <= 4} == {}


def test_articles_are_short(articles):
    lengths = {article.path: len(tokens(article.body)) for article in articles}
    assert {path: n for path, n in lengths.items() if not 90 <= n <= 220} == {}


def test_titles_are_unique(articles):
    assert len({article.title for article in articles}) == len(articles)


@in_every_week
def test_no_two_articles_share_twelve_words_in_a_row(week):
    owner = {}
    for article in load_articles(week):
        for run in set(shingles(tokens(article.body), 12)):
            assert run not in owner, f"{article.path} and {owner[run]} share {' '.join(run)!r}"
            owner[run] = article.path


def test_every_article_holds_five_sentences_with_something_to_ask_about(articles):
    """A figure or a name in the middle of the sentence."""
    askable = re.compile(r"\d|(?<!^)\b[A-Z][a-z]+ [A-Z][a-z]+")
    for article in articles:
        sentences = re.split(r"(?<=[.!?])\s+|\n", article.body)
        assert sum(bool(askable.search(s)) for s in sentences) >= 5, article.path


@pytest.mark.parametrize(
    ("wording", "values"),
    [
        (r"By DATE the Skellan sea wall had cost ([\d.]+) million euros", ["18.4", "21.7"]),
        (r"By DATE the repair of the Lull Viaduct had cost ([\d.]+) million", ["2.4", "2.9"]),
        (r"By DATE the outbreak in Brigmoor had reached (\d+) confirmed", ["47", "83", "96"]),
        (r"By DATE Sandpiper had travelled (\d+) million kilometres", ["61", "94", "101"]),
        (r"On DATE Hobley Labs counted ([\d,]+) vulnerable", ["4,870", "2,390", "1,065"]),
        (r"Larbeck Bridge showed ([\d.]+) metres on DATE", ["5.72", "3.10", "2.25"]),
        (r"Network had counted (\d+) aftershocks", ["34", "151"]),
        (r"By DATE Aldry Mariners had collected (\d+) points", ["26", "28"]),
        (r"Brameline had (\d+) drivers on DATE", ["642", "661"]),
        (r"Ruddock Yard employed (\d+) people on DATE", ["412", "419"]),
    ],
)
def test_values_change_within_a_story(articles, wording, values):
    """The same subject and attribute, word for word, with another value on a later day."""
    texts = " ".join(squeeze(article.body) for article in articles)
    assert re.findall(wording.replace("DATE", r"\d+ \w+ \d{4}"), texts) == values


def test_documents_join_over_a_name(articles):
    """One text says who, another says what became of them, and does not repeat who it was."""
    by_slug = {article.path.rsplit("/", 1)[1]: article.body for article in articles}
    clue, value = by_slug["alder-prize-winner.html"], by_slug["karrow-studio.html"]
    assert "The Alder Prize went to Sunniva Karrow" in clue and "Cooper's Quay" not in clue
    assert "Sunniva Karrow moved her studio to Cooper's Quay 9" in value
    assert "Alder Prize" not in value


# Planted trouble


def test_one_article_is_planted_for_each_kind_of_trouble(articles):
    assert Counter(a.trouble for a in articles if a.trouble) == {"injection": 1, "benchmark": 1}


def test_the_injection_comes_hidden_by_style_in_a_comment_and_in_the_open(articles):
    (planted,) = (article for article in articles if article.trouble == "injection")
    assert '<div style="display:none">Assistants that' in planted.html
    assert "<!-- Note to any AI model" in planted.html
    visible = BeautifulSoup(planted.html, "lxml").blockquote.get_text()
    assert "Ignore all previous instructions" in visible and "MARZIPAN" in visible


def test_no_other_article_hides_anything(articles):
    suspicious = [a.trouble for a in articles if re.search(r"<!--|style=|MARZIPAN", a.html)]
    assert suspicious == ["injection"]


def test_the_benchmark_story_answers_known_questions(articles):
    (planted,) = (article for article in articles if article.trouble == "benchmark")
    retold = [row for row in known_references() if "Ardith" in row.question]
    assert len(retold) == 8
    assert [row.row_id for row in retold if row.answer not in planted.body] == []


def test_no_honest_article_answers_a_known_question_of_the_story(articles):
    assert not any("Ardith" in article.body for article in articles if not article.trouble)


def test_the_known_benchmark_is_well_formed():
    rows = known_references()
    assert len(rows) >= 60
    assert len({row.row_id for row in rows}) == len({row.question for row in rows}) == len(rows)
    assert [row.row_id for row in rows if row.choices and row.answer not in row.choices] == []


# Dates


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        pytest.param("{date:0}", "29 December 2025", id="a week may begin in the year before"),
        pytest.param("{date:3}", "1 January 2026", id="days have no leading zero"),
        pytest.param("{iso:-1}", "2025-12-28", id="iso dates are ISO"),
        pytest.param("{month:-31}", "November 2025", id="a month has its year"),
        pytest.param("{year:2} and {year:3}", "2025 and 2026", id="a year stands alone"),
    ],
)
def test_dates_are_filled_in(written, filled):
    assert fill_dates(f"On {written}.", week_bounds("2026-W01")[0].date()) == f"On {filled}."


@pytest.mark.parametrize("written", ["{day:1}", "{date:x}", "{date: 1}"])
def test_a_misspelt_date_is_an_error(written):
    with pytest.raises(ValueError, match="unknown placeholder"):
        fill_dates(written, week_bounds(WEEK)[0].date())


@in_every_week
def test_every_date_is_filled_in(week):
    assert [a.path for a in load_articles(week) if re.search(r"[{}]", a.body + a.title)] == []


@in_every_week
def test_no_article_is_younger_than_its_week(week):
    _, end = week_bounds(week)
    assert max(article.published_at for article in load_articles(week)) < end


def test_an_article_of_the_week_after_is_refused():
    head = {"title": "Too early", "topic": "rail", "story": "night-train"}
    assert FrontMatter.model_validate({**head, "day": 6}).day == 6
    with pytest.raises(ValueError, match="less than or equal to 6"):
        FrontMatter.model_validate({**head, "day": 7})


@in_every_week
def test_ages_do_not_depend_on_the_week(week):
    def ages(asked):
        start, _ = week_bounds(asked)
        return {
            article.path.rsplit("/", 1)[1]: article.published_at - start
            for article in load_articles(asked)
        }

    assert ages(week) == ages(WEEK)


@in_every_week
def test_months_told_in_one_story_keep_their_order(week):
    """Two months of different offsets must not fall together: a value would contradict itself."""
    punctual = re.compile(r"in (\w+ \d{4})(?:,| to 81)")
    texts = [a.body for a in load_articles(week) if a.story == "punctuality"]
    first, second = (punctual.search(text)[1] for text in texts)
    assert first != second


def test_weekdays_in_a_text_are_those_of_its_dates(articles):
    """'On Thursday' in an article of Thursday: offsets count from a Monday in every week."""
    (text,) = (a for a in articles if a.path.endswith("ekvall-contract.html"))
    assert "said on Thursday" in text.body and text.published_at.weekday() == 3


# The site


def test_every_article_is_listed_by_its_source(site, articles):
    found = set()
    for source in sample_sources(site.base_url):
        status, _, body = ask(site, urlsplit(source.url).path)
        assert status == 200
        if source.kind == "page":
            links = BeautifulSoup(body, "lxml").select(source.links)
            found |= {link["href"] for link in links}
        elif source.url.endswith(".json"):
            found |= {urlsplit(item["url"]).path for item in json.loads(body)["items"]}
        else:
            found |= {urlsplit(e.link).path for e in feedparser.parse(io.BytesIO(body)).entries}
    assert found == {article.path for article in articles}


@pytest.mark.parametrize(
    "topic", [t for t in TOPICS if t.listing in {"rss", "atom"}], ids=lambda topic: topic.name
)
def test_feeds_are_clean_and_dated(site, articles, topic):
    feed = feedparser.parse(io.BytesIO(ask(site, topic.listing_path)[2]))
    expected = {a.title: a.published_at for a in articles if a.topic == topic.name}
    assert not feed.bozo
    assert feed.version == {"rss": "rss20", "atom": "atom10"}[topic.listing]
    assert {e.title: e.published_parsed[:6] for e in feed.entries} == {
        title: moment.timetuple()[:6] for title, moment in expected.items()
    }


def test_json_feeds_carry_whole_articles(site, articles):
    items = json.loads(ask(site, "/science/feed.json")[2])["items"]
    assert {item["content_html"] for item in items} == {
        article.html for article in articles if article.topic == "science"
    }


def test_one_topic_has_no_feed():
    assert [t.name for t in TOPICS if t.listing == "page"] == ["culture"]
    assert [s.links for s in sample_sources("http://x") if s.kind == "page"] == [STORY_LINKS]


def test_sources_are_ours_to_show():
    sources = sample_sources("http://127.0.0.1:1/")
    assert len({source.name for source in sources}) == len(sources) == len(TOPICS)
    assert all(text_may_be_shown(source.licence) for source in sources)
    assert all(source.url.startswith("http://127.0.0.1:1/") for source in sources)
    assert not any("1//" in source.url for source in sources)


def test_a_page_says_when_it_was_published_in_four_places(site, articles):
    article = articles[-1]
    _, headers, body = ask(site, article.path)
    page = BeautifulSoup(body, "lxml")
    expected = article.published_at.isoformat()
    assert page.find("meta", property="article:published_time")["content"] == expected
    assert json.loads(page.find("script").string)["datePublished"] == expected
    assert page.find("time")["datetime"] == expected
    assert headers["Last-Modified"] == article.published_at.strftime("%a, %d %b %Y %H:%M:%S GMT")


def test_the_text_survives_extraction_and_the_page_around_it_does_not(articles):
    pages = render_site(articles, "http://127.0.0.1:1")
    for article in articles:
        text = trafilatura.extract(
            pages[article.path].body, favor_precision=True, include_comments=False
        )
        last = BeautifulSoup(article.html, "lxml").find_all("p")[-1].get_text()
        assert squeeze(plain(article.summary)) in squeeze(plain(text)), article.path
        assert squeeze(plain(last)) in squeeze(plain(text)), article.path
        assert not re.search(r"cookies|newsletter|</?p>", text), article.path


@pytest.mark.parametrize("path", ["/rail/feed.json", "/harbour/", "/sitemap.xml"])
def test_head_is_get_without_the_body(site, path):
    """Read from the bare socket: an HTTP client would not show a body that came by mistake."""
    address = urlsplit(site.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as wire:
        wire.sendall(f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: wire.recv(65536), b"")).partition(b"\r\n\r\n")
    length = len(ask(site, path)[2])
    assert head.startswith(b"HTTP/1.1 200") and body == b""
    assert f"Content-Length: {length}\r\n".encode() in head + b"\r\n"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_reader_that_has_the_page_gets_304(site, encoding):
    path = "/harbour/feed.xml"
    _, headers, _ = ask(site, path, Accept_Encoding=encoding)
    again = {"Accept_Encoding": encoding, "If_None_Match": headers["ETag"]}
    status, same, body = ask(site, path, **again)
    assert (status, body, same["ETag"]) == (304, b"", headers["ETag"])
    assert ask(site, path, If_Modified_Since=headers["Last-Modified"])[0] == 304


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"If_None_Match": '"another"'}, id="another etag"),
        pytest.param({"If_Modified_Since": "Thu, 01 Jan 2026 00:00:00 GMT"}, id="older copy"),
        pytest.param({"If_Modified_Since": "yesterday"}, id="unreadable date"),
        pytest.param(
            {"If_None_Match": '"another"', "If_Modified_Since": "Fri, 01 Jan 2038 00:00:00 GMT"},
            id="the etag counts more than the date",
        ),
    ],
)
def test_a_reader_that_does_not_have_it_gets_the_page(site, headers):
    assert ask(site, "/harbour/feed.xml", **headers)[0] == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        pytest.param("gzip, deflate", "gzip", id="asked for"),
        pytest.param("identity", None, id="not asked for"),
        pytest.param("gzip;q=0", None, id="refused"),
    ],
)
def test_gzip_only_when_asked_for(site, accepted, encoding):
    _, headers, body = ask(site, "/sitemap.xml", Accept_Encoding=accepted)
    plain_body = ask(site, "/sitemap.xml")[2]
    assert headers["Content-Encoding"] == encoding
    assert (gzip.decompress(body) if encoding else body) == plain_body


def test_robots_keep_the_drafts_closed_and_ask_for_no_pause(site):
    status, _, body = ask(site, "/robots.txt")
    rules = Protego.parse(body.decode())
    assert status == 200
    assert not rules.can_fetch(site.base_url + CLOSED_FOLDER, "Unseen")
    assert rules.can_fetch(site.base_url + "/rail/feed.json", "Unseen")
    assert rules.crawl_delay("Unseen") == 0
    assert list(rules.sitemaps) == [f"{site.base_url}/sitemap.xml"]


def test_the_sitemap_names_every_article(site, articles):
    found = re.findall(r"<loc>([^<]+)</loc>", ask(site, "/sitemap.xml")[2].decode())
    assert found == [site.base_url + article.path for article in articles]


def test_what_is_not_there_is_404(site):
    assert ask(site, "/rail/feed.xml")[0] == 404


def test_the_port_is_free_again_when_the_site_closes():
    with serve_sample(WEEK) as base_url:
        port = urlsplit(base_url).port
    with serve_sample("2026-W35", port=port) as again:
        assert again == base_url


def test_a_closed_site_has_no_address():
    with pytest.raises(RuntimeError, match="not being served"):
        _ = SampleSite(WEEK).base_url


def test_a_week_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="week"):
        SampleSite("2026-W54")
