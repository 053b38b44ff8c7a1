"""The errata ledger of a served release, proved entry by entry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from store.errata import head_of, verify_ledger
from store.errors import ReleaseInvalid
from store.records import Erratum
from store.releases.endorsements import line_of
from store.releases.signed import ReadFile

_PAGE = 1_000


def verify_errata(read: ReadFile, manifest: Mapping[str, Any], signed_by: str) -> int | None:
    """Prove the ledger at an API; returns how many entries hold, None where there is no API.

    Args:
        read: Reads an address under the API's `/v1`.
        manifest: That of a release that holds; it may state the ledger's length and head.
        signed_by: The key that signed it. The ledger is signed by keys of its line alone.

    Raises:
        ReleaseInvalid: An entry was changed, put in or taken out, or is a stranger's.
    """
    try:
        entries, line = _entries(read), _line(read)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseInvalid("errata: what is served is not of the form we know") from error
    if signed_by not in line:
        raise ReleaseInvalid(f"the keys served are not of the line of {signed_by[:16]}…")
    verify_ledger(entries, lambda key: key in line)
    stated = manifest.get("errata", {"entries": 0, "head_sha256": None})
    if head_of(entries[: stated["entries"]]) != stated["head_sha256"]:
        raise ReleaseInvalid(
            f"errata: the first {stated['entries']} entries are not those that "
            f"{manifest['week']} states"
        )
    return len(entries)


def _entries(read: ReadFile) -> Sequence[Erratum]:
    found: list[Erratum] = []
    while True:
        page = json.loads(read(f"errata?limit={_PAGE}&after={len(found)}"))
        found += [Erratum.model_validate(one) for one in page["items"]]
        if not page["next"] or not page["items"]:
            return found


def _line(read: ReadFile) -> Sequence[str]:
    """Return the operator's signing keys, oldest first."""
    keys = json.loads(read("keys"))
    return line_of(keys["key_history"], keys["public_key"]).keys
