"""The secrets of an operator: the signing key and the seal keys, files of mode 600.

Beside them lie two public files: `signing.pub`, the key that signs now, and `endorsements.json`,
which leads to it from every key before. An old signing key is deleted, so that it cannot be
stolen; old seal keys stay (`seal-1.key` …), because what they sealed is still to be revealed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from nacl.signing import SigningKey

from store.errors import StoreError
from store.releases.endorsements import KeyLine
from store.releases.key_files import MakeSecret, alone_with_keys, public_of, seals_in, settle
from store.releases.public_keys import read_public

SALT_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True, repr=False)
class Keys:
    """What signs a release and what seals answers; never printed."""

    signing_seed: bytes
    seal: bytes
    #: Seal keys of earlier times, newest first.
    old_seals: tuple[bytes, ...] = ()
    #: The keys that led to the present signing key; None: there was none before.
    line: KeyLine | None = None
    #: Where they lie.
    folder: Path | None = field(default=None, compare=False)

    @classmethod
    def load(cls, folder: Path, make: MakeSecret = secrets.token_bytes) -> Keys:
        """Return the keys in `folder`, made on first use; also writes the public key there.

        Raises:
            StoreError: They cannot be read or written, are open to others, or do not fit together.
        """
        with alone_with_keys(folder):
            signing, line = settle(folder, make)
            seal, old = seals_in(folder, make)
        return cls(signing, seal, old, line if line.endorsements else None, folder)

    @property
    def public_hex(self) -> str:
        """The Ed25519 public key, 64 hex digits."""
        return public_of(self.signing_seed)

    def sign(self, message: bytes) -> str:
        """Return the Ed25519 signature of `message`, 128 hex digits."""
        return SigningKey(self.signing_seed).sign(message).signature.hex()

    def refuse_replaced(self) -> None:
        """Refuse to sign with a key that was replaced since it was read.

        Raises:
            StoreError: It was.
        """
        if self.folder is not None and read_public(self.folder).newest != self.public_hex:
            raise StoreError("the signing key was replaced since this run began; run it again")

    def salt(self, question_id: str) -> bytes:
        """Return the 32 bytes that salt this question's commitment until it retires."""
        return self.salts(question_id)[0]

    def salts(self, question_id: str) -> list[bytes]:
        """Return the question's salt under the present seal key, then under each before it."""
        message = f"salt/{question_id}".encode()
        return [
            hmac.new(seal, message, hashlib.sha256).digest()
            for seal in (self.seal, *self.old_seals)
        ]

    def seal_ticket(self, week: str, unit: str) -> str:
        """Return the lot that decides what is sealed: fixed for us, unpredictable for others."""
        return hmac.new(self.seal, f"{week}/{unit}".encode(), hashlib.sha256).hexdigest()
