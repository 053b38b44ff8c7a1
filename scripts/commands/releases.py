"""Published releases: proving one, scoring replies, and what changed between two."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import Json, show
from scripts.wiring import open_house


def verify(
    release: Annotated[str, typer.Argument(help="A release's folder or its URL.")],
    key: Annotated[
        Path | None,
        typer.Option("--key", help="File with a public key you trust: of now or before."),
    ] = None,
    previous: Annotated[
        str | None,
        typer.Option(help="Folder or URL of the release before, which must then be there."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a release with nothing but its files: hashes, tree, signature, chain."""
    from scripts.verifying import verify_release

    proved = verify_release(release, key, previous)
    show(proved.as_json(), as_json, lambda: print(proved.sentence()))


def score(
    week: Annotated[str, typer.Argument(help="A release, like 2026-W33.")],
    replies: Annotated[Path, typer.Argument(help='JSON lines: {"id": "q_…", "reply": "…"}.')],
    as_json: Json = False,
) -> None:
    """Score replies to a release's open questions, without those that errata took out."""
    from scripts.scoring import score_release

    found = score_release(open_house(), week, replies)
    show(found.as_json(), as_json, lambda: print(found.sentence()))


def diff(
    week: Annotated[str, typer.Argument(help="A release, like 2026-W33.")],
    other: Annotated[str, typer.Argument(help="A later one.")],
    as_json: Json = False,
) -> None:
    """Tell what changed between two releases: added, carried over, retired, nullified, and why."""
    from api.differences import compare
    from api.shelf import Shelf

    house = open_house()
    found = compare(Shelf(house.settings.releases_dir), house.engine, week, other)

    def for_people() -> None:
        print(
            f"from {week} to {other}: {len(found.added)} added, {len(found.carried)} carried over, "
            f"{len(found.left)} left, {len(found.retired)} retired, "
            f"{len(found.nullified)} nullified"
        )
        for name, gone in (("retired", found.retired), ("nullified", found.nullified)):
            for one in gone:
                print(f"  {name} {one.id} in {one.week}: {one.why}")

    show(found.model_dump(mode="json"), as_json, for_people)
