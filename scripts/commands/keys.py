"""`unseen keys`: the keys that sign releases and seal answers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from scripts.commands.options import Json, show
from scripts.wiring import open_house, utc_now
from store.releases.endorsements import KeyLine
from store.settings import load_settings


def keys_public(as_json: Json = False) -> None:
    """Print the public keys: the one that signs now, and how earlier ones led to it."""
    from store.releases.public_keys import read_public

    line = read_public(load_settings().keys_dir)
    show(as_told(line), as_json, lambda: print(in_words(line)))


def keys_rotate(
    signing: Annotated[
        bool, typer.Option("--signing", help="A new signing key, endorsed by the present one.")
    ] = False,
    sealing: Annotated[
        bool, typer.Option("--sealing", help="A new seal key; the present one is kept.")
    ] = False,
) -> None:
    """Replace a key; what was signed or sealed before still holds."""
    from store.releases.key_files import rotate_sealing, rotate_signing
    from store.releases.publish import newest_release

    if not signing and not sealing:
        raise typer.BadParameter("say which: --signing, --sealing or both")
    house = open_house()
    folder = house.settings.keys_dir
    if signing:
        newest = newest_release(house.engine)
        # What is published already stays in its key's time, wherever the clock was set.
        now = max(utc_now(), newest.published_at) if newest else utc_now()
        line = rotate_signing(folder, now)
        print(
            f"releases are now signed by {line.newest}; the key before endorsed it and is deleted"
        )
    if sealing:
        kept = rotate_sealing(folder)
        print(f"answers are now sealed with a new key; the one before is kept as {kept.name}")


def as_told(line: KeyLine) -> dict[str, Any]:
    """Return public keys as JSON."""
    return {"public_key": line.newest, "key_history": line.as_json()}


def in_words(line: KeyLine) -> str:
    """Return public keys a line each, newest first."""
    first = [f"{line.newest} signs now"]
    return "\n".join(
        first + [f"{e.replaces} signed until {e.since}" for e in line.endorsements[::-1]]
    )
