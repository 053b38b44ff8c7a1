"""The two secrets of an operator: the signing key and the seal key, files of mode 600."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from store.durable import fsync_folder
from store.errors import StoreError

KEY_BYTES = 32
SALT_BYTES = hashlib.sha256().digest_size


def _load_or_make(path: Path, make: Callable[[int], bytes]) -> bytes:
    """Return the secret in `path`, made on first use: whole or not at all, and on disk for good.

    A seal key lost to a power cut would leave sealed answers that nobody can open.

    Raises:
        StoreError: The file cannot be read or written, is open to others, or is no key.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _write_once(path, make(KEY_BYTES).hex())
        if path.stat().st_mode & 0o077:
            raise StoreError(f"{path.name} can be read by others; run: chmod 600 {path.name}")
        secret = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not hexadecimal text"
        raise StoreError(f"{path.name} holds no usable key: {why}") from error
    if len(secret) != KEY_BYTES:
        raise StoreError(f"{path.name} holds {len(secret)} bytes, a key has {KEY_BYTES}")
    return secret


def _write_once(path: Path, text: str) -> None:
    """Write a file of mode 600 unless there is one; of two writers one wins wholly."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".key-") as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)
    fsync_folder(path.parent)


@dataclass(frozen=True, repr=False)
class Keys:
    """What signs a release and what seals answers; never printed."""

    signing_seed: bytes
    seal: bytes

    @classmethod
    def load(cls, folder: Path, make: Callable[[int], bytes] = secrets.token_bytes) -> Keys:
        """Return the keys in `folder`, made on first use; also writes the public key there."""
        keys = cls(
            _load_or_make(folder / "signing.key", make), _load_or_make(folder / "seal.key", make)
        )
        public = folder / "signing.pub"
        try:
            if not public.exists():
                public.write_text(keys.public_hex + "\n")
        except OSError as error:
            raise StoreError(f"signing.pub cannot be written: {error.strerror}") from error
        return keys

    @property
    def public_hex(self) -> str:
        """The Ed25519 public key, 64 hex digits."""
        return SigningKey(self.signing_seed).verify_key.encode().hex()

    def sign(self, message: bytes) -> str:
        """Return the Ed25519 signature of `message`, 128 hex digits."""
        return SigningKey(self.signing_seed).sign(message).signature.hex()

    def salt(self, question_id: str) -> bytes:
        """Return the 32 bytes that salt this question's commitment until it retires."""
        return hmac.new(self.seal, f"salt/{question_id}".encode(), hashlib.sha256).digest()

    def seal_ticket(self, week: str, unit: str) -> str:
        """Return the lot that decides what is sealed: fixed for us, unpredictable for others."""
        return hmac.new(self.seal, f"{week}/{unit}".encode(), hashlib.sha256).hexdigest()


def signature_holds(message: bytes, signature_hex: str, public_hex: str) -> bool:
    """Whether the signature is of this message under this public key."""
    try:
        VerifyKey(bytes.fromhex(public_hex)).verify(message, bytes.fromhex(signature_hex))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True
