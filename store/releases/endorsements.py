"""The line of an operator's signing keys: each new one is endorsed by the one before it.

Who pinned any key of the line can check what a later key signed: the endorsements come with every
release as `key_history`. A key that was replaced signs nothing dated later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import rfc8785
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from store.errors import ReleaseInvalid

FORMAT = "unseen-key/1"
#: The one spelling of a public key: upper case would be another name of the same key.
PUBLIC_KEY_FORM = re.compile(r"[0-9a-f]{64}")
_FIELDS = {"format", "public_key", "replaces", "since", "signature"}


def signature_holds(message: bytes, signature_hex: str, public_hex: str) -> bool:
    """Whether the signature is of this message under this public key."""
    try:
        VerifyKey(bytes.fromhex(public_hex)).verify(message, bytes.fromhex(signature_hex))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def moment(text: object) -> datetime:
    """Return an RFC 3339 instant.

    Raises:
        ReleaseInvalid: It is none, or names no offset.
    """
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise ReleaseInvalid(f"{text!r} is no RFC 3339 time") from error
    if read.tzinfo is None:
        raise ReleaseInvalid(f"{text!r} is no RFC 3339 time: it names no offset")
    return read


@dataclass(frozen=True)
class Endorsement:
    """A key's word for the one that follows it."""

    public_key: str
    replaces: str
    #: From this instant on `replaces` signs nothing any more.
    since: str
    #: By `replaces`, over `statement`.
    signature: str

    def statement(self) -> bytes:
        """Return what is signed: the RFC 8785 form of everything but the signature."""
        return rfc8785.dumps({k: v for k, v in self.as_json().items() if k != "signature"})

    def as_json(self) -> dict[str, str]:
        """Return it as files and manifests hold it."""
        return {"format": FORMAT, **asdict(self)}


def endorse(sign: Callable[[bytes], str], old: str, new: str, since: datetime) -> Endorsement:
    """Have the key `old`, with which `sign` signs, endorse the key `new`."""
    unsigned = Endorsement(new, old, since.isoformat(), "")
    return Endorsement(new, old, unsigned.since, sign(unsigned.statement()))


@dataclass(frozen=True)
class KeyLine:
    """Signing keys in their order, and the endorsements that join them."""

    endorsements: tuple[Endorsement, ...]
    #: The key that signs now.
    newest: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys, oldest first."""
        return (*(each.replaces for each in self.endorsements), self.newest)

    def as_json(self) -> list[dict[str, str]]:
        """Return the endorsements as manifests hold them."""
        return [each.as_json() for each in self.endorsements]


def replaced_since(lines: Iterable[KeyLine], key: str) -> datetime | None:
    """Return the instant a key was replaced, where one of these lines tells of it."""
    found = (e for line in lines for e in line.endorsements if e.replaces == key)
    return min((moment(each.since) for each in found), default=None)


def line_of(history: object, newest: str) -> KeyLine:
    """Return the line that a list of endorsements, as JSON, tells of.

    Raises:
        ReleaseInvalid: One is malformed or not signed by the key it replaces, or they do not join
            one key to the next up to `newest`.
    """
    if not isinstance(history, list):
        raise ReleaseInvalid("key_history is no list of endorsements")
    if not PUBLIC_KEY_FORM.fullmatch(newest):
        raise ReleaseInvalid("public_key is not a key of 64 hex digits")
    line = KeyLine(tuple(_endorsement(each) for each in history), newest)
    for each in line.endorsements:
        if not signature_holds(each.statement(), each.signature, each.replaces):
            raise ReleaseInvalid(
                f"key_history: {each.public_key[:16]}… is not endorsed by {each.replaces[:16]}…, "
                "which it says it replaces"
            )
    followers = [each.public_key for each in line.endorsements]
    in_time = all(
        moment(one.since) <= moment(next_one.since) for one, next_one in pairwise(line.endorsements)
    )
    if followers != list(line.keys[1:]) or len(set(line.keys)) < len(line.keys) or not in_time:
        raise ReleaseInvalid("key_history does not lead from one key to the next up to the last")
    return line


def _endorsement(value: object) -> Endorsement:
    fields: dict[str, Any] = value if isinstance(value, dict) else {}
    known = fields.keys() == _FIELDS and all(isinstance(v, str) for v in fields.values())
    if not known or fields["format"] != FORMAT:
        raise ReleaseInvalid(f"key_history holds what is no endorsement of the form {FORMAT}")
    for name in ("public_key", "replaces"):
        if not PUBLIC_KEY_FORM.fullmatch(fields[name]):
            raise ReleaseInvalid(f"key_history: {name} is not a key of 64 hex digits")
    moment(fields["since"])
    return Endorsement(**{name: text for name, text in fields.items() if name != "format"})


def refuse_two_followers(lines: Iterable[KeyLine]) -> None:
    """Refuse lines in which one key endorses two others: one of them is a thief's.

    Raises:
        ReleaseInvalid: They part.
    """
    follower: dict[str, str] = {}
    for each in (e for line in lines for e in line.endorsements):
        if follower.setdefault(each.replaces, each.public_key) != each.public_key:
            raise ReleaseInvalid(
                f"key {each.replaces[:16]}… endorses two keys, {follower[each.replaces][:16]}… and "
                f"{each.public_key[:16]}…: one of them is not the operator's; pin the right one"
            )
