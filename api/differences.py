"""What changed between two releases, from their files and the errata ledger."""

from __future__ import annotations

import json

from sqlalchemy import Engine

from api.schemas import Diff, Gone
from api.shelf import Shelf
from store.database import session
from store.errata import ledger, standings


def compare(shelf: Shelf, engine: Engine, week: str, other: str) -> Diff:
    """Return what changed from `week` to `other`, by ids; retirements of all weeks between.

    Nullified are the questions of either release that no score counts any more, as of now.

    Raises:
        NotFound: One of the releases does not exist.
        ReleaseInvalid: A file of one is not the one that was signed.
    """
    before, now = set(shelf.rows(week).places), set(shelf.rows(other).places)
    gone = {
        question_id: Gone(id=question_id, week=at, why=json.loads(line)["retired_because"])
        for at in reversed(shelf.weeks())
        if week < at <= other
        for question_id, line in shelf.retired(at).items()
    }
    with session(engine) as work:
        decided = standings(ledger(work))
    nullified = {
        name: Gone(id=name, week=erratum.releases[0], why=erratum.why)
        for name, (standing, erratum) in decided.items()
        if standing == "nullified" and name in before | now
    }
    return Diff(
        week=week,
        other=other,
        added=sorted(now - before),
        carried=sorted(now & before),
        left=sorted(before - now),
        retired=[gone[name] for name in sorted(gone)],
        nullified=[nullified[name] for name in sorted(nullified)],
    )
