"""The loopback newsroom of the shared material, as a context manager."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import ModuleType

from store.records import Source
from tests.corpora import corpus

#: path, licence, attribution, topic of each feed.
FEEDS = {
    "rust": ("/rust/feed.atom", "MIT OR Apache-2.0", "The Rust Blog", "software"),
    "advisories": ("/advisories/feed.xml", "CC0-1.0", "RustSec", "security"),
    "wire": ("/wire/feed.xml", "CC-BY-SA-4.0", "Wikipedia, Portal:Current events", "world"),
    "gov": ("/gov/feed.json", "LicenseRef-US-PD", "Digital.gov", "government"),
    "node": ("/node/feed.xml", "MIT", "Node.js", "releases"),
    "go": ("/go/feed.atom", "CC-BY-4.0", "The Go Blog", "languages"),
}


def newsroom_module() -> ModuleType:
    """Return the newsroom's own module."""
    path = corpus("newsroom/newsroom.py")
    spec = importlib.util.spec_from_file_location("shared_newsroom", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def newsroom(as_of: date, items: int = 40) -> Iterator[str]:
    """Serve the newsroom as it stood on `as_of`; yields its base URL."""
    room = newsroom_module().Newsroom(("127.0.0.1", 0), as_of, items)
    thread = threading.Thread(target=room.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield room.base
    finally:
        room.shutdown()
        room.server_close()
        thread.join()


def feeds(base: str) -> tuple[Source, ...]:
    """Return the newsroom's feeds as sources."""
    return tuple(
        Source(
            name=name,
            kind="feed",
            url=base + path,
            licence=licence,
            attribution=attribution,
            topic=topic,
        )
        for name, (path, licence, attribution, topic) in FEEDS.items()
    )
