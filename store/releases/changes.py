"""What changed since the release before, in words: the changelog of a release's card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from store.records import Erratum
from store.text import squeeze

_DID = {
    "dispute": "disputed, out of scoring until decided",
    "keep": "kept, counts again",
    "retire": "retired",
    "nullify": "nullified: no score counts it any more",
}


@dataclass(frozen=True)
class Changes:
    """What a release says of the one before it.

    Attributes:
        since: The release before; None of the first.
        n_new: Questions that no release had before.
        n_carried: Sealed questions of earlier releases that are asked again.
        n_past: Open questions of the release before, which count in that one only.
        retired: Why each sealed question is revealed now.
        errata: What was found since about questions of earlier releases.
    """

    since: str | None = None
    n_new: int = 0
    n_carried: int = 0
    n_past: int = 0
    retired: Sequence[str] = ()
    errata: Sequence[Erratum] = ()


FIRST = Changes()


def changelog(changes: Changes) -> str:
    """Return the section of the card, in Markdown."""
    if changes.since is None:
        return "## Changes\n\nThis is the first release.\n"
    reasons = Counter(why.partition(":")[0] for why in changes.retired)
    counted = ", ".join(f"{n} {why}" for why, n in sorted(reasons.items()))
    lines = [
        f"- {changes.n_new} questions are new, {changes.n_carried} sealed ones are asked again.",
        f"- {changes.n_past} open questions of {changes.since} counted there only.",
        f"- {len(changes.retired)} sealed questions left and are revealed in `retired.jsonl`"
        + (f": {counted}." if counted else "."),
    ]
    lines += [
        f"- Erratum {one.number}: `{one.question_id}` "
        f"({', '.join(one.releases) or 'not released'}) {_DID[one.action]}. {_plain(one.why)}"
        for one in changes.errata
    ]
    return f"## Changes since {changes.since}\n\n" + "\n".join(lines) + "\n"


def _plain(sentence: str) -> str:
    """Return a sentence that Markdown shows as it is, on one line."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|!" else c for c in squeeze(sentence))
