"""Answers that are compared before they are made: weak ETags, 304, Link.

Rendered answers may be compressed on the way, so their tags are weak; released files are never
changed on the way and have strong ones (see `files`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from fastapi import Request, Response

from api import __name__ as package

#: Part of every tag: raise it when the same release is rendered differently.
RENDERING = f"{package}/1"

#: What is asked for again each time, because the next release may change it.
REVALIDATE = "no-cache"
#: A page of rows of one release; only a change of `RENDERING` makes other bytes of it.
ONE_HOUR = "public, max-age=3600"
JSON = "application/json"


def weak_etag(*parts: str | bytes) -> str:
    """Return a weak tag over `parts`; the order of the parts matters."""
    digest = hashlib.sha256(RENDERING.encode())
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return f'W/"{digest.hexdigest()[:32]}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the client holds this version already (weak comparison, RFC 9110 §13.1.2)."""
    asked = request.headers.get("if-none-match", "")
    tags = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
    return asked.strip() == "*" or etag.removeprefix("W/") in tags


def reply(
    request: Request,
    render: Callable[[], bytes],
    *,
    etag: str | None = None,
    media_type: str = JSON,
    cache: str = REVALIDATE,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return 304 when the client holds `etag`, else what `render` makes.

    Without `etag` the answer is rendered first and tagged by its own bytes.
    """
    body = None if etag else render()
    tag = etag or weak_etag(body or b"")
    sent = {"ETag": tag, "Cache-Control": cache, "Vary": "Accept-Encoding", **(headers or {})}
    if is_known(request, tag):
        return Response(status_code=304, headers=sent)
    return Response(render() if body is None else body, media_type=media_type, headers=sent)


def next_link(url: str | None) -> dict[str, str]:
    """Return the Link header of a page that has one after it (RFC 8288)."""
    return {"Link": f'<{url}>; rel="next"'} if url else {}
