"""Forbidden addresses by every way round: redirects at any hop, names that change, embeddings.

The oracle is the audit hook of `connects`: it sees every connection the process attempts.
"""

from __future__ import annotations

import ipaddress
import itertools
import json
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from scrapers.addresses import check_url, forbidden
from scrapers.client import Fetcher
from scrapers.fetched import FetchLimits
from store.errors import FetchError, ForbiddenAddress
from tests.corpora import corpus
from tests.scrapers.conftest import FakeClock, Site
from tests.scrapers.connects import connects
from tests.scrapers.test_addresses import BLOCKS, STRICTER_THAN_THE_ROW

CODES = (301, 302, 303, 307, 308)
HOPS = (1, 2, 3, 4, 5)
PUBLIC = "93.184.216.34"


@cache
def vectors() -> tuple[dict[str, Any], ...]:
    rows = corpus("data/ssrf_vectors.jsonl").read_text("utf-8").splitlines()
    return tuple(json.loads(row) for row in rows)


def as_url(row: dict[str, Any], host: str | None = None) -> str:
    """Return a vector as a URL somebody may write."""
    if "url" in row["kind"]:
        return str(row["value"])
    host = host or row["value"]
    return f"http://{f'[{host}]' if ':' in host else host}/"


def blocked() -> list[str]:
    """Return all rows that must be blocked, CIDRs as their first, a middle and their last."""
    urls = []
    for row in vectors():
        if row["expect"] != "block":
            continue
        if row["kind"] != "cidr":
            urls.append(as_url(row))
            continue
        network = ipaddress.ip_network(row["value"], strict=False)
        urls += [as_url(row, str(network[n])) for n in (0, network.num_addresses // 2, -1)]
    return list(dict.fromkeys(urls))


#: Vectors that `urljoin` refuses with an error of its own.
UNJOINED = (
    "http://[::①⑥⑨｡②⑤④｡⑯⑨｡②⑤④]:80/",
    "gopher://](#gopher",
    "netdoc://](#netdoc",
)


@dataclass
class Maze:
    """A site whose every path is a redirect: /CODE/HOPS/N leads to target N in HOPS hops."""

    site: Site
    targets: list[str]

    def __post_init__(self) -> None:
        self.site.pages = _Paths(self)  # type: ignore[assignment]

    def url(self, code: int, hops: int, target: int) -> str:
        return f"{self.site.base}/{code}/{hops}/{target}"


class _Paths(dict[str, Any]):
    def __init__(self, maze: Maze) -> None:
        self.maze = maze

    def get(self, path: str, default: object = None) -> Any:
        if path == "/robots.txt":
            return None
        code, hops, target = map(int, path[1:].split("/"))
        leads_to = self.maze.targets[target] if hops == 1 else f"/{code}/{hops - 1}/{target}"

        def answer(handler: Any) -> None:
            head = f"HTTP/1.1 {code} Go\r\nLocation: {leads_to}\r\nContent-Length: 0\r\n\r\n"
            handler.wfile.write(head.encode("utf-8", "surrogatepass"))
            handler.close_connection = True

        return answer


@pytest.fixture
def maze(site: Site) -> Maze:
    return Maze(site, [url for url in blocked() if sendable(url)])


def sendable(url: str) -> bool:
    """Whether a header can hold it: one with a line break in it would be two."""
    return not set(url) & set("\r\n\0")


@pytest.fixture
def caught(site: Site, fake_clock: FakeClock) -> Iterator[Fetcher]:
    """A fetcher to which every name leads to the worst address there is."""

    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if f"{host}:{port}" == site.authority else ["169.254.169.254"]

    limits = FetchLimits(timeout_s=3.0, attempts=1)
    fetcher = Fetcher(
        fake_clock.clock, "Unseen/0.1", limits, frozenset({site.authority}), resolve=resolve
    )
    yield fetcher
    fetcher.close()


def leads_nowhere(fetcher: Fetcher, maze: Maze, ways: list[tuple[int, int, int]]) -> dict[str, str]:
    """Follow each way and return those that ended otherwise than they must."""
    wrong: dict[str, str] = {}
    for code, hops, target in ways:
        url = maze.url(code, hops, target)
        with connects() as log:
            try:
                fetcher.fetch(url)
                wrong[url] = f"{maze.targets[target]} was fetched"
            except FetchError:
                pass
            except ValueError as error:
                wrong[url] = f"{maze.targets[target]}: {error!r}"
        if set(log) - {"127.0.0.1"}:
            wrong[url] = f"{maze.targets[target]}: connected to {set(log)}"
    return wrong


def test_no_redirect_leads_to_a_forbidden_address_by_a_sample_of_ways(caught, maze):
    assert len(maze.targets) > 200
    rng = random.Random("ssrf")
    # Every target once, each by another code and hop.
    ways = [(rng.choice(CODES), rng.choice(HOPS), n) for n in range(len(maze.targets))]
    assert leads_nowhere(caught, maze, ways) == {}
    assert {(code, hops) for code, hops, _ in ways} == set(itertools.product(CODES, HOPS))


@pytest.mark.parametrize("target", UNJOINED)
def test_a_redirect_to_what_is_no_url_is_an_error_with_a_sentence(caught, site, target):
    with connects() as log, pytest.raises(FetchError, match="cannot read"):
        caught.fetch(Maze(site, [target]).url(302, 1, 0))
    assert set(log) == {"127.0.0.1"}


@pytest.mark.long
def test_no_redirect_leads_to_a_forbidden_address_by_any_way(caught, maze):
    ways = list(itertools.product(CODES, HOPS, range(len(maze.targets))))
    assert len(ways) > 5_000
    assert leads_nowhere(caught, maze, ways) == {}


def test_the_maze_leads_where_it_says(fetcher, site):
    target = Site()
    thread = threading.Thread(target=target.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        end = target.page("/end", b"there")
        fetcher.allowed = frozenset({site.authority, target.authority})
        fetcher._connections.allowed = fetcher.allowed
        maze = Maze(site, [end])
        for code, hops in itertools.product(CODES, HOPS):
            assert fetcher.fetch(maze.url(code, hops, 0)).body == b"there"
    finally:
        target.shutdown()
        target.server_close()
        thread.join()


def public_fetcher(resolve: Any, **limits: Any) -> Fetcher:
    made = FetchLimits(**{"timeout_s": 3.0, "attempts": 1, "pause_s": 0.0, **limits})
    return Fetcher(FakeClock().clock, "Unseen/0.1", made, resolve=resolve)


def private_addresses() -> list[str]:
    """Return every address of the vectors that must be blocked."""
    found = [row["value"] for row in vectors() if row["expect"] == "block" and row["kind"] == "ip"]
    for row in vectors():
        if row["expect"] == "block" and row["kind"] == "cidr":
            network = ipaddress.ip_network(row["value"], strict=False)
            found += [str(network[0]), str(network[-1])]
    plain = []
    for address in found:
        try:
            plain.append(str(ipaddress.ip_address(address.strip("[]"))))
        except ValueError:
            continue
    assert len(plain) > 60
    return plain


@pytest.mark.parametrize("public_first", [True, False], ids=["public first", "private first"])
def test_a_name_that_turns_private_is_never_connected_to_there(public_first):
    answers: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        turn = len(answers) % 2 == (0 if public_first else 1)
        answers.append(PUBLIC if turn else private[len(answers) // 2 % len(private)])
        return answers[-1:]

    private = private_addresses()
    fetcher = public_fetcher(resolve)
    with connects() as log:
        for number in range(2 * len(private)):
            # A name of its own each time: its robots.txt is asked for anew.
            with pytest.raises(FetchError):
                fetcher.fetch(f"http://n{number}.example.net/")
    assert set(log) == {PUBLIC}
    assert len(answers) >= 2 * len(private)


def test_private_addresses_among_public_ones_refuse_all_of_them():
    rng, mixed = random.Random("mixed"), list[str]()
    fetcher = public_fetcher(lambda host, port: mixed)
    with connects() as log:
        for number, address in enumerate(private_addresses()):
            mixed[:] = [PUBLIC, "1.1.1.1", address]
            rng.shuffle(mixed)
            with pytest.raises(FetchError, match="is not public"):
                fetcher.fetch(f"http://m{number}.example.net/")
    assert log == []


def rebind(runs: int, threads: int) -> tuple[list[str], int]:
    """Fetch from many threads names that change their address; return connections and lookups."""
    turns = itertools.count()
    lock = threading.Lock()
    private = private_addresses()

    def resolve(host: str, port: int) -> list[str]:
        with lock:
            turn = next(turns)
        rng = random.Random(f"rebind {turn}")
        return [
            [PUBLIC],
            [rng.choice(private)],
            [PUBLIC, rng.choice(private)],
            [rng.choice(private), PUBLIC],
        ][turn % 4]

    fetcher = public_fetcher(resolve)

    def fetch(number: int) -> None:
        with pytest.raises(FetchError):
            fetcher.fetch(f"http://r{number % 97}.example.net/{number}")

    with connects() as log, ThreadPoolExecutor(threads) as pool:
        list(pool.map(fetch, range(runs)))
    fetcher.close()
    return log, next(turns)


def test_sixteen_threads_and_a_rebinding_name_never_reach_a_private_address():
    log, n_lookups = rebind(200, 16)
    assert set(log) <= {PUBLIC}
    assert n_lookups >= 97


@pytest.mark.long
def test_a_thousand_rebinding_runs_never_reach_a_private_address():
    for _ in range(10):
        log, n_lookups = rebind(200, 16)
        assert set(log) <= {PUBLIC}
        assert n_lookups >= 97


def test_what_the_vectors_allow_is_connected_to():
    tried = []
    for row in vectors():
        if row["expect"] != "allow" or row["value"] in STRICTER_THAN_THE_ROW:
            continue
        with connects() as log, pytest.raises(FetchError):
            public_fetcher(lambda host, port: [host]).fetch(as_url(row))
        assert len(log) == 1, row
        tried += log
    assert len(tried) == 4


def test_what_the_vectors_call_an_error_is_refused_with_a_sentence():
    rows = [row for row in vectors() if row["expect"] == "error"]
    assert len(rows) == 3
    with connects() as log:
        for row in rows:
            with pytest.raises(ForbiddenAddress, match="cannot read"):
                public_fetcher(lambda host, port: [PUBLIC]).fetch(f"http://{row['value']}/")
    assert log == []


def addresses_of(block: str) -> Iterator[str]:
    """Yield first, second, middle, last and sixteen random addresses of a block."""
    network = ipaddress.ip_network(block)
    size, rng = network.num_addresses, random.Random(f"F2 {block}")
    numbers = [0, min(1, size - 1), size // 2, size - 1, *(rng.randrange(size) for _ in range(16))]
    yield from (str(network[number]) for number in numbers)


def spellings(address: str) -> Iterator[str]:
    """Yield an address plainly and, of IPv4, as it is embedded in IPv6."""
    yield address
    if ":" in address:
        return
    number = int(ipaddress.IPv4Address(address))
    for embedded in (
        0xFFFF << 32 | number,
        0x64_FF9B << 96 | number,
        0x64_FF9B_0001 << 80 | number,
        0x2002 << 112 | number << 80,
        # The relay, and the client's address with its bits turned (RFC 4380).
        0x20010000 << 96 | 0x5DB8D822 << 64 | (number ^ 0xFFFFFFFF),
        0x20010000 << 96 | number << 64,
        number,
        0x5EFE << 32 | 0xFE80 << 112 | number,
    ):
        yield str(ipaddress.IPv6Address(embedded))


def test_every_special_purpose_address_is_refused_in_every_embedding():
    n_cases = 0
    for block in BLOCKS:
        for address in addresses_of(block):
            for spelling in spellings(address):
                n_cases += 1
                assert forbidden(spelling), (block, address, spelling)
    assert len(BLOCKS) >= 32
    assert n_cases > 2_500


def test_special_purpose_addresses_are_never_connected_to_named_or_written():
    rng, answer = random.Random("F2 network"), list[str]()
    cases = [s for block in BLOCKS for a in addresses_of(block) for s in spellings(a)]
    fetcher = public_fetcher(lambda host, port: answer)
    with connects() as log:
        for number, address in enumerate(rng.sample(cases, 150)):
            answer[:] = [address]
            literal = f"[{address}]" if ":" in address else address
            for host in (literal, f"s{number}.example.net"):
                with pytest.raises(FetchError):
                    fetcher.fetch(f"http://{host}/")
    assert log == []


@pytest.mark.parametrize(
    "url", ["http://[::ffff:8.8.8.8]/", "http://8.8.8.8/", "http://[2a00::1]/"]
)
def test_public_addresses_have_a_spelling_that_is_allowed(url):
    assert check_url(url).port == 80
