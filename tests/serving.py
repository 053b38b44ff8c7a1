"""A real uvicorn on a free loopback port, for the length of a `with`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.serving import listen


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve `app`; yields its base URL."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    listening = listen("127.0.0.1", 0)
    # The socket listens already: a request sent now is answered when the server is up.
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
