"""Bounded decompression of a response body: one layer, never more bytes than asked for."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

#: A stream of more members than this is a trick, not a page; servers send one.
MAX_MEMBERS = 100

_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15


class BodyRefused(ValueError):
    """The body is too large, damaged, or in an encoding that is not read."""


@dataclass
class Inflater:
    """Collects a body chunk by chunk, inflating it and counting what comes out.

    Attributes:
        encoding: The Content-Encoding header, "" for none.
        max_bytes: The limit, for the bytes on the wire and for the inflated ones alike.
    """

    encoding: str
    max_bytes: int
    _body: bytearray = field(default_factory=bytearray)
    _wire_bytes: int = 0
    _members: int = 0
    _stream: zlib._Decompress | None = None

    def __post_init__(self) -> None:
        self.encoding = self.encoding.strip().lower()
        if self.encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BodyRefused(f"content encoding {self.encoding!r} is not read")

    @property
    def plain(self) -> bool:
        """Whether the body comes as it is."""
        return self.encoding in ("", "identity")

    def feed(self, chunk: bytes) -> None:
        """Take one chunk off the wire.

        Raises:
            BodyRefused: The body grows past the limit or is damaged.
        """
        self._wire_bytes += len(chunk)
        if self._wire_bytes > self.max_bytes:
            raise BodyRefused(f"the body is larger than {self.max_bytes} bytes")
        if self.plain:
            self._body += chunk
            return
        while chunk := self._past_padding(chunk):
            chunk = self._inflate(chunk)

    def _past_padding(self, chunk: bytes) -> bytes:
        # gzip allows zeros behind a stream's end; they begin no other.
        return chunk.lstrip(b"\0") if self._members and self._stream is None else chunk

    def _inflate(self, chunk: bytes) -> bytes:
        """Inflate a chunk into the body; return what lies behind the end of the stream."""
        if self._stream is None:
            self._members += 1
            if self._members > MAX_MEMBERS:
                raise BodyRefused(f"more than {MAX_MEMBERS} compressed streams in one body")
            self._stream = zlib.decompressobj(self._window(chunk))
        # One byte more than allowed tells "too large" from "just fits".
        room = self.max_bytes - len(self._body) + 1
        try:
            self._body += self._stream.decompress(chunk, room)
        except zlib.error as error:
            raise BodyRefused(f"the {self.encoding} body is damaged") from error
        if len(self._body) > self.max_bytes:
            raise BodyRefused(f"the body inflates past {self.max_bytes} bytes")
        if not self._stream.eof:
            return b""
        rest, self._stream = self._stream.unused_data, None
        return rest

    def _window(self, chunk: bytes) -> int:
        if self.encoding != "deflate":
            return _GZIP
        # "deflate" means zlib by the RFC and raw by habit; the first byte tells (RFC 1950).
        return _ZLIB if chunk[0] & 0x0F == 8 and chunk[0] >> 4 <= 7 else _RAW_DEFLATE

    @property
    def size(self) -> int:
        """How many inflated bytes there are so far."""
        return len(self._body)

    def so_far(self) -> bytes:
        """Return what there is of the body, whether it is all or not."""
        return bytes(self._body)

    def body(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyRefused: The stream ended before its end.
        """
        if self._stream is not None:
            raise BodyRefused(f"the {self.encoding} body is cut short")
        return bytes(self._body)
