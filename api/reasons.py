"""Why a source failed, as the world may read it.

Why a run failed stays with the operator, because it may be of our own making: a disk, a database.
Why a source failed is public: whoever uses the questions should know what is missing and since
when, and the site should find out what it does to its readers. So only sentences about the site
are shown, and in them nothing that looks like an address, a path or a key: a site may redirect
anywhere and choose the words of an error. The operator's terminal shows the sentence whole.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import ip_address
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

#: What is said instead of a reason that is not about the site.
OURS = "the visit failed on our side, not the site's"
#: Room for our longest sentences; the site's part in them has no limit of its own.
MAX_REASON = 240
#: So much of a reason is looked at: what a site makes longer must not cost us time.
_READ = 2_000

#: How `FetchError` and `ExtractError` begin; everything else is about ourselves.
_OF_A_SITE = re.compile(r"(?:cannot read|no document in) (?P<url>\S+): (?P<why>.+)", re.DOTALL)
_LEFT_OUT = "…"
#: Bare names that our sentences say: "db is a local name", "no address found for db".
_NAMED = re.compile(r"(?<=no address found for )\S+|\S+(?= is not public| is a local name)")
_DOTTED = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[\w-]*[^\W\d_][\w-]*")
_PORT = re.compile(r"[\w.-]+:\d+/?")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
#: A path of this machine: "/srv/x", "~/x", "C:\x"; "text/html" is none.
_PATH = re.compile(r"(?:^|[^\w<])[~.]*/\w|\\")
_SECRET = re.compile(r"(?i)(?:key|token|secret|passw|auth|sign|sig|session|credential)\w*[=:]\S")
#: Shorter than any key in use, longer than the words of our sentences.
_KEY = re.compile(r"(?=\S*\d)[A-Za-z0-9+/_-]{20,}")
#: Parameters that open something: "api_key", "apikey", "token", and not "keyword" or "author".
_SECRET_NAME = re.compile(
    r"(?i)key$|(?:^|[_.-])(?:sig|auth|user|pass|pwd)$|token|secret|passw|signature|session"
    r"|credential|appid"
)


def public_reason(why: str, own_url: str | None) -> str:
    """Return why a source failed without addresses, paths and keys other than its own address."""
    told = _OF_A_SITE.fullmatch(why[:_READ].strip())
    if told is None:
        return OURS
    there = _host(told["url"])
    own = _host(own_url) if own_url else there
    said = _scrubbed(told["why"], own)
    return said if there in (own, "") else f"an address it leads to: {said}"


def public_url(url: str) -> str:
    """Return a source's address without user name, password and values that look like keys."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return _LEFT_OUT
    if not parts.username and not any(_SECRET_NAME.search(name) for name, _ in pairs):
        return url
    kept = [(name, "..." if _SECRET_NAME.search(name) else value) for name, value in pairs]
    host = f"[{host}]" if ":" in host else host
    query = urlencode(kept, quote_via=quote)
    return urlunsplit((parts.scheme, host + port, parts.path, query, ""))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _scrubbed(why: str, own: str) -> str:
    plain = "".join(c for c in why if c.isspace() or unicodedata.category(c)[0] != "C")
    named = _NAMED.sub(lambda name: name[0] if name[0] == own else _LEFT_OUT, plain)
    words = [_LEFT_OUT if _tells(word, own) else word for word in named.split()]
    said = " ".join(words)
    return said if len(said) <= MAX_REASON else f"{said[: MAX_REASON - 1].rstrip()}…"


def _tells(word: str, own: str) -> bool:
    """Whether a word may name a place or a secret that is not the site's own address."""
    core = word.strip("\"'()[]{}<>,;:.!?«»“”‘’")
    if core in ("", own, "robots.txt"):
        return False
    if "://" in word or _IPV4.search(word) or _is_ip(core):
        return True
    if any(found[0] != own and found[0] != "robots.txt" for found in _DOTTED.finditer(core)):
        return True
    return bool(
        _PORT.fullmatch(core)
        or _PATH.search(word)
        or _SECRET.search(word)
        or _KEY.search(word)
        or "@" in word
    )


def _is_ip(core: str) -> bool:
    try:
        ip_address(core.partition("]")[0])
    except ValueError:
        return False
    return True
