"""A process of its own that parses feeds: feedparser raises, hangs and grows on hostile bytes.

Run by path in isolated mode, it imports nothing of ours and does nothing but answer: a frame
in is JSON headers and the feed's bytes, a frame out is JSON. A frame is a 4-byte length, then
that many bytes.
"""

from __future__ import annotations

import calendar
import io
import json
import re
import resource
import struct
import sys
from typing import Any, BinaryIO

import feedparser

#: Address space: the interpreter and a feed of 5 MB need a quarter of it.
MAX_MEMORY = 512 << 20
#: CPU seconds for one feed, should the parent be gone that watches the clock (`feeds`).
MAX_CPU_S = 5
#: A feed with more is cut; the longest real one seen has some 2,000.
MAX_ENTRIES = 5_000

#: Anything that reaches out of the process; `open` is left to the imports of encodings.
_REFUSED_EVENTS = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "urllib.")
_MARKUP_START = re.compile(rb"<[A-Za-z]")


def limit_this_process() -> None:
    """Give up memory, files and the network for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse_the_world)


def _refuse_the_world(event: str, _arguments: object) -> None:
    if event.startswith(_REFUSED_EVENTS):
        raise PermissionError(f"a feed may not cause {event}")


def allow_cpu(seconds: int) -> None:
    """Let this process use `seconds` more of CPU time; past that the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def declares_entities(body: bytes) -> bool:
    """Whether the prolog declares XML entities, in any encoding made of ASCII and zeros."""
    squeezed = body.replace(b"\0", b"")
    start = _MARKUP_START.search(squeezed)
    return b"<!entity" in squeezed[: start.start() if start else None].lower()


def parse(body: bytes, content_type: str, url: str) -> dict[str, Any]:
    """Return `version`, `entries` and, for a refused feed, `refused`."""
    if declares_entities(body):
        return {"refused": "it declares XML entities", "version": "", "entries": []}
    headers = {"content-location": url}
    if content_type:
        headers["content-type"] = content_type
    feed = feedparser.parse(
        io.BytesIO(body),
        response_headers=headers,
        # Hidden text must still be hidden when `safety` looks, so nothing is cleaned here.
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return {
        "version": feed.get("version") or "",
        "entries": [_entry(entry) for entry in feed.entries[:MAX_ENTRIES]],
    }


def _entry(found: dict[str, Any]) -> dict[str, Any]:
    # A plain dictionary: feedparser's own answers one name's question with another's value.
    entry = dict(found)
    raw, seconds = _date(entry)
    return {
        "id": _text(entry, "id"),
        "url": _text(entry, "link"),
        "title": _text(entry, "title"),
        "date": raw,
        "seconds": seconds,
        "html": _html(entry),
    }


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _date(entry: dict[str, Any]) -> tuple[str, int | None]:
    """Return the first date there is, as written and as feedparser reads it."""
    for name in ("published", "created", "updated"):
        if name in entry:
            parsed = entry.get(f"{name}_parsed")
            return _text(entry, name), calendar.timegm(parsed) if parsed else None
    return "", None


def _html(entry: dict[str, Any]) -> str | None:
    """Return the longest of the entry's texts as HTML; feeds repeat a short one beside it."""
    found = [*entry.get("content", []), entry.get("summary_detail", {})]
    texts = [
        _escaped(part["value"]) if part.get("type") == "text/plain" else part["value"]
        for part in found
        if isinstance(part.get("value"), str)
    ]
    return max(texts, key=len, default=None)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _frame(stream: BinaryIO) -> bytes | None:
    header = stream.read(4)
    if len(header) < 4:
        return None
    return stream.read(struct.unpack(">I", header)[0])


def main() -> None:
    """Answer frame after frame until the parent closes the pipe."""
    limit_this_process()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while (asked := _frame(source)) is not None and (body := _frame(source)) is not None:
        allow_cpu(MAX_CPU_S)
        asking = json.loads(asked)
        try:
            answer = parse(body, asking["content_type"], asking["url"])
        except Exception as error:
            # Whatever feedparser throws at hostile bytes is the answer, not the end.
            answer = {"refused": f"the parser gave up: {type(error).__name__}"}
        reply = json.dumps(answer).encode()
        sink.write(struct.pack(">I", len(reply)) + reply)
        sink.flush()


if __name__ == "__main__":
    main()
