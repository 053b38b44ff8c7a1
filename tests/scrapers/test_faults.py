"""Every fault of the newsroom and every hostile body ends soon, cheaply and with a reason."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import tarfile
import threading
import urllib.request
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.corpora import ROOT, corpus
from tests.scrapers.conftest import Site

#: What never ends, or as good as, and so is given a short deadline.
HANGING = ("slow", "stall", "gzip-bomb")
#: That deadline.
TIMEOUT_S = 1.0
#: Beyond the deadline: parsing, storing, and a machine that does other things too.
SLACK_S = 4.0
#: What a fault may cost (issue 4, 4).
MAX_GROWTH = 64 << 20

#: What a person must be told; of faults not named here that there is a reason or a document.
FETCHED = {
    "slow": "not finished within 1 seconds",
    "stall": "not finished within 1 seconds",
    "reset": "disconnected|reset",
    "truncated": "without sending complete message body",
    "gzip-bomb": "inflates past 5000000 bytes|not finished within 1 seconds",
    "huge": "larger than 5000000 bytes",
    "500": "the server answered 500",
    "loop": "more than 5 redirects",
    "to-metadata": "169.254.169.254 is not public",
    "to-file": "only http:// and https://",
}
AS_FEED = {
    **FETCHED,
    "not-xml": "the feed is an HTML page",
    "entity-bomb.xml": "declares XML entities",
    "empty.html": "the feed is empty",
    "binary.html": "neither RSS, Atom nor JSON Feed",
    "no-date.html": "the feed is an HTML page",
    "future-date.html": "the feed is an HTML page",
    "injection.html": "the feed is an HTML page",
}
AS_ARTICLE = {
    **FETCHED,
    "not-xml": "is no article",
    "entity-bomb.xml": "is no article",
    "latin1-lies.xml": "is no article",
    "no-date.html": "says when it was published",
    "future-date.html": "in the future",
    "empty.html": "the page is empty",
    "binary.html": "no article|no text|cannot be",
}


def run(task: str, **arguments: object) -> Any:
    """Do a task of `hostile` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.scrapers.hostile", task],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def faults_of(newsroom: str) -> list[str]:
    """Return the faults the newsroom lists, so that a new one is covered."""
    with urllib.request.urlopen(f"{newsroom}/faults/") as page:
        return re.findall(r'href="/faults/([^"]+)"', page.read().decode())


