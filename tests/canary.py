"""Canaries: random tokens planted in secrets, and every way one may be spelt on its way out."""

from __future__ import annotations

import base64
import codecs
import hashlib
from collections.abc import Iterable
from urllib.parse import quote

_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")


def spellings(secret: str) -> set[bytes]:
    """Return the ways a token may be written that somebody could read back or compare with."""
    raw = secret.encode()
    written = {raw, raw.upper(), raw[::-1], raw.hex().encode(), raw.hex().upper().encode()}
    written |= {quote(c).encode() for c in (secret, secret[::-1])}
    written.add("".join(f"%{byte:02x}" for byte in raw).encode())
    written.add("".join(f"%{byte:02X}" for byte in raw).encode())
    written.add("".join(f"&#{byte};" for byte in raw).encode())
    written.add("".join(f"\\u{byte:04x}" for byte in raw).encode())
    written.add(codecs.encode(secret, "rot13").encode())
    written.add(base64.b32encode(raw).rstrip(b"="))
    for shift in range(3):
        # Base64 of a longer text holds these characters for the token, whatever stands around it.
        padded = base64.b64encode(b"x" * shift + raw + b"x" * (-(shift + len(raw)) % 3))
        inner = padded[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
        written |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return written | hashed(raw)


def hashed(raw: bytes) -> set[bytes]:
    """Return its plain hashes: without a salt a guess could be compared with them."""
    digests = [hashlib.new(name, raw).digest() for name in _HASHES]
    return {form for one in digests for form in (one, one.hex().encode(), base64.b64encode(one))}


def leaks(sent: Iterable[tuple[str, bytes]], tokens: Iterable[str]) -> list[str]:
    """Return where a token was found, and as what."""
    forms = {form: token for token in tokens for form in spellings(token)}
    return [
        f"{name} holds {token} as {form!r}"
        for name, body in sent
        for form, token in forms.items()
        if form in body
    ]
