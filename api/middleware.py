"""What holds for every answer: security headers, HEAD like GET, compression of rendered ones."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Pages need one style sheet and one picture of ours; nothing else may load, run or frame.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

#: Set in the scope of a HEAD request that is answered like GET.
HEAD = "unseen.head"


class SecurityHeaders:
    """Adds the security headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `send` that adds the headers."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, guarded)


class HeadLikeGet:
    """Answers HEAD with the headers of GET: FastAPI's own routes answer 405."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run a HEAD request as a GET and keep its body back."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await self.app({**scope, "method": "GET", HEAD: True}, receive, without_body)


class CompressRendered(GZipMiddleware):
    """Compresses rendered answers, never released files.

    A file's strong ETag, digest and ranges speak of its own bytes; a proxy that wants them
    smaller compresses them itself.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress unless the path is a released file's."""
        if scope["type"] == "http" and is_released_file(scope["path"]):
            await self.app(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


def is_released_file(path: str) -> bool:
    """Whether `path` is that of a manifest or a file: /v1/sets/WEEK[/FILE], no rendered view."""
    head, _, rest = path.partition("/v1/sets/")
    week, _, name = rest.partition("/")
    return not head and bool(week) and name != "questions" and not name.startswith("diff/")
