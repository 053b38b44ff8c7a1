"""Bytes as they came, stored once under their SHA-256, compressed; evidence is never edited."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from store.durable import drafts_in, fsync_folder, make_folder
from store.errors import CaptureDamaged, StoreError
from store.records import sha256_hex

#: Half the time of level 6 for 3 % more bytes, measured on the newsroom's pages.
LEVEL = 3


@dataclass(frozen=True)
class BlobStore:
    """A folder of immutable blobs: `ab/abcdef….zst`."""

    root: Path

    def path(self, sha256: str) -> Path:
        """Return where the blob of this hash lies."""
        return self.root / sha256[:2] / f"{sha256}.zst"

    def put(self, body: bytes) -> str:
        """Store `body` and return its SHA-256; storing it again changes nothing.

        The file appears whole or not at all.

        Raises:
            StoreError: The disk refused.
        """
        (digest,) = self.put_all([body])
        return digest

    def put_all(self, bodies: Sequence[bytes]) -> list[str]:
        """Store bodies and return their SHA-256s in order; on disk for good when it returns.

        All are written before the first is made to last, which costs two thirds of one by one.

        Raises:
            StoreError: The disk refused; what was stored by then stays.
        """
        digests = [sha256_hex(body) for body in bodies]
        new = {d: b for d, b in zip(digests, bodies, strict=True) if not self.path(d).exists()}
        if not new:
            return digests
        try:
            with drafts_in(self.root) as folder, ExitStack() as open_files:
                drafts = [self._draft(folder, d, b, open_files) for d, b in new.items()]
                for file, draft, final in drafts:
                    os.fsync(file.fileno())
                    draft.replace(final)
            # The database will say these bytes are here: their names must outlive a power cut.
            for parent in {self.path(digest).parent for digest in new}:
                fsync_folder(parent)
        except OSError as error:
            raise StoreError(f"a capture cannot be stored: {error.strerror or error}") from error
        return digests

    def _draft(
        self, folder: Path, digest: str, body: bytes, open_files: ExitStack
    ) -> tuple[BinaryIO, Path, Path]:
        """Write a body into the drafts; its draft is gone when `open_files` is closed."""
        final = self.path(digest)
        make_folder(final.parent)
        draft = folder / f"{digest}.{os.getpid()}-{threading.get_ident()}"
        open_files.callback(draft.unlink, missing_ok=True)
        file = open(draft, "wb")  # noqa: SIM115 - closed by the stack
        open_files.callback(file.close)
        file.write(zstandard.ZstdCompressor(level=LEVEL).compress(body))
        file.flush()
        return file, draft, final

    def get(self, sha256: str) -> bytes:
        """Return the bytes stored under `sha256`.

        Raises:
            CaptureDamaged: They are missing, or do not match their hash.
        """
        return self._proved(sha256)[1]

    def packed(self, sha256: str) -> bytes:
        """Return the blob's file as it lies on disk, to copy it elsewhere.

        Raises:
            CaptureDamaged: It is missing, or what it holds does not match its hash.
        """
        return self._proved(sha256)[0]

    def _proved(self, sha256: str) -> tuple[bytes, bytes]:
        """Return a blob's file and the bytes it holds, which match its hash."""
        try:
            packed = self.path(sha256).read_bytes()
            body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=1 << 30)
        except (OSError, MemoryError, zstandard.ZstdError) as error:
            raise CaptureDamaged(f"capture {sha256[:16]}… cannot be read back") from error
        if sha256_hex(body) != sha256:
            raise CaptureDamaged(f"capture {sha256[:16]}… does not match its hash")
        return packed, body
