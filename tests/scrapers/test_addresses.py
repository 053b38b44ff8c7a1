"""Which addresses and URLs are never read, judged by an oracle outside our code."""

from __future__ import annotations

import ipaddress
import json
import random

import pytest

from scrapers.addresses import check_url, forbidden
from scrapers.client import Fetcher
from scrapers.fetched import FetchLimits
from store.errors import FetchError, ForbiddenAddress
from tests.corpora import corpus
from tests.scrapers.connects import connects

#: Allowed by one project that looks at a list only; IANA gave this space to nobody.
STRICTER_THAN_THE_ROW = {"64:ff9c::1"}

BLOCKS = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
    "224.0.0.0/4 240.0.0.0/4 255.255.255.255/32 ::/128 ::1/128 64:ff9b::/96 64:ff9b:1::/48 "
    "100::/64 2001::/32 2001:2::/48 2001:10::/28 2001:20::/28 2001:db8::/32 2002::/16 3fff::/20 "
    "5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
).split()


def vectors():
    rows = corpus("data/ssrf_vectors.jsonl").read_text("utf-8").splitlines()
    return [json.loads(row) for row in rows]


def sample(block: str) -> list[str]:
    network = ipaddress.ip_network(block)
    rng, size = random.Random(block), network.num_addresses
    offsets = {0, min(1, size - 1), size // 2, size - 1, *(rng.randrange(size) for _ in range(16))}
    return [str(network[offset]) for offset in sorted(offsets)]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_special_purpose_block_is_forbidden_however_it_is_embedded(block):
    for address in sample(block):
        assert forbidden(address), address
        if ":" not in address:
            number = int(ipaddress.IPv4Address(address))
            embedded = (
                f"::ffff:{address}",
                f"64:ff9b::{address}",
                str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))),
                str(ipaddress.IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))),
            )
            assert all(forbidden(spelling) for spelling in embedded), address


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "::ffff:8.8.8.8", "2001:4860:4860::8888", "2a00::1"]
)
def test_public_addresses_are_allowed(address):
    assert forbidden(address) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("ftp://example.com/", "only http", id="another scheme"),
        pytest.param("http:example.com/", "only http", id="no slashes"),
        pytest.param("http://example.com\\@127.0.0.1/", "backslash", id="a backslash"),
        pytest.param("http://user@example.com/", "user name", id="a user name"),
        pytest.param("http://exa\tmple.com/", "control", id="a tab inside"),
        pytest.param("http://example.com/\u202ecod", "invisible", id="a bidi override"),
        pytest.param("http://example.com:0/", "port", id="port zero"),
        pytest.param("http://example.com:99999/", "Port", id="a port past the last"),
        pytest.param("http://example.com:22/", "not for the web", id="the port of a shell"),
        pytest.param("http://0x7f.1/", "unusual", id="a hexadecimal address"),
        pytest.param("http://2130706433/", "unusual", id="an address as one number"),
        pytest.param("http://017700000001/", "unusual", id="an octal address"),
        pytest.param("http://127.1/", "unusual", id="a short address"),
        pytest.param("http://①②⑦.0.0.1/", "unusual", id="an address in circled digits"),
        pytest.param("http://ⓔxample.com/", "unusual", id="a name in circled letters"),
        pytest.param("http://[fe80::1%25eth0]/", "brackets", id="an address with a zone"),
        pytest.param("http://localhost/", "local name", id="localhost"),
        pytest.param("http://printer.local./", "local name", id="a name of the local network"),
        pytest.param("http://metadata/", "local name", id="a name without a dot"),
        pytest.param("http:///path", "no valid name", id="no host"),
        pytest.param("http://example.com/" + "a" * 3000, "longer than", id="an endless URL"),
    ],
)
def test_a_url_is_refused_for(url, why):
    with pytest.raises(ForbiddenAddress, match=why):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "spelling"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com.:443/a b?q=ü#part", "https://example.com/a%20b?q=%C3%BC"),
        ("http://bücher.example/%7e", "http://xn--bcher-kva.example/%7e"),
        ("http://[2A00:0:0::1]:8080/", "http://[2a00::1]:8080/"),
    ],
)
def test_a_url_has_one_spelling(url, spelling):
    assert check_url(url).url == spelling


def test_only_the_very_host_and_port_the_operator_names_is_allowed():
    allowed = frozenset({"127.0.0.1:8099"})
    assert check_url("http://127.0.0.1:8099/x", allowed).port == 8099
    with pytest.raises(ForbiddenAddress):
        check_url("http://127.0.0.1:8098/x", allowed)
    with pytest.raises(ForbiddenAddress):
        check_url("http://localhost:8099/x", allowed)


def test_nothing_that_must_be_blocked_is_ever_connected_to(fake_clock):
    fetcher = Fetcher(
        fake_clock.clock,
        "Unseen/0.1",
        FetchLimits(timeout_s=2.0),
        # Whatever name gets past the spelling leads to the worst address there is.
        resolve=lambda host, port: ["169.254.169.254"],
    )
    tried = 0
    with connects() as log:
        for row in vectors():
            if row["expect"] != "block":
                continue
            value = row["value"]
            hosts = sample(value) if row["kind"] == "cidr" else [value]
            urls = [
                value if "url" in row["kind"] else f"http://{f'[{h}]' if ':' in h else h}/"
                for h in hosts
            ]
            for url in urls:
                with pytest.raises(FetchError):
                    fetcher.fetch(url)
                tried += 1
    assert log == []
    assert tried > 800


def test_addresses_the_vectors_allow_are_allowed_but_for_what_nobody_owns():
    allowed = [
        row["value"] for row in vectors() if row["kind"] == "ip" and row["expect"] == "allow"
    ]
    assert {value for value in allowed if forbidden(value)} == STRICTER_THAN_THE_ROW
    assert len(allowed) == 5


def test_what_the_vectors_call_an_error_is_refused():
    for row in vectors():
        if row["expect"] == "error":
            with pytest.raises(ForbiddenAddress):
                check_url(f"http://{row['value']}/")
