"""What every route is given: settings, database, releases, pages and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy import Engine

from api.files import ReleaseFiles
from api.limits import AddressLimit
from api.pages.render import Pages
from api.shelf import Shelf
from store.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """The world as the routes see it."""

    settings: Settings
    engine: Engine
    shelf: Shelf
    files: ReleaseFiles
    pages: Pages
    clock: Clock
    report_limit: AddressLimit


def context_of(request: Request) -> Context:
    """Return the context the application was made with."""
    return cast(Context, request.app.state.context)


Given = Annotated[Context, Depends(context_of)]
