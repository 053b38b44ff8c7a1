"""What one request may cost."""

from __future__ import annotations

import time
from math import ceil

from fastapi.exceptions import HTTPException
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem

#: Answers to a whole week of questions are below 100 kB; ten times that is no honest request.
MAX_BODY_BYTES = 1 << 20

#: A page of rows by default and at most: 1,000 rows are about 5 MB.
PAGE, MAX_PAGE = 100, 1_000
#: Ids in one request; more do not fit a URL of 8,000 characters, the least RFC 9110 §4.1 asks for.
MAX_IDS = 400
#: Characters of a filter's value; the longest topic or family in use has below 30.
MAX_FACET = 80

#: Reports of one address; who has read a whole week may have found as many faults.
REPORTS_AN_HOUR = "20/hour"


class AddressLimit:
    """How often one address may do a thing, counted in this process."""

    def __init__(self, rate: str) -> None:
        self._rate = parse(rate)
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def wait_s(self, address: str) -> int:
        """Count one use; returns 0 when it is allowed, else the seconds until the next one is."""
        if self._window.hit(self._rate, address):
            return 0
        reset_at = self._window.get_window_stats(self._rate, address).reset_time
        return max(1, ceil(reset_at - time.time()))


TOO_LARGE = f"The body is larger than {MAX_BODY_BYTES} bytes."


class BodyLimit:
    """Refuses a body that is too large: at once when it says so, else while it is read."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        # Longer numbers than these are no size a client means, and slow to read as integers.
        if len(declared) > 15 or (declared.isdecimal() and int(declared) > self.max_bytes):
            await problem(413, TOO_LARGE)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.max_bytes:
                raise HTTPException(413, TOO_LARGE)
            return message

        await self.app(scope, counted, send)
