"""The application: what it is made of and in which order a request passes through."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy import Engine

from api import errata, errors, operations, public_keys, questions, sets
from api.deps import Clock, Context, utc_now
from api.files import ReleaseFiles
from api.limits import REPORTS_AN_HOUR, AddressLimit, BodyLimit
from api.middleware import CompressRendered, HeadLikeGet, SecurityHeaders
from api.pages import routes as pages
from api.pages.render import Pages
from api.shelf import Shelf
from store.errors import SettingsError
from store.settings import Settings

#: Below this compressing costs more than it saves: the answer fits one packet anyway.
COMPRESS_FROM_BYTES = 1_000


def create_app(settings: Settings, engine: Engine, *, clock: Clock = utc_now) -> FastAPI:
    """Return the application over one store.

    Raises:
        SettingsError: Reading is to need a key, and keys cannot be checked yet.
    """
    if settings.require_key:
        raise SettingsError(
            "UNSEEN_REQUIRE_KEY is true, but this version cannot check keys; serving would be open"
        )
    shelf = Shelf(settings.releases_dir)
    # No interactive documentation: it would load scripts from elsewhere.
    app = FastAPI(
        title="Unseen",
        summary="A weekly test set that no model has seen.",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.context = Context(
        settings=settings,
        engine=engine,
        shelf=shelf,
        files=ReleaseFiles(shelf),
        pages=Pages(settings.public_url),
        clock=clock,
        report_limit=AddressLimit(REPORTS_AN_HOUR),
    )
    for router in (
        sets.router,
        public_keys.router,
        questions.router,
        errata.router,
        operations.router,
        pages.router,
    ):
        app.include_router(router)
    errors.install(app)
    errors.document(app)
    # The last one added is the first one passed.
    app.add_middleware(CompressRendered, minimum_size=COMPRESS_FROM_BYTES, compresslevel=6)
    app.add_middleware(BodyLimit)
    app.add_middleware(HeadLikeGet)
    app.add_middleware(SecurityHeaders)
    return app
