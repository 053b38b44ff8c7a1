"""Released files over HTTP, byte for byte: HEAD, strong ETag, 304, Range, digest, for ever."""

from __future__ import annotations

import base64
import re
from pathlib import PurePosixPath
from typing import Literal

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from api.middleware import HEAD
from api.shelf import Shelf, StoredFile
from store.errors import ReleaseInvalid
from store.releases import MANIFEST

#: application/vnd.apache.parquet, application/yaml (RFC 9512), text/markdown (RFC 7763) and
#: application/ld+json are registered. JSON Lines has no registered name; application/jsonl is the
#: one jsonlines.org proposes, and loaders look at the path's ending instead.
MEDIA_TYPES = {
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".sig": "text/plain",
}
IMMUTABLE = "public, max-age=31536000, immutable"

_RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{1,15})?|-([0-9]{1,15}))")


def media_type_of(name: str) -> str:
    """Return the content type of a released file."""
    if name == "croissant.json":
        return "application/ld+json"
    return MEDIA_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def judge_range(value: str, n_bytes: int) -> Literal["use", "ignore", "unsatisfiable"]:
    """Decide about a Range header; what is not one well-formed range is ignored (RFC 9110 §14.2).

    Several ranges at once are ignored too: no loader asks for them and they cost the server.
    """
    match = _RANGE.fullmatch(value.strip())
    if match is None:
        return "ignore"
    start, end, suffix = (int(part) if part else None for part in match.groups())
    if suffix is not None:
        return "use" if suffix and n_bytes else "unsatisfiable"
    if start is not None and end is not None and end < start:
        return "ignore"
    return "use" if start is not None and start < n_bytes else "unsatisfiable"


class ReleasedFile(FileResponse):
    """A file response that reads nothing for HEAD and sees a Range only when it is to be used."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, a part of it, or its headers."""
        asked = Headers(scope=scope)
        kept = scope["headers"]
        if not _range_is_used(asked, self.headers["etag"], int(self.headers["content-length"])):
            kept = [(name, value) for name, value in kept if name != b"range"]
        method = "HEAD" if HEAD in scope else scope["method"]
        await super().__call__({**scope, "headers": kept, "method": method}, receive, send)


def _range_is_used(asked: Headers, etag: str, n_bytes: int) -> bool:
    """Whether to answer with a part.

    Raises:
        HTTPException: 416, the part asked for lies outside the file.
    """
    if "range" not in asked or asked.get("if-range", etag) != etag:
        return False
    verdict = judge_range(asked["range"], n_bytes)
    if verdict == "unsatisfiable":
        raise HTTPException(
            416,
            f"The file has {n_bytes} bytes; the range lies outside.",
            {"Content-Range": f"bytes */{n_bytes}"},
        )
    return verdict == "use"


class ReleaseFiles(StaticFiles):
    """The files that manifests name; nothing else in the folder is served."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(directory=shelf.root, check_dir=False)
        self.shelf = shelf

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer for `WEEK` (the manifest) or `WEEK/FILE`, comparing tags before the disk.

        Raises:
            NotFound: There is no such release, or it has no such file.
            ReleaseInvalid: The file is gone or has another size than was signed.
        """
        week, _, name = path.partition("/")
        stored = self.shelf.published(week).file(name or MANIFEST)
        headers, asked = file_headers(stored), Headers(scope=scope)
        if "if-none-match" in asked and self.is_not_modified(Headers(headers), asked):
            return NotModifiedResponse(Headers(headers))
        where, found = await to_thread.run_sync(self.lookup_path, f"{week}/{stored.name}")
        if found is None or found.st_size != stored.n_bytes:
            raise ReleaseInvalid(f"{stored.name} of {week} is not the file that was signed")
        response = ReleasedFile(
            where, headers=headers, media_type=media_type_of(stored.name), stat_result=found
        )
        if "if-none-match" not in asked and self.is_not_modified(response.headers, asked):
            return NotModifiedResponse(response.headers)
        return response


def file_headers(stored: StoredFile) -> dict[str, str]:
    """Return what is said of a file whatever part of it is sent (RFC 9110, RFC 9530)."""
    digest = base64.b64encode(bytes.fromhex(stored.sha256)).decode()
    return {
        "etag": f'"{stored.sha256}"',
        "cache-control": IMMUTABLE,
        "repr-digest": f"sha-256=:{digest}:",
    }