@pytest.fixture(scope="module")
def lists() -> Iterator[Site]:
    """A site whose pages list one fault each."""
    server = Site()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def second_newsroom() -> Iterator[str]:
    """A newsroom for the faults: some keep their server busy or ask its host to be left alone."""
    script = corpus("newsroom/newsroom.py")
    with subprocess.Popen(
        [sys.executable, str(script), "--port", "0", "--items", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


@pytest.fixture(scope="module")
def visited(newsroom: str, second_newsroom: str, lists: Site) -> dict[str, Any]:
    """Every fault as a feed and as an article, among good feeds, all in one go.

    Every fault has a host of its own: one host's requests come one after the other.
    """
    port, names = second_newsroom.rsplit(":", 1)[1], faults_of(second_newsroom)
    assert len(names) >= 20
    own = lists.authority.split(":")[1]
    # One fault links to another under the newsroom's own address: that is not followed here, or
    # all of that address would be asked to be left alone, the good sources too.
    allowed, sources = {newsroom.removeprefix("http://")}, []
    for number, name in enumerate(names):
        # What was read as a feed must not be known when it is read as an article.
        host, other = f"f{number}.example.net:{port}", f"a{number}.example.net:{port}"
        lister = f"l{number}.example.net:{own}"
        allowed |= {host, other, lister}
        lists.page(
            f"/{number}",
            f'<ul><li><a href="http://{other}/faults/{name}">The story of a fault</a>'.encode(),
            Content_Type="text/html",
        )
        sources.append([f"feed {name}", "feed", f"http://{host}/faults/{name}"])
        sources.append([f"article {name}", "page", f"http://{lister}/{number}"])
    good = [
        [path, "feed", newsroom + path]
        for path in ("/gov/feed.json", "/rust/feed.atom", "/advisories/feed.xml",
                     "/wire/feed.xml", "/node/feed.xml", "/go/feed.atom")
    ]  # fmt: skip
    answer: dict[str, Any] = run(
        "collect",
        sources=sources,
        good=good,
        allowed=sorted(allowed),
        timeout_s=TIMEOUT_S,
        hanging=[f"{role} {name}" for role in ("feed", "article") for name in HANGING],
    )
    answer["names"] = names
    return answer


def report(visited: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in visited["reports"] if one["name"] == name)


@pytest.mark.parametrize(("role", "reasons"), [("feed", AS_FEED), ("article", AS_ARTICLE)])
def test_every_fault_ends_by_the_deadline_with_a_reason_or_a_document(visited, role, reasons):
    wrong = {}
    for name in visited["names"]:
        ended = report(visited, f"{role} {name}")
        said = "; ".join([ended["error"] or "", *ended["refusals"]])
        expected = reasons.get(name)
        if expected:
            right = re.search(expected, said) is not None and ended["n_documents"] == 0
        else:
            right = bool(said.strip("; ")) or ended["n_documents"] == 1
        # robots.txt and the page are two fetches, a listing and its article four.
        limit_s = (4 * TIMEOUT_S if name in HANGING else 20.0) + SLACK_S
        if not right or ended["seconds"] > limit_s:
            wrong[name] = ended
    assert wrong == {}


def test_good_sources_beside_the_faults_give_all_their_documents(visited):
    for path in ("/rust/feed.atom", "/advisories/feed.xml", "/wire/feed.xml", "/node/feed.xml",
                 "/go/feed.atom"):  # fmt: skip
        ended = report(visited, path)
        assert (ended["n_documents"], ended["error"], ended["refusals"]) == (6, None, []), path


def test_all_faults_at_once_need_little_memory(visited):
    assert visited["grown"] <= MAX_GROWTH, visited["grown"]


def test_an_article_that_gives_orders_keeps_what_it_hides(visited):
    ended = report(visited, "article injection.html")
    assert (ended["n_documents"], ended["error"]) == (1, None)


def endless(site: Site, path: str, head: bytes, piece: bytes) -> None:
    """Serve `piece` again and again until the reader has had enough."""

    def answer(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head)
        for _ in range(8 * 1024):
            handler.wfile.write(piece)
        handler.close_connection = True

    site.pages[path] = answer


def real_bomb() -> tuple[bytes, bytes]:
    """Return the beginning of a gzip stream, and a piece of it that is 1 MiB of zeros.

    A full flush makes the piece good for any place, so that a thousand of them are a GiB.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + piece, piece


def test_what_never_ends_is_left_in_time_and_in_little_memory(lists):
    start, piece = real_bomb()
    chunk = b"%x\r\n%s\r\n" % (len(b"<p>x</p>" * 8192), b"<p>x</p>" * 8192)
    endless(lists, "/endless", b"\r\n", b"<p>x</p>" * 8192)
    endless(lists, "/chunks", b"Transfer-Encoding: chunked\r\n\r\n", chunk)
    endless(lists, "/bomb", b"Content-Encoding: gzip\r\n\r\n" + start, piece)
    endless(lists, "/headers", b"", b"X-More: " + b"x" * 1000 + b"\r\n")
    endless(lists, "/line", b"X-Long: ", b"x" * 65_536)
    endless(lists, "/members", b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 100)
    endless(lists, "/tiny", b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000)
    lists.page("/warm", b"hello")
    paths = ["/warm", "/endless", "/chunks", "/bomb", "/headers", "/line", "/members", "/tiny"]
    urls = [[path, lists.base + path] for path in paths]
    costs = run("fetch", urls=urls, allowed=[lists.authority], timeout_s=TIMEOUT_S)
    for cost in costs[1:]:
        assert cost["kind"] == "FetchError", cost
        assert cost["seconds"] < TIMEOUT_S + SLACK_S, cost
        assert cost["grown"] <= MAX_GROWTH, cost
    reasons = {cost["name"]: cost["outcome"] for cost in costs}
    assert "inflates past 5000000 bytes" in reasons["/bomb"]
    assert "larger than 5000000 bytes" in reasons["/endless"]
    assert "larger than 5000000 bytes" in reasons["/chunks"]


@pytest.mark.long
def test_the_newsrooms_bomb_of_a_gibibyte_is_refused_in_little_memory(newsroom):
    urls = [[name, f"{newsroom}/faults/{name}"] for name in ("no-date.html", "gzip-bomb", "huge")]
    allowed = [newsroom.removeprefix("http://")]
    _, bomb, huge = run("fetch", urls=urls, allowed=allowed, timeout_s=60.0)
    assert "inflates past 5000000 bytes" in bomb["outcome"]
    assert "larger than 5000000 bytes" in huge["outcome"]
    assert max(bomb["grown"], huge["grown"]) <= MAX_GROWTH


# --- hostile bodies ------------------------------------------------------------------------

#: How a file of the collection is meant to be sent; others as they are.
ENCODINGS = (
    ("bomb-br.bin", "br"),
    ("html-br.bin", "br"),
    ("bomb-zstd.bin", "zstd"),
    ("html-zstd", "zstd"),
    ("gzip-deflate-gzip.bin", "gzip, deflate, gzip"),
    ("gzip-deflate.bin", "gzip, deflate"),
    ("bomb-deflate.bin", "deflate"),
    ("html-rawdeflate.bin", "deflate"),
    ("html-zlibdeflate.bin", "deflate"),
    ("gzip.bin", "gzip"),
    (".gz", "gzip"),
    (".bz2", "bzip2"),
)
#: What comes of those that were compressed: the reason, or "" for the body.
COMPRESSED = {
    "bomb-br.bin": "'br' is not read",
    "html-br.bin": "'br' is not read",
    "bomb-zstd.bin": "'zstd' is not read",
    "html-zstd-static-content-size.bin": "'zstd' is not read",
    "html-zstd-static-no-content-size.bin": "'zstd' is not read",
    "html-zstd-streaming-no-content-size.bin": "'zstd' is not read",
    "html-gzip-deflate-gzip.bin": "'gzip, deflate, gzip' is not read",
    "html-gzip-deflate.bin": "'gzip, deflate' is not read",
    "bomb-gzip.bin": "inflates past 5000000 bytes",
    "bomb-deflate.bin": "inflates past 5000000 bytes",
    "html-rawdeflate.bin": "",
    "html-zlibdeflate.bin": "",
    "html-gzip.bin": "",
    "feed-sample1.xml.gz": "",
    "feed-sample1.xml.bz2": "'bzip2' is not read",
    "truncated-crc-error-short.gz": "cut short",
    "truncated-crc-error.gz": "cut short|damaged",
    "unexpected-eof.gz": "cut short",
}


def bodies() -> dict[str, bytes]:
    with tarfile.open(corpus("data/hostile_bodies.tar.gz")) as files:
        found = {m.name: files.extractfile(m).read() for m in files if m.isfile()}  # type: ignore[union-attr]
    # The archive's 49 members are these and their folders.
    assert len(found) == 41
    return found


def encoding_of(name: str) -> str:
    return next((how for ending, how in ENCODINGS if ending in name.rsplit("/", 1)[-1]), "")


def test_every_hostile_body_is_fetched_or_refused_soon_and_in_little_memory(lists):
    urls = [["warm", lists.page("/warm-body", b"hello")]]
    for number, (name, body) in enumerate(bodies().items()):
        how = {"Content_Encoding": encoding_of(name)} if encoding_of(name) else {}
        urls.append([name, lists.page(f"/body/{number}", body, **how)])
    costs = run("fetch", urls=urls, allowed=[lists.authority], timeout_s=TIMEOUT_S)
    assert len(costs) == 42
    for cost in costs:
        assert cost["seconds"] < TIMEOUT_S + SLACK_S, cost
        assert cost["grown"] <= MAX_GROWTH, cost
        expected = COMPRESSED.get(cost["name"].rsplit("/", 1)[-1], "")
        if expected:
            assert cost["kind"] == "FetchError" and re.search(expected, cost["outcome"]), cost
        else:
            assert (cost["kind"], cost["outcome"]) == ("", "document"), cost


@pytest.fixture(scope="module")
def read() -> list[dict[str, Any]]:
    """Every hostile body through the parsers, watched by an audit hook."""
    found: list[dict[str, Any]] = run("read", archive=str(corpus("data/hostile_bodies.tar.gz")))
    assert len(found) == 4 * 41
    return found


def test_no_hostile_body_makes_a_parser_open_a_file_or_a_socket(read):
    assert [cost for cost in read if cost["opened"]] == []


def test_every_hostile_body_is_parsed_or_refused_soon_and_in_little_memory(read):
    # Of the parser alone – inside its own process it answers for itself – any error is an answer.
    untyped = [c for c in read if c["kind"].startswith("!") and not c["name"].startswith("parser")]
    assert untyped == []
    assert [cost for cost in read if cost["seconds"] > SLACK_S] == []
    assert [cost for cost in read if cost["grown"] > MAX_GROWTH] == []


def test_the_watch_sees_what_is_opened():
    code = (
        "import sys, socket; from tests.scrapers import hostile\n"
        "sys.addaudithook(hostile._watch)\n"
        "with hostile.watched() as found:\n"
        "    open('/etc/hostname').close(); socket.socket().close()\n"
        "print(len(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert int(done.stdout) >= 2
