"""What `uvicorn --factory api.asgi:from_environment` runs, once in each worker process."""

from __future__ import annotations

from fastapi import FastAPI

from api.app import create_app
from store.database import open_engine
from store.settings import load_settings


def from_environment() -> FastAPI:
    """Return the application over the store that the environment names."""
    settings = load_settings()
    return create_app(settings, open_engine(settings.database))
