"""The public half of an operator's keys: two files that anybody may read, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

from store.errors import NotFound, ReleaseInvalid, StoreError
from store.releases.endorsements import PUBLIC_KEY_FORM, KeyLine, line_of

PUBLIC_KEY, ENDORSEMENTS = "signing.pub", "endorsements.json"


def read_public(folder: Path) -> KeyLine:
    """Return the key that signs now and the endorsements that lead to it.

    Raises:
        NotFound: No key was made yet.
        StoreError: A file cannot be read, or holds no keys.
    """
    # In this order: a rotation writes the endorsement first, so one of the two is always right.
    newest = _text(folder / PUBLIC_KEY)
    told = _text(folder / ENDORSEMENTS)
    if newest is None:
        raise NotFound("public key", PUBLIC_KEY)
    try:
        history = json.loads(told or "[]")
        newest = str(history[-1]["public_key"]) if history else newest.strip()
        if not PUBLIC_KEY_FORM.fullmatch(newest):
            raise StoreError(f"{PUBLIC_KEY} holds no key of 64 hex digits")
        return line_of(history, newest)
    except (ReleaseInvalid, ValueError, LookupError, TypeError, RecursionError) as error:
        raise StoreError(f"{ENDORSEMENTS} is not the list of endorsements: {error}") from error


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path.name} cannot be read") from error
