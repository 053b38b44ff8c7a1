"""Templates to bytes. Text from the web is data: escaped everywhere, a link only when http."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import phrases
from api.pages.words import CHECKS, ERRATA

HERE = Path(__file__).parent

#: Files served under /static, with their content types.
ASSETS = {"unseen.css": "text/css", "mark.svg": "image/svg+xml"}


def moment(value: str | datetime) -> datetime:
    """Return an RFC 3339 time, or a datetime, in UTC."""
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    return parsed.astimezone(UTC)


def rfc3339(value: str | datetime) -> str:
    """Return a time as RFC 3339 in UTC, to the second."""
    return f"{moment(value):%Y-%m-%dT%H:%M:%SZ}"


def day(value: str | datetime) -> str:
    """Return a time's UTC day for people: 24 August 2026."""
    at = moment(value)
    return f"{at.day} {at:%B %Y}"


def minute(value: str | datetime) -> str:
    """Return a time for people, to the minute: 24 August 2026, 06:00 UTC."""
    return f"{day(value)}, {moment(value):%H:%M} UTC"


def size(n_bytes: int) -> str:
    """Return a file's size for people: 1.4 MB."""
    if n_bytes < 1_000:
        return f"{n_bytes} B"
    return f"{n_bytes / 1e3:.1f} kB" if n_bytes < 1_000_000 else f"{n_bytes / 1e6:.1f} MB"


def is_weblink(url: str) -> bool:
    """Whether a URL from outside may become a link: http and https lead to a page, no more."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def host(url: str) -> str:
    """Return a URL's host, or the URL where it has none."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def spaced(count: int) -> str:
    """Return a count with thin spaces between thousands."""
    return f"{count:,}".replace(",", "\u202f")


def pretty(value: object) -> str:
    """Return a JSON value for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


class Pages:
    """The templates, loaded once."""

    def __init__(self, public_url: str) -> None:
        self.assets = {name: (HERE / "static" / name).read_bytes() for name in ASSETS}
        whole = b"".join(self.assets[name] for name in sorted(self.assets))
        #: Part of the assets' addresses, so that a new version is a new address.
        self.version = hashlib.sha256(whole).hexdigest()[:12]
        self.environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters |= {
            "rfc3339": rfc3339,
            "day": day,
            "minute": minute,
            "size": size,
            "host": host,
            "spaced": spaced,
            "pretty": pretty,
            "ago": phrases.ago,
            "ahead": phrases.ahead,
            "between": phrases.between,
            "lasting": phrases.lasting,
            "counted": phrases.counted,
            "came_to": phrases.came_to,
        }
        self.environment.tests["weblink"] = is_weblink
        self.environment.globals |= {
            "public_url": public_url,
            "static": f"/static/{self.version}",
            "checks": CHECKS,
            "errata_words": ERRATA,
        }

    def render(self, name: str, **values: object) -> bytes:
        """Return a page or feed as UTF-8."""
        return self.environment.get_template(name).render(**values).encode()
