"""The way out: guarded at every hop, bounded in time and bytes, polite."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import time
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from scrapers.client import Fetcher, default_user_agent, retry_after
from scrapers.fetched import FetchLimits
from scrapers.shelf import Shelf
from store.captures import BlobStore
from store.database import open_engine, upgrade
from store.errors import FetchError, ForbiddenAddress, RetryLater, RobotsRefused
from tests.scrapers.conftest import NOW
from tests.scrapers.connects import connects

FORBIDDEN_TARGETS = [
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:9/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://0x7f000001/",
    "http://localhost/",
    "http://10.0.0.1/",
    "http://user@93.184.216.34/",
    "http://93.184.216.34\\@127.0.0.1/",
    "//192.168.0.1/x",
    "file:///etc/passwd",
    "data:text/html,hello",
    "gopher://127.0.0.1:25/_",
]


def chain(site, hops: int, target: str, code: int = 302) -> str:
    """Make `hops` redirects of which the last leads to `target`."""
    for hop in range(1, hops + 1):
        site.page(f"/{hop}", status=code, Location=f"/{hop + 1}" if hop < hops else target)
    return f"{site.base}/1"


def test_a_page_comes_back_whole_with_its_headers_but_no_cookie(site, fetcher):
    url = site.page("/a", b"hello", ETag='"1"', Set_Cookie="secret=1", Content_Type="text/html")
    fetched = fetcher.fetch(url)
    assert (fetched.body, fetched.status, fetched.final_url) == (b"hello", 200, url)
    assert fetched.headers["etag"] == '"1"'
    assert "set-cookie" not in fetched.headers
    assert fetched.fetched_at == NOW


def test_we_say_who_we_are(site, fetcher):
    fetcher.fetch(site.page("/a"))
    fetcher.fetch(site.page("/b"), user_agent="Other/2 (+mail)")
    agents = [headers["user-agent"] for headers in site.headers]
    assert agents[1] == "Unseen/0.1 (+https://example.org/unseen)"
    assert agents[-1] == "Other/2 (+mail)"
    assert default_user_agent("me@x.org") == "Unseen/0.1 (+me@x.org)"


def test_gzip_is_asked_for_and_inflated(site, fetcher):
    url = site.page("/a", gzip.compress(b"hello" * 100), Content_Encoding="gzip")
    assert fetcher.fetch(url).body == b"hello" * 100
    assert site.headers[-1]["accept-encoding"] == "gzip, deflate"


def test_a_tag_is_sent_back_and_304_is_no_body(site, fetcher):
    url = site.page("/a", status=304, ETag='"1"')
    fetched = fetcher.fetch(url, etag='"1"', last_modified="Mon, 17 Aug 2026 09:30:00 GMT")
    assert (fetched.not_modified, fetched.body) == (True, b"")
    assert site.headers[-1]["if-none-match"] == '"1"'
    assert site.headers[-1]["if-modified-since"] == "Mon, 17 Aug 2026 09:30:00 GMT"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site, fetcher, code):
    site.page("/end", b"there")
    fetched = fetcher.fetch(chain(site, 5, "/end", code))
    assert (fetched.body, fetched.final_url) == (b"there", f"{site.base}/end")


@pytest.mark.parametrize("hops", [6, 9])
def test_more_than_five_redirects_are_not(site, fetcher, hops):
    site.page("/end", b"there")
    with pytest.raises(FetchError, match="more than 5 redirects"):
        fetcher.fetch(chain(site, hops, "/end"))


@pytest.mark.parametrize("target", FORBIDDEN_TARGETS)
@pytest.mark.parametrize("hops", [1, 5])
def test_a_redirect_to_a_forbidden_place_is_never_followed(site, fetcher, hops, target):
    with connects() as log, pytest.raises(FetchError):
        fetcher.fetch(chain(site, hops, target))
    assert set(log) == {"127.0.0.1"}
    assert len(site.asked) == hops + 1  # robots.txt and the hops


@pytest.mark.long
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("hops", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("target", FORBIDDEN_TARGETS)
def test_no_code_at_no_hop_leads_to_a_forbidden_place(site, fetcher, code, hops, target):
    with connects() as log, pytest.raises(FetchError):
        fetcher.fetch(chain(site, hops, target, code))
    assert set(log) == {"127.0.0.1"}


def test_a_name_that_changes_its_address_is_connected_to_only_where_it_was_checked(fake_clock):
    answers = iter([["93.184.216.34"], ["127.0.0.1"]] * 50)
    fetcher = Fetcher(
        fake_clock.clock,
        "Unseen/0.1",
        FetchLimits(attempts=1),
        resolve=lambda host, port: next(answers),
    )
    refused = 0
    with connects() as log:
        for _ in range(50):
            fetcher._robots.clear()
            with pytest.raises(FetchError) as caught:
                fetcher.fetch("http://rebinding.example.net/")
            refused += "127.0.0.1 is not public" in str(caught.value)
    assert set(log) == {"93.184.216.34"}
    assert refused > 0


def test_one_private_address_among_public_ones_refuses_all(fake_clock):
    fetcher = Fetcher(
        fake_clock.clock,
        "Unseen/0.1",
        resolve=lambda host, port: ["93.184.216.34", "10.0.0.1"],
    )
    with connects() as log, pytest.raises(RobotsRefused, match=r"10\.0\.0\.1 is not public"):
        fetcher.fetch("http://mixed.example.net/")
    assert log == []


def test_the_name_is_looked_up_once_a_connection(site, fake_clock):
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    port = site.authority.split(":")[1]
    allowed = frozenset({f"news.example.net:{port}"})
    site.page("/a", b"hello")
    fetcher = Fetcher(fake_clock.clock, "Unseen/0.1", allowed=allowed, resolve=resolve)
    fetcher.fetch(f"http://news.example.net:{port}/a")
    assert looked_up == ["news.example.net"] * 2  # robots.txt and the page
    assert site.headers[-1]["host"] == f"news.example.net:{port}"


def test_proxies_of_the_environment_are_not_asked(site, fetcher, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetcher.fetch(site.page("/a", b"hello")).body == b"hello"


def slow(site, path: str, *, headers: bool):
    """Serve a byte every 20 ms for ever, in the body or in the headers."""

    def answer(handler):
        start = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n"
        handler.wfile.write(start + (b"X-Slow: " if headers else b"\r\n"))
        for _ in range(500):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.02)

    site.pages[path] = answer
    return site.base + path


@pytest.mark.parametrize("headers", [True, False], ids=["in the headers", "in the body"])
def test_a_slow_drip_ends_by_the_wall_clock(site, fake_clock, headers):
    fetcher = Fetcher(
        fake_clock.clock, "U/1", FetchLimits(timeout_s=0.25), frozenset({site.authority})
    )
    url = slow(site, "/drip", headers=headers)
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"not finished within 0\.25 seconds"):
        fetcher.fetch(url)
    assert time.monotonic() - started < 0.8


def test_a_name_lookup_that_never_ends_does(fake_clock):
    fetcher = Fetcher(
        fake_clock.clock,
        "U/1",
        FetchLimits(timeout_s=0.1),
        resolve=lambda host, port: time.sleep(0.5) or [],
    )
    started = time.monotonic()
    with pytest.raises(RobotsRefused, match=r"not finished within 0\.1 seconds"):
        fetcher.fetch("http://slow.example.net/")
    assert time.monotonic() - started < 0.45


def test_a_body_larger_than_the_limit_is_refused_before_it_is_read(site, fetcher):
    with pytest.raises(FetchError, match="larger than 100000 bytes"):
        fetcher.fetch(site.page("/huge", b"x", Content_Length=str(256 << 20)))


def test_a_body_that_inflates_past_the_limit_is_refused(site, fetcher):
    url = site.page("/bomb", gzip.compress(bytes(10 << 20)), Content_Encoding="gzip")
    with pytest.raises(FetchError, match="inflates past 100000 bytes"):
        fetcher.fetch(url)


@pytest.mark.parametrize("length", [0, 1, 17, 60, 100])
def test_an_answer_cut_short_is_an_error(site, fetcher, length):
    whole = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 60\r\n\r\n" + b"x" * 60

    def cut(handler):
        handler.wfile.write(whole[:length])
        handler.close_connection = True

    site.pages["/cut"] = cut
    with pytest.raises(FetchError):
        fetcher.fetch(f"{site.base}/cut")


def test_a_server_that_stumbles_once_is_asked_again(site, fetcher):
    def stumble(handler):
        first = site.asked.count("/flaky") == 1
        handler.send_response(503 if first else 200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    site.pages["/flaky"] = stumble
    assert fetcher.fetch(f"{site.base}/flaky").status == 200
    assert site.asked.count("/flaky") == 2


def test_a_server_that_stumbles_twice_is_let_be(site, fetcher):
    with pytest.raises(FetchError, match="the server answered 500"):
        fetcher.fetch(site.page("/broken", status=500))
    assert site.asked.count("/broken") == 2


def test_a_missing_page_is_asked_for_once(site, fetcher):
    with pytest.raises(FetchError, match="the server answered 404") as caught:
        fetcher.fetch(f"{site.base}/missing")
    assert caught.value.status == 404
    assert site.asked.count("/missing") == 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_passed_on(site, fetcher, status):
    with pytest.raises(RetryLater) as caught:
        fetcher.fetch(site.page("/later", status=status, Retry_After="90"))
    assert caught.value.until == NOW + timedelta(seconds=90)
    assert site.asked.count("/later") == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("120", NOW + timedelta(seconds=120), id="seconds"),
        pytest.param("0", NOW, id="at once"),
        pytest.param("99999999999999999", NOW + timedelta(days=7), id="never is seven days"),
        pytest.param("Mon, 24 Aug 2026 13:00:00 GMT", NOW + timedelta(hours=1), id="a date"),
        pytest.param("Mon, 24 Aug 2099 13:00:00 GMT", NOW + timedelta(days=7), id="far ahead"),
        pytest.param("Mon, 24 Aug 2020 13:00:00 GMT", NOW, id="a date gone by"),
        pytest.param("-5", None, id="a negative number is no time"),
        pytest.param("soon", None, id="a word is no time"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="no header"),
    ],
)
def test_retry_after_means(value, expected):
    assert retry_after(value, NOW) == expected


def test_robots_txt_is_obeyed_at_every_hop_and_read_once_a_day(site, fetcher, fake_clock):
    site.page("/robots.txt", b"User-agent: *\nDisallow: /private/\n")
    site.page("/private/x", b"secret")
    for _ in range(2):
        with pytest.raises(RobotsRefused, match=r"robots\.txt does not allow Unseen"):
            fetcher.fetch(chain(site, 2, "/private/x"))
    assert "/private/x" not in site.asked
    assert site.asked.count("/robots.txt") == 1
    fake_clock.at += timedelta(hours=25)
    fetcher.fetch(site.page("/a"))
    assert site.asked.count("/robots.txt") == 2


@pytest.mark.parametrize(
    ("status", "allowed"), [(404, True), (403, True), (500, False), (503, False)]
)
def test_a_robots_txt_that_is_not_there_allows_all_and_a_broken_one_nothing(
    site, fetcher, status, allowed
):
    site.page("/robots.txt", status=status)
    assert fetcher.robots_verdict(site.page("/a")).allowed is allowed


def test_a_robots_txt_behind_six_redirects_is_none(site, fetcher):
    site.page("/robots.txt", status=302, Location="/robots.txt")
    assert fetcher.robots_verdict(site.page("/a")).allowed


def test_a_robots_txt_that_leads_to_a_private_address_allows_nothing(site, fetcher):
    site.page("/robots.txt", status=302, Location="http://10.0.0.1/robots.txt")
    assert not fetcher.robots_verdict(site.page("/a")).allowed


def test_the_rest_of_an_endless_robots_txt_is_not_read(site, fake_clock):
    rules = b"User-agent: *\nDisallow: /private/\n" + b"# padding\n" * 200_000
    site.page("/robots.txt", rules)
    fetcher = Fetcher(fake_clock.clock, "U/1", allowed=frozenset({site.authority}))
    assert not fetcher.robots_verdict(f"{site.base}/private/x").allowed


def public_name(site, fake_clock, **limits):
    """A fetcher that takes the site for a public one: only its address is trusted."""
    port = site.authority.split(":")[1]
    name = f"news.example.net:{port}"
    fetcher = Fetcher(
        fake_clock.clock,
        "Unseen/0.1",
        FetchLimits(**limits),
        frozenset({name}),
        resolve=lambda host, port: ["127.0.0.1"],
    )
    return fetcher, f"http://{name}"


def test_own_machines_need_no_pause(site, fetcher, fake_clock):
    for _ in range(3):
        fetcher.fetch(site.page("/a"))
    assert fake_clock.waited == []


def test_a_stated_crawl_delay_is_kept_but_not_for_ever(site, fake_clock):
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 3\n")
    site.page("/a")
    fetcher, base = public_name(site, fake_clock)
    for _ in range(3):
        fetcher.fetch(f"{base}/a")
    assert fake_clock.waited == [3.0, 3.0, 3.0]
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 86400\n")
    other, base = public_name(site, fake_clock, max_pause_s=60.0)
    other.fetch(f"{base}/a")
    assert fake_clock.waited[-1] == 60.0


def test_a_second_lies_between_two_requests_to_a_public_host(fake_clock):
    at: list[datetime] = []

    def resolve(host: str, port: int) -> list[str]:
        at.append(fake_clock.now())
        return ["93.184.216.34"]

    fetcher = Fetcher(fake_clock.clock, "U/1", FetchLimits(attempts=2), resolve=resolve)
    with connects():
        for _ in range(3):
            with pytest.raises(FetchError):
                fetcher.fetch("http://news.example.net/")
            fake_clock.at += timedelta(minutes=11)
    gaps = [(b - a).total_seconds() for a, b in pairwise(at)]
    assert min(gaps) >= 1.0
    assert len(at) == 6


@pytest.fixture
def certificate(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=news.example.net", "-addext", "subjectAltName=DNS:news.example.net",
         "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


def test_tls_names_the_host_and_refuses_a_certificate_nobody_signed(site, fake_clock, certificate):
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    named: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    site.page("/a", b"hello")
    fetcher, base = public_name(site, fake_clock, timeout_s=3.0, attempts=1)
    base = base.replace("http:", "https:")
    with pytest.raises(RobotsRefused, match="certificate is refused"):
        fetcher.fetch(f"{base}/a")
    fetcher._robots.clear()
    fetcher._connections.tls.load_verify_locations(cert)
    assert fetcher.fetch(f"{base}/a").body == b"hello"
    assert set(named) == {"news.example.net"}
    site.page("/b", status=302, Location=f"{base.replace('https:', 'http:')}/a")
    with pytest.raises(ForbiddenAddress, match="leads from https to http"):
        fetcher.fetch(f"{base}/b")


def test_one_connection_serves_a_site_and_its_address_was_checked_when_it_was_made(
    site, fetcher, monkeypatch
):
    monkeypatch.setattr("tests.scrapers.conftest._Handler.protocol_version", "HTTP/1.1")
    urls = [site.page("/a", b"one"), site.page("/b", status=404), site.page("/c", b"three")]
    with connects() as log:
        assert fetcher.fetch(urls[0]).body == b"one"
        with pytest.raises(FetchError, match="404"):
            fetcher.fetch(urls[1])
        assert fetcher.fetch(urls[2]).body == b"three"
    assert log == ["127.0.0.1"]


def test_a_connection_that_the_server_closed_is_not_used_again(site, fetcher):
    # HTTP/1.0 closes after each answer.
    for name in ("/a", "/b", "/c"):
        assert fetcher.fetch(site.page(name, name.encode())).body == name.encode()
    assert len(site.asked) == 4


def test_a_long_refusal_is_not_read_to_its_end(site, fetcher, monkeypatch):
    monkeypatch.setattr("tests.scrapers.conftest._Handler.protocol_version", "HTTP/1.1")
    url = site.page("/long", b"x" * 1_000_000, status=404)
    with connects() as log:
        for _ in range(2):
            with pytest.raises(FetchError, match="404"):
                fetcher.fetch(url)
    assert len(log) == 2  # the first one served robots.txt, too


def test_a_host_that_says_later_is_left_alone_by_every_page_of_it(site, fetcher, fake_clock):
    site.page("/busy", status=429, Retry_After="3600")
    with pytest.raises(RetryLater):
        fetcher.fetch(f"{site.base}/busy")
    other = site.page("/other", b"hello")
    asked = len(site.asked)
    with pytest.raises(RetryLater, match="left alone until 2026-08-24 13:00:00"):
        fetcher.fetch(other)
    assert len(site.asked) == asked
    fake_clock.at += timedelta(hours=1, seconds=1)
    assert fetcher.fetch(other).body == b"hello"


def test_a_robots_file_is_read_once_for_all_processes_and_again_after_a_day(
    site, fake_clock, tmp_path
):
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    shelf = Shelf(engine, BlobStore(tmp_path / "captures"))

    def another():
        return Fetcher(fake_clock.clock, "U/1", allowed=frozenset({site.authority}), shelf=shelf)

    site.page("/robots.txt", b"User-agent: *\nDisallow: /no")
    url = site.page("/a", b"hello")
    for _ in range(3):
        another().fetch(url)
        with pytest.raises(RobotsRefused):
            another().fetch(f"{site.base}/no")
    assert site.asked.count("/robots.txt") == 1
    fake_clock.at += timedelta(hours=25)
    another().fetch(url)
    assert site.asked.count("/robots.txt") == 2
    fake_clock.at -= timedelta(days=400)  # the copy is from a clock that was ahead
    another().fetch(url)
    assert site.asked.count("/robots.txt") == 3
    engine.dispose()
