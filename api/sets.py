"""Routes of releases: the list, the newest, manifests, files, rows, and what changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.conditional import ONE_HOUR, REVALIDATE, is_known, next_link, reply, weak_etag
from api.deps import Given
from api.differences import compare
from api.rows import Entry
from api.schemas import Diff, RowsAsked, RowsPage, SetsAsked, SetsPage, SetSummary, to_json
from api.shelf import Published, Shelf
from store.releases import MANIFEST

router = APIRouter(prefix="/v1/sets", tags=["sets"])

_FILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes as they were signed", "content": {"*/*": {}}},
    206: {"description": "The part asked for by Range", "content": {"*/*": {}}},
    304: {"description": "The client holds these bytes already"},
}


def summary(published: Published) -> SetSummary:
    """Return what a list says of a release."""
    manifest = published.manifest
    return SetSummary(
        week=published.week,
        published_at=datetime.fromisoformat(manifest["as_of"]).astimezone(UTC),
        cutoff=datetime.fromisoformat(manifest["cutoff"]).astimezone(UTC),
        n_open=manifest["counts"]["open"],
        n_sealed=manifest["counts"]["sealed"],
        n_retired=manifest["counts"]["retired"],
        manifest_sha256=published.manifest_sha256,
        merkle_root=manifest["merkle"]["root"],
        url=f"/v1/sets/{published.week}",
    )


def sets_page(shelf: Shelf, after: str | None, limit: int) -> tuple[list[Published], bool]:
    """Return releases before `after`, newest first, and whether more follow."""
    found = [each for each in shelf.sound() if after is None or each.week < after]
    return found[:limit], len(found) > limit


@router.get("", responses={200: {"model": SetsPage}})
def list_sets(asked: Annotated[SetsAsked, Query()], request: Request, given: Given) -> Response:
    """List the releases, newest first."""
    found, more = sets_page(given.shelf, asked.after, asked.limit)
    url = None
    if more:
        url = f"/v1/sets?{urlencode({'limit': asked.limit, 'after': found[-1].week})}"
    return reply(
        request,
        lambda: to_json(SetsPage(items=[summary(each) for each in found], next=url)),
        etag=weak_etag("sets", *(each.manifest_sha256 for each in found), url or ""),
        headers=next_link(url),
    )


def _to_newest(given: Given, rest: str, query: str = "") -> RedirectResponse:
    published = given.shelf.newest()
    if rest and rest != "questions":
        published.file(rest)
    url = "/".join(part for part in ("/v1/sets", published.week, rest) if part)
    # Quoted by the framework where a file's name needs it.
    return RedirectResponse(
        f"{url}?{query}" if query else url, 307, headers={"Cache-Control": REVALIDATE}
    )


_REDIRECTS: dict[int | str, dict[str, Any]] = {307: {"description": "The newest release's address"}}


@router.get("/latest", status_code=307, responses=_REDIRECTS)
def latest(given: Given) -> Response:
    """Lead to the newest release's manifest."""
    return _to_newest(given, "")


@router.get("/latest/{name:path}", status_code=307, responses=_REDIRECTS)
def latest_file(name: str, request: Request, given: Given) -> Response:
    """Lead to a file, or to the rows, of the newest release."""
    return _to_newest(given, name, request.url.query)


@router.get("/{week}/questions", responses={200: {"model": RowsPage}})
def list_rows(
    week: str, asked: Annotated[RowsAsked, Query()], request: Request, given: Given
) -> Response:
    """List a release's questions by id, open and sealed, each row as in the release's files."""
    published = given.shelf.published(week)
    # A release never changes: the tag is known, and compared, before a row is looked at.
    etag = weak_etag("rows", published.manifest_sha256, asked.model_dump_json())
    if is_known(request, etag):
        return reply(request, bytes, etag=etag, cache=ONE_HOUR)
    rows, more = given.shelf.rows(week).page(asked.wanted(), asked.after, asked.limit)
    url = None
    if more:
        parameters = asked.model_dump(exclude_defaults=True, exclude={"after"}, mode="json")
        url = f"/v1/sets/{week}/questions?{urlencode({**parameters, 'after': rows[-1].id})}"
    return reply(
        request, lambda: rows_json(rows, url), etag=etag, cache=ONE_HOUR, headers=next_link(url)
    )


def rows_json(rows: Sequence[Entry], url: str | None) -> bytes:
    """Return a page of rows without parsing one: their lines are JSON already."""
    items = b",".join(row.line for row in rows)
    return b'{"items":[' + items + b'],"next":' + json.dumps(url).encode() + b"}"


@router.get("/{week}/diff/{other}", responses={200: {"model": Diff}})
def diff(week: str, other: str, request: Request, given: Given) -> Response:
    """Tell what changed from `week` to `other`: added, carried, left, retired, nullified."""
    body = to_json(compare(given.shelf, given.engine, week, other))
    return reply(request, lambda: body, etag=weak_etag("diff", body))


@router.get("/{week}", responses=_FILE_ANSWERS)
async def manifest(week: str, request: Request, given: Given) -> Response:
    """Return a release's manifest, byte for byte as it was signed."""
    return await given.files.get_response(f"{week}/{MANIFEST}", request.scope)


@router.get("/{week}/{name:path}", responses=_FILE_ANSWERS)
async def file(week: str, name: str, request: Request, given: Given) -> Response:
    """Return one file of a release: strong ETag, Range, digest; it never changes."""
    return await given.files.get_response(f"{week}/{name}", request.scope)
