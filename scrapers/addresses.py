"""Which URLs and addresses may be read: an explicit list, because `ipaddress` is no guard.

`ipaddress.is_global` calls multicast, NAT64, 6to4 and others public, so nothing here asks it.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from store.errors import ForbiddenAddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IANA IPv4 Special-Purpose Address Registry (read 2026-11), multicast (RFC 5771), and one
#: public address that cloud machines answer their secrets on.
_V4 = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by carriers"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "a cloud's metadata service"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
)

#: The only IPv6 space that IANA hands out as global unicast (RFC 4291, registry read 2026-11);
#: NAT64, unique local, link-local, site-local and multicast all lie outside.
_V6_UNICAST = ipaddress.IPv6Network("2000::/3")

#: IANA IPv6 Special-Purpose Address Registry, the part inside 2000::/3.
_V6 = (
    ("2001::/23", "protocol assignments, Teredo and ORCHID among them"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
)

_V4_NETWORKS = tuple((ipaddress.IPv4Network(block), what) for block, what in _V4)
_V6_NETWORKS = tuple((ipaddress.IPv6Network(block), what) for block, what in _V6)

#: Names that are never on the public internet (RFC 6761, 6762, 8375, and ICANN's .internal).
_LOCAL_SUFFIXES = ("localhost", "local", "internal", "home.arpa", "invalid", "onion", "lan")

#: Longer ones are not read: the limit that most servers and browsers share.
MAX_URL_LENGTH = 2_048

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
#: Characters that stand for themselves in a path or query (RFC 3986), and "%" already escaped.
_URL_SAFE = "/:?#[]@!$&'()*+,;=-._~%|"


@dataclass(frozen=True)
class ParsedUrl:
    """A URL in the one spelling every parser agrees on.

    Attributes:
        scheme: `http` or `https`.
        host: Lower-case ASCII name or address; an IPv6 address without brackets.
        port: From 1 to 65535.
        target: Path and query, beginning with "/".
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port, the form `UNSEEN_ALLOW_PRIVATE_HOSTS` is written in."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and, unless it is the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def url(self) -> str:
        """The whole URL, without a fragment."""
        return self.origin + self.target


def forbidden(address: str) -> str | None:
    """Return why this IP address may not be connected to, or None when it may.

    A mapped address (`::ffff:…`) is judged by the IPv4 address it holds.
    """
    try:
        parsed: Address = ipaddress.ip_address(address)
    except ValueError:
        return "no IP address"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return _forbidden_v6(parsed)
        parsed = parsed.ipv4_mapped
    return next((what for network, what in _V4_NETWORKS if parsed in network), None)


def _forbidden_v6(address: ipaddress.IPv6Address) -> str | None:
    if address.scope_id is not None:
        return "bound to one interface"
    if address not in _V6_UNICAST:
        return "outside the global unicast space"
    return next((what for network, what in _V6_NETWORKS if address in network), None)


def check_url(url: str, allowed: Set[str] = frozenset()) -> ParsedUrl:
    """Return `url` in its one spelling, when it is one we follow.

    Args:
        url: As a person, a feed or a redirect wrote it.
        allowed: `host:port` pairs the operator trusts although they are not public.

    Raises:
        ForbiddenAddress: It is not plain http or https to a public name or address.
    """
    if len(url) > MAX_URL_LENGTH:
        raise ForbiddenAddress(url[:80] + "…", f"longer than {MAX_URL_LENGTH} characters")
    if any(unicodedata.category(character)[0] in "CZ" and character != " " for character in url):
        raise ForbiddenAddress(repr(url), "it holds control, space or invisible characters")
    if "\\" in url:
        raise ForbiddenAddress(url, "it holds a backslash, which parsers read differently")
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _DEFAULT_PORTS:
        raise ForbiddenAddress(url, "only http:// and https:// are read")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddress(url, f"no valid URL: {error}") from error
    if "@" in parts.netloc:
        raise ForbiddenAddress(url, "it holds a user name")
    host = _host(url, parts.netloc)
    target = quote(parts.path or "/", safe=_URL_SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=_URL_SAFE)
    parsed = ParsedUrl(scheme, host, _DEFAULT_PORTS[scheme] if port is None else port, target)
    if parsed.authority not in allowed:
        _check_public(url, parsed)
    return parsed


def _check_public(url: str, parsed: ParsedUrl) -> None:
    # A page behind another well-known port would be a mail server, a shell, a printer.
    if parsed.port < 1024 and parsed.port not in _DEFAULT_PORTS.values():
        raise ForbiddenAddress(url, f"port {parsed.port} is not for the web")
    if ":" in parsed.host or _is_numeric(parsed.host):
        if why := forbidden(parsed.host):
            raise ForbiddenAddress(url, f"{parsed.host} is not public: {why}")
    elif "." not in parsed.host or parsed.host.endswith(tuple(f".{s}" for s in _LOCAL_SUFFIXES)):
        raise ForbiddenAddress(url, f"{parsed.host} is a local name")


def _is_numeric(host: str) -> bool:
    return _NUMERIC_LABEL.fullmatch(host.rsplit(".", 1)[-1]) is not None


def _host(url: str, netloc: str) -> str:
    """Return the host of a network location, lower-case ASCII, in its only spelling."""
    if netloc.startswith("["):
        literal, bracket, port = netloc[1:].partition("]")
        if not bracket or (port and not re.fullmatch(r":[0-9]{1,5}", port)):
            raise ForbiddenAddress(url, "no valid address in brackets")
        try:
            address = ipaddress.IPv6Address(literal)
            if address.scope_id is not None:
                raise ValueError(literal)
            return str(address)
        except ValueError as error:
            raise ForbiddenAddress(url, "no valid address in brackets") from error
    name, colon, port = netloc.partition(":")
    if (colon and not re.fullmatch(r"[0-9]{1,5}", port)) or port in ("0", "00000"):
        raise ForbiddenAddress(url, "the port is no number from 1 to 65535")
    host = _ascii_name(url, name).removesuffix(".")
    if not host or len(host) > 253 or not all(map(_LABEL.fullmatch, host.split("."))):
        raise ForbiddenAddress(url, "the host is no valid name")
    if _is_numeric(host):
        try:
            if str(ipaddress.IPv4Address(host)) != host:
                raise ValueError(host)
        except ValueError as error:
            raise ForbiddenAddress(url, "an address in an unusual spelling") from error
    return host


def _ascii_name(url: str, name: str) -> str:
    if name.isascii():
        return name.lower()
    try:
        encoded = name.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ForbiddenAddress(url, "the host is no valid name") from error
    # Letters in circles or in full width become plain ASCII here: a disguise, not a language.
    labels = re.split(r"[.\u3002\uff0e\uff61]", name)
    for given, became in zip(labels, encoded.split("."), strict=False):
        if not given.isascii() and not became.startswith("xn--"):
            raise ForbiddenAddress(url, "the host is in an unusual spelling")
    return encoded
