"""Bytes as they came, stored once under their SHA-256, compressed; evidence is never edited."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import zstandard

from store.durable import fsync_folder, make_folder
from store.errors import CaptureDamaged, StoreError
from store.records import sha256_hex


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
        digest = sha256_hex(body)
        final = self.path(digest)
        if final.exists():
            return digest
        try:
            make_folder(final.parent)
            draft = final.with_name(f".{digest}.{os.getpid()}-{threading.get_ident()}")
            try:
                with open(draft, "wb") as file:
                    file.write(zstandard.ZstdCompressor(level=6).compress(body))
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(final)
            finally:
                draft.unlink(missing_ok=True)
            # The database will say these bytes are here: their name must outlive a power cut too.
            fsync_folder(final.parent)
        except OSError as error:
            raise StoreError(f"a capture cannot be stored: {error.strerror or error}") from error
        return digest

    def get(self, sha256: str) -> bytes:
        """Return the bytes stored under `sha256`.

        Raises:
            CaptureDamaged: They are missing, or do not match their hash.
        """
        try:
            body = zstandard.ZstdDecompressor().decompress(
                self.path(sha256).read_bytes(), max_output_size=1 << 30
            )
        except (OSError, MemoryError, zstandard.ZstdError) as error:
            raise CaptureDamaged(f"capture {sha256[:16]}… cannot be read back") from error
        if sha256_hex(body) != sha256:
            raise CaptureDamaged(f"capture {sha256[:16]}… does not match its hash")
        return body
