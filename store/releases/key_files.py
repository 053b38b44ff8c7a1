"""Keys as files: made once, whole, on disk for good; and a rotation that survives its own death.

A new signing key is on disk as `signing.key.next` before the old one endorses it; from the
endorsement on the new one is the key, whatever dies before it has its name.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from nacl.signing import SigningKey

from store.durable import alone_in, fsync_folder, make_folder
from store.errors import NotFound, StoreError
from store.releases.endorsements import KeyLine, endorse, moment
from store.releases.public_keys import ENDORSEMENTS, PUBLIC_KEY, read_public

KEY_BYTES = 32
SIGNING, NEXT, SEAL = "signing.key", "signing.key.next", "seal.key"
_OLD_SEAL = re.compile(r"seal-(\d+)\.key")

MakeSecret = Callable[[int], bytes]


@contextmanager
def alone_with_keys(folder: Path) -> Iterator[None]:
    """Hold the folder of keys, made on first use.

    Raises:
        StoreError: It cannot be made, or something in it cannot be read or written.
    """
    try:
        if not folder.exists():
            make_folder(folder.parent)
            folder.mkdir(mode=0o700, exist_ok=True)
            # Keys outlive a power cut only if their folder's name does.
            fsync_folder(folder.parent)
        with alone_in(folder):
            yield
    except OSError as error:
        name = Path(error.filename).name if isinstance(error.filename, str) else folder.name
        raise StoreError(f"{name} cannot be read or written: {error.strerror}") from error


def load_or_make(path: Path, make: MakeSecret = secrets.token_bytes) -> bytes:
    """Return the secret in `path`, made on first use: whole or not at all, and on disk for good.

    A seal key lost to a power cut would leave sealed answers that nobody can open.

    Raises:
        StoreError: The file cannot be read or written, is open to others, or is no key.
    """
    try:
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


def _replace(path: Path, text: str, mode: int) -> None:
    """Give a file another content, whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    fsync_folder(path.parent)


def public_of(secret: bytes) -> str:
    """Return the Ed25519 public key of a signing key, 64 hex digits."""
    return SigningKey(secret).verify_key.encode().hex()


def read_line(folder: Path) -> KeyLine | None:
    """Return the public keys that lie in a folder; None before the first was made."""
    try:
        return read_public(folder)
    except NotFound:
        return None


def settle(folder: Path, make: MakeSecret) -> tuple[bytes, KeyLine]:
    """Finish or undo a rotation that was cut off, and return the signing key and its line.

    Raises:
        StoreError: The secret key is not the one that the endorsements lead to.
    """
    for draft in (*folder.glob(".*.draft"), *folder.glob(".key-*")):
        draft.unlink()
    line, following = read_line(folder), folder / NEXT
    endorsed = line.newest if line and line.endorsements else None
    if following.exists():
        if endorsed == public_of(load_or_make(following)):
            os.replace(following, folder / SIGNING)
        else:
            following.unlink()
        fsync_folder(folder)
    if endorsed and not (folder / SIGNING).exists():
        raise StoreError(f"{SIGNING} is missing and cannot be made anew: {ENDORSEMENTS} names it")
    secret = load_or_make(folder / SIGNING, make)
    public = public_of(secret)
    if endorsed and endorsed != public:
        raise StoreError(
            f"{SIGNING} is not the key that {ENDORSEMENTS} leads to; put that one back"
        )
    text = f"{public}\n"
    if not (folder / PUBLIC_KEY).exists() or (folder / PUBLIC_KEY).read_text() != text:
        _replace(folder / PUBLIC_KEY, text, 0o644)
    return secret, KeyLine(line.endorsements if line else (), public)


def rotate_signing(folder: Path, now: datetime, make: MakeSecret = secrets.token_bytes) -> KeyLine:
    """Make a new signing key, endorsed by the present one, which is then deleted.

    Args:
        folder: Where the keys lie.
        now: From when on the new key signs; nothing may be published that is dated later.
        make: Gives so many random bytes.

    Raises:
        StoreError: The keys cannot be read or written; the present key stays, or the next one is
            the key already.
    """
    with alone_with_keys(folder):
        secret, line = settle(folder, make)
        since = max([now, *(moment(each.since) for each in line.endorsements)])
        following = load_or_make(folder / NEXT, make)

        def sign(message: bytes) -> str:
            return SigningKey(secret).sign(message).signature.hex()

        word = endorse(sign, line.newest, public_of(following), since)
        told = [*line.as_json(), word.as_json()]
        _replace(folder / ENDORSEMENTS, json.dumps(told, indent=1) + "\n", 0o644)
        return settle(folder, make)[1]


def seals_in(folder: Path, make: MakeSecret) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the seal key, made on first use, and those before it, newest first.

    Raises:
        StoreError: One cannot be read, or the present one is missing.
    """
    old = _old_seals(folder)
    if old and not (folder / SEAL).exists():
        raise StoreError(
            f"{SEAL} is missing and cannot be made anew: {old[-1].name} came before it"
        )
    return load_or_make(folder / SEAL, make), tuple(load_or_make(path) for path in old[::-1])


def rotate_sealing(folder: Path, make: MakeSecret = secrets.token_bytes) -> Path:
    """Make a new seal key; returns where the present one is kept.

    Killed between its two steps it leaves the present key under both names, which does no harm.

    Raises:
        StoreError: The keys cannot be read or written.
    """
    with alone_with_keys(folder):
        present, before = seals_in(folder, make)
        old = _old_seals(folder)
        kept = old[-1] if before and before[0] == present else folder / f"seal-{len(old) + 1}.key"
        if not kept.exists():
            os.link(folder / SEAL, kept)
            fsync_folder(folder)
        _replace(folder / SEAL, make(KEY_BYTES).hex(), 0o600)
        return kept


def _old_seals(folder: Path) -> list[Path]:
    """Return the seal keys of earlier times, oldest first."""
    found = {int(m[1]): path for path in folder.iterdir() if (m := _OLD_SEAL.fullmatch(path.name))}
    return [found[number] for number in sorted(found)]
